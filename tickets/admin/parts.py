"""Parts of several of these pages."""

import re
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext

from catalog.admin import TreeChoiceField
from catalog.models import Category
from staff.models import User
from tickets.models import Ticket

_NUMBER = re.compile(r"\s*(?:HD-?)?0*(\d{1,12})\s*", re.IGNORECASE)


def staff_user(request: HttpRequest) -> User:
    """Who is signed in; the admin lets nobody else come so far."""
    return cast(User, request.user)


class CategoryTreeAdmin(admin.ModelAdmin):
    """Categories are chosen from the tree, each moved in by its depth."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Category:
            kwargs.setdefault("form_class", TreeChoiceField)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def ticket_to_show(user: Any, number: str) -> Ticket | None:
    """The ticket of that number, or the newest when none is named; None when there is none that he may see."""
    tickets = Ticket.objects.visible_to(user).order_by("-id")
    tickets = tickets.select_related("customer", "product", "order", "team", "assignee")
    if not number.strip():
        return tickets.first()
    found = _NUMBER.fullmatch(number)
    return tickets.filter(pk=int(found[1])).first() if found else None


def preview_page(model_admin: admin.ModelAdmin, request: HttpRequest, pk: int) -> dict[str, Any]:
    """What the page with a template's preview on a real ticket shows, without the texts; 404 and 403 as Django's pages.

    `original` is the template, `ticket` the ticket that was asked for, or None.
    """
    template = model_admin.get_object(request, str(pk))
    if template is None:
        raise Http404
    if not model_admin.has_view_permission(request, template):
        raise PermissionDenied
    number = request.GET.get("ticket", "")
    ticket = ticket_to_show(request.user, number)
    return {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Preview: %(name)s") % {"name": template},
        "opts": model_admin.opts,
        "original": template,
        "ticket": ticket,
        "number": number or (ticket.number if ticket else ""),
    }
