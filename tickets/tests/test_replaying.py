"""A changed policy or calendar applied to the tickets that are open: what was shown comes about, once."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from sla.models import BusinessCalendar, SlaPolicy
from sla.services import record_version
from tickets import services
from tickets.models import Promise, Ticket
from tickets.replay.reading import read_stories
from tickets.services import replaying
from tickets.tasks import replay_changes
from tickets.tests.lives import live
from tickets.tests.promises import check_the_clocks, set_policy
from tickets.tests.test_replay import categories, policies, rota, told_again  # noqa: F401
from tickets.tests.test_what_if import people  # noqa: F401
from tickets.tests.test_what_if_page import typed_policy

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)


def replay_all(thing, actor):
    done, after = [], 0
    while True:
        batch = services.replay_changes(thing, actor=actor, after_id=after)
        done.append(batch)
        after = batch.last_id
        if batch.is_done:
            return done


def work_off():
    """Run what is waiting for a worker, as a worker does."""
    while row := DBTaskResult.objects.ready().filter(task_path="tickets.tasks.replay_changes").first():
        arguments = row.args_kwargs["args"]
        row.delete()
        replay_changes.call(*arguments)


def promise_of(ticket, kind):
    return ticket.promises.get(kind=kind, dropped_at__isnull=True, met_at__isnull=True)


def test_open_tickets_move_as_shown_with_an_event_and_once(clock, ticket_in, manager):
    ticket, over = ticket_in("assigned"), ticket_in("resolved")
    clock.shift(timedelta(hours=1))
    policy = set_policy(resolution_minutes=600)
    preview = services.preview_changes(policy)
    assert [(pk, move.kind) for pk, _subject, move in preview.moves] == [(ticket.pk, "resolution")]
    shown = preview.moves[0][2].would.due_at
    assert promise_of(ticket, "resolution").target_minutes == 960
    assert [(one.moved, one.skipped) for one in replay_all(policy, manager)] == [(1, 0)]
    promise = promise_of(ticket, "resolution")
    assert (promise.target_minutes, promise.due_at, promise.policy_version.number) == (600, shown, 2)
    event = ticket.events.get(kind="promises_replayed")
    assert (event.actor, event.data["versions"], event.data["moved"]) == (manager, [1, 2], ["resolution"])
    check_the_clocks(ticket)
    assert [(one.moved, one.skipped) for one in replay_all(policy, manager)] == [(0, 0)]
    assert ticket.events.filter(kind="promises_replayed").count() == 1
    assert not over.events.filter(kind="promises_replayed").exists()


def test_a_promise_may_break_mend_come_or_go(clock, ticket_in, manager):
    ticket = ticket_in("assigned")
    clock.shift(timedelta(days=1, hours=2))
    services.mark_broken_promises()
    assert promise_of(ticket, "first_response").broken_at
    policy = set_policy(
        first_response_minutes=900, resolution_minutes=None, progress_minutes=60, next_response_minutes=None
    )
    words = {move.kind: move.word(timezone.now()) for _pk, _s, move in services.preview_changes(policy).moves}
    assert words == {"first_response": "mended", "resolution": "gone", "progress": "new"}
    replay_all(policy, manager)
    assert promise_of(ticket, "first_response").broken_at is None
    assert not ticket.promises.filter(kind="resolution", dropped_at__isnull=True).exists()
    assert promise_of(ticket, "progress").due_at < timezone.now()
    assert services.mark_broken_promises() == 1
    check_the_clocks(ticket)


def test_a_ticket_that_changed_meanwhile_is_worked_out_anew(clock, ticket_in, manager, agent):
    ticket = ticket_in("assigned")
    policy = set_policy(next_response_minutes=30, resolution_minutes=600)
    applying, rows = replaying._begin(policy, manager), read_stories([ticket.pk], (), timezone.now())
    clock.shift(timedelta(hours=1))
    services.take_step(ticket, "wait", actor=agent, reply="请问？")
    clock.shift(timedelta(hours=3))
    services.take_step(ticket, "resume", actor=agent)
    # As a batch does that had read the ticket before.
    assert replaying._apply(applying, rows[0], ticket.version) is True
    promise = promise_of(ticket, "resolution")
    assert (promise.target_minutes, promise.pauses.count()) == (600, 1)
    check_the_clocks(ticket)


def test_a_changed_calendar_moves_what_runs_by_it(clock, ticket_in, manager):
    ticket = ticket_in("assigned")
    before = promise_of(ticket, "resolution").due_at
    calendar = BusinessCalendar.objects.get(is_default=True)
    calendar.special_days.create(on="2026-03-03", kind="off", name="Stock-taking")
    record_version(calendar, reason="test")
    replay_all(calendar, manager)
    assert promise_of(ticket, "resolution").due_at == before + timedelta(days=1)
    assert promise_of(ticket, "resolution").calendar_version.number == 2
    check_the_clocks(ticket)
    assert not services.run_by_earlier(calendar).exists()


@pytest.mark.usefixtures("policies", "rota")
def test_after_applying_every_open_promise_is_what_the_story_gives(clock, people, manager):  # noqa: F811
    for seed in range(200, 204):
        live(clock, seed, steps=8, **people)
    policy = set_policy(resolution_minutes=500, progress_minutes=None, pauses_off_duty=True)
    preview = services.preview_changes(policy)
    assert preview.moves
    assert preview.skipped == 0
    would = {(pk, move.kind): move.would for pk, _subject, move in preview.moves}
    replay_all(policy, manager)
    for (pk, kind), one in would.items():
        row = Promise.objects.filter(
            ticket=pk, kind=kind, met_at__isnull=True, dropped_at__isnull=True
        ).first()
        assert (row is None) == (one is None)
        if row and not one.is_standing:
            assert row.due_at == one.due_at
    for ticket in Ticket.objects.open():
        told, outcomes, _now = told_again(ticket)
        stored = {row.kind: row.due_at for row in told.stored if row.is_open and row.running_since_at}
        assert stored == {one.kind: one.due_at for one in outcomes if one.is_open and not one.is_standing}
        check_the_clocks(ticket)


def test_a_manager_sees_what_would_move_and_moves_it(client, ticket_in, manager):
    with time_machine.travel(timezone.now() - timedelta(hours=1), tick=True):
        ticket = ticket_in("assigned")
    policy = set_policy(resolution_minutes=600)
    client.force_login(manager)
    url = reverse("admin:sla_slapolicy_replay", args=[policy.pk])
    page = client.get(url).content.decode()
    assert ticket.number in page
    assert "1 open ticket still runs by an earlier version." in page
    assert promise_of(ticket, "resolution").target_minutes == 960
    assert client.post(url).status_code == 302
    assert "0 of 1 tickets are done." in client.get(url).content.decode()
    work_off()
    assert "Done: 1 moved, 0 stayed as they are." in client.get(url).content.decode()
    assert promise_of(ticket, "resolution").target_minutes == 600
    history = client.get(reverse("tickets:history", args=[ticket.pk])).content.decode()
    assert "Promises replayed by new versions" in history


def test_saving_a_change_tells_how_many_tickets_run_by_an_earlier_version(client, ticket_in, manager):
    ticket_in("assigned")
    client.force_login(manager)
    policy = SlaPolicy.objects.get(name="Normal")
    typed = typed_policy(policy, resolution_minutes=600, change_reason="Quicker")
    answer = client.post(reverse("admin:sla_slapolicy_change", args=[policy.pk]), typed, follow=True)
    assert "1 open ticket still runs by an earlier version." in answer.content.decode()
    assert reverse("admin:sla_slapolicy_replay", args=[policy.pk]) in answer.content.decode()


@pytest.mark.parametrize("who", ["agent", "lead"])
def test_only_who_may_change_a_policy_moves_tickets(who, client, request, ticket_in):
    ticket_in("assigned")
    policy = set_policy(resolution_minutes=600)
    client.force_login(request.getfixturevalue(who))
    assert client.post(reverse("admin:sla_slapolicy_replay", args=[policy.pk])).status_code in (302, 403)
    assert services.run_by_earlier(policy).count() == 1
