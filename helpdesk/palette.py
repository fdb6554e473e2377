"""The command palette: every page, step, template and setting that one person may reach, found by some characters."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.fuzzy import rank
from staff.http import AgentRequest
from tickets.desk.offered import offered_templates
from tickets.desk.page import can_take, step_buttons
from tickets.desk.queues import QUEUES
from tickets.desk.search.words import NUMBER
from tickets.models import SavedView, Ticket
from tickets.rulebook import current_rulebook
from tickets.services import macros_for
from tickets.services.macros import obstacle
from tickets.workflow import STEPS

# So many of each kind are shown.
MOST, MOST_AT_FIRST = 8, 6
ADD = pgettext_lazy("in the command palette", "New: %(name)s")


@dataclass(frozen=True)
class Command:
    """One line of the palette.

    It does one of: lead to `url`, open `dialog` in the ticket page's dialog, press what `press` selects on the page or
    the page's key `key`, insert `text`.
    """

    label: str
    icon: str
    names: tuple[str, ...]
    url: str = ""
    dialog: str = ""
    press: str = ""
    key: str = ""
    text: str = ""
    about: str = ""
    reasons: tuple[str, ...] = ()


@dataclass
class Group:
    """The commands of one kind, those that fit best first."""

    label: Any
    commands: list[Command] = field(default_factory=list)


def _every(label: Any) -> dict[str, str]:
    """A label in every language: an agent who reads Chinese may type the English name."""
    words = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            words[code] = str(label)
    return words


def _names(label: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_every(label).values()))


def _names_of(row: Any) -> tuple[str, ...]:
    return (row.name, row.name_zh_hans, row.name_zh_hant)


def _command(label: Any, icon: str, **does: Any) -> Command:
    return Command(str(label), icon, _names(label), **does)


def find_commands(request: AgentRequest, query: str, ticket: Ticket | None) -> list[Group]:
    """What fits the query, by kind; for none the steps and pages one needs most."""
    query = query.strip()
    kinds: list[tuple[Any, Iterable[Command]]] = [
        (_("Tickets"), _by_number(request, query)),
        (_("This ticket"), _on_ticket(request, ticket) if ticket else ()),
        (pgettext_lazy("places to go to", "Pages"), _pages(request)),
        (_("Macros"), _macros(request, ticket) if ticket and query else ()),
        (_("Reply templates"), _templates(request, ticket) if ticket else ()),
        (_("Administration"), _settings(request) if query else ()),
    ]
    groups = [Group(label, _best(query, commands)) for label, commands in kinds]
    return [group for group in groups if group.commands]


def _best(query: str, commands: Iterable[Command]) -> list[Command]:
    if not query:
        return list(commands)[:MOST_AT_FIRST]
    ranked = [(rank(query, command.names), command) for command in commands]
    fitting = sorted((pair for pair in ranked if pair[0] > 0), key=lambda pair: -pair[0])
    return [command for _rank, command in fitting[:MOST]]


def _by_number(request: AgentRequest, query: str) -> Iterator[Command]:
    number = NUMBER.fullmatch(query)
    if number is None:
        return
    found = (
        Ticket.objects.visible_to(request.user).filter(pk=int(number[1])).only("subject", "status").first()
    )
    if found is not None:
        yield Command(
            str(found), "ticket-detailed", (query,), url=found.get_absolute_url(), about=found.get_status_display()
        )  # fmt: skip


def _on_ticket(request: AgentRequest, ticket: Ticket) -> Iterator[Command]:
    """The steps, the possible ones first, and what else one does on the page."""
    rulebook = current_rulebook()
    # The conditions of the steps would ask the database for what is at hand.
    ticket.has_told_customer = ticket.first_response_at is not None
    if can_take(ticket, request.user, rulebook):
        yield _command(_("Assign to me"), "person-check", press="#assign-to-me button")
    buttons = step_buttons(ticket, request.user, rulebook)
    for step in sorted(buttons, key=lambda step: bool(step["reasons"])):
        press = f".steps form:has(input[name=step][value={step['name']}]) button"
        yield Command(
            str(step["label"]), step["icon"], (*_names(STEPS[step["name"]].label), step["name"]),
            press=press if step["is_direct"] else f".steps a[href='{step['url']}']", reasons=tuple(step["reasons"]),
        )  # fmt: skip
    yield _command(_("Reply to the customer"), "reply", key="r")
    yield _command(_("Write an internal note"), "sticky", key="n")
    yield _command(_("Change the subject"), "pencil", press="#subject .pencil")
    yield _command(_("Change the facts"), "pencil", press="#facts .pencil")
    yield _command(_("Change the tags"), "tags", press="#tags .pencil")
    yield _command(_("Use a macro"), "lightning", key="m")
    yield _command(_("Forward"), "forward", press="#write a[href$='/forward/']")
    yield _command(_("Articles"), "book", press="#write a[href$='/articles/']")
    yield _command(_("Merge"), "sign-merge-left", key="M")
    yield _command(_("Link"), "link-45deg", key="l")
    yield _command(_("Child ticket"), "diagram-2", press="#child-link")
    yield _command(_("Choose when to come back"), "calendar-event", press="#follow-up-link")
    yield _command(_("Its way"), "diagram-2", url=reverse("tickets:ticket-flow", args=[ticket.pk]))
    yield _command(_("Watch or stop watching"), "eye", press=".watch button")


def _pages(request: AgentRequest) -> Iterator[Command]:
    """The pages of the desk and of one's own."""
    user = request.user
    for queue in QUEUES.values():
        yield _command(queue.label, queue.icon, url=reverse("tickets:queue", args=[queue.name]))
    for view in SavedView.objects.visible_to(user):
        yield Command(str(view), "layout-text-sidebar", _names_of(view), url=view.get_absolute_url())
    yield _command(_("New ticket"), "telephone-plus", url=reverse("tickets:create"))
    yield _command(_("Board"), "kanban", url=reverse("tickets:board"))
    yield _command(_("Flow"), "diagram-2", url=reverse("tickets:flow"))
    yield _command(_("All views"), "list-ul", url=reverse("tickets:views"))
    yield _command(_("New view"), "plus-lg", url=reverse("tickets:new-view"))
    yield _command(_("Bulk changes"), "ui-checks", url=reverse("tickets:bulk"))
    yield _command(_("Notices"), "bell", url=reverse("tickets:notices"))
    yield _command(_("Home"), "house", url=reverse("home"))
    yield _command(_("Duty"), "calendar-week", url=reverse("tickets:duty"))
    yield _command(_("Help centre"), "book", url=reverse("knowledgebase:help-centre"))
    if user.has_perm("tickets.view_overview"):
        yield _command(_("Overview"), "bar-chart", url=reverse("overview"))
    if user.is_staff:
        yield _command(_("Administration"), "sliders", url=reverse("admin:index"))
    yield _command(_("Your profile"), "person-gear", url=reverse("staff:profile"))
    yield _command(_("Change password"), "key", url=reverse("account_change_password"))
    yield _command(_("Two-factor sign-in"), "shield-lock", url=reverse("mfa_index"))
    yield _command(_("API"), "braces", url=reverse("api:docs"))


