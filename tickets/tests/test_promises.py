"""What is promised, paused, kept and broken: versions, reasons to pause, reopening, next responses, reports."""

from datetime import UTC, datetime, timedelta

import pytest

from sla.models import BusinessCalendar, SlaPolicy
from sla.services import record_version
from tickets import services
from tickets.choices import PromiseKind
from tickets.desk.page import CLOCKS
from tickets.models import Promise, PromisePause, Ticket
from tickets.tests.promises import check_the_clocks, set_policy

pytestmark = pytest.mark.django_db

# A Monday, 10:00 in Shanghai.
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def promise_of(ticket, kind):
    return ticket.promises.filter(kind=kind, dropped_at__isnull=True).latest("id")


# --- Versions --------------------------------------------------------------------------------------------------------


def test_a_promise_names_the_versions_it_was_made_by(ticket):
    policy = SlaPolicy.objects.get(name="Normal")
    for promise in ticket.promises.all():
        assert promise.policy_version == policy.versions.get()
        assert promise.calendar_version == policy.calendar.versions.get()


def test_a_ticket_keeps_the_version_it_started_with_and_a_new_one_gets_the_new(
    clock, ticket_in, agent, customer, category
):
    early = ticket_in("classified")
    policy = set_policy(first_response_minutes=60, resolution_minutes=60, next_response_minutes=30)
    late = ticket_in("assigned")
    assert promise_of(early, "resolution").target_minutes == 960
    assert promise_of(late, "resolution").target_minutes == 60
    # Re-fitted by the same policy, it stays; what is promised later follows the same version.
    services.take_step(early, "classify", actor=agent, category=category, priority="normal")
    services.add_reply(early, "好的", actor=agent)
    services.add_customer_message(early, "还有问题", customer=customer)
    assert promise_of(early, "resolution").target_minutes == 960
    awaited = promise_of(early, "next_response")
    assert (awaited.policy_version.number, awaited.target_minutes) == (1, 480)
    assert policy.versions.count() == 2


def test_replying_and_taking_in_ask_nothing_for_versions(
    ticket_in, agent, customer, django_assert_num_queries
):
    services.add_reply(ticket_in("assigned"), "好的", actor=agent)
    ticket = ticket_in("assigned")
    with django_assert_num_queries(10):
        services.add_reply(ticket, "好的", actor=agent)
    with django_assert_num_queries(6):
        services.create_ticket(customer=customer, subject="屏幕", body="碎了")


def test_a_ticket_that_comes_back_to_a_policy_gets_its_old_version(clock, ticket_in, agent):
    ticket = ticket_in("assigned")
    services.change_ticket(ticket, actor=agent, priority="urgent")
    assert promise_of(ticket, "resolution").policy.name == "Urgent"
    set_policy(first_response_minutes=60, resolution_minutes=60)
    services.change_ticket(ticket, actor=agent, priority="normal")
    back = promise_of(ticket, "resolution")
    assert (back.policy_version.number, back.target_minutes) == (1, 960)
    check_the_clocks(ticket)


def test_a_calendar_edited_in_the_middle_moves_no_open_promise(clock, ticket_in, agent):
    ticket = ticket_in("assigned")
    due_at = promise_of(ticket, "resolution").due_at
    calendar = BusinessCalendar.objects.get(is_default=True)
    calendar.special_days.create(on="2026-03-03", kind="off", name="Stock-taking")
    record_version(calendar, reason="Stock-taking")
    # Paused and resumed after the edit, it still counts Tuesday as a working day.
    services.take_step(ticket, "wait", actor=agent, reply="请问？")
    clock.shift(HOUR)
    services.take_step(ticket, "resume", actor=agent)
    assert promise_of(ticket, "resolution").due_at == due_at + HOUR
    later = ticket_in("assigned")
    assert promise_of(later, "resolution").due_at == datetime(2026, 3, 5, 3, tzinfo=UTC)
    check_the_clocks(ticket)
    check_the_clocks(later)


def test_a_change_past_the_door_is_found_and_recorded_by_the_next_promise(ticket_in):
    SlaPolicy.objects.filter(name="Normal").update(first_response_minutes=30, resolution_minutes=30)
    ticket = ticket_in("received")
    promise = promise_of(ticket, "resolution")
    assert promise.target_minutes == 30
    assert (promise.policy_version.number, promise.policy_version.cause) == (2, "found")
    assert promise_of(ticket_in("received"), "resolution").policy_version == promise.policy_version


