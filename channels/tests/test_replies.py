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


ANNOUNCEMENTS = [
    'At 2024-01-02 10:00:00, "张三" <zhang@example.com> wrote:',
    "在2024年01月02日 10:00，张三<zhang@example.com> 写道：",
    "在 2024-01-02 10:00:00，张三 写道：",
    '---原始邮件---\n发件人: "张三"<zhang@example.com>\n发送时间: 2024年1月2日(星期二) 上午10:00\n收件人: "李四"<l@example.com>;\n主题: Re: 工单',
    '------------------ Original message ------------------\nFrom: "张三";<zhang@example.com>;\nSendTime: Tuesday, Jan 2, 2024 10:00 AM\nTo: "李四"<l@example.com>;\nSubject: Re: 工单',
    "From: 张三\nDate: 2024-01-02 10:00\nTo: l\nCC: m\nSubject: Re: 工单",
    "发件人: 张三 <zhang@example.com>\n日期: 星期二, 2024年1月2日 10:00\n收件人: l <l@example.com>\n主题: 工单",
    "寄件者: 張三 <zhang@example.com>\n寄件日期: 2024年1月2日 上午 10:00\n收件者: l <l@example.com>\n主旨: 工單",
    "-----邮件原件-----\n发件人: 张三 [mailto:zhang@example.com] \n发送时间: 2024年1月2日 10:00\n收件人: l\n主题: 工单",
    "從我的 iPhone 傳送\n\n> 張三 <zhang@example.com> 於 2024年1月2日 上午10:00 寫道：\n> ",
    "陳大文 <zhang@example.com> 於 2024年1月2日 10:00 寫道：",
    "----邮件原文----\n发件人：张三 <zhang@example.com>\n收件人：l <l@example.com>\n抄 送： (无)\n发送时间：2024-01-02 10:00:00\n主题：工单",
    "----- 原始邮件 -----\n发件人：张三 <zhang@example.com>\n收件人：l@example.com\n主题：工单\n日期：2024年01月02日 10点00分",
    "发自企业微信\n\n------------------ 原始邮件 ------------------\n发件人: 张三",
    "在 2024/1/2 10:00, 张三 写道:", "于 2024/1/2 10:00, 张三 写道:", "于 2012年1月2日 10:00, zhang 写道:",
    "在 2024年1月2日，上午10:00，张三 <zhang@example.com> 写道：", "张三 <zhang@example.com>\n于2024年1月2日周二 10:00写道：",
    "张三 <zhang@example.com> 于 2024年1月2日周二 上午10:00写道：", "在 2024年1月2日 星期二 上午10:00:00 [GMT+8]， 张三<zhang@example.com> 写道：",
    '发件人："张三"<zhang@example.com>\n日期：2024年1月2日 (周二) 10:00\n主题：工单\n收件人："李四"<l@example.com>',
    "-----原始邮件-----\n发件人:张三 <zhang@example.com>\n发送时间:2024-01-02 10:00:00 (星期二)\n收件人: l\n抄送: \n主题: Re",
    "发送自 Windows 10 版邮件应用\n\n发件人: 张三\n发送时间: 2024年1月2日 10:00\n收件人: l\n主题: 工单",
    "从 Windows 版邮件发送\n\n发件人: 张三\n发送时间: 2024年1月2日 10:00\n收件人: l\n主题: 工单",
    "发自我的小米手机\n\n在 张三 <zhang@example.com>，2024年1月2日 10:00写道：",
    "Sent from Yahoo Mail for iPhone\n\nOn Tuesday, January 2, 2024, 10:00, Zhang <zhang@example.com> wrote:",
    "Sent from Mail for Windows\n\nFrom: Zhang\nSent: Tuesday, January 2, 2024 10:00 AM\nTo: l\nSubject: x",
    "-----Original Message-----\nFrom: Zhang <zhang@example.com>\nTo: l@aol.com\nSent: Tue, Jan 2, 2024 10:00 am\nSubject: x",
    "---- On Tue, 02 Jan 2024 10:00:00 +0800 Zhang <zhang@example.com> wrote ----",
    "On Tuesday, January 2nd, 2024 at 10:00 AM, Zhang <zhang@example.com> wrote:",
    "Am Di., 2. Jan. 2024 um 10:00 Uhr schrieb Zhang <zhang@example.com>:", "Zhang <zhang@example.com> schrieb am Di., 2. Jan. 2024, 10:00:",
    "Gesendet: Dienstag, 02. Januar 2024 um 10:00 Uhr\nVon: \"Zhang\" <zhang@example.com>\nAn: l@gmx.de\nBetreff: x",
    "-----Ursprüngliche Nachricht-----\nVon: Zhang\nGesendet: Dienstag, 2. Januar 2024 10:00\nAn: l\nBetreff: x",
    "Le mar. 2 janv. 2024 à 10:00, Zhang <zhang@example.com> a écrit :", "De : Zhang <zhang@example.com>\nEnvoyé : mardi 2 janvier 2024 10:00\nÀ : l\nObjet : x",
    "El mar, 2 ene 2024 a las 10:00, Zhang (<zhang@example.com>) escribió:", "Il giorno mar 2 gen 2024 alle ore 10:00 Zhang <zhang@example.com> ha scritto:",
    "Em ter., 2 de jan. de 2024 às 10:00, Zhang <zhang@example.com> escreveu:", "Op di 2 jan 2024 om 10:00 schreef Zhang <zhang@example.com>:",
    "вт, 2 янв. 2024 г. в 10:00, Zhang <zhang@example.com>:", "2024年1月2日(火) 10:00 Zhang <zhang@example.com>:", "2024년 1월 2일 (화) 오전 10:00, Zhang <zhang@example.com>님이 작성:",
    "wt., 2 sty 2024 o 10:00 Zhang <zhang@example.com> napisał(a):", "On 2 Jan 2024, at 10:00, Zhang <zhang@example.com>\nwrote:", "On Jan 2, 2024 10:00 AM, \"Zhang\" <zhang@example.com> wrote:",
    "On Tue, 2 Jan 2024 10:00:00 +0800\nZhang <zhang@example.com> wrote:", "* Zhang <zhang@example.com> [2024-01-02 10:00]:\n>", "________________________________\n发件人: 张三\n已发送: 2024年1月2日 10:00\n收件人: l\n主题: x",
    "________________________________________\nFrom: Zhang\nSent: 2 January 2024 10:00:00\nTo: l\nCc: m\nSubject: Re: x",
    "*From:* Zhang <zhang@example.com>\n*Sent:* Tuesday, January 2, 2024 10:00 AM\n*To:* l\n*Subject:* x", "> 2024年1月2日 10:00，张三 <zhang@example.com> 写道：\n>",
    "------------------&nbsp;原始邮件&nbsp;------------------\n发件人: x", "回复：张三 <zhang@example.com> 于 2024-01-02 10:00 写道：",
]  # fmt: skip


