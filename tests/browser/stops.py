"""Every page that people see, as a list: who opens it, by which address, and in which state."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Page

from channels.models import FileLink
from sla.models import BusinessCalendar, SlaPolicy
from sla.services import record_version
from surveys.models import Survey
from tests.browser.world import STATES, World
from tickets.desk.queues import QUEUES
from tickets.models import (
    AutomationRule,
    ClassifyingRule,
    Macro,
    MailTemplate,
    ReplyTemplate,
    RoutingRule,
    SavedView,
    SideConversation,
    Telling,
    Ticket,
)
from tickets.services import announce, gather

Look = Callable[[World], Any]


@dataclass(frozen=True)
class Stop:
    """One page in one state. `at` gives the argument of its address, or a whole path where it begins with a slash."""

    name: str
    at: Look | Any = None
    query: str = ""
    who: str = ""
    act: Callable[[Page], None] | None = None
    status: int = 200
    after: int = 200  # the status of what `act` sends

    def path(self, world: World) -> str:
        """The address of the page."""
        found = self.at(world) if callable(self.at) else self.at
        if isinstance(found, str) and found.startswith("/"):
            return found + self.query
        arguments = found if isinstance(found, list) else [] if found is None else [found]
        return reverse(self.name, args=arguments) + self.query


def press(selector: str, *, shows: str) -> Callable[[Page], None]:
    """Press something and wait for what it shows."""

    def act(page: Page) -> None:
        page.locator(selector).first.click()
        page.locator(shows).first.wait_for()

    return act


def key(name: str, *, shows: str) -> Callable[[Page], None]:
    """Press a key and wait for what it shows."""

    def act(page: Page) -> None:
        page.keyboard.press(name)
        page.locator(shows).first.wait_for()

    return act


def change_many(action: str, *, look: bool = False) -> Callable[[Page], None]:
    """Mark the first ticket and go on to what is to be done; `look` asks for the forecast of an empty form."""

    def act(page: Page) -> None:
        page.locator(".tickets .what > a").first.focus()
        page.keyboard.press("x")
        page.locator("#bulk-action").select_option(action)
        page.locator("#bulk .btn-primary").click()
        page.locator(".page-bulk").wait_for()
        if look:
            page.locator(".page-bulk [name=stage]").click()
            page.locator(".form-errors").wait_for()

    return act


def type_into(selector: str, text: str, *, shows: str) -> Callable[[Page], None]:
    """Type something and wait for what it shows."""

    def act(page: Page) -> None:
        page.locator(selector).press_sequentially(text)
        page.locator(shows).first.wait_for()

    return act


def sign_in_wrongly(page: Page) -> None:
    """Name an address that nobody has."""
    page.locator("#id_login").fill("nobody@example.com")
    page.locator("#id_password").fill("not this one")
    page.locator("form.sign-in button").click()
    page.locator("[role=alert], .invalid-feedback, .errorlist").first.wait_for()


def ticket(state: str, *more: str) -> Look:
    """The key of the ticket in this state, and what else the address needs."""
    return lambda world: [world.tickets[state].pk, *more]


def a_side(_world: World) -> list[int]:
    """The keys of a ticket and of its side conversation."""
    side = SideConversation.objects.latest("id")
    return [side.ticket_id, side.pk]


def ended_link(_world: World) -> str:
    """A link to a file that has ended."""
    path: str = FileLink.objects.latest("id").get_absolute_url()
    return path


def promise(state: str) -> Look:
    """The keys of the ticket in this state and of its latest promise."""
    return lambda world: [world.tickets[state].pk, world.tickets[state].promises.latest("id").pk]


def row(model: type[Any], *more: Any) -> Look:
    """The key of a row of the model, and what else the address needs."""
    return lambda world: [world.first(model).pk, *more]


def linked(state: str) -> Look:
    """The customer's link to the ticket in this state."""
    return lambda world: world.ticket_link(state)


def survey(state: str) -> Look:
    """The customer's link to the survey in this state."""
    return lambda world: world.survey_link(state)


