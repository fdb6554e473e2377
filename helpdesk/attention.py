"""What a manager should look at now: shown on the admin's index."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Category
from channels.models import MailState, ReceivedMail
from common.wording import listed
from helpdesk.models import Schedule
from knowledgebase.models import Article, ArticleText
from sla.notices import calendar_notices
from surveys.models import Survey, SurveyRule
from tickets.choices import EventKind
from tickets.dry_run import rules_without_match
from tickets.models import Event, Ticket
from tickets.routing.rules import hidden_rules
from tickets.rulebook import current_rulebook
from tickets.services import failed_messages

# So many of the newest rows are looked at: enough for days, and never a whole table.
NEWEST = 20_000
WORKER_SILENT = timedelta(minutes=2)
LANGUAGES = 3


@dataclass(frozen=True)
class Thing:
    """One thing to look at, what to do about it, and where."""

    message: str
    hint: str
    url: str
    is_urgent: bool = False
    is_on_desk: bool = False


def things_to_look_at(user: Any) -> list[Thing]:
    """All there is to look at for this user, the urgent first; what only the admin could show, only for its users."""
    things = [thing for permission, look in LOOKS if user.has_perm(permission) for thing in look(user)]
    shown = [thing for thing in things if user.is_staff or thing.is_on_desk or not thing.url]
    return sorted(shown, key=lambda thing: not thing.is_urgent)


def _worker(user: Any) -> Iterator[Thing]:
    last = Schedule.objects.aggregate(last=Max("last_run_at"))["last"]
    if last is not None and last > timezone.now() - WORKER_SILENT:
        return
    said = (
        _("The worker has been silent since %(moment)s: no mail goes out, and no promise is watched.")
        % {"moment": date_format(timezone.localtime(last), "SHORT_DATETIME_FORMAT")}
        if last
        else _("The worker has never run: no mail goes out, and no promise is watched.")
    )
    if user.is_staff and user.has_perm("helpdesk.view_schedule"):
        url = reverse("admin:helpdesk_schedule_changelist")
        yield Thing(said, _("Start it with “manage.py work”."), url, is_urgent=True)
    else:
        hint = _("Tell an administrator: it is started with “manage.py work”.")
        yield Thing(said, hint, "", is_urgent=True)


def _undelivered(user: Any) -> Iterator[Thing]:
    count = failed_messages().filter(ticket__in=Ticket.objects.visible_to(user)).count()
    if count:
        yield Thing(
            ngettext(
                "%(count)d message could not be delivered.",
                "%(count)d messages could not be delivered.",
                count,
            )
            % {"count": count},
            _("Look at the reason; then send it again, or reach the customer another way."),
            reverse("tickets:queue", args=["all"]) + "?delivery=failed",
            is_urgent=True,
            is_on_desk=True,
        )


def _quarantined(_user: Any) -> Iterator[Thing]:
    count = ReceivedMail.objects.filter(state=MailState.QUARANTINED).count()
    if count:
        yield Thing(
            ngettext(
                "%(count)d mail lies in the quarantine.", "%(count)d mails lie in the quarantine.", count
            )
            % {"count": count},
            _("Look at the reason; then try again, or make a ticket of it."),
            reverse("admin:channels_receivedmail_changelist") + "?state__exact=quarantined",
            is_urgent=True,
        )


def _broken_today(user: Any) -> Iterator[Thing]:
    newest = Event.objects.aggregate(newest=Max("id"))["newest"] or 0
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    today = Event.objects.filter(pk__gt=newest - NEWEST, kind=EventKind.PROMISE_BROKEN, at__gte=midnight)
    count = today.filter(ticket__in=Ticket.objects.visible_to(user)).count()
    if count:
        yield Thing(
            ngettext("%(count)d promise was broken today.", "%(count)d promises were broken today.", count)
            % {"count": count},
            _("See which tickets are overdue, and who could help."),
            reverse("tickets:queue", args=["broken"]),
            is_urgent=True,
            is_on_desk=True,
        )


def _calendars(_user: Any) -> Iterator[Thing]:
    for notice in calendar_notices(timezone.localdate()):
        url = reverse("admin:sla_businesscalendar_change", args=[notice.calendar_id])
        hint = _("Open the calendar and add working hours.")
        if notice.year:
            url = reverse("admin:sla_businesscalendar_year", args=[notice.calendar_id, notice.year])
            hint = _("Load the year's holidays there, or enter the days by hand.")
        yield Thing(notice.message, hint, url)


def _unserved_categories(_user: Any) -> Iterator[Thing]:
    rulebook = current_rulebook()
    names = [
        category.label
        for category in Category.objects.filter(is_active=True)
        if not rulebook.serving_team_ids(category)
    ]
    if names:
        yield Thing(
            ngettext(
                "%(count)d category has no team: %(names)s",
                "%(count)d categories have no team: %(names)s",
                len(names),
            )
            % {"count": len(names), "names": _some(names)},
            _("Give each a team, or its tickets wait for somebody to take them."),
            reverse("admin:tickets_route_changelist"),
        )


def _untranslated_articles(_user: Any) -> Iterator[Thing]:
    published = Q(texts__state=ArticleText.State.PUBLISHED)
    count = (
        Article.objects.filter(audience=Article.Audience.PUBLIC)
        .order_by()
        .annotate(languages=Count("texts", filter=published))
        .filter(languages__gt=0, languages__lt=LANGUAGES)
        .count()
    )
    if count:
        yield Thing(
            ngettext(
                "%(count)d article is missing a language.",
                "%(count)d articles are missing a language.",
                count,
            )
            % {"count": count},
            _("Readers of that language see another one instead."),
            reverse("admin:knowledgebase_article_changelist"),
        )


def _idle_rules(_user: Any) -> Iterator[Thing]:
    names = [rule.label for rule in rules_without_match()]
    if names:
        yield Thing(
            ngettext(
                "%(count)d classifying rule decides none of the latest tickets: %(names)s",
                "%(count)d classifying rules decide none of the latest tickets: %(names)s",
                len(names),
            )
            % {"count": len(names), "names": _some(names)},
            _("Try it out: perhaps a word is misspelt, or an earlier rule always comes first."),
            reverse("admin:tickets_classifyingrule_changelist"),
        )


def _hidden_routing_rules(_user: Any) -> Iterator[Thing]:
    rulebook = current_rulebook()
    for rule, earlier in hidden_rules(rulebook.active_routing_rules, rulebook):
        yield Thing(
            _(
                "The routing rule “%(rule)s” never decides: “%(earlier)s” comes before it and matches the same."
            )
            % {"rule": rule, "earlier": earlier},
            _("Move it up, or give it up."),
            reverse("admin:tickets_routingrule_change", args=[rule.pk]),
        )


def _surveys_without_rule(_user: Any) -> Iterator[Thing]:
    rules = SurveyRule.objects.filter(survey=OuterRef("pk"), is_active=True)
    for survey in Survey.objects.filter(~Exists(rules), is_active=True):
        yield Thing(
            _("The survey “%(survey)s” is sent to nobody: no rule in use names it.")
            % {"survey": survey.label},
            _("Add a rule that says whom it asks, and when."),
            reverse("admin:surveys_surveyrule_changelist"),
        )


def _some(names: list[str]) -> str:
    shown = listed(names[:4])
    return shown + " …" if len(names) > 4 else shown


# Who may change it is told of it.
LOOKS: tuple[tuple[str, Callable[[Any], Iterator[Thing]]], ...] = (
    ("tickets.view_overview", _worker),
    ("tickets.view_message", _undelivered),
    ("channels.change_receivedmail", _quarantined),
    ("tickets.view_event", _broken_today),
    ("sla.change_businesscalendar", _calendars),
    ("tickets.change_route", _unserved_categories),
    ("tickets.change_classifyingrule", _idle_rules),
    ("tickets.change_routingrule", _hidden_routing_rules),
    ("knowledgebase.change_article", _untranslated_articles),
    ("surveys.change_surveyrule", _surveys_without_rule),
)
