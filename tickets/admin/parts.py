"""Parts of several of these pages."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest

from catalog.admin import TreeChoiceField
from catalog.models import Category
from staff.models import User


def staff_user(request: HttpRequest) -> User:
    """Who is signed in; the admin lets nobody else come so far."""
    return cast(User, request.user)


class CategoryTreeAdmin(admin.ModelAdmin):
    """Categories are chosen from the tree, each moved in by its depth."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Category:
            kwargs.setdefault("form_class", TreeChoiceField)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
