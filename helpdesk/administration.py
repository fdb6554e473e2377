"""The admin: Django's own, with our words, our index, and the desk's sign-in."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from helpdesk.attention import things_to_look_at


@dataclass(frozen=True)
class Group:
    """What belongs together for somebody who wants to shape it."""

    code: str
    name: Any
    about: Any
    icon: str
    models: tuple[str, ...]


GROUPS: tuple[Group, ...] = (
    Group(
        "rules",
        _("Categories & rules"),
        _("What tickets are about, who gets them, and what each step requires."),
        "diagram-3",
        (
            "catalog.category", "tickets.classifyingrule", "tickets.routingrule", "tickets.route",
            "tickets.guard", "tickets.checklist", "tickets.automationrule", "tickets.savedview", "catalog.product",
            "catalog.tag", "catalog.priorityweight",
        ),
    ),
    Group(
        "promises",
        _("Promises"),
        _("Working hours, holidays, and how soon customers are answered."),
        "stopwatch",
        ("sla.slapolicy", "sla.businesscalendar"),
    ),
    Group(
        "people",
        _("People"),
        _("Who works here, in which team and with which role."),
        "people",
        ("staff.user", "staff.team", "staff.skill", "auth.group", "staff.apitoken"),
    ),
    Group(
        "duty",
        _("Duty"),
        _("Who works when: kinds of shift, rotas and absences. The desk has the week page to plan in."),
        "calendar-week",
        ("staff.shiftpattern", "staff.rota", "staff.absence", "staff.dutyevent"),
    ),
    Group(
        "answers",
        _("Answers"),
        _("Articles for customers and colleagues, ready-made replies, and what the desk writes by itself."),
        "book",
        (
            "knowledgebase.section", "knowledgebase.article", "tickets.replytemplate", "tickets.macro",
            "tickets.mailtemplate",
        ),
    ),
    Group(
        "mail",
        _("Mail"),
        _("The addresses customers write to, every mail that came, and what stands below replies."),
        "envelope",
        ("channels.mailbox", "channels.receivedmail", "channels.senderrule", "channels.signature"),
    ),
    Group(
        "surveys",
        _("Surveys"),
        _("What customers are asked, when, and what they answered."),
        "emoji-smile",
        ("surveys.survey", "surveys.surveyrule", "surveys.invitation", "surveys.response"),
    ),
    Group(
        "customers",
        _("Customers"),
        _("Who asks, how to reach them, and what they bought."),
        "person-hearts",
        ("customers.customer", "customers.organisation", "customers.segment", "customers.order"),
    ),
    Group(
        "history",
        _("History"),
        _("Tickets and what happened to them, to look up. Nothing here can be rewritten."),
        "clock-history",
        ("tickets.ticket", "tickets.message", "tickets.promise", "tickets.event", "tickets.automationrun"),
    ),
)  # fmt: skip
# Whatever else is registered; only administrators have permissions for it.
TECHNICAL = Group(
    "technical", _("Technical"), _("Sign-ins and background work, for administrators."), "gear", ()
)


class HelpDeskAdminSite(admin.AdminSite):
    site_header = _("Help desk administration")
    site_title = _("Administration")
    index_title = _("What you can shape")
    empty_value_display = "–"

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the desk's sign-in: the admin's own form would ask for no second factor."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next") or reverse("admin:index"), settings.LOGIN_URL)
        if not self.has_permission(request):
            raise PermissionDenied(_("The administration is for managers and administrators."))
        return redirect("admin:index")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Send to the one page where everybody changes his password."""
        return redirect("account_change_password")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """What this user may see, by what he wants to do."""
        apps: Any = super().get_app_list(request, app_label)
        found = {model["model"]._meta.label_lower: model for app in apps for model in app["models"]}
        groups = [
            _shown(group, [found.pop(label) for label in group.models if label in found]) for group in GROUPS
        ]
        groups.append(_shown(TECHNICAL, list(found.values())))
        return [group for group in groups if group["models"]]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """What needs attention, then what one can shape."""
        attention = things_to_look_at(request.user)
        return super().index(request, {"attention": attention, **(extra_context or {})})

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Rooms are for programmers: show the index, which is by what one wants to do."""
        return redirect("admin:index")


def _shown(group: Group, models: list[Any]) -> dict[str, Any]:
    return {
        "name": group.name,
        "about": group.about,
        "icon": group.icon,
        "app_label": group.code,
        "app_url": f"{reverse('admin:index')}#{group.code}",
        "has_module_perms": True,
        "models": models,
    }
