"""What agents fill in to write to a third party, and what the page shows of such conversations."""

from typing import Any

from django import forms
from django.core.files import File
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from common.uploads import CheckedUpload
from tickets.choices import CancelReason, MessageKind
from tickets.desk.forms import LONGEST_MESSAGE, FilesField
from tickets.desk.words import Moments
from tickets.models import Attachment, SideConversation, Ticket
from tickets.services import new_attachments

# So much of what the customer wrote last is quoted to begin with.
QUOTED = 4000


class SideForm(forms.Form):
    """A message in a side conversation that there is."""

    body = forms.CharField(
        label=gettext_lazy("Text"), max_length=LONGEST_MESSAGE, widget=forms.Textarea(attrs={"rows": 9})
    )
    old_files = forms.MultipleChoiceField(
        label=gettext_lazy("Files of the ticket that go along"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    files = FilesField(label=gettext_lazy("Files"), required=False)  # type: ignore[assignment]

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = {str(file.pk): file for file in ticket.attachments.order_by("id")}
        self.fields["old_files"].choices = [(pk, file.name) for pk, file in self.kept.items()]  # type: ignore[attr-defined]
        if not self.kept:
            del self.fields["old_files"]

    def attachments(self) -> list[Attachment]:
        """What goes along: copies of the ticket's files, and new ones."""
        old = [_copy(self.kept[pk]) for pk in self.cleaned_data.get("old_files", [])]
        return new_attachments([*old, *self.cleaned_data["files"]])


class ForwardForm(SideForm):
    """The beginning of a side conversation."""

    address = forms.EmailField(label=gettext_lazy("To"), max_length=254)
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)
    field_order = ("address", "subject", "body", "old_files", "files")


class NewMailForm(SideForm):
    """A mail to the ticket's customer that begins another ticket."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)
    field_order = ("subject", "body", "old_files", "files")


def _copy(file: Attachment) -> CheckedUpload:
    # A file of its own: what becomes of the one must not happen to the other.
    held: Any = File(file.file.open("rb"), file.name)
    return CheckedUpload(held, file.name, file.content_type, file.size, file.sha256)


def first_words(ticket: Ticket) -> dict[str, str]:
    """What a forwarded mail begins with: the subject, and what the customer wrote last, as a quotation."""
    last = ticket.messages.filter(kind=MessageKind.CUSTOMER).order_by("-id").first()
    said = last.body[:QUOTED] if last else ""
    heading = _("%(name)s wrote:") % {"name": ticket.customer.name}
    quoted = "\n".join(f"> {line}" for line in said.splitlines())
    return {"subject": ticket.subject, "body": f"\n\n{heading}\n{quoted}" if said else ""}


def sides_of(ticket: Ticket) -> QuerySet[SideConversation]:
    """The side conversations that one can go on with on this ticket."""
    merged = Q(ticket__merged_into=ticket.pk, ticket__cancel_reason=CancelReason.MERGED.value)
    return SideConversation.objects.filter(Q(ticket=ticket.pk) | merged)


def _state(side: SideConversation) -> str:
    if side.closed_at:
        return pgettext("side conversation", "Closed")
    return _("Awaits an answer") if side.awaits_answer else pgettext("side conversation", "Answered")


def sides_in_words(ticket: Ticket, moments: Moments) -> list[dict[str, Any]]:
    """The side conversations of a ticket and of those merged into it, the newest first; one query."""
    return [
        {
            "id": side.pk,
            "address": side.address,
            "subject": side.subject,
            "state": _state(side),
            "is_closed": side.closed_at is not None,
            "age": moments.age(side.created_at),
            "full": moments.full(side.created_at),
        }
        for side in sides_of(ticket).order_by("-id")
    ]
