"""What each role finds on its home page."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Min, Prefetch, Q
from django.utils import timezone

from customers.models import Customer
from helpdesk.attention import things_to_look_at
from helpdesk.measures import add_up, current_sums
from helpdesk.models import Schedule
from helpdesk.overview import DEFAULT_RANGE
from knowledgebase.models import Article
from knowledgebase.reading import Shown, all_shown
from staff.models import ApiToken, User
from surveys.models import Answer, Question, Response
from tickets.choices import Delivery
from tickets.desk.duty.week import next_shifts
from tickets.desk.listing import queue_counts
from tickets.desk.queues import QUEUES
from tickets.desk.words import Moments
from tickets.models import Message, Ticket
from tickets.querysets import TicketQuerySet

ROWS = 8
POPULAR = 6
LOW_SCORE_DAYS = 7
WORKER_SILENT = timedelta(minutes=2)


def staff_home(user: Any) -> dict[str, Any]:
    """The parts of a home page that this member of staff has a use for."""
    is_lead = user.has_perm("tickets.lead_tickets")
    sees_all = user.has_perm("tickets.view_any_ticket")
    # Whoever sees all and is in no team looks after every team.
    in_reach = Ticket.objects.visible_to(user)
    if not sees_all or user.team_ids:
        in_reach = in_reach.filter(team__in=list(user.team_ids))
    moments = Moments()
    counts = queue_counts(user)
    context: dict[str, Any] = {
        "is_lead": is_lead,
        "sees_all": sees_all,
        "queues": [(queue, counts[queue.name]) for queue in QUEUES.values() if queue.name in counts],
        "mine": _rows(Ticket.objects.visible_to(user).assigned_to(user), moments),
        "unassigned": _rows(in_reach.unassigned(), moments),
        "shifts": next_shifts(user) if user.team_ids else [],
    }
    if is_lead:
        context["broken"] = _rows(in_reach.broken(), moments)
        context["low_scores"] = low_scores(in_reach)
    if user.has_perm("tickets.view_overview"):
        found = add_up(current_sums(DEFAULT_RANGE), None if sees_all else user.team_ids)
        context |= {"total": found.total, "days": DEFAULT_RANGE, "attention": things_to_look_at(user)}
    if user.has_perm("helpdesk.view_schedule"):
        context["health"] = health()
    return context


def _rows(tickets: TicketQuerySet, moments: Moments) -> list[dict[str, Any]]:
    """The first tickets by what is due next, as a short list shows them."""
    rows = tickets.select_related("customer").order_by("due_at", "id")
    columns = ("subject", "status", "priority", "due_at", "created_at", "customer__name")
    return [
        {
            "ticket": ticket,
            "due": moments.due(ticket.due_at) if ticket.has_due_moment else "",
            "due_class": moments.urgency(ticket.due_at),
            "age": moments.age(ticket.created_at),
        }
        for ticket in rows.only(*columns)[:ROWS]
    ]


def low_scores(tickets: TicketQuerySet) -> list[Response]:
    """The latest low scores of these tickets, each with what was said; three queries at most."""
    words = Answer.objects.filter(question__kind=Question.Kind.TEXT).exclude(text="")
    since = timezone.now() - timedelta(days=LOW_SCORE_DAYS)
    return list(
        Response.objects.filter(is_low=True, created_at__gte=since, invitation__ticket__in=tickets)
        .select_related("invitation__ticket", "invitation__customer")
        .prefetch_related(Prefetch("answers", words, to_attr="words"))
        .order_by("-created_at")[:ROWS]
    )


def health() -> dict[str, Any]:
    """Whether everything runs: the worker, the mail, and how many people and programs use it."""
    last_run_at = Schedule.objects.aggregate(last=Max("last_run_at"))["last"]
    queued = Message.objects.filter(delivery=Delivery.QUEUED).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    people = User.objects.filter(is_active=True).aggregate(
        count=Count("pk"), present=Count("pk", filter=Q(is_present=True))
    )
    now = timezone.now()
    return {
        "last_run_at": last_run_at,
        "is_worker_alive": last_run_at is not None and now - last_run_at < WORKER_SILENT,
        "queued": queued["count"],
        "oldest_queued_at": queued["oldest"],
        "is_mail_stuck": queued["oldest"] is not None and now - queued["oldest"] > timedelta(minutes=10),
        "people": people["count"],
        "present": people["present"],
        "tokens": ApiToken.objects.filter(revoked_at__isnull=True, expires_at__gt=now).count(),
        "customers": Customer.objects.count(),
    }


def popular_articles() -> list[Shown]:
    """The public articles that most readers found helpful, in the reader's language."""
    articles = Article.objects.readable_by(None).with_titles().order_by("-helpful_count", "pk")
    return all_shown(articles[:POPULAR], None)
