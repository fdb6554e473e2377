"""Saved views: what their conditions find, who sees and shapes them, and what becomes of what is gone."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from catalog.models import Category, Tag
from customers.models import Customer, Segment
from tickets import services
from tickets.desk.listing import PAGE
from tickets.desk.saved_views import show, view_counts
from tickets.models import SavedView, Ticket
from tickets.rulebook import current_rulebook
from tickets.services import create_ticket, delete_view, move_view, save_view, set_tags, take_step


def condition(field, op="is", *values, **more):
    return {"field": field, "op": op, "values": list(values), **more}


def found(view, user):
    return set(show(view, user, current_rulebook()).tickets.values_list("pk", flat=True))


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client


@pytest.fixture
def three(customer, category, agent, colleague, ticket_in):
    """A received ticket, the agent's urgent one below the category with a tag, and a resolved one."""
    vip = Customer.objects.create(name="Sofia Rossi", segment=Segment.objects.get(code="vip"), language="en")
    below = Category.objects.create(name="Cracked glass", code="cracked-glass", parent=category)
    chosen = create_ticket(customer=vip, subject="Kettle", body="It leaks", channel="phone", language="en")
    take_step(chosen, "classify", actor=agent, category=below, priority="urgent")
    chosen = take_step(chosen, "assign", actor=agent, assignee=colleague)
    tag = Tag.objects.create(name="Rush", code="rush")
    set_tags(chosen, [tag], actor=agent)
    new, done = ticket_in("received"), ticket_in("resolved")
    old = timezone.now() - timedelta(days=10)
    Ticket.objects.filter(pk=done.pk).update(created_at=old, resolved_at=old, last_message_at=old)
    return {"new": new, "chosen": chosen, "done": done, "tag": tag, "below": below, "vip": vip.segment}


def test_each_condition_finds_what_it_says(three, agent, colleague, team, category):
    tag, vip, day = str(three["tag"].pk), str(three["vip"].pk), timezone.localdate(three["chosen"].created_at)
    table = [
        ([], "new chosen done"),
        ([condition("status", "is", "received", "resolved")], "new done"),
        ([condition("status", "not", "received", "resolved")], "chosen"),
        ([condition("team", "is", "none")], "new"),
        ([condition("team", "is", str(team.pk))], "chosen done"),
        ([condition("team", "not", "mine")], "new"),
        ([condition("assignee", "is", "me")], "done"),
        ([condition("assignee", "is", "none", str(colleague.pk))], "new chosen"),
        ([condition("assignee", "not", "me")], "new chosen"),
        ([condition("category", "is", str(category.pk))], "chosen done"),
        ([condition("category", "is", str(three["below"].pk), "none")], "new chosen"),
        ([condition("priority", "is", "urgent")], "chosen"),
        ([condition("tag", "is", tag)], "chosen"),
        ([condition("tag", "not", tag)], "new done"),
        ([condition("segment", "is", vip)], "chosen"),
        ([condition("channel", "is", "phone"), condition("language", "is", "en")], "chosen"),
        ([condition("promise", "is", "none")], "done"),
        ([condition("promise", "is", "running", "soon"), condition("status", "is", "received")], "new"),
        ([condition("promise", "is", "broken")], ""),
        ([condition("reply", "is", "given")], "done"),
        ([condition("created", "last", number=2, unit="days")], "new chosen"),
        ([condition("created", "older", number=1, unit="weeks")], "done"),
        ([condition("resolved", "last", number=300, unit="hours")], "done"),
        ([condition("due", "next", number=52, unit="weeks")], "new chosen"),
        ([condition("created", "from", on=str(day))], "new chosen"),
        ([condition("last_message", "until", on=str(day - timedelta(days=1)))], "done"),
        ([condition("text", "with", text="kettle")], "chosen"),
    ]
    for conditions, names in table:
        view = SavedView(conditions=conditions)
        assert found(view, agent) == {three[name].pk for name in names.split()}, conditions


