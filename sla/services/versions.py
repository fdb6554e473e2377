"""The one door by which calendars and policies get their versions."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import Category
from customers.models import Segment
from sla.day_names import in_languages_of, name_of
from sla.models import BusinessCalendar, CalendarVersion, PolicyVersion, SlaPolicy
from sla.models.version import Version
from sla.snapshots import (
    ESCALATION,
    KINDS,
    POLICY_DEFAULTS,
    Snapshot,
    calendar_snapshot,
    policy_snapshot,
    read_ranges,
    says_the_same,
)
from sla.stages import restore_stages


@transaction.atomic
def record_version(
    thing: BusinessCalendar | SlaPolicy,
    *,
    actor: Any = None,
    reason: str = "",
    cause: str = Version.Cause.EDITED,
    about: int | None = None,
    is_changed: bool = False,
) -> Any:
    """Make a version of a calendar or policy as its rows are now, unless the newest says the same; return it.

    `about` is the year that was loaded, or the number of the version that was restored. `is_changed` says that
    something is different though the newest, made before stages of escalation were recorded, could not tell.
    """
    # Its row is held, so that of two who notice the same change one records it.
    fresh: Any = type(thing)._default_manager.select_for_update().get(pk=thing.pk)
    data = calendar_snapshot(fresh) if isinstance(fresh, BusinessCalendar) else policy_snapshot(fresh)
    newest = fresh.versions.order_by("-number").first()
    made = {"made_at": timezone.now(), "made_by": actor, "data": data}
    if newest is None:
        return fresh.versions.create(number=1, reason=reason, cause="first", **made)
    cannot_tell = is_changed and ESCALATION in data and ESCALATION not in newest.data
    if says_the_same(newest.data, data) and not cannot_tell:
        return newest
    return fresh.versions.create(
        number=newest.number + 1, reason=reason.strip(), cause=cause, about=about, **made
    )


@transaction.atomic
def restore_version(version: CalendarVersion | PolicyVersion, *, actor: Any, reason: str = "") -> Any:
    """Make the calendar or policy what it was by this version, as a new version; return that.

    Raise ValidationError when it cannot be so again, since another has its name now.
    """
    if isinstance(version, CalendarVersion):
        owner: Any = BusinessCalendar.objects.select_for_update().get(pk=version.calendar_id)
        _restore_calendar(owner, version.data)
    else:
        owner = SlaPolicy.objects.select_for_update().get(pk=version.policy_id)
        _restore_policy(owner, version.data)
    return record_version(
        owner, actor=actor, reason=reason, cause=Version.Cause.RESTORED, about=version.number
    )


def _restore_calendar(calendar: BusinessCalendar, data: Snapshot) -> None:
    # An older version knew fewer languages: what is called the same today keeps all its names.
    data = in_languages_of(data, calendar_snapshot(calendar))
    calendar.time_zone = data["zone"]
    calendar.save(update_fields=["time_zone"])
    calendar.hours.all().delete()
    calendar.hours.bulk_create(
        calendar.hours.model(calendar=calendar, weekday=weekday, opens=opens, closes=closes)
        for weekday, ranges in enumerate(data["weekly"])
        for opens, closes in read_ranges(ranges)
    )
    wanted = {date.fromisoformat(day["on"]): day for day in data["special"]}
    for row in calendar.special_days.all():
        day = wanted.pop(row.on, None)
        if day is None:
            row.delete()
        elif any(getattr(row, field) != value for field, value in _day_fields(day).items()):
            _assign(row, _day_fields(day))
            row.save()
    # By save, not in bulk: what somebody brought back counts as entered by hand, and loading leaves it alone.
    for on, day in wanted.items():
        calendar.special_days.create(on=on, **_day_fields(day))


def _day_fields(day: Snapshot) -> dict[str, str]:
    return {"kind": day["kind"], "hours": day["hours"], **name_of(day)._asdict()}


def _assign(row: Any, fields: dict[str, str]) -> None:
    for field, value in fields.items():
        setattr(row, field, value)


def _restore_policy(policy: SlaPolicy, data: Snapshot) -> None:
    plain = ["is_active", "position", "priorities", "channels", "name", "name_zh_hans", "name_zh_hant"]
    targets = [f"{kind}_{part}" for kind in KINDS for part in ("minutes", "counts")]
    data = {**POLICY_DEFAULTS, **data}
    rules = ("pauses_for_children", "pauses_off_duty", "pauses_for_side", "on_reopen")
    for field in (*plain, *targets, *rules):
        setattr(policy, field, data[field])
    # What has been deleted since cannot come back with it.
    if BusinessCalendar.objects.filter(pk=data["calendar"]).exists():
        policy.calendar_id = data["calendar"]
    policy.full_clean()
    policy.save()
    policy.categories.set(Category.objects.filter(pk__in=data["categories"]))
    policy.segments.set(Segment.objects.filter(pk__in=data["segments"]))
    if ESCALATION in data:
        restore_stages(policy, data[ESCALATION])
