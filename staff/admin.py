"""The admin's pages about people: users and their roles, teams, skills, tokens."""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import Count, ManyToManyField, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext

from common.admin_parts import ZonedAdmin
from common.wording import listed
from staff import (
    duty_admin,  # noqa: F401 - it registers its own pages
    role_admin,  # noqa: F401 - it registers its own pages
    services,
)
from staff.models import ApiToken, Membership, Role, Skill, Team, User


def may_make_admins(user: Any) -> bool:
    """Whether the user may give and take the administrator's role."""
    return user.is_superuser or user.has_perm("auth.change_group")


class NewUserForm(AdminUserCreationForm):
    """A new member of staff; without a password he sets one by “Forgot your password?”."""

    class Meta:
        model = User
        fields = ("email", "display_name", "language", "time_zone")

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("There is already a user with this address."))
        return email


class MembershipInline(admin.TabularInline[Membership, Any]):
    model = Membership
    extra = 0
    autocomplete_fields = ("user", "team")


@admin.register(User)
class UserAdmin(ZonedAdmin, DjangoUserAdmin):
    """Members of staff. Only administrators touch administrators, or make them."""

    add_form = NewUserForm
    ordering = ("display_name",)
    list_display = ("display_name", "email", "roles", "is_active", "is_present", "last_login")
    list_filter = ("is_active", "groups", "teams")
    search_fields = ("display_name", "email")
    filter_horizontal = ("skills",)
    readonly_fields = ("password_state", "last_login", "joined_at")
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("email", "display_name", "language", "time_zone")}),
        (_("Work"), {"fields": ("groups", "skills", "capacity", "is_present")}),
        (_("Signing in"), {"fields": ("is_active", "password_state", "last_login", "joined_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "display_name", "language", "time_zone")}),
        (_("Signing in"), {"fields": ("usable_password", "password1", "password2")}),
    )

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        """The words of the user's roles."""
        return listed(Role.words(group) for group in user.groups.all()) or "–"

    @admin.display(description=_("password"))
    def password_state(self, user: User) -> str:
        """Whether there is one, and where to set another; the hash is nobody's business."""
        state = (
            pgettext("password", "set") if user.has_usable_password() else pgettext("password", "not set yet")
        )
        return format_html('{} · <a href="../password/">{}</a>', state, _("Set a new password"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_inlines(self, request: HttpRequest, obj: User | None) -> tuple[Any, ...]:
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        own = ("groups", "is_active")
        # One neither raises one's own role nor locks oneself out.
        return (*self.readonly_fields, *own) if obj == request.user else self.readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody but an administrator changes one: his address or password would be the way to his rights."""
        allowed = super().has_change_permission(request, obj)
        if not allowed or obj is None or may_make_admins(request.user):
            return allowed
        return not (obj.is_superuser or obj.groups.filter(name=Role.ADMIN).exists())

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "groups":
            groups = Group.objects.order_by("id")
            kwargs["queryset"] = groups if may_make_admins(request.user) else groups.exclude(name=Role.ADMIN)
            kwargs["widget"] = forms.CheckboxSelectMultiple
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field and db_field.name == "groups":
            field.label = _("Roles")
            field.help_text = _(
                "What the person may do. Managers and administrators may open this administration."
            )
            # Names are codes; people read words.
            field.label_from_instance = Role.words  # type: ignore[assignment,method-assign]
        return field

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not obj.is_active:
            obj.is_present = False
        was_present = User.objects.filter(pk=obj.pk, is_present=True).exists()
        super().save_model(request, obj, form, change)
        if obj.is_present != was_present:
            services.record_presence(obj, actor=request.user)  # type: ignore[arg-type]
        # An address that was taken away must not open the door any longer.
        EmailAddress.objects.filter(user=obj).exclude(email__iexact=obj.email).delete()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        user = form.instance
        shapes = user.groups.filter(name__in=(Role.MANAGER, Role.ADMIN)).exists()
        User.objects.filter(pk=user.pk).update(is_staff=shapes or user.is_superuser)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        # His own settings go with him, tokens too, which are otherwise not deleted.
        what, counts, _needed, protected = super().get_deleted_objects(objs, request)
        return what, counts, set(), protected

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        user = self.get_object(request, object_id)
        if user and services.has_worked(user):
            text = _(
                "%(user)s has worked here, and past work stays readable. Switch “active” off instead of deleting."
            )
            messages.warning(request, text % {"user": user})
            return redirect("admin:staff_user_change", user.pk)
        return super().delete_view(request, object_id, extra_context)


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin[Team]):
    list_display = ("label", "description", "strategy", "tier", "member_count", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "name_zh_hans", "name_zh_hant")
    fields = (
        ("name", "name_zh_hans", "name_zh_hant"), "description", "is_active", "strategy", "tier",
    )  # fmt: skip
    inlines = (MembershipInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        active = Count("memberships", filter=Q(memberships__user__is_active=True))
        return super().get_queryset(request).annotate(active_members=active)

    @admin.display(description=_("members"), ordering="active_members")
    def member_count(self, team: Team) -> int:
        """How many active members there are."""
        return team.active_members  # type: ignore[attr-defined]


@admin.register(Skill)
class SkillAdmin(admin.ModelAdmin[Skill]):
    list_display = ("code", "name", "name_zh_hans", "name_zh_hant")
    search_fields = ("code", "name", "name_zh_hans", "name_zh_hant")


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    """To see who has tokens and to end them; a token is made by its user alone."""

    list_display = (
        "name",
        "user",
        "prefix",
        "scope",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    list_filter = ("scope", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("name", "user__display_name", "user__email", "prefix")
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whether the user may end others' tokens."""
        return request.user.has_perm("staff.change_apitoken")

    @admin.action(description=_("Revoke the chosen tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        """End the chosen tokens for good."""
        for token in tokens:
            services.revoke_token(token)
        count = len(tokens)
        text = ngettext("%(count)d token is revoked.", "%(count)d tokens are revoked.", count)
        messages.success(request, text % {"count": count})