def test_what_cannot_be_asked_is_said_and_finds_nothing(three, agent, desk, client, manager):
    gone = Tag.objects.create(name="Gone", code="gone")
    view = save_view(
        SavedView(name="Recalls", owner=agent, conditions=[condition("tag", "is", str(gone.pk))]), actor=agent
    )
    gone.delete()
    page = desk.get(view.get_absolute_url())
    assert page.status_code == 200
    assert "names something that is gone" in page.text
    assert reverse("tickets:edit-view", args=[view.pk]) in page.text
    assert desk.get(reverse("tickets:edit-view", args=[view.pk])).status_code == 200
    for broken in (
        {"a": 1}, ["x"], [7], [{}], [condition("planet", "is", "mars")], [condition("status", "was", "received")],
        [condition("status")], [condition("status", "is", "²")], [condition("promise", "is", "kept")],
        [condition("assignee", "is", "9" * 40)], [condition("created", "last", number="many", unit="days")],
        [condition("created", "last", number=10**9, unit="weeks")], [condition("created", "from", on="9999-12-31")],
        [condition("text", "with", text="  ")], [{"field": [], "op": {}}],
    ):  # fmt: skip
        view.conditions, view.columns, view.order = broken, {"x": 1}, "upside-down"
        view.save()
        page = desk.get(view.get_absolute_url())
        assert (page.status_code, page.context["rows"]) == (200, []), broken
        assert page.context["problems"], broken
        for name in ("views", "views-side"):
            assert desk.get(reverse(f"tickets:{name}")).status_code == 200
        assert desk.get(reverse("tickets:edit-view", args=[view.pk])).status_code == 200


def test_who_sees_and_shapes_which_view(agent, colleague, agent_of_another_team, manager, team, other_team):
    own = save_view(SavedView(name="Own", owner=agent), actor=agent)
    shared = save_view(SavedView(name="Shared"), actor=manager)
    of_team = save_view(SavedView(name="Team", team=team), actor=manager)
    seen = {
        user: set(SavedView.objects.visible_to(user))
        for user in (agent, colleague, agent_of_another_team, manager)
    }
    assert seen[agent] == {own, shared, of_team}
    assert seen[colleague] == {shared, of_team}
    assert seen[agent_of_another_team] == {shared}
    assert seen[manager] == {shared, of_team}
    for view, actor in ((shared, agent), (own, colleague), (own, manager)):
        for write in (save_view, delete_view, lambda view, actor: move_view(view, 0, actor=actor)):
            with pytest.raises(PermissionDenied):
                write(view, actor=actor)


def test_views_are_put_in_order(desk, agent, manager):
    views = [save_view(SavedView(name=name, owner=agent), actor=agent) for name in "abcd"]
    save_view(SavedView(name="x", owner=None), actor=manager)

    def order():
        return "".join(SavedView.objects.filter(owner=agent).values_list("name", flat=True))

    for moved, to, expected in ((0, "3", "bcda"), (3, "up", "bdca"), (1, "down", "dbca"), (2, "-5", "cdba")):
        answer = desk.post(reverse("tickets:move-view", args=[views[moved].pk]), {"to": to})
        assert answer.status_code == 302
        assert order() == expected, (moved, to)


