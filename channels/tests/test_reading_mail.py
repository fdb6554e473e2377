# ruff: noqa: E501 - a mail is as wide as its program writes it
"""Reading a mail: what it says comes out whole, whatever program wrote it; any bytes give some mail."""

import email
import os
from collections import Counter
from datetime import UTC, datetime
from email import message_from_string
from email.mime.application import MIMEApplication
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.email import TooComplex, classify_auto, parse_address, parse_inbound
from channels.email.bodies import unflow
from channels.email.charsets import codec_of, decode_text
from channels.email.limits import MOST_BYTES
from channels.tests.chinese_mails import chinese_mails

pytestmark = pytest.mark.ground


def mail(*lines: str | bytes) -> bytes:
    return b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines)


def test_chinese_mails_come_out_exact_and_none_is_lost():
    counts: Counter[str] = Counter()
    for made in chinese_mails():
        read = parse_inbound(made.raw)
        assert [file.bytes for file in read.attachments] == [made.content], made.what
        assert read.from_address == "kehu@example.com", made.what
        assert read.subject, made.what
        assert read.text.strip(), made.what
        exact = (read.subject, read.from_name, read.attachments[0].name, read.text.strip()) == (
            made.subject, made.name, made.file_name, made.body.strip(),
        )  # fmt: skip
        counts["fair" if made.is_fair else "unfair"] += 1
        counts["fair exact" if made.is_fair else "unfair exact"] += exact
    assert counts.total() - counts["fair exact"] - counts["unfair exact"] >= 1000
    assert counts["fair exact"] >= 0.99 * counts["fair"]
    # What is labelled wrongly can mostly be told by its bytes.
    assert counts["unfair exact"] >= 0.95 * counts["unfair"]


@pytest.mark.parametrize(
    ("label", "codec"),
    [("GB2312", "gb18030"), ("x-x-big5", "cp950"), ("'utf-8'", "utf-8"), ("ISO-8859-1", "cp1252"), ("ks_c_5601-1987", "cp949"),
     ("hz-gb-2312", "hz"), ("punycode", None), ("unicode_escape", None), ("rot13", None), ("hex", None), ("", None),
     ("no\0such", None), ("é", None), ("x" * 999, None)],
)  # fmt: skip
def test_a_label_is_known_by_all_its_names(label, codec):
    assert codec_of(label) == codec


@pytest.mark.parametrize(
    ("data", "labels", "text"),
    [
        ("联通".encode("gbk"), ["gb2312"], "联通"),  # these bytes are well-formed UTF-8 as well
        ("café déjà".encode("latin-1"), [], "café déjà"),
        ("Grüße aus Köln".encode("latin-1"), ["iso-8859-1"], "Grüße aus Köln"),
        ("Привет, как дела".encode("koi8-r"), ["koi8-r"], "Привет, как дела"),
        ("お問い合わせ".encode("iso2022_jp"), ["iso-2022-jp"], "お問い合わせ"),
        ("お問い合わせ番号".encode("shift_jis"), ["Shift_JIS"], "お問い合わせ番号"),
        ("배송 문의".encode("euc-kr"), ["ks_c_5601-1987"], "배송 문의"),
        ("你好，谢谢".encode("gbk"), ["iso-8859-1"], "你好，谢谢"),
        (b"\x1b$)A\x0eDc:C\x0f ok", ["iso-2022-cn"], "你好 ok"),
        (b"a\0b", [], "ab"),
        ("😀".encode("utf-16-be", "surrogatepass"), ["utf-16"], "😀"),
        (b"\xed\xa0\xbd\xed\xb8\x80", ["utf-8"], "😀"),  # surrogates written apart
        (b"\xed\xa0\xbd!", ["utf-8"], "\ufffd!"),
        (b"+8613800138000", [], "+8613800138000"),
    ],
)
def test_bytes_are_read_as_they_were_meant(data, labels, text):
    assert decode_text(data, *labels) == text


