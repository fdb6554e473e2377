"""The admin's pages about duty: a rota's grid, absences without overlap, events to read."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from staff.models import Absence, DutyEvent, Rota, RotaSlot, ShiftPattern
from staff.rota_grid import cell_name
from staff.services import note_absence


@pytest.fixture
def desk(client, manager):
    """The manager's browser."""
    client.force_login(manager)
    return client


def facts(rota: Rota, **cells: str) -> dict:
    """What the rota's form sends."""
    return {
        "team": rota.team_id, "begins_on": "2026-03-02", "time_zone": rota.time_zone,
        "cycle_weeks": rota.cycle_weeks, "at_shift_end": "keep", **cells,
    }  # fmt: skip


def cells_of(rota: Rota) -> dict[str, str]:
    """What its cells hold, with two shifts as A + B."""
    found: dict[str, str] = {}
    for slot in rota.slots.select_related("pattern").order_by("pattern__begins"):
        name = cell_name((slot.week, slot.weekday, slot.user_id))
        found[name] = f"{found[name]} + {slot.pattern.code}" if name in found else slot.pattern.code
    return found


def change_url(rota: Rota) -> str:
    return reverse("admin:staff_rota_change", args=[rota.pk])


def test_the_grid_shows_and_takes_the_weeks(desk, rota, agent, colleague, early, late):
    page = desk.get(change_url(rota))
    form = page.context["adminform"].form
    monday, friday = cell_name((1, 0, agent.pk)), cell_name((1, 4, colleague.pk))
    assert form[monday].value() == "E"
    sent = facts(rota, **cells_of(rota)) | {monday: "e + L", friday: "l"}
    assert desk.post(change_url(rota), sent).status_code == 302
    assert cells_of(rota)[monday] == "E + L"
    assert cells_of(rota)[friday] == "L"
    assert RotaSlot.objects.count() == 6


def test_an_unknown_code_is_named_and_changes_nothing(desk, rota, agent):
    sent = facts(rota) | {cell_name((1, 0, agent.pk)): "X"}
    page = desk.post(change_url(rota), sent)
    assert page.status_code == 200
    assert "“X” is no shift. The codes are: E, L." in page.content.decode()
    assert RotaSlot.objects.count() == 4


def test_a_shorter_cycle_forgets_its_last_weeks(desk, rota, agent, early):
    rota.cycle_weeks = 2
    rota.save()
    rota.slots.create(week=2, weekday=0, pattern=early, user=agent)
    sent = facts(rota, **cells_of(rota)) | {"cycle_weeks": 1}
    desk.post(change_url(rota), sent)
    assert set(rota.slots.values_list("week", flat=True)) == {1}


def test_a_new_rota_leads_to_its_weeks(desk, team, early):
    rota = Rota(team=team, time_zone="Asia/Shanghai", cycle_weeks=2)
    answer = desk.post(reverse("admin:staff_rota_add"), facts(rota))
    assert answer.url == change_url(Rota.objects.get())


def test_who_left_the_team_still_stands_in_the_grid(desk, rota, agent):
    agent.memberships.all().delete()
    assert "Li Wei" in desk.get(change_url(rota)).content.decode()


@pytest.mark.parametrize(
    ("breaks", "words"), [("noon", "Write breaks like"), ("07:00-08:30", "inside the shift")]
)
def test_breaks_that_do_not_fit_are_refused(desk, breaks, words):
    fields = {
        "code": "N",
        "name": "x",
        "begins": "08:00",
        "ends": "16:00",
        "breaks": breaks,
        "colour": "teal",
    }
    page = desk.post(reverse("admin:staff_shiftpattern_add"), fields)
    assert words in page.content.decode()
    assert not ShiftPattern.objects.exists()


def test_absences_are_noted_changed_and_removed_with_their_events(desk, agent, manager):
    fields = {
        "user": agent.pk, "kind": "leave", "note": "", "starts_at_0": "2026-03-02", "starts_at_1": "00:00",
        "ends_at_0": "2026-03-04", "ends_at_1": "00:00",
    }  # fmt: skip
    add = reverse("admin:staff_absence_add")
    assert desk.post(add, fields).status_code == 302
    absence = Absence.objects.get()
    assert absence.made_by == manager
    assert "already absent" in desk.post(add, fields).content.decode()
    desk.post(reverse("admin:staff_absence_change", args=[absence.pk]), fields | {"kind": "sick"})
    desk.post(reverse("admin:staff_absence_delete", args=[absence.pk]), {"post": "yes"})
    assert not Absence.objects.exists()
    kinds = [event.kind for event in DutyEvent.objects.order_by("id")]
    assert kinds == ["absence_noted", "absence_changed", "absence_removed"]
    assert desk.get(reverse("admin:staff_dutyevent_changelist")).status_code == 200


def test_an_absence_of_somebody_else_does_not_matter(desk, agent, colleague):
    begins = datetime(2026, 3, 2, tzinfo=UTC)
    note_absence(colleague, begins, begins.replace(day=4), kind="leave", actor=None)
    note_absence(agent, begins, begins.replace(day=4), kind="leave", actor=None)
    assert Absence.objects.count() == 2


def test_what_is_done_to_a_rota_is_written_down(desk, rota, manager):
    desk.post(change_url(rota), {**facts(rota, **cells_of(rota)), "at_shift_end": "hand_back"})
    desk.post(reverse("admin:staff_rota_delete", args=[rota.pk]), {"post": "yes"})
    made = {**facts(rota), "begins_on": "2026-04-06"}
    desk.post(reverse("admin:staff_rota_add"), made)
    events = DutyEvent.objects.order_by("id")
    assert [(event.kind, event.actor) for event in events] == [
        ("rota_changed", manager), ("rota_removed", manager), ("rota_made", manager),
    ]  # fmt: skip
    assert events[0].data["fields"] == {"at_shift_end": ["keep", "hand_back"]}


def test_presence_switched_in_the_admin_is_written_down(desk, agent, manager):
    page = desk.get(reverse("admin:staff_user_change", args=[agent.pk]))
    form = page.context["adminform"].form
    sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    inline = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    assert desk.post(page.request["PATH_INFO"], {**sent, **inline, "is_present": "on"}).status_code == 302
    event = DutyEvent.objects.get()
    assert (event.user, event.actor, event.data) == (agent, manager, {"present": True})
