"""The promises of one ticket during one turn: read once, changed in memory, written once."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sla.business_time import NoWorkingTime, WorkingHours
from sla.clock import Clock, Pause, due_after, due_on_resuming, merged, seconds_spent
from staff.duty_looks import is_known_off_duty
from tickets.choices import PauseReason, PromiseKind, Status
from tickets.models import NEVER, EscalationStage, Promise, PromisePause, StageFiring, Ticket
from tickets.rulebook import Policy, Rulebook
from tickets.services.agreements import Agreement, agreement_of, current_agreement, hours_of_promise
from tickets.services.pauses import PauseBook, as_spans, reasons_to_pause
from tickets.services.stages import next_stage, stages_reached

_CLOCK = [
    "spent_seconds", "running_since_at", "due_at", "met_at", "broken_at", "dropped_at", "next_stage_at",
    "escalated_to_seconds",
]  # fmt: skip


class PromiseBook:
    """What is promised for the ticket and not yet met."""

    def __init__(
        self, ticket: Ticket, rulebook: Callable[[], Rulebook], now: datetime, *, is_new: bool = False
    ) -> None:
        self.ticket, self.rulebook, self.now, self.is_new = ticket, rulebook, now, is_new
        self.open: list[Promise] = (
            [] if is_new else list(ticket.promises.filter(met_at__isnull=True, dropped_at__isnull=True))
        )
        self.pauses = PauseBook(self.open)
        self._agreements: dict[int, Agreement] = {}
        self._changed: list[Promise] = []
        self._new: list[Promise] = []

    def fit(self) -> None:
        """Make the promises fit the policy that serves the ticket now; by the same policy they stay as they are."""
        agreement = self._agreement()
        kinds = [PromiseKind.RESOLUTION, PromiseKind.PROGRESS]
        if self.ticket.first_response_at is None:
            kinds.append(PromiseKind.FIRST_RESPONSE)
        if self._of(PromiseKind.NEXT_RESPONSE):
            kinds.append(PromiseKind.NEXT_RESPONSE)
        for kind in kinds:
            self._replace(kind, agreement)

    def reopen(self) -> None:
        """The ticket is open again: by the policy's rule its resolution goes on or is promised anew."""
        agreement = self._agreement()
        if agreement and agreement.terms.continues_on_reopen:
            resolved = self.ticket.promises.filter(
                kind=PromiseKind.RESOLUTION, policy=agreement.policy_id, met_at__isnull=False
            )
            if last := resolved.order_by("-met_at", "-id").first():
                self._go_on(last)
        self.fit()

    def await_response(self) -> None:
        """The customer has written: promise the next response, unless a response is promised already."""
        if self.ticket.first_response_at is None or self._of(PromiseKind.NEXT_RESPONSE):
            return
        if agreement := self._agreement():
            self._make(PromiseKind.NEXT_RESPONSE, agreement, self.now)

    def answer(self) -> None:
        """A person has told the customer something: responses are met, and the next report is promised."""
        self.meet(PromiseKind.FIRST_RESPONSE, PromiseKind.NEXT_RESPONSE)
        report = self._of(PromiseKind.PROGRESS)
        if report is None:
            return
        self.meet(PromiseKind.PROGRESS)
        if agreement := agreement_of(report) or self._agreement():
            self._make(PromiseKind.PROGRESS, agreement, self.now)

    def meet(self, *kinds: PromiseKind) -> None:
        """The promises of these kinds are kept now, in time or late."""
        for promise in self._all_of(kinds):
            is_late = self._is_late(promise)
            if promise.running_since_at is None:
                # What was left when the clock stopped is still left: shown beside the moment it was kept, the due
                # moment of before the pause would say that it was late.
                promise.due_at = self._due_on_resuming(promise)
            if promise.broken_at is None and is_late:
                promise.broken_at = promise.due_at
            promise.met_at = self.now
            self._close(promise)

    def drop(self, *kinds: PromiseKind) -> None:
        """The promises of these kinds (or all) make no sense any more."""
        for promise in self._all_of(kinds or tuple(PromiseKind)):
            promise.dropped_at = self.now
            self._close(promise)

    def pause(self, reason: PauseReason) -> bool:
        """Stop every clock that stands still for this reason; whether there was one."""
        stopped = [
            promise
            for promise in self.open
            if reason in reasons_to_pause(promise) and reason not in self.pauses.standing(promise)
        ]
        for promise in stopped:
            self._stop(promise, reason)
        return bool(stopped)

    def resume(self, reason: PauseReason) -> bool:
        """The reason holds no more: every clock without another one goes on with what it has left."""
        held = [promise for promise in self.open if reason in self.pauses.standing(promise)]
        for promise in held:
            self.pauses.end(promise, reason, self.now)
            if not self.pauses.standing(promise):
                self._start_again(promise)
        return bool(held)

    def rewind(self, promise: Promise) -> None:
        """Count a promise anew from its start, after a pause was entered that began or ended in the past."""
        self._set_clock(promise, self.pauses.spans(promise))
        self._touch(promise)

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
        for promise in (*self._changed, *self._new):
            promise.next_stage_at = self._next_stage(promise)
        # They are few, and putting one statement for all together takes longer than sending one for each.
        for promise in self._changed:
            promise.save(update_fields=_CLOCK)
        if self._new:
            Promise.objects.bulk_create(self._new)
        self.pauses.save()

    def due_stages(self, promise: Promise) -> list[EscalationStage]:
        """The stages that a running promise’s clock has reached and that have not fired; they count as fired now."""
        stages = self.rulebook().stages.get(promise.policy_id or 0, ())
        is_running = promise.running_since_at is not None
        due = stages_reached(promise, stages, self._hours(promise), self.now) if is_running else []
        if due:
            promise.escalated_to_seconds = max(stage.seconds_at(promise.target_minutes) for stage in due)
        self._touch(promise)
        return due

    def plan(self, promise: Promise) -> None:
        """Find the next stage of a promise anew when it is saved."""
        self._touch(promise)

    def _next_stage(self, promise: Promise) -> datetime | None:
        if promise.running_since_at is None or promise not in self.open:
            return None
        stages = self.rulebook().stages.get(promise.policy_id or 0, ())
        return next_stage(promise, stages, self._hours(promise)) if stages else None

    def _of(self, kind: PromiseKind) -> Promise | None:
        return next((promise for promise in self.open if promise.kind == kind), None)

    def _all_of(self, kinds: Iterable[str]) -> list[Promise]:
        return [promise for promise in self.open if promise.kind in kinds]

    def _agreement(self) -> Agreement | None:
        policy = self.rulebook().policy_for(
            self.ticket.category,
            self.ticket.priority or "normal",
            self.ticket.customer.segment_id,
            self.ticket.channel,
        )
        if policy is None:
            return None
        if policy.row.pk not in self._agreements:
            known = self._promised_by(policy)
            self._agreements[policy.row.pk] = (known and agreement_of(known)) or current_agreement(policy)
        return self._agreements[policy.row.pk]

    def _promised_by(self, policy: Policy) -> Promise | None:
        """A promise that the policy made for the ticket before: its version goes on serving."""
        for promise in self.open:
            if promise.policy_id == policy.row.pk and promise.policy_version_id:
                return promise
        if self.is_new:
            return None
        made = self.ticket.promises.filter(policy=policy.row.pk, policy_version__isnull=False)
        return made.order_by("-id").first()

    def _replace(self, kind: PromiseKind, agreement: Agreement | None) -> None:
        old = self._of(kind)
        if old and agreement and old.policy_id == agreement.policy_id:
            return
        if old:
            self._make_way(old, kind, agreement)
        elif agreement:
            self._make(kind, agreement, self._start_of(kind))

    def _make_way(self, old: Promise, kind: PromiseKind, agreement: Agreement | None) -> None:
        # Read before it is dropped, which ends what holds it up.
        was_paused = old.running_since_at != old.started_at
        pauses = self.pauses.spans(old) if was_paused else []
        copies = [(pause.reason, pause.started_at, pause.ended_at) for pause in pauses]
        old.dropped_at = self.now
        self._close(old)
        if agreement:
            self._make(kind, agreement, old.started_at, copies)
            if new := self._of(kind):
                self._leave_out_passed(new, old)

    def _leave_out_passed(self, new: Promise, old: Promise) -> None:
        """Of the stages that a replacing promise has passed when it begins, let only the latest one fire.

        Not that one either where the promise before has fired a stage at the same moment: it has been told.
        """
        stages = self.rulebook().stages.get(new.policy_id or 0, ())
        reached = [
            (stage.seconds_at(new.target_minutes), stage.moment)
            for stage in stages_reached(new, stages, self._hours(new), self.now)
        ]
        if not reached:
            return
        last = reached[-1][0]
        fired = EscalationStage.objects.filter(
            pk__in=StageFiring.objects.filter(promise_id=old.pk).values("stage")
        )
        if {stage.moment for stage in fired} & {moment for seconds, moment in reached if seconds == last}:
            new.escalated_to_seconds = last
        else:
            new.escalated_to_seconds = max(
                (seconds for seconds, _moment in reached if seconds < last), default=-1
            )

    def _start_of(self, kind: PromiseKind) -> datetime:
        # After a reopening the resolution is promised anew from then on; a report is due so long after the last one.
        if self.is_new or (kind != PromiseKind.PROGRESS and not self.ticket.reopened_count):
            return self.ticket.created_at
        return self.now if kind in (PromiseKind.RESOLUTION, PromiseKind.PROGRESS) else self.ticket.created_at

    def _make(
        self,
        kind: PromiseKind,
        agreement: Agreement,
        start: datetime,
        pauses: Iterable[tuple[str, datetime, datetime | None]] = (),
    ) -> None:
        """Promise something from `start` on; `pauses` are those of the promise that this one replaces."""
        target = agreement.terms.target(kind)
        if target is None:
            return
        minutes, counts = target
        promise = Promise(
            ticket=self.ticket, kind=kind, policy_id=agreement.policy_id, target_minutes=minutes, counts=counts,
            policy_version_id=agreement.policy_version_id, calendar_version_id=agreement.calendar_version_id,
            started_at=start, running_since_at=start,
        )  # fmt: skip
        try:
            promise.due_at = due_after(start, minutes * 60, agreement.hours_for(counts))
        except NoWorkingTime:
            # The calendar's notice in the admin tells the manager; the ticket is taken in all the same.
            return
        self.open.append(promise)
        self._new.append(promise)
        for reason, since, until in pauses:
            over = until if reason in agreement.terms.pauses or until is not None else self.now
            self.pauses.begin(promise, reason, since, over)
        if pauses:
            self._set_clock(promise, self.pauses.spans(promise))
        for reason in self._reasons_now(agreement) - self.pauses.standing(promise):
            self._stop(promise, reason)

    def _reasons_now(self, agreement: Agreement) -> set[str]:
        """What holds up a clock that begins now; whether the team is off duty as the last look at it said."""
        reasons = {PauseReason.WAITING.value} if self.ticket.status == Status.WAITING else set()
        others = agreement.terms.pauses
        if PauseReason.CHILD in others and not self.is_new and self.ticket.has_open_child:
            reasons.add(PauseReason.CHILD.value)
        if PauseReason.OFF_DUTY in others and (
            any(PauseReason.OFF_DUTY in self.pauses.standing(promise) for promise in self.open)
            or is_known_off_duty(self.ticket.team_id)
        ):
            reasons.add(PauseReason.OFF_DUTY.value)
        return reasons

    def _go_on(self, promise: Promise) -> None:
        """A promise that was met is open again; the time in between does not count."""
        assert promise.met_at is not None
        spans = [*self.pauses.spans(promise)]
        resolved = PromisePause(started_at=promise.met_at, ended_at=self.now)
        self.pauses.begin(promise, PauseReason.RESOLVED, promise.met_at, self.now)
        promise.met_at = None
        self.open.append(promise)
        self._set_clock(promise, [*spans, resolved])
        self._touch(promise)

    def _set_clock(self, promise: Promise, pauses: list[PromisePause]) -> None:
        clock = Clock(
            promise.started_at,
            promise.target_minutes * 60,
            self._hours(promise),
            merged(Pause(max(span.since, promise.started_at), span.until) for span in as_spans(pauses)),
        )
        last = clock.pauses[-1] if clock.pauses else None
        promise.running_since_at = last.until if last else promise.started_at
        promise.spent_seconds = clock.spent_seconds(last.since) if last else 0
        promise.due_at = clock.due_at() or promise.due_at
        if last and last.until is None and promise.broken_at is None and last.since > promise.due_at:
            # It was due before it came to stand, which no sweep of running clocks finds.
            promise.broken_at = promise.due_at

    def _stop(self, promise: Promise, reason: str) -> None:
        since = promise.running_since_at
        # Asked while the clock runs, so that nothing needs to be read.
        self.pauses.begin(promise, reason, self.now)
        if since is not None:
            if promise.broken_at is None and self.now > promise.due_at:
                # Outside working hours nothing more is spent, and later nobody could tell that it was due before.
                promise.broken_at = promise.due_at
            promise.spent_seconds += max(0, seconds_spent(since, self.now, self._hours(promise)))
            promise.running_since_at = None
        self._touch(promise)

    def _start_again(self, promise: Promise) -> None:
        promise.due_at = self._due_on_resuming(promise)
        promise.running_since_at = self.now
        self._touch(promise)

    def _is_late(self, promise: Promise) -> bool:
        if promise.running_since_at is None:
            return promise.spent_seconds > promise.target_minutes * 60
        return self.now > promise.due_at

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
        return hours_of_promise(promise, self.rulebook)

    def _close(self, promise: Promise) -> None:
        self.open.remove(promise)
        self.pauses.close(promise, self.now)
        if promise.pk is None:
            self._new.remove(promise)
            return
        promise.running_since_at = None
        self._touch(promise)

    def _touch(self, promise: Promise) -> None:
        if promise.pk is not None and promise not in self._changed:
            self._changed.append(promise)
