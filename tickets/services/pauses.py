"""The pauses of one ticket's promises during one turn: read when somebody asks, changed in memory, written once."""

from collections import defaultdict
from datetime import datetime

from django.db import models

from sla.clock import Pause
from sla.terms import terms_of
from tickets.choices import PauseReason
from tickets.models import Promise, PromisePause

ONLY_WAITING = frozenset({PauseReason.WAITING.value})


def reasons_to_pause(promise: Promise) -> frozenset[str]:
    """The reasons for which this promise's clock stands still, by the policy it was made by."""
    return terms_of(promise.policy_version_id).pauses if promise.policy_version_id else ONLY_WAITING


class PauseBook:
    """Which reasons hold for which promise now, and what is to be written about it."""

    def __init__(self, promises: list[Promise]) -> None:
        self._promises = promises
        self._new: list[PromisePause] = []
        self._ended: dict[tuple[str, datetime], list[Promise]] = defaultdict(list)
        self._closed: dict[datetime, list[Promise]] = defaultdict(list)
        self._standing: dict[int, set[str]] = {}

    def standing(self, promise: Promise) -> set[str]:
        """The reasons that hold now; asks the database only when there may be others than waiting."""
        key = id(promise)
        if key not in self._standing:
            if promise.running_since_at is not None or promise.pk is None:
                self._standing[key] = set()
            elif reasons_to_pause(promise) == ONLY_WAITING:
                self._standing[key] = set(ONLY_WAITING)
            else:
                self._read()
        return self._standing[key]

    def begin(self, promise: Promise, reason: str, at: datetime, until: datetime | None = None) -> None:
        """A reason holds from a moment on; with `until` it is over already."""
        if until is None:
            self.standing(promise).add(reason)
        self._new.append(PromisePause(promise=promise, reason=reason, started_at=at, ended_at=until))

    def end(self, promise: Promise, reason: str, at: datetime) -> None:
        """A reason holds no more."""
        self.standing(promise).discard(reason)
        for pause in self._new:
            if pause.promise is promise and pause.reason == reason and pause.ended_at is None:
                if pause.started_at < at:
                    pause.ended_at = at
                else:
                    self._new.remove(pause)
                return
        self._ended[reason, at].append(promise)

    def close(self, promise: Promise, at: datetime) -> None:
        """The promise is over, and with it whatever held it up; one that was never written leaves no trace."""
        if promise.pk is None:
            self._new = [pause for pause in self._new if pause.promise is not promise]
            return
        for pause in self._new:
            if pause.promise is promise and pause.ended_at is None:
                pause.ended_at = at
        if promise.running_since_at is None:
            self._closed[at].append(promise)

    def spans(self, promise: Promise) -> list[PromisePause]:
        """Every pause of a promise so far, those of this turn too."""
        saved = list(promise.pauses.all()) if promise.pk else []
        ends = {reason: at for (reason, at), ended in self._ended.items() if promise in ended}
        for pause in saved:
            if pause.ended_at is None and pause.reason in ends:
                pause.ended_at = ends[pause.reason]
        return saved + [pause for pause in self._new if pause.promise is promise]

    def save(self) -> None:
        """Write what changed; the promises are written already. Ends first, so that a reason never holds twice."""
        for (reason, at), promises in self._ended.items():
            self._open(promises).filter(reason=reason).update(ended_at=at)
        for at, promises in self._closed.items():
            self._open(promises).update(ended_at=at)
        if self._new:
            PromisePause.objects.bulk_create(self._new)

    def _open(self, promises: list[Promise]) -> models.QuerySet[PromisePause]:
        return PromisePause.objects.filter(promise__in=promises, ended_at__isnull=True)

    def _read(self) -> None:
        stopped = [promise for promise in self._promises if promise.pk and promise.running_since_at is None]
        found: dict[int, set[str]] = defaultdict(set)
        for promise_id, reason in self._open(stopped).values_list("promise", "reason"):
            found[promise_id].add(reason)
        for promise in stopped:
            self._standing.setdefault(id(promise), found[promise.pk])


def as_spans(pauses: list[PromisePause]) -> list[Pause]:
    """The pauses as the clock takes them."""
    return [Pause(pause.started_at, pause.ended_at) for pause in pauses]
