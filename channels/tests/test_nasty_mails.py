"""Mails made to hurt: each is read, or refused with a reason, within 5 s of CPU and 300 MB; in a process of its own."""

import base64
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from channels.email import TooComplex, classify_auto, parse_address, parse_inbound, sanitize_html, strip_reply

pytestmark = pytest.mark.ground
MOST_SECONDS, MOST_MEMORY = 5, 300 * 1024 * 1024


MULTIPART = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"


def nested_parts(count: int = 300) -> bytes:
    head = b"".join(MULTIPART % (n, n) for n in range(count))
    return head + b"\nthe text\n" + b"".join(b"--b%d--\n" % n for n in reversed(range(count)))


def nested_messages() -> bytes:
    return b"Content-Type: message/rfc822\n\n" * 2_000 + b"Subject: x\n\nthe text\n"


def nested_messages_in_parts() -> bytes:
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\nContent-Type: message/rfc822\n\n" % (n, n)
        for n in range(2_000)
    )
    return head + b"Subject: x\n\nthe text\n" + b"".join(b"--b%d--\n" % n for n in reversed(range(2_000)))


def many_parts() -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nthe text\n" * 100_000 + b"--b--\n"


def many_addresses() -> bytes:
    people = ",\n ".join(f'"=?utf-8?B?5byg5LiJ?= {n}" <a{n}@example.com>' for n in range(10_000))
    return f"From: a@b.cn\nTo: {people}\nCc: {people}\n\nthe text\n".encode()


def large_file() -> bytes:
    head = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nthe text\n--b\nContent-Type: image/png\n"
    return (
        head
        + b"Content-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(bytes(range(256)) * 102_400)
        + b"--b--\n"
    )


def header_of(value: bytes, name: bytes = b"Subject") -> Callable[[], bytes]:
    return lambda: name + b": " + value + b"\n\nthe text\n"


def body_of(text: bytes, kind: bytes = b"text/plain") -> Callable[[], bytes]:
    return lambda: b"Content-Type: " + kind + b"\n\nthe text\n" + text


