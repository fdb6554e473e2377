"""What tickets have to do with one another, as the desk says it: the forms, and the lists beside the conversation."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from catalog.models import Category
from staff.models import User
from tickets.choices import CancelReason, LinkKind, Status
from tickets.desk.filters import category_choices
from tickets.desk.forms import LONGEST_MESSAGE, VersionedForm
from tickets.desk.keys import read_key
from tickets.desk.words import Moments
from tickets.models import Merge, Ticket, TicketLink
from tickets.rulebook import Rulebook
from tickets.services import gather, link_tickets, place_below

# So many tickets of one sort are listed; an incident may gather many more.
NEWEST = 10
# How a link reads from the other side.
BACK = {
    LinkKind.RELATED: LinkKind.RELATED.label,
    LinkKind.DUPLICATE: gettext_lazy("Has the duplicate"),
    LinkKind.CAUSED_BY: gettext_lazy("Cause of"),
    LinkKind.SPLIT: gettext_lazy("Split off into"),
}


class OtherTicketForm(VersionedForm):
    """A form that names another ticket by its number."""

    number = forms.CharField(
        label=gettext_lazy("Number of the other ticket"), max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "HD-000123", "list": "candidates", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, ticket: Ticket, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ticket, self.user = ticket, user

    def clean_number(self) -> Ticket:
        """The other ticket, of those the user sees."""
        pk = read_key(self.cleaned_data["number"].upper().replace("HD-", "").strip())
        other = (
            Ticket.objects.visible_to(self.user).select_related("customer", "assignee").filter(pk=pk).first()
        )
        if other is None or other.pk == self.ticket.pk:
            raise forms.ValidationError(
                _("There is no other ticket with this number. Write it like HD-000123.")
            )
        return other

    def candidates(self) -> list[tuple[str, str]]:
        """Other tickets of the same customer, which are the likely ones: number and subject; one query."""
        seen = Ticket.objects.visible_to(self.user).filter(customer=self.ticket.customer_id)
        rows = seen.exclude(
            Q(pk=self.ticket.pk) | Q(parent=self.ticket.pk) | Q(status=Status.CANCELLED.value)
        ).order_by("-id")
        return [(f"HD-{pk:06d}", subject) for pk, subject in rows.values_list("pk", "subject")[:NEWEST]]


class MergeForm(OtherTicketForm):
    """Into which ticket this one is merged; first shown with what would happen."""

    note = forms.CharField(
        label=gettext_lazy("Note (optional)"), required=False, max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    other_customer = forms.BooleanField(
        label=gettext_lazy("Merge them although they are of two customers"), required=False
    )
    # The number whose preview was shown.
    confirmed = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)


class LinkForm(OtherTicketForm):
    """What this ticket is to another."""

    # The kinds besides the links of the table.
    WAYS: ClassVar[list[tuple[str, Any]]] = [
        (LinkKind.RELATED.value, LinkKind.RELATED.label),
        (LinkKind.DUPLICATE.value, LinkKind.DUPLICATE.label),
        (LinkKind.CAUSED_BY.value, LinkKind.CAUSED_BY.label),
        ("cause_of", BACK[LinkKind.CAUSED_BY]),
        ("child", pgettext_lazy("link", "Child of (the other one waits for this)")),
        ("parent", pgettext_lazy("link", "Parent of (this one waits for the other)")),
        ("part", pgettext_lazy("link", "Part of the incident")),
        ("incident", pgettext_lazy("link", "Incident that the other is part of")),
    ]

    way = forms.ChoiceField(label=gettext_lazy("This ticket is"), choices=WAYS)
    field_order = ("way", "number")

    def save(self) -> None:
        """Link the two; raise StepRefused."""
        ticket, other, way = self.ticket, self.cleaned_data["number"], self.cleaned_data["way"]
        if way in ("child", "parent"):
            below, above = (ticket, other) if way == "child" else (other, ticket)
            place_below(below, above, actor=self.user)
        elif way in ("part", "incident"):
            part, incident = (ticket, other) if way == "part" else (other, ticket)
            gather(part, incident, actor=self.user)
        elif way == "cause_of":
            link_tickets(other, ticket, LinkKind.CAUSED_BY, actor=self.user)
        else:
            link_tickets(ticket, other, way, actor=self.user)


class SubjectForm(forms.Form):
    """The subject of a ticket that is made of a message."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)


class ChildForm(SubjectForm):
    """A part of the work, for colleagues."""

    body = forms.CharField(
        label=gettext_lazy("What is to be done?"), max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    category = forms.ChoiceField(label=gettext_lazy("Category"), required=False)

    def __init__(self, *args: Any, ticket: Ticket, rulebook: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rulebook = rulebook
        self.fields["category"].choices = [("", "---------"), *category_choices(rulebook)]  # type: ignore[attr-defined]
        self.initial.setdefault("category", ticket.category_id)

    def clean_category(self) -> Category | None:
        return self.rulebook.categories.get(read_key(self.cleaned_data["category"]))


class TellForm(forms.Form):
    """What all tickets of an incident are told."""

    body = forms.CharField(
        label=gettext_lazy("Reply to all their customers"), max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 7}),
    )  # fmt: skip
    resolves = forms.BooleanField(label=gettext_lazy("and resolve them"), required=False)