def test_a_promise_outlives_its_policy(ticket_in, agent):
    ticket = ticket_in("assigned")
    SlaPolicy.objects.get(name="Normal").delete()
    services.take_step(ticket, "wait", actor=agent, reply="请问？")
    services.take_step(ticket, "resume", actor=agent)
    promise = promise_of(ticket, "resolution")
    assert promise.policy is None
    assert promise.policy_version.data["name"] == "Normal"
    assert promise.is_running


# --- Reasons to pause ------------------------------------------------------------------------------------------------


def test_while_a_child_is_open_the_parents_clocks_stand_still(clock, ticket_in, agent, customer, category):
    set_policy(pauses_for_children=True)
    parent = ticket_in("assigned")
    due_at = promise_of(parent, "resolution").due_at
    version = Ticket.objects.get(pk=parent.pk).version
    child = services.create_ticket(
        customer=customer, subject="换屏", body="x", category=category, parent=parent
    )
    assert promise_of(parent, "resolution").is_paused
    check_the_clocks(parent)
    clock.shift(HOUR)
    services.take_step(child, "cancel", actor=agent, cancel_reason="duplicate")
    promise = promise_of(parent, "resolution")
    assert (promise.is_running, promise.due_at) == (True, due_at + HOUR)
    assert promise.pauses.get().reason == "child"
    # Nobody did anything to the parent: who writes on it is not told of a newer state.
    assert Ticket.objects.get(pk=parent.pk).version == version
    check_the_clocks(parent)


def test_without_the_rule_a_child_stops_nothing(ticket_in, customer):
    parent = ticket_in("assigned")
    services.create_ticket(customer=customer, subject="换屏", body="x", parent=parent)
    assert promise_of(parent, "resolution").is_running


def test_of_two_children_the_last_lets_the_parent_go_on(clock, ticket_in, agent, customer):
    set_policy(pauses_for_children=True)
    parent = ticket_in("assigned")
    children = [
        services.create_ticket(customer=customer, subject=f"{n}", body="x", parent=parent) for n in range(2)
    ]
    for child, is_paused in zip(children, (True, False), strict=True):
        clock.shift(HOUR)
        services.change_ticket(child, actor=agent, parent=None)
        assert promise_of(parent, "resolution").is_paused == is_paused
    check_the_clocks(parent)


def test_a_clock_goes_on_only_when_no_reason_holds_any_more(clock, ticket_in, agent, customer):
    set_policy(pauses_for_children=True)
    parent = ticket_in("assigned")
    due_at = promise_of(parent, "resolution").due_at
    clock.shift(timedelta(minutes=10))
    child = services.create_ticket(customer=customer, subject="换屏", body="x", parent=parent)
    clock.shift(timedelta(minutes=10))
    services.take_step(parent, "wait", actor=agent, reply="请问？")
    clock.shift(timedelta(minutes=10))
    services.take_step(child, "cancel", actor=agent, cancel_reason="duplicate")
    assert promise_of(parent, "resolution").is_paused
    check_the_clocks(parent)
    clock.shift(timedelta(minutes=10))
    services.add_customer_message(parent, "好的", customer=customer)
    promise = promise_of(parent, "resolution")
    # 10 minutes on, then 30 in which one reason or the other held.
    assert (promise.is_running, promise.spent_seconds) == (True, 600)
    assert promise.due_at == due_at + timedelta(minutes=30)
    assert [(pause.reason, pause.ended_at - pause.started_at) for pause in promise.pauses.all()] == [
        ("child", timedelta(minutes=20)),
        ("waiting", timedelta(minutes=20)),
    ]
    check_the_clocks(parent)


def test_off_duty_the_clocks_stand_from_the_exact_moment(clock, ticket_in, team):
    set_policy(pauses_off_duty=True)
    ticket = ticket_in("assigned")
    due_at = promise_of(ticket, "resolution").due_at
    clock.shift(timedelta(minutes=31))
    # The sweep comes a minute late, and twice.
    assert services.pause_off_duty(team, MONDAY + timedelta(minutes=30)) == 1
    assert services.pause_off_duty(team, MONDAY + timedelta(minutes=30)) == 0
    promise = promise_of(ticket, "resolution")
    assert (promise.is_paused, promise.spent_seconds) == (True, 1800)
    check_the_clocks(ticket)
    clock.shift(HOUR)
    assert services.resume_on_duty(team, MONDAY + timedelta(minutes=90)) == 1
    assert services.resume_on_duty(team, MONDAY + timedelta(minutes=90)) == 0
    assert promise_of(ticket, "resolution").due_at == due_at + HOUR
    check_the_clocks(ticket)


