"""Applying a changed policy or calendar to open tickets: each told again by today's versions, under its lock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from common.sweeping import one_by_one
from sla.models import BusinessCalendar, SlaPolicy
from sla.snapshots import promises_the_same
from tickets.choices import EventKind, PromiseKind
from tickets.models import Promise, PromisePause, Ticket
from tickets.replay.life import Outcome, replay
from tickets.replay.reading import Stored, Told, read_stories
from tickets.replay.rules import Offer, Rules
from tickets.replay.sums import tells_the_same
from tickets.rulebook import current_rulebook
from tickets.services.agreements import current_agreement
from tickets.services.door import lock
from tickets.services.turn import Turn

BATCH = 200
PREVIEWED = 10_000


class Move(NamedTuple):
    """An open promise as it is and as it would be; one of them may be missing."""

    kind: str
    was: Stored | None
    would: Outcome | None

    def word(self, now: datetime) -> str:
        """What changes besides the moment, as a code; empty where nothing does."""
        if self.was is None or self.would is None:
            return "new" if self.was is None else "gone"
        sides = (self.was.is_broken(now), self.would.is_broken)
        return {(False, True): "broken", (True, False): "mended"}.get(sides, "")

    def is_felt(self, now: datetime) -> bool:
        """Whether it changes more than the version."""
        if self.was is None or self.would is None or self.word(now):
            return True
        stands = (self.was.running_since_at is None, self.would.is_standing)
        return stands[0] != stands[1] or (not stands[0] and self.was.due_at != self.would.due_at)


@dataclass
class Replayed:
    """What a batch did, and with which ticket the next one goes on."""

    last_id: int = 0
    moved: int = 0
    skipped: int = 0
    is_done: bool = False


@dataclass
class Preview:
    """What applying would move: tickets with their moves, how many were looked at, how many cannot be told again."""

    now: datetime
    moves: list[tuple[int, str, Move]] = field(default_factory=list)
    looked_at: int = 0
    skipped: int = 0


def run_by_earlier(thing: SlaPolicy | BusinessCalendar) -> QuerySet[Ticket]:
    """The open tickets with an open promise by an earlier version of the policy or calendar."""
    promises = Promise.objects.filter(met_at__isnull=True, dropped_at__isnull=True)
    newest = _newest(thing)
    if isinstance(thing, SlaPolicy):
        older = Q(policy=thing.pk) & (Q(policy_version__isnull=True) | ~Q(policy_version__in=newest))
    else:
        older = Q(calendar_version__calendar=thing.pk) & ~Q(calendar_version__in=newest)
    return Ticket.objects.open().filter(pk__in=promises.filter(older).values("ticket"))


def _newest(thing: SlaPolicy | BusinessCalendar) -> list[Any]:
    """The newest version, with those right before it that differ only in stages, which change no promise."""
    versions = list(thing.versions.order_by("-number"))
    same = takewhile(lambda version: promises_the_same(version.data, versions[0].data), versions)
    return [version.pk for version in same]


def preview_changes(thing: SlaPolicy | BusinessCalendar) -> Preview:
    """Say what applying the newest version would move; nothing is written."""
    rules, preview = Rules(current_rulebook()), Preview(timezone.now())
    ids = list(run_by_earlier(thing).order_by("pk").values_list("pk", flat=True)[:PREVIEWED])
    for first in range(0, len(ids), 1_000):
        for told in read_stories(ids[first : first + 1_000], rules.reasons(), preview.now):
            preview.looked_at += 1
            moves = _moves(told, rules, preview.now)
            if moves is None:
                preview.skipped += 1
                continue
            felt = [move for move in moves if move.is_felt(preview.now)]
            preview.moves += [(told.story.ticket, told.subject, move) for move in felt]
    return preview


@dataclass(frozen=True)
class _Applying:
    """A change that is being applied, with what is the same for each ticket of a batch."""

    thing: SlaPolicy | BusinessCalendar
    actor: Any
    rules: Rules
    waiting: QuerySet[Ticket]
    numbers: dict[UUID, int]


def replay_changes(thing: SlaPolicy | BusinessCalendar, *, actor: Any, after_id: int = 0) -> Replayed:
    """Apply the newest version to the next open tickets; again, it goes on where it stopped and does nothing twice."""
    for policy in current_rulebook().policies:
        # A change that nobody has recorded becomes a version first, so that promises can name it.
        current_agreement(policy)
    applying, now = _begin(thing, actor), timezone.now()
    rows = dict(applying.waiting.filter(pk__gt=after_id).order_by("pk").values_list("pk", "version")[:BATCH])
    done = Replayed(last_id=max(rows, default=after_id), is_done=len(rows) < BATCH)

    def apply(told: Told) -> bool:
        is_moved = _apply(applying, told, rows[told.story.ticket])
        done.skipped += is_moved is False
        return is_moved is True

    swept = one_by_one(read_stories(list(rows), applying.rules.reasons(), now), apply)
    done.moved, done.skipped = swept.done, done.skipped + swept.failed
    return done


def _begin(thing: SlaPolicy | BusinessCalendar, actor: Any) -> _Applying:
    numbers = dict(thing.versions.values_list("pk", "number"))
    return _Applying(thing, actor, Rules(current_rulebook()), run_by_earlier(thing), numbers)


def _moves(told: Told, rules: Rules, now: datetime) -> list[Move] | None:
    """What becomes of each open promise; None when the story does not give what is stored."""
    if not tells_the_same(told, replay(told.story, rules.for_ticket(told.stored), now), now):
        return None
    was = {row.kind: row for row in told.stored if row.is_open}
    would = {one.kind: one for one in replay(told.story, rules.current, now) if one.is_open}
    return [Move(kind, was.get(kind), would.get(kind)) for kind in sorted(was.keys() | would.keys())]


def _apply(applying: _Applying, told: Told, version: int) -> bool | None:
    """Whether the ticket was moved; None when it was done or over meanwhile."""
    held = lock(Ticket(pk=told.story.ticket))
    if not applying.waiting.filter(pk=held.pk).exists():
        return None
    rules, turn = applying.rules, Turn(held, actor=applying.actor)
    if held.version != version:
        # Something has happened to it since it was read.
        told = read_stories([held.pk], rules.reasons(), turn.now)[0]
    moves = _moves(told, rules, turn.now)
    if moves is None:
        return False
    for move in moves:
        _settle(turn, move)
    turn.record(
        EventKind.PROMISES_REPLAYED,
        what="policy" if isinstance(applying.thing, SlaPolicy) else "calendar",
        thing=applying.thing.pk,
        versions=_numbers(applying, told.stored),
        moved=[move.kind for move in moves if move.is_felt(turn.now)],
    )
    turn.close()
    return True


def _settle(turn: Turn, move: Move) -> None:
    """Make an open promise what it would be, with its pauses."""
    book, would = turn.promises, move.would
    if would is None:
        book.drop(PromiseKind(move.kind))
        return
    offer = would.deal
    assert isinstance(offer, Offer)
    promise = next((one for one in book.open if one.kind == move.kind), None)
    is_new = promise is None
    promise = promise or Promise(ticket=turn.ticket, kind=move.kind, running_since_at=would.started_at)
    promise.policy_id, promise.started_at = offer.policy_id, would.started_at
    promise.policy_version_id, promise.calendar_version_id = (
        offer.policy_version_id,
        offer.calendar_version_id,
    )
    promise.target_minutes, promise.counts, promise.due_at = would.minutes, would.counts, would.due_at
    # One that is missed only now is marked by the sweep, with its own event.
    was_marked = move.was is not None and move.was.broken_at is not None
    promise.broken_at = would.due_at if would.is_broken and (was_marked or would.is_standing) else None
    promise.save()
    if is_new:
        book.open.append(promise)
    PromisePause.objects.filter(promise=promise).delete()
    PromisePause.objects.bulk_create(_pauses(promise, would))
    book.rewind(promise)


def _pauses(promise: Promise, would: Outcome) -> Iterator[PromisePause]:
    for reason, since, until in would.pauses:
        yield PromisePause(promise=promise, reason=reason, started_at=since, ended_at=until)


def _numbers(applying: _Applying, stored: Sequence[Stored]) -> list[int]:
    """The earliest version that an open promise had, and the newest."""
    numbers = applying.numbers
    named = "policy_version" if isinstance(applying.thing, SlaPolicy) else "calendar_version"
    had = [numbers[key] for row in stored if row.is_open and (key := getattr(row, named)) in numbers]
    return [min(had, default=0), max(numbers.values(), default=0)]
