"""What agents fill in: replies and notes, and the small forms of the steps."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import Priority
from common.uploads import CheckedUpload, check_upload
from common.wording import listed
from staff.models import Membership, Team, User
from tickets.choices import CancelReason, MessageKind
from tickets.desk.addresses import AddressesField
from tickets.desk.filters import category_choices
from tickets.desk.keys import read_key
from tickets.desk.offered import offered_templates
from tickets.models import Draft, Ticket
from tickets.rulebook import Rulebook
from tickets.services import (
    add_reply,
    assign_to_team,
    drafts_of,
    merge_tickets,
    open_marks,
    take_step,
    undo_time,
)
from tickets.services.drafts import KINDS
from tickets.workflow import STEPS

LONGEST_MESSAGE = 50_000
TEXT_ERRORS = {
    "required": _("Write something first."),
    "max_length": _(
        "The text has %(show_value)d characters; up to %(limit_value)d can be sent. "
        "Shorten it, or attach it as a file."
    ),
}
# “Send and …”: the steps that may go with a reply.
SENDING = {"wait": _("Send and wait"), "resolve": _("Send and resolve")}


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each looked at by common.uploads."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[CheckedUpload]:
        uploads, errors = [], []
        for file in data or []:
            try:
                uploads.append(check_upload(file))
            except ValidationError as error:
                errors += error.messages
        if errors:
            raise ValidationError(errors)
        return uploads


class OneFileField(forms.FileField):
    """One file, looked at by common.uploads; the cleaned value is a CheckedUpload or None."""

    widget = forms.FileInput

    def clean(self, data: Any, initial: Any = None) -> CheckedUpload | None:
        return check_upload(data) if data else None


class KeysField(forms.Field):
    """Keys of rows, from hidden inputs of one name; what is none is left out."""

    widget = forms.MultipleHiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: Any) -> list[int]:
        return [key for one in value or [] if (key := read_key(str(one)))]


class VersionedForm(forms.Form):
    """A form that knows which state of the ticket its writer saw."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # The newest event he saw, so that he can be shown what happened since.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class WriteForm(VersionedForm):
    """A reply to the customer, with a step if one is named, or an internal note."""

    kind = forms.ChoiceField(choices=[("reply", ""), ("note", "")])
    body = forms.CharField(
        label=_("Text"), max_length=LONGEST_MESSAGE, widget=forms.Textarea, error_messages=TEXT_ERRORS
    )
    step = forms.ChoiceField(required=False, choices=[("", ""), ("wait", ""), ("resolve", "")])
    cc = AddressesField(label=pgettext_lazy("header of a mail", "Cc"))
    bcc = AddressesField(label=pgettext_lazy("header of a mail", "Bcc"))
    articles = forms.CharField(required=False, max_length=400)
    files = FilesField(label=_("Files"), required=False)  # type: ignore[assignment]
    # The files kept with either draft that the page showed, and those of them that are not wanted.
    kept_reply, kept_note, left_out = KeysField(), KeysField(), KeysField()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == MessageKind.REPLY:
            check_marks(cleaned.get("body", ""))
        return cleaned

    def clean_articles(self) -> list[int]:
        return [key for part in self.cleaned_data["articles"].split(",") if (key := read_key(part))]

    @property
    def draft_files(self) -> list[int]:
        """The keys of the kept files that go with it."""
        kept = self.cleaned_data[f"kept_{self.cleaned_data['kind']}"]
        return [key for key in kept if key not in self.cleaned_data["left_out"]]


class KeepFileForm(forms.Form):
    """A file to be kept with a draft, before it is sent."""

    kind = forms.ChoiceField(choices=[(kind, "") for kind in KINDS])
    key = forms.UUIDField()
    file = OneFileField()


