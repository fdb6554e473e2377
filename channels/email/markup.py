"""HTML as lines of text, with what each line is: written, or inside what a mail program quoted."""

import html as entities
import re
from dataclasses import dataclass

import nh3

from channels.email.charsets import tidy
from channels.email.limits import MOST_HTML, MOST_LINES, MOST_MARKS, MOST_NESTED_TAGS, MOST_OPEN_STYLES

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,30})")
_VOID = {"br", "hr", "img", "input", "meta", "link", "col", "area", "base", "wbr", "source", "param", "embed"}
# These end by themselves when the next one begins, so old mails never close them.
_SELF_CLOSING = {"p", "li", "td", "tr", "th", "dt", "dd", "option", "tbody", "thead", "colgroup"}
_STYLES = {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
_BLOCKS = {
    "p", "div", "tr", "li", "ul", "ol", "table", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "dl",
    "dt", "dd", "section", "article", "header", "footer", "aside", "nav", "center", "figure", "address", "details",
}  # fmt: skip
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "dl"}
# What is never shown.
SILENT = {"script", "style", "title", "head", "template"}
_TOKEN = re.compile(r'<(/?)([a-z][a-z0-9-]*)((?:[^">]|"[^"]*")*)>|([^<]+)|<')
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_STRIPPED = re.compile(r"(?is)<(script|style|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[a-z/!?][^<>]*>")


@dataclass
class Line:
    """A line of text; `is_quoted`: inside a quotation, `is_cut`: from here on all is quoted."""

    text: str
    is_quoted: bool = False
    is_cut: bool = False


def is_costly(html: str) -> bool:
    """Whether reading it as HTML would cost far more than its length."""
    if len(html) > MOST_HTML or html.count("&") > MOST_MARKS:
        return True
    depth = styles = tags = 0
    for closing, name in _TAG.findall(html):
        name, step = name.lower(), -1 if closing else 1
        tags += 1
        if name in _VOID or name in _SELF_CLOSING:
            continue
        depth = max(0, depth + step)
        if name in _STYLES:
            styles = max(0, styles + step)
        if depth > MOST_NESTED_TAGS or styles > MOST_OPEN_STYLES:
            return True
    return tags > 200_000


def bare_text(html: str) -> str:
    """The text of HTML that is not taken apart."""
    return tidy(entities.unescape(_STRIPPED.sub(" ", html)))


def html_lines(html: str) -> list[Line]:
    """The lines that a reader sees."""
    if is_costly(html):
        return [Line(line) for line in bare_text(html).split("\n", MOST_LINES)]
    attributes = {"*": {"class", "id", "type", "style", "name", "cite", "tabindex"}}
    canonical = nh3.clean(
        html, tags=_BLOCKS | _KEPT, attributes=attributes, clean_content_tags=SILENT - _BLOCKS, strip_comments=True,
        generic_attribute_prefixes={"data-"}, link_rel=None,
    )  # fmt: skip
    writer = _Writer()
    for closing, name, rest, text in _TOKEN.findall(canonical):
        if text:
            writer.write(entities.unescape(text))
        elif closing:
            writer.close(name)
        elif name:
            writer.open(name, dict(_ATTRIBUTE.findall(rest)))
    return writer.finish()


_KEPT = {"br", "span", "a", "b", "font", "td", "th", "tbody", "img", "includetail"}


def html_text(html: str) -> str:
    """The text of the HTML, line by line."""
    return "\n".join(line.text for line in html_lines(html)).strip("\n")


