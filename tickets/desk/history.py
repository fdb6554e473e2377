"""Events as lines of a timeline: their codes in words, so that the template can make the sentences."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from catalog.choices import Channel, Priority
from catalog.models import Product, Tag
from common.wording import listed
from customers.models import Order
from staff.models import Tier, User
from tickets.choices import (
    CancelReason,
    Delivery,
    EventKind,
    LinkKind,
    MessageKind,
    PromiseKind,
    Status,
    SurveyOutcome,
)
from tickets.desk.escalation import escalation_in_words
from tickets.desk.reasons import in_words, people_in
from tickets.desk.relations import BACK
from tickets.desk.words import Moments
from tickets.models import AutomationRule, ChecklistItem, Event, Macro, Message, Ticket
from tickets.models.conversation import IN_CONVERSATION
from tickets.rulebook import Rulebook
from tickets.workflow import STEPS

# The details of a step in the order they are said.
SAID = ("category", "priority", "team", "tier", "assignee", "cancel_reason", "merged_into", "outcome")

YES_NO = (("True", gettext_lazy("yes")), ("False", gettext_lazy("no")))


class Timeline:
    """Makes words of the events of one ticket; names are fetched once for all of them."""

    def __init__(self, events: Iterable[Event], rulebook: Rulebook, moments: Moments) -> None:
        self.events, self.rulebook, self.moments = list(events), rulebook, moments
        considered = (people_in(event.data["why"]) for event in self.events if "why" in event.data)
        named = self._ids("assignee") | self._ids("told") | self._ids("watcher")
        self.users = _names(User, named.union(*considered))
        self.products = _names(Product, self._ids("product"))
        self.orders = _names(Order, self._ids("order"))
        self.named = {"macro": _names(Macro, self._ids("macro"))}
        self.named["checklist"] = _names(ChecklistItem, self._ids("item"))
        kinds = {event.kind for event in self.events}
        self.named["automation"] = (
            _names(AutomationRule, self._ids("rule")) if EventKind.AUTOMATION in kinds else {}
        )
        self.tags = {tag.code: tag.label for tag in Tag.objects.all()} if self._ids("tags") else {}
        self._choices = {
            name: {str(code): str(label) for code, label in choices}
            for name, choices in {
                "priority": Priority.choices, "cancel_reason": CancelReason.choices,
                "outcome": SurveyOutcome.choices, "language": settings.LANGUAGES, "delivery": Delivery.choices,
                "tier": Tier.choices, "is_major": YES_NO,
            }.items()
        }  # fmt: skip
        self._statuses = {code: str(label) for code, label in Status.choices}

    def lines(self) -> list[dict[str, Any]]:
        """One dictionary of words for each event, in the order of the events."""
        return [self._line(event) for event in self.events]

    def _line(self, event: Event) -> dict[str, Any]:
        data = event.data
        return {
            "id": event.pk,
            "kind": event.kind,
            "who": str(event.actor or event.customer or ""),
            "is_customer": event.customer_id is not None,
            "at": self.moments.short(event.at),
            "at_full": self.moments.full(event.at),
            "message_kind": data.get("message_kind", ""),
            "message_label": _message_label(event),
            "message": data.get("message"),
            **self._step(event),
            **_others(data),
            "escalation": escalation_in_words(data, self.users) if event.kind == EventKind.ESCALATED else [],
            "versions": self._versions(data),
            "promise": dict(PromiseKind.choices).get(data.get("promise_kind"), ""),
            "channel": dict(Channel.choices).get(data.get("channel"), ""),
            "score": data.get("score"),
            "is_confirmed": data.get("what") == "confirmed",
            "error": data.get("error", ""),
            "count": data.get("count", 0),
            "until": self._moment(data.get("until")),
            "minutes": [-(-data[name] // 60) for name in ("before", "after") if name in data]
            if event.kind == EventKind.TIME_SPENT
            else [],
            "address": data.get("address", ""),
            "what": data.get("what", ""),
            # By the name it has now, or had when it was used.
            "named": self._named(event),
            "is_done": data.get("is_done", False),
        }

    def _step(self, event: Event) -> dict[str, Any]:
        """The step that was taken, what went with it, and what it or an editor changed."""
        data, step = event.data, STEPS.get(event.step)
        return {
            "step": event.step,
            "step_label": str(step.label) if step else event.step,
            "before": self._statuses.get(event.before, event.before),
            "after": self._statuses.get(event.after, event.after),
            "note": data.get("note", ""),
            "by_rule": "rule" in data,
            "routing_rule": self._routing_rule(data.get("routing_rule")),
            "why": in_words(data.get("why") or {}, self.users),
            "details": [self._word(name, data[name]) for name in SAID if data.get(name)],
            "changes": [
                (self._label(name), self._word(name, old), self._word(name, new))
                for name, (old, new) in data.get("fields", {}).items()
            ],
        }

    def _moment(self, written: str | None) -> str:
        return self.moments.short(datetime.fromisoformat(written)) if written else ""

    def _versions(self, data: dict[str, Any]) -> str:
        if "versions" not in data:
            return ""
        policy = self.rulebook.policy(data["thing"]) if data["what"] == "policy" else None
        name = policy.row if policy else gettext("Calendar")
        kinds = dict(PromiseKind.choices)
        old, new = data["versions"]
        return f"{name} {old} → {new} · {listed(str(kinds.get(kind, kind)) for kind in data['moved'])}".strip(
            " ·"
        )

    def _named(self, event: Event) -> str:
        key = event.data.get("macro") or event.data.get("rule") or event.data.get("item")
        return self.named.get(event.kind, {}).get(key, event.data.get("name", ""))

    def _routing_rule(self, pk: int | None) -> str:
        rule = self.rulebook.routing_rules.get(pk or 0)
        return rule.label if rule else ""

    def _ids(self, name: str) -> set[Any]:
        found = set()
        for event in self.events:
            values = [event.data.get(name), *event.data.get("fields", {}).get(name, ())]
            for value in values:
                found |= set(value) if isinstance(value, list) else {value}
        return found - {None}

    def _label(self, name: str) -> str:
        if name == "delivery":
            return ""
        return str(getattr(Ticket._meta.get_field(name), "verbose_name", name))

    def _word(self, name: str, value: Any) -> str:
        if value in (None, "", [], {}):
            return "–"
        if name in self._choices:
            return self._choices[name].get(str(value), str(value))
        if name == "category":
            category = self.rulebook.categories.get(value)
            return category.label if category else str(value)
        if name == "team":
            team = self.rulebook.teams.get(value)
            return team.label if team else str(value)
        if name in ("merged_into", "parent", "incident"):
            return f"HD-{value:06d}"
        if name == "tags":
            return listed(self.tags.get(code, code) for code in value)
        if name == "field_values":
            return listed(value.values())
        known = {"assignee": self.users, "product": self.products, "order": self.orders}.get(name, {})
        return known.get(value, str(value))


def _others(data: dict[str, Any]) -> dict[str, Any]:
    """The other tickets that an event speaks of."""
    return {
        "related": f"HD-{data['related']:06d}" if "related" in data else "",
        "other": f"HD-{data['other']:06d}" if "other" in data else "",
        "other_url": reverse("tickets:ticket", args=[data["other"]]) if "other" in data else "",
        "link": _link_label(data.get("link", "")),
        "split": data.get("split"),
    }


def _message_label(event: Event) -> str:
    """The kind of a message; of the customer's, whose name stands beside it, only that it is one."""
    kind = event.data.get("message_kind")
    return (
        gettext("Message") if kind == MessageKind.CUSTOMER else str(dict(MessageKind.choices).get(kind, ""))
    )


