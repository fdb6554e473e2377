"""The command palette: who is offered what, by which names."""

import pytest
from django.urls import reverse

from tickets.models import Macro, ReplyTemplate, SavedView


@pytest.fixture
def offered(client):
    """Asks the palette, and gives its commands by their labels."""

    def ask(query, user, ticket=None):
        client.force_login(user)
        page = client.get(reverse("palette"), {"q": query, **({"ticket": ticket.pk} if ticket else {})})
        return {command.label: command for group in page.context["groups"] for command in group.commands}

    return ask


def test_steps_come_with_their_reasons_and_templates_filled(offered, agent, ticket_in, category):
    ticket = ticket_in("assigned")
    template = ReplyTemplate.objects.create(name="Greeting", name_zh_hans="问候语", category=category)
    template.texts.create(language="zh-hans", body="{customer}您好")
    steps = offered("", agent, ticket)
    assert not steps["Hand back"].reasons
    assert steps["Hand back"].press
    refused = offered("reopen", agent, ticket)["Reopen"]
    assert "Resolved" in refused.reasons[0]
    # By the Chinese name as well, by some of its characters, and in the other script.
    assert {"Resolve"} <= offered("解决", agent, ticket).keys() & offered("解決", agent, ticket).keys()
    assert offered("问语", agent, ticket)["Greeting"].text == "陈晓您好"
    assert "Greeting" not in offered("问语", agent)
    macro = Macro.objects.create(name="Take it", takes_ticket=True)
    SavedView.objects.create(name="Takings", owner=agent)
    taken = offered("tak", agent, ticket)
    assert taken["Take it"].dialog.endswith(f"/macros/{macro.pk}/")
    assert taken["Takings"].url


def test_every_page_of_the_desk_is_reached_and_what_joins_tickets(offered, agent, ticket_in):
    ticket = ticket_in("assigned")
    for word, name in (
        ("看板", "board"),
        ("flow", "flow"),
        ("views", "views"),
        ("bulk", "bulk"),
        ("notic", "notices"),
    ):
        assert reverse(f"tickets:{name}") in [command.url for command in offered(word, agent).values()]
    assert offered("merge", agent, ticket)["Merge"].key == "M"
    assert offered("子工单", agent, ticket)["Child ticket"].press == "#child-link"


def test_one_is_offered_what_one_may_reach(offered, agent, agent_of_another_team, manager, ticket_in, client):
    ticket = ticket_in("assigned")
    assert offered(ticket.number.lower(), agent)[str(ticket)].url == ticket.get_absolute_url()
    assert str(ticket) not in offered(ticket.number, agent_of_another_team)
    client.force_login(agent_of_another_team)
    assert client.get(reverse("palette"), {"ticket": ticket.pk}).status_code == 404
    policies = offered("sla pol", manager)
    assert policies["SLA policies"].url == reverse("admin:sla_slapolicy_changelist")
    assert policies["New: SLA policy"].url == reverse("admin:sla_slapolicy_add")
    assert "SLA policies" in offered("SLA 策略", manager)
    assert not offered("sla pol", agent)
    assert "Overview" in offered("over", manager)
    assert "Overview" not in offered("overview", agent)


def test_it_costs_few_queries_with_many_templates(agent, ticket_in, client, django_assert_max_num_queries):
    client.force_login(agent)
    url = reverse("palette", query={"q": "greet", "ticket": ticket_in("assigned").pk})
    for count in (1, 30):
        for number in range(count):
            template = ReplyTemplate.objects.create(name=f"Greeting {count} {number}")
            template.texts.create(language="zh-hans", body="您好")
        client.get(url)
        with django_assert_max_num_queries(12):
            client.get(url)
