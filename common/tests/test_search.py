import random
import re
from itertools import pairwise

import pytest
from django.db import connection, migrations, models
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common.folding import CJK, fold, fold_characters
from common.search import (
    LONGEST_WORD,
    MOST_CHARACTERS,
    MOST_JOINED,
    MOST_TOKENS,
    SearchIndex,
    index_text,
    matching,
    phrases,
    snippet,
)

pytestmark = pytest.mark.every_case
SENTENCES = (
    "收到的{product}屏幕有划痕，想申请退货",
    "{product}充不进电，客服一直没有回复",
    "請問{product}什麼時候可以換貨？",
    "發票抬頭開錯了，請重開",
    "退款已经三天了还没有到账",
    "快遞說已簽收，但我沒有收到{product}",
    "訂單{number}的滑鼠壞了，軟體也無法安裝",
    "订单{number}少发了一个充电器",
    "七天无理由退货怎么操作",
    "保固期內維修要付費嗎",
    "说明书看不懂，请打电话给我",
    "The {product} does not turn on after the update",
    "I want a refund for order {number}",
    "Where is my parcel? Tracking says delivered",
    "网络连接失败，提示错误代码E{code}",
    "ＡＰＰ一直閃退，型號{product}",
    "投訴：師傅態度很差",
    "会员积分没有到账",
    "配件のケーブルが届きません",
    "배송이 너무 늦어요",
    "請寄到 {mail} 謝謝",
    "please write to {mail}",
    "质量问题，耳机左边没有声音",
    "印表機卡紙，列印品質不好",
)
PRODUCTS = (
    "X1-Pro",
    "X1",
    "Nova 3S",
    "AirPod_Max",
    "空气净化器",
    "空氣清淨機",
    "智能手表",
    "ZenBook-14",
    "行動電源",
)
MAILS = ("lin.info@example.com", "wang_99@shop.example.tw", "a.b-c@example.org")

# A table of its own, so that the test needs no app; the plain folded text is kept to compare with.
NOTE = migrations.CreateModel(
    "Note",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("folded", models.TextField()),
        ("search_text", models.TextField(default="")),
    ],
)


def make_text(chance: random.Random) -> str:
    sentences = chance.sample(SENTENCES, chance.randint(1, 4))
    return chance.choice(("。", "，", "\n", " ", "！")).join(sentences).format(
        product=chance.choice(PRODUCTS),
        number=f"TW-{chance.randint(2023, 2026)}-{chance.randint(0, 9999):04}",
        code=chance.randint(100, 999),
        mail=chance.choice(MAILS),
    )  # fmt: skip


def texts(count: int) -> list[str]:
    chance = random.Random(2)
    return [make_text(chance) for _ in range(count)]


@pytest.fixture(scope="module")
def notes(workshop):
    workshop.apply(NOTE, SearchIndex("note"))
    note = workshop.model("note")
    note.objects.bulk_create([note(folded=both(text), search_text=index_text(text)) for text in texts(2000)])
    return note.objects.all()


@pytest.fixture
def add(notes):
    """Add a row for one test, and give its key."""
    keys = []

    def add(*given: str) -> int:
        keys.append(notes.create(folded=both("\n".join(given)), search_text=index_text(*given)).pk)
        return keys[-1]

    yield add
    notes.filter(pk__in=keys).delete()


def both(text: str) -> str:
    """Both foldings of a text, to compare the index with."""
    return fold(text) + "\n" + fold_characters(text)


def holds(folded: str, part: str) -> bool:
    return fold(part) in folded or fold_characters(part) in folded


def found(notes, query: str) -> set[int]:
    return set(matching(notes, query).values_list("pk", flat=True))


def chinese_parts(length: int) -> list[str]:
    """Parts of the sentences that a person could ask for: characters side by side, no marks between."""
    runs = [run for text in SENTENCES for run in re.findall(f"[{CJK}]+", re.sub("{.*?}", " ", text))]
    parts = {run[at : at + length] for run in runs for at in range(len(run) - length + 1)}
    return random.Random(length).sample(sorted(parts), min(100, len(parts)))


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_every_chinese_word_is_found_and_nothing_else(length, notes):
    stored = dict(notes.values_list("pk", "folded"))
    for part in chinese_parts(length):
        expected = {pk for pk, folded in stored.items() if holds(folded, part)}
        assert found(notes, part) == expected, part


@pytest.mark.parametrize("count", [2, 3])
def test_several_words_must_all_be_there(count, notes):
    stored = dict(notes.values_list("pk", "folded"))
    parts = chinese_parts(2)
    met = 0
    for several in zip(*(parts[shift:] for shift in range(count)), strict=False):
        expected = {pk for pk, folded in stored.items() if all(holds(folded, part) for part in several)}
        assert found(notes, " ".join(several)) == expected, several
        met += bool(expected)
    assert met > 10


