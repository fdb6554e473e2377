# ruff: noqa: E501 - what is tried is as wide as it is
"""HTML of mails: nothing in it runs or is loaded; files that came by mail: what may be handed on, and as what."""

import io
import re
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email import accept_upload, sanitize_html

pytestmark = pytest.mark.ground
RUNS = re.compile(
    r"<(?:script|style|iframe|object|embed|form|svg|math|meta|link|base)|\son\w+\s*=|javascript:|\ssrc=|\sstyle=|srcset",
    re.I,
)
VECTORS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<a href=' java\nscript:alert(1)'>x</a>",
    "<svg onload=alert(1)>", "<svg><style><img src=x onerror=alert(1)></style>", "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>", "<body onload=alert(1)>", "<div style='background:url(https://a.cn/x)'>x</div>", "<base href=//evil.cn>",
    "<form action=//evil.cn><input name=password></form>", "<meta http-equiv=refresh content='0;url=//evil.cn'>", "<link rel=stylesheet href=//evil.cn>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>", "<img src='data:image/svg+xml,<svg onload=alert(1)>'>", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea><img src=x onerror=alert(1)></textarea>", "<![CDATA[<script>alert(1)</script>]]>", "<a href='vbscript:x'>x</a>", "<object data=x>", "<video src=x onerror=alert(1)>",
    "<img srcset='https://a.cn/1 1x'>", "<table background='https://a.cn/x'><tr><td>x</table>", "<a href=//evil.cn/x>x</a>", "<img data-src=javascript:alert(1)>",
    "<xmp><script>alert(1)</script></xmp>", "<plaintext><script>alert(1)</script>", "<template><script>alert(1)</script></template>", "<a target=_top href=/logout>x</a>",
    "<img src=/logout>", "<div id=search class=modal>x</div>", "&lt;script&gt;alert(1)&lt;/script&gt;", "<IMG SRC=`javascript:alert(1)`>", "<a href=\"https://a.cn\" onmouseover=\"x\">x</a>",
]  # fmt: skip


@pytest.mark.parametrize("html", VECTORS)
def test_nothing_that_runs_or_loads_is_left(html):
    cleaned = sanitize_html(html)
    assert not RUNS.search(re.sub(r"data-src=", "", cleaned)), cleaned
    assert sanitize_html(cleaned).count("<script") == 0


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(VECTORS)
        | st.sampled_from(["<", ">", "'", '"', "<!--", "-->", "</", "&#x6a;", "\0"])
        | st.text(max_size=4)
    ).map("".join)
)
def test_nothing_is_left_of_any_mixture(html):
    cleaned = sanitize_html(html)
    tags = " ".join(re.findall(r"<[a-z][^>]*>", re.sub(r'"[^"]*"', '""', cleaned)))
    assert not re.search(r"<(?:script|style|iframe|svg)|\son\w+=|\ssrc=|\sstyle=", tags)


def test_what_is_harmless_stays_and_pictures_wait():
    html = '<p>你好 <b>!</b></p><img src="cid:a@b" alt="x"><img src="https://a.cn/x.png" width="9"><a href="https://a.cn/">a</a><table><tr><td>1</td></tr></table>'
    cleaned = sanitize_html(html)
    assert '<img data-cid="a@b" alt="x">' in cleaned
    assert 'data-src="https://a.cn/x.png"' in cleaned
    assert '<a href="https://a.cn/" rel="noopener noreferrer nofollow">a</a>' in cleaned
    assert "<td>1</td>" in cleaned


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as found:
        for name in names:
            found.writestr(name, "x")
    return file.getvalue()


PNG = b"\x89PNG\r\n\x1a\n0000"


@pytest.mark.parametrize(
    ("name", "content", "declared", "verdict"),
    [
        ("图.png", PNG, "image/png", (True, "图.png", "image/png", "")),
        ("图.png", b"<svg onload=x>", "image/png", (True, "图.png", "application/octet-stream", "")),
        ("a.html", b"<script>", "text/html", (True, "a.html", "application/octet-stream", "")),
        ("a.txt", PNG, "text/plain", (True, "a.txt", "image/png", "")),
        (
            "发票.pdf.exe",
            b"x",
            "application/pdf",
            (False, "发票.pdf.exe", "application/octet-stream", "program"),
        ),
        ("a.exe. ", b"x", "", (False, "a.exe", "application/octet-stream", "program")),
        ("a.pdf", b"MZ\x90\0", "application/pdf", (False, "a.pdf", "application/octet-stream", "program")),
        ("a\u202efdp.exe", b"x", "", (False, "afdp.exe", "application/octet-stream", "program")),
        ("..\\..\\etc/a\0b.txt", b"x", "", (True, "ab.txt", "application/octet-stream", "")),
        ("a.txt", b"", "", (False, "a.txt", "application/octet-stream", "empty")),
        (
            "a.zip",
            archive("a.txt", "b/c.js"),
            "",
            (False, "a.zip", "application/octet-stream", "program-inside"),
        ),
        ("a.docx", archive("word/document.xml"), "", (True, "a.docx", "application/octet-stream", "")),
        ("a.zip", b"PK\3\4 broken", "", (True, "a.zip", "application/octet-stream", "")),
        ("\ud800", b"x", "\ud800", (True, "file", "application/octet-stream", "")),
    ],
)
def test_a_file_is_judged_by_its_bytes_and_its_name(name, content, declared, verdict):
    found = accept_upload(name, content, declared)
    assert (found.accepted, found.name, found.type, found.reason) == verdict
    assert bool(found) == found.accepted


def test_a_file_beyond_the_limit_is_refused(settings):
    settings.UPLOAD_LIMIT_BYTES = 10
    assert accept_upload("a.txt", b"x" * 11, "text/plain").reason == "too-large"
    assert accept_upload("a.zip", archive(*map(str, range(3_000))), "").reason == "too-large"
    settings.UPLOAD_LIMIT_BYTES = 10_000_000
    assert accept_upload("a.zip", archive(*map(str, range(3_000))), "").reason == "too-many-inside"
