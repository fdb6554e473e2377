"""Articles are written in Markdown; readers get clean HTML."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from urllib.parse import urlsplit

import nh3
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

TAGS = {
    *(
        "a",
        "blockquote",
        "br",
        "code",
        "em",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "img",
        "li",
        "ol",
        "p",
        "pre",
    ),
    *("s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {
    "a": {"href", "title", "rel"},
    "img": {"src", "alt", "title", "loading"},
    "ol": {"start"},
    "table": {"class"},
}
SCHEMES = {"http", "https", "mailto", "tel"}

# An address ends at the first character that is not ASCII: in Chinese the text goes on without a blank.
_ADDRESS = re.compile(
    r"https?://[\w\-.~:/?#\[\]@!$&'()*+,;=%]+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    re.ASCII | re.IGNORECASE,
)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_RULE_LINE = re.compile(r"^[ \t]*(?:\|?[ \t]*:?-{3,}.*|```.*|={3,}[ \t]*)$", re.MULTILINE)
_MARKS = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+)|[*_~`]{2,}|`|(?<!\w)\*|\*(?!\w)", re.MULTILINE
)
_BETWEEN = re.compile(r"(?<=[0-9A-Za-z])\*(?=[0-9A-Za-z])")
_AFTER_ADDRESS = ".,;:!?'"


def render(markdown: str) -> SafeString:
    """The HTML of an article's text: no HTML of its own, foreign links marked, images from this site only."""
    html = _parser().render(markdown)
    cleaned = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None)
    return mark_safe(cleaned)


def render_message(text: str) -> SafeString:
    """The HTML of what a colleague wrote with Markdown's marks, for pages and mails; empty for a text without any.

    Such a text is shown as it is written. It holds no pictures, and all its links are whole addresses.
    """
    # Sizes are no emphasis: 10*20*30.
    text = _BETWEEN.sub(r"\\*", text)
    if not _has_marks(text):
        return mark_safe("")
    html = nh3.clean(
        _message_parser().render(text), tags=TAGS - {"img"}, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None
    )  # fmt: skip
    return mark_safe(html.replace('href="/', f'href="{settings.PUBLIC_URL}/'))


def _has_marks(text: str) -> bool:
    for block in _message_parser(False).parse(text):
        if block.type not in ("paragraph_open", "paragraph_close", "inline"):
            return True
        if any(token.type not in ("text", "softbreak", "hardbreak") for token in block.children or ()):
            return True
    return False


def plain_text(markdown: str) -> str:
    """The words of an article's text without its marks, for lists and search results; quick rather than exact."""
    text = _LINK.sub(r"\1", _RULE_LINE.sub("", markdown))
    return _MARKS.sub("", text).replace("|", " ").strip()


def is_own(address: str) -> bool:
    """Whether an address leads to this site."""
    if address.startswith(("#", "?")) or (address.startswith("/") and not address.startswith(("//", "/\\"))):
        return True
    return urlsplit(address).netloc == urlsplit(settings.PUBLIC_URL).netloc != ""


@cache
def _message_parser(links_addresses: bool = True) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    # In a letter lines of hyphens stand above signatures, and blanks before a line mean nothing.
    parser.disable(["code", "hr", "lheading", "image"])
    parser.add_render_rule("link_open", _render_link)
    if links_addresses:
        parser.core.ruler.push("addresses", _link_addresses)
        parser.core.ruler.push("outline", _set_outline)
    return parser


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.core.ruler.push("addresses", _link_addresses)
    parser.core.ruler.push("outline", _set_outline)
    parser.add_render_rule("link_open", _render_link)
    parser.add_render_rule("image", _render_image)
    return parser


def _set_outline(state: StateCore) -> None:
    """The title is the page's first heading: those of the text begin at the second and skip none."""
    opening = [token for token in state.tokens if token.type == "heading_open"]
    highest = min((int(token.tag[1]) for token in opening), default=1)
    level = 1
    for token in state.tokens:
        if token.type == "heading_open":
            level = min(int(token.tag[1]) - highest + 2, level + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{level}"
        elif token.type == "table_open":
            token.attrSet("class", "table")


def _link_addresses(state: StateCore) -> None:
    for block in state.tokens:
        if block.type != "inline" or not block.children:
            continue
        children: list[Token] = []
        depth = 0
        for token in block.children:
            depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
            if token.type == "text" and not depth and ("://" in token.content or "@" in token.content):
                children += _linked(token.content)
            else:
                children.append(token)
        block.children = children


def _linked(text: str) -> Iterator[Token]:
    place = 0
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(_AFTER_ADDRESS)
        if address.endswith(")") and "(" not in address:
            address = address[:-1]
        yield _text(text[place : found.start()])
        href = address if "://" in address else f"mailto:{address}"
        yield Token("link_open", "a", 1, attrs={"href": href})
        yield _text(address)
        yield Token("link_close", "a", -1)
        place = found.start() + len(address)
    yield _text(text[place:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _render_link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[index]
    if urlsplit(str(token.attrs.get("href", ""))).scheme in ("http", "https", "") and not is_own(
        str(token.attrs.get("href", ""))
    ):
        token.attrSet("rel", "noopener nofollow")
    return renderer.renderToken(tokens, index, options, env)


def _render_image(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[index]
    if is_own(str(token.attrs.get("src", ""))):
        token.attrSet("loading", "lazy")
        return renderer.image(tokens, index, options, env)
    # A foreign picture would tell its host who reads what; the words for it stay.
    return _escaped(token.content)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