def test_text_html_picture_calendar_and_forwarded_mail_are_told_apart():
    read = parse_inbound(mail(
        "From: a@b.cn", "Content-Type: multipart/mixed; boundary=m", "", "This is a multi-part message in MIME format.", "--m",
        "Content-Type: multipart/related; boundary=r", "", "--r", "Content-Type: multipart/alternative; boundary=a", "",
        "--a", "", "你好", "--a", "Content-Type: text/html", "", '<p>你好<img src="cid:p1@x"></p>', "--a--", "--r",
        "Content-Type: image/png; name*=utf-8''%E5%9B%BE.png", "Content-ID: <p1@x>", "Content-Transfer-Encoding: base64", "", "iVBORw==",
        "--r--", "--m", "Content-Type: text/calendar; method=REQUEST", "", "BEGIN:VCALENDAR", "--m", "Content-Type: message/rfc822", "",
        "Subject: =?utf-8?B?5Y6f5p2l?=", "Content-Type: multipart/mixed; boundary=m2", "", "--m2", "", "inner", "--m2--", "--m",
        "Content-Type: application/ms-tnef", "Content-Transfer-Encoding: base64", "", "eJ8+", "--m--", "", "the list's footer",
    ))  # fmt: skip
    assert (read.text, read.html) == ("你好", '<p>你好<img src="cid:p1@x"></p>')
    assert [(file.name, file.type, file.inline) for file in read.attachments] == [
        ("图.png", "image/png", True), ("invite.ics", "text/calendar", False), ("原来.eml", "message/rfc822", False),
        ("winmail.dat", "application/ms-tnef", False),
    ]  # fmt: skip
    assert read.attachments[0].cid == "p1@x"
    assert b"inner" in read.attachments[2].bytes
    assert read.rest == "the list's footer"


def test_several_texts_are_one_after_the_other():
    read = parse_inbound(mail(
        "Content-Type: multipart/mixed; boundary=m", "", "--m", "", "one <b>", "--m", "Content-Type: text/html", "", "<b>two</b>", "--m",
        "Content-Disposition: attachment; filename=a.txt", "", "three", "--m--",
    ))  # fmt: skip
    assert read.text == "one <b>\ntwo"
    assert read.html == "<div>one &lt;b&gt;</div><b>two</b>"
    assert [(file.name, file.bytes) for file in read.attachments] == [("a.txt", b"three")]


def test_people_date_and_thread_are_read():
    read = parse_inbound(mail(
        "From: =?gb2312?B?1cXI/Q==?= <z@x.cn>", "To: \"李, 四\" <l@x.cn>, b@x.cn", "To: c@x.cn", "Cc: undisclosed-recipients:;",
        "Reply-To: <r@x.cn>", "Subject: =?utf-8?Q?=E4=BD?= =?utf-8?Q?=A0=E5=A5=BD?=", " again", "Date: Tue, 2 Jan 2024 10:00:00 +0800 (CST)",
        "Message-ID: <[abc@x]>", "In-Reply-To: <one@x> (of yesterday)", "References: <zero@x>", "\t<one@x>", "", "hi",
    ))  # fmt: skip
    assert (read.from_name, read.from_address, read.subject) == ("张三", "z@x.cn", "你好 again")
    assert read.to == [("李, 四", "l@x.cn"), ("", "b@x.cn"), ("", "c@x.cn")]
    assert (read.cc, read.reply_to) == ([], [("", "r@x.cn")])
    assert read.date == datetime(2024, 1, 2, 2, 0, tzinfo=UTC)
    assert (read.message_id, read.in_reply_to, read.references) == (
        "<[abc@x]>",
        "<one@x>",
        ["<zero@x>", "<one@x>"],
    )
    assert (read.doubts, read.auto) == ([], "human")


