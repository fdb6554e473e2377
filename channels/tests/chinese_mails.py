# ruff: noqa: E501 - a mail is as wide as its program writes it
"""Chinese mails as programs write them and as they miswrite them, made without the code that reads them."""

import base64
import quopri
import random
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

SIMPLE = [
    "你好，我的手机屏幕碎了，可以保修吗？", "订单 20240102 一直没有发货，请帮我查一下。", "充电器坏了，想换一个新的，谢谢！",
    "请问什么时候可以收到退款？", "发票抬头写错了，麻烦重新开一张。", "洗衣机漏水，维修师傅今天没有来。", "张三的快递单号是多少",
    "耳机左边没有声音，右边正常。", "地址：北京市海淀区中关村大街1号", "空调不制冷，遥控器也没有反应。",
]  # fmt: skip
TRADITIONAL = [
    "您好，我的手機螢幕破了，可以保固嗎？", "訂單 20240102 一直沒有出貨，請幫我查一下。", "充電器壞了，想換一個新的，謝謝！",
    "請問什麼時候可以收到退款？", "發票抬頭寫錯了，麻煩重新開一張。", "洗衣機漏水，維修師傅今天沒有來。", "陳大文的快遞單號是多少",
    "耳機左邊沒有聲音，右邊正常。", "地址：臺北市信義區市府路1號", "冷氣不冷，遙控器也沒有反應。",
]  # fmt: skip
RARE = ["𠮷野家的喆堃先生，镕基路㐂号", "㛃㛊：鿍鿎，请回电，谢谢您", "犇骉羴鱻公司的訂單，麻煩您了"]
HONG_KONG = ["喺邊度可以換貨呀？部機壞咗，唔該", "嗰個掣撳唔郁，冇反應啊，點算好"]

# codec, what it can write, its right label, and others that mean it
CODECS = [
    ("gb2312", SIMPLE, "gb2312", ["GB_2312-80", "x-gbk", "cn-gb"]),
    ("gbk", SIMPLE + TRADITIONAL, "GBK", ["cp936", "windows-936", "gb2312"]),
    ("gb18030", SIMPLE + TRADITIONAL + RARE, "gb18030", ["GB18030-2000", "gb2312", "gbk"]),
    ("big5", TRADITIONAL, "big5", ["cn-big5", "x-x-big5", "Big5-ETEN"]),
    ("cp950", TRADITIONAL, "cp950", ["windows-950", "ms950", "big5"]),
    ("big5hkscs", TRADITIONAL + HONG_KONG, "big5-hkscs", ["Big5-HKSCS:2004", "hkscs", "big5"]),
    ("hz", SIMPLE, "hz-gb-2312", ["hz", "HZ-GB-2312"]),
    ("iso2022_jp_2", SIMPLE, "iso-2022-jp-2", ["iso2022_jp_2", "ISO2022JP2"]),
    ("utf-8", SIMPLE + TRADITIONAL + RARE + HONG_KONG, "utf-8", ["UTF8", '"utf-8"', "utf-8mb4"]),
    ("utf-8-sig", SIMPLE + TRADITIONAL, "utf-8", ["utf8", "unicode-1-1-utf-8"]),
    ("utf-7", SIMPLE + TRADITIONAL, "utf-7", ["UTF7", "unicode-1-1-utf-7"]),
    ("utf-16", SIMPLE + TRADITIONAL + RARE, "utf-16", ["UTF16", "unicode"]),
    ("utf-16-be", SIMPLE + TRADITIONAL, "utf-16be", ["utf-16", "UTF-16BE"]),
    ("utf-16-le", SIMPLE + TRADITIONAL, "utf-16le", ["utf-16", "UTF-16LE"]),
    ("utf-32", SIMPLE + TRADITIONAL, "utf-32", ["UTF32"]),
]  # fmt: skip
WIDE = {"utf-16", "utf-16-be", "utf-16-le", "utf-32"}
WRONG = ["us-ascii", "iso-8859-1", "windows-1252", "utf-8", "gb2312", "big5"]
UNKNOWN = ["x-unknown", "unknown-8bit", "x-user-defined", "none", "charset", "idna", "rot13", "😀"]


@dataclass
class Made:
    """A mail, and what was put into it; `is_fair`: the label is right or absent."""

    raw: bytes
    subject: str
    name: str
    file_name: str
    body: str
    content: bytes
    is_fair: bool
    what: str