FAULT = "?category=product-fault"
CUSTOMER = [
    Stop("home"),
    Stop("home", "/nothing-is-here/", status=404),
    Stop("channels:ask"),
    Stop("channels:ask", query=FAULT),
    Stop("channels:ask", query=FAULT, act=press("#ask-form .ask-send", shows=".form-errors")),
    *(Stop("channels:ticket", linked(state)) for state in (*STATES, "merged", "late", "old")),
    Stop("channels:ticket", linked("survey open"), "?sent=question"),
    Stop("channels:ticket", linked("assigned"), act=press("#reply .ask-send", shows=".form-errors")),
    Stop("channels:ticket", "forged", status=404),
    Stop("channels:file", ended_link, status=410),
    Stop("knowledgebase:help-centre"),
    Stop("knowledgebase:help-centre", query="?q=保修"),
    Stop("knowledgebase:help-centre", query="?q=qqqqqqqq"),
    Stop("knowledgebase:section", "repairs"),
    Stop("knowledgebase:article", "return"),
    Stop("knowledgebase:article", "battery", act=press("#vote button[value=no]", shows="#vote [aria-pressed=true]")),
    Stop("surveys:answer", survey("open")),
    Stop("surveys:answer", survey("open"), act=press(".survey-send", shows=".form-errors"), after=422),
    *(Stop("surveys:answer", survey(state)) for state in ("answered", "low", "reopened", "expired")),
    Stop("account_login"),
    Stop("account_login", act=sign_in_wrongly),
    Stop("account_inactive"),
    Stop("account_reset_password"),
    Stop("account_reset_password_done"),
    Stop("account_reset_password_from_key", ["0", "forged-key"]),
    Stop("account_reset_password_from_key_done"),
    Stop("trial-mail"),
]  # fmt: skip


def this_week(world: World) -> list[int]:
    """The team that has a rota, and the present week."""
    year, week, _weekday = timezone.localdate().isocalendar()
    return [world.people["lead"].teams.get().pk, year, week]


def today_of(who: str) -> Look:
    """The present day of somebody of that team."""
    return lambda world: [this_week(world)[0], str(timezone.localdate()), world.people[who].pk]


def told(world: World) -> list[int]:
    """An incident, and what its tickets were told: one was, one was not, and one waits for its turn."""
    incident, agent = world.tickets["assigned"], world.people["agent"]
    for state in ("received", "waiting", "classified"):
        gather(world.tickets[state], incident, actor=agent)
    made = announce(incident, "今天下午恢复。", actor=agent)
    Telling.objects.filter(announcement=made, ticket=world.tickets["waiting"]).update(
        done_at=timezone.now(), reasons=["已解决。"]
    )
    return [incident.pk, made.pk]


def preview_merge(page: Page) -> None:
    """Name the first ticket that is offered, and look at what would happen."""
    number = page.locator("#candidates option").first.get_attribute("value")
    page.locator("#id_number").fill(number or "")
    page.locator(".step-form .btn-primary").click()
    page.locator(".merge-preview").wait_for()


