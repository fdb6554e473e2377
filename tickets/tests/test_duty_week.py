"""The week page: who sees it, what it shows, and planning on it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from sla.business_time import WorkingHours
from sla.models import BusinessCalendar, SlaPolicy
from staff.models import Absence, DutyEvent, Rota, ShiftChange, ShiftPattern
from staff.services import add_shift, note_absence
from staff.services.planning import Place
from staff.shifts import Away, Shift, Span
from tickets.desk.duty.conflicts import conflicts_of_people
from tickets.desk.duty.coverage import open_spans
from tickets.desk.duty.week import next_shifts

pytestmark = pytest.mark.ground

MONDAY = date(2026, 3, 2)


@pytest.fixture
def early(db) -> ShiftPattern:
    return ShiftPattern.objects.create(
        code="E", name="Early", name_zh_hans="早班", begins=time(8), ends=time(16), breaks="12:00-12:30"
    )


@pytest.fixture
def late(db) -> ShiftPattern:
    return ShiftPattern.objects.create(code="L", name="Late", begins=time(16), ends=time(0))


@pytest.fixture
def rota(team, agent, colleague, early, late) -> Rota:
    made = Rota.objects.create(team=team, begins_on=MONDAY, time_zone="Asia/Shanghai")
    for weekday in range(5):
        made.slots.create(weekday=weekday, pattern=early, user=agent)
        made.slots.create(weekday=weekday, pattern=late, user=colleague)
    return made


def week_url(team, year=2026, number=10) -> str:
    return reverse("tickets:duty-week", args=[team.pk, year, number])


def day_url(team, user, day=MONDAY) -> str:
    return reverse("tickets:duty-day", args=[team.pk, str(day), user.pk])


@pytest.fixture
def plan(client, lead, team):
    """Sends one of the forms of a person's day, as the lead."""
    client.force_login(lead)

    def send(user, action, day=MONDAY, **data):
        return client.post(day_url(team, user, day), {"action": action, **data})

    return send


@pytest.mark.usefixtures("rota")
def test_an_agent_sees_the_week_and_plans_nothing(client, agent, colleague, team):
    client.force_login(agent)
    page = client.get(week_url(team)).content.decode()
    assert "Early" in page
    assert "08:00–16:00" in page
    assert "12:00-12:30" in page
    assert day_url(team, colleague) not in page
    assert client.post(day_url(team, agent), {"action": "remove"}).status_code == 403


@pytest.mark.usefixtures("rota")
def test_a_lead_plans_his_own_team_and_a_manager_any(client, lead, manager, team, other_team, agent):
    client.force_login(lead)
    assert day_url(team, agent) in client.get(week_url(team)).content.decode()
    assert client.get(week_url(other_team)).status_code == 404
    client.force_login(manager)
    assert client.get(week_url(other_team)).status_code == 200
    assert day_url(team, agent) in client.get(week_url(team)).content.decode()


def test_the_way_in_leads_to_the_own_team(client, agent, team, other_team, person):
    client.force_login(agent)
    with time_machine.travel("2026-03-04T09:00:00+08:00"):
        assert client.get(reverse("tickets:duty")).url == week_url(team)
    client.force_login(person("agent", "Zhou Ting"))
    assert "You are in no team" in client.get(reverse("tickets:duty")).content.decode()


@pytest.mark.parametrize("address", ["2026-W54", "2026-W0", "1000-W10", "9999-W52"])
def test_a_week_that_is_none_is_not_there(address, client, lead, team):
    client.force_login(lead)
    assert client.get(f"/desk/duty/{team.pk}/{address}/").status_code == 404


@pytest.mark.usefixtures("rota")
def test_adding_changing_and_taking_off(plan, team, agent, early, late, lead):
    assert plan(lead, "add", pattern=late.pk, reason="sale").url == week_url(team)
    assert ShiftChange.objects.get().user_in == lead
    assert plan(lead, "change", shift=late.pk, pattern=early.pk).status_code == 302
    assert ShiftChange.objects.get().pattern == early
    assert plan(lead, "remove", shift=early.pk).status_code == 302
    assert not ShiftChange.objects.exists()
    assert set(DutyEvent.objects.values_list("actor", flat=True)) == {lead.pk}


