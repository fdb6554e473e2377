"""The process that reads mails, seen from outside: warm, limited, and killed when a mail holds it up."""

import contextlib
import json
import os
import selectors
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

# The processor's time is limited inside; this is for a process that stands still, on a machine however busy.
WALL_SECONDS = 30.0
# After a mail of this size the process is given up, so that its memory is free again.
LARGE_MAIL = 8 * 1024 * 1024


class UnreadableError(Exception):
    """A mail cannot be read; `reason` is a code, `is_final` says that another try would end alike."""

    def __init__(self, reason: str, *, is_final: bool) -> None:
        super().__init__(reason)
        self.reason, self.is_final = reason, is_final


@dataclass(frozen=True)
class ReadFile:
    """A file of a mail; with a `reason` it was refused and has no content."""

    name: str
    type: str
    reason: str
    cid: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class ReadMail:
    """What a mail says; see `channels.email.reader.read_mail`."""

    subject: str
    from_address: str
    from_name: str
    recipients: list[str]
    reply_to: list[str]
    visible: str
    folded: str
    html: str
    message_id: str
    in_reply_to: str
    references: list[str]
    auto: str
    doubts: list[str]
    check: str
    submitted: str
    loop: str
    own_ids: list[str]
    reports: list[dict[str, str]]
    fingerprint: str
    files: list[ReadFile]


class Reader:
    """One reading process, begun when first needed and again after it was killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def read(self, raw: bytes, trusted_server: str) -> ReadMail:
        """Have a mail read; raise UnreadableError."""
        with self._lock:
            try:
                answer, contents = self._ask(raw, trusted_server)
            except BaseException:
                self.close()
                raise
            if len(raw) > LARGE_MAIL:
                self.close()
        if "refused" in answer:
            raise UnreadableError(answer["refused"], is_final=True)
        files = [
            ReadFile(content=content, **file)
            for file, content in zip(answer.pop("files"), contents, strict=True)
        ]
        return ReadMail(files=files, **answer)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]
            self._process.wait()
            self._process = None

    def _ask(self, raw: bytes, trusted_server: str) -> tuple[dict[str, Any], list[bytes]]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = _start()
        order = json.dumps({"trusted_server": trusted_server}).encode()
        talk = _Talk(self._process, struct.pack("!II", len(raw), len(order)) + order + raw)
        answer: dict[str, Any] = json.loads(talk.take(struct.unpack("!I", talk.take(4))[0]))
        return answer, [talk.take(size) for size in answer.pop("sizes", [])]


class _Talk:
    """One question and its answer, written and read side by side so that neither end waits for the other."""

    def __init__(self, process: subprocess.Popen[bytes], question: bytes) -> None:
        self._process, self._question, self._answer = process, memoryview(question), bytearray()
        self._ends_at = time.monotonic() + WALL_SECONDS

    def take(self, size: int) -> bytes:
        """The next bytes of the answer."""
        target, source = self._process.stdin, self._process.stdout
        assert target is not None
        assert source is not None
        with selectors.DefaultSelector() as ready:
            ready.register(source, selectors.EVENT_READ)
            if self._question:
                ready.register(target, selectors.EVENT_WRITE)
            while len(self._answer) < size:
                left = self._ends_at - time.monotonic()
                if left <= 0 or not (events := ready.select(left)):
                    raise UnreadableError("time", is_final=False)
                for key, _mask in events:
                    if key.fileobj is target:
                        self._write(target)
                        if not self._question:
                            ready.unregister(target)
                    else:
                        self._read(source)
        taken = bytes(self._answer[:size])
        del self._answer[:size]
        return taken

    def _write(self, target: Any) -> None:
        try:
            self._question = self._question[os.write(target.fileno(), self._question[:65_536]) :]
        except BrokenPipeError:
            self._question = self._question[:0]

    def _read(self, source: Any) -> None:
        if not (part := os.read(source.fileno(), 1_048_576)):
            raise UnreadableError(_why_ended(self._process), is_final=False)
        self._answer += part


def _why_ended(process: subprocess.Popen[bytes]) -> str:
    """The process ended by itself: for the time it took, or for another reason."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    return "time" if process.returncode == -24 else "crash"  # SIGXCPU


def _start() -> subprocess.Popen[bytes]:
    # Nothing of our own environment: a mail that takes the process over finds no key in it.
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "channels.email.reader", str(settings.UPLOAD_LIMIT_BYTES)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd=settings.BASE_DIR, env=environment, start_new_session=True,
    )  # fmt: skip


reader = Reader()
