import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.folding import fold, fold_characters

pytestmark = pytest.mark.ground


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        ("Refund NOW", "refund now"),
        ("ＡＢＣ１２３－ｘ", "abc123-x"),
        ("ｱﾌﾟﾘ", "アプリ"),
        ("退貨流程", "退货流程"),
        ("退货流程", "退货流程"),
        ("我的滑鼠和軟體", "我的鼠标和软件"),
        ("頭髮很亂，發票沒有", "头发很乱,发票没有"),
        ("退\u200b货\ufeff", "退货"),
        ("退\u3000货", "退 货"),
        ("a\x00b", "ab"),
        ("退\x00貨", "退货"),
        ("貨\ud800物", "货物"),
        ("Straße", "strasse"),
        ("환불 요청", "환불 요청"),
    ],
)
def test_what_means_the_same_is_spelt_the_same(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(st.characters(codec=None)))
def test_any_text_can_be_folded_and_stored(text: str) -> None:
    folded = fold(text)
    assert "\x00" not in folded
    folded.encode()


@given(st.text(st.characters(max_codepoint=127)))
def test_the_short_way_for_ascii_gives_what_the_long_way_gives(text: str) -> None:
    assert fold(text) + "é" == fold(text + "é")


@given(
    st.text(st.sampled_from("軟體滑鼠記憶預設值程式后台序著名干乾头发a1Ａ，")),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_a_part_of_a_text_folds_as_the_whole_by_characters(text: str, start: int, length: int) -> None:
    assert fold_characters(text[start : start + length]) in fold_characters(text)
