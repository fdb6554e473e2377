"""Machines that write mail are told from people, and each kind from the others."""

import pytest

from channels.email import classify_auto

pytestmark = pytest.mark.ground


def mail(*headers: str, body: str = "你好") -> bytes:
    return "\r\n".join([*headers, "", body]).encode()


DSN = (
    "--b\r\n\r\nYour mail could not be delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b.cn\r\nAction: {action}\r\n\r\n--b--\r\n"
)
REPORT = "Content-Type: multipart/report; report-type={kind}; boundary=b"


@pytest.mark.parametrize(
    "raw",
    [
        mail(
            "From: MAILER-DAEMON@x.cn",
            REPORT.format(kind="delivery-status"),
            body=DSN.format(action="failed"),
        ),
        mail(
            "From: postmaster@x.cn", REPORT.format(kind="delivery-status"), body=DSN.format(action="delayed")
        ),
        mail(
            "From: MAILER-DAEMON@x.cn",
            "Subject: failure notice",
            body="Hi. This is the qmail-send program at x.cn.",
        ),
        mail(
            "From: PostMaster@qq.com",
            "Subject: 来自qq.com的退信",
            body="抱歉，您的邮件被退回来了……\n收件人邮箱不存在",
        ),
        mail(
            "From: Postmaster@163.com",
            "Subject: 系统退信",
            body="抱歉，您的邮件被退回来了\n无法发送到 a@b.cn\n退信原因：User not found",
        ),
        mail(
            'From: "Mail Delivery System" <Mailer-Daemon@x.cn>',
            "X-Failed-Recipients: a@b.cn",
            "Subject: Mail delivery failed",
        ),
        mail(
            "From: postmaster@outlook.com",
            "Subject: 未传递: 工单",
            "Return-Path: <>",
            body="您的邮件无法传递到以下收件人",
        ),
        mail(
            "From: postmaster@x.com",
            "Subject: Undeliverable: ticket",
            body="Delivery has failed to these recipients",
        ),
    ],
)
def test_a_bounce_is_known(raw):
    assert classify_auto(raw) == "bounce"


@pytest.mark.parametrize(
    "raw",
    [
        mail("From: a@b.cn", "Auto-Submitted: auto-replied"),
        mail("From: a@b.cn", "Subject: 自动回复: 工单"),
        mail("From: a@b.cn", "Subject: =?gb2312?B?19S2r7vYuLQ=?=:x"),
        mail("From: a@b.cn", "Subject: Automatic reply: ticket"),
        mail("From: a@b.cn", "X-Autoreply: yes", "Subject: Re: ticket"),
        mail("From: a@b.cn", "Precedence: auto_reply"),
        mail("From: a@b.cn", "Precedence: bulk"),
        mail("From: noreply@b.cn", "Subject: 您的验证码"),
        mail("From: a@b.cn", "Subject: Re: 工单", body="这是一封自动回复邮件，您的来信已收到。"),
        mail("From: a@b.cn", REPORT.format(kind="disposition-notification"), body="--b\r\n\r\nread\r\n--b--"),
        mail("From: MAILER-DAEMON@x.cn", REPORT.format(kind="delivery-status"), "Auto-Submitted: auto-replied",
             body=DSN.format(action="delivered")),
        mail("From: a@b.cn", "Auto-Submitted: auto-replied", "List-Id: <l.b.cn>"),
    ],
)  # fmt: skip
def test_an_automatic_answer_is_known(raw):
    assert classify_auto(raw) == "auto"


@pytest.mark.parametrize(
    "header", ["List-Id: <l.b.cn>", "Precedence: list", "List-Unsubscribe: <mailto:x@b.cn>"]
)
def test_a_list_is_known(header):
    assert classify_auto(mail("From: a@b.cn", header)) == "list"


def test_a_feedback_loop_is_known():
    raw = mail("From: fbl@b.cn", REPORT.format(kind="feedback-report"), body="--b\r\n\r\nspam\r\n--b--")
    assert classify_auto(raw) == "feedback"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        mail("From: a@b.cn", "Subject: 工单"),
        mail("From: a@b.cn", "Subject: Re: 自动回复: 工单"),
        mail(
            "From: a@b.cn",
            "Subject: Fwd: Undelivered Mail Returned to Sender",
            body="我收到这个退信，怎么办？",
        ),
        mail("From: a@b.cn", "Subject: 快递退回，无法送达", body="快递说地址不存在，被退回了"),
        mail("From: a@b.cn", "Subject: 退信", body="我的邮件被退回来了"),
        mail("From: a@b.cn", "Subject: The parcel was returned", body="delivery failed, not found"),
        mail("From: a@b.cn", "Auto-Submitted: no"),
        mail("From: admin@b.cn", "Subject: 打印机坏了"),
        mail("From: noreply@shop.cn", "Reply-To: customer@b.cn", "Subject: 咨询"),
        mail("From: a@b.cn", "Subject: 自动售货机坏了"),
        mail("From: a@b.cn", "Subject: 外出时手机没电"),
    ],
)
def test_a_person_is_never_taken_for_a_machine(raw):
    assert classify_auto(raw) == "human"