def check_marks(reply: str) -> None:
    """Raise ValidationError for a reply with a mark where its template found nothing."""
    if marks := open_marks(reply):
        raise ValidationError(
            _(
                "Your reply still has %(marks)s where the template found nothing on the ticket. "
                "Write what belongs there, or take it out; then send it."
            )
            % {"marks": listed(marks)}
        )


class StepForm(VersionedForm):
    """The form of a step that asks for nothing more than perhaps a note."""

    note_label: ClassVar[Any] = _("Note (optional)")
    note_required: ClassVar[bool] = False

    note = forms.CharField(required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(
        self, *args: Any, step: str, ticket: Ticket, user: User, rulebook: Rulebook, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.step, self.ticket, self.user, self.rulebook = step, ticket, user, rulebook
        is_guarded = any(guard.note_required for guard in rulebook.guards_for(ticket, step))
        self.fields["note"].required = self.note_required or is_guarded
        self.fields["note"].label = self.note_label if self.note_required or not is_guarded else _("Note")
        self.prepare()
        self.order_fields([name for name in self.fields if name != "note"])

    def prepare(self) -> None:
        """Fill in what there is to choose from."""

    def details(self) -> dict[str, Any]:
        """What the step's method takes."""
        return {}

    def take(self) -> Ticket:
        """Take the step; raise StepRefused or StaleTicket."""
        return take_step(
            self.ticket, self.step, actor=self.user, note=self.cleaned_data["note"],
            expected_version=self.cleaned_data["version"], **self.details(),
        )  # fmt: skip


class ClassifyForm(StepForm):
    category = forms.ChoiceField(label=_("Category"))
    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices)

    def prepare(self) -> None:
        self.fields["category"].choices = [("", "---------"), *category_choices(self.rulebook)]  # type: ignore[attr-defined]
        self.initial.setdefault("category", self.ticket.category_id)
        self.initial.setdefault("priority", self.ticket.priority or Priority.NORMAL)

    def details(self) -> dict[str, Any]:
        category = self.rulebook.categories[int(self.cleaned_data["category"])]
        return {"category": category, "priority": self.cleaned_data["priority"]}


class AssignForm(StepForm):
    """To me, to somebody, or to a team."""

    to = forms.ChoiceField(label=_("To whom?"))

    def prepare(self) -> None:
        serving = self.rulebook.serving_team_ids(self.ticket.category)
        self.people = {user.pk: user for user in people_of(serving)}
        teams = [
            self.rulebook.teams[pk] for pk in serving or self.rulebook.teams if pk in self.rulebook.teams
        ]
        self.teams: dict[int, Team] = {team.pk: team for team in teams}
        present, away = pgettext_lazy("presence", "present"), pgettext_lazy("presence", "away")
        names = [
            (str(pk), f"{user} · {present if user.is_present else away}")
            for pk, user in self.people.items()
            if pk != self.user.pk
        ]
        groups: list[tuple[Any, Any]] = [("", "---------")]
        if self.rulebook.can_serve(self.ticket, self.user):
            groups.append(("me", pgettext_lazy("assignee", "Me")))
        groups.append((_("Team"), [(f"team-{team.pk}", team.label) for team in teams]))
        groups.append((_("Person"), names))
        self.fields["to"].choices = groups  # type: ignore[attr-defined]

    def take(self) -> Ticket:
        to, version = self.cleaned_data["to"], self.cleaned_data["version"]
        if to.startswith("team-"):
            team = self.teams[int(to.removeprefix("team-"))]
            return assign_to_team(
                self.ticket, team, actor=self.user, note=self.cleaned_data["note"], expected_version=version
            )
        return super().take()

    def details(self) -> dict[str, Any]:
        to = self.cleaned_data["to"]
        return {"assignee": self.user if to == "me" else self.people[int(to)]}


def people_of(team_ids: tuple[int, ...]) -> list[User]:
    """The active members of these teams (of any team when none is given), each knowing his teams; two queries."""
    memberships = Membership.objects.filter(user__is_active=True).select_related("user")
    if team_ids:
        memberships = memberships.filter(team__in=team_ids)
    people: dict[int, User] = {}
    teams: dict[int, set[int]] = {}
    for membership in memberships.order_by("-user__is_present", "user__display_name", "user"):
        people.setdefault(membership.user_id, membership.user)
        teams.setdefault(membership.user_id, set()).add(membership.team_id)
    for pk, user in people.items():
        # Known by the query above; the guard asks for it.
        user.team_ids = frozenset(teams[pk])
    return list(people.values())


class ReasonForm(StepForm):
    note_label = _("Reason")
    note_required = True


class ReplyForm(StepForm):
    """A step with the reply that it may need, where the box of the ticket page is not at hand."""

    reply = forms.CharField(
        label=_("Reply to the customer"), max_length=LONGEST_MESSAGE, error_messages=TEXT_ERRORS,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip

    def prepare(self) -> None:
        reply, ticket = self.fields["reply"], self.ticket
        reply.required = not (ticket.has_open_question if self.step == "wait" else ticket.has_told_customer)
        if not reply.required:
            reply.label = _("Reply to the customer (optional)")
        # A guard that asks for a note is content with a reply.
        self.fields["note"].required = False
        if self.draft:
            self.initial["reply"] = self.draft.body

    def clean_reply(self) -> str:
        check_marks(self.cleaned_data["reply"])
        return self.cleaned_data["reply"]

    @cached_property
    def draft(self) -> Draft | None:
        """What was begun, here or on the ticket's page."""
        return drafts_of(self.user, self.ticket).get(MessageKind.REPLY)

    @property
    def button(self) -> Any:
        """What its button says, if it is more than the step."""
        return SENDING[self.step] if self.fields["reply"].required else ""

    @cached_property
    def templates(self) -> list[dict[str, Any]]:
        """The reply templates for the ticket."""
        return offered_templates(self.ticket, self.user)

    def take(self) -> Ticket:
        if not self.cleaned_data["reply"]:
            return super().take()
        return add_reply(
            self.ticket, self.cleaned_data["reply"], actor=self.user, step=self.step,
            note=self.cleaned_data["note"], hold=undo_time(), expected_version=self.cleaned_data["version"],
        ).ticket  # fmt: skip


class CancelForm(StepForm):
    cancel_reason = forms.ChoiceField(label=_("Reason"), choices=[("", "---------"), *CancelReason.choices])
    merge_number = forms.CharField(
        label=_("Merge into the ticket with the number"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "HD-000123"}),
        help_text=_("Only for “Merged into another ticket”."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("cancel_reason") == CancelReason.MERGED:
            pk = read_key(cleaned.get("merge_number", "").upper().replace("HD-", "").strip())
            cleaned["merged_into"] = Ticket.objects.visible_to(self.user).filter(pk=pk).first()
            if not cleaned["merged_into"] or pk == self.ticket.pk:
                self.add_error(
                    "merge_number", _("There is no other ticket with this number. Write it like HD-000123.")
                )
        return cleaned

    def take(self) -> Ticket:
        if (other := self.cleaned_data.get("merged_into")) is not None:
            return merge_tickets(
                self.ticket, other, actor=self.user, note=self.cleaned_data["note"],
                expected_version=self.cleaned_data["version"],
            ).source  # fmt: skip
        return super().take()

    def details(self) -> dict[str, Any]:
        return {"cancel_reason": self.cleaned_data["cancel_reason"]}


STEP_FORMS: dict[str, Callable[..., StepForm]] = {
    **dict.fromkeys(STEPS, StepForm),
    "classify": ClassifyForm,
    "assign": AssignForm,
    "hand_back": ReasonForm,
    "reopen": ReasonForm,
    "restore": ReasonForm,
    "cancel": CancelForm,
}
# On the board, where a card is moved without its ticket's page.
BOARD_FORMS = {**STEP_FORMS, **dict.fromkeys(SENDING, ReplyForm)}