def test_what_comes_in_off_duty_stands_from_its_start(clock, ticket_in, team):
    set_policy(pauses_off_duty=True)
    clock.shift(HOUR)
    ticket = ticket_in("classified")
    ticket.team = team
    Ticket.objects.filter(pk=ticket.pk).update(team=team)
    clock.shift(timedelta(minutes=5))
    services.pause_off_duty(team, MONDAY)
    promise = promise_of(ticket, "resolution")
    assert (promise.spent_seconds, promise.pauses.get().started_at) == (0, MONDAY + HOUR)
    check_the_clocks(ticket)


def test_off_duty_learnt_late_while_waiting_counts_no_second_twice(clock, ticket_in, team, agent, customer):
    set_policy(pauses_off_duty=True)
    ticket = ticket_in("assigned")
    clock.shift(timedelta(minutes=30))
    services.take_step(ticket, "wait", actor=agent, reply="请问？")
    clock.shift(timedelta(minutes=1))
    services.pause_off_duty(team, MONDAY + timedelta(minutes=20))
    assert promise_of(ticket, "resolution").spent_seconds == 1200
    clock.shift(HOUR)
    services.add_customer_message(ticket, "好的", customer=customer)
    assert promise_of(ticket, "resolution").is_paused
    services.resume_on_duty(team, MONDAY + timedelta(minutes=60))
    promise = promise_of(ticket, "resolution")
    # It waited for the customer until 91 minutes after the start, whoever was on duty before.
    assert promise.running_since_at == MONDAY + timedelta(minutes=91)
    check_the_clocks(ticket)


def test_other_teams_and_policies_without_the_rule_are_left_alone(ticket_in, team, other_team):
    ticket = ticket_in("assigned")
    assert services.pause_off_duty(team, MONDAY) == 0
    set_policy(pauses_off_duty=True)
    assert services.pause_off_duty(team, ticket.created_at) == 0
    ticket_in("assigned")
    assert services.pause_off_duty(other_team, ticket.created_at) == 0


def test_a_ticket_given_to_another_team_is_off_duty_no_more(
    clock, ticket_in, team, other_team, agent, lead, category
):
    set_policy(pauses_off_duty=True)
    ticket = ticket_in("assigned")
    services.pause_off_duty(team, MONDAY)
    category.routes.create(team=other_team, position=2)
    clock.shift(HOUR)
    services.assign_to_team(ticket, other_team, actor=lead)
    assert promise_of(ticket, "resolution").is_running
    check_the_clocks(ticket)


def test_a_promise_that_replaces_a_paused_one_keeps_its_pauses(clock, ticket_in, agent):
    ticket = ticket_in("assigned")
    clock.shift(HOUR)
    services.take_step(ticket, "wait", actor=agent, reply="请问？")
    clock.shift(HOUR)
    services.change_ticket(ticket, actor=agent, priority="urgent")
    promise = promise_of(ticket, "resolution")
    assert (promise.policy.name, promise.is_paused, promise.spent_seconds) == ("Urgent", True, 3600)
    check_the_clocks(ticket)
    clock.shift(HOUR)
    services.take_step(ticket, "resume", actor=agent)
    assert promise_of(ticket, "resolution").due_at == MONDAY + 26 * HOUR
    check_the_clocks(ticket)


def test_a_promise_that_begins_while_a_reason_holds_begins_paused(clock, ticket_in, agent):
    set_policy(progress_minutes=60)
    ticket = ticket_in("waiting")
    services.add_reply(ticket, "再补充一点", actor=agent)
    report = promise_of(ticket, "progress")
    assert report.is_paused
    check_the_clocks(ticket)


# --- Reopened tickets ------------------------------------------------------------------------------------------------


def reopened(clock, ticket_in, customer):
    ticket = ticket_in("assigned")
    clock.shift(HOUR)
    services.take_step(ticket, "resolve", actor=ticket.assignee, reply="已换新")
    clock.shift(timedelta(days=1))
    services.add_customer_message(ticket, "又坏了", customer=customer)
    return Ticket.objects.get(pk=ticket.pk)


def test_by_default_a_reopened_ticket_is_promised_anew(clock, ticket_in, customer):
    ticket = reopened(clock, ticket_in, customer)
    first, second = ticket.promises.filter(kind="resolution").order_by("id")
    assert first.met_at is not None
    assert second.started_at == MONDAY + timedelta(hours=25)
    check_the_clocks(ticket)


