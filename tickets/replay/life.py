"""The promises of one ticket, told again from its life story; plain values in, plain values out.

It follows the rules that `tickets/services/promises.py` keeps on rows. `tests/test_replay.py` drives both through the
same lives and compares every promise.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sla.business_time import NoWorkingTime, WorkingHours
from sla.clock import Clock, Pause, due_after, merged
from sla.terms import Terms

FIRST, NEXT, RESOLUTION, PROGRESS = "first_response", "next_response", "resolution", "progress"
WAITING, CHILD, OFF_DUTY, RESOLVED = "waiting", "child", "off_duty", "resolved"
SIDE = "side"


class Deal(Protocol):
    """A version of a policy with its hours."""

    @property
    def policy_id(self) -> int | None: ...
    @property
    def terms(self) -> Terms: ...
    def hours_for(self, counts: str) -> WorkingHours | None: ...


class Moment(NamedTuple):
    """One thing that happened: `what` names a method of Life, `value` is what it needs to know."""

    at: datetime
    what: str
    value: Any = None


@dataclass(frozen=True)
class Story:
    """What a ticket was when it came, and all that happened to it since, in order."""

    ticket: int
    created_at: datetime
    category: int | None
    priority: str
    segment: int | None
    channel: str
    moments: tuple[Moment, ...]


Chooser = Callable[[int | None, str, int | None, str], Deal | None]


@dataclass
class Held:
    """One promise on its way."""

    kind: str
    deal: Deal
    started_at: datetime
    made_at: datetime
    made_in: int
    minutes: int
    counts: str
    hours: WorkingHours | None
    first_due_at: datetime
    # Reason, since, until; those without an end hold still.
    pauses: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)
    met_at: datetime | None = None
    dropped_at: datetime | None = None
    # It had been missed before a pause was entered that began in the past.

    def standing(self) -> set[str]:
        """The reasons that hold it up now."""
        return {reason for reason, _since, until in self.pauses if until is None}

    def end_pauses(self, at: datetime, reason: str | None = None) -> None:
        """What holds it up (or this reason alone) does so no more."""
        for place, (why, since, until) in enumerate(self.pauses):
            if until is None and reason in (None, why):
                self.pauses[place] = (why, since, max(at, since))


class Outcome(NamedTuple):
    """What became of one promise, looked at from the end of the story."""

    kind: str
    deal: Deal
    started_at: datetime
    minutes: int
    counts: str
    pauses: tuple[tuple[str, datetime, datetime | None], ...]
    due_at: datetime
    met_at: datetime | None
    dropped_at: datetime | None
    is_broken: bool
    is_standing: bool

    @property
    def is_open(self) -> bool:
        return self.met_at is None and self.dropped_at is None


def replay(story: Story, choose: Chooser, now: datetime) -> list[Outcome]:
    """Return the promises of a ticket by the policies that `choose` gives, as they stand at `now`."""
    life = Life(story, choose)
    for moment in story.moments:
        life.turn += moment.at != life.now
        life.now = moment.at
        getattr(life, moment.what)(moment.value)
    return [outcome(held, now) for held in life.promises]


class Life:
    """A ticket living its story; each kind of moment is a method."""

    def __init__(self, story: Story, choose: Chooser) -> None:
        self.story, self.choose = story, choose
        self.now = story.created_at
        # Moments of one instant happened in one turn, but for a change of fields, which is a turn of its own.
        self.turn = 0
        self.category, self.priority = story.category, story.priority
        self.is_open, self.is_waiting, self.has_open_child = True, False, False
        self.is_answered, self.is_reopened = False, False
        self.is_off_duty = self.awaits_third_party = False
        self.open: dict[str, Held] = {}
        self.promises: list[Held] = []

    def created(self, _value: Any) -> None:
        self._fit()

    def classified(self, facts: dict[str, Any]) -> None:
        self.category = facts.get("category") or self.category
        self.priority = facts.get("priority") or self.priority
        self._fit()

    def changed(self, facts: dict[str, Any]) -> None:
        self.turn += 1
        self.priority = facts["priority"]
        if self.is_open:
            self._fit()
        self.turn += 1

    def wrote(self, _value: Any) -> None:
        """The customer has written."""
        if self.is_open and self.is_answered and NEXT not in self.open and (deal := self._deal()):
            self._make(NEXT, deal, self.now)

    def replied(self, _value: Any) -> None:
        """A person has told the customer something."""
        self.is_answered = True
        self._meet(FIRST)
        self._meet(NEXT)
        if report := self.open.get(PROGRESS):
            self._meet(PROGRESS)
            self._make(PROGRESS, report.deal, self.now)

    def waited(self, _value: Any) -> None:
        self.is_waiting = True
        self._pause(WAITING)

    def resumed(self, _value: Any) -> None:
        self.is_waiting = False
        self._resume(WAITING)

    def resolved(self, _value: Any) -> None:
        self._meet(RESOLUTION)
        self.cancelled(None)

    def cancelled(self, _value: Any) -> None:
        self.is_open = self.is_waiting = False
        for kind in list(self.open):
            self._close(kind).dropped_at = self.now

    def restored(self, _value: Any) -> None:
        self.is_open = True
        self._fit()

    def reopened(self, _value: Any) -> None:
        self.is_open = self.is_reopened = True
        deal = self._deal()
        if deal and deal.terms.continues_on_reopen:
            met = [
                held
                for held in self.promises
                if held.kind == RESOLUTION and held.deal.policy_id == deal.policy_id and held.met_at
            ]
            if met:
                self._go_on(max(enumerate(met), key=lambda one: (one[1].met_at, one[0]))[1])
        self._fit(deal)

    def child_opened(self, _value: Any) -> None:
        self.has_open_child = True
        self._pause(CHILD)

    def child_closed(self, _value: Any) -> None:
        self.has_open_child = False
        self._resume(CHILD)

    def side_asked(self, _value: Any) -> None:
        self.awaits_third_party = True
        self._pause(SIDE)

    def side_settled(self, _value: Any) -> None:
        self.awaits_third_party = False
        self._resume(SIDE)

    def went_off_duty(self, _value: Any) -> None:
        self.is_off_duty = True
        self._pause(OFF_DUTY)

    def came_on_duty(self, _value: Any) -> None:
        self.is_off_duty = False
        self._resume(OFF_DUTY)

    def _deal(self) -> Deal | None:
        return self.choose(self.category, self.priority or "normal", self.story.segment, self.story.channel)

    def _fit(self, deal: Deal | None = None) -> None:
        deal = deal or self._deal()
        kinds = [RESOLUTION, PROGRESS, *(() if self.is_answered else (FIRST,))]
        for kind in (*kinds, *((NEXT,) if NEXT in self.open else ())):
            old = self.open.get(kind)
            if old is not None:
                if deal is None or old.deal.policy_id != deal.policy_id:
                    self._make_way(old, deal)
            elif deal:
                self._make(kind, deal, self._start_of(kind))

    def _make_way(self, old: Held, deal: Deal | None) -> None:
        pauses = list(old.pauses)
        self._close(old.kind).dropped_at = self.now
        if deal:
            self._make(old.kind, deal, old.started_at, pauses)

    def _start_of(self, kind: str) -> datetime:
        if kind == FIRST or (kind == RESOLUTION and not self.is_reopened):
            return self.story.created_at
        return self.now

    def _make(
        self,
        kind: str,
        deal: Deal,
        start: datetime,
        copied: Iterable[tuple[str, datetime, datetime | None]] = (),
    ) -> None:
        target = deal.terms.target(kind)
        if target is None:
            return
        minutes, counts = target
        hours = deal.hours_for(counts)
        try:
            first_due_at = due_after(start, minutes * 60, hours)
        except NoWorkingTime:
            return
        held = Held(kind, deal, start, self.now, self.turn, minutes, counts, hours, first_due_at)
        reasons = deal.terms.pauses
        held.pauses = [
            (reason, since, until if until or reason in reasons else self.now)
            for reason, since, until in copied
        ]
        self.open[kind] = held
        self.promises.append(held)
        now_holding = {
            WAITING: self.is_waiting, CHILD: self.has_open_child, OFF_DUTY: self.is_off_duty,
            SIDE: self.awaits_third_party,
        }  # fmt: skip
        for reason, holds in now_holding.items():
            if holds and reason in reasons and reason not in held.standing():
                held.pauses.append((reason, self.now, None))

    def _go_on(self, held: Held) -> None:
        assert held.met_at is not None
        held.pauses.append((RESOLVED, held.met_at, self.now))
        held.met_at = None
        self.open[RESOLUTION] = held

    def _meet(self, kind: str) -> None:
        if kind in self.open:
            self._close(kind).met_at = self.now

    def _close(self, kind: str) -> Held:
        held = self.open.pop(kind)
        held.end_pauses(self.now)
        if held.made_in == self.turn:
            # Made and over in one turn: it was never written.
            self.promises = [one for one in self.promises if one is not held]
        return held

    def _pause(self, reason: str) -> None:
        for held in self.open.values():
            if reason in held.deal.terms.pauses and reason not in held.standing():
                held.pauses.append((reason, self.now, None))

    def _resume(self, reason: str) -> None:
        for held in self.open.values():
            held.end_pauses(self.now, reason)


def outcome(held: Held, now: datetime) -> Outcome:
    """What has become of a promise by `now`."""
    end = held.met_at or held.dropped_at
    is_standing = False
    due_at, ran_until = held.first_due_at, end or now
    if held.pauses:
        spans = merged(Pause(max(since, held.started_at), until) for _reason, since, until in held.pauses)
        last = spans[-1]
        is_standing = last.until is None
        stood_at_end = is_standing or (end is not None and last.until == end)
        if stood_at_end:
            ran_until = last.since
        # While it stands it shows the moment that held before.
        due_at = _due_at(held, spans[:-1] if stood_at_end and held.met_at is None else spans)
    return Outcome(
        held.kind, held.deal, held.started_at, held.minutes, held.counts, tuple(held.pauses), due_at,
        held.met_at, held.dropped_at, ran_until > due_at, is_standing,
    )  # fmt: skip


def _due_at(held: Held, spans: tuple[Pause, ...]) -> datetime:
    try:
        return Clock(held.started_at, held.minutes * 60, held.hours, spans).due_at() or held.first_due_at
    except NoWorkingTime:
        return held.first_due_at
