"""What calendars and policies have in common in the admin: each change gets a reason and makes a version."""

from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from sla.differences import differences
from sla.services import record_version, restore_version

_MISSING = _("Fill in “Reason for the change”: this changes what tickets are promised.")


class ReasonForm(forms.ModelForm):
    """A form that asks why when something changes that shapes promises."""

    # The fields that shape promises; empty means all.
    SHAPING: tuple[str, ...] = ()
    # Off where the form is only tried out.
    asks_reason = True

    change_reason = forms.CharField(
        label=_("Reason for the change"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Stands in the history of versions. Tickets that are open keep what they were promised."),
    )

    def clean(self) -> Any:
        cleaned = super().clean()
        changed = set(self.changed_data) - {"change_reason"}
        shapes = changed & set(self.SHAPING) if self.SHAPING else changed
        if self.asks_reason and self.instance.pk and shapes and not self.cleaned_data.get("change_reason"):
            self.add_error("change_reason", _("Say why: this changes what tickets are promised."))
        return cleaned


class ReasonFormSet(forms.BaseInlineFormSet):
    """Rows that shape promises, and so ask for the reason in the form that they belong to."""

    # Off where the form is only tried out.
    asks_reason = True

    def clean(self) -> None:
        super().clean()
        is_asked = (
            self.asks_reason
            and self.instance.pk
            and self.has_changed()
            and not any(form.errors for form in self.forms)
        )
        if is_asked and not str(self.data.get("change_reason", "")).strip():
            raise ValidationError(_MISSING, code="no_reason")


class VersionedAdmin(admin.ModelAdmin):
    """Records a version after each change, shows all of them, and restores an earlier one."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.asks_reason = not request.path.endswith("/try/")
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = [*super().get_fieldsets(request, obj)]
        if obj and self.has_change_permission(request, obj):
            fieldsets.append((_("Why"), {"fields": ("change_reason",)}))
        return fieldsets

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for name in super().get_fields(request, obj) if name != "change_reason"]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        reason = form.cleaned_data.get("change_reason", "")
        is_changed = any(formset.has_changed() for formset in formsets)
        record_version(form.instance, actor=request.user, reason=reason, is_changed=is_changed)

    def get_urls(self) -> list[Any]:
        """The history of versions and the restoring of one, besides Django's."""
        view, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path("<int:pk>/versions/", view(self.versions_view), name=f"{name}_versions"),
            path(
                "<int:pk>/versions/<int:number>/restore/",
                view(require_POST(self.restore_view)),
                name=f"{name}_restore",
            ),
        ]
        return own + super().get_urls()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        if row and row.pk:
            context["versions_url"] = f"admin:{self.opts.app_label}_{self.opts.model_name}_versions"
        return super().render_change_form(request, context, *args, **kwargs)

    def versions_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Every version with what it changed, newest first."""
        row = self._row(request, pk)
        versions = list(row.versions.select_related("made_by").order_by("-number"))
        for newer, older in pairwise(versions):
            newer.changes = differences(older.data, newer.data)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Versions of %(name)s") % {"name": row},
            "opts": self.opts,
            "row": row,
            "versions": versions,
            "can_restore": self.has_change_permission(request, row),
            "change_url": f"admin:{self.opts.app_label}_{self.opts.model_name}_change",
            "restore_url": f"admin:{self.opts.app_label}_{self.opts.model_name}_restore",
        }
        return TemplateResponse(request, "admin/sla/versions.html", context)

    def restore_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Make a calendar or policy what it once was, as a new version."""
        row = self._row(request, pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        version = get_object_or_404(row.versions, number=number)
        here = redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_versions", pk)
        reason = request.POST.get("reason", "").strip()[:500]
        if not reason:
            messages.error(request, _("Say why: this changes what tickets are promised."))
            return here
        try:
            made = restore_version(version, actor=request.user, reason=reason)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            said = gettext("Version %(old)d is restored as version %(new)d.")
            messages.success(request, said % {"old": number, "new": made.number})
        return here

    def _row(self, request: HttpRequest, pk: int) -> Any:
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return row
