"""A browser's half of the benchmark: one session, forms filled as a person would, every answer timed."""

import gzip
import http.client
import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode


@dataclass
class Sample:
    """What one page cost."""

    seconds: list[float] = field(default_factory=list)
    queries: int = 0
    bytes: int = 0

    @property
    def median_ms(self) -> float:
        return statistics.median(self.seconds) * 1000

    @property
    def p95_ms(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)] * 1000


class Forms(HTMLParser):
    """The forms of a page: (action, {name: value}) of what a browser would send unchanged."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self.forms.append((given.get("action") or "", {}))
        elif self.forms and name and "disabled" not in given:
            fields = self.forms[-1][1]
            is_pressed = given.get("type") not in ("checkbox", "radio") or "checked" in given
            if tag == "input" and given.get("type") not in ("submit", "file") and is_pressed:
                fields[name] = given.get("value") or ""
            elif tag == "textarea":
                fields[name] = ""

    def with_field(self, name: str) -> tuple[str, dict[str, str]]:
        """The first form that has the field."""
        return next(form for form in self.forms if name in form[1])


def text_of(answer: http.client.HTTPResponse, content: bytes) -> str:
    """What an answer says."""
    return (gzip.decompress(content) if answer.headers["Content-Encoding"] == "gzip" else content).decode()


class Browser:
    """Speaks to one server with one session's cookies."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        self.port, self.cookies = port, dict(cookies)

    def send(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[float, http.client.HTTPResponse, bytes]:
        """Send one request and return (seconds, answer, body)."""
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Accept-Encoding": "gzip", "Accept-Language": "zh-hans",
        }  # fmt: skip
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form)
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        started = time.perf_counter()
        link.request(method, path, body, headers)
        answer = link.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - started
        link.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";", 1)[0].split("=", 1)
            self.cookies[name] = value
        return seconds, answer, content

    def page(self, path: str) -> str:
        """Read a page that must be there."""
        _seconds, answer, content = self.send("GET", path)
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        return text_of(answer, content)

    def measure(self, path: str, runs: int) -> Sample:
        """Read a page again and again."""
        sample = Sample()
        for _run in range(runs + 3):
            seconds, answer, content = self.send("GET", path)
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}")
            sample.seconds.append(seconds)
            sample.queries, sample.bytes = int(answer.headers["X-Queries"]), len(content)
        # The first ones warm up.
        del sample.seconds[:3]
        return sample

    def measure_posts(self, posts: list[tuple[str, dict[str, str]]]) -> Sample:
        """Send forms one after the other; each must be accepted."""
        sample = Sample()
        for path, form in posts:
            seconds, answer, content = self.send("POST", path, form)
            if answer.status not in (302, 303):
                found = re.findall(r"invalid-feedback[^>]*>([^<]+)", text_of(answer, content))
                raise RuntimeError(f"POST {path} answered {answer.status}: {found[:3]}")
            sample.seconds.append(seconds)
            sample.queries, sample.bytes = int(answer.headers["X-Queries"]), len(content)
        del sample.seconds[:3]
        return sample

    def rate(self, path: str, *, connections: int, seconds: float) -> float:
        """Answers a second when this many ask at once."""
        until = time.perf_counter() + seconds

        def ask(_number: int) -> int:
            asked, mine = 0, Browser(self.port, self.cookies)
            while time.perf_counter() < until:
                mine.send("GET", path)
                asked += 1
            return asked

        with ThreadPoolExecutor(connections) as pool:
            return sum(pool.map(ask, range(connections))) / seconds
