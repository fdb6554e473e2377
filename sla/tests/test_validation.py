"""What a manager cannot save, and what he is told."""

from datetime import date, time

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import translation

from sla.models import BusinessCalendar, SlaPolicy, SpecialDay
from sla.validation import parse_hours_text, validate_hours_text, validate_week


def row(weekday, text):
    opens, closes = text.split("-")
    return weekday, time.fromisoformat(opens), time.fromisoformat(closes)


@pytest.mark.ground
@pytest.mark.parametrize(
    "rows",
    [
        [row(0, "09:00-12:00"), row(0, "13:00-18:00")],
        [row(0, "13:00-18:00"), row(0, "09:00-13:00")],  # touching, and not in order
        [row(0, "22:00-06:00"), row(1, "06:00-14:00")],  # the night ends as the morning begins
        [row(day, "00:00-00:00") for day in range(7)],  # round the clock
        [row(6, "22:00-06:00"), row(0, "06:00-07:00")],  # Sunday night into Monday
        [row(3, "09:00-09:00")],  # 24 hours from nine
    ],
)
def test_ranges_that_do_not_overlap_are_fine(rows):
    validate_week(rows)


@pytest.mark.ground
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row(0, "09:00-13:00"), row(0, "12:00-18:00")], "Monday 09:00–13:00 and Monday 12:00–18:00 overlap"),
        ([row(0, "09:00-18:00"), row(0, "09:00-18:00")], "Monday 09:00–18:00 and Monday 09:00–18:00 overlap"),
        ([row(1, "05:59-14:00"), row(0, "22:00-06:00")], "Monday 22:00–06:00 and Tuesday 05:59–14:00"),
        ([row(0, "05:00-09:00"), row(6, "22:00-06:00")], "Sunday 22:00–06:00 and Monday 05:00–09:00"),
        ([row(0, "09:00-09:00"), row(1, "08:00-10:00")], "Monday 09:00–09:00 and Tuesday 08:00–10:00"),
    ],
)
def test_overlapping_ranges_are_named(rows, said):
    with pytest.raises(ValidationError) as refusal:
        validate_week(rows)
    (sentence,) = refusal.value.messages
    assert said in sentence
    assert "Let one begin when the other has ended." in sentence


@pytest.mark.ground
def test_every_overlap_is_told_at_once():
    with pytest.raises(ValidationError) as refusal:
        validate_week([row(day, text) for day in (0, 4) for text in ("09:00-13:00", "12:00-18:00")])
    assert len(refusal.value.messages) == 2


@pytest.mark.ground
def test_a_calendar_without_open_hours_is_refused():
    with pytest.raises(ValidationError, match="at least one range of working hours"):
        validate_week([])


@pytest.mark.ground
def test_the_refusal_speaks_the_readers_language():
    with pytest.raises(ValidationError) as refusal:
        validate_week([row(0, "09:00-13:00"), row(0, "12:00-18:00")])
    with translation.override("zh-hans"):
        assert "星期一 09:00–13:00" in refusal.value.messages[0]


@pytest.mark.ground
@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("09:00-12:00, 13:00-18:00", [("09:00", "12:00"), ("13:00", "18:00")]),
        ("9:00至12:00；13:00～18:00".replace("～", "~"), [("09:00", "12:00"), ("13:00", "18:00")]),
        ("18:00–24:00", [("18:00", "00:00")]),
        ("22:00-06:00", [("22:00", "06:00")]),
    ],
)
def test_hours_are_read_as_people_write_them(text, ranges):
    validate_hours_text(text)
    assert parse_hours_text(text) == tuple(tuple(map(time.fromisoformat, pair)) for pair in ranges)


@pytest.mark.ground
@pytest.mark.parametrize(
    "text", ["nine to five", "09:00", "25:00-26:00", "09:60-10:00", "09:00-12:00 13:00-18:00"]
)
def test_hours_that_cannot_be_read_are_refused(text):
    with pytest.raises(ValidationError, match="Write hours like"):
        validate_hours_text(text)


@pytest.mark.ground
@pytest.mark.parametrize("text", ["09:00-13:00, 12:00-18:00", "22:00-06:00, 23:00-24:00"])
def test_hours_that_overlap_are_refused(text):
    with pytest.raises(ValidationError, match="overlap"):
        validate_hours_text(text)


def test_a_policy_without_targets_is_refused_in_words_and_by_the_database(db):
    policy = SlaPolicy(name="Empty", calendar=BusinessCalendar.objects.get(name="Taiwan"))
    with pytest.raises(ValidationError, match="Give at least one target"):
        policy.full_clean()
    with pytest.raises(IntegrityError, match="a_policy_promises_something"), transaction.atomic():
        policy.save()
    policy.resolution_minutes = 0
    with pytest.raises(IntegrityError, match="a_policy_promises_something"), transaction.atomic():
        policy.save()
    policy.resolution_minutes = 60
    policy.full_clean()
    policy.save()


@pytest.mark.parametrize(
    ("first", "resolution"),
    [
        ((60, "clock"), (59, "clock")),
        ((60, "business"), (59, "business")),
        # Working time never runs faster than the clock.
        ((60, "business"), (59, "clock")),
    ],
)
def test_a_resolution_before_the_first_response_is_refused_in_words_and_by_the_database(
    db, first, resolution
):
    policy = policy_with(first, resolution)
    with pytest.raises(ValidationError, match="due before the first response") as refused:
        policy.full_clean()
    assert list(refused.value.message_dict) == ["resolution_minutes"]
    with pytest.raises(IntegrityError, match="no_resolution_before_a_response"), transaction.atomic():
        policy.save()


@pytest.mark.parametrize(
    ("first", "resolution"),
    [
        ((60, "clock"), (60, "clock")),
        ((60, "clock"), (30, "business")),
        ((60, "business"), (90, "clock")),
        ((None, "clock"), (30, "clock")),
        ((60, "clock"), (None, "clock")),
    ],
)
def test_a_resolution_that_may_come_after_the_first_response_is_taken(db, first, resolution):
    policy = policy_with(first, resolution)
    policy.full_clean()
    policy.save()


def policy_with(first: tuple[int | None, str], resolution: tuple[int | None, str]) -> SlaPolicy:
    policy = SlaPolicy(name="Tried", calendar=BusinessCalendar.objects.get(name="Taiwan"))
    policy.first_response_minutes, policy.first_response_counts = first
    policy.resolution_minutes, policy.resolution_counts = resolution
    # Longer than the resolution: whoever writes after it gets an answer of its own.
    policy.next_response_minutes = 600
    return policy


def test_hours_on_a_day_off_are_refused_in_words(db):
    calendar = BusinessCalendar.objects.get(name="Taiwan")
    day = SpecialDay(calendar=calendar, on=date(2031, 3, 3), kind="off", hours="09:00-12:00")
    with pytest.raises(ValidationError, match="A day off has no hours"):
        day.full_clean()
