"""Running automation rules: from the events that were written, and when time has passed; never in the transaction of
whoever wrote them. Each may run twice, or in two workers at once: a rule runs once for an occasion.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Max, Min, Q, QuerySet
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime

from tickets.automation.matching import due_matches, rule_matches
from tickets.automation.occasions import KINDS, Occasion, is_occasion
from tickets.choices import OPEN_STATUSES
from tickets.models import AutomationPosition, AutomationRule, AutomationRun, Event, Message, Ticket
from tickets.rulebook import current_rulebook
from tickets.services.automation_actions import act
from tickets.services.door import lock
from tickets.services.refusal import StepRefused

logger = logging.getLogger(__name__)

Outcome = AutomationRun.Outcome

# So many rules may set each other off, and so often a rule may run on a ticket within the time: then it is a circle.
DEEPEST = 5
BUDGET, BUDGET_TIME = 10, timedelta(hours=1)
# So many events are read at once, and so often in one go.
PIECE, PIECES = 500, 20
# So long a key that is missing may still come: of a transaction that has not ended.
LEFT_OVER_TIME, MOST_LEFT_OVER = timedelta(minutes=15), 1000
# So many runs of one rule of time in one go.
BATCH = 200
KEPT = timedelta(days=90)


def events_to_read() -> QuerySet[Event]:
    """The events that no rule has looked at; none while no rule for events is in use."""
    rules = _rules(is_timed=False)
    if not rules:
        return Event.objects.none()
    position = AutomationPosition.objects.first() or AutomationPosition()
    return _events(position, rules)


def run_for_events() -> int:
    """Let the rules look at what has happened since they looked last, also by their own doing; return the runs."""
    runs = 0
    for _piece in range(PIECES):
        rules = _rules(is_timed=False)
        if not rules:
            break
        position, _is_new = AutomationPosition.objects.get_or_create(pk=1)
        events = list(_events(position, rules)[:PIECE])
        if not events:
            break
        kinds = {kind for rule in rules for kind in KINDS[rule.when]}
        later = set()
        for event in events:
            if event.kind in kinds:
                try:
                    looked_at = _look_at(event, rules)
                    runs += looked_at or 0
                    if looked_at is None:
                        later.add(event.pk)
                except OperationalError:
                    if not connection.is_usable():
                        raise
                    # Two held what the other wanted, perhaps: it is looked at once more.
                    logger.exception("Event %s is looked at once more.", event.pk)
                    later.add(event.pk)
        seen = [event.pk for event in events]
        if not _move_on(position, rules, seen, later) or later.issuperset(seen):
            break
    return runs


def run_for_time() -> int:
    """Let the rules of time look at the tickets whose time has come; return the runs."""
    runs = 0
    for rule in _rules(is_timed=True):
        done = 0
        for occasion in due_matches(rule, timezone.now()):
            if not _may_be_taken_back(occasion.ticket_id):
                done += _run_if_it_matches(rule, occasion)
            if done >= BATCH:
                break
        runs += done
    return runs


def is_time_up() -> bool:
    """Whether a rule of time has a ticket to run on."""
    now = timezone.now()
    return any(True for rule in _rules(is_timed=True) for _occasion in due_matches(rule, now))


def forget_old_runs() -> int:
    """Delete the log of what is long past; what keeps a rule of time from running again stays while it could."""
    old = AutomationRun.objects.filter(ran_at__lt=timezone.now() - KEPT)
    deleted, _by_table = old.exclude(since_at__isnull=False, ticket__status__in=OPEN_STATUSES).delete()
    return deleted


def _rules(*, is_timed: bool) -> list[AutomationRule]:
    return [rule for rule in current_rulebook().automation if rule.is_timed is is_timed]


def _start(position: AutomationPosition, rules: Iterable[AutomationRule]) -> int:
    """Behind what no rule in use looks at."""
    return max(position.event_id, min(rule.after_event for rule in rules))


def _events(position: AutomationPosition, rules: list[AutomationRule]) -> QuerySet[Event]:
    wanted = Q(pk__gt=_start(position, rules))
    if position.left_over:
        wanted |= Q(pk__in=[int(key) for key in position.left_over])
    return Event.objects.filter(wanted).order_by("id")


def _move_on(
    position: AutomationPosition, rules: list[AutomationRule], seen: list[int], later: set[int]
) -> bool:
    """Keep how far the events were read, unless another worker did meanwhile; what is missing is looked for again."""
    now, start = timezone.now(), _start(position, rules)
    newest = max([start, *seen])
    until = (now + LEFT_OVER_TIME).isoformat()
    # Before the first event of all there was nothing to miss.
    first = start + 1 if start else min(seen)
    missing = set(range(max(first, newest - MOST_LEFT_OVER), newest + 1)) - set(seen)
    left = {
        key: moment
        for key, moment in position.left_over.items()
        if int(key) not in seen and (parse_datetime(moment) or now) > now
    }
    left |= {str(key): until for key in sorted(missing | (later - {int(key) for key in position.left_over}))}
    left |= {key: moment for key, moment in position.left_over.items() if int(key) in later}
    kept = dict(sorted(left.items(), key=lambda one: int(one[0]))[-MOST_LEFT_OVER:])
    same = AutomationPosition.objects.filter(pk=position.pk, event_id=position.event_id)
    return bool(same.update(event_id=newest, left_over=kept))


def _look_at(event: Event, rules: list[AutomationRule]) -> int | None:
    """Let the rules look at the event; None when it is too soon."""
    message = _message(event)
    asked = [rule for rule in rules if event.pk > rule.after_event and is_occasion(rule, event, message)]
    if asked and _may_be_taken_back(event.ticket_id):
        return None
    return sum(_run_if_it_matches(rule, Occasion(event.ticket_id, event, message)) for rule in asked)


def _may_be_taken_back(ticket_id: int) -> bool:
    """Whether a reply on the ticket can still be taken back; what a rule does would keep it from that."""
    return Message.objects.filter(ticket=ticket_id, held_until__gt=timezone.now()).exists()


def _message(event: Event) -> Message | None:
    pk = event.data.get("message")
    return Message.objects.only("body", "purpose").filter(pk=pk).first() if pk else None


def _ticket(occasion: Occasion) -> Ticket:
    return Ticket.objects.select_related("customer", "category").get(pk=occasion.ticket_id)


def _run_if_it_matches(rule: AutomationRule, occasion: Occasion) -> int:
    if not rule_matches(rule, _ticket(occasion), occasion):
        return 0
    try:
        return _run(rule, occasion)
    except OperationalError:
        raise
    except Exception as error:
        if not connection.is_usable():
            raise
        # One broken rule must not stop the others, nor come again and again.
        logger.exception("The rule %s failed on ticket %s.", rule.pk, occasion.ticket_id)
        run = _new_run(rule, occasion, outcome=Outcome.FAILED, reasons=[type(error).__name__])
        AutomationRun.objects.bulk_create([run], ignore_conflicts=True)
        return 0


@transaction.atomic
def _run(rule: AutomationRule, occasion: Occasion) -> int:
    """Run the rule once, with its line in the log; 0 when another worker did, or it is kept from it."""
    ticket = lock(Ticket(pk=occasion.ticket_id))
    known = AutomationRun.objects.filter(rule=rule.pk, ticket=ticket.pk, **occasion.key)
    if known.exists() or not rule_matches(rule, ticket, occasion):
        return 0
    run = _new_run(rule, occasion, outcome=Outcome.DONE, depth=_depth(occasion))
    if reason := _circle(run, timezone.now()):
        run.outcome, run.reasons = Outcome.STOPPED, [reason]
        logger.warning("The rule %s is stopped on ticket %s: %s.", rule.pk, ticket.pk, reason)
        run.save()
        return 0
    newest = _newest(ticket)
    try:
        with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
            act(rule, ticket)
    except StepRefused as refusal:
        run.outcome, run.reasons = Outcome.REFUSED, refusal.reasons
    made = (
        Event.objects.filter(ticket=ticket.pk, pk__gt=newest)
        .order_by()
        .aggregate(first=Min("pk"), last=Max("pk"))
    )
    run.first_event, run.last_event = made["first"] or 0, made["last"] or 0
    run.save()
    return 1


def _newest(ticket: Ticket) -> int:
    return Event.objects.filter(ticket=ticket.pk).order_by("-id").values_list("pk", flat=True).first() or 0


def _new_run(rule: AutomationRule, occasion: Occasion, **more: Any) -> AutomationRun:
    # The rulebook may hold a rule that was deleted a moment ago: its key would refer to nothing.
    return AutomationRun(
        rule=rule,
        rule_name=rule.name,
        ticket_id=occasion.ticket_id,
        ran_at=timezone.now(),
        **occasion.key,
        **more,
    )


def _depth(occasion: Occasion) -> int:
    """How many rules set each other off before this one: one more than the run that made the event."""
    if occasion.event is None:
        return 0
    pk = occasion.event.pk
    maker = AutomationRun.objects.filter(ticket=occasion.ticket_id, first_event__lte=pk, last_event__gte=pk)
    depth = maker.order_by("-depth").values_list("depth", flat=True).first()
    return 0 if depth is None else depth + 1


def _circle(run: AutomationRun, now: datetime) -> str:
    """Why the rule must not run once more, as a code; empty when it may."""
    if run.depth >= DEEPEST:
        return "too_deep"
    lately = AutomationRun.objects.filter(
        ticket=run.ticket_id, rule=run.rule_id, ran_at__gt=now - BUDGET_TIME
    )
    return "too_often" if lately.exclude(outcome=Outcome.STOPPED).count() >= BUDGET else ""
