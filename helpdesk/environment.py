"""Typed reads from the environment that gather what is wrong, so that all of it is told at once, each with its fix."""

import secrets
import zoneinfo
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import environ

_TRUE = {"1", "true", "yes", "on", "y", "t"}
_FALSE = {"0", "false", "no", "off", "n", "f", ""}


@dataclass(frozen=True)
class Problem:
    """A variable that cannot be used as it stands."""

    name: str
    what: str
    hint: str


class Environment:
    """Reads variables; a bad value counts as the default and is kept in `problems` for the system check."""

    def __init__(self) -> None:
        self._env = environ.Env()
        self.problems: list[Problem] = []

    def text(self, name: str, default: str = "") -> str:
        """A text; an empty variable counts as not set."""
        return self._env.str(name, default="") or default

    def texts(self, name: str, default: list[str]) -> list[str]:
        """Texts separated by commas."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()] or default

    def flag(self, name: str, default: bool) -> bool:
        """True or False."""
        value = self.text(name).strip().lower()
        if not value:
            return default
        if value not in _TRUE | _FALSE:
            return self._bad(name, f"“{value}” is neither true nor false.", "Write True or False.", default)
        return value in _TRUE

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        """A whole number not below `least`."""
        value = self.text(name).strip()
        if not value:
            return default
        if not value.lstrip("-").isdecimal() or int(value) < least:
            return self._bad(
                name, f"“{value}” is no whole number from {least} up.", f"Try {default}.", default
            )
        return int(value)

    def choice(self, name: str, default: str, choices: list[str]) -> str:
        """One of some words."""
        value = self.text(name, default)
        if value not in choices:
            return self._bad(name, f"“{value}” is not known.", f"Write one of {', '.join(choices)}.", default)
        return value

    def site(self, name: str, default: str) -> str:
        """The address of a site, without a slash at its end."""
        value = self.text(name, default).rstrip("/")
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            return self._bad(
                name, f"“{value}” is no address.", "Write it like https://help.example.com.", default
            )
        return value

    def secret(self, name: str, *, for_trying_out: bool) -> str:
        """A secret of at least 32 characters; only where the product is tried out one is made up."""
        value = self.text(name)
        if for_trying_out:
            return value or "only-for-trying-out"
        if len(value) < 32:
            hint = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
            return self._bad(
                name, "It is missing or shorter than 32 characters.", hint, secrets.token_urlsafe(50)
            )
        return value

    def keys(self, name: str, default: list[str]) -> list[str]:
        """Keys separated by commas, each of at least 32 characters: the one in use, then former ones."""
        found = self.texts(name, default=[])
        if any(len(key) < 32 for key in found):
            hint = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
            return list(self._bad(name, "A key is shorter than 32 characters.", hint, default))
        return found or default

    def zone(self, name: str, default: str) -> str:
        """The name of a time zone."""
        value = self.text(name, default)
        if value not in zoneinfo.available_timezones():
            return self._bad(name, f"“{value}” is no time zone.", "Write it like Asia/Shanghai.", default)
        return value

    def database(self, name: str, default: str) -> dict[str, Any]:
        """The database as Django wants it: sqlite:///path or postgres://user:password@host:port/name."""
        form = "sqlite:///path/to/file or postgres://user:password@host/name"
        found = self._url(name, default, self._env.db_url_config, form)
        if not found.get("ENGINE", "").endswith(("sqlite3", "postgresql")):
            self._bad(name, "Only SQLite and PostgreSQL are served.", f"Write it like {form}.", None)
            return dict(self._env.db_url_config(default))
        return found

    def mail(self, name: str, default: str) -> dict[str, Any]:
        """Mail settings from smtp://user:password@host:port, smtp+tls:// or smtp+ssl://."""
        form = "smtp://user:password@host:587 or smtp+tls://…"
        return self._url(name, default, self._env.email_url_config, form)

    def _url(self, name: str, default: str, read: Any, form: str) -> dict[str, Any]:
        try:
            return dict(read(self.text(name, default)))
        except Exception:  # noqa: BLE001 - whatever a strange address does to the reader, the answer is the same
            self._bad(name, "The address cannot be read.", f"Write it like {form}.", None)
            return dict(read(default))

    def _bad(self, name: str, what: str, hint: str, default: Any) -> Any:
        self.problems.append(Problem(name, what, hint))
        return default
