"""The promises of one ticket during one turn: read once, changed in memory, written once."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sla.business_time import NoWorkingTime, WorkingHours
from sla.clock import due_after, due_on_resuming, seconds_spent
from tickets.choices import PromiseKind
from tickets.models import NEVER, Promise, PromisePause, Ticket
from tickets.rulebook import Policy, Rulebook

_CLOCK = ["spent_seconds", "running_since_at", "due_at", "met_at", "broken_at", "dropped_at"]


class PromiseBook:
    """What is promised for the ticket and not yet met."""

    def __init__(
        self, ticket: Ticket, rulebook: Callable[[], Rulebook], now: datetime, *, is_new: bool = False
    ) -> None:
        self.ticket, self.rulebook, self.now = ticket, rulebook, now
        self.open: list[Promise] = (
            [] if is_new else list(ticket.promises.filter(met_at__isnull=True, dropped_at__isnull=True))
        )
        self._changed: list[Promise] = []
        self._new: list[Promise] = []
        self._paused: list[Promise] = []
        self._resumed: list[Promise] = []

    def fit(self) -> None:
        """Make first response and resolution fit the policy that serves the ticket now."""
        policy = self.rulebook().policy_for(
            self.ticket.category,
            self.ticket.priority or "normal",
            self.ticket.customer.segment_id,
            self.ticket.channel,
        )
        kinds = [PromiseKind.RESOLUTION]
        if self.ticket.first_response_at is None:
            kinds.append(PromiseKind.FIRST_RESPONSE)
        for kind in kinds:
            self._replace(kind, policy)
        if self._of(PromiseKind.NEXT_RESPONSE):
            self._replace(PromiseKind.NEXT_RESPONSE, policy)

    def await_response(self) -> None:
        """The customer has written: promise the next response, unless a response is promised already."""
        if self.ticket.first_response_at is None or self._of(PromiseKind.NEXT_RESPONSE):
            return
        policy = self.rulebook().policy_for(
            self.ticket.category,
            self.ticket.priority or "normal",
            self.ticket.customer.segment_id,
            self.ticket.channel,
        )
        if policy:
            self._make(PromiseKind.NEXT_RESPONSE, policy, self.now)

    def meet(self, *kinds: PromiseKind) -> None:
        """The promises of these kinds are kept now, in time or late."""
        for promise in self._all_of(kinds):
            if promise.running_since_at is None:
                # What was left when the clock stopped is still left: shown beside the moment it was kept, the due
                # moment of before the pause would say that it was late.
                promise.due_at = self._due_on_resuming(promise)
            if self.now > promise.due_at and promise.broken_at is None:
                promise.broken_at = promise.due_at
            promise.met_at = self.now
            self._close(promise)

    def drop(self, *kinds: PromiseKind) -> None:
        """The promises of these kinds (or all) make no sense any more."""
        for promise in self._all_of(kinds or tuple(PromiseKind)):
            promise.dropped_at = self.now
            self._close(promise)

    def pause(self) -> None:
        """Stop every running clock."""
        for promise in self.open:
            if promise.running_since_at is None:
                continue
            promise.spent_seconds += max(
                0, seconds_spent(promise.running_since_at, self.now, self._hours(promise))
            )
            promise.running_since_at = None
            self._touch(promise)
            self._paused.append(promise)

    def resume(self) -> None:
        """Let every stopped clock go on with what it has left."""
        for promise in self.open:
            if promise.running_since_at is not None:
                continue
            promise.due_at = self._due_on_resuming(promise)
            promise.running_since_at = self.now
            self._touch(promise)
            self._resumed.append(promise)

    def next_due(self) -> tuple[datetime, str]:
        """The nearest due moment of a running clock and its kind, for the ticket's lists."""
        running = [
            (promise.due_at, promise.kind) for promise in self.open if promise.running_since_at is not None
        ]
        return min(running, default=(NEVER, ""))

    def due_of(self, kind: PromiseKind) -> datetime | None:
        """When the open promise of this kind is due."""
        promise = self._of(kind)
        return promise.due_at if promise else None

    def save(self) -> None:
        """Write what changed: old rows first, so that a kind is never open twice."""
        if len(self._changed) == 1:
            # The plain reply: one statement as well, and much quicker put together.
            self._changed[0].save(update_fields=_CLOCK)
        elif self._changed:
            Promise.objects.bulk_update(self._changed, _CLOCK)
        if self._new:
            Promise.objects.bulk_create(self._new)
        if self._resumed:
            open_pauses = PromisePause.objects.filter(promise__in=self._resumed, ended_at__isnull=True)
            open_pauses.update(ended_at=self.now)
        if self._paused:
            PromisePause.objects.bulk_create(
                PromisePause(promise=promise, started_at=self.now) for promise in self._paused
            )

    def _of(self, kind: PromiseKind) -> Promise | None:
        return next((promise for promise in self.open if promise.kind == kind), None)

    def _all_of(self, kinds: Iterable[str]) -> list[Promise]:
        return [promise for promise in self.open if promise.kind in kinds]

    def _replace(self, kind: PromiseKind, policy: Policy | None) -> None:
        old = self._of(kind)
        target = getattr(policy.row, f"{kind}_minutes") if policy else None
        counts = getattr(policy.row, f"{kind}_counts") if policy else None
        if (
            old
            and policy
            and (old.policy_id, old.target_minutes, old.counts) == (policy.row.pk, target, counts)
        ):
            return
        if old:
            self.drop(kind)
        if policy:
            self._make(kind, policy, old.started_at if old else self._start_of(kind), replaces=old)

    def _start_of(self, kind: PromiseKind) -> datetime:
        # After a reopening the resolution is promised anew from then on.
        return (
            self.now
            if self.ticket.reopened_count and kind == PromiseKind.RESOLUTION
            else self.ticket.created_at
        )

    def _make(
        self, kind: PromiseKind, policy: Policy, start: datetime, replaces: Promise | None = None
    ) -> None:
        target = getattr(policy.row, f"{kind}_minutes")
        if not target:
            return
        counts = getattr(policy.row, f"{kind}_counts")
        try:
            due_at = due_after(start, target * 60, policy.hours_for(counts))
        except NoWorkingTime:
            # The calendar's notice in the admin tells the manager; the ticket is taken in all the same.
            return
        promise = Promise(
            ticket=self.ticket, kind=kind, policy=policy.row, target_minutes=target, counts=counts,
            started_at=start, running_since_at=start, due_at=due_at,
        )  # fmt: skip
        if replaces and replaces.spent_seconds:
            # It has been paused before: what was spent stays spent.
            promise.spent_seconds = replaces.spent_seconds
            promise.running_since_at = replaces.running_since_at
            left = max(0, target * 60 - replaces.spent_seconds)
            promise.due_at = due_after(replaces.running_since_at or self.now, left, policy.hours_for(counts))
        self.open.append(promise)
        self._new.append(promise)

    def _due_on_resuming(self, promise: Promise) -> datetime:
        try:
            return due_on_resuming(
                self.now, due_at=promise.due_at, target_seconds=promise.target_minutes * 60,
                spent_seconds=promise.spent_seconds, hours=self._hours(promise),
            )  # fmt: skip
        except NoWorkingTime:
            # As when it is made: the manager is told, and nobody is held up.
            return promise.due_at

    def _hours(self, promise: Promise) -> WorkingHours | None:
        policy = self.rulebook().policy(promise.policy_id)
        return policy.hours_for(promise.counts) if policy else None

    def _close(self, promise: Promise) -> None:
        self.open.remove(promise)
        if promise.pk is None:
            self._new.remove(promise)
            return
        if promise.running_since_at is None:
            self._resumed.append(promise)
        promise.running_since_at = None
        self._touch(promise)

    def _touch(self, promise: Promise) -> None:
        if promise.pk is not None and promise not in self._changed:
            self._changed.append(promise)
