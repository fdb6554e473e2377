"""When somebody else was quicker: what he changed, and whether it matters for what one is writing."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from common.wording import listed
from staff.models import User
from tickets.choices import EventKind, MessageKind
from tickets.models import Event, Message, Ticket

# So much of an unseen message is shown above one's own text.
SHOWN_TEXT = 2000


def events_since(ticket: Ticket, seen: int | None) -> QuerySet[Event]:
    """What happened to the ticket after the event the writer saw last."""
    return Event.objects.filter(ticket=ticket.pk, pk__gt=seen or 0).order_by("id")


def is_harmless(ticket: Ticket, seen: int | None, user: User) -> bool:
    """Whether only the system noted something since (a promise fell due, a mail left), or the writer himself did.

    Nobody needs to look at the two versions then.
    """
    if not seen:
        return False
    matters = Q(actor__isnull=False) | Q(customer__isnull=False) | Q(kind=EventKind.STEP)
    return not events_since(ticket, seen).filter(~Q(actor=user.pk) & matters).exists()


def was_written(ticket: Ticket, seen: int | None, user: User, **fields: Any) -> Message | None:
    """The very message one is about to write, when a second press of the button came through."""
    if not seen:
        return None
    own = events_since(ticket, seen).filter(kind=EventKind.MESSAGE, actor=user.pk)
    keys = [event.data.get("message") for event in own]
    return Message.objects.filter(pk__in=keys, **fields).first() if keys else None


def unseen_messages(ticket: Ticket, seen: int | None) -> list[dict[str, Any]]:
    """What others wrote after the event the writer saw last, to be read before his own text is sent."""
    written = events_since(ticket, seen).filter(kind=EventKind.MESSAGE)
    keys = [event.data.get("message") for event in written]
    if not keys:
        return []
    told = Message.objects.filter(pk__in=keys).exclude(kind=MessageKind.AUTOMATIC)
    return [
        {
            "who": str(message.author or message.customer or ticket.customer),
            "kind": message.get_kind_display(),
            "is_customer": message.kind == MessageKind.CUSTOMER,
            "text": message.body[:SHOWN_TEXT],
        }
        for message in told.select_related("author", "customer").order_by("id")
    ]


def both_sides(form: forms.Form, newer: forms.Form) -> list[dict[str, str]]:
    """Where one's form says something else than the ticket by now: each field with both answers, in words."""
    found = []
    for field in form.visible_fields():
        if isinstance(field.field, forms.FileField) or field.name not in newer.fields:
            continue
        mine = _in_words(field.field, field.value())
        theirs = _in_words(field.field, newer.get_initial_for_field(newer.fields[field.name], field.name))
        if mine != theirs:
            found.append({"label": str(field.label), "theirs": theirs, "mine": mine})
    return found


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.BooleanField):
        return _("yes") if value else _("no")
    if value in (None, "", []):
        return "–"
    choices = getattr(field, "choices", None)
    if choices is None:
        return str(value)
    chosen = {str(one) for one in (value if isinstance(value, list | tuple) else [value])}
    words = [str(label) for code, label in choices if str(code) in chosen]
    return listed(words) or "–"
