"""The admin's pages about roles: which permissions each has."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from staff.models import Role

admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """Roles under the words people use; the four that the product knows keep their names and stay."""

    list_display = ("role",)
    ordering = ("id",)

    @admin.display(description=_("role"), ordering="name")
    def role(self, group: Group) -> str:
        """The word for the role."""
        return Role.words(group)

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        return ("permissions",) if obj and obj.name in Role.values else ("name", "permissions")

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        kept = obj is not None and obj.name in Role.values
        return not kept and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without deleting several at once: that would not ask for each."""
        return {name: act for name, act in super().get_actions(request).items() if name != "delete_selected"}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page names the role by its word."""
        group = self.get_object(request, object_id)
        subtitle = {"subtitle": Role.words(group)} if group else {}
        return super().change_view(request, object_id, form_url, {**subtitle, **(extra_context or {})})
