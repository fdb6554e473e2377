"""Telling in which script a text is written."""

import pytest

from common.scripts import fits, script_of

pytestmark = pytest.mark.ground


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("您好，我们已经为您登记换新，三天内寄出。", "zh-hans"),
        ("您好，我們已經為您登記換新，三天內寄出。", "zh-hant"),
        # Nothing in it tells the two apart, or only one character does.
        ("收到，明天上午可以", "zh"),
        ("你好，陈先生明天上午可以", "zh"),
        ("Hello, we have sent you a new one today.", "en"),
        ("OK, thanks", ""), ("", ""), ("HD-000123 https://example.com/abcdefghijklmnop a@example.com", ""),
        ("您好，RV-20 的 firmware 请升级到 3.2，谢谢您的耐心，我们随时为您服务", "zh-hans"),
        ("Please press 电源 for five seconds and hold the button until the lamp is on again", ""),
        ("［order number］［product］", ""),
    ],
)  # fmt: skip
def test_the_script_is_told_where_it_is_sure(text, script):
    assert script_of(text) == script


@pytest.mark.parametrize(
    ("text", "language", "is_fit"),
    [
        ("我们已经登记", "zh-hans", True), ("我們已經登記", "zh-hans", False), ("我们已经登记", "zh-hant", False),
        ("我们已经登记", "en", False), ("收到，明天上午可以", "zh-hant", True), ("收到，明天上午可以", "en", False),
        ("We have sent you a new one", "zh-hans", False), ("We have sent you a new one", "en", True),
        ("OK", "zh-hans", True),
    ],
)  # fmt: skip
def test_a_text_fits_a_language_or_not(text, language, is_fit):
    assert fits(text, language) is is_fit