@pytest.mark.usefixtures("rota")
def test_swapping_with_a_colleague(plan, team, agent, colleague, early, late, client):
    tuesday = MONDAY + timedelta(days=1)
    answer = plan(agent, "swap", shift=early.pk, other=f"{tuesday}/{late.pk}/{colleague.pk}")
    assert answer.status_code == 302
    assert set(ShiftChange.objects.values_list("on", "pattern", "user_out", "user_in")) == {
        (MONDAY, early.pk, agent.pk, colleague.pk), (tuesday, late.pk, colleague.pk, agent.pk),
    }  # fmt: skip


@pytest.mark.usefixtures("rota")
def test_a_refusal_says_why_on_the_page(plan, agent, early):
    answer = plan(agent, "add", pattern=early.pk)
    assert answer.status_code == 422
    assert "already works the shift" in answer.content.decode()
    assert plan(agent, "swap", shift=early.pk, other="nonsense").status_code == 422
    assert plan(agent, "dance").status_code == 404
    assert not DutyEvent.objects.exists()


@pytest.mark.usefixtures("rota")
def test_noting_and_removing_an_absence(plan, agent, colleague, client, team):
    plan(agent, "absence", kind="sick", first_on="2026-03-03", last_on="2026-03-04", note="flu")
    absence = Absence.objects.get()
    assert absence.starts_at.isoformat() == "2026-03-02T16:00:00+00:00"
    assert absence.ends_at.isoformat() == "2026-03-04T16:00:00+00:00"
    page = client.get(week_url(team)).content.decode()
    assert "Sick" in page
    assert "is absent but on the rota" in page
    client.force_login(colleague)
    page = client.get(week_url(team)).content.decode()
    # What he has is nobody's business.
    assert "Sick" not in page
    assert "Absent" in page
    client.force_login(absence.made_by)
    assert plan(agent, "remove-absence", absence=absence.pk).status_code == 302
    assert not Absence.objects.exists()


@pytest.mark.usefixtures("rota")
def test_part_of_a_day(plan, agent):
    plan(
        agent,
        "absence",
        kind="training",
        first_on="2026-03-03",
        last_on="2026-03-03",
        starts="10:00",
        ends="12:00",
    )
    absence = Absence.objects.get()
    assert absence.ends_at - absence.starts_at == timedelta(hours=2)
    backwards = {"first_on": "2026-03-05", "last_on": "2026-03-04", "kind": "leave"}
    assert "end after it starts" in plan(agent, "absence", **backwards).content.decode()


@pytest.mark.parametrize("count", [1, 12])
def test_the_week_costs_the_same_queries_for_any_team(
    count, client, lead, team, person, rota, early, django_assert_max_num_queries
):
    for number in range(count):
        other = person("agent", f"Extra {number}", team)
        rota.slots.create(weekday=number % 7, pattern=early, user=other)
    client.force_login(lead)
    client.get(week_url(team))
    with django_assert_max_num_queries(16):
        client.get(week_url(team))


@pytest.mark.usefixtures("rota")
def test_what_the_policies_promise_and_nobody_covers(client, lead, team, category):
    SlaPolicy.objects.all().delete()
    calendar = BusinessCalendar.objects.create(name="Ten to six", time_zone="Asia/Shanghai")
    calendar.hours.create(weekday=0, opens=time(10), closes=time(18))
    calendar.hours.create(weekday=5, opens=time(10), closes=time(11))
    policy = SlaPolicy.objects.create(name="All", calendar=calendar, first_response_minutes=60)
    client.force_login(lead)
    page = client.get(week_url(team)).content.decode()
    assert page.count("Nobody is on duty") == 2
    assert "Mon 12:00–12:30" in page
    assert "Sat 10:00–11:00" in page
    policy.first_response_counts = "always"
    policy.save()
    assert "Nobody is on duty" not in client.get(week_url(team)).content.decode()


