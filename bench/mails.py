"""Mails as customers write them, all different: by themselves, with HTML and a signature, with a picture, or again."""

from email.message import EmailMessage
from email.utils import format_datetime

from django.utils import timezone

from bench.load import ENDINGS, FAULTS, THINGS

MAILBOX = "help@bench.example"
# One in so many carries a picture; one in so many comes from somebody who has written before.
PICTURES, KNOWN = 20, 10
# A small picture is enough: what costs is that there is a file.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f0003860180d1b2c4ae0000000049454e44ae426082"
)


def generated_mail(number: int, batch: str) -> bytes:
    """The mail with this number; `batch` tells those of one run from those of another."""
    thing, fault = THINGS[number % len(THINGS)], FAULTS[number // 10 % len(FAULTS)]
    ending = ENDINGS[number // 100 % len(ENDINGS)]
    writer = number - number % KNOWN if number % KNOWN == 1 else number
    mail = EmailMessage()
    mail["From"] = f"客户{writer} <writer{writer}.{batch}@bench.example>"
    mail["To"] = f"售后 <{MAILBOX}>"
    mail["Subject"] = f"{thing}{fault}（第 {number} 号）"
    mail["Date"] = format_datetime(timezone.now())
    mail["Message-ID"] = f"<{batch}.{number}@mail.bench.example>"
    text = f"你好，\n\n我上周买的{thing}{fault}，订单号是 HD{number:06d}。{ending}\n\n客户{writer}\n发自我的手机\n"
    mail.set_content(text)
    if number % 3:
        lines = "".join(f"<div>{line or '<br>'}</div>" for line in text.splitlines())
        mail.add_alternative(f"<html><body>{lines}</body></html>", subtype="html")
    if number % PICTURES == 0:
        mail.add_attachment(PICTURE, maintype="image", subtype="png", filename=f"照片{number}.png")
    return mail.as_bytes()