def test_by_the_policys_rule_a_reopened_ticket_goes_on_with_what_was_spent(clock, ticket_in, customer):
    set_policy(on_reopen="continue")
    ticket = reopened(clock, ticket_in, customer)
    promise = ticket.promises.get(kind="resolution")
    assert (promise.met_at, promise.spent_seconds) == (None, 3600)
    assert promise.pauses.get().reason == "resolved"
    # 16 h, of them one spent before: 15 h from Tuesday 11:00, of which 6 h on Tuesday, 8 h on Wednesday.
    assert promise.due_at == datetime(2026, 3, 5, 2, tzinfo=UTC)
    check_the_clocks(ticket)
    clock.shift(HOUR)
    services.take_step(ticket, "resolve", actor=ticket.assignee, reply="再换新")
    promise.refresh_from_db()
    assert promise.met_at == MONDAY + timedelta(hours=26)
    assert promise.broken_at is None


def test_a_promise_broken_before_the_resolution_stays_broken_and_is_counted_once(clock, ticket_in, customer):
    set_policy(on_reopen="continue", first_response_minutes=30, resolution_minutes=30)
    ticket = reopened(clock, ticket_in, customer)
    promise = ticket.promises.get(kind="resolution")
    assert promise.due_at == promise.broken_at == MONDAY + timedelta(minutes=30)
    assert services.mark_broken_promises() == 0


# --- Next responses --------------------------------------------------------------------------------------------------


def test_each_message_that_awaits_an_answer_is_promised_one_and_several_in_a_row_make_one(
    clock, ticket_in, agent, customer
):
    ticket = ticket_in("assigned")
    services.add_customer_message(ticket, "在吗？", customer=customer)
    assert not ticket.promises.filter(kind="next_response").exists()
    services.add_reply(ticket, "在的", actor=agent)
    for minutes, times in ((10, 1), (5, 1)):
        clock.shift(timedelta(minutes=minutes))
        services.add_customer_message(ticket, "那怎么办？", customer=customer)
        assert ticket.promises.filter(kind="next_response").count() == times
    assert promise_of(ticket, "next_response").started_at == MONDAY + timedelta(minutes=10)
    services.add_reply(ticket, "寄回来", actor=agent)
    assert promise_of(ticket, "next_response").met_at is not None
    services.add_customer_message(ticket, "寄到哪里？", customer=customer)
    assert ticket.promises.filter(kind="next_response").count() == 2
    assert promise_of(ticket, "next_response").is_running
    check_the_clocks(ticket)


# --- Progress reports ------------------------------------------------------------------------------------------------


def test_a_reply_meets_a_report_and_promises_the_next(clock, ticket_in, agent):
    set_policy(progress_minutes=60)
    ticket = ticket_in("assigned")
    assert promise_of(ticket, "progress").due_at == MONDAY + HOUR
    assert (Ticket.objects.get(pk=ticket.pk).due_at, ticket.promises.count()) == (MONDAY + HOUR, 3)
    clock.shift(timedelta(minutes=30))
    services.add_note(ticket, "问过仓库", actor=agent)
    assert ticket.promises.filter(kind="progress").count() == 1
    services.add_reply(ticket, "正在查", actor=agent)
    first, second = ticket.promises.filter(kind="progress").order_by("id")
    assert (first.met_at, first.broken_at) == (MONDAY + timedelta(minutes=30), None)
    assert second.due_at == MONDAY + timedelta(minutes=90)
    check_the_clocks(ticket)


def test_a_missed_report_is_broken_once_until_a_reply_comes(clock, ticket_in, agent):
    set_policy(progress_minutes=60)
    ticket = ticket_in("assigned")
    clock.shift(timedelta(days=2))
    services.mark_broken_promises()
    services.mark_broken_promises()
    assert ticket.promises.filter(kind="progress", broken_at__isnull=False).count() == 1
    events = ticket.events.filter(kind="promise_broken", data__promise_kind="progress")
    assert events.count() == 1
    services.add_reply(ticket, "抱歉久等", actor=agent)
    broken, current = ticket.promises.filter(kind="progress").order_by("id")
    assert broken.met_at is not None
    assert current.started_at == MONDAY + timedelta(days=2)
    check_the_clocks(ticket)