@pytest.mark.parametrize("announcement", ANNOUNCEMENTS)
def test_a_quotation_is_known_by_its_announcement(announcement):
    typed, quoted = "好的，谢谢。\n\nIt works now, thank you!", "您好，请提供订单号。\n\n祝好"
    marked = "\n".join(f"> {line}" for line in quoted.split("\n"))
    for text in (f"{typed}\n\n{announcement}\n\n{quoted}\n", f"{typed}\n\n\n{announcement}\n{marked}\n"):
        if ">" in announcement.split("\n")[-1][:1] and not text.endswith(f"{marked}\n"):
            continue
        assert strip_reply(text, None).visible == typed
        assert not lost(text, text, None)


@pytest.mark.parametrize(
    "last",
    ["发自内心感谢你们。", "通过快递发送。", "Sent by courier yesterday.", "Sent from Shanghai on Monday.", "来自上海的客户", "由我朋友发送给你们的", "From: 上海",
     "请看我上次写道的内容：", "I wrote:", "电话：138", "Best wishes", "在 2024年1月2日 收到", "-", "***", "时间：2024-01-02 10:00", "原始邮件", "使用手机充电器时发热", "通过微信付款的", "由小米之家维修过", "来自华为商城的订单", "从微信小程序下的单"],
)  # fmt: skip
def test_a_last_line_of_ones_own_stays(last):
    assert strip_reply(f"你好\n\n{last}", None).visible == f"你好\n\n{last}"
    text = f'你好\n\n{last}\n\n在 2024-01-02 10:00:00，"张三" <zhang@example.com> 写道：\n> 好'
    assert strip_reply(text, None).visible in (
        f"你好\n\n{last}",
        "你好" if last in ("***", "原始邮件") else "",
    )


def test_the_html_helps_where_the_text_does_not_tell():
    text = "好的，谢谢\n\n星辰客服\n您好，请提供订单号。"
    html = '<div>好的，谢谢</div><div class="gmail_quote">星辰客服<br>您好，请提供订单号。</div>'
    reply = strip_reply(text, html)
    assert (reply.visible, reply.folded) == ("好的，谢谢", "星辰客服\n您好，请提供订单号。")


@pytest.mark.parametrize(
    "html",
    [
        '<div>好的</div><div class="gmail_quote"><div class="gmail_attr">张三 写道：</div><blockquote class="gmail_quote">订单号？</blockquote></div>',
        '<div class="gmail_quote"><div class="gmail_attr">张三</div><blockquote class="gmail_quote">订单号？</blockquote><div>好的</div></div>',
        '<div class="moz-cite-prefix">On 1/2/24 10:00, Z wrote:</div><blockquote type="cite">订单号？</blockquote><p>好的</p>',
        '<div>好的</div><hr tabindex="-1"><div id="x_divRplyFwdMsg">张三</div><div>订单号？</div>',
        "<div>好的</div><div><includetail>张三<br>订单号？</includetail></div>",
        '<div>好的</div><div class="protonmail_quote">张三<blockquote>订单号？</blockquote></div>',
        '<div>好的</div><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt">张三</div><div>订单号？</div>',
        "<div>好的</div><blockquote><div>------------------</div>发件人：张三<br>发送时间：x<br>收件人：y<br>主题：z<br>订单号？</blockquote>",
        "<table><tr><td>好的</td></tr></table><p>在 2024-01-02 10:00:00，张三 写道：</p><p>订单号？</p>",
    ],
)
def test_html_alone_is_cut_by_its_marks(html):
    reply = strip_reply("", html)
    assert reply.visible == "好的"
    assert "订单号？" in reply.folded
    assert not lost(html_text(html), "", html)


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
