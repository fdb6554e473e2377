"""Parts of several of these pages."""

import re
from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest

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
