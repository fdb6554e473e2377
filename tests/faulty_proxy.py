"""A proxy for TCP that drops, holds up and cuts connections by chance, and knows which answers nobody heard."""

import asyncio
import contextlib
import random
import re
import threading
from collections import Counter
from dataclasses import dataclass, field

_END_OF_MAIL = b"\r\n.\r\n"
_MESSAGE_ID = re.compile(rb"^Message-ID:[ \t]*(<[^<>\s]+>)", re.IGNORECASE | re.MULTILINE)
DROP, CUT_ASKING, CUT_ANSWER, DELAY, NONE = "drop", "cut asking", "cut answer", "delay", "none"
FATES = {NONE: 45, DROP: 10, CUT_ASKING: 15, CUT_ANSWER: 15, DELAY: 15}
MOST_BYTES_BEFORE_A_CUT = 12_000
LONGEST_DELAY = 0.03


@dataclass
class Line:
    """One connection: what is to happen to it, and how far the mail on it got."""

    fate: str
    bytes_left: int
    delay: float
    # What went to the server since its last answer, and what that answer was given to.
    asked: bytearray = field(default_factory=bytearray)
    answered: bytes = b""
    # The client's end fell with an answer unread in it: it was killed before it heard it.
    is_unread: bool = False

    def ask(self, data: bytes) -> None:
        """Something goes to the server."""
        self.answered = b""
        self.asked += data

    def answer(self, data: bytes) -> None:
        """Something goes back; half a line is no answer."""
        if b"\n" in data:
            self.answered = bytes(self.asked)
            self.asked.clear()

    def unheard(self) -> list[str]:
        """The Message-ID of the mail that the server has whole, and whose sender has not heard so, if there is one."""
        mail = bytes(self.asked) or (self.answered if self.is_unread else b"")
        return [one.decode() for one in _MESSAGE_ID.findall(mail)[:1] if mail.endswith(_END_OF_MAIL)]


class FaultyProxy:
    """Stands before a server of this machine, in a thread; the same seed gives the same row of faults."""

    def __init__(self, target: int, seed: int) -> None:
        self.faults: Counter[str] = Counter()
        # Message-IDs of mails that the server has, and whose sender never heard so: because a fault kept the answer
        # from him, or because he was dead before he read it.
        self.swallowed: list[str] = []
        self.unread: list[str] = []
        self._target, self._chance = target, random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        opening = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(5)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Answer no more."""
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        [fate] = self._chance.choices(list(FATES), list(FATES.values()))
        line = Line(
            fate, self._chance.randint(0, MOST_BYTES_BEFORE_A_CUT), self._chance.uniform(0, LONGEST_DELAY)
        )
        self.faults[fate] += 1
        with contextlib.suppress(OSError):
            if fate != DROP:
                await self._connect(line, client, to_client)
        to_client.transport.abort()

    async def _connect(
        self, line: Line, client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        ways = [
            asyncio.ensure_future(self._ask(line, client, to_server)),
            asyncio.ensure_future(self._answer(line, server, to_client)),
        ]
        # Whichever end hangs up, or is cut off: the connection is gone for both.
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        to_server.transport.abort()
        (self.unread if line.fate == NONE else self.swallowed).extend(line.unheard())

    async def _ask(self, line: Line, client: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        try:
            while data := await client.read(65_536):
                data = await self._fare(line, data, is_cut=line.fate == CUT_ASKING)
                line.ask(data)
                await _send(to_server, data)
                if line.fate == CUT_ASKING and not line.bytes_left:
                    return
        except ConnectionResetError:
            # A system closes an end in which something lies unread so, and one that was read to its end otherwise.
            line.is_unread = True

    async def _answer(
        self, line: Line, server: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        while data := await server.read(65_536):
            data = await self._fare(line, data, is_cut=line.fate == CUT_ANSWER)
            line.answer(data)
            await _send(to_client, data)
            if line.fate == CUT_ANSWER and not line.bytes_left:
                return

    async def _fare(self, line: Line, data: bytes, *, is_cut: bool) -> bytes:
        """What of the data gets through."""
        if line.fate == DELAY:
            await asyncio.sleep(line.delay)
        if is_cut:
            data = data[: line.bytes_left]
            line.bytes_left -= len(data)
        return data


async def _send(target: asyncio.StreamWriter, data: bytes) -> None:
    target.write(data)
    await target.drain()
