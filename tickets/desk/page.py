"""Everything the ticket page shows at once; what it shows later (customer, history) is in panels.py."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from django.db.models import Exists, F, Max, OuterRef, Subquery
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.extra_fields import display_values
from catalog.models import CategoryField
from customers.models import Identity
from staff.models import User
from tickets.choices import CancelReason, Delivery, MessageKind, PromiseKind, Status
from tickets.desk.account import pause_words
from tickets.desk.checklists import checklists_in_words
from tickets.desk.conversation import conversation_of, file_in_words
from tickets.desk.forms import SENDING
from tickets.desk.relations import merge_to_undo
from tickets.desk.timing import time_words
from tickets.desk.words import Moments
from tickets.models import Attachment, DraftFile, Event, Promise, PromisePause, Ticket
from tickets.rulebook import Rulebook, current_rulebook
from tickets.services import possible_steps

if TYPE_CHECKING:

    class ShownTicket(Ticket):
        """A ticket with what `visible_ticket` asks for along with it."""

        address: str | None
        newest_event: int | None
        is_watched: bool
        has_merged: bool
        has_draft_files: bool

        class Meta:
            abstract = True


# Steps that need nothing but a press; all others open their form.
DIRECT = ("resume",)
ICONS = {
    "classify": "tags", "assign": "person-plus", "hand_back": "arrow-return-left", "wait": "hourglass-split",
    "resume": "play", "resolve": "check2-circle", "reopen": "arrow-counterclockwise", "cancel": "x-circle",
    "restore": "arrow-repeat",
}  # fmt: skip
# The reply with which “send and …” is tried out before there is one.
SOME_REPLY = "…"
# A long conversation keeps one promise after the other.
CLOCKS = 8


def visible_ticket(user: User, pk: int) -> "ShownTicket":
    """The ticket with all that the page's first look needs, in one query; strangers get Http404."""
    addresses = Identity.objects.filter(customer=OuterRef("customer"), kind=Identity.Kind.EMAIL).order_by(
        "id"
    )
    newest = (
        Event.objects.filter(ticket=OuterRef("pk")).order_by().values("ticket").annotate(newest=Max("id"))
    )
    watching = Ticket.watchers.through.objects.filter(ticket=OuterRef("pk"), user=user.pk)
    ticket = (
        Ticket.objects.visible_to(user)  # type: ignore[no-redef]
        .select_related("customer__segment", "category", "team", "assignee", "product", "order")
        .annotate(
            has_draft_files=Exists(DraftFile.objects.filter(ticket=OuterRef("pk"), user=user.pk).order_by()),
            has_merged=Exists(Ticket.objects.filter(merged_into=OuterRef("pk")).order_by()),
            has_open_child=Exists(Ticket.objects.open().filter(parent=OuterRef("pk")).order_by()),
            address=Subquery(addresses.values("value")[:1]),
            newest_event=Subquery(newest.values("newest")),
            is_watched=Exists(watching),
        )
        .filter(pk=pk)
        .first()
    )  # fmt: skip
    if ticket is None:
        raise Http404
    return cast("ShownTicket", ticket)


def page_context(user: User, ticket: Ticket, *, show_all: bool = False) -> dict[str, Any]:
    """The ticket page: header, conversation, steps, clocks and facts; six queries."""
    moments, rulebook = Moments(), current_rulebook()
    merged = merged_ids(ticket)
    all_files = list(Attachment.objects.filter(ticket__in=[ticket.pk, *merged]))
    files = [file for file in all_files if file.ticket_id == ticket.pk]
    messages, has_earlier = conversation_of(
        ticket, moments, all_files, reader=user.pk, show_all=show_all, merged=merged
    )
    # The guards would ask the database for what is at hand.
    ticket.file_keys = frozenset(file.field_key for file in files)
    checklists = checklists_in_words(ticket, rulebook, moments)
    _remember_conversation(ticket, messages)
    clocks, has_more_clocks = clocks_of(ticket, moments, most=None if show_all else CLOCKS)
    steps = step_buttons(ticket, user, rulebook)
    return {
        "ticket": ticket,
        "moments": moments,
        "messages_shown": messages,
        "has_earlier": has_earlier,
        "events_url": events_url(ticket, messages),
        "failed": [row for row in messages if row["delivery"] == Delivery.FAILED],
        "steps": sorted(steps, key=lambda step: bool(step["reasons"])),
        "can_take": can_take(ticket, user, rulebook),
        "sending": sending_buttons(ticket, user, rulebook),
        "clocks": clocks,
        "has_more_clocks": has_more_clocks,
        "tags": list(ticket.tags.all()),
        "checklists": checklists,
        "extra_values": extra_values(ticket, rulebook, files),
        "created": moments.full(ticket.created_at),
        "due": moments.due(ticket.due_at, exact=True) if ticket.has_due_moment else "",
        "due_class": moments.urgency(ticket.due_at),
        "is_vip": ticket.customer.segment is not None and ticket.customer.segment.code == "vip",
        "follow_up": moments.short(ticket.follow_up_at) if ticket.follow_up_at else "",
        "time_spent": time_words(ticket.time_spent_seconds),
        # The page counts the time of whoever may work on the ticket.
        "visit": uuid4() if user.has_perm("tickets.work_on_ticket") else "",
        # The message that the ticket is about stays with it.
        "can_split": ticket.is_open and user.has_perm("tickets.work_on_ticket"),
        "merge": merge_to_undo(ticket),
        "merged_number": f"HD-{ticket.merged_into_id:06d}" if ticket.merged_into_id else "",
        "follows_number": f"HD-{ticket.follows_id:06d}" if ticket.follows_id else "",
        "parent_number": f"HD-{ticket.parent_id:06d}" if ticket.parent_id else "",
        "incident_number": f"HD-{ticket.incident_id:06d}" if ticket.incident_id else "",
    }


