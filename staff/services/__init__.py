"""Writes about members of staff: presence and tokens, and who works when."""

from staff.services.looking import note_look
from staff.services.people import (
    has_worked,
    issue_token,
    note_assigned,
    record_presence,
    revoke_token,
    switch_language,
    switch_presence,
)
from staff.services.planning import (
    PlanRefused,
    add_shift,
    change_shift,
    fill_rota,
    note_absence,
    record_absence,
    record_duty,
    record_rota,
    remove_absence,
    remove_rota,
    remove_shift,
    swap_shifts,
)

__all__ = [
    "PlanRefused",
    "add_shift",
    "change_shift",
    "fill_rota",
    "has_worked",
    "issue_token",
    "note_absence",
    "note_assigned",
    "note_look",
    "record_absence",
    "record_duty",
    "record_presence",
    "record_rota",
    "remove_absence",
    "remove_rota",
    "remove_shift",
    "revoke_token",
    "swap_shifts",
    "switch_language",
    "switch_presence",
]
