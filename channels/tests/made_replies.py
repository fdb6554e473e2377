# ruff: noqa: E501 - a mail is as wide as its program writes it
"""Replies as twenty mail programs write them: what the customer typed, and what the program put below it."""

import html as entities
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

Made = tuple[str, str | None]
AGENTS = [("张三", "zhangsan@example.com"), ("星辰客服", "help@example.com"), ("Li Wei", "li.wei@example.com"),
          ("陳大文", "chan@example.com.hk"), ("客服中心 · 售后", "service@example.cn")]  # fmt: skip
TYPED = [
    "好的，谢谢！", "收到，我明天寄回去。", "还是不行，\n重启之后一样黑屏。\n\n请尽快安排上门。", "订单号是 20240102-88，电话 13800138000。",
    "可以的。\n\n另外想问一下：发票什么时候寄？", "已經收到，謝謝您的協助。", "Yes, that works. Thank you!",
    "1. 按住电源键十秒\n2. 屏幕没有反应\n3. 充电灯亮\n\n还需要我做什么？", "你们上次写道可以免费换，是吗？\n我等回复。",
    "It still fails.\n\nOn Monday the light was green.\nNow it is red.", "From: 北京\nTo: 上海\n快递三天还没到。", "不用了 >_<",
    "我的邮箱是 wo@example.com ，请发到这里。", "金额：￥128.00\n时间：昨天下午\n地点：门店",
]  # fmt: skip
QUOTED = [
    "您好，\n\n请问您的订单号是多少？\n\n祝好\n星辰客服", "您好！我们已经收到您的来信。\n请把产品寄回：上海市浦东新区1号。\n谢谢。",
    "Dear customer,\n\nplease restart the device.\n\nKind regards\nService", "您好，請提供發票號碼。",
    "您好，\n发件人一栏请填写您的姓名。\n> 我的手机坏了\n请保持电话畅通。",
]  # fmt: skip


@dataclass
class Case:
    """A reply to read: its two forms, and what of it was typed."""

    client: str
    text: str
    html: str | None
    typed: str


def marked(text: str, mark: str = "> ") -> str:
    return "\n".join(mark + line for line in text.split("\n"))


def divs(text: str) -> str:
    return "".join(f"<div>{entities.escape(line) or '<br>'}</div>" for line in text.split("\n"))


