"""Planning duty: every write on shifts of one day and on absences, each with its event in the same transaction."""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from staff.duty import plan_of
from staff.models import (
    Absence,
    DutyEvent,
    Membership,
    Rota,
    RotaSlot,
    ShiftChange,
    ShiftPattern,
    Team,
    User,
)
from staff.shifts import assignments_on

Kind = DutyEvent.Kind


class PlanRefused(Exception):
    """The plan cannot be changed so; the text says why and what to do, in the active language."""


class Place(NamedTuple):
    """One person's shift on one day."""

    on: date
    pattern: ShiftPattern
    user: User


@transaction.atomic
def add_shift(team: Team, place: Place, *, actor: User | None, reason: str = "") -> None:
    """Let a person work a shift on one day, besides what the rota says. Raise PlanRefused."""
    _lock(team)
    _put_on(team, place, actor, reason)
    _record(Kind.SHIFT_ADDED, team, place, actor, reason)


@transaction.atomic
def remove_shift(team: Team, place: Place, *, actor: User | None, reason: str = "") -> None:
    """Let a person not work a shift on one day. Raise PlanRefused."""
    _lock(team)
    _take_off(team, place, actor, reason)
    _record(Kind.SHIFT_REMOVED, team, place, actor, reason)


@transaction.atomic
def change_shift(
    team: Team, place: Place, pattern: ShiftPattern, *, actor: User | None, reason: str = ""
) -> None:
    """Let a person work another shift than planned on one day. Raise PlanRefused."""
    remove_shift(team, place, actor=actor, reason=reason)
    add_shift(team, place._replace(pattern=pattern), actor=actor, reason=reason)


@transaction.atomic
def swap_shifts(team: Team, one: Place, other: Place, *, actor: User | None, reason: str = "") -> None:
    """Let two people work each other's shift, on the same day or on two days. Raise PlanRefused."""
    if one.user == other.user or (one.on, one.pattern) == (other.on, other.pattern):
        raise PlanRefused(_("Choose another shift, of somebody else, to swap with."))
    _lock(team)
    _take_off(team, one, actor, reason)
    _take_off(team, other, actor, reason)
    _put_on(team, one._replace(user=other.user), actor, reason)
    _put_on(team, other._replace(user=one.user), actor, reason)
    other_end = {"with": other.user.pk, "with_on": str(other.on), "with_pattern": other.pattern.code}
    _record(Kind.SHIFTS_SWAPPED, team, one, actor, reason, **other_end)


@transaction.atomic
def note_absence(
    user: User, starts_at: datetime, ends_at: datetime, *, kind: str, note: str = "", actor: User | None
) -> Absence:
    """Note that somebody is away; raise PlanRefused when it ends before it starts, or overlaps another one."""
    if ends_at <= starts_at:
        raise PlanRefused(_("Let the absence end after it starts."))
    # Of two that note the same at once the second sees the first.
    User.objects.select_for_update().only("pk").get(pk=user.pk)
    known = Absence.objects.filter(user=user, starts_at__lt=ends_at, ends_at__gt=starts_at).first()
    if known is not None:
        raise PlanRefused(
            _(
                "%(user)s is already absent from %(begins)s to %(ends)s. Remove that first, or choose other days."
            )
            % {
                "user": user,
                "begins": date_format(known.starts_at.astimezone(starts_at.tzinfo), "SHORT_DATETIME_FORMAT"),
                "ends": date_format(known.ends_at.astimezone(starts_at.tzinfo), "SHORT_DATETIME_FORMAT"),
            }
        )
    absence = Absence.objects.create(
        user=user, starts_at=starts_at, ends_at=ends_at, kind=kind, note=note.strip(), made_by=actor
    )
    record_absence(Kind.ABSENCE_NOTED, absence, actor=actor)
    return absence


@transaction.atomic
def remove_absence(absence: Absence, *, actor: User | None) -> None:
    """Take an absence back; what was noted stays in the duty events."""
    record_absence(Kind.ABSENCE_REMOVED, absence, actor=actor)
    absence.delete()


@transaction.atomic
def fill_rota(
    rota: Rota, wanted: dict[tuple[int, int, int], set[int]], *, actor: User | None = None
) -> tuple[int, int]:
    """Let a rota have these shifts and no others, (week, weekday, user) -> keys of patterns.

    Return how many shifts came and how many went; that they did is one event.
    """
    Rota.objects.select_for_update().only("pk").get(pk=rota.pk)
    keys = {(*place, pattern) for place, patterns in wanted.items() for pattern in patterns}
    known = {(s.week, s.weekday, s.user_id, s.pattern_id): s.pk for s in RotaSlot.objects.filter(rota=rota)}
    # Weeks that a shorter cycle no longer has go too.
    gone = [pk for key, pk in known.items() if key not in keys or key[0] > rota.cycle_weeks]
    RotaSlot.objects.filter(pk__in=gone).delete()
    new = [key for key in sorted(keys - known.keys()) if key[0] <= rota.cycle_weeks]
    RotaSlot.objects.bulk_create(
        RotaSlot(rota=rota, week=week, weekday=weekday, user_id=user, pattern_id=pattern)
        for week, weekday, user, pattern in new
    )
    if new or gone:
        lost = sorted(key for key, pk in known.items() if pk in set(gone))
        changes = {"added": [list(key) for key in new], "removed": [list(key) for key in lost]}
        record_rota(Kind.ROTA_CHANGED, rota, actor=actor, **changes)
    return len(new), len(gone)


