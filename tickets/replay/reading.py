"""Life stories of many tickets from what is stored, in a handful of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from staff.duty import off_duty_spans
from staff.shifts import Span, joined
from tickets.choices import OPEN_STATUSES, EventKind, MessageKind
from tickets.models import NEVER, Event, Promise, Ticket
from tickets.replay.life import CHILD, OFF_DUTY, Moment, Story

_OPEN = frozenset(status.value for status in OPEN_STATUSES)
_TOLD = [
    EventKind.CREATED, EventKind.STEP, EventKind.MESSAGE, EventKind.CHANGED, EventKind.PROMISES_REPLAYED,
    EventKind.TAKEN_BACK, EventKind.SIDE, EventKind.MERGED, EventKind.UNMERGED,
]  # fmt: skip
_STEPS = {"wait": "waited", "resume": "resumed", "hand_back": "resumed", "resolve": "resolved", "cancel": "cancelled",
          "restore": "restored", "reopen": "reopened"}  # fmt: skip
_MESSAGES = {MessageKind.CUSTOMER.value: "wrote", MessageKind.REPLY.value: "replied"}


class Stored(NamedTuple):
    """A promise as its row has it."""

    ticket: int
    pk: int
    kind: str
    policy: int | None
    policy_version: UUID | None
    calendar_version: UUID | None
    started_at: datetime
    running_since_at: datetime | None
    due_at: datetime
    met_at: datetime | None
    broken_at: datetime | None
    dropped_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.met_at is None and self.dropped_at is None

    def is_broken(self, now: datetime) -> bool:
        """Whether it was missed by now; the sweep that marks it may still be on its way."""
        return self.broken_at is not None or (self.running_since_at is not None and now > self.due_at)


@dataclass(frozen=True)
class Told:
    """A ticket's story with what is stored of its promises."""

    story: Story
    subject: str
    team: int | None
    category: int | None
    stored: tuple[Stored, ...]
    # A change was applied to it before: its promises were not all made by one version.
    was_replayed: bool
    has_facts: bool


def read_stories(ids: Sequence[int], reasons: Collection[str], now: datetime) -> list[Told]:
    """Return the stories of these tickets; `reasons` are those besides waiting for which some clock may stand."""
    tickets = list(
        Ticket.objects.filter(pk__in=ids)
        .order_by("pk")
        .values_list(
            "pk", "created_at", "channel", "category", "priority", "team", "subject", "customer__segment"
        )
    )
    stored = _by_ticket(Promise.objects.filter(ticket__in=ids).order_by("id").values_list(*Stored._fields))
    events = _by_ticket(
        Event.objects.filter(ticket__in=ids, kind__in=_TOLD)
        .order_by("ticket", "id")
        .values_list("ticket", "kind", "step", "before", "data", "at")
    )
    children = _child_spans(ids) if CHILD in reasons else {}
    duty = DutyBook(min((row[1] for row in tickets), default=now), now) if OFF_DUTY in reasons else None
    return [
        _told(
            row, events[row[0]], [Stored(*one) for one in stored[row[0]]], children.get(row[0], ()), duty, now
        )
        for row in tickets
    ]


class DutyBook:
    """When nobody of a team was on duty, asked once for each team."""

    def __init__(self, begins: datetime, ends: datetime) -> None:
        self.begins, self.ends = begins, ends
        self._spans: dict[int, list[Span]] = {}

    def off(self, team: int) -> list[Span]:
        """The spans without anybody on duty."""
        if team not in self._spans:
            self._spans[team] = off_duty_spans(team, self.begins, self.ends)
        return self._spans[team]


