"""Letting the services live through days that have passed: they all ask `timezone.now()` what time it is."""

from datetime import datetime
from types import TracebackType

from django.utils import timezone


class MovingClock:
    """While it is held, `timezone.now()` tells the moment it was moved to.

    A model's `default=timezone.now` keeps the real clock, so the services give such moments themselves.
    """

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self._real = timezone.now

    def __enter__(self) -> "MovingClock":
        self._real = timezone.now
        timezone.now = lambda: self.moment
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        timezone.now = self._real

    def move_to(self, moment: datetime) -> None:
        """Go on to a later moment; time never runs back."""
        self.moment = max(self.moment, moment)
