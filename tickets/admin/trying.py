"""“Try it”: what a rule would do to the latest tickets, as saved or as it stands in the form; nothing is saved."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tickets.admin.parts import staff_user
from tickets.admin.what_if import is_next_piece
from tickets.dry_run import LATEST
from tickets.models import Ticket


class TryItAdmin(admin.ModelAdmin):
    """A model whose rows can be tried out; `tries` does it and `tries_template` shows it."""

    change_form_template = "admin/tickets/try_it_form.html"
    tries_template: str

    def tries(self, row: Any, tickets: Any, chosen: dict[str, Any]) -> list[Any]:
        """What the row would do to the tickets; `chosen` has its many-to-many values, which it may not have saved."""
        raise NotImplementedError

    def more_context(self, request: HttpRequest, row: Any, chosen: dict[str, Any]) -> dict[str, Any]:
        """What else is shown of what stands in the form."""
        return {}

    def get_urls(self) -> list[Any]:
        """The pages that try a row out, besides Django's."""
        view, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path("try/", view(self.try_new), name=f"{name}_try_new"),
            path("<int:pk>/try/", view(self.try_row), name=f"{name}_try"),
        ]
        return own + super().get_urls()

    @admin.display(description=_("dry run"))
    def try_link(self, row: Any) -> str:
        """The way to its dry run."""
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_try", args=[row.pk])
        return format_html(
            '<a href="{}">{}<span class="visually-hidden"> {}</span></a>', url, gettext("Try it"), row
        )

    def try_new(self, request: HttpRequest) -> HttpResponse:
        """Try a row that is being written; nothing is saved."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._try_form(request, None)

    def try_row(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try a row as it is saved, or as its form holds it; nothing is saved."""
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        if request.method == "POST":
            if not self.has_change_permission(request, row):
                raise PermissionDenied
            return self._try_form(request, row)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return self._show(request, row, self.tries_context(request, row))

    def tries_context(self, request: HttpRequest, row: Any, chosen: Any = None) -> dict[str, Any]:
        """What the page shows of a dry run."""
        if chosen is None:
            chosen = {field.name: getattr(row, field.name).all() for field in self.opts.many_to_many}
        tries = self.tries(row, Ticket.objects.visible_to(staff_user(request)), chosen)
        return {
            "tried": row,
            "tries": tries,
            "tries_template": self.tries_template,
            "decided_count": sum(one.earlier is None for one in tries),
            "latest": LATEST,
        }

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_try"
        context["try_url"] = reverse(name, args=[row.pk]) if row else reverse(f"{name}_new")
        if row and request.method == "GET":
            context.update(self.tries_context(request, row))
        return super().render_change_form(request, context, *args, **kwargs)

    def _try_form(self, request: HttpRequest, row: models.Model | None) -> HttpResponse:
        form = self.get_form(request, row, change=row is not None)(request.POST, instance=row)
        if not form.is_valid():
            return self._show(request, row, {"form_errors": errors_of(form)})
        chosen = {field.name: form.cleaned_data.get(field.name, ()) for field in self.opts.many_to_many}
        more = self.more_context(request, form.instance, chosen)
        if is_next_piece(request):
            return render(request, "admin/tickets/partials/_what_if.html", more)
        return self._show(request, form.instance, self.tries_context(request, form.instance, chosen) | more)

    def _show(self, request: HttpRequest, row: Any, context: dict[str, Any]) -> HttpResponse:
        if request.headers.get("HX-Request"):
            return render(request, "admin/tickets/partials/_tries.html", context)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Dry run: %(name)s") % {"name": row} if row else gettext("Dry run"),
            "opts": self.opts,
            "row": row,
            **context,
        }
        return render(request, "admin/tickets/try_it.html", context)


def errors_of(form: Any) -> list[tuple[str, str]]:
    """Each error of the form with the name of its field."""
    return [
        (str(form.fields[name].label) if name in form.fields else "", str(reason))
        for name, reasons in form.errors.items()
        for reason in reasons
    ]
