"""Changes of many tickets: the forecast says what the job does, each ticket once; what can go back goes back."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from catalog.models import Category, Tag
from customers.models import Customer
from scripts.environment import ROOT, clean_environment
from staff.models import User
from tickets.models import BulkItem, BulkJob, Event, ReplyTemplate, SavedView, Ticket
from tickets.services import bulk, create_ticket, set_tags, take_step
from tickets.tasks import prune_bulk_jobs, resume_bulk_jobs


@pytest.fixture
def run(agent):
    """Forecasts a change, starts it and works it off; the forecast must say what then happens."""

    def run(action, tickets, actor=None, **details):
        keys, actor = [ticket.pk for ticket in tickets], User.objects.get(pk=(actor or agent).pk)
        seen = bulk.forecast(bulk.plan_of(action, details, actor), keys)
        job = bulk.start_job(
            action, details, keys, actor=actor, submission_key=f"{action}{time.monotonic_ns()}"
        )
        assert bulk.work_off(job.pk) is False
        states = Counter(job.items.values_list("state", flat=True))
        assert states["failed"] == 0
        assert (seen.possible, seen.refused_count) == (states["done"], states["refused"])
        job.refresh_from_db()
        assert job.finished_at is not None
        return job

    return run


def undo(job, actor):
    undone = bulk.undo_job(job, actor=actor)
    assert bulk.undo_job(job, actor=actor) == undone
    bulk.work_off(undone.pk)
    return undone


def outcome(job):
    return {item.ticket_id: (item.state, " ".join(item.reasons)) for item in job.items.all()}


@pytest.fixture
def one_of_each(ticket_in):
    return {
        status: ticket_in(status) for status in ("received", "classified", "assigned", "waiting", "resolved")
    }


def status_of(tickets):
    return [Ticket.objects.get(pk=ticket.pk).status for ticket in tickets]


def test_assigning(run, one_of_each, agent, colleague, team, other_team):
    tickets = list(one_of_each.values())
    job = run("assign", tickets, assignee=colleague.pk)
    states = [outcome(job)[ticket.pk][0] for ticket in tickets]
    assert states == ["refused", "done", "done", "refused", "refused"]
    assert "needs a ticket that is Classified or Assigned" in outcome(job)[tickets[0].pk][1]
    assert "has it already" in outcome(run("assign", [tickets[2]], assignee=colleague.pk))[tickets[2].pk][1]
    assert {ticket.assignee_id for ticket in Ticket.objects.filter(status="assigned")} == {colleague.pk}
    assert "does not serve" in outcome(run("assign", [tickets[2]], team=other_team.pk))[tickets[2].pk][1]
    undone = undo(job, agent)
    assert Counter(undone.items.values_list("state", flat=True)) == {"done": 2}
    assert status_of(tickets)[1:3] == ["classified", "assigned"]
    assert Ticket.objects.get(pk=tickets[2].pk).assignee == agent


def test_classifying(run, one_of_each, agent, team):
    other = Category.objects.create(name="Battery", code="battery")
    tickets = list(one_of_each.values())
    job = run("classify", tickets, category=other.pk, priority="high")
    assert [outcome(job)[ticket.pk][0] for ticket in tickets] == ["done", "done", *["refused"] * 3]
    undone = undo(job, agent)
    assert "no step leads back" in outcome(undone)[tickets[0].pk][1]
    back = Ticket.objects.get(pk=tickets[1].pk)
    assert (back.category, back.priority, back.team) == (tickets[1].category, "normal", team)


def test_tags_and_what_happened_since(run, one_of_each, agent):
    rush, old = Tag.objects.create(name="Rush", code="rush"), Tag.objects.create(name="Old", code="old")
    tickets = list(one_of_each.values())[:3]
    set_tags(tickets[0], [rush], actor=agent)
    set_tags(tickets[1], [old], actor=agent)
    job = run("tag", tickets, add=[rush.pk], remove=[old.pk])
    assert [outcome(job)[ticket.pk][0] for ticket in tickets] == ["refused", "done", "done"]
    take_step(tickets[2], "wait", actor=agent, reply="订单号？")
    undone = undo(job, agent)
    assert outcome(undone)[tickets[1].pk][0] == "done"
    assert "Something has happened to it since" in outcome(undone)[tickets[2].pk][1]
    assert [set(ticket.tags.all()) for ticket in tickets] == [{rush}, {old}, {rush}]


def test_replying_with_a_template(run, one_of_each, agent, settings):
    settings.UNDO_SECONDS = 10
    template = ReplyTemplate.objects.create(name="Greeting")
    template.texts.create(language="zh-hans", body="{customer}您好，订单 {order} 已处理。")
    tickets = [one_of_each["assigned"], one_of_each["classified"]]
    job = run("reply", tickets, template=template.pk, step="resolve")
    assert all("订单号" in reason for _state, reason in outcome(job).values())
    template.texts.update(body="{customer}您好，已处理。")
    job = run("reply", tickets, template=template.pk, step="resolve")
    assert [outcome(job)[ticket.pk][0] for ticket in tickets] == ["done", "refused"]
    assert "陈晓您好" in tickets[0].messages.filter(kind="reply").latest("id").body
    assert status_of(tickets) == ["resolved", "classified"]
    undo(job, agent)
    assert status_of(tickets) == ["assigned", "classified"]


@pytest.mark.parametrize(
    ("step", "source", "target", "back", "extra"),
    [
        ("resolve", "waiting", "resolved", "assigned", {}),
        ("cancel", "assigned", "cancelled", "received", {"cancel_reason": "spam"}),
        ("resume", "waiting", "assigned", "waiting", {}),
        ("hand_back", "assigned", "classified", "assigned", {"note": "x"}),
        ("reopen", "resolved", "assigned", "resolved", {"note": "x"}),
    ],
)
def test_steps_and_the_way_back(run, ticket_in, lead, step, source, target, back, extra):
    ticket, other = ticket_in(source), ticket_in("received")
    job = run("step", [ticket, *([] if step == "cancel" else [other])], actor=lead, step=step, **extra)
    assert status_of([ticket]) == [target]
    undo(job, lead)
    assert status_of([ticket]) == [back]
    assert Event.objects.filter(ticket=ticket, step=step).count() == 1


def test_merging_only_what_is_of_one_customer(run, one_of_each, agent):
    stranger = Customer.objects.create(name="Sofia Rossi")
    foreign = create_ticket(customer=stranger, subject="x", body="x")
    into = one_of_each["assigned"]
    job = run("merge", [into, one_of_each["received"], one_of_each["resolved"], foreign], into=into.pk)
    states = {key: state for key, (state, _reason) in outcome(job).items()}
    assert [key for key, state in states.items() if state == "done"] == [one_of_each["received"].pk]
    undo(job, agent)
    assert status_of([one_of_each["received"]]) == ["received"]


def test_what_is_foreign_gone_or_broken_holds_up_no_other(
    one_of_each, agent, agent_of_another_team, other_team, refused, caplog
):
    tickets = [one_of_each[name] for name in ("assigned", "received", "classified")]
    tag = Tag.objects.create(name="Rush", code="rush")
    refused(tickets[1])
    job = bulk.start_job(
        "tag",
        {"add": [tag.pk]},
        [ticket.pk for ticket in tickets],
        actor=agent_of_another_team,
        submission_key="x",
    )
    bulk.work_off(job.pk)
    refused.mend()
    assert [outcome(job)[ticket.pk][0] for ticket in tickets] == ["refused", "failed", "refused"]
    assert "no longer see it" in outcome(job)[tickets[0].pk][1]
    assert "failed" in caplog.text
    agent.is_active = False
    agent.save()
    gone = bulk.start_job(
        "assign", {"assignee": agent.pk}, [tickets[2].pk], actor=agent_of_another_team, submission_key="y"
    )
    bulk.work_off(gone.pk)
    assert list(gone.items.values_list("state", flat=True)) == ["refused"]


def test_a_form_sent_twice_is_one_job_and_a_silent_one_is_taken_up(one_of_each, agent, monkeypatch):
    tag = Tag.objects.create(name="Rush", code="rush")
    keys = [ticket.pk for ticket in one_of_each.values()]
    jobs = {
        bulk.start_job("tag", {"add": [tag.pk]}, keys + keys, actor=agent, submission_key="same").pk
        for _press in range(2)
    }
    assert len(jobs) == 1
    assert BulkItem.objects.count() == len(keys)
    assert not bulk.jobs_to_resume().exists()
    BulkJob.objects.update(moved_at=timezone.now() - timedelta(minutes=1))
    assert resume_bulk_jobs.call() == 1
    assert bulk.work_off(jobs.pop()) is False
    assert not bulk.jobs_to_resume().exists()
    BulkJob.objects.update(created_at=timezone.now() - timedelta(days=89))
    assert prune_bulk_jobs.call() == 0
    BulkJob.objects.update(created_at=timezone.now() - timedelta(days=91))
    assert prune_bulk_jobs.call() == 1
    assert not BulkItem.objects.exists()


def test_from_the_list_to_the_job(client, agent, agent_of_another_team, one_of_each):
    client.force_login(agent)
    url, tag = reverse("tickets:new-bulk"), Tag.objects.create(name="Rush", code="rush")
    keys = [ticket.pk for ticket in one_of_each.values()]
    assert client.post(url, {"action": "tag"}).url == reverse("tickets:queue")
    page = client.post(url, {"action": "tag", "tickets": keys, "of": "queue-all"})
    assert set(page.context["chosen"].keys) == set(keys)
    data = {"action": "tag", "tickets": keys, "of": "queue-all", "key": "k", "stage": "look"}
    assert client.post(url, data).status_code == 422
    page = client.post(url, data | {"add": [tag.pk]})
    assert page.context["forecast"].possible == 5
    refused = client.post(url, data | {"action": "step", "step": "wait"})
    assert "Ask the customer something in a public reply first" in refused.text
    answers = {client.post(url, data | {"add": [tag.pk], "stage": "start"}).url for _press in range(2)}
    job = BulkJob.objects.get()
    assert answers == {job.get_absolute_url()}
    bulk.work_off(job.pk)
    page = client.get(job.get_absolute_url())
    assert "5 of 5 tickets" in page.text
    assert page.context["what"] == ["+ Rush"]
    assert "hx-get" not in page.text.split('id="bulk-job"')[1].split(">")[0]
    assert client.get(reverse("tickets:bulk")).status_code == 200
    undone = client.post(reverse("tickets:undo-bulk", args=[job.pk]))
    assert undone.url == BulkJob.objects.get(undoes=job).get_absolute_url()
    client.force_login(agent_of_another_team)
    assert client.get(job.get_absolute_url()).status_code == 404


def test_a_whole_list_is_what_the_user_sees_of_it(client, agent, one_of_each, other_team, customer):
    client.force_login(agent)
    foreign = create_ticket(customer=customer, subject="x", body="x")
    Ticket.objects.filter(pk=foreign.pk).update(team=other_team)
    view = SavedView.objects.create(
        name="Open", conditions=[{"field": "status", "op": "is", "values": ["received", "assigned"]}]
    )
    wanted = {one_of_each["received"].pk, one_of_each["assigned"].pk}
    for source in (
        {"of": f"view-{view.pk}"},
        {"of": "queue-all", "query": "?status=received"},
        {"tickets": [*wanted, foreign.pk, "x", "9" * 30]},
    ):
        data = {"action": "assign", **source} | ({"whole": "1"} if "of" in source else {})
        page = client.post(reverse("tickets:new-bulk"), data)
        expected = {one_of_each["received"].pk} if "query" in source else wanted
        assert set(page.context["chosen"].keys) == expected, source
    for source in ({"of": "view-999", "whole": "1"}, {"of": "queue-nowhere", "whole": "1"}):
        assert client.post(reverse("tickets:new-bulk"), source).status_code == 302


def test_the_forecast_costs_the_same_for_any_number(
    agent, customer, category, ticket_in, django_assert_num_queries
):
    keys = [ticket_in("assigned").pk for _number in range(6)]
    plan = bulk.plan_of("step", {"step": "resolve"}, agent)
    bulk.forecast(plan, keys)
    for some in (keys[:1], keys):
        with django_assert_num_queries(3):  # tickets, tags, files of fields
            assert bulk.forecast(plan, some).refused_count == len(some)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_is_followed_by_one_that_touches_no_ticket_twice(
    agent, customer, category
):
    count = 80
    for number in range(count):
        create_ticket(customer=customer, subject=f"{number}", body="x", acknowledge=False)
    keys = list(Ticket.objects.values_list("pk", flat=True))
    details = {"category": category.pk, "priority": "high"}
    job = bulk.start_job("classify", details, keys, actor=agent, submission_key="kill")
    name = connection.settings_dict["NAME"]
    environment = clean_environment(
        DATABASE_URL=re.sub(r"/[^/]*$", f"/{name}", os.environ["DATABASE_URL"]),
        DJANGO_SETTINGS_MODULE="tests.settings",
    )
    code = "import django; django.setup(); from tickets.services import bulk; bulk.work_off({}, seconds=60)"
    # Two at once, both killed as soon as some tickets are done.
    workers = [
        subprocess.Popen([sys.executable, "-c", code.format(job.pk)], cwd=ROOT, env=environment)
        for _number in range(2)
    ]
    ends_at = time.monotonic() + 30
    while job.items.exclude(state="pending").count() < 10 and time.monotonic() < ends_at:
        time.sleep(0.02)
    for worker in workers:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    settled = job.items.exclude(state="pending").count()
    assert 10 <= settled < count, "The workers were killed too early or too late to show anything."
    BulkJob.objects.update(moved_at=timezone.now() - timedelta(minutes=1))
    assert list(bulk.jobs_to_resume()) == [job]
    while bulk.work_off(job.pk):
        pass
    assert Counter(job.items.values_list("state", flat=True)) == {"done": count}
    steps = Counter(Event.objects.filter(step="classify", actor=agent).values_list("ticket", flat=True))
    assert (len(steps), set(steps.values())) == (count, {1})
