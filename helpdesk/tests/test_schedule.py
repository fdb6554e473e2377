"""Turns: what is due and needed is woken, by one of many workers."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from helpdesk.models import Schedule
from helpdesk.schedule import ENTRIES, Entry, start_due, take_turn
from helpdesk.tasks import LOST_AFTER, lost_tasks, return_lost_tasks
from tickets.models import Message, Promise, Ticket
from tickets.tasks import mark_broken_promises

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def entry(is_needed=None):
    return Entry("look", MINUTE, mark_broken_promises, is_needed)


def ready():
    return DBTaskResult.objects.filter(status=TaskResultStatus.READY).count()


def test_a_new_entry_is_due_at_once_and_then_after_its_time():
    with time_machine.travel("2026-06-01 08:00Z", tick=False) as clock:
        assert start_due([entry()]) == ["look"]
        DBTaskResult.objects.all().delete()
        clock.shift(59)
        assert start_due([entry()]) == []
        clock.shift(1)
        assert start_due([entry()]) == ["look"]


def test_what_is_not_needed_is_not_woken_but_moves_on():
    now = timezone.now()
    assert start_due([entry(lambda: False)]) == []
    assert ready() == 0
    assert Schedule.objects.get().next_run_at > now + MINUTE / 2


def test_of_two_workers_one_takes_the_turn():
    moment = timezone.now()
    Schedule.objects.create(name="look", next_run_at=moment)
    assert take_turn(entry(), moment, moment)
    assert not take_turn(entry(), moment, moment)
    assert ready() == 1


def test_a_task_that_still_waits_is_not_woken_again():
    with time_machine.travel("2026-06-01 08:00Z", tick=False) as clock:
        assert start_due([entry()]) == ["look"]
        clock.shift(120)
        assert start_due([entry()]) == []
    assert ready() == 1


def test_a_broken_entry_does_not_stop_the_others(caplog):
    def broken() -> bool:
        raise ValueError("no")

    other = Entry("other", MINUTE, mark_broken_promises)
    assert start_due([entry(broken), other]) == ["other"]
    assert "The turn of “look” failed." in caplog.text


def test_the_names_are_unique_and_every_task_can_be_enqueued():
    assert len({one.name for one in ENTRIES}) == len(ENTRIES)
    for one in ENTRIES:
        one.task.enqueue()
    assert ready() == len(ENTRIES)


def test_a_batch_does_what_there_is_to_do_and_ends(ticket, mailoutbox):
    call_command("work", batch=True)
    assert len(mailoutbox) == 1
    assert Message.objects.get(purpose="acknowledgement").delivery == "sent"
    assert not DBTaskResult.objects.exclude(status=TaskResultStatus.SUCCESSFUL).exists()


def test_a_second_batch_right_after_finds_new_work(ticket, customer, category, mailoutbox):
    call_command("work", batch=True)
    from tickets.services import create_ticket

    create_ticket(customer=customer, subject="Again", body="Again")
    call_command("work", batch=True)
    assert len(mailoutbox) == 2


def test_a_batch_marks_broken_promises(ticket):
    Promise.objects.filter(ticket=ticket).update(due_at=timezone.now() - MINUTE)
    assert Promise.objects.filter(ticket=ticket, broken_at__isnull=True).exists()
    call_command("work", batch=True)
    assert not Promise.objects.filter(ticket=ticket, broken_at__isnull=True).exists()


def test_a_batch_assigns_to_who_has_come_in(ticket_in, agent):
    ticket = ticket_in("classified")
    Ticket.objects.filter(pk=ticket.pk).update(updated_at=timezone.now() - MINUTE)
    agent.is_present = True
    agent.save()
    call_command("work", batch=True)
    assert Ticket.objects.get(pk=ticket.pk).assignee == agent


def running(minutes, workers=("one",)):
    result = mark_broken_promises.enqueue()
    DBTaskResult.objects.filter(pk=result.id).update(
        status=TaskResultStatus.RUNNING,
        started_at=timezone.now() - timedelta(minutes=minutes),
        worker_ids=list(workers),
    )
    return DBTaskResult.objects.get(pk=result.id)


def test_a_task_of_a_killed_worker_is_given_to_another():
    limit = LOST_AFTER / MINUTE
    lost, busy = running(limit + 1), running(limit - 1)
    assert return_lost_tasks.call() == 1
    lost.refresh_from_db()
    busy.refresh_from_db()
    assert (lost.status, busy.status) == (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    call_command("work", batch=True)
    lost.refresh_from_db()
    assert lost.status == TaskResultStatus.SUCCESSFUL


def test_a_task_that_kills_its_workers_is_not_tried_forever():
    lost = running(60, workers=("one", "two", "three"))
    return_lost_tasks.call()
    lost.refresh_from_db()
    assert lost.status == TaskResultStatus.FAILED
    assert not lost_tasks().exists()


def test_finished_tasks_are_pruned_after_a_day():
    with time_machine.travel("2026-06-01 08:00Z", tick=False) as clock:
        mark_broken_promises.enqueue()
        call_command("work", batch=True)
        before = DBTaskResult.objects.filter(status=TaskResultStatus.SUCCESSFUL).count()
        clock.shift(timedelta(days=1, minutes=1))
        call_command("work", batch=True)
        assert before
        assert not DBTaskResult.objects.filter(finished_at__lt=timezone.now() - timedelta(days=1)).exists()