def test_a_view_is_built_by_hand(desk, agent, three):
    url = reverse("tickets:new-view")
    page = desk.post(url, {"name": "Urgent", "add": "1", "new_field": "priority"})
    assert 'name="c0-values"' in page.text
    typed = {
        "name": "Urgent",
        "fields": ["priority:c0"],
        "c0-op": "is",
        "order": "created",
        "columns": ["tags", "due"],
    }
    refused = desk.post(url, typed)
    assert refused.status_code == 422
    assert "Choose at least one." in refused.text
    # A further condition leaves what was typed.
    page = desk.post(url, typed | {"c0-values": ["urgent"], "add": "1", "new_field": "created"})
    assert 'value="urgent" checked' in page.text
    dates = {"fields": ["priority:c0", "created:c1"], "c1-op": "last", "c1-number": "3", "c1-unit": "weeks"}
    page = desk.post(url, typed | dates | {"c0-values": ["urgent"], "remove": "c1"})
    assert "c1-op" not in page.text
    saved = desk.post(url, typed | dates | {"c0-values": ["urgent"]}, follow=True)
    view = SavedView.objects.get()
    assert saved.redirect_chain == [(view.get_absolute_url(), 302)]
    assert (view.owner, view.columns, view.order) == (agent, ["tags", "due"], "created")
    assert view.conditions == [
        {"field": "priority", "op": "is", "values": ["urgent"]},
        {"field": "created", "op": "last", "number": 3, "unit": "weeks"},
    ]
    assert [row["id"] for row in saved.context["rows"]] == [three["chosen"].pk]
    assert "Rush" in saved.text
    assert "Priority is Urgent" in saved.text
    page = desk.get(reverse("tickets:edit-view", args=[view.pk]))
    assert 'value="urgent" checked' in page.text
    desk.post(reverse("tickets:delete-view", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_a_narrowed_queue_becomes_a_view(desk, three):
    query = {"status": "assigned", "tag": "rush", "q": "kettle"}
    page = desk.get(reverse("tickets:queue", args=["all"], query=query))
    form = desk.get(page.context["view_url"]).context["form"]
    assert [row.about.code for row in form.rows] == ["status", "tag", "text"]
    assert found(form.view, form.user) == {three["chosen"].pk}


@pytest.mark.parametrize("count", [1, PAGE])
def test_a_view_costs_the_same_queries_at_any_length(
    count, desk, agent, colleague, customer, django_assert_num_queries
):
    for number in range(count):
        create_ticket(customer=customer, subject=f"{number}", body="x", acknowledge=False)
    view = SavedView.objects.create(
        name="All of it", owner=agent, order="-created",
        columns=["status", "tags", "segment", "created", "due"],
        conditions=[condition("status", "is", "received"), condition("assignee", "not", str(colleague.pk))],
    )  # fmt: skip
    desk.get(view.get_absolute_url())
    # session, user, permissions, view, stamp, people named, tickets, tags, teams, counts
    with django_assert_num_queries(10):
        page = desk.get(view.get_absolute_url())
    assert len(page.context["rows"]) == count


def test_pages_are_cut_by_key_in_every_order(agent, customer, desk):
    start = timezone.now() - timedelta(days=1)
    for number in range(PAGE + 3):
        made = create_ticket(customer=customer, subject=f"{number}", body="x", acknowledge=False)
        moment = start + timedelta(minutes=number // 2)
        Ticket.objects.filter(pk=made.pk).update(
            created_at=moment, last_message_at=moment, due_at=moment, queue_at=moment
        )
    for order in ("due", "-last_message", "last_message", "-created", "created", "-changed"):
        view = SavedView.objects.create(name=order, owner=agent, order=order)
        first = desk.get(view.get_absolute_url())
        second = desk.get(view.get_absolute_url() + first.context["older_url"])
        keys = [row["id"] for page in (first, second) for row in page.context["rows"]]
        assert len(keys) == len(set(keys)) == PAGE + 3, order
        if order in ("due", "created"):
            assert keys == sorted(keys)


def test_counts_are_bounded_and_kept_for_a_moment(agent, three, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("tickets.desk.saved_views.COUNTS_TO", 1)
    views = [
        SavedView.objects.create(name="a", conditions=[condition("status", "is", "received")]),
        SavedView.objects.create(name="b"),
        SavedView.objects.create(name="c", conditions=[condition("tag", "is", "999")]),
    ]
    rulebook = current_rulebook()
    assert [view_counts(views, agent, rulebook)[view.pk] for view in views] == ["1", "1+", ""]
    with django_assert_num_queries(1):  # the cache
        view_counts(views, agent, rulebook)


def test_the_side_answers_204_while_nothing_changed(desk, agent, three):
    Ticket.objects.update(updated_at=timezone.now() - timedelta(minutes=5))
    view = save_view(SavedView(name="Mine", owner=agent), actor=agent)
    side = reverse("tickets:views-side")
    page = desk.get(
        side, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{view.get_absolute_url()}"}
    )
    assert 'aria-current="page"' in page.text
    assert desk.get(f"{side}?mark={page.context['mark']}").status_code == 204


def test_a_managers_admin_has_the_shared_views_only(client, manager, agent):
    shared, own = SavedView.objects.create(name="Shared"), SavedView.objects.create(name="Own", owner=agent)
    client.force_login(manager)
    listed = client.get(reverse("admin:tickets_savedview_changelist")).text
    assert ("Shared" in listed, "Own</a>" in listed) == (True, False)
    assert client.get(reverse("admin:tickets_savedview_change", args=[own.pk])).status_code == 302
    added = client.post(reverse("admin:tickets_savedview_add"), {"name": "New", "position": "7"})
    assert added.url == reverse("tickets:edit-view", args=[SavedView.objects.get(name="New").pk])
    saved = client.post(reverse("tickets:edit-view", args=[shared.pk]), {"name": "Alle", "order": "due"})
    assert saved.status_code == 302
    assert services.place_of(SavedView.objects.get(name="Alle")) == 0


@pytest.fixture(autouse=True)
def _empty_cache(db):
    cache.clear()