class _Writer:
    """Collects lines while tags open and close."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.current: list[str] = []
        # The name, whether all inside is quoted, and whether that ends with the first quotation inside.
        self.opened: list[tuple[str, bool, bool]] = []
        self.quotes = 0
        self.preformatted = 0
        self.is_cut = False

    def open(self, name: str, attributes: dict[str, str]) -> None:
        """A tag begins."""
        if name in ("br", "hr"):
            self.end_line(always=name == "br")
        if name in _BLOCKS:
            self.end_line()
            if name in _PARAGRAPHS:
                self.blank()
        elif name in ("td", "th") and "".join(self.current).strip():
            self.current.append(" ")
        quotes = is_quote(name, attributes)
        if quotes:
            self.end_line()
        if is_start_of_quote(name, attributes):
            self.end_line()
            self.is_cut = True
        if name in _VOID:
            return
        ends_early = name == "div" and "gmail_quote" in attributes.get("class", "")
        self.opened.append((name, quotes, ends_early))
        self.quotes += quotes
        self.preformatted += name == "pre"

    def close(self, name: str) -> None:
        """A tag ends; what was opened inside it ends too."""
        if name in _BLOCKS:
            self.end_line()
            if name in _PARAGRAPHS:
                self.blank()
        while self.opened:
            if self.opened[-1][1]:
                self.end_line()
            last, quotes, _ = self.opened.pop()
            self.quotes -= quotes
            self.preformatted -= last == "pre"
            if last == "blockquote" and quotes and self.opened and self.opened[-1][1] and self.opened[-1][2]:
                # In Gmail's frame an answer stands between the quotations, or below them.
                self.opened[-1] = (self.opened[-1][0], False, False)
                self.quotes -= 1
            if last == name:
                break

    def write(self, text: str) -> None:
        """Some text."""
        if self.preformatted:
            first, *others = text.split("\n")
            self.current.append(first)
            for line in others:
                self.end_line(always=True)
                self.current.append(line)
        else:
            self.current.append(re.sub(r"[ \t\r\n\f]+", " ", text))

    def end_line(self, *, always: bool = False) -> None:
        """Begin a new line, if there is something on this one."""
        text = "".join(self.current)
        if not self.preformatted:
            text = re.sub(r" {2,}", " ", text).strip(" ")
        self.current = []
        if text or always:
            self.lines.append(Line(tidy(text.replace("\xa0", " ").rstrip()), self.quotes > 0, self.is_cut))
            self.is_cut = False

    def blank(self) -> None:
        """An empty line between paragraphs, never two."""
        if self.lines and self.lines[-1].text:
            self.lines.append(Line("", self.quotes > 0))

    def finish(self) -> list[Line]:
        """All lines."""
        self.end_line()
        return self.lines


_QUOTE_CLASSES = re.compile(
    r"(?:^|\s)(?:x_)?(?:moz-cite-prefix|gmail_attr|gmail_quote\S*|gmail_extra|yahoo_quoted|yahoo-quoted\S*|protonmail_quote|tutanota_quote|zmail_extra|"
    r"ntes-mailmaster-quote|history-quote-wrapper|lark-mail-quote|lme-mail-quote|quote-?content|front-blockquote|"
    r"mail-quote-collapse|moz-forward-container|moz-email-headers-table|qm_original|xmail_original\S*|wemail-quote\S*|"
    r"alimail-quote\S*|qqmail-original\S*|reply-?quote|original-?content|aliyun_previous_reply\S*|"
    r"__aliyun_previous_reply_wrapper|cite|mimestream_quote|foxmail_quote|OutlookMessageHeader)(?:\s|$)",
    re.IGNORECASE,
)
_QUOTE_IDS = re.compile(
    r"^(?:x_)*(?:isReplyContent|isForwardContent|reply163|yahoo_quoted_\S*|ymail_quoted\S*|lark-mail-quote\S*|"
    r"OLK_SRC_BODY_SECTION|mailbox-conversation|original-?content|qm_original\S*|ntes-\S*-?quote|"
    r"__aliyun_previous_reply_wrapper)$",
    re.IGNORECASE,
)
_START_IDS = re.compile(
    r"^(?:x_)*(?:appendonsend|divRplyFwdMsg|mail-editor-reference-message-container|zwchr|stopSpelling|replySplit|"
    r"xmail-original-\S*|ms-outlook-mobile-reference\S*)$",
    re.IGNORECASE,
)
_START_CLASSES = re.compile(r"(?:^|\s)(?:x_)?(?:OutlookMessageHeader)(?:\s|$)")
# Outlook and Foxmail draw this line above what they quote, in these two colours.
_LINE_ABOVE = re.compile(
    r"border-top:\s*(?:1(?:\.0)?pt )?solid\s*(?:#e1e1e1|#b5c4df|rgb\(181, ?196, ?223\))", re.I
)


def is_quote(name: str, attributes: dict[str, str]) -> bool:
    """Whether all inside this element is quoted."""
    if name == "blockquote" and (attributes.get("type", "").lower() == "cite" or attributes.get("cite")):
        return True
    return bool(
        name == "includetail"
        or _QUOTE_CLASSES.search(attributes.get("class", ""))
        or _QUOTE_IDS.search(attributes.get("id", ""))
        or attributes.get("name", "") in ("messageReplySection", "quote", "quoted-content")
        or attributes.get("data-marker") == "__QUOTED_TEXT__"
    )


def is_start_of_quote(name: str, attributes: dict[str, str]) -> bool:
    """Whether all behind this mark is quoted."""
    return bool(
        _START_IDS.search(attributes.get("id", ""))
        or attributes.get("data-marker") == "__DIVIDER__"
        or _LINE_ABOVE.search(attributes.get("style", "").replace(":solid", ": solid"))
        or _START_CLASSES.search(attributes.get("class", ""))
    )
