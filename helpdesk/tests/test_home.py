"""The home page, by who opens it."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from catalog.models import Category
from helpdesk.models import Schedule
from knowledgebase.models import Article, ArticleText, Section
from surveys import services as surveys
from surveys.models import Survey
from tickets.services import create_ticket, take_step

HOME = "/"


@pytest.fixture(autouse=True)
def _empty_cache():
    caches["memory"].clear()


@pytest.fixture
def low_score(ticket_in):
    """A ticket of the team whose customer was not satisfied."""
    with time_machine.travel(timezone.now() - timedelta(hours=5), tick=True) as clock:
        ticket = ticket_in("resolved")
        clock.shift(3700)
        surveys.ask_resolved()
        questions = {question.kind: question.pk for question in Survey.objects.get().questions.all()}
        answers = {questions["score_5"]: 1, questions["text"]: "等了一个星期"}
        surveys.answer(ticket.invitations.get(), answers)
    return ticket


@pytest.fixture
def articles(db):
    section = Section.objects.create(name="Repairs", slug="repairs")

    def make(count):
        for number in range(count):
            article = Article.objects.create(section=section, slug=f"a{number}", helpful_count=number)
            ArticleText.objects.create(
                article=article, language="en", title=f"Article {number}", body="…", state="published"
            )
        hidden = Article.objects.create(section=section, slug="hidden", audience="internal", helpful_count=99)
        ArticleText.objects.create(
            article=hidden, language="en", title="Only for us", body="…", state="published"
        )

    return make


def test_a_customer_finds_search_categories_and_popular_articles(client, db, articles):
    articles(8)
    page = client.get(HOME, headers={"accept-language": "en"})
    assert page.status_code == 200
    assert f'action="{reverse("knowledgebase:help-centre")}"' in page.text
    category = Category.objects.filter(is_public=True, parent=None).first()
    assert f"{reverse('channels:ask')}?category={category.code}" in page.text
    assert [f"Article {n}" in page.text for n in range(8)] == [False] * 2 + [True] * 6
    assert "Only for us" not in page.text


def test_categories_that_customers_may_not_choose_are_not_offered(client, db):
    Category.objects.create(name="Internal", code="internal-matters", is_public=False)
    assert "internal-matters" not in client.get(HOME).text


def test_an_agent_finds_his_work_and_that_of_his_team(
    client, agent, ticket_in, agent_of_another_team, other_team, category, customer
):
    mine = ticket_in("assigned")
    free = ticket_in("classified")
    elsewhere = Category.objects.create(name="Kettle", code="kettle")
    other_team.routes.create(category=elsewhere)
    foreign = create_ticket(customer=customer, subject="别的团队", body="水壶坏了")
    take_step(foreign, "classify", actor=agent, category=elsewhere, priority="urgent")
    client.force_login(agent)
    page = client.get(HOME)
    assert [row["ticket"].pk for row in page.context["mine"]] == [mine.pk]
    assert [row["ticket"].pk for row in page.context["unassigned"]] == [free.pk]
    assert "别的团队" not in page.text
    for name in ("broken", "low_scores", "total", "health"):
        assert name not in page.context


def test_what_is_due_next_comes_first(client, agent, ticket_in):
    late = ticket_in("assigned")
    soon = ticket_in("assigned")
    type(late).objects.filter(pk=soon.pk).update(due_at=timezone.now())
    client.force_login(agent)
    assert [row["ticket"].pk for row in client.get(HOME).context["mine"]] == [soon.pk, late.pk]


def test_a_lead_finds_overdue_tickets_and_low_scores_of_his_team(client, lead, low_score, ticket_in):
    overdue = ticket_in("assigned")
    type(overdue).objects.filter(pk=overdue.pk).update(due_at=timezone.now())
    client.force_login(lead)
    page = client.get(HOME)
    assert [row["ticket"].pk for row in page.context["broken"]] == [overdue.pk]
    assert [response.invitation.ticket_id for response in page.context["low_scores"]] == [low_score.pk]
    assert "等了一个星期" in page.text
    assert page.context["total"].open == 1
    assert "health" not in page.context


def test_a_lead_of_another_team_does_not_find_them(client, person, other_team, low_score):
    client.force_login(person("lead", "Sun Li", other_team, is_lead=True))
    page = client.get(HOME)
    assert page.context["low_scores"] == []
    assert "等了一个星期" not in page.text


def test_an_old_low_score_is_left_out(client, lead, low_score):
    client.force_login(lead)
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=True):
        client.force_login(lead)
        assert client.get(HOME).context["low_scores"] == []


def test_a_manager_without_a_team_finds_all_teams(client, manager, low_score, ticket_in):
    free = ticket_in("classified")
    client.force_login(manager)
    page = client.get(HOME)
    assert [row["ticket"].pk for row in page.context["unassigned"]] == [free.pk]
    assert len(page.context["low_scores"]) == 1
    assert page.context["total"].open == 1
    assert "health" not in page.context


def test_an_administrator_finds_whether_the_worker_is_alive(client, admin, ticket):
    client.force_login(admin)
    health = client.get(HOME).context["health"]
    assert (health["is_worker_alive"], health["queued"], health["people"]) == (False, 1, 1)
    Schedule.objects.create(name="test", next_run_at=timezone.now(), last_run_at=timezone.now())
    assert client.get(HOME).context["health"]["is_worker_alive"]


@pytest.mark.parametrize("count", [1, 12])
def test_an_agents_home_costs_the_same_queries_at_any_length(
    count, client, agent, ticket_in, django_assert_num_queries
):
    for _number in range(count):
        ticket_in("assigned")
        ticket_in("classified")
    client.force_login(agent)
    # Session, user, permissions twice, his teams, those with a rota, counts, his tickets, unassigned ones.
    with django_assert_num_queries(8):
        client.get(HOME)


@pytest.mark.parametrize("count", [1, 12])
def test_the_front_page_costs_the_same_queries_at_any_length(
    count, client, db, articles, django_assert_num_queries
):
    articles(count)
    client.get(HOME)
    # The configuration's stamp, articles, their texts.
    with django_assert_num_queries(3):
        client.get(HOME)