STEPS = {
    "classify": "received", "assign": "classified", "hand_back": "assigned", "wait": "assigned", "resume": "waiting",
    "resolve": "assigned", "cancel": "assigned",
}  # fmt: skip
LEADS_STEPS = {"reopen": "resolved", "restore": "cancelled"}
DIALOG = "#dialog[open] h2"
# What one can do on the ticket page, and the status of the answer.
ON_TICKET = (
    (press("#write [data-send]", shows=".form-errors"), 422),
    (press("#write a[href$='/templates/']", shows=DIALOG), 200),
    (type_into("#body", "/", shows="#write-offers [role=option]"), 200),
    (press("#write a[href$='/articles/']", shows=DIALOG), 200),
    (press(".steps a[href*='/step/']", shows=DIALOG), 200),
    (key("Control+k", shows="#palette[open] .offer-line.is-off"), 200),
    (press("#facts .pencil", shows="#facts form"), 200),
    (press(".clock a[href*='/promises/']", shows=DIALOG), 200),
    (press("#history summary", shows="#history li"), 200),
)
DESK = [
    *(Stop("home", who=role) for role in ("agent", "lead", "manager", "admin", "newcomer")),
    *(Stop("tickets:queue", [name], who="agent") for name in QUEUES),
    *(Stop("tickets:queue", [name], who="newcomer") for name in ("mine", "team", "waiting")),
    Stop("tickets:queue", ["all"], "?filters=open", who="agent"),
    Stop("tickets:queue", query="?q=屏幕", who="agent"),
    Stop("tickets:queue", query="?q=qqqqqqqq", who="agent"),
    Stop("tickets:queue", query="?q=assigne:me", who="agent", act=key("/", shows="#search-offers [role=alert]")),
    Stop("tickets:queue", query="?q=屏幕", who="agent", act=key("/", shows="#search-offers a[role=option]")),
    Stop("tickets:queue", who="agent", act=key("?", shows="#keys[open]")),
    Stop("tickets:queue", who="agent", act=key("Control+k", shows="#palette[open] [role=option]")),
    *(Stop("tickets:ticket", ticket(state), who="agent") for state in (*STATES, "merged", "late")),
    Stop("tickets:ticket", ticket("survey low"), who="lead"),
    Stop("tickets:ticket", 999999, who="agent", status=404),
    *(Stop("tickets:ticket", ticket("assigned"), who="agent", act=act, after=status) for act, status in ON_TICKET),
    *(Stop("tickets:step", ticket(state, step), who="agent") for step, state in STEPS.items()),
    *(Stop("tickets:step", ticket(state, step), who="lead") for step, state in LEADS_STEPS.items()),
    *(Stop(f"tickets:{name}", ticket("assigned"), who="agent") for name in ("forward", "send-new", "merge-customer")),
    Stop("tickets:macros", ticket("assigned"), who="agent"),
    Stop("tickets:ticket", ticket("assigned"), who="agent", act=key("m", shows=DIALOG)),
    Stop("tickets:use-macro", lambda world: [*ticket("assigned")(world), world.first(Macro).pk], who="agent"),
    Stop("tickets:write-side", a_side, who="agent"),
    *(Stop(f"tickets:{name}", ticket("assigned"), who="agent") for name in ("merge", "link", "add-child")),
    Stop("tickets:merge", ticket("received"), who="agent", act=preview_merge),
    Stop("tickets:follow-up", ticket("assigned"), who="agent"),
    Stop("tickets:time-entries", ticket("assigned"), who="agent"),
    Stop("tickets:notices", who="agent"),
    Stop("tickets:notices", who="newcomer"),
    Stop("tickets:tell-all", ticket("assigned"), who="agent"),
    Stop("tickets:told", told, who="agent"),
    Stop("tickets:split", lambda world: [world.mail.ticket_id, world.mail.pk], who="agent"),
    *(Stop("tickets:edit-ticket", ticket("assigned", part), who="agent") for part in ("subject", "facts", "tags")),
    *(Stop("tickets:promise", promise(state), who="agent") for state in ("assigned", "waiting", "late")),
    Stop("tickets:original", lambda world: [world.mail.pk], who="agent"),
    Stop("tickets:duty", "/desk/duty/", who="newcomer"),
    *(Stop("tickets:duty-week", this_week, who=role) for role in ("agent", "lead", "manager")),
    Stop("tickets:duty-week", lambda world: [world.people["lead"].teams.get().pk, 2025, 30], who="lead"),
    Stop("tickets:duty-day", today_of("agent"), who="lead"),
    Stop("tickets:duty-forecast", this_week, who="lead"),
    Stop("tickets:duty-import", this_week, who="lead"),
    Stop("tickets:duty-import", this_week, who="lead", act=press("form.duty-import button", shows=".alert"), after=422),
    Stop("tickets:duty-handover", lambda world: this_week(world)[:1], who="agent"),
    Stop("tickets:duty-day", today_of("lead"), who="lead"),
    Stop("tickets:duty-day", today_of("lead"), who="lead", act=press(".duty-shift form button", shows=".duty-head")),
    Stop("tickets:views", who="manager"),
    Stop("tickets:view", lambda world: [world.view.pk], who="agent"),
    Stop("tickets:view", row(SavedView), who="agent"),
    Stop("tickets:new-view", query="?shared=1", who="manager"),
    Stop("tickets:edit-view", lambda world: [world.view.pk], who="agent"),
    Stop("tickets:edit-view", row(SavedView), who="manager", act=press(".condition-new button", shows=".condition-op")),
    Stop("tickets:board", query="?of=all", who="agent"),
    Stop("tickets:board", who="newcomer"),
    Stop("tickets:board", query="?of=mine", who="agent", act=press(".card-menu summary", shows=".card-menu a")),
    Stop("tickets:board-move", ticket("assigned", "classified"), who="agent"),
    Stop("tickets:board-move", ticket("received", "waiting"), who="agent"),
    Stop("tickets:board-move", ticket("assigned", "resolved"), who="agent"),
    Stop("tickets:flow", who="manager"),
    *(Stop("tickets:ticket-flow", ticket(state), who="agent") for state in ("received", "surveyed")),
    Stop("tickets:bulk", who="agent"),
    Stop("tickets:bulk-job", lambda world: [world.bulk.pk], who="agent"),
    Stop("tickets:queue", ["all"], who="agent", act=change_many("assign")),
    Stop("tickets:queue", ["all"], who="agent", act=change_many("step", look=True), after=422),
    Stop("tickets:create", who="agent"),
    Stop("tickets:create", who="agent", act=press(".create-form button.btn-primary", shows=".form-errors"), after=422),
    Stop("staff:profile", who="agent"),
    Stop("staff:profile", who="newcomer"),
    Stop("overview", who="manager"),
    Stop("overview", query="?days=7", who="lead"),
    Stop("overview", who="agent", status=403),
    Stop("api:docs", who="agent"),
    Stop("account_logout", who="agent"),
    Stop("account_change_password", who="agent"),
    Stop("account_reauthenticate", who="agent"),
    Stop("mfa_index", who="lead"),
    Stop("mfa_activate_totp", who="lead"),
    Stop("mfa_view_recovery_codes", who="agent"),
    Stop("knowledgebase:article", "limits", who="agent"),
]  # fmt: skip


