"""The admin's index, and every page of every registered admin, for everybody."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.urls import reverse
from django.utils import timezone

from catalog.models import Category
from helpdesk.administration import GROUPS
from helpdesk.attention import LOOKS, things_to_look_at
from helpdesk.models import Schedule
from knowledgebase.models import Article, ArticleText, Section
from sla.models import BusinessCalendar
from surveys.models import Survey, SurveyRule
from tickets.models import ClassifyingRule, Event, Message, Promise, Route, Ticket
from tickets.services import create_ticket
from tickets.services.sweeps import mark_broken_promises

pytestmark = pytest.mark.ground

MODELS = sorted(django_admin.site._registry, key=lambda model: model._meta.label_lower)
LABELS = {model._meta.label_lower for model in MODELS}
# What a manager has no business with; everything else he may see.
FOR_ADMINS_ONLY = {
    "auth.group", "axes.accessattempt", "axes.accesslog", "axes.accessfailurelog", "django_tasks_database.dbtaskresult",
    "helpdesk.schedule", "mfa.authenticator", "staff.apitoken",
}  # fmt: skip
# Kept by the product alone: nobody adds them by hand.
NEVER_ADDED = FOR_ADMINS_ONLY - {"auth.group"} | {
    "tickets.ticket", "tickets.message", "tickets.event", "tickets.promise", "surveys.invitation", "surveys.response",
    "channels.receivedmail", "staff.dutyevent", "catalog.priorityweight", "tickets.mailtemplate",
    "tickets.automationrun",
}  # fmt: skip
HISTORY = (Ticket, Message, Event, Promise)


def url_of(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_every_model_of_a_group_is_registered_and_every_other_is_technical():
    grouped = {label for group in GROUPS for label in group.models}
    assert grouped <= LABELS
    assert LABELS - grouped <= FOR_ADMINS_ONLY


def test_the_list_and_the_form_for_a_new_one_open_for_the_administrator(client, admin):
    client.force_login(admin)
    for model in MODELS:
        assert client.get(url_of(model, "changelist")).status_code == 200, model
        expected = 403 if model._meta.label_lower in NEVER_ADDED else 200
        assert client.get(url_of(model, "add")).status_code == expected, model


def test_a_manager_sees_what_his_role_may_and_nothing_else(client, manager):
    client.force_login(manager)
    index = client.get(reverse("admin:index")).content.decode()
    for model in MODELS:
        expected = 403 if model._meta.label_lower in FOR_ADMINS_ONLY else 200
        assert client.get(url_of(model, "changelist")).status_code == expected, model
        listed = f'href="{url_of(model, "changelist")}"' in index
        assert listed is (expected == 200), model


@pytest.mark.parametrize("who", ["agent", "lead"])
def test_agents_and_leads_have_no_admin(who, client, agent, lead):
    client.force_login({"agent": agent, "lead": lead}[who])
    for model in MODELS:
        for page in ("changelist", "add"):
            response = client.get(url_of(model, page))
            assert response.status_code == 302, model
            assert client.get(response.url).status_code == 403, model


@pytest.fixture
def some_of_everything(ticket_in, admin, client) -> None:
    """At least one row of what a fresh installation does not have."""
    ticket_in("waiting")
    ClassifyingRule.objects.create(name="Screens", words="屏幕", category=Category.objects.first())
    Schedule.objects.create(name="sweep", next_run_at=timezone.now())


@pytest.mark.parametrize("who", ["manager", "admin"])
def test_every_row_that_there_is_opens(who, client, manager, admin, some_of_everything):
    client.force_login({"manager": manager, "admin": admin}[who])
    opened = set()
    for model in MODELS:
        row = model._default_manager.order_by("pk").first()
        if row is None or (who == "manager" and model._meta.label_lower in FOR_ADMINS_ONLY):
            continue
        assert client.get(url_of(model, "change", row.pk)).status_code == 200, model
        assert client.get(url_of(model, "changelist")).status_code == 200, model
        opened.add(model)
    assert opened >= {*HISTORY, ClassifyingRule, Route, Category, BusinessCalendar}


@pytest.mark.parametrize("who", ["manager", "admin"])
def test_history_is_neither_changed_nor_deleted(who, client, manager, admin, ticket_in):
    client.force_login({"manager": manager, "admin": admin}[who])
    ticket_in("assigned")
    for model in HISTORY:
        row = model.objects.first()
        before = list(model.objects.order_by("pk").values())
        typed = {"body": "x", "status": "resolved"}
        assert client.post(url_of(model, "change", row.pk), typed).status_code == 403, model
        assert client.post(url_of(model, "delete", row.pk), {"post": "yes"}).status_code == 403, model
        chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        client.post(url_of(model, "changelist"), chosen)
        assert list(model.objects.order_by("pk").values()) == before, model


def test_the_index_is_grouped_by_what_one_wants_to_do(client, manager):
    client.force_login(manager)
    page = client.get(reverse("admin:index"))
    assert [group["app_label"] for group in page.context["app_list"]] == [group.code for group in GROUPS]
    assert reverse("account_logout") in page.content.decode()


def test_pages_of_rooms_lead_to_the_index(client, manager):
    client.force_login(manager)
    assert client.get("/admin/tickets/").url == reverse("admin:index")


def test_the_admin_has_the_sign_in_of_the_desk(client, admin):
    login = client.get("/admin/sla/slapolicy/", follow=True).redirect_chain[-1][0]
    assert login.startswith(reverse("account_login"))
    assert "next=" in login
    assert (
        client.get("/admin/login/?next=/admin/sla/slapolicy/").url
        == f"{reverse('account_login')}?next=/admin/sla/slapolicy/"
    )
    client.force_login(admin)
    assert client.get("/admin/login/").url == reverse("admin:index")
    assert client.get("/admin/password_change/").url == reverse("account_change_password")


@pytest.mark.parametrize(
    "path", ["", "tickets/ticket/", "tickets/classifyingrule/add/", "sla/businesscalendar/add/"]
)
def test_no_page_has_script_or_style_of_its_own(path, client, manager):
    client.force_login(manager)
    response = client.get(f"/admin/{path}")
    page = response.content.decode()
    assert "unsafe-" not in response.headers["Content-Security-Policy"]
    assert "<style" not in page
    assert not re.search(r"\s(style|on\w+)=\"", page)
    assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)[^>]*>", page)


# --- What needs attention --------------------------------------------------------------------------------------------


def said(user: Any) -> str:
    return "\n".join(thing.message for thing in things_to_look_at(user))


@pytest.fixture
def all_well(db) -> None:
    """A worker that runs, calendars that know their year, a team for each category."""
    Schedule.objects.create(name="sweep", next_run_at=timezone.now(), last_run_at=timezone.now())
    BusinessCalendar.objects.update(region="")
    Category.objects.update(is_active=False)
    Survey.objects.update(is_active=False)


def test_nothing_is_said_when_all_is_well(all_well, manager, client):
    assert things_to_look_at(manager) == []
    client.force_login(manager)
    assert "Nothing. Calendars" in client.get(reverse("admin:index")).content.decode()


def test_a_silent_worker_is_told(all_well, manager):
    Schedule.objects.update(last_run_at=timezone.now() - timedelta(minutes=5))
    (thing,) = things_to_look_at(manager)
    assert thing.is_urgent
    assert "silent since" in thing.message
    Schedule.objects.all().delete()
    assert "never run" in said(manager)


def test_mail_that_was_given_up_is_told(all_well, manager, ticket):
    assert "delivered" not in said(manager)
    ticket.messages.filter(delivery="queued").update(delivery="failed", next_attempt_at=None)
    assert "1 message could not be delivered." in said(manager)


def test_promises_broken_today_are_told(all_well, manager, ticket):
    Promise.objects.filter(kind="first_response").update(due_at=timezone.now() - timedelta(minutes=1))
    assert mark_broken_promises() == 1
    assert "1 promise was broken today." in said(manager)


def test_a_lead_comes_from_broken_promises_to_the_overdue_tickets(all_well, client, lead, ticket):
    Promise.objects.filter(kind="first_response").update(due_at=timezone.now() - timedelta(minutes=1))
    mark_broken_promises()
    client.force_login(lead)
    link = f'<a href="{reverse("tickets:queue", args=["broken"])}">1 promise was broken today.</a>'
    assert link in client.get("/").content.decode()


def test_a_lead_comes_from_what_did_not_arrive_to_its_tickets(all_well, client, lead, ticket):
    ticket.messages.filter(delivery="queued").update(delivery="failed", next_attempt_at=None)
    other = create_ticket(customer=ticket.customer, subject="别的问题", body="在吗？")
    client.force_login(lead)
    (thing,) = client.get("/").context["attention"]
    page = client.get(thing.url).content.decode()
    assert ticket.number in page
    assert other.number not in page


def test_a_lead_is_told_of_what_he_can_see_only(all_well, person, other_team, ticket_in):
    ticket = ticket_in("classified")
    ticket.messages.filter(delivery="queued").update(delivery="failed", next_attempt_at=None)
    Promise.objects.filter(kind="first_response").update(due_at=timezone.now() - timedelta(minutes=1))
    mark_broken_promises()
    assert things_to_look_at(person("lead", "Sun Li", other_team, is_lead=True)) == []


def test_whom_the_admin_is_closed_to_is_told_of_nothing_that_only_it_shows(all_well, manager, lead):
    article = Article.objects.create(section=Section.objects.create(name="R", slug="r"), slug="a")
    ArticleText.objects.create(article=article, language="en", title="A", body="…", state="published")
    assert "missing a language" in said(manager)
    assert said(lead) == ""


@pytest.mark.parametrize(("role", "leads_to"), [("lead", ""), ("admin", "/admin/helpdesk/schedule/")])
def test_who_cannot_start_the_worker_is_told_whom_to_ask(role, leads_to, db, person):
    thing = things_to_look_at(person(role, "Sun Li"))[0]
    assert "never run" in thing.message
    assert thing.url == leads_to
    assert ("administrator" in thing.hint) == (role == "lead")


def test_a_category_that_nobody_serves_is_told(all_well, manager, category):
    assert "no team" not in said(manager)
    Route.objects.all().delete()
    assert "1 category has no team: Broken screen" in said(manager)


def test_a_calendar_that_does_not_know_its_year_is_told(all_well, manager):
    BusinessCalendar.objects.create(name="Nowhere", region="TW")
    assert "“Nowhere” has no working hours" in said(manager)
    assert "“Nowhere” does not know the holidays" in said(manager)


def test_a_survey_that_no_rule_sends_is_told(all_well, manager):
    survey = Survey.objects.create(name="After repairs")
    assert "The survey “After repairs” is sent to nobody" in said(manager)
    SurveyRule.objects.create(name="All", survey=survey)
    assert "After repairs" not in said(manager)


def test_a_rule_that_decides_nothing_is_told_once_there_are_tickets_to_tell_by(
    all_well, manager, customer, category
):
    ClassifyingRule.objects.create(name="Screens", words="屏幕", category=category, position=1)
    ClassifyingRule.objects.create(name="Also screens", words="屏幕", category=category, position=2)
    assert "decide" not in said(manager)
    for _number in range(50):
        create_ticket(customer=customer, subject="屏幕碎了", body="怎么办", acknowledge=False)
    assert "1 classifying rule decides none of the latest tickets: Also screens" in said(manager)


def test_a_rule_for_rare_things_and_one_for_the_rest_may_wait_for_their_ticket(
    all_well, manager, customer, category
):
    ClassifyingRule.objects.create(name="Screens", words="屏幕", category=category, position=1)
    ClassifyingRule.objects.create(name="Misspelt", words="幕屏", category=category, position=2)
    ClassifyingRule.objects.create(name="The rest", category=category, position=900, channel="web")
    for _number in range(60):
        create_ticket(customer=customer, subject="屏幕碎了", body="怎么办", acknowledge=False)
    assert "1 classifying rule decides none of the latest tickets: Misspelt" in said(manager)
    for number in range(20):
        ClassifyingRule.objects.create(
            name=f"Rare {number}", words=f"稀有 {number}", category=category, position=3
        )
    # Among so many rules that is no sign of anything any more.
    assert "decide" not in said(manager)


def test_one_is_told_only_of_what_one_may_change(agent, lead):
    assert things_to_look_at(agent) == []
    assert {permission for permission, _look in LOOKS if lead.has_perm(permission)} < {
        permission for permission, _look in LOOKS
    }


def test_two_main_questions_are_refused_and_nothing_is_lost(manager, client):
    client.force_login(manager)
    typed: dict[str, Any] = {
        "name": "After repairs", "low_score": 2, "expires_days": 14, "reminder_days": 3, "is_active": "on",
        "questions-TOTAL_FORMS": 2, "questions-INITIAL_FORMS": 0,
    }  # fmt: skip
    for number in (0, 1):
        typed |= {
            f"questions-{number}-text": f"Question number {number}", f"questions-{number}-kind": "score_5",
            f"questions-{number}-is_main": "on", f"questions-{number}-position": number,
        }  # fmt: skip
    before = Survey.objects.count()
    response = client.post(reverse("admin:surveys_survey_add"), typed)
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert 'value="Question number 1"' in response.content.decode()
    assert Survey.objects.count() == before