@pytest.mark.parametrize(
    ("header", "people"),
    [
        ("a@b.cn", [("", "a@b.cn")]),
        (
            "张三 <a@b.cn>；李四 <c@d.cn>，王五 <e@f.cn>",
            [("张三", "a@b.cn"), ("李四", "c@d.cn"), ("王五", "e@f.cn")],
        ),
        ("Team: a@b.cn, C <c@d.cn>; e@f.cn", [("", "a@b.cn"), ("C", "c@d.cn"), ("", "e@f.cn")]),
        ("a@b.cn (Zhang San)", [("Zhang San", "a@b.cn")]),
        ("<mailto:a@b.cn>", [("", "a@b.cn")]),
        ('"\'Zhang\' \\"San\\"" <a@b.cn>', [("'Zhang' \"San\"", "a@b.cn")]),
        ("<@x.cn,@y.cn:a@b.cn>", [("", "a@b.cn")]),
        ("=?utf-8?Q?Boss_=3Cboss=40b=2Ecn=3E=2C?= <a@b.cn>", [("Boss <boss@b.cn>,", "a@b.cn")]),
        ("=?utf-8?Q?boss=40b=2Ecn?=", []),
        ('"john doe"@b.cn', [("", '"john doe"@b.cn')]),
        ("MAILER-DAEMON (Mail)", [("Mail", "MAILER-DAEMON")]),
        ("Zhang a@b.cn", [("Zhang", "a@b.cn")]),
        ('"Zhang" <z@b.cn', [("Zhang", "z@b.cn")]),
        ('<a@b.cn> foo, "q" c@d.cn, "e@f.cn"', [("foo", "a@b.cn"), ("q", "c@d.cn"), ("", "e@f.cn")]),
        ("nobody at all", []),
        ("", []),
        (',;<>()"', []),
    ],
)
def test_people_are_found_in_a_header(header, people):
    assert parse_address(header) == people


@pytest.mark.parametrize(
    ("lines", "doubts"),
    [
        (["From: a@b.cn", "From: c@d.cn"], ["several-from-lines"]),
        (["From: a@b.cn, c@d.cn"], ["several-senders"]),
        (["From: =?utf-8?q?a?=@b.cn"], ["encoded-address"]),
        (["From: us: a@b.cn;"], ["group-sender"]),
        (['From: "boss@b.cn" <x@y.cn>'], ["address-in-name"]),
        (["From: "], ["no-sender"]),
    ],
)
def test_a_sender_who_may_be_another_is_doubted(lines, doubts):
    assert parse_inbound(mail(*lines, "", "hi")).doubts == doubts