def _macros(request: AgentRequest, ticket: Ticket) -> Iterator[Command]:
    """The macros, to be looked at before they are used."""
    for macro in macros_for(request.user, ticket):
        reason = obstacle(macro, ticket)
        yield Command(
            str(macro), "lightning", _names_of(macro), dialog=reverse("tickets:use-macro", args=[ticket.pk, macro.pk]),
            reasons=(reason,) if reason else (),
        )  # fmt: skip


def _templates(request: AgentRequest, ticket: Ticket) -> Iterator[Command]:
    for template in offered_templates(ticket, request.user):
        yield Command(
            template["label"], "card-text", template["names"], text=template["text"], about=template["text"][:90]
        )  # fmt: skip


def _settings(request: AgentRequest) -> Iterator[Command]:
    """What the person may look at and add in the administration."""
    if not request.user.is_staff:
        return
    for group in admin.site.get_app_list(request):
        for model in group["models"]:
            label = model["model"]._meta.verbose_name_plural
            if model["admin_url"]:
                yield Command(
                    str(model["name"]), group["icon"], (*_names(label), model["name"]),
                    url=model["admin_url"], about=str(group["name"]),
                )  # fmt: skip
            if model["add_url"]:
                yield _new(model, group)


def _new(model: dict[str, Any], group: dict[str, Any]) -> Command:
    name = model["model"]._meta.verbose_name
    texts, called = _every(ADD), _every(name)
    names = tuple(texts[code] % {"name": called[code]} for code in texts)
    return Command(
        str(ADD) % {"name": name}, "plus-lg", names, url=model["add_url"], about=str(group["name"])
    )
