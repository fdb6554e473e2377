"""The rules by which tickets are promised an answer: business calendars and SLA policies, and what they once were."""

from sla.models.calendar import BusinessCalendar, HolidayYear, ServiceHours, SpecialDay
from sla.models.policy import SlaPolicy
from sla.models.version import CalendarVersion, PolicyVersion, WrittenOnceError

__all__ = [
    "BusinessCalendar",
    "CalendarVersion",
    "HolidayYear",
    "PolicyVersion",
    "ServiceHours",
    "SlaPolicy",
    "SpecialDay",
    "WrittenOnceError",
]