def shift(user: int, begins: str, ends: str, day: int = 2) -> Shift:
    """A shift of the second of March, or of another day, that may end on the next."""
    first, last = at(day, begins), at(day, ends)
    last += timedelta(days=1) if last <= first else timedelta()
    return Shift(user, date(2026, 3, day), 1, first, last, (Span(first, last),))


def at(day: int, clock: str):
    return datetime.combine(date(2026, 3, day), time.fromisoformat(clock), UTC)


@pytest.mark.parametrize(
    ("shifts", "aways", "wanted"),
    [
        ([shift(1, "08:00", "16:00")], [], []),
        ([shift(1, "08:00", "16:00"), shift(1, "15:00", "18:00")], [], ["double"]),
        ([shift(1, "08:00", "16:00"), shift(2, "15:00", "18:00")], [], []),
        # Twelve hours are allowed, more are not; a break does not make two of it.
        ([shift(1, "08:00", "20:00")], [], []),
        ([shift(1, "08:00", "16:00"), shift(1, "16:00", "21:00")], [], ["long"]),
        ([shift(1, "08:00", "16:00"), shift(1, "00:00", "06:00", 3)], [], []),
        ([shift(1, "08:00", "16:00"), shift(1, "22:00", "04:00")], [], ["short_rest"]),
        ([shift(1, "16:00", "00:00"), shift(1, "07:00", "12:00", 3)], [], ["short_rest"]),
        ([shift(1, "16:00", "00:00"), shift(1, "08:00", "12:00", 3)], [], []),
        ([shift(1, "08:00", "16:00")], [Away(1, at(2, "00:00"), at(3, "00:00"))], ["absent"]),
        ([shift(1, "08:00", "16:00")], [Away(2, at(2, "00:00"), at(3, "00:00"))], []),
        ([shift(1, "08:00", "16:00")], [Away(1, at(2, "16:00"), at(3, "00:00"))], []),
        # Away for an hour in the middle is no short rest.
        ([shift(1, "08:00", "16:00")], [Away(1, at(2, "10:00"), at(2, "11:00"))], ["absent"]),
        ([shift(1, "08:00", "23:00")], [Away(1, at(2, "08:00"), at(2, "20:00"))], ["absent"]),
    ],
)  # fmt: skip
def test_conflicts_by_hand(shifts, aways, wanted):
    assert [conflict.kind for conflict in conflicts_of_people(shifts, aways)] == wanted


def test_open_spans_of_a_calendar():
    hours = WorkingHours(
        ZoneInfo("UTC"), (((time(9), time(17)),), (), (), (), (), (), ((time(22), time(2)),))
    )
    assert list(open_spans(hours, at(1, "00:00"), at(9, "01:00"))) == [
        (at(1, "22:00"), at(2, "02:00")),
        (at(2, "09:00"), at(2, "17:00")),
        (at(8, "22:00"), at(9, "01:00")),
    ]


@pytest.mark.usefixtures("rota")
def test_ones_next_shifts(agent, team, late, lead, client):
    add_shift(team, Place(MONDAY, late, agent), actor=lead)
    with time_machine.travel("2026-03-02T10:00:00+08:00"):
        found = next_shifts(agent, 3)
        client.force_login(agent)
        page = client.get(reverse("home")).content.decode()
    assert [(one["pattern"].code, one["shift"].on, one["is_on"]) for one in found] == [
        ("E", MONDAY, True), ("L", MONDAY, False), ("E", MONDAY + timedelta(days=1), False),
    ]  # fmt: skip
    assert "Your next shifts" in page
    note_absence(agent, at(3, "00:00"), at(4, "00:00"), kind="leave", actor=lead)
    with time_machine.travel("2026-03-03T10:00:00+08:00"):
        assert next_shifts(agent, 1)[0]["is_absent"]
