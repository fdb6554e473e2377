"""Macros: several actions as one thing, all or nothing, in the services, the desk, the API and the admin."""

import pytest
from django.urls import reverse

from catalog.models import Category, Tag
from customers.models import Order
from knowledgebase.models import Article, Section
from tickets.choices import EventKind
from tickets.models import Macro, Ticket
from tickets.services import StaleTicket, StepRefused, macros_for, run_macro, take_back_reply


@pytest.fixture
def tag(db):
    return Tag.objects.create(code="recall", name="Recall", name_zh_hans="召回")


@pytest.fixture
def macro(category, tag):
    """Classifies, tags, notes, links, takes and answers, then waits: everything on a fresh ticket."""
    section = Section.objects.create(name="Screens", slug="screens")
    made = Macro.objects.create(
        name="Pictures, please", name_zh_hans="请客户拍照", category=category, priority="high", note="等照片 {number}",
        article=Article.objects.create(section=section, slug="screen"), takes_ticket=True, step="wait",
    )  # fmt: skip
    made.add_tags.add(tag)
    for language, body in (
        ("zh-hans", "{customer}您好，请拍照。"),
        ("en", "Dear {customer}, pictures please."),
    ):
        made.texts.create(language=language, body=body)
    return made


def test_a_macro_does_everything_at_once_and_the_history_says_so(ticket, macro, agent, tag, settings):
    settings.UNDO_SECONDS = 10
    used = run_macro(ticket, macro, actor=agent)
    assert (used.status, used.priority, used.category, used.assignee) == (
        "waiting",
        "high",
        macro.category,
        agent,
    )
    assert list(used.tags.all()) == [tag]
    assert used.article_links.get().article == macro.article
    assert used.messages.get(kind="note").body == f"等照片 {ticket.number}"
    reply = used.messages.get(kind="reply")
    assert reply.body == "陈晓您好，请拍照。"
    events = list(used.events.values_list("kind", "step", "actor").order_by("id"))
    mine = events[[kind for kind, _step, _actor in events].index(EventKind.MACRO) :]
    steps = [step for _kind, step, _actor in mine if step]
    assert steps == ["classify", "assign", "wait"]
    assert {actor for _kind, _step, actor in mine} == {agent.pk}
    # The reply and its step can be taken back as any other.
    take_back_reply(reply, actor=agent)
    assert Ticket.objects.get(pk=ticket.pk).status == "assigned"


def test_what_is_refused_leaves_nothing_behind_and_says_which_and_why(
    ticket, ticket_in, macro, agent, tag, customer
):
    before = (ticket.events.count(), ticket.version)
    # A step that the life cycle does not take from there.
    macro.step, macro.takes_ticket = "resolve", False
    macro.save()
    with pytest.raises(StepRefused) as refusal:
        run_macro(ticket, macro, actor=agent, body="")
    assert "Resolve" in refusal.value.reasons[0]
    assert "Assign it first" in refusal.value.reason
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert (ticket.events.count(), ticket.version, ticket.tags.count()) == (*before, 0)
    assert macro.uses.count() == 0
    # A text with a hole.
    macro.texts.filter(language="zh-hans").update(body="订单{order}")
    with pytest.raises(StepRefused, match="where the ticket has nothing"):
        run_macro(ticket, Macro.objects.get(pk=macro.pk), actor=agent)
    # Somebody was quicker.
    with pytest.raises(StaleTicket):
        run_macro(ticket, macro, actor=agent, expected_version=ticket.version - 1)
    ticket.order = Order.objects.create(customer=customer, number="A-7", bought_on="2026-01-02", amount=1)
    ticket.save()
    macro.step = ""
    macro.save()
    assert (
        run_macro(ticket, Macro.objects.get(pk=macro.pk), actor=agent).messages.get(kind="reply").body
        == "订单A-7"
    )


@pytest.mark.parametrize(
    ("fields", "state", "after"),
    [
        ({"step": "hand_back", "note": "不会修"}, "assigned", "classified"),
        ({"step": "cancel", "cancel_reason": "spam"}, "received", "cancelled"),
        ({"step": "reopen", "note": "又坏了"}, "resolved", "assigned"),
        ({"step": "resume"}, "waiting", "assigned"),
        ({"step": "resolve"}, "assigned", "resolved"),
        ({"priority": "urgent"}, "waiting", "waiting"),
        ({"takes_ticket": True}, "assigned", "assigned"),
        ({"team": True}, "classified", "classified"),
    ],
)
def test_each_action_where_it_is_possible(fields, state, after, ticket_in, agent, team):
    macro = Macro.objects.create(
        name="x", **{name: team if name == "team" else value for name, value in fields.items()}
    )
    body = "好的" if fields.get("step") == "resolve" else None
    assert run_macro(ticket_in(state), macro, actor=agent, body=body).status == after


