"""The figures of the overview: read as sums per team and week, then added up for whoever looks."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.cache import caches
from django.db.models import Case, Count, F, IntegerField, Max, Q, Value, When
from django.db.models.functions import TruncDate, TruncWeek
from django.utils import timezone

from surveys.models import Answer, Question
from surveys.statistics import Share, net_promoter_score
from tickets.choices import DONE_STATUSES, OPEN_STATUSES, PromiseKind, Status
from tickets.models import Promise, Ticket

RANGES = (7, 30, 90)
# An open ticket's age: under one day, up to three, up to seven, older.
AGE_DAYS = (1, 3, 7)
AGES = range(len(AGE_DAYS) + 1)

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Sums:
    """What the database added up, one row per team (None: no team yet) and week."""

    days: int
    starts: list[date]
    taken_at: datetime
    # Team, status, age, tickets, of them overdue.
    open: Rows
    # Team, bucket, kind, kept in time, kept or broken.
    promises: Rows
    # Team, bucket, received and not cancelled, of them resolved.
    tickets: Rows
    # Team, bucket, satisfied, rated, promoters, detractors, asked how likely they recommend.
    answers: Rows


def current_sums(days: int) -> Sums:
    """The sums of the last days, kept until a ticket changes, and at most until the next minute.

    Everything that is counted here touches its ticket, so one look at the newest change tells whether they hold.
    """
    newest = Ticket.objects.aggregate(newest=Max("updated_at"))["newest"]
    key = f"overview:{days}:{newest and newest.timestamp()}:{timezone.now():%Y%m%d%H%M}"
    # In this process's memory: a question to the shared cache would cost each page a query more.
    cache = caches["memory"]
    if (sums := cache.get(key)) is None:
        sums = read_sums(days)
        cache.set(key, sums, 120)
    return sums


def read_sums(days: int, now: datetime | None = None) -> Sums:
    """Add up in the database; four queries, whose work grows with the days and the open tickets only."""
    now = now or timezone.now()
    zone = timezone.get_default_timezone()
    first_day = now.astimezone(zone).date() - timedelta(days=days - 1)
    since = datetime.combine(first_day, time(), zone)
    is_daily = days == min(RANGES)

    def bucket(moment: str) -> Any:
        return TruncDate(moment, tzinfo=zone) if is_daily else TruncWeek(moment, tzinfo=zone)

    return Sums(
        days=days,
        starts=_starts(first_day, now.astimezone(zone).date(), is_daily),
        taken_at=now,
        open=_open_tickets(now),
        promises=_dated(_promises(since, bucket("started_at")), zone),
        tickets=_dated(_received(since, bucket("created_at")), zone),
        answers=_dated(_answers(since, bucket("response__created_at")), zone),
    )


def _starts(first: date, last: date, is_daily: bool) -> list[date]:
    step = timedelta(days=1 if is_daily else 7)
    day = first if is_daily else first - timedelta(days=first.weekday())
    starts = []
    while day <= last:
        starts.append(day)
        day += step
    return starts


def _dated(rows: Iterable[tuple[Any, ...]], zone: Any) -> Rows:
    """The second column as a day: a week comes as the moment it begins."""
    return [
        (team, at.astimezone(zone).date() if isinstance(at, datetime) else at, *rest)
        for team, at, *rest in rows
    ]


def _open_tickets(now: datetime) -> Rows:
    # The partial indexes of the queues hold exactly the open tickets.
    ages = [When(created_at__gt=now - timedelta(days=days), then=Value(n)) for n, days in enumerate(AGE_DAYS)]
    age = Case(*ages, default=Value(len(AGE_DAYS)), output_field=IntegerField())
    return list(
        Ticket.objects.open()
        .order_by()
        .annotate(age=age)
        .values_list("team", "status", "age")
        .annotate(count=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)))
    )


def _promises(since: datetime, bucket: Any) -> Iterable[tuple[Any, ...]]:
    # Read by the index on kind and start; one that is neither kept nor broken yet does not count.
    kept = Q(met_at__isnull=False, broken_at__isnull=True)
    return (
        Promise.objects.filter(
            Q(met_at__isnull=False) | Q(broken_at__isnull=False),
            kind__in=[PromiseKind.FIRST_RESPONSE, PromiseKind.RESOLUTION],
            started_at__gte=since,
        )
        .order_by()
        .annotate(bucket=bucket)
        .values_list("ticket__team", "bucket", "kind")
        .annotate(kept=Count("pk", filter=kept), all=Count("pk"))
    )


def _received(since: datetime, bucket: Any) -> Iterable[tuple[Any, ...]]:
    done = Q(status__in=[status.value for status in DONE_STATUSES])
    return (
        # No message is older than its ticket: the index on the last message finds what came in since.
        Ticket.objects.filter(last_message_at__gte=since, created_at__gte=since)
        .exclude(status=Status.CANCELLED)
        .order_by()
        .annotate(bucket=bucket)
        .values_list("team", "bucket")
        .annotate(received=Count("pk"), resolved=Count("pk", filter=done))
    )


def _answers(since: datetime, bucket: Any) -> Iterable[tuple[Any, ...]]:
    kinds = Question.Kind
    rated = Q(question__kind=kinds.SCORE_5, question__is_main=True)
    likely = Q(question__kind=kinds.SCORE_10)
    return (
        Answer.objects.filter(rated | likely, response__created_at__gte=since, number__isnull=False)
        .order_by()
        .annotate(bucket=bucket, team=F("response__invitation__ticket__team"))
        .values_list("team", "bucket")
        .annotate(
            satisfied=Count("pk", filter=rated & Q(number__gte=4)),
            rated=Count("pk", filter=rated),
            promoters=Count("pk", filter=likely & Q(number__gte=9)),
            detractors=Count("pk", filter=likely & Q(number__lte=6)),
            asked=Count("pk", filter=likely),
        )
    )


NOTHING = Share(0, 0)


@dataclass
class Figures:
    """The figures of some teams, or of one, or of one week."""

    open_by_status: dict[str, list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0 for _age in AGES])
    )
    late: int = 0
    first_response: Share = NOTHING
    resolution: Share = NOTHING
    resolved: Share = NOTHING
    satisfied: Share = NOTHING
    promoters: int = 0
    detractors: int = 0
    recommend_answers: int = 0

    @property
    def open(self) -> int:
        """Open tickets in all."""
        return sum(sum(counts) for counts in self.open_by_status.values())

    @property
    def open_by_age(self) -> list[int]:
        """Open tickets by age, youngest first."""
        return [sum(counts[age] for counts in self.open_by_status.values()) for age in AGES]

    @property
    def open_rows(self) -> list[tuple[Status, list[int], int]]:
        """Each open status with its tickets by age and their sum."""
        return [
            (status, counts := self.open_by_status.get(status.value, [0 for _age in AGES]), sum(counts))
            for status in OPEN_STATUSES
        ]

    @property
    def nps(self) -> float | None:
        """The net promoter score; None when nobody was asked."""
        return net_promoter_score(self.promoters, self.detractors, self.recommend_answers)


@dataclass
class Overview:
    """The figures of the teams somebody may see."""

    total: Figures
    by_team: dict[int | None, Figures]
    by_week: dict[date, Figures]


def add_up(sums: Sums, team_ids: Collection[int | None] | None = None) -> Overview:
    """The figures in all, by team and by week; of these teams only, None means of all."""
    overview = Overview(Figures(), defaultdict(Figures), {start: Figures() for start in sums.starts})

    def wanted(rows: Rows) -> Rows:
        return [row for row in rows if team_ids is None or row[0] in team_ids]

    for team, status, age, count, late in wanted(sums.open):
        for figures in (overview.total, overview.by_team[team]):
            figures.open_by_status[status][age] += count
            figures.late += late
    for team, start, *counts in wanted(sums.promises):
        for figures in _places(overview, team, start):
            _add_promises(figures, *counts)
    for team, start, received, resolved in wanted(sums.tickets):
        for figures in _places(overview, team, start):
            figures.resolved += Share(resolved, received)
    for team, start, *counts in wanted(sums.answers):
        for figures in _places(overview, team, start):
            _add_answers(figures, *counts)
    return overview


def _places(overview: Overview, team: int | None, start: date) -> list[Figures]:
    places = [overview.total, overview.by_team[team]]
    if start in overview.by_week:
        places.append(overview.by_week[start])
    return places


def _add_promises(figures: Figures, kind: str, kept: int, every: int) -> None:
    if kind == PromiseKind.FIRST_RESPONSE:
        figures.first_response += Share(kept, every)
    else:
        figures.resolution += Share(kept, every)


def _add_answers(
    figures: Figures, satisfied: int, rated: int, promoters: int, detractors: int, asked: int
) -> None:
    figures.satisfied += Share(satisfied, rated)
    figures.promoters += promoters
    figures.detractors += detractors
    figures.recommend_answers += asked