def _day(at: datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日"


def _week(at: datetime) -> str:
    return "一二三四五六日"[at.weekday()]


def netease(typed, quoted, name, address, at) -> Made:
    head = f'在 {at:%Y-%m-%d %H:%M:%S}，"{name}" <{address}> 写道：'
    page = (
        f'<div style="line-height:1.7">{divs(typed)}<div><br></div><div style="position:relative;zoom:1"></div><div id="divNeteaseMailCard"></div>'
        f'<p style="margin: 0;">{entities.escape(head)}</p><blockquote id="isReplyContent" style="padding-left: 1ex; border-left: #ccc 1px solid;">'
        f"{divs(quoted)}</blockquote></div>"
    )
    return f"{typed}\n\n\n\n\n\n\n\n{head}\n\n{quoted}\n", page


def netease_master(typed, quoted, name, address, at) -> Made:
    head = f"---- 回复的原邮件 ----\n| 发件人 | {name}<{address}> |\n| 日期 | {_day(at)} {at:%H:%M} |\n| 收件人 | <kehu@163.com> |\n| 抄送至 | |\n| 主题 | Re: 工单 |\n"
    card = "| |\n王小明\n|\n|\nkehu@163.com\n|\n签名由 网易邮箱大师 定制\n"
    page = (
        f'<body>{divs(typed)}<div id="ntes-pcmail-signature"></div><div class="ntes-mailmaster-quote"><div>---- 回复的原邮件 ----</div>'
        f"<table><tr><td>发件人</td><td>{entities.escape(name)}</td></tr></table><blockquote>{divs(quoted)}</blockquote></div></body>"
    )
    return f"{typed}\n\n\n{card}\n\n{head}{quoted}\n", page


def qq(typed, quoted, name, address, at) -> Made:
    head = f'发件人: "{name}" <{address}>;\n发送时间: {_day(at)}(星期{_week(at)}) 上午{at:%H:%M}\n收件人: "王小明"<1234567@qq.com>;\n\n主题: Re: 工单\n'
    page = (
        f'<div>{divs(typed)}</div><div><br></div><div><includetail><div style="font-size: 12px;">------------------&nbsp;原始邮件&nbsp;------------------</div>'
        f'<div style="font-size: 12px;background:#efefef;padding:8px;">{divs(head)}</div>{divs(quoted)}</includetail></div>'
    )
    return (
        f"{typed}\n\n\n\n\n------------------&nbsp;原始邮件&nbsp;------------------\n{head}\n\n\n{quoted}",
        page,
    )


def qq_new(typed, quoted, name, address, at) -> Made:
    head = f"发件人：{name} <{address}>\n发件时间：{_day(at)} {at:%H:%M}\n收件人：王小明 <1234567@qq.com>\n主题：Re: 工单\n"
    return f"{typed}\n\n\n\n         原始邮件         \n\n\n{head}\n\n\n{quoted}", None


def foxmail(typed, quoted, name, address, at) -> Made:
    head = f"发件人： {name}\n发送时间： {at:%Y-%m-%d %H:%M}\n收件人： wang@example.com\n主题： Re: 工单\n"
    page = (
        f'<body>{divs(typed)}<div><br></div><hr style="width: 210px; height: 1px;" color="#b5c4df" size="1" align="left"><div>wang@example.com</div>'
        f'<blockquote style="margin-top: 0px; margin-left: 0.5em;"><div>&nbsp;</div><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f"<div>{divs(head)}</div></div>{divs(quoted)}</blockquote></body>"
    )
    return f"{typed}\n\n\n\nwang@example.com\n \n{head} \n{quoted}\n", page


def outlook_zh(typed, quoted, name, address, at) -> Made:
    head = f"发件人: {name} <{address}>\n发送时间: {_day(at)} {at:%H:%M}\n收件人: 王小明 <wang@outlook.com>\n抄送: 经理 <m@example.com>\n主题: 答复: 工单\n"
    page = (
        f'<body><div class="elementToProof">{divs(typed)}</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        f'<div id="divRplyFwdMsg" dir="ltr">{divs(head)}</div><div>{divs(quoted)}</div></body>'
    )
    return f"{typed}\n\n________________________________\n{head}\n{quoted}\n", page


def iphone_zh(typed, quoted, name, address, at) -> Made:
    head = f"在 {_day(at)}，{at:%H:%M}，{name} <{address}> 写道："
    page = (
        f'<body dir="auto">{divs(typed)}<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">发自我的iPhone</div><div dir="ltr"><br>'
        f'<blockquote type="cite">{entities.escape(head)}<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">{divs(quoted)}</div></blockquote></body>'
    )
    return f"{typed}\n\n发自我的iPhone\n\n> {head}\n> \n{marked(quoted, '> ')}\n", page


def gmail_zh(typed, quoted, name, address, at) -> Made:
    head = f"{name} <{address}> 于{_day(at)}周{_week(at)} {at:%H:%M}写道："
    page = (
        f'<div dir="ltr">{divs(typed)}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{entities.escape(head)}<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">{divs(quoted)}</blockquote></div>'
    )
    return f"{typed}\n\n{head}\n\n{marked(quoted)}\n", page


def gmail_tw(typed, quoted, name, address, at) -> Made:
    head = f"{name} <{address}> 於 {_day(at)} 週{_week(at)} 上午{at:%H:%M}寫道："
    return f"{typed}\n\n{head}\n\n{marked(quoted)}\n", None


def aliyun(typed, quoted, name, address, at) -> Made:
    head = f"发件人：{name}<{address}>\n日　期：{_day(at)} {at:%H:%M:%S}\n收件人：<wang@aliyun.com>\n主　题：回复：工单\n"
    return f"{typed}\n------------------------------------------------------------------\n{head}\n{quoted}\n", (
        f'<div class="__aliyun_email_body_block">{divs(typed)}<div>------------------------------------------------------------------</div>{divs(head)}'
        f"<div>{divs(quoted)}</div></div>"
    )  # fmt: skip


def wecom(typed, quoted, name, address, at) -> Made:
    head = f'From: &nbsp;"{name}"<{address}&gt;;\nDate: &nbsp;{at:%a, %b %d, %Y %H:%M} PM\nTo: &nbsp;"王小明"<wang@corp.example>; \n\nSubject: &nbsp;Re: 工单\n'
    return f"{typed}\n\n\n\n\n------------------ Original ------------------\n{head}\n\n\n{quoted}", None


def outlook_en(typed, quoted, name, address, at) -> Made:
    head = f"From: {name} <{address}>\nSent: {at:%A, %B %d, %Y %I:%M %p}\nTo: Wang <wang@outlook.com>\nSubject: RE: Ticket\n"
    page = (
        f'<body><div class="WordSection1">{divs(typed)}<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">'
        f"<p class=MsoNormal>{entities.escape(head).replace(chr(10), '<br>')}</p></div></div>{divs(quoted)}</div></body>"
    )
    return f"{typed}\n\nFrom: {head[6:]}\n{quoted}\n", page


def outlook_old(typed, quoted, name, address, at) -> Made:
    head = (
        f"From: {name} [mailto:{address}] \nSent: {at:%d %B %Y %H:%M}\nTo: Wang\nCc: Boss\nSubject: Ticket\n"
    )
    return f"{typed}\n\n-----Original Message-----\n{head}\n{quoted}\n", None


def outlook_mobile(typed, quoted, name, address, at) -> Made:
    head = f"From: {name} <{address}>\nSent: {at:%A, %B %d, %Y %I:%M:%S %p}\nTo: Wang <wang@outlook.com>\nSubject: Re: Ticket\n"
    return (
        f"{typed}\n\nGet Outlook for iOS<https://example.com/o0ukef>\n________________________________\n{head}\n{quoted}\n",
        None,
    )


def iphone_en(typed, quoted, name, address, at) -> Made:
    return (
        f"{typed}\n\nSent from my iPhone\n\n> On {at:%b %d, %Y}, at {at:%H:%M}, {name} <{address}> wrote:\n> \n{marked(quoted, '> ')}\n",
        None,
    )


def gmail_en(typed, quoted, name, address, at) -> Made:
    head = f"On {at:%a, %b %d, %Y at %I:%M %p} {name} <{address}>\nwrote:"
    page = (
        f'<div dir="ltr">{divs(typed)}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{entities.escape(head)}<br></div>'
        f'<blockquote class="gmail_quote">{divs(quoted)}</blockquote></div>'
    )
    return f"{typed}\n\n{head}\n\n{marked(quoted)}\n", page


def thunderbird(typed, quoted, name, address, at) -> Made:
    head = f"On {at:%m/%d/%y %I:%M %p}, {name} wrote:"
    page = f'<body><p>{entities.escape(typed).replace(chr(10), "<br>")}</p><div class="moz-cite-prefix">{head}<br></div><blockquote type="cite" cite="mid:x@y">{divs(quoted)}</blockquote></body>'
    return f"{typed}\n\n{head}\n{marked(quoted)}\n", page


def thunderbird_below(typed, quoted, name, address, at) -> Made:
    return (
        f"Am {at:%d.%m.%y} um {at:%H:%M} schrieb {name}:\n{marked(quoted)}\n\n{typed}\n\n-- \nWang\nTel. 1234\n",
        None,
    )


def apple_mail(typed, quoted, name, address, at) -> Made:
    head = f"On {at:%d %b %Y}, at {at:%H:%M}, {name} <{address}> wrote:"
    page = f'<body>{divs(typed)}<br><div><br><blockquote type="cite"><div>{entities.escape(head)}</div><br><div>{divs(quoted)}</div></blockquote></div></body>'
    return f"{typed}\n\n\n{marked(head + chr(10) + chr(10) + quoted)}\n", page


def yahoo(typed, quoted, name, address, at) -> Made:
    head = f"On {at:%A, %B %d, %Y}, {at:%I:%M:%S %p} GMT+8, {name} <{address}> wrote: "
    page = f'<div class="ydp">{divs(typed)}</div><div id="yahoo_quoted_123" class="yahoo_quoted"><div>{entities.escape(head)}</div>{divs(quoted)}</div>'
    return f"{typed}\n\n    {head} \n \n {quoted}\n", page


def proton(typed, quoted, name, address, at) -> Made:
    return (
        f"{typed}\n\nSent with Proton Mail secure email.\n\n------- Original Message -------\nOn {at:%A, %B %dth, %Y} at {at:%I:%M %p}, {name} <{address}> wrote:\n\n{marked(quoted)}\n",
        None,
    )


def apple_zh(typed, quoted, name, address, at) -> Made:
    return (
        f"{typed}\n\n\n{marked(f'{_day(at)} 上午{at:%H:%M}，{name} <{address}> 写道：' + chr(10) + chr(10) + quoted)}\n",
        None,
    )


CLIENTS: list[Callable[..., Made]] = [
    netease, netease_master, qq, qq_new, foxmail, outlook_zh, iphone_zh, gmail_zh, gmail_tw, aliyun, wecom, apple_zh, outlook_en,
    outlook_old, outlook_mobile, iphone_en, gmail_en, thunderbird, thunderbird_below, apple_mail, yahoo, proton,
]  # fmt: skip


def made_replies(seed: int = 11, rounds: int = 14) -> Iterator[Case]:
    """Every program with every typed text, as text with HTML, as text alone, and as HTML alone where it writes any."""
    dice = random.Random(seed)
    for client in CLIENTS:
        for typed in TYPED[:rounds]:
            name, address = dice.choice(AGENTS)
            at = datetime(2024, 1, 2, 10, 5) + timedelta(minutes=dice.randrange(500_000))
            text, page = client(typed, dice.choice(QUOTED), name, address, at)
            yield Case(client.__name__, text, page, typed)
            if page:
                yield Case(client.__name__ + " text", text, None, typed)
                yield Case(client.__name__ + " html", "", page, typed)
