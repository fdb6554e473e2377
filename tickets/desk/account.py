"""The account of a promise in words: one line each, in the reader's language and zone."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext, pgettext

from common.localized import localized
from common.wording import bracketed, listed, short_day, zone_name
from sla.account import Line
from sla.terms import hours_of_version
from tickets.choices import PauseReason, PromiseKind
from tickets.desk.words import Moments
from tickets.models import Promise
from tickets.services import explain

ENDINGS = ("met", "met_late", "running", "overdue", "standing", "dropped")
STATES = {
    "met": "is-kept",
    "met_late": "is-late",
    "overdue": "is-late",
    "standing": "is-paused",
    "due": "is-due",
}


def account_words(promise: Promise, moments: Moments) -> dict[str, Any]:
    """A promise's account: its heading, what it was made by, and its lines."""
    account, teller = explain(promise, now=moments.now).folded(), _Teller(moments)
    return {
        "pk": promise.pk,
        "label": str(dict(PromiseKind.choices).get(promise.kind, promise.kind)),
        "target": exact(account.target_seconds),
        "counts": promise.get_counts_display(),
        "policy": _policy(promise),
        "calendar": _calendar(promise),
        "spent": exact(account.spent_seconds),
        "lines": [teller.line(line) for line in account.lines],
    }


def exact(seconds: int) -> str:
    """A length to the second: 2 h 10 min, 5 s; days are not told, since a working day has fewer hours."""
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    units = (
        (hours, pgettext("length of time", "%s h")),
        (minutes, pgettext("length of time", "%s min")),
        (rest, pgettext("length of time", "%s s")),
    )
    parts = [words % number for number, words in units if number]
    return " ".join(parts) or units[1][1] % 0


def pause_words(reasons: Iterable[str]) -> str:
    """Why a clock stands still."""
    known = dict(PauseReason.choices)
    return listed(known.get(reason, reason) for reason in reasons)


class _Teller:
    """Makes words of lines, as one reader sees them."""

    def __init__(self, moments: Moments) -> None:
        self.zone, self.year = moments.zone, moments.today.year
        self._special = {
            "day_off": gettext("Day off"),
            "make_up_day": gettext("Make-up working day"),
            "own_hours": gettext("Day with hours of its own"),
        }
        self._plain = {
            "started": gettext("Started"),
            "ran": gettext("Ran"),
            "closed": gettext("Outside working hours"),
            "due": gettext("Was due"),
            "dropped": gettext("Given up: the ticket ended, or another policy took over"),
        }

    def line(self, line: Line) -> dict[str, str]:
        """One line."""
        return {
            "code": line.code,
            "state": STATES.get(line.code, ""),
            "when": self._when(line),
            "what": self._what(line),
            "counted": exact(line.seconds) if line.code == "ran" else "",
        }

    def _when(self, line: Line) -> str:
        since = line.since.astimezone(self.zone)
        if line.until is None or line.code in ENDINGS:
            return self._moment(since)
        until = line.until.astimezone(self.zone)
        if line.code == "day_off" and since.time() == until.time() == time():
            last = until.date() - timedelta(days=1)
            days = [self._day(day) for day in dict.fromkeys((since.date(), last))]
            return " – ".join(days)
        if until.date() == since.date():
            return f"{self._moment(since)}–{_clock(until)}"
        return f"{self._moment(since)} – {self._moment(until)}"

    def _moment(self, local: datetime) -> str:
        return f"{self._day(local.date())} {_clock(local)}"

    def _day(self, day: date) -> str:
        return f"{WEEKDAYS_ABBR[day.weekday()]} {short_day(day, self.year)}"

    def _what(self, line: Line) -> str:
        if line.code == "paused":
            return gettext("Stood still: %(reasons)s") % {"reasons": pause_words(line.reasons)}
        if line.code in self._special:
            words = {"kind": self._special[line.code], "name": line.name}
            return gettext("%(kind)s: %(name)s") % words if line.name else words["kind"]
        return self._plain.get(line.code) or self._ending(line)

    def _ending(self, line: Line) -> str:
        left = {"length": exact(abs(line.seconds))}
        if line.code == "met":
            return gettext("Kept, with %(length)s left") % left
        if line.code == "standing":
            return gettext("Stands still, with %(length)s left") % left
        assert line.until is not None
        if line.code == "running":
            due = self._moment(line.until.astimezone(self.zone))
            return gettext("Running, %(length)s left until %(due)s") % {**left, "due": due}
        late = {"length": exact(int((line.since - line.until).total_seconds()))}
        if line.code == "met_late":
            return gettext("Kept %(length)s late") % late
        return gettext("Broken, %(length)s overdue") % late


def _clock(local: datetime) -> str:
    # With seconds only where they matter: what came in at 09:41:27 did not begin at 09:41.
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def _policy(promise: Promise) -> str:
    version = promise.policy_version
    if version is None:
        return promise.policy.label if promise.policy else ""
    # By the names it had then.
    return _versioned(localized(SimpleNamespace(**version.data), "name"), version.number)


def _calendar(promise: Promise) -> str:
    version = promise.calendar_version
    if version is None or promise.counts != "business":
        return ""
    try:
        name = version.calendar.label
    except ObjectDoesNotExist:
        # The version outlives the calendar.
        return _versioned(zone_name(hours_of_version(version.pk).zone.key), version.number)
    return _versioned(bracketed(name, zone_name(version.calendar.time_zone)), version.number)


def _versioned(name: str, number: int) -> str:
    return gettext("%(name)s, version %(number)s") % {"name": name, "number": number}