def chinese_mails(seed: int = 7) -> Iterator[Made]:
    """Every codec, transfer encoding and kind of label, several texts of each."""
    dice = random.Random(seed)
    for codec, texts, right, aliases in CODECS:
        ways = ["base64", "quoted-printable"] if codec in WIDE else ["8bit", "base64", "quoted-printable"]
        for way in ways:
            for kind in ("right", "alias", "missing", "unknown", "wrong"):
                for _ in range(5):
                    label = {"right": right, "alias": dice.choice(aliases), "missing": None,
                             "unknown": dice.choice(UNKNOWN), "wrong": dice.choice(WRONG)}[kind]  # fmt: skip
                    yield _make(dice, codec, texts, way, kind, right, label)


def _make(dice, codec, texts, way, kind, right, label) -> Made:
    body = "\n".join(dice.choice(texts) for _ in range(dice.choice([1, 2, 6]))) + "\n"
    subject, name = dice.choice(texts), dice.choice(texts)[:3].strip()
    file_name = dice.choice(texts)[:8].replace(" ", "") + ".txt"
    # A header must name a charset in an encoded word; unlabelled it is raw bytes, which wide codecs cannot be.
    word = right if kind in ("right", "missing") or '"' in str(label) else label
    head_codec, head_label = ("utf-8", "utf-8") if codec in WIDE | {"utf-8-sig"} else (codec, word)
    is_raw = kind == "missing" and head_codec not in ("utf-7",)
    typed = f"; charset={label}" if label else ""
    content = dice.randbytes(40)
    boundary = f"=_{dice.getrandbits(60):x}"
    lines = [
        b"From: " + header_text(dice, name, head_codec, head_label, is_raw=is_raw) + b" <kehu@example.com>",
        b"Subject: " + header_text(dice, subject, head_codec, head_label, is_raw=is_raw),
        b"MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"'.encode(),
        b"", b"--" + boundary.encode(), f"Content-Type: text/plain{typed}".encode(),
        f"Content-Transfer-Encoding: {way}".encode(), b"", transferred(body.encode(codec), way),
        b"--" + boundary.encode(), b"Content-Type: application/octet-stream",
        b"Content-Disposition: attachment; " + file_parameter(dice, file_name, head_codec, head_label, is_raw=is_raw),
        b"Content-Transfer-Encoding: base64", b"", base64.encodebytes(content), b"--" + boundary.encode() + b"--", b"",
    ]  # fmt: skip
    what = f"{codec} {way} {kind} {label}"
    return Made(
        b"\r\n".join(lines),
        subject,
        name,
        file_name,
        body,
        content,
        kind != "unknown" and kind != "wrong",
        what,
    )


def transferred(data: bytes, way: str) -> bytes:
    """The body's bytes in a transfer encoding."""
    if way == "base64":
        return base64.encodebytes(data)
    return quopri.encodestring(data) if way == "quoted-printable" else data.replace(b"\n", b"\r\n")


def header_text(dice, text: str, codec: str, label: str | None, *, is_raw: bool) -> bytes:
    """A text for a header: raw, or in encoded words, now and then cut in the middle of a character."""
    data = text.encode(codec)
    if is_raw or label is None:
        return data
    if codec in ("hz", "iso2022_jp_2", "utf-7"):
        pieces = [data]  # each word of these must begin and end in ASCII
    else:
        size = dice.choice([7, 20, 21, 45])
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
    if dice.random() < 0.5:
        words = [f"=?{label}?B?{base64.b64encode(piece).decode()}?=" for piece in pieces]
    else:
        words = [
            f"=?{label}?{dice.choice('Qq')}?{''.join(f'={byte:02X}' for byte in piece)}?=" for piece in pieces
        ]
    return "\r\n ".join(words).encode()


def file_parameter(dice, name: str, codec: str, label: str | None, *, is_raw: bool) -> bytes:
    """The name of a file: raw, in encoded words, or by RFC 2231 whole and in pieces."""
    data = name.encode(codec)
    if is_raw or label is None:
        return b'filename="' + data + b'"'
    way = dice.choice(["words", "whole", "pieces"])
    if way == "words":
        return b'filename="' + header_text(dice, name, codec, label, is_raw=False) + b'"'
    if way == "whole":
        return f"filename*={label}''{quote(data, safe='')}".encode()
    cut = dice.randrange(1, len(data))
    first, second = quote(data[:cut], safe=""), quote(data[cut:], safe="")
    return f"filename*1*={second};\r\n filename*0*={label}''{first}".encode()
