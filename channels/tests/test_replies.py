# ruff: noqa: E501 - a mail is as wide as its program writes it
"""What a customer wrote is told from what his mail program quoted, and no word is in neither."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email import strip_reply
from channels.email.markup import html_text
from channels.tests.made_replies import made_replies

pytestmark = pytest.mark.ground


def lost(source: str, text: str, html: str | None) -> Counter[str]:
    """The words of the source that are in neither half."""
    reply = strip_reply(text, html)
    return Counter(source.split()) - Counter(f"{reply.visible}\n{reply.folded}".split())


def test_replies_of_many_programs_are_cut_right_and_lose_no_word():
    cases, wrong = list(made_replies()), []
    for case in cases:
        assert not lost(case.text or html_text(case.html or ""), case.text, case.html), case
        if strip_reply(case.text, case.html).visible != case.typed:
            wrong.append(case)
    assert len({case.client.split()[0] for case in cases}) >= 20
    assert len(cases) >= 200
    assert len(wrong) <= 0.05 * len(cases), wrong[0]


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("好的", "好的"),
        ("", ""),
        ("我在 2024-01-02 写道：不行。\n后来呢？", "我在 2024-01-02 写道：不行。\n后来呢？"),
        ("On Monday I wrote:\nit fails", "On Monday I wrote:\nit fails"),
        ("---\n一\n---\n二", "---\n一\n---\n二"),
        ("原始邮件我没有收到", "原始邮件我没有收到"),
        ("日期：1月2日\n地点：门店", "日期：1月2日\n地点：门店"),
        ("> 订单号？\n20240102\n> 电话？\n138", "20240102\n\n138"),
        ("好的\n\n-- \n张三\n电话 138", "好的"),
        ("好的\n\nSent from my iPhone", "好的"),
        (
            "---------- Forwarded message ---------\nFrom: a <a@b.cn>\nDate: x\nSubject: y\nTo: z\n\n请看",
            None,
        ),
        ("请看\n\n---------- 转发的邮件 ---------\n发件人：a\n日期：x\n主题：y\n收件人：z\n\n原文", "请看"),
    ],
)
def test_what_only_looks_like_a_quotation_stays(text, visible):
    reply = strip_reply(text, None)
    assert reply.visible == (text if visible is None else visible)
    assert not lost(text, text, None)


def test_the_html_helps_where_the_text_does_not_tell():
    text = "好的，谢谢\n\n星辰客服\n您好，请提供订单号。"
    html = '<div>好的，谢谢</div><div class="gmail_quote">星辰客服<br>您好，请提供订单号。</div>'
    reply = strip_reply(text, html)
    assert (reply.visible, reply.folded) == ("好的，谢谢", "星辰客服\n您好，请提供订单号。")


LINES = st.sampled_from([
    "好的", "", "> 引用", ">", "On Tue, Jan 2, 2024 at 10:00 AM A <a@b.cn> wrote:", "在 2024-01-02 10:00:00，\"张三\" <a@b.cn> 写道：", "From: a",
    "发件人: a", "发送时间: 2024", "收件人: b", "主题: c", "-----原始邮件-----", "________________________________", "发自我的iPhone", "-- ", "| |",
    "a@b.cn", "2024年1月2日", "wrote:", "---- 回复的原邮件 ----", "Begin forwarded message:", "> On x wrote:", "\tx", "x\ry",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES | st.text(max_size=10), max_size=25).map("\n".join))
def test_no_word_of_any_text_is_lost(text):
    assert not lost(text, text, None)
    assert not lost(text, text, "<div>好的</div><blockquote type=cite>引用</blockquote>")


TAGS = st.sampled_from([
    "<div>", "</div>", "<br>", "<blockquote type=cite>", "</blockquote>", "<p>", "好的", " wrote: ", "<b>", "</b>", "<table><tr><td>", "</table>",
    '<div class="gmail_quote">', '<div id="appendonsend">', "<hr>", "&nbsp;", "&lt;", "<!-- x -->", "<pre>a\n b</pre>", "<includetail>", "发件人: a",
])  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(TAGS | st.text(max_size=5), max_size=30).map("".join))
def test_no_word_of_any_html_is_lost(html):
    assert not lost(html_text(html), "", html)