def test_english_words_are_found_whole_and_the_last_one_by_its_beginning(notes):
    stored = dict(notes.values_list("pk", "folded"))
    words = re.findall("[a-z]{3,}", " ".join(SENTENCES).lower())
    for first, last in pairwise(words):
        begun = last[:-1]
        expected = {
            pk
            for pk, folded in stored.items()
            if re.search(rf"(?<![a-z0-9]){first}(?![a-z0-9])", folded)
            and re.search(rf"(?<![a-z0-9]){begun}", folded)
        }
        assert found(notes, f"{first.upper()} {begun}") == expected, (first, begun)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("想申請退貨", "退货"),
        ("想申请退货", "退貨"),
        ("我的滑鼠壞了", "鼠标"),
        ("我的鼠标坏了", "滑鼠"),
        ("改回預設值", "預設"),
        ("改回預設值", "预设"),
        ("改回預設值", "默认值"),
        ("記憶體不足，影片無法播放", "記憶 影"),
        ("後台程式異常", "后台程序"),
        ("后台程序异常", "台程"),
        ("型号ＡＢＣ１２３", "abc123"),
        ("型号abc123", "ＡＢＣ１２３"),
        ("ｱﾌﾟﾘが動かない", "アプリ"),
        ("订单 TW-2025-0091 未到", "TW-2025-0091"),
        ("订单 TW-2025-0091 未到", "tw20250091"),
        ("订单 TW-2025-0091 未到", "0091"),
        ("订单 TW-2025-0091 未到", "2025-00"),
        ("订单号TW-2025-0091未到", "tw-2025-0091"),
        ("写信到 lin.info@example.com 谢谢", "lin.info@example.com"),
        ("写信到 lin.info@example.com 谢谢", "example.com"),
        ("写信到 lin.info@example.com 谢谢", "lin.in"),
        ("X1-Pro 手机", "x1-pro"),
        ("X1-Pro 手机", "X1Pro"),
        ("X1-Pro 手机", "pro"),
        ("iPhone手机壳坏了", "iPhone手机"),
        ("iPhone手机壳坏了", "iphone手"),
        ("手机iPhone坏了", "手机iphone"),
        ("手机iPhone坏了", "机iph"),
        ("第5代", "5代"),
        ("货", "货"),
        ("退货。", "货"),
        ("退\u200b货", "退货"),
        ("已退货", "「退货」！"),
        ("𠮷野家", "𠮷野"),
        ("々〇ーㄅㄆ", "ーㄅ"),
        ("12e3 5g 3e 1st 0x1f", "12e3 5g 3e 1st 0x1"),
        ("x" * 200, "x" * 200),
        ("a\u09f4b \u09f4 退货", "a\u09f4b \u09f4 退货"),
    ],
)
def test_a_text_is_found_by(text, query, notes, add):
    assert add(text) in found(notes, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("申请退，货已发", "退货"),
        ("退货。流程不清楚", "退货流程"),
        ("申请退货", "退款"),
        ("project", "ject"),
        ("project plan", "proj plan"),
        ("订单 TW-2025-0091", "0091-2025"),
        ("货物", "物货"),
    ],
)
def test_a_text_is_not_found_by(text, query, notes, add):
    assert add(text) not in found(notes, query)


@pytest.mark.parametrize("query", ["", "   ", "？！", "\"*()':&|!<->", "\x00", "😀", "--", "%_"])
def test_a_query_without_letters_finds_nothing(query, notes):
    assert not matching(notes, query).exists()


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters(codec=None), max_size=300)
    | st.text("a退貨\"*()':&|!<->\\%_-+^{}~;$\x00\n ANDORNTE", max_size=60)
)
@example("退货' | 'x")
@example("a\u09f4 ab1\u0661 \U000102e1x")
@example('退货" OR "x')
@example("a:* & b")
@example("x NEAR(y)")
@example("search_text:退货")
@example("- ^退货")
@example("\\'退货")
@example("退 " * 200)
def test_no_query_is_an_error(notes, query):
    # Whatever it finds holds every word of it, so nothing in a query is taken as an operator.
    wanted = phrases(query)
    for tokens in matching(notes, query).values_list("search_text", flat=True)[:20]:
        assert all(any(f" {' '.join(phrase.tokens)}" in f" {tokens}" for phrase in word) for word in wanted)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec=None), max_size=300), st.text(st.characters(codec=None), max_size=20))