def test_reports_end_with_the_ticket_and_begin_again_with_it(clock, ticket_in, customer):
    set_policy(progress_minutes=60)
    ticket = reopened(clock, ticket_in, customer)
    first, second = ticket.promises.filter(kind="progress").order_by("id")
    # The last words were a report too.
    assert first.met_at == MONDAY + HOUR
    assert second.is_running
    assert promise_of(ticket, "progress").started_at == MONDAY + timedelta(hours=25)


def test_a_report_that_was_never_written_leaves_no_trace(clock, ticket_in, agent):
    set_policy(progress_minutes=60)
    ticket = ticket_in("assigned")
    services.add_reply(ticket, "已换新", actor=agent, step="resolve")
    assert ticket.promises.filter(kind="progress").count() == 1
    assert not PromisePause.objects.exists()


def test_without_the_rule_no_report_is_promised(ticket_in):
    ticket_in("assigned")
    assert not Promise.objects.filter(kind=PromiseKind.PROGRESS).exists()


# --- Explained -------------------------------------------------------------------------------------------------------


def test_the_account_of_a_promise_adds_up_to_its_clock(clock, ticket_in, agent, customer):
    set_policy(pauses_for_children=True)
    ticket = ticket_in("assigned")
    clock.shift(timedelta(minutes=10))
    child = services.create_ticket(customer=customer, subject="换屏", body="x", parent=ticket)
    services.take_step(ticket, "wait", actor=agent, reply="请问？")
    clock.shift(HOUR)
    services.add_customer_message(ticket, "好的", customer=customer)
    clock.shift(HOUR)
    services.take_step(child, "cancel", actor=agent, cancel_reason="duplicate")
    clock.shift(timedelta(minutes=20))
    told = services.explain(services.promises_to_explain(ticket).get(kind="resolution"))
    # Nobody works from 12:00 to 13:00, but while a reason holds that does not matter.
    assert [(line.code, line.seconds, line.reasons) for line in told.lines] == [
        ("started", 0, ()),
        ("ran", 600, ()),
        ("paused", 0, ("child", "waiting")),
        ("paused", 0, ("child",)),
        ("closed", 0, ()),
        ("running", 960 * 60 - 600, ()),
    ]
    assert told.spent_seconds == 600
    assert told.due_at == promise_of(ticket, "resolution").due_at


def test_an_account_names_the_day_off_of_the_version_that_was_promised_by(clock, ticket_in):
    calendar = BusinessCalendar.objects.get(is_default=True)
    calendar.special_days.create(on="2026-03-03", kind="off", name="Stock-taking")
    record_version(calendar)
    ticket = ticket_in("assigned")
    calendar.special_days.get(on="2026-03-03").delete()
    record_version(calendar)
    clock.shift(timedelta(days=2))
    told = services.explain(promise_of(ticket, "resolution"))
    assert [line.name for line in told.lines if line.code == "day_off"] == ["Stock-taking"]


def test_explaining_all_promises_costs_the_same_however_many(
    clock, ticket_in, agent, customer, django_assert_num_queries
):
    ticket = ticket_in("assigned")
    services.add_reply(ticket, "好的", actor=agent)
    [services.explain(promise) for promise in services.promises_to_explain(ticket)]
    for times in (1, 4):
        for _ in range(times):
            services.add_customer_message(ticket, "？", customer=customer)
            services.add_reply(ticket, "好的", actor=agent)
        with django_assert_num_queries(2):
            [services.explain(promise) for promise in services.promises_to_explain(ticket)]


def test_of_many_promises_the_open_ones_and_the_last_that_were_kept_are_shown(
    client, clock, agent, customer, ticket_in
):
    client.force_login(agent)
    ticket = ticket_in("assigned")
    for _ in range(12):
        services.add_customer_message(ticket, "？", customer=customer)
        services.add_reply(ticket, "好的", actor=agent)
    kept = ticket.promises.filter(met_at__isnull=False, dropped_at__isnull=True)
    context = client.get(ticket.get_absolute_url()).context
    assert kept.count() > 10
    assert len(context["clocks"]) == CLOCKS
    assert [clock["pk"] for clock in context["clocks"] if not clock["is_met"]] == [
        promise.pk for promise in ticket.promises.filter(met_at__isnull=True, dropped_at__isnull=True)
    ]
    assert kept.latest("id").pk in [clock["pk"] for clock in context["clocks"]]
    assert "Show all promises" in client.get(ticket.get_absolute_url()).text
    everything = client.get(ticket.get_absolute_url(), {"all": 1})
    assert len(everything.context["clocks"]) == ticket.promises.filter(dropped_at__isnull=True).count()
    assert "Show all promises" not in everything.text