@pytest.mark.parametrize(
    ("raw", "text", "files"),
    [
        (b"", "", 0),
        (b"no header at all", "no header at all", 0),
        (b"Subject: x\rFrom: a@b.cn\r\rhello\rthere", "hello\nthere", 0),
        (b"From ann Tue Jan  2 10:00:00 2024\nSubject: x\n\nhello", "hello", 0),
        (b"Subject: x\nContent-Type: multipart/mixed\n\nhello", "hello", 0),
        (b"Content-Type: multipart/mixed\n\n--q\nContent-Type: text/plain\n\nhello\n--q--\n", "hello", 0),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: image/png\n\nxx", "hello", 1),
        (b"Content-Transfer-Encoding: base64\n\naGVsbG8=\n\n-- \na list's footer", "hello\n\n-- \na list's footer", 0),
        (b"Content-Transfer-Encoding: base64\n\nnot encoded at all", "not encoded at all", 0),
        (b"Content-Transfer-Encoding: base64\n\naGVs\nbG8=aGVsbG8=", "hellohello", 0),
        (b"Content-Transfer-Encoding: quoted-printable\n\n=68ello=\n there =XY", "hello there =XY", 0),
        (b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n%:&5L;&\\\n \nend\n", "hello", 0),
        (b"Subject: x\nnot a header\nFrom: a@b.cn\n\nhello", "hello", 0),
        (b"Content-Type: text/html\n\n<p>hello<br>there</p><script>x</script>", "hello\nthere", 0),
        (b"Content-Type: application/pdf\n\n%PDF", "", 1),
        (b"Content-Type: garbage\n\nhello", "hello", 0),
    ],
)  # fmt: skip
def test_a_broken_mail_is_read_all_the_same(raw, text, files):
    read = parse_inbound(raw)
    assert (read.text.strip(), len(read.attachments)) == (text, files)


def test_flowed_text_is_joined_and_quotations_stay_apart():
    assert (
        unflow("one \ntwo\n> three \n> four \nfive\n-- \nme", joins=False)
        == "one two\n> three four \nfive\n-- \nme"
    )
    assert unflow("一句 \n话", joins=True) == "一句话"


def test_a_mail_too_large_to_look_at_is_refused_with_a_reason():
    with pytest.raises(TooComplex) as refused:
        parse_inbound(bytes(MOST_BYTES + 1))
    assert refused.value.reason == "too-large"


@st.composite
def trees(draw, depth=4):
    """A part and the words in it, made by Python's own writer of mail."""
    kind = draw(st.sampled_from(["plain", "html", "file", "message", "mixed", "alternative", "related"]))
    word = "w" + draw(st.text("abcdefghij", min_size=8, max_size=8))
    if kind in ("plain", "html"):
        charset = draw(st.sampled_from(["utf-8", "gb18030", "big5", "us-ascii"]))
        part = MIMEText(word if charset == "us-ascii" else f"{word} 中文", kind, charset)
        return part, [word]
    if kind == "file" or depth == 0:
        part = MIMEApplication(word.encode(), name="文.bin")
        return part, [word]
    if kind == "message":
        return MIMEMessage(message_from_string(f"Subject: x\n\n{word}\n")), [word]
    children = draw(st.lists(trees(depth=depth - 1), min_size=1, max_size=4))
    part = MIMEMultipart(kind)
    for child, _ in children:
        part.attach(child)
    return part, [word for _, words in children for word in words]


@settings(max_examples=150, deadline=None)
@given(trees())
def test_every_word_of_any_tree_of_parts_is_read(tree):
    part, words = tree
    part["From"] = "a@b.cn"
    read = parse_inbound(part.as_bytes())
    whole = (read.text + (read.html or "")).encode() + b"".join(file.bytes for file in read.attachments)
    assert [word for word in words if word.encode() not in whole] == []
    assert read.rest == ""


FRAGMENTS = st.sampled_from([
    b"From: ", b"Subject: ", b"Content-Type: multipart/mixed; boundary=b\n", b"\n\n", b"\r\n", b"--b\n", b"--b--\n", b"=?gb2312?B?", b"?=",
    b"=?utf-8?q?=E4?=", b"Content-Transfer-Encoding: base64\n", b"Content-Type: text/html; charset=", b"utf-16", b"idna", b"<a@b>", b'"', b"(",
    b"filename*0*=x''%", b"; name=", b"Date: Mon, 99 Foo 99999 25:61:61 +9999", b"\0", b"\xff\xfe", b"\x1b$)A\x0e", b"~{", b"Content-Type: message/rfc822\n",
    b"Content-Disposition: attachment; filename=", "中文".encode("gbk"), b"\xed\xa0\x80", b"Content-Transfer-Encoding: x-uuencode\n", b"begin 644 x\n",
])  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(FRAGMENTS | st.binary(max_size=12), max_size=40).map(b"".join))
def test_any_bytes_give_a_mail(raw):
    read = parse_inbound(raw)
    for text in (read.subject, read.from_name, read.from_address, read.text, read.html or "", read.rest):
        assert "\0" not in text
        text.encode()
    for file in read.attachments:
        file.name.encode()
    assert read.auto in ("human", "auto", "bounce", "list", "feedback")
    assert classify_auto(raw) in ("human", "auto", "bounce", "list", "feedback")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
@example("\0")
def test_any_header_gives_people(header):
    for name, address in parse_address(header):
        assert address
        (name + address).encode()


SAMPLES = find_spec("test.test_email")


@pytest.mark.skipif(SAMPLES is None, reason="this Python comes without its own tests")
def test_pythons_own_mails_are_read_whole():
    folder = Path(str(SAMPLES.origin)).parent / "data"  # type: ignore[union-attr]
    paths = sorted(folder.glob("msg_*.txt"))
    assert len(paths) > 40
    for path in paths:
        raw = path.read_bytes()
        read = parse_inbound(raw)
        whole = read.text + (read.html or "") + read.rest
        for part in email.message_from_bytes(raw).walk():
            payload = None if part.get_content_maintype() == "multipart" else part.get_payload(decode=True)
            for word in (payload or b"").split():
                assert word.decode("latin-1") in whole or any(
                    word in file.bytes for file in read.attachments
                ), path


def test_what_reads_mail_needs_no_database():
    # It is imported and used in a process of its own, without any settings.
    import subprocess
    import sys

    script = (
        "from channels.email import *\n"
        "assert parse_inbound(b'Subject: x\\n\\nhi').text == 'hi'\n"
        "assert strip_reply('hi', '<p>hi').visible == 'hi'\n"
        "assert sanitize_html('<p>hi') == '<p>hi</p>'\n"
        "assert accept_upload('a.txt', b'x', 'text/plain')\n"
        "assert classify_auto(b'') == 'human'\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, timeout=60)
