"""A what-if in pieces: each takes the next tickets, and the running sums travel signed between them."""

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import Max
from django.utils import timezone

from tickets.querysets import TicketQuerySet
from tickets.replay.rules import Rules
from tickets.replay.sums import Sums, add_tickets

# Read and counted at a time: a piece takes well below a second, so the bar moves.
PIECE = 1_000
DAYS, MOST_DAYS = 30, 366
_SALT, _KEPT_SECONDS = "what-if", 3_600


@dataclass
class Run:
    """How far a what-if has come."""

    days: int
    draft: str
    person: int
    now: datetime
    total: int
    last_id: int = 0
    until_id: int = 0
    sums: Sums = field(default_factory=Sums)

    @property
    def is_done(self) -> bool:
        return self.last_id >= self.until_id

    @property
    def percent(self) -> int:
        return 100 if self.is_done else min(99, self.sums.tickets * 100 // max(1, self.total))

    def signed(self) -> str:
        """What the page carries to the next piece."""
        return signing.dumps({**asdict(self), "now": self.now.isoformat()}, salt=_SALT, compress=True)


def begin(tickets: TicketQuerySet, days: int, *, draft: str, person: int) -> Run:
    """Begin with the tickets of the last days; `draft` is what `print_of` says of what is tried."""
    now = timezone.now()
    chosen = tickets.filter(created_at__gte=now - timedelta(days=days))
    return Run(
        days, draft, person, now, chosen.count(), until_id=chosen.aggregate(last=Max("pk"))["last"] or 0
    )


def resumed(signed: str, *, draft: str, person: int) -> Run | None:
    """The run that a page carries; None when it is too old, somebody else's, or of another draft."""
    try:
        data = signing.loads(signed, salt=_SALT, max_age=_KEPT_SECONDS)
    except signing.BadSignature:
        return None
    if (data["draft"], data["person"]) != (draft, person):
        return None
    return Run(**{**data, "now": datetime.fromisoformat(data["now"]), "sums": Sums(**data["sums"])})


def go_on(run: Run, tickets: TicketQuerySet, saved: Rules, drafted: Rules) -> None:
    """Count the next piece."""
    chosen = tickets.filter(
        created_at__gte=run.now - timedelta(days=run.days), pk__gt=run.last_id, pk__lte=run.until_id
    )
    ids = list(chosen.order_by("pk").values_list("pk", flat=True)[:PIECE])
    if not ids:
        run.last_id = run.until_id
        return
    add_tickets(run.sums, ids, saved, drafted, run.now)
    run.last_id = ids[-1]


def print_of(*parts: Any) -> str:
    """A short mark by which a draft is known again."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