def record_rota(kind: DutyEvent.Kind, rota: Rota, *, actor: User | None, **more: Any) -> None:
    """Write down what became of a rota."""
    data = {"rota": rota.pk, "begins_on": str(rota.begins_on), **more}
    record_duty(kind, team=rota.team, actor=actor, data=data)


@transaction.atomic
def remove_rota(rota: Rota, *, actor: User | None) -> None:
    """Take a rota away with its shifts; that it was there stays in the duty events."""
    record_rota(Kind.ROTA_REMOVED, rota, actor=actor, shifts=rota.slots.count())
    rota.delete()


def record_absence(kind: DutyEvent.Kind, absence: Absence, *, actor: User | None) -> None:
    """Write down what became of an absence."""
    data = {
        "from": absence.starts_at.isoformat(),
        "until": absence.ends_at.isoformat(),
        "kind": str(absence.kind),
    }
    record_duty(kind, user=absence.user, actor=actor, data=data)


def record_duty(
    kind: DutyEvent.Kind, *, actor: User | None, team: Team | None = None, user: User | None = None,
    data: dict[str, Any] | None = None, key: str | None = None,
) -> DutyEvent:  # fmt: skip
    """Write one duty event."""
    return DutyEvent.objects.create(
        kind=kind, team=team, user=user, actor=actor, data=data or {}, key=key, at=timezone.now()
    )


def _lock(team: Team) -> None:
    # Of two who plan the same team at once the second sees what the first did.
    Team.objects.select_for_update().only("pk").get(pk=team.pk)


def _put_on(team: Team, place: Place, actor: User | None, reason: str) -> None:
    on, pattern, user = place
    plan = plan_of(team.pk, on, on)
    if plan.rotation_on(on) is None:
        raise PlanRefused(
            _(
                "The team “%(team)s” has no rota on %(day)s yet. A manager makes one in the administration, under Duty."
            )
            % {"team": team, "day": date_format(on, "SHORT_DATE_FORMAT")}
        )
    if not user.is_active or not Membership.objects.filter(team=team, user=user).exists():
        raise PlanRefused(
            _("%(user)s is not an active member of “%(team)s”. Add the person to the team first.")
            % {"user": user, "team": team}
        )
    if (pattern.pk, user.pk) in assignments_on(plan, on):
        raise PlanRefused(
            _("%(user)s already works the shift “%(shift)s” on %(day)s.")
            % {"user": user, "shift": pattern, "day": date_format(on, "SHORT_DATE_FORMAT")}
        )
    changes = ShiftChange.objects.filter(team=team, on=on, pattern=pattern)
    if _undo(changes.filter(user_out=user).first(), "user_out"):
        return
    # Who was taken off this shift has somebody in his place now.
    vacant = changes.filter(user_in=None).order_by("id").first()
    if vacant is not None:
        vacant.user_in, vacant.made_by, vacant.reason = user, actor, reason or vacant.reason
        vacant.save(update_fields=["user_in", "made_by", "reason"])
    else:
        changes.create(team=team, on=on, pattern=pattern, user_in=user, made_by=actor, reason=reason)


def _take_off(team: Team, place: Place, actor: User | None, reason: str) -> None:
    on, pattern, user = place
    if (pattern.pk, user.pk) not in assignments_on(plan_of(team.pk, on, on), on):
        raise PlanRefused(
            _("%(user)s does not work the shift “%(shift)s” on %(day)s any more. Look at the week again.")
            % {"user": user, "shift": pattern, "day": date_format(on, "SHORT_DATE_FORMAT")}
        )
    changes = ShiftChange.objects.filter(team=team, on=on, pattern=pattern)
    if not _undo(changes.filter(user_in=user).first(), "user_in"):
        changes.create(team=team, on=on, pattern=pattern, user_out=user, made_by=actor, reason=reason)


def _undo(change: ShiftChange | None, side: str) -> bool:
    """Take one person out of a change; without anybody left there is none any more."""
    if change is None:
        return False
    setattr(change, side, None)
    if change.user_out_id is None and change.user_in_id is None:
        change.delete()
    else:
        change.save(update_fields=[side])
    return True


def _record(
    kind: DutyEvent.Kind, team: Team, place: Place, actor: User | None, reason: str, **more: Any
) -> None:
    data = {"on": str(place.on), "pattern": place.pattern.code, **more}
    if reason:
        data["reason"] = reason
    record_duty(kind, team=team, user=place.user, actor=actor, data=data)
