"""What a draft would have changed: promises kept and broken now and then, and the tickets that change sides."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from tickets.replay.life import Outcome, replay
from tickets.replay.reading import Stored, Told, read_stories
from tickets.replay.rules import Rules

# So many tickets that change sides are named; how many there are is counted to the end.
NAMED = 200
# Kept and broken as it is, kept and broken as it would be.
NOTHING = (0, 0, 0, 0)


@dataclass
class Sums:
    """Running sums over tickets; plain codes and numbers, fit for JSON."""

    tickets: int = 0
    # Per part (all, kind, team, category) and its key as text: four counts.
    parts: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    changed: int = 0
    # Ticket, subject, and per kind that changes sides: what it is and what it would be.
    named: list[tuple[int, str, list[tuple[str, str, str]]]] = field(default_factory=list)
    # Why tickets were left out, and how many.
    left_out: dict[str, int] = field(default_factory=dict)

    def add(self, told: Told, now: dict[str, Counter[str]], then: dict[str, Counter[str]]) -> None:
        """Count a ticket: per kind of promise how many are kept, broken or still open, now and then."""
        self.tickets += 1
        for kind in now.keys() | then.keys():
            counts = (*_pair(now.get(kind)), *_pair(then.get(kind)))
            for part, key in (("all", ""), ("kind", kind), ("team", told.team), ("category", told.category)):
                row = self.parts.setdefault(part, {}).setdefault(str(key or ""), [*NOTHING])
                row[:] = [one + more for one, more in zip(row, counts, strict=True)]
        sides = [
            (kind, was, would)
            for kind in sorted(now.keys() | then.keys())
            if (was := _side(now.get(kind))) != (would := _side(then.get(kind))) and "broken" in (was, would)
        ]
        if sides:
            self.changed += 1
            if len(self.named) < NAMED:
                self.named.append((told.story.ticket, told.subject, sides))

    def leave_out(self, reason: str) -> None:
        """A ticket whose promises cannot be told again as they are."""
        self.tickets += 1
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def add_tickets(sums: Sums, ids: Sequence[int], saved: Rules, drafted: Rules, now: datetime) -> None:
    """Count these tickets as they are stored and as they would be by the draft; nothing is written."""
    for told in read_stories(ids, saved.reasons() | drafted.reasons(), now):
        stored = told.stored
        asked: set[tuple[Any, ...]] = set()
        baseline = replay(told.story, _listening(saved, stored, asked), now)
        known = stored_results(stored, now)
        is_exact = tells_the_same(told, baseline, now) and (told.was_replayed or results(baseline) == known)
        if not is_exact:
            sums.leave_out(why_not(told))
            continue
        would = (
            replay(told.story, drafted.for_ticket(stored), now)
            if _is_touched(asked, saved, drafted)
            else baseline
        )
        sums.add(told, known, results(would))


def tells_the_same(told: Told, baseline: Sequence[Outcome], now: datetime) -> bool:
    """Whether the story told again by the policies as they are gives the promises that are stored."""
    known = [
        (row.kind, row.policy, row.started_at, row.met_at, _shown(row.due_at, row), row.is_broken(now))
        for row in told.stored
        if row.dropped_at is None and (row.is_open or not told.was_replayed)
    ]
    again = [
        (one.kind, one.deal.policy_id, one.started_at, one.met_at, _shown(one.due_at, one), one.is_broken)
        for one in baseline
        if one.dropped_at is None and (one.is_open or not told.was_replayed)
    ]
    return sorted(known, key=str) == sorted(again, key=str)


def why_not(told: Told) -> str:
    """Why a ticket could not be told again: a code."""
    if any(row.policy_version is None or row.calendar_version is None for row in told.stored):
        return "no_version"
    return "rules_changed" if told.has_facts else "no_facts"


def stored_results(stored: Iterable[Stored], now: datetime) -> dict[str, Counter[str]]:
    """Per kind, how many promises are kept, broken and open as they are stored."""
    found: dict[str, Counter[str]] = {}
    for row in stored:
        _count(found, row.kind, is_met=row.met_at is not None, is_dropped=row.dropped_at is not None,
               is_broken=row.is_broken(now))  # fmt: skip
    return found


def results(outcomes: Iterable[Outcome]) -> dict[str, Counter[str]]:
    """Per kind, how many promises are kept, broken and open as they were told again."""
    found: dict[str, Counter[str]] = {}
    for one in outcomes:
        _count(found, one.kind, is_met=one.met_at is not None, is_dropped=one.dropped_at is not None,
               is_broken=one.is_broken)  # fmt: skip
    return found


def _count(
    found: dict[str, Counter[str]], kind: str, *, is_met: bool, is_dropped: bool, is_broken: bool
) -> None:
    # As the overview counts: what is neither kept nor broken yet does not count, and a broken one stays broken.
    side = "broken" if is_broken else "kept" if is_met else "" if is_dropped else "open"
    if side:
        found.setdefault(kind, Counter())[side] += 1


def _pair(counts: Counter[str] | None) -> tuple[int, int]:
    return (counts["kept"], counts["broken"]) if counts else (0, 0)


def _side(counts: Counter[str] | None) -> str:
    """On which side a ticket is with its promises of one kind; one broken is enough."""
    if not counts:
        return "none"
    return next(side for side in ("broken", "open", "kept") if counts[side])


def _shown(due_at: datetime, row: Stored | Outcome) -> datetime | None:
    """The due moment, where it says something: while a clock stands, what it shows is of before the pause."""
    is_standing = (
        row.is_standing if isinstance(row, Outcome) else row.is_open and row.running_since_at is None
    )
    return None if is_standing else due_at


def _listening(rules: Rules, stored: Sequence[Stored], asked: set[tuple[Any, ...]]) -> Any:
    choose = rules.for_ticket(stored)

    def listen(*question: Any) -> Any:
        asked.add(question)
        return choose(*question)

    return listen


def _is_touched(asked: set[tuple[Any, ...]], saved: Rules, drafted: Rules) -> bool:
    """Whether the draft may say something else about a ticket than what is saved."""
    if drafted.calendar is not None or drafted.draft is None:
        return True
    key = drafted.key_of_draft
    return any(key in (saved.policy_for(*question), drafted.policy_for(*question)) for question in asked)