def events_url(ticket: Ticket, messages: list[dict[str, Any]], *, before: int = 0) -> str:
    """Where to fetch what happened between these messages, which are those before one if that is named."""
    if not messages:
        return ""
    place = reverse("tickets:events", args=[ticket.pk])
    return f"{place}?since={messages[0]['id']}" + (f"&before={before}" if before else "")


def piece_context(user: User, ticket: Ticket, *, before: int, since: int = 0) -> dict[str, Any]:
    """A piece of the conversation before a message; the same few queries however long the ticket is."""
    merged = merged_ids(ticket)
    shown, has_earlier = conversation_of(
        ticket, Moments(), _files_before(ticket, merged, before), reader=user.pk, merged=merged, before=before,
        since=since,
    )  # fmt: skip
    return {
        "ticket": ticket,
        "messages_shown": shown,
        "has_earlier": has_earlier,
        "can_split": ticket.is_open and user.has_perm("tickets.work_on_ticket"),
        "events_url": events_url(ticket, shown, before=before),
    }


def _files_before(ticket: Ticket, merged: Iterable[int], before: int) -> list[Attachment]:
    return list(Attachment.objects.filter(ticket__in=[ticket.pk, *merged], message__lt=before))


def merged_ids(ticket: Ticket) -> list[int]:
    """The tickets that were merged into it; asks only where there are some."""
    if not getattr(ticket, "has_merged", True):
        return []
    merged = ticket.merged_from.filter(cancel_reason=CancelReason.MERGED.value)
    return list(merged.values_list("pk", flat=True))


def _remember_conversation(ticket: Ticket, messages: list[dict[str, Any]]) -> None:
    # The conditions of the steps would ask the database for what is at hand.
    own = [row for row in messages if not row["merged_from"]]
    public = [row for row in own if row["kind"] in (MessageKind.CUSTOMER, MessageKind.REPLY)]
    last = public[-1] if public else None
    ticket.has_open_question = bool(last and last["kind"] == MessageKind.REPLY and last["asks"])
    ticket.has_told_customer = ticket.first_response_at is not None


def step_buttons(ticket: Ticket, user: User, rulebook: Rulebook) -> list[dict[str, Any]]:
    """The steps of this user, each possible one as a button, each other with its reasons."""
    return [
        {
            "name": step.name,
            "label": step.label,
            "icon": ICONS.get(step.name, "arrow-right"),
            "reasons": reasons,
            "is_direct": step.name in DIRECT,
            "url": reverse("tickets:step", args=[ticket.pk, step.name]),
            "why": f"why-{step.name}",
        }
        for step, reasons in possible_steps(ticket, user, rulebook=rulebook)
    ]


def can_take(ticket: Ticket, user: User, rulebook: Rulebook) -> bool:
    """Whether “assign to me” would do something now."""
    is_free = ticket.status in (Status.CLASSIFIED, Status.ASSIGNED) and ticket.assignee_id != user.pk
    return is_free and rulebook.can_serve(ticket, user)


def sending_buttons(ticket: Ticket, user: User, rulebook: Rulebook) -> list[dict[str, Any]]:
    """“Send and …”: the steps that may go with a reply, each with the reasons why not now."""
    steps = possible_steps(ticket, user, rulebook=rulebook, reply=SOME_REPLY)
    return [
        {"name": step.name, "label": SENDING[step.name], "reasons": reasons, "why": f"why-send-{step.name}"}
        for step, reasons in steps
        if step.name in SENDING
    ]


