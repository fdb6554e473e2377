"""The admin's pages about guards on steps."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import CategoryField
from common.wording import clauses, listed, quoted
from staff.models import Role
from tickets.admin.parts import CategoryTreeAdmin
from tickets.models import Guard


def field_choices() -> dict[str, str]:
    """What a guard can require to be filled in: code → name."""
    found = {"product": gettext("product"), "order": gettext("order")}
    for field in CategoryField.objects.select_related("category").order_by("category__path", "position"):
        found.setdefault(field.key, field.label)
    return found


def guard_line(guard: Guard, names: dict[str, str]) -> str:
    """What a guard does, in one sentence."""
    words: dict[str, Any] = {"step": guard.get_step_display(), "category": guard.category}
    if guard.category:
        begin = gettext("“%(step)s” on tickets of “%(category)s” and everything below it:") % words
    else:
        begin = gettext("“%(step)s” on all tickets:") % words
    needs = []
    if guard.required_fields:
        fields = listed(quoted(names.get(name, name)) for name in guard.required_fields)
        needs.append(gettext("only when %(fields)s is filled in") % {"fields": fields})
    if guard.required_role:
        needs.append(gettext("only by the role “%(role)s”") % {"role": Role.words(guard.required_role)})
    if guard.note_required:
        needs.append(gettext("only with a note or a reply"))
    if guard.checklist_required:
        needs.append(gettext("only when the checklists are done"))
    return f"{begin} {clauses(needs)}"


class GuardForm(forms.ModelForm):
    required_fields = forms.MultipleChoiceField(
        label=_("Required fields"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "These must be filled in before the step. An extra field counts only where the ticket’s category has it."
        ),
    )

    class Meta:
        model = Guard
        fields = ("required_fields",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "required_fields" in self.fields:
            names = field_choices()
            # What was required stays visible, even when its field is gone.
            names.update({name: name for name in self.instance.required_fields if name not in names})
            self.fields["required_fields"].choices = list(names.items())  # type: ignore[attr-defined]


@admin.register(Guard)
class GuardAdmin(CategoryTreeAdmin):
    """What a step requires besides what the life cycle requires."""

    form = GuardForm
    list_display = ("name", "sentence", "is_active")
    list_editable = ("is_active",)
    list_filter = ("step",)
    readonly_fields = ("sentence",)
    fieldsets = (
        (None, {"fields": ("sentence", "name", "is_active")}),
        (_("Which step of which tickets"), {"fields": ("step", "category")}),
        (
            _("What it requires"),
            {
                "description": _(
                    "At least one of these. Customers are never held up by a guard: what is missing then is "
                    "for the staff to add."
                ),
                "fields": ("required_fields", "required_role", "note_required", "checklist_required"),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Guard]:
        return super().get_queryset(request).select_related("category", "required_role")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and db_field.name == "required_role":
            field.label_from_instance = Role.words
            field.help_text = _(
                "Only people of this role may take the step. Empty: everybody who otherwise may."
            )
        return field

    @admin.display(description=_("what it does"))
    def sentence(self, guard: Guard) -> str:
        """What it does, in one sentence."""
        if not guard.pk:
            return gettext("Save it to read it as a sentence.")
        return guard_line(guard, getattr(guard, "field_names", None) or field_choices())

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with the names of the fields read once for all rows."""
        found, names = super().get_changelist_instance(request), field_choices()
        for guard in found.result_list:
            guard.field_names = names
        return found