def test_who_is_offered_what(ticket_in, macro, agent, agent_of_another_team, other_team, category):
    ticket, elsewhere = ticket_in("assigned"), Category.objects.create(name="Elsewhere", code="elsewhere")
    theirs = Macro.objects.create(name="Theirs", note="x", position=5)
    theirs.teams.add(other_team)
    far = Macro.objects.create(name="Far", note="x", for_category=elsewhere)
    near = Macro.objects.create(name="Near", note="x", position=9, for_category=category)
    Macro.objects.create(name="Old", note="x", is_active=False)
    often = Macro.objects.create(name="Often", note="x")
    run_macro(ticket, often, actor=agent)
    assert [row.name for row in macros_for(agent, ticket)] == ["Near", "Often", "Pictures, please"]
    assert theirs in macros_for(agent_of_another_team, ticket)
    for refused, why in ((theirs, "other teams"), (far, "Elsewhere")):
        with pytest.raises(StepRefused, match=why):
            run_macro(ticket, refused, actor=agent)
    assert near.uses.count() == 0


def test_the_desk_and_the_api_offer_and_use_them(
    client, program, ticket_in, macro, agent, agent_of_another_team, django_assert_max_num_queries
):
    ticket = ticket_in("assigned")
    macro.category = None
    macro.save()
    done = Macro.objects.create(name="Reopen it", step="reopen", note="x")
    client.force_login(agent)
    place = reverse("tickets:macros", args=[ticket.pk])
    with django_assert_max_num_queries(12):
        page = client.get(place).text
    assert "陈晓您好，请拍照。" in page
    assert "needs a ticket that is" in page
    Macro.objects.bulk_create(Macro(name=f"More {number}", note="x") for number in range(20))
    with django_assert_max_num_queries(12):
        client.get(place)
    use = reverse("tickets:use-macro", args=[ticket.pk, macro.pk])
    assert "陈晓您好，请拍照。" in client.get(use).text
    refused = client.post(
        reverse("tickets:use-macro", args=[ticket.pk, done.pk]), {"version": ticket.version}
    )
    assert (refused.status_code, "Nothing was done" in refused.text) == (422, True)
    stale = client.post(use, {"version": 1, "body": "我改过的话"})
    assert (stale.status_code, "我改过的话" in stale.text) == (409, True)
    assert client.post(use, {"version": ticket.version, "body": "我改过的话"}).status_code == 302
    assert ticket.messages.filter(kind="reply").last().body == "我改过的话"
    assert "Pictures, please" in client.get(reverse("tickets:history", args=[ticket.pk])).text

    api, other = program(agent), program(agent_of_another_team)
    rows = api.get(f"/api/v1/tickets/{ticket.pk}/macros/").json()
    assert {row["name"]: row["is_possible"] for row in rows}["Reopen it"] is False
    assert other.get(f"/api/v1/tickets/{ticket.pk}/macros/").status_code == 404
    answer = api.post(f"/api/v1/tickets/{ticket.pk}/macros/{done.pk}/", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "step_refused")
    noted = Macro.objects.get(name="More 3")
    assert api.post(f"/api/v1/tickets/{ticket.pk}/macros/{noted.pk}/", {}, format="json").status_code == 200
    assert program(agent, "read").post(f"/api/v1/tickets/{ticket.pk}/macros/{noted.pk}/").status_code == 403


def test_the_admin_makes_them_and_shows_what_would_happen(client, manager, agent, ticket, macro, tag):
    client.force_login(manager)
    form = {
        "name": "New", "position": 0, "is_active": "on", "texts-TOTAL_FORMS": 1, "texts-INITIAL_FORMS": 0,
        "texts-0-language": "en",
    }  # fmt: skip
    add = reverse("admin:tickets_macro_add")
    for more, why in (
        ({}, "Say what the macro does"),
        ({"texts-0-body": "Hello {custmer}"}, "no placeholder {custmer}"),
        ({"note": "x {nobody}"}, "no placeholder {nobody}"),
        ({"step": "hand_back"}, "needs a reason"),
        ({"step": "cancel"}, "Choose a reason"),
        ({"add_tags": tag.pk, "remove_tags": tag.pk}, "both added and removed"),
        ({"takes_ticket": "on", "assignee": manager.pk}, "only one can have it"),
    ):
        answer = client.post(add, {**form, **more})
        assert answer.status_code == 200
        assert why in answer.text, more
    assert client.post(add, {**form, "add_tags": tag.pk, "texts-TOTAL_FORMS": 0}).status_code == 302
    events = ticket.events.count()
    page = client.get(reverse("admin:tickets_macro_preview", args=[macro.pk]), {"ticket": ticket.number})
    assert "陈晓您好，请拍照。" in page.text
    # He is in no team, so he could not take it.
    assert "Nothing was done. “Assign” is not possible:" in page.text
    Ticket.objects.filter(pk=ticket.pk).update(team=agent.teams.get())
    page = client.get(reverse("admin:tickets_macro_preview", args=[macro.pk]), {"ticket": ticket.number})
    assert "What would happen" in page.text
    macro.step, macro.category = "reopen", None
    macro.save()
    page = client.get(reverse("admin:tickets_macro_preview", args=[macro.pk]), {"ticket": ticket.number})
    assert "Nothing was done" in page.text
    assert (ticket.events.count(), macro.uses.count()) == (events, 0)