def clocks_of(
    ticket: Ticket, moments: Moments, *, most: int | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """The promises of the ticket as clocks, the open ones first, the next due on top; one query.

    With `most` not more than that, the open ones and those met last, and whether there are more.
    """
    promises = Promise.objects.filter(ticket=ticket.pk, dropped_at__isnull=True).select_related("policy")
    labels = {code: str(label) for code, label in PromiseKind.choices}
    newest_first = promises.order_by(F("met_at").desc(nulls_first=True), "-id")
    found = list(newest_first[: most + 1] if most else newest_first)
    rows = sorted(found[:most], key=lambda promise: (promise.due_at, promise.pk))
    reasons = _reasons(ticket, rows)
    clocks = [
        {**_clock(promise, labels, moments), "stands_for": reasons.get(promise.pk, "")} for promise in rows
    ]
    return sorted(clocks, key=lambda clock: clock["is_met"]), len(found) > len(rows)


def _reasons(ticket: Ticket, promises: list[Promise]) -> dict[int, str]:
    """Why clocks stand still, where it is not only that the ticket waits for the customer; asks only if some do."""
    standing = [promise.pk for promise in promises if promise.is_paused]
    if not standing or ticket.status == Status.WAITING:
        return {}
    found: dict[int, list[str]] = {}
    pauses = PromisePause.objects.filter(promise__in=standing, ended_at__isnull=True)
    for promise_id, reason in pauses.values_list("promise", "reason"):
        found.setdefault(promise_id, []).append(reason)
    return {promise_id: pause_words(several) for promise_id, several in found.items()}


def _clock(promise: Promise, labels: dict[str, str], moments: Moments) -> dict[str, Any]:
    is_met, is_late = promise.met_at is not None, promise.broken_at is not None
    if promise.met_at is not None:
        words = _("Kept") if not is_late else _("Kept late")
        state = "is-kept" if not is_late else "is-late"
    elif promise.is_paused:
        words, state = _("Paused"), "is-paused"
    else:
        words, state = moments.due(promise.due_at, exact=True), moments.urgency(promise.due_at)
    return {
        "pk": promise.pk,
        "label": labels.get(promise.kind, promise.kind),
        "words": words,
        "state": state,
        "is_met": is_met,
        "is_paused": promise.is_paused,
        "due": moments.short(promise.due_at),
        "due_full": moments.full(promise.due_at),
        "met": moments.short(promise.met_at) if promise.met_at else "",
        "met_full": moments.full(promise.met_at) if promise.met_at else "",
        "policy": promise.policy.label if promise.policy else "",
        "target": moments.target(promise.target_minutes),
        "counts": promise.get_counts_display(),
    }


def fields_of(ticket: Ticket, rulebook: Rulebook) -> list[CategoryField]:
    """The extra fields of the ticket's category, its own and inherited, from memory; of one key the nearest."""
    by_key: dict[str, CategoryField] = {}
    for pk in reversed(ticket.category.ancestor_ids if ticket.category else []):
        category = rulebook.categories.get(pk)
        by_key.update({field.key: field for field in category.fields.all()} if category else {})
    return list(by_key.values())


def files_of_fields(files: Iterable[Attachment]) -> dict[str, Attachment]:
    """The file of each extra field by its key, of files in the order they came: the newest."""
    return {file.field_key: file for file in files if file.field_key}


def _answer(field: CategoryField, value: Any) -> str:
    return "" if value is None else display_values([field], {field.key: value})[0][1]


def extra_values(
    ticket: Ticket, rulebook: Rulebook, files: Iterable[Attachment] = ()
) -> list[dict[str, Any]]:
    """Every extra field that the ticket may have, answered or not: its label, and in words or as a file its value."""
    fields, kept = fields_of(ticket, rulebook), files_of_fields(files)
    of_files = [field for field in fields if field.kind == CategoryField.Kind.FILE]
    written = [field for field in fields if field.kind != CategoryField.Kind.FILE]
    values = ticket.field_values
    # Answers to fields that the category has no more are read, and not changed.
    gone = {key: value for key, value in values.items() if key not in {field.key for field in written}}
    return (
        [
            {"key": field.key, "label": field.label, "value": _answer(field, values.get(field.key))}
            for field in written
        ]
        + [{"label": label, "value": value} for label, value in display_values([], gone)]
        + [
            {
                "label": field.label,
                "value": "",
                "file": file_in_words(kept[field.key]) if field.key in kept else None,
            }
            for field in of_files
        ]
    )