def told_in_words(ticket: Ticket, moments: Moments) -> list[dict[str, Any]]:
    """What was announced to the tickets of the incident, the newest first, with how far it has come; one query."""
    done, refused = Q(tellings__done_at__isnull=False), ~Q(tellings__reasons=[])
    rows = ticket.announcements.annotate(
        count=Count("tellings"),
        done=Count("tellings", filter=done),
        refused=Count("tellings", filter=done & refused),
    )
    return [
        {
            "url": reverse("tickets:told", args=[ticket.pk, row.pk]),
            "beginning": row.body[:80],
            "resolves": row.resolves,
            "count": row.count,
            "done": row.done,
            "refused": row.refused,
            "age": moments.age(row.created_at),
        }
        for row in rows.order_by("-id")[:NEWEST]
    ]


def relations_of(ticket: Ticket, user: User, moments: Moments) -> list[dict[str, Any]]:
    """The tickets this one has to do with, sort by sort, with what takes each out; four queries at the most."""
    found: dict[int, list[tuple[str, str]]] = {}

    def add(pk: int | None, label: Any, undo: str) -> None:
        if pk is not None:
            found.setdefault(pk, []).append((str(label), undo))

    place = {name: reverse(f"tickets:{name}", args=[ticket.pk]) for name in ("unplace", "ungather")}
    add(ticket.parent_id, pgettext_lazy("relation", "Child of"), place["unplace"])
    add(ticket.incident_id, pgettext_lazy("relation", "Part of the incident"), place["ungather"])
    add(ticket.follows_id, pgettext_lazy("relation", "Goes on from"), "")
    for link in TicketLink.objects.filter(Q(ticket=ticket.pk) | Q(other=ticket.pk)).order_by("id"):
        is_first = link.ticket_id == ticket.pk
        label = LinkKind(link.kind).label if is_first else BACK[LinkKind(link.kind)]
        add(
            link.other_id if is_first else link.ticket_id, label,
            reverse("tickets:unlink", args=[ticket.pk, link.pk]),
        )  # fmt: skip
    undoable = {
        merge.source_id: reverse("tickets:undo-merge", args=[ticket.pk, merge.pk])
        for merge in Merge.objects.filter(target=ticket.pk, undone_at__isnull=True)
    }
    near = Q(parent=ticket.pk) | Q(follows=ticket.pk) | Q(incident=ticket.pk) | Q(merged_into=ticket.pk)
    rows = (
        Ticket.objects.visible_to(user)
        .filter(near | Q(pk__in=found))
        .order_by("-id")
        .values("id", "subject", "status", "created_at", "parent", "follows", "incident", "merged_into")
    )
    lines: dict[str, list[dict[str, Any]]] = {}
    labels = {code: str(label) for code, label in Status.choices}
    for row in rows:
        for name, undo in [*found.get(row["id"], []), *_from_below(row, ticket, undoable)]:
            line = _line(row, labels, moments) | {"undo": undo, "is_merge": row["merged_into"] == ticket.pk}
            lines.setdefault(name, []).append(line)
    return [
        {"label": label, "lines": some[:NEWEST], "more": max(0, len(some) - NEWEST)}
        for label, some in lines.items()
    ]


def _from_below(row: Mapping[str, Any], ticket: Ticket, undoable: dict[int, str]) -> list[tuple[str, str]]:
    sorts = (
        ("parent", pgettext_lazy("relation", "Waits for"), reverse("tickets:unplace", args=[row["id"]])),
        ("incident", pgettext_lazy("relation", "Incident of"), reverse("tickets:ungather", args=[row["id"]])),
        ("follows", pgettext_lazy("relation", "Goes on in"), ""),
        ("merged_into", pgettext_lazy("relation", "Merged into it"), undoable.get(row["id"], "")),
    )
    return [(str(label), undo) for name, label, undo in sorts if row[name] == ticket.pk]


def _line(row: Mapping[str, Any], labels: dict[str, str], moments: Moments) -> dict[str, Any]:
    return {
        "url": reverse("tickets:ticket", args=[row["id"]]),
        "number": f"HD-{row['id']:06d}",
        "subject": row["subject"],
        "status": row["status"],
        "status_label": labels[row["status"]],
        "age": moments.age(row["created_at"]),
        "full": moments.full(row["created_at"]),
    }


def merge_to_undo(ticket: Ticket) -> Merge | None:
    """The merge by which the ticket went into another, if it can be undone."""
    if ticket.status != Status.CANCELLED or ticket.cancel_reason != CancelReason.MERGED:
        return None
    return Merge.objects.filter(source=ticket.pk, undone_at__isnull=True).first()