def form(model: type[Any]) -> Look:
    """The address of a row's form."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return lambda world: reverse(name, args=[world.first(model).pk])


def try_out(shows: str, *, words: str = "") -> Callable[[Page], None]:
    """Try what stands in the form, and wait for what it would do."""

    def act(page: Page) -> None:
        if words:
            page.locator("#id_words").fill(words)
        with page.expect_response("**/try/"):
            page.locator("[hx-target='#tries']").click()
        page.locator(shows).first.wait_for()

    return act


TRY_WORDS = try_out("#tries table th a", words="屏幕")


def version_before(world: World) -> list[int]:
    """The key of a policy by whose earlier version open tickets still run."""
    policy = SlaPolicy.objects.filter(promises__met_at=None, promises__dropped_at=None).first()
    assert policy is not None
    policy.first_response_minutes = 1
    policy.save()
    record_version(policy, actor=world.people["manager"], reason="答复太慢。", is_changed=True)
    return [policy.pk]


ADMIN = [
    *(Stop("admin:index", who=role) for role in ("admin", "manager")),
    Stop("admin:index", who="manager", act=key("Control+k", shows="#palette[open] [role=option]")),
    Stop("admin:app_list", "tickets", who="admin"),
    Stop("admin:tickets_ticket_history", row(Ticket), who="admin"),
    Stop("admin:catalog_tag_delete", lambda world: world.first(_model("catalog.tag")).pk, who="admin"),
    Stop("admin:tickets_ticket_step", ticket("assigned", "resolve"), who="admin"),
    Stop("admin:tickets_ticket_step", ticket("received", "resolve"), who="admin"),
    Stop("admin:tickets_classifyingrule_try", row(ClassifyingRule), who="manager"),
    Stop("admin:tickets_routingrule_try", row(RoutingRule), who="manager"),
    Stop("admin:tickets_replytemplate_preview", row(ReplyTemplate), who="manager"),
    Stop("admin:tickets_automationrule_try", row(AutomationRule), who="manager"),
    Stop("admin:tickets_automationrule_try", form(AutomationRule), who="manager", act=TRY_WORDS),
    Stop("admin:tickets_macro_preview", row(Macro), who="manager"),
    Stop("admin:tickets_mailtemplate_preview", row(MailTemplate), who="manager"),
    Stop("admin:sla_slapolicy_try", row(SlaPolicy), who="manager"),
    Stop("admin:sla_businesscalendar_year", row(BusinessCalendar, 2026), who="manager"),
    Stop("admin:sla_businesscalendar_day", row(BusinessCalendar), query="?on=2026-02-14", who="manager"),
    Stop("admin:sla_slapolicy_replay", row(SlaPolicy), who="manager"),
    Stop("admin:sla_businesscalendar_replay", row(BusinessCalendar), who="manager"),
    Stop("admin:sla_slapolicy_versions", row(SlaPolicy), who="manager"),
    Stop("admin:sla_businesscalendar_versions", row(BusinessCalendar), who="manager"),
    Stop("admin:sla_slapolicy_try", form(SlaPolicy), who="manager", act=try_out("#what-if table")),
    Stop("admin:sla_businesscalendar_try", form(BusinessCalendar), who="manager", act=try_out("#what-if table")),
    Stop("admin:tickets_routingrule_try", form(RoutingRule), who="manager", act=TRY_WORDS),
    Stop("admin:tickets_classifyingrule_try", form(ClassifyingRule), who="manager", act=TRY_WORDS),
    Stop("admin:sla_slapolicy_replay", version_before, who="manager"),
    Stop("admin:sla_slapolicy_versions", version_before, who="manager"),
    Stop("admin:surveys_survey_preview", row(Survey), who="manager"),
    Stop("admin:auth_user_password_change", lambda world: world.people["agent"].pk, who="admin"),
    Stop("admin:password_change", who="admin"),
    Stop("admin:password_change_done", who="admin"),
]  # fmt: skip

# What has a name but is no page of its own, and why.
NO_PAGES = {
    "parts of other pages": [
        "tickets:counts", "tickets:find-customer", "tickets:aside", "tickets:history", "tickets:news",
        "tickets:templates", "tickets:articles", "tickets:views-side", "knowledgebase:suggest", "admin:autocomplete",
        "admin:jsi18n", "tickets:find", "palette", "tickets:bell", "tickets:earlier", "tickets:events",
        "tickets:offers", "tickets:preview", "tickets:draft-files",
    ],
    "only take what a form sends": [
        "channels:reply", "channels:confirm", "channels:reopen", "knowledgebase:vote", "set_language",
        "tickets:write", "tickets:take-step", "tickets:take", "tickets:take-back", "tickets:close-side",
        "tickets:unlink", "tickets:presence", "tickets:pulse", "tickets:count-time", "tickets:read-notices",
        "tickets:open-notice", "staff:choose-notices", "tickets:ungather", "tickets:undo-merge", "tickets:unplace",
        "tickets:switch-watching", "tickets:link-article", "tickets:deliver-again", "tickets:move-view",
        "tickets:delete-view", "tickets:new-bulk", "tickets:undo-bulk", "staff:switch-presence", "staff:issue-token",
        "staff:revoke-token", "tickets:recent-searches", "staff:switch-language", "admin:sla_businesscalendar_load",
        "tickets:save-draft", "tickets:remove-file", "tickets:note-customer", "tickets:tick",
        "admin:sla_businesscalendar_restore", "admin:sla_slapolicy_restore", "admin:channels_mailbox_try",
        "admin:channels_receivedmail_again", "admin:channels_receivedmail_release",
    ],
    "files": [
        "admin:channels_receivedmail_raw", "tickets:duty-export", "channels:attachment", "tickets:attachment",
        "tickets:draft-file", "mfa_download_recovery_codes",
    ],
    "only lead to another page": ["admin:login", "admin:logout", "admin:view_on_site", "account_set_password"],
    "come in the middle of another way, in the same frame": [
        "mfa_authenticate", "mfa_reauthenticate", "mfa_deactivate_totp", "mfa_generate_recovery_codes",
        "admin:tickets_classifyingrule_try_new", "admin:sla_slapolicy_try_new", "admin:tickets_routingrule_try_new",
        "admin:tickets_automationrule_try_new",
    ],
}  # fmt: skip


def _model(label: str) -> type[Any]:
    return next(model for model in admin.site._registry if model._meta.label_lower == label)


def admin_stops(world: World) -> Iterator[Stop]:
    """List and form of everything that the admin shows; the empty forms, which helpdesk opens, have the same fields."""
    for model in admin.site._registry:
        place = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield Stop(f"{place}_changelist", who="admin")
        yield Stop(f"{place}_change", world.first(model).pk, who="admin")


def named_pages() -> set[str]:
    """Every name that an address of the product has, without the API and what the admin makes for each model."""
    of_models = [model._meta for model in admin.site._registry]
    made = {
        f"admin:{meta.app_label}_{meta.model_name}_{kind}"
        for meta in of_models
        for kind in ("changelist", "change", "add", "history", "delete")
    }
    return {name for name in _names(get_resolver().url_patterns) if not name.startswith("api:")} - made


def _names(patterns: list[Any], space: str = "") -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _names(one.url_patterns, f"{space}{one.namespace}:" if one.namespace else space)
        elif isinstance(one, URLPattern) and one.name:
            yield space + one.name
