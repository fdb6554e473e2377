"""Remembering until when a team's duty was followed."""

from staff.duty_looks import DutyLook
from staff.models import TeamDuty


def note_look(look: DutyLook) -> None:
    """Remember what was seen; of two who looked at once the first counts, and the next look finds the rest."""
    if look.known is None:
        seen = TeamDuty(team=look.team, is_covered=look.is_covered, looked_at=look.now)
        TeamDuty.objects.bulk_create([seen], ignore_conflicts=True)
        return
    rows = TeamDuty.objects.filter(team=look.team, looked_at=look.known.looked_at)
    if look.covered is None:
        rows.delete()
    else:
        rows.update(is_covered=look.is_covered, looked_at=look.now)
