"""The tree of a mail's parts, found in one pass over its bytes whatever the nesting."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from channels.email.headers import Headers, read_headers, read_parameters
from channels.email.limits import MOST_BOUNDARY_LINES, MOST_DEPTH, MOST_PARTS

_BOUNDARY_LINE = re.compile(rb"^--([^\r\n]{0,300})", re.MULTILINE)
_FIRST_BOUNDARY = re.compile(rb"^--([!-~]{1,200})[ \t]*\r?\n(?=[Cc]ontent-[\w-]+:)", re.MULTILINE)


@dataclass
class Part:
    """One node: its headers, and where in the mail its body lies."""

    headers: Headers
    start: int
    end: int
    parent: "Part | None" = None
    depth: int = 0
    type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    children: list["Part"] = field(default_factory=list)
    # Where text lies that belongs to no part: before the first one, and after the last.
    between: list[tuple[int, int]] = field(default_factory=list)
    is_rest: bool = False

    @cached_property
    def _disposition(self) -> tuple[str, dict[str, str]]:
        return read_parameters(self.headers.raw("content-disposition"))

    @property
    def disposition(self) -> str:
        """`attachment`, `inline`, another word, or nothing."""
        return self._disposition[0]

    @property
    def file_name(self) -> str:
        """The name that the sender gave it."""
        return self._disposition[1].get("filename") or self.parameters.get("name", "")

    @property
    def is_multipart(self) -> bool:
        """Whether it was taken apart."""
        return bool(self.children)


def _part(raw: bytes, start: int, end: int, parent: Part | None) -> Part:
    headers, body = read_headers(raw, start, end)
    part = Part(headers, body, end, parent, parent.depth + 1 if parent else 0)
    default = "message/rfc822" if parent and parent.type == "multipart/digest" else "text/plain"
    part.type, part.parameters = read_parameters(headers.raw("content-type"))
    if "/" not in part.type:
        part.type = {"text": "text/plain", "html": "text/html"}.get(part.type, default)
    return part


def read_structure(raw: bytes) -> Part:
    """The mail as a tree; what lies beyond the limits is one last part, marked `is_rest`."""
    root = _part(raw, 0, len(raw), None)
    open_parts: list[Part] = []
    by_boundary: dict[bytes, list[Part]] = {}
    _mend_boundary(raw, root)
    _open(root, open_parts, by_boundary)
    if open_parts:
        _walk(raw, root, open_parts, by_boundary)
    return root


def _mend_boundary(raw: bytes, root: Part) -> None:
    """A multipart mail whose boundary is not said, or not used: what the first boundary in it looks like."""
    if not root.type.startswith("multipart/"):
        return
    boundary = _boundary(root)
    if not boundary or raw.find(b"--" + boundary, root.start) < 0:
        found = _FIRST_BOUNDARY.search(raw, root.start, root.start + 65_536)
        root.parameters["boundary"] = found[1].decode("latin-1") if found else ""


def _boundary(part: Part) -> bytes:
    if not part.type.startswith("multipart/") or part.depth >= MOST_DEPTH:
        return b""
    return part.parameters.get("boundary", "").encode("utf-8", "replace")[:200].rstrip()


def _open(part: Part, open_parts: list[Part], by_boundary: dict[bytes, list[Part]]) -> None:
    if boundary := _boundary(part):
        open_parts.append(part)
        by_boundary.setdefault(boundary, []).append(part)


def _walk(raw: bytes, root: Part, open_parts: list[Part], by_boundary: dict[bytes, list[Part]]) -> None:
    leaf: Part | None = None
    closed: tuple[Part, int] | None = None
    seen = count = 0
    for found in _BOUNDARY_LINE.finditer(raw, root.start):
        seen += 1
        if found.start() < (leaf.start if leaf else 0):
            continue  # inside a header block
        owner, closes = _owner(found[1], by_boundary)
        if owner is None:
            if seen > MOST_BOUNDARY_LINES:
                break
            continue
        end = _before_line_break(raw, found.start())
        _close_down_to(owner, end, leaf, open_parts, by_boundary, closes=closes)
        if closed:
            closed[0].between.append((closed[1], end))
        elif not owner.children:
            owner.between.append((owner.start, end))
        leaf = closed = None
        if closes:
            closed = owner, found.end()
            continue
        count += 1
        if count > MOST_PARTS:
            owner.children.append(
                Part(
                    Headers(), found.start(), len(raw), owner, owner.depth + 1, "message/rfc822", is_rest=True
                )
            )
            return
        leaf = _part(raw, _next_line(raw, found.end()), len(raw), owner)
        owner.children.append(leaf)
        _open(leaf, open_parts, by_boundary)
    if closed:
        closed[0].between.append((closed[1], len(raw)))


def _owner(line: bytes, by_boundary: dict[bytes, list[Part]]) -> tuple[Part | None, bool]:
    line = line.rstrip()
    if owners := by_boundary.get(line):
        return owners[-1], False
    if line.endswith(b"--") and (owners := by_boundary.get(line[:-2].rstrip())):
        return owners[-1], True
    return None, False


def _close_down_to(
    owner: Part,
    end: int,
    leaf: Part | None,
    open_parts: list[Part],
    by_boundary: dict[bytes, list[Part]],
    *,
    closes: bool,
) -> None:
    """End what is open inside the owner of a boundary line, and the owner too when the line closes it."""
    if leaf is not None:
        leaf.end = max(leaf.start, end)
    while open_parts:
        last = open_parts[-1]
        if last is owner and not closes:
            return
        open_parts.pop()
        by_boundary[_boundary(last)].pop()
        last.end = max(last.start, end)
        if last is owner:
            return


def _before_line_break(raw: bytes, position: int) -> int:
    """The line break before a boundary belongs to the boundary."""
    if raw[position - 1 : position] == b"\n":
        position -= 1
        if raw[position - 1 : position] == b"\r":
            position -= 1
    return position


def _next_line(raw: bytes, position: int) -> int:
    newline = raw.find(b"\n", position)
    return newline + 1 if newline >= 0 else len(raw)
