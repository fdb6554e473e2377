"""Which tickets a bulk change is about, the forms of its actions, and its job in words."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import Priority
from catalog.models import Tag
from staff.models import User
from tickets.choices import CancelReason
from tickets.desk.filters import Filters, category_choices
from tickets.desk.forms import people_of
from tickets.desk.keys import read_key
from tickets.desk.listing import tickets_of
from tickets.desk.queues import QUEUES
from tickets.desk.saved_views import order_of, show
from tickets.models import BulkAction, BulkItem, BulkJob, ReplyTemplate, SavedView, Ticket
from tickets.rulebook import Rulebook
from tickets.services.bulk import MOST_TICKETS, plan_of
from tickets.services.bulk.actions import STEPS_IN_BULK
from tickets.workflow import STEPS, actor_kinds

PAGE = 100
EMPTY = ("", "---------")


@dataclass(frozen=True)
class Selection:
    """The tickets that were chosen: marked ones, or a whole list as it is now."""

    keys: list[int]
    name: str = ""
    # What the next form sends again.
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def is_too_much(self) -> bool:
        """Whether there are more than one job takes."""
        return len(self.keys) > MOST_TICKETS


def read_selection(data: QueryDict, user: User, rulebook: Rulebook) -> Selection:
    """The selection that a form sends; what one may not see is left out."""
    name, tickets, order = _list_of(data, user, rulebook)
    if data.get("whole") and tickets is not None:
        keys = list(tickets.order_by(*order).values_list("pk", flat=True)[: MOST_TICKETS + 1])
        kept: tuple[tuple[str, str], ...] = (
            ("whole", "1"),
            ("of", data.get("of", "")),
            ("query", data.get("query", "")),
        )
        return Selection(keys, name, kept)
    asked = {key for text in data.getlist("tickets")[:MOST_TICKETS] if (key := read_key(text))}
    seen = Ticket.objects.visible_to(user).filter(pk__in=asked).order_by("-id").values_list("pk", flat=True)
    keys = list(seen)
    kept = tuple(("tickets", str(key)) for key in keys)
    return Selection(keys, name, (*kept, ("of", data.get("of", "")), ("query", data.get("query", ""))))


def _list_of(data: QueryDict, user: User, rulebook: Rulebook) -> tuple[str, Any, tuple[str, ...]]:
    kind, _dash, key = data.get("of", "").partition("-")
    if kind == "view":
        view = SavedView.objects.visible_to(user).filter(pk=read_key(key)).first()
        if view is not None:
            return view.label, show(view, user, rulebook).tickets, order_of(view)
    if kind == "queue" and key in QUEUES:
        filters = Filters.read(QueryDict(data.get("query", "").lstrip("?")))
        return str(QUEUES[key].label), tickets_of(QUEUES[key], filters, user, rulebook), QUEUES[key].order
    return "", None, ()


class BulkForm(forms.Form):
    """What an action needs besides the tickets."""

    def __init__(self, *args: Any, user: User, rulebook: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.rulebook = user, rulebook
        self.prepare()

    def prepare(self) -> None:
        """Fill in what there is to choose from."""

    def details(self) -> dict[str, Any]:
        """Codes and ids, as the job keeps them."""
        return {name: value for name, value in self.cleaned_data.items() if value}


def note_field(label: Any = None) -> forms.CharField:
    """A box for the note, which some steps require as their reason."""
    label = label or _("Note (optional)")
    return forms.CharField(
        label=label, required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )


class AssignForm(BulkForm):
    to = forms.ChoiceField(label=_("To whom?"))
    note = note_field()

    def prepare(self) -> None:
        teams = sorted((team.label, f"team-{pk}") for pk, team in self.rulebook.teams.items())
        people = [(str(user.pk), str(user)) for user in people_of(()) if user.pk != self.user.pk]
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            EMPTY, (str(self.user.pk), pgettext_lazy("assignee", "Me")),
            (_("Team"), [(key, label) for label, key in teams]), (_("Person"), people),
        ]  # fmt: skip

    def details(self) -> dict[str, Any]:
        to, note = self.cleaned_data["to"], self.cleaned_data["note"]
        if to.startswith("team-"):
            return {"team": int(to.removeprefix("team-")), "note": note}
        return {"assignee": int(to), "note": note}


class ClassifyForm(BulkForm):
    category = forms.ChoiceField(label=_("Category"), required=False)
    priority = forms.ChoiceField(label=_("Priority"), required=False)
    note = note_field()

    def prepare(self) -> None:
        stays = ("", _("as it is"))
        self.fields["category"].choices = [stays, *category_choices(self.rulebook)]  # type: ignore[attr-defined]
        self.fields["priority"].choices = [stays, *Priority.choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not (cleaned.get("category") or cleaned.get("priority")):
            self.add_error("category", _("Choose a category, a priority or both."))
        return cleaned

    def details(self) -> dict[str, Any]:
        found = super().details()
        return found | ({"category": int(found["category"])} if "category" in found else {})


class TagForm(BulkForm):
    tags = Tag.objects.filter(is_active=True)
    add = forms.ModelMultipleChoiceField(
        label=_("Add"), queryset=tags, required=False, widget=forms.CheckboxSelectMultiple
    )
    remove = forms.ModelMultipleChoiceField(
        label=_("Take off"), queryset=Tag.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        add, remove = set(cleaned.get("add") or ()), set(cleaned.get("remove") or ())
        if not add and not remove:
            self.add_error("add", _("Choose at least one."))
        elif add & remove:
            self.add_error("remove", _("A tag cannot be added and taken off at once."))
        return cleaned

    def details(self) -> dict[str, Any]:
        return {name: [tag.pk for tag in self.cleaned_data[name]] for name in ("add", "remove")}


class ReplyForm(BulkForm):
    template = forms.ModelChoiceField(
        label=_("Template"), queryset=ReplyTemplate.objects.filter(is_active=True),
        help_text=_("Each customer gets it in his language, filled for his ticket."),
    )  # fmt: skip
    step = forms.ChoiceField(
        label=_("And then"), required=False,
        choices=[("", _("only send")), ("wait", STEPS["wait"].label), ("resolve", STEPS["resolve"].label)],
    )  # fmt: skip

    def details(self) -> dict[str, Any]:
        return {"template": self.cleaned_data["template"].pk, "step": self.cleaned_data["step"]}


class StepForm(BulkForm):
    step = forms.ChoiceField(label=_("Step"))
    cancel_reason = forms.ChoiceField(
        label=_("Why cancelled"), required=False, help_text=_("Only for “Cancel”."),
        choices=[EMPTY, *(pair for pair in CancelReason.choices if pair[0] != CancelReason.MERGED)],
    )  # fmt: skip
    note = note_field(_("Reason or note"))

    def prepare(self) -> None:
        kinds = actor_kinds(self.user)
        steps = [(name, STEPS[name].label) for name in STEPS_IN_BULK if kinds & STEPS[name].kinds]
        self.fields["step"].choices = [EMPTY, *steps]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        step = cleaned.get("step")
        if step == "cancel" and not cleaned.get("cancel_reason"):
            self.add_error("cancel_reason", _("Say why they are cancelled."))
        if step in ("hand_back", "reopen", "restore") and not cleaned.get("note", "").strip():
            self.add_error("note", _("Give a reason."))
        if step != "cancel":
            cleaned["cancel_reason"] = ""
        return cleaned


class MergeForm(BulkForm):
    number = forms.CharField(
        label=_("Merge into the ticket with the number"), max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "HD-000123"}),
        help_text=_("Only tickets of the same customer can be merged."),
    )  # fmt: skip
    note = note_field()

    def clean_number(self) -> int:
        key = read_key(self.cleaned_data["number"].upper().replace("HD-", "").strip())
        if not Ticket.objects.visible_to(self.user).filter(pk=key).exists():
            raise forms.ValidationError(
                _("There is no other ticket with this number. Write it like HD-000123.")
            )
        return key

    def details(self) -> dict[str, Any]:
        return {"into": self.cleaned_data["number"], "note": self.cleaned_data["note"]}


FORMS: dict[str, type[BulkForm]] = {
    BulkAction.ASSIGN: AssignForm, BulkAction.CLASSIFY: ClassifyForm, BulkAction.TAG: TagForm,
    BulkAction.REPLY: ReplyForm, BulkAction.STEP: StepForm, BulkAction.MERGE: MergeForm,
}  # fmt: skip


def what_it_does(job: BulkJob) -> list[str]:
    """What was asked for besides the action: to whom, which category, tags, step."""
    plan = plan_of(job.action, job.details, job.started_by)
    found = [
        str(thing) for thing in (plan.assignee, plan.team, plan.category, plan.template) if thing is not None
    ]
    found += [str(Priority(plan.priority).label)] if plan.priority in Priority.values else []
    found += [f"+ {tag}" for tag in sorted(map(str, plan.add))] + [
        f"− {tag}" for tag in sorted(map(str, plan.remove))
    ]
    found += [str(STEPS[plan.step].label)] if plan.step in STEPS else []
    reason = plan.extra.get("cancel_reason")
    found += [str(CancelReason(reason).label)] if reason in CancelReason.values else []
    found += [plan.into.number] if plan.into else []
    return [*found, *([plan.note] if plan.note else []), *([plan.problem] if plan.problem else [])]


def progress_of(job: BulkJob) -> dict[str, Any]:
    """How far a job is, in numbers; one query."""
    found = job.items.order_by().values_list("state").annotate(Count("id"))
    counts = {state.value: 0 for state in BulkItem.State} | dict(found)
    total = sum(counts.values())
    settled = total - counts[BulkItem.State.PENDING]
    percent = 100 if job.finished_at else min(99, settled * 100 // max(1, total))
    return {"counts": counts, "total": total, "settled": settled, "percent": percent}


def items_of(job: BulkJob, state: str, after: str) -> tuple[list[dict[str, Any]], str]:
    """A page of a job's tickets in words, and the key where the next begins; one query."""
    items = job.items.select_related("ticket").order_by("id")
    if state in BulkItem.State.values:
        items = items.filter(state=state)
    rows = list(items.filter(pk__gt=read_key(after))[: PAGE + 1])
    shown = rows[:PAGE]
    lines = [
        {
            "number": item.ticket.number,
            "subject": item.ticket.subject,
            "url": item.ticket.get_absolute_url(),
            "state": item.state,
            "state_label": item.get_state_display(),
            "reasons": item.reasons,
        }
        for item in shown
    ]
    return lines, str(shown[-1].pk) if len(rows) > PAGE else ""
