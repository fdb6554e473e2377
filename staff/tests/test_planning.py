"""Planning single days: shifts and absences, each with its event."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from staff.duty import plan_of
from staff.models import Absence, DutyEvent, Rota, ShiftChange, ShiftPattern
from staff.services import (
    PlanRefused,
    add_shift,
    change_shift,
    fill_rota,
    note_absence,
    remove_absence,
    remove_rota,
    remove_shift,
    swap_shifts,
    switch_presence,
)
from staff.services.planning import Place
from staff.shifts import assignments_on
from staff.tests.conftest import MONDAY

TUESDAY = MONDAY + timedelta(days=1)

pytestmark = pytest.mark.usefixtures("rota")


def on(team, day=MONDAY) -> set[tuple[str, str]]:
    """Who works what on a day, by code and name."""
    names = dict(team.members.values_list("pk", "display_name"))
    codes = dict(ShiftPattern.objects.values_list("pk", "code"))
    return {
        (codes[pattern], names[user]) for pattern, user in assignments_on(plan_of(team.pk, day, day), day)
    }


AS_PLANNED = {("E", "Li Wei"), ("L", "Zhang Min")}


def test_adding_and_removing_again_leaves_nothing_but_the_events(team, agent, late, lead):
    add_shift(team, Place(MONDAY, late, agent), actor=lead, reason="sale")
    assert on(team) == AS_PLANNED | {("L", "Li Wei")}
    assert on(team, MONDAY + timedelta(weeks=1)) == AS_PLANNED
    remove_shift(team, Place(MONDAY, late, agent), actor=lead)
    assert on(team) == AS_PLANNED
    assert not ShiftChange.objects.exists()
    events = DutyEvent.objects.order_by("id")
    assert [event.kind for event in events] == ["shift_added", "shift_removed"]
    assert (events[0].actor, events[0].user, events[0].team) == (lead, agent, team)
    assert events[0].data == {"on": "2026-03-02", "pattern": "L", "reason": "sale"}


def test_removing_and_adding_again_leaves_the_rota(team, agent, early, lead):
    remove_shift(team, Place(MONDAY, early, agent), actor=lead)
    assert on(team) == {("L", "Zhang Min")}
    add_shift(team, Place(MONDAY, early, agent), actor=lead)
    assert on(team) == AS_PLANNED
    assert not ShiftChange.objects.exists()


def test_who_comes_after_somebody_left_stands_in_for_him(team, agent, colleague, early, lead):
    remove_shift(team, Place(MONDAY, early, agent), actor=lead)
    add_shift(team, Place(MONDAY, early, colleague), actor=lead)
    assert (change := ShiftChange.objects.get()).user_out == agent
    assert change.user_in == colleague
    add_shift(team, Place(MONDAY, early, agent), actor=lead)
    assert on(team) == AS_PLANNED | {("E", "Zhang Min")}


def test_changing_the_shift_of_one_day(team, agent, early, late, lead):
    change_shift(team, Place(MONDAY, early, agent), late, actor=lead)
    assert on(team) == {("L", "Li Wei"), ("L", "Zhang Min")}


def test_a_refused_change_leaves_everything(team, colleague, agent, early, late, lead):
    add_shift(team, Place(MONDAY, late, agent), actor=lead)
    with pytest.raises(PlanRefused, match="already works"), transaction.atomic():
        change_shift(team, Place(MONDAY, early, agent), late, actor=lead)
    assert on(team) == AS_PLANNED | {("L", "Li Wei")}
    assert DutyEvent.objects.count() == 1


@pytest.mark.parametrize("day", [MONDAY, TUESDAY])
def test_two_swap_on_one_day_or_on_two(day, team, agent, colleague, early, late, lead):
    swap_shifts(team, Place(MONDAY, early, agent), Place(day, late, colleague), actor=lead, reason="doctor")
    assert ("E", "Zhang Min") in on(team)
    assert ("E", "Li Wei") not in on(team)
    assert ("L", "Li Wei") in on(team, day)
    assert ("L", "Zhang Min") not in on(team, day)
    assert DutyEvent.objects.get().data["with"] == colleague.pk


def test_swapping_back_leaves_the_rota(team, agent, colleague, early, late, lead):
    swap_shifts(team, Place(MONDAY, early, agent), Place(MONDAY, late, colleague), actor=lead)
    swap_shifts(team, Place(MONDAY, late, agent), Place(MONDAY, early, colleague), actor=lead)
    assert on(team) == AS_PLANNED
    assert not ShiftChange.objects.exists()


def test_nobody_swaps_with_himself_or_what_he_has_not(team, agent, colleague, early, late, lead):
    with pytest.raises(PlanRefused, match="somebody else"):
        swap_shifts(team, Place(MONDAY, early, agent), Place(TUESDAY, early, agent), actor=lead)
    with pytest.raises(PlanRefused, match="any more"):
        swap_shifts(team, Place(MONDAY, late, agent), Place(MONDAY, early, colleague), actor=lead)
    assert on(team) == AS_PLANNED


def test_what_cannot_be_planned_says_why(team, agent, agent_of_another_team, early, late, lead):
    with pytest.raises(PlanRefused, match="no rota"):
        add_shift(team, Place(MONDAY - timedelta(days=1), early, agent), actor=lead)
    with pytest.raises(PlanRefused, match="Add the person to the team"):
        add_shift(team, Place(MONDAY, early, agent_of_another_team), actor=lead)
    with pytest.raises(PlanRefused, match="already works"):
        add_shift(team, Place(MONDAY, early, agent), actor=lead)
    with pytest.raises(PlanRefused, match="Look at the week again"):
        remove_shift(team, Place(MONDAY, late, agent), actor=lead)
    assert not DutyEvent.objects.exists()


def test_absences_are_noted_and_taken_back(agent, lead):
    begins = datetime(2026, 3, 2, tzinfo=UTC)
    absence = note_absence(agent, begins, begins + timedelta(days=2), kind="sick", note=" flu ", actor=lead)
    assert (absence.note, absence.made_by) == ("flu", lead)
    with pytest.raises(PlanRefused, match="already absent"):
        note_absence(agent, begins + timedelta(days=1), begins + timedelta(days=3), kind="leave", actor=lead)
    with pytest.raises(PlanRefused, match="end after"):
        note_absence(agent, begins, begins, kind="leave", actor=lead)
    note_absence(agent, begins + timedelta(days=2), begins + timedelta(days=3), kind="leave", actor=lead)
    remove_absence(absence, actor=lead)
    assert Absence.objects.count() == 1
    assert [event.kind for event in DutyEvent.objects.order_by("id")] == [
        "absence_noted", "absence_noted", "absence_removed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("model", "fields", "rule"),
    [
        (Rota, {"cycle_weeks": 9, "begins_on": TUESDAY}, "a_cycle_has_one_to_eight_weeks"),
        (ShiftChange, {"on": MONDAY}, "a_shift_change_names_somebody"),
        (
            ShiftChange,
            {"on": MONDAY, "user_in": "agent", "user_out": "agent"},
            "nobody_stands_in_for_himself",
        ),
        (
            ShiftPattern,
            {"code": "e", "begins": "09:00", "ends": "10:00"},
            "a_shift_pattern_has_a_code_of_its_own",
        ),
    ],
)
def test_the_database_refuses(model, fields, rule, team, agent, early):
    known = {"team": team, "pattern": early}
    own = {name: value for name, value in known.items() if name in {f.name for f in model._meta.fields}}
    fields = {name: agent if value == "agent" else value for name, value in fields.items()}
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        model.objects.create(**own, **fields)


def test_a_duty_event_is_written_once(team, agent, early, lead):
    remove_shift(team, Place(MONDAY, early, agent), actor=lead)
    with pytest.raises(IntegrityError, match="a_duty_event_is_written_once"), transaction.atomic():
        DutyEvent.objects.update(data={})
    with pytest.raises(IntegrityError, match="a_duty_event_is_written_once"), transaction.atomic():
        DutyEvent.objects.all().delete()


def test_presence_is_written_down_once_for_each_switch(agent, lead):
    for is_present in (True, True, False):
        switch_presence(agent, is_present=is_present)
    switch_presence(agent, is_present=True, actor=lead)
    events = DutyEvent.objects.order_by("id").values_list("kind", "user", "actor", "data")
    assert list(events) == [
        ("presence_switched", agent.pk, agent.pk, {"present": True}),
        ("presence_switched", agent.pk, agent.pk, {"present": False}),
        ("presence_switched", agent.pk, lead.pk, {"present": True}),
    ]


def test_what_changes_in_a_rota_is_written_down(rota, agent, colleague, early, late, lead):
    wanted = {(1, 0, agent.pk): {early.pk, late.pk}, (1, 1, agent.pk): {early.pk}}
    fill_rota(rota, wanted, actor=lead)
    fill_rota(rota, wanted, actor=lead)
    event = DutyEvent.objects.get()
    assert (event.kind, event.team, event.actor) == ("rota_changed", rota.team, lead)
    assert event.data["added"] == [[1, 0, agent.pk, late.pk]]
    assert event.data["removed"] == [[1, 0, colleague.pk, late.pk], [1, 1, colleague.pk, late.pk]]
    remove_rota(rota, actor=lead)
    last = DutyEvent.objects.first()
    assert (last.kind, last.data["shifts"]) == ("rota_removed", 3)