MILLION = 1_000_000
MAILS: dict[str, Callable[[], bytes]] = {
    "300 nested parts": nested_parts,
    "5,000 nested parts": lambda: nested_parts(5_000),
    "2,000 nested messages": nested_messages,
    "2,000 nested messages in parts": nested_messages_in_parts,
    "100,000 parts": many_parts,
    "10,000 addresses": many_addresses,
    "25 MB attachment": large_file,
    "1 MB of >": body_of(b">" * MILLION),
    "lines of >": body_of(b">\n" * (MILLION // 2)),
    "1 MB of -": body_of(b"-" * MILLION),
    "lines of --": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nthe text\n" + b"--\n" * MILLION,
    "1 MB of spaces": body_of(b" " * MILLION + b"x"),
    "lines of wrote": body_of(b"On 2024-01-02 10:00 a <a@b.cn>\n" * 30_000),
    "lines of From": body_of(b"From: a\n" * 100_000),
    "1 MB of =?": header_of(b"=?" * (MILLION // 2)),
    "unclosed words": header_of(b"=?a?q?" * (MILLION // 6)),
    "words": header_of(b"=?gbk?b?xOO6?= " * (MILLION // 15)),
    "words of many charsets": header_of(b"=?gbk?b?xOO6?= =?big5?q?=A4=A4?= " * (MILLION // 34)),
    "1 MB of <": header_of(b"<" * MILLION, b"From"),
    "1 MB of (": header_of(b"(" * MILLION, b"From"),
    '1 MB of "': header_of(b'"' * MILLION, b"From"),
    "1 MB of \\": header_of(b'"' + b"\\" * MILLION, b"From"),
    "1 MB of @": header_of(b"@" * MILLION, b"From"),
    "1 MB of a.": header_of(b"a." * (MILLION // 2), b"From"),
    "1 MB of a:": header_of(b"a: " * (MILLION // 3), b"From"),
    "1 MB of a@:": header_of(b"a@:" * (MILLION // 3), b"To"),
    "quotes never closed": header_of(b'"a\\' * (MILLION // 3), b"To"),
    "parameters never closed": header_of(b'text/plain; a="x\\' * (MILLION // 18), b"Content-Type"),
    "references": header_of(b"<a@b> " * (MILLION // 6), b"References"),
    "open references": header_of(b"<a" * (MILLION // 2), b"References"),
    "1 MB of date": header_of(b"1 " * (MILLION // 2), b"Date"),
    "parameters": header_of(b"text/plain" + b"; a=b" * (MILLION // 5), b"Content-Type"),
    "sections": header_of(b"text/plain" + b"".join(b"; name*%d*=a" % n for n in range(60_000)), b"Content-Type"),
    "open parameter": header_of(b'text/plain; name="' + b'\\"' * (MILLION // 2), b"Content-Type"),
    "equal signs": header_of(b"text/plain; " + b"=" * MILLION, b"Content-Type"),
    "200,000 headers": lambda: b"X-A: b\n" * 200_000 + b"\nthe text\n",
    "folded lines": lambda: b"Subject: a\n" + b" b\n" * 300_000 + b"\nthe text\n",
    "base64 ends": lambda: b"Content-Transfer-Encoding: base64\n\ndGhlIHRleHQ=\n" + b"QQ==" * 250_000,
    "1 MB of =": lambda: b"Content-Transfer-Encoding: quoted-printable\n\nthe text\n" + b"=" * MILLION,
    "idna": lambda: b"Content-Type: text/plain; charset=idna\n\nthe text\n" + b"\xe4" * MILLION,
    "8-bit": body_of("你好".encode("gbk") * 200_000 + b"\xff" * MILLION),
    "1 MB of <!--": body_of(b"<!--" * (MILLION // 4), b"text/html"),
    "1 MB of <a": body_of(b"<a " * (MILLION // 3), b"text/html"),
    "1 MB of <b>": body_of(b"<b>" * (MILLION // 3), b"text/html"),
    "1 MB of <div>": body_of(b"<div>" * (MILLION // 5), b"text/html"),
    "1 MB of <p>": body_of(b"<p>" * (MILLION // 3), b"text/html"),
    "1 MB of <table>": body_of(b"<table>" * (MILLION // 7), b"text/html"),
    "1 MB of </p>": body_of(b"</p>" * (MILLION // 4), b"text/html"),
    "1 MB of <select>": body_of(b"<select>" * (MILLION // 8), b"text/html"),
    "fonts": body_of(b"".join(b"<font color=%d>" % n for n in range(50_000)), b"text/html"),
    "bold paragraphs": body_of(b"".join(b"<b class=x%d><p>" % n for n in range(50_000)), b"text/html"),
    "crossed tags": body_of(b"<b><p></b>" * 100_000, b"text/html"),
    "crossed links": body_of(b"<a><table><a>" * 70_000, b"text/html"),
    "1 MB of &": body_of(b"&" * MILLION, b"text/html"),
    "unclosed scripts": body_of(b"<script>" * (MILLION // 8), b"text/html"),
    "quotations": body_of(b'<blockquote type=cite>' * 40_000, b"text/html"),
}  # fmt: skip


def read_all(name: str) -> dict[str, object]:
    """What the product does with such a mail; the memory is that of the whole process, the mail itself included."""
    raw = MAILS[name]()
    before = time.process_time()
    has_text = False
    try:
        read = parse_inbound(raw)
        whole = b"".join(file.bytes for file in read.attachments if len(file.bytes) < 20_000_000)
        has_text = "the text" in read.text + read.rest + read.subject or b"the text" in whole
        del whole
        classify_auto(raw)
        reply = strip_reply(read.text, read.html)
        has_text = has_text and len("".join((reply.visible + reply.folded).split())) >= len(
            "".join(read.text.split())
        )
        if read.html:
            sanitize_html(read.html)
        parse_address(read.subject)
    except TooComplex as refusal:
        has_text = bool(refusal.reason)
    seconds = time.process_time() - before
    return {"name": name, "seconds": round(seconds, 2), "has_text": has_text, "peak": most_memory()}


def most_memory() -> int:
    """The bytes that this process needed at the most; getrusage counts what the process that started it had as well."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024


def test_nasty_mails_are_read_within_the_limits():
    names = list(MAILS)
    script = (
        "import json, sys\nfrom channels.tests.test_nasty_mails import read_all\n"
        "for name in json.load(sys.stdin): print(json.dumps(read_all(name)), flush=True)\n"
    )
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, input=json.dumps(names), capture_output=True, text=True, timeout=100)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["name"] for one in found] == names, result.stderr[-2_000:]
    assert [one for one in found if one["seconds"] > MOST_SECONDS] == []
    assert [one for one in found if one["peak"] > MOST_MEMORY] == []
    assert [one for one in found if not one["has_text"]] == []


def test_beyond_the_limits_the_rest_is_one_file():
    read = parse_inbound(many_parts())
    assert read.text.count("the text") == 1_000
    (rest,) = read.attachments
    assert (rest.name, rest.bytes.count(b"the text")) == ("rest-of-the-mail.eml", 99_000)


def test_the_process_that_reads_loads_neither_database_nor_web():
    """It begins anew after each mail that ends it, and should hold nothing that a mail could turn against us."""
    code = (
        "import sys, channels.email.reader, channels.email; print([one for one in sys.modules if one in %r])"
    )
    heavy = ["django.db", "django.http", "django.forms", "django.template", "psycopg"]
    result = subprocess.run([sys.executable, "-c", code % heavy], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
