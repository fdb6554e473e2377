"""Moments and lengths of time in few words, as lists and clocks show them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from common.wording import short_day
from tickets.querysets import DUE_SOON

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86400, 31_536_000


class Moments:
    """Words for moments as seen now by one reader; made once for a page, since each word is looked up only once."""

    def __init__(self, now: datetime | None = None, zone: ZoneInfo | None = None) -> None:
        self.now = now or timezone.now()
        self.zone = zone or timezone.get_current_timezone()
        self.today = self.now.astimezone(self.zone).date()
        self._units = [
            (YEAR, pgettext("length of time", "%s y")),
            (DAY, pgettext("length of time", "%s d")),
            (HOUR, pgettext("length of time", "%s h")),
            (MINUTE, pgettext("length of time", "%s min")),
        ]
        self._now, self._ago = pgettext("age of a message", "now"), pgettext("age of a message", "%s ago")
        self._left, self._late = gettext("%s left"), gettext("%s overdue")

    def span(self, length: timedelta) -> str:
        """A length in its largest unit: 5 min, 3 h, 12 d."""
        seconds = abs(int(length.total_seconds()))
        size, words = next((unit for unit in self._units if seconds >= unit[0]), self._units[-1])
        return words % max(1, seconds // size)

    def exact_span(self, length: timedelta) -> str:
        """A length in its two largest units: 1 h 20 min."""
        minutes = abs(int(length.total_seconds())) // MINUTE
        days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
        parts = [(days, 1), (hours, 2), (minutes, 3)]
        shown = [self._units[unit][1] % number for number, unit in parts if number][:2]
        return " ".join(shown) or self._units[3][1] % 1

    def target(self, minutes: int) -> str:
        """The length of a promise in hours and minutes: a working day has fewer hours than a day."""
        hours, rest = divmod(minutes, 60)
        parts = [self._units[2][1] % hours] if hours else []
        return " ".join([*parts, self._units[3][1] % rest] if rest else parts)

    def age(self, moment: datetime) -> str:
        """How long ago it was."""
        length = self.now - moment
        return self._now if length < timedelta(minutes=1) else self._ago % self.span(length)

    def due(self, moment: datetime, *, exact: bool = False) -> str:
        """How much time is left until it, or how long it is over."""
        length = moment - self.now
        words = self.exact_span(length) if exact else self.span(length)
        return (self._late if length < timedelta() else self._left) % words

    def urgency(self, moment: datetime) -> str:
        """The class of a due moment: late, soon or none."""
        if moment < self.now:
            return "is-late"
        return "is-soon" if moment < self.now + DUE_SOON else ""

    def full(self, moment: datetime) -> str:
        """Day and time in the reader's zone."""
        return date_format(moment.astimezone(self.zone), "SHORT_DATETIME_FORMAT")

    def short(self, moment: datetime) -> str:
        """The time of today, else day and time; with the year only when it is another."""
        local = moment.astimezone(self.zone)
        if local.date() == self.today:
            return f"{local:%H:%M}"
        return f"{short_day(local.date(), self.today.year)} {local:%H:%M}"
