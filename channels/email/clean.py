"""HTML that a page may show: nothing in it runs, nothing is loaded, nothing reaches outside its place."""

import html as entities
import re

import nh3

from channels.email.charsets import tidy
from channels.email.markup import SILENT, bare_text, is_costly

_TAGS = {
    "a", "abbr", "b", "bdi", "bdo", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd",
    "del", "div", "dl", "dt", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li",
    "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"title", "dir", "lang", "align"},
    "a": {"href"},
    "img": {"alt", "width", "height", "data-src", "data-cid"},
    "td": {"colspan", "rowspan", "valign"},
    "th": {"colspan", "rowspan", "valign"},
    "ol": {"start"},
    "font": {"color"},
}
_SOURCE = re.compile(r'(?:https?:)?//[^\s"\'<>]{1,2000}', re.IGNORECASE)
_CID = re.compile(r"cid:([^\s\"'<>]{1,500})", re.IGNORECASE)


def sanitize_html(html: str) -> str:
    """The HTML with what is safe; a picture waits in `data-src` (remote) or `data-cid` (attached) to be shown.

    No style, class or id survives, so a mail can neither cover the page nor speak to its scripts.
    """
    html = tidy(html)
    if is_costly(html):
        return f"<pre>{entities.escape(bare_text(html))}</pre>"
    cleaned = nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES | {"img": {*_ATTRIBUTES["img"], "src"}},
        attribute_filter=_kept_attribute, clean_content_tags=SILENT | {"svg", "math", "noscript", "textarea"},
        link_rel="noopener noreferrer nofollow", url_schemes={"http", "https", "mailto", "tel", "cid"},
        strip_comments=True,
    )  # fmt: skip
    return _IMAGE.sub(_waiting, cleaned)


_IMAGE = re.compile(r'(<img\b(?:[^">]|"[^"]*")*?) src="([^"]*)"')


def _waiting(found: re.Match[str]) -> str:
    """The picture's address moved to where a browser loads nothing."""
    source = entities.unescape(found[2])
    if match := _CID.fullmatch(source):
        return f'{found[1]} data-cid="{entities.escape(match[1])}"'
    return f'{found[1]} data-src="{entities.escape(source)}"'


def _kept_attribute(tag: str, name: str, value: str) -> str | None:
    if name in ("data-src", "data-cid"):
        return None  # ours to set, not the sender's
    if name == "href":
        return value if re.match(r"(?:https?://|mailto:|tel:)", value.strip(), re.IGNORECASE) else None
    if name == "src":
        source = value.strip()
        return source if _CID.fullmatch(source) or _SOURCE.fullmatch(source) else None
    if name in ("width", "height", "colspan", "rowspan", "start"):
        return value if re.fullmatch(r"\d{1,4}%?", value.strip()) else None
    return value