def _by_ticket(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _told(
    row: tuple[Any, ...], events: list[Any], stored: list[Stored], children: Iterable[Span], duty: DutyBook | None,
    now: datetime,
) -> Told:  # fmt: skip
    pk, created_at, channel, category, priority, team, subject, segment = row
    first: dict[str, Any] = next((event[4] for event in events if event[1] == EventKind.CREATED), {})
    facts = first.get("facts")
    story = Story(
        pk, created_at, facts["category"] if facts else category,
        facts["priority"] if facts else _first_priority(events, priority),
        facts["segment"] if facts else segment, first.get("channel") or channel,
        tuple(_moments(created_at, events, children, duty, now)),
    )  # fmt: skip
    was_replayed = any(event[1] == EventKind.PROMISES_REPLAYED for event in events)
    return Told(story, subject, team, category, tuple(stored), was_replayed, facts is not None)


def _first_priority(events: list[Any], priority: str) -> str:
    """The priority a ticket came with, where its first event does not say: what the first change of it says."""
    for _pk, kind, step, _before, data, _at in events:
        if kind == EventKind.CHANGED and "priority" in data.get("fields", {}):
            return data["fields"]["priority"][0]
        if kind == EventKind.STEP and step == "classify":
            return ""
    return priority


def _moments(
    created_at: datetime, events: list[Any], children: Iterable[Span], duty: DutyBook | None, now: datetime
) -> list[Moment]:
    moments = [Moment(created_at, "created")]
    undone = {
        datetime.fromisoformat(event[4].get("written_at") or event[4]["merged_at"])
        for event in events
        if "written_at" in event[4] or "merged_at" in event[4]
    }
    for _pk, kind, step, before, data, at in events:
        if at in undone and kind in (EventKind.MESSAGE, EventKind.STEP, EventKind.MERGED):
            # A reply that was taken back, and the step that went with it; a merge that was undone.
            continue
        if kind == EventKind.MERGED and data.get("asks"):
            moments.append(Moment(at, "wrote"))
        if kind == EventKind.MESSAGE:
            if what := _MESSAGES.get(data.get("message_kind", "")):
                moments.append(Moment(at, what))
        elif kind == EventKind.STEP:
            if step == "classify":
                moments.append(Moment(at, "classified", data))
            elif (what := _STEPS.get(step)) and (step != "hand_back" or before == "waiting"):
                moments.append(Moment(at, what))
        elif kind == EventKind.SIDE:
            moments.append(Moment(at, "side_asked" if data["waits"] else "side_settled"))
        elif kind == EventKind.CHANGED and "priority" in data.get("fields", {}):
            moments.append(Moment(at, "changed", {"priority": data["fields"]["priority"][1]}))
    more = [moment for span in children for moment in _child_moments(span)]
    if duty is not None:
        more += _duty_moments(events, duty, now)
    # Stable: what happened in one turn stays in its order.
    return sorted(moments + more, key=itemgetter(0)) if more else moments


def _child_moments(span: Span) -> Iterator[Moment]:
    yield Moment(span.begins, "child_opened")
    if span.ends < NEVER:
        yield Moment(span.ends, "child_closed")


def _duty_moments(events: list[Any], duty: DutyBook, now: datetime) -> Iterator[Moment]:
    for team, begins, ends in _stays(events):
        for span in duty.off(team):
            if span.ends <= begins or span.begins >= ends:
                continue
            yield Moment(max(span.begins, begins), "went_off_duty")
            if span.ends < now or ends <= now:
                yield Moment(min(span.ends, ends), "came_on_duty")


def _stays(events: list[Any]) -> list[tuple[int, datetime, datetime]]:
    """With which team the ticket was, from when to when."""
    stays: list[tuple[int, datetime, datetime]] = []
    team, since = None, NEVER
    for _pk, kind, step, _before, data, at in events:
        if kind != EventKind.STEP or step not in ("classify", "assign"):
            continue
        other = data.get("team") or (team if step == "assign" else None)
        if other != team:
            if team is not None:
                stays.append((team, since, at))
            team, since = other, at
    return [*stays, (team, since, NEVER)] if team is not None else stays


def _child_spans(ids: Sequence[int]) -> dict[int, list[Span]]:
    """When at least one child of each ticket was open."""
    children = list(Ticket.objects.filter(parent__in=ids).values_list("pk", "parent", "created_at"))
    if not children:
        return {}
    events = _by_ticket(
        Event.objects.filter(
            ticket__in=[pk for pk, *_rest in children],
            kind__in=[EventKind.STEP, EventKind.CHANGED, EventKind.TAKEN_BACK, EventKind.UNMERGED],
        )
        .order_by("ticket", "id")
        .values_list("ticket", "kind", "after", "data", "at")
    )
    found: dict[int, list[Span]] = defaultdict(list)
    for pk, parent, created_at in children:
        if parent is not None:
            found[parent] += _open_spans(events[pk], parent, created_at)
    return {parent: joined(spans) for parent, spans in found.items()}


def _open_spans(events: list[Any], parent: int, created_at: datetime) -> Iterator[Span]:
    is_open, is_child = True, not any("parent" in event[3].get("fields", {}) for event in events)
    since = created_at if is_child else None
    for _pk, kind, after, data, at in events:
        if kind in (EventKind.STEP, EventKind.TAKEN_BACK, EventKind.UNMERGED):
            is_open = after in _OPEN
        elif "parent" in data.get("fields", {}):
            is_child = data["fields"]["parent"][1] == parent
        if is_open and is_child:
            since = since or at
        elif since is not None:
            yield Span(since, at)
            since = None
    if since is not None:
        yield Span(since, NEVER)