def _link_label(kind: str) -> str:
    """What this ticket is to the other; with a dash before it, seen from the other side."""
    if kind == "child":
        return gettext("Child made")
    if kind.startswith("-"):
        return str(BACK.get(LinkKind(kind[1:]), kind))
    return str(dict(LinkKind.choices).get(kind, kind))


def _names(model: Any, keys: set[Any]) -> dict[int, str]:
    return {row.pk: str(row) for row in model.objects.filter(pk__in=keys)} if keys else {}


def timeline(ticket: Ticket, rulebook: Rulebook, moments: Moments, *, after: int = 0) -> list[dict[str, Any]]:
    """What happened to the ticket (after an event), oldest first."""
    events = (
        Event.objects.filter(ticket=ticket.pk, pk__gt=after)
        .select_related("actor", "customer")
        .order_by("id")
    )
    return Timeline(events, rulebook, moments).lines()


def event_folds(
    ticket: Ticket,
    merged: Iterable[int],
    rulebook: Rulebook,
    moments: Moments,
    *,
    since: int,
    before: int = 0,
) -> list[dict[str, Any]]:
    """What happened besides the messages from the message `since` on (until the one `before`), in groups.

    Each group follows the message after which it happened. A few queries, however much there is.
    """
    told = Message.objects.filter(IN_CONVERSATION, ticket__in=[ticket.pk, *merged], pk__gte=since)
    told = told.filter(pk__lt=before) if before else told
    anchors = list(told.order_by("created_at", "id").values_list("created_at", "pk"))
    if not anchors:
        return []
    events = Event.objects.filter(ticket=ticket.pk, at__gte=anchors[0][0]).exclude(kind=EventKind.MESSAGE)
    if before and (end := Message.objects.filter(pk=before).values_list("created_at", flat=True).first()):
        events = events.filter(at__lt=end)
    rows = list(events.select_related("actor", "customer").order_by("id"))
    places = [at for at, _pk in anchors]
    groups: dict[int, list[dict[str, Any]]] = {}
    for event, line in zip(rows, Timeline(rows, rulebook, moments).lines(), strict=True):
        _at, message = anchors[max(bisect_right(places, event.at) - 1, 0)]
        groups.setdefault(message, []).append(line)
    return [
        {
            "message": message,
            "count": len(lines),
            "lines": lines,
            "about": listed(dict.fromkeys(line["step_label"] for line in lines if line["step_label"])),
        }
        for message, lines in groups.items()
    ]
