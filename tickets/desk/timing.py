"""When to come back to a ticket, and how long one worked on it: the forms, and the words beside the conversation."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from tickets.desk.words import Moments
from tickets.models import Ticket, TimeEntry

MORNING = time(9)


class FollowUpForm(forms.Form):
    """A moment in the reader's zone, chosen or typed."""

    at = forms.DateTimeField(
        label=gettext_lazy("Come back at"), required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("What for? (optional)"), required=False, max_length=200)
    quick = forms.CharField(required=False, max_length=20)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        quick = {name: at for name, _label, at in quick_choices(timezone.now())}
        cleaned["at"] = quick.get(cleaned.get("quick", ""), cleaned.get("at"))
        if not self.errors and cleaned["at"] is None and cleaned.get("quick") != "none":
            self.add_error("at", _("Choose a moment."))
        return cleaned


def quick_choices(now: datetime) -> list[tuple[str, str, datetime]]:
    """The usual moments as (code, words, moment), in the reader's zone."""
    local = timezone.localtime(now)
    tomorrow = local.date() + timedelta(days=1)
    monday = local.date() + timedelta(days=7 - local.weekday())
    zone = timezone.get_current_timezone()
    return [
        ("hour", _("In an hour"), now + timedelta(hours=1)),
        ("afternoon", _("In three hours"), now + timedelta(hours=3)),
        ("tomorrow", _("Tomorrow morning"), datetime.combine(tomorrow, MORNING, zone)),
        ("monday", _("Monday morning"), datetime.combine(monday, MORNING, zone)),
        ("week", _("In a week"), datetime.combine(local.date() + timedelta(days=7), MORNING, zone)),
    ]


class TimeForm(forms.Form):
    """An entry of time."""

    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=0, max_value=720)
    note = forms.CharField(label=gettext_lazy("Note (optional)"), required=False, max_length=200)
    # Of an entry that is put right.
    entry = forms.IntegerField(required=False, widget=forms.HiddenInput)


def time_words(seconds: int) -> str:
    """A length of work: 1 h 20 min; what is below a minute is told as one."""
    hours, minutes = divmod(-(-seconds // 60), 60)
    words = [pgettext("length of time", "%s h") % hours] if hours else []
    return " ".join(
        [*words, pgettext("length of time", "%s min") % minutes] if minutes or not hours else words
    )


def entries_of(ticket: Ticket, moments: Moments) -> list[dict[str, Any]]:
    """Who worked on it how long, the newest first; one query."""
    rows = TimeEntry.objects.filter(ticket=ticket.pk, seconds__gt=0).select_related("user").order_by("-id")
    return [
        {
            "pk": row.pk,
            "user_id": row.user_id,
            "who": str(row.user),
            "minutes": -(-row.seconds // 60),
            "note": row.note,
            "at": moments.short(row.created_at),
            "is_edited": row.is_edited,
        }
        for row in rows[:50]
    ]
