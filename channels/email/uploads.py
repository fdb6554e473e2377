"""Whether a file that came by mail may be handed on, and as what."""

import io
import re
import zipfile
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from common.file_types import DOWNLOAD_TYPE, is_picture, safe_name, sniffed_type

DEFAULT_LIMIT = 25 * 1024 * 1024
# What a double click runs; a browser's warning is not enough for colleagues who open a hundred files a day.
_PROGRAMS = frozenset({
    "ade", "adp", "apk", "app", "appref-ms", "appx", "appxbundle", "application", "bas", "bat", "chm", "cmd",
    "com", "command", "cpl", "diagcab", "dll", "dmg", "ex", "ex_", "exe", "gadget", "hlp", "hta", "inf",
    "ipa", "iso", "isp", "jar", "jnlp", "js", "jse", "library-ms", "lnk", "mde", "mjs", "msc", "msh", "msi",
    "msix", "msp", "mst", "nsh", "osd", "pif", "pkg", "ps1", "ps1xml", "ps2", "psc1", "psm1", "pyc", "pyz",
    "rdp", "reg", "rgs", "scf", "scr", "sct", "search-ms", "settingcontent-ms", "sh", "shb", "shs", "sys",
    "udl", "url", "vb", "vbe", "vbp", "vbs", "vhd", "vhdx", "vxd", "wsc", "wsf", "wsh", "xbap", "xll", "xnk",
})  # fmt: skip
_PROGRAM_STARTS = (
    b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa", b"#!",
    b"L\0\0\0\x01\x14\x02\0", b"!<arch>", b"dex\n", b"\0asm",
)  # fmt: skip
_MOST_NAMES = 2_000
_MOST_DIRECTORY_BYTES = 1_000_000


@dataclass(frozen=True)
class Verdict:
    """The decision; true when accepted. `name` and `type` are what may be kept, `reason` is a code when refused.

    Reasons: `empty`, `too-large`, `program`, `program-inside`, `too-many-inside`.
    """

    accepted: bool
    name: str
    type: str
    reason: str = ""

    def __bool__(self) -> bool:
        return self.accepted

    @property
    def is_shown(self) -> bool:
        """Whether a page may show it in place."""
        return self.accepted and is_picture(self.type)


def accept_upload(name: str, content: bytes, declared_type: str) -> Verdict:
    """Decide by the bytes and the name; the declared type is only believed when the bytes agree."""
    kept = safe_name(re.sub(r"[\ud800-\udfff]", "", name))
    kind = sniffed_type(bytes(content[:16]))
    reason = _refusal(kept, bytes(content[:16]), content) or _refusal_by_type(declared_type)
    return Verdict(not reason, kept, kind if not reason else DOWNLOAD_TYPE, reason)


def _refusal(name: str, head: bytes, content: bytes) -> str:
    if not content:
        return "empty"
    if len(content) > _limit():
        return "too-large"
    if _is_program(name) or head.startswith(_PROGRAM_STARTS):
        return "program"
    return _refusal_inside(content) if head.startswith(b"PK") else ""


def _refusal_by_type(declared: str) -> str:
    bare = declared.partition(";")[0].strip().lower()
    return (
        "program"
        if re.search(r"x-ms(?:dos|download|-shortcut)|x-(?:sh|executable|dosexec)$|hta$", bare)
        else ""
    )


def _is_program(name: str) -> bool:
    """By the last ending, seen as Windows sees it: trailing dots and spaces do not count."""
    ending = re.sub(r"[\s.\u200b\u200c\u200d\u2060\ufeff]+$", "", name).rpartition(".")[2]
    return ending.strip().lower().split(":")[0] in _PROGRAMS and "." in name


def _refusal_inside(content: bytes) -> str:
    """What the list of names in an archive says; nothing is unpacked."""
    end = content.rfind(b"PK\x05\x06")
    if end >= 0 and int.from_bytes(content[end + 12 : end + 16], "little") > _MOST_DIRECTORY_BYTES:
        return "too-many-inside"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError, IndexError):
        return ""
    if len(names) > _MOST_NAMES:
        return "too-many-inside"
    return "program-inside" if any(map(_is_program, names)) else ""


def _limit() -> int:
    try:
        return int(settings.UPLOAD_LIMIT_BYTES)
    except (ImproperlyConfigured, AttributeError):
        return DEFAULT_LIMIT
