"""The people who serve, and when they do."""

from staff.models.duty import (
    Absence,
    DutyEvent,
    Rota,
    RotaSlot,
    ShiftChange,
    ShiftPattern,
    TeamDuty,
    Weekday,
)
from staff.models.people import (
    ApiToken,
    Membership,
    RequestCount,
    Role,
    Skill,
    Strategy,
    Team,
    Tier,
    User,
    UserManager,
    validate_time_zone,
)

__all__ = [
    "Absence",
    "ApiToken",
    "DutyEvent",
    "Membership",
    "RequestCount",
    "Role",
    "Rota",
    "RotaSlot",
    "ShiftChange",
    "ShiftPattern",
    "Skill",
    "Strategy",
    "Team",
    "TeamDuty",
    "Tier",
    "User",
    "UserManager",
    "Weekday",
    "validate_time_zone",
]