@example("é́" * 9, "é")
@example("㌀㌀", "アパート")
@example("ﷺ", "صلى")
def test_a_snippet_loses_and_adds_nothing(text, query):
    parts = snippet(text, query, length=1000)
    assert fold("".join(part for part, _ in parts)) == fold(text)


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("我想退貨，謝謝", "退货", ["退貨"]),
        ("我的滑鼠壞了，滑鼠線斷", "鼠标", ["滑鼠", "滑鼠"]),
        ("網路印表機卡紙", "打印机", ["印表機"]),
        ("改回預設值", "預設", ["預設"]),
        ("改回預設值", "默认值 改", ["改", "預設值"]),
        ("型號ＡＢＣ１２３", "abc", ["ＡＢＣ"]),
        ("TW-2025-0091 到了", "tw-2025", ["TW-2025"]),
        ("a project for pros", "a pro", ["a", "pro", "pro"]),
        ("退货，退 货", "退货", ["退货"]),
        ("<b>退货</b>", "退货 b", ["b", "退货", "b"]),
        ("退\u200b货", "退货", ["退\u200b货"]),
        ("nothing here", "退货", []),
        ("nothing here", "？", []),
    ],
)
def test_a_snippet_marks(text, query, marked):
    parts = snippet(text, query)
    assert "".join(part for part, _ in parts) == text
    assert [part for part, is_hit in parts if is_hit] == marked


def test_a_snippet_of_a_long_text_shows_the_hit_and_that_more_was_there():
    parts = snippet("啊" * 500 + "退貨" + "哦" * 500, "退货", length=60)
    assert parts[0] == ("…", False)
    assert parts[-1] == ("…", False)
    assert ("退貨", True) in parts
    assert len("".join(part for part, _ in parts)) == 62


@pytest.mark.parametrize(
    "text", ["退货流程" * 50_000, "word " * 60_000, "x-1 " * 60_000, "é" * 300_000, "长 " * 200_000]
)
def test_a_huge_text_is_cut_and_its_beginning_found(text, notes, add):
    tokens = index_text(text)
    assert len(tokens) <= MOST_CHARACTERS
    assert len(tokens.split()) <= MOST_TOKENS + MOST_JOINED
    assert max(map(len, tokens.split())) <= LONGEST_WORD
    assert add(text) in found(notes, text[:4])


def test_words_as_large_as_they_may_be_fit_into_the_index(notes, add):
    chance = random.Random(5)
    letters = [chr(code) for code in range(0x10400, 0x10428)]  # four bytes each
    text = "退货 " + " ".join("".join(chance.choices(letters, k=64)) for _ in range(3000))
    assert add(text) in found(notes, "退货")


def test_a_change_a_deletion_and_a_rollback_reach_the_index(notes, add):
    pk = add("絕無僅有的詞")
    notes.filter(pk=pk).update(search_text=index_text("換成別的詞"))
    assert found(notes, "绝无仅有") == set()
    assert found(notes, "换成别的") == {pk}
    notes.filter(pk=pk).delete()
    assert found(notes, "换成别的") == set()


def test_the_index_is_used(notes):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")
        plan = matching(notes, "退货").explain()
        if connection.vendor == "postgresql":
            cursor.execute("RESET enable_seqscan")
    assert "common_note_search" in plan or "VIRTUAL TABLE INDEX" in plan


def test_the_search_leads_over_relations(workshop, notes, add):
    workshop.apply(
        migrations.CreateModel(
            "Remark",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("note", models.ForeignKey("common.note", models.CASCADE)),
                ("search_text", models.TextField(default="")),
            ],
        ),
        SearchIndex("remark"),
    )
    remark = workshop.model("remark")
    first = remark.objects.create(note_id=add("絕無僅有"), search_text=index_text("備註"))
    both = matching(matching(remark.objects.all(), "绝无仅有", field="note__search_text"), "备注")
    assert list(both.values_list("pk", flat=True)) == [first.pk]
    assert not matching(remark.objects.all(), "备注", field="note__search_text").exists()
    workshop.take_back()
    workshop.take_back()


def test_the_index_can_be_made_again_and_finds_what_was_there_before(workshop, notes):
    before = found(notes, "退货")
    workshop.apply(SearchIndex("note"))
    assert found(notes, "退货") == before != set()


def test_the_index_survives_a_change_of_the_table(workshop, notes):
    before = found(notes, "退货")
    workshop.apply(
        migrations.AddField("note", "title", models.CharField(max_length=20, default="x")),
        migrations.AlterField("note", "folded", models.TextField(default="")),
    )
    note = workshop.model("note").objects.create(title="y", search_text=index_text("絕無僅有"))
    assert found(workshop.model("note").objects.all(), "绝无仅有") == {note.pk}
    assert found(workshop.model("note").objects.all(), "退货") == before
    note.delete()
    assert found(workshop.model("note").objects.all(), "绝无仅有") == set()
    workshop.take_back()
    workshop.take_back()


def test_taking_the_index_back_leaves_nothing(workshop, notes):
    workshop.take_back()  # made again above, or the first one
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        columns = [
            column.name for column in connection.introspection.get_table_description(cursor, "common_note")
        ]
    assert not [name for name in names if name.startswith("common_note_fts")]
    assert "search_vector" not in columns
    workshop.apply(SearchIndex("note"))
    assert found(notes, "退货")
