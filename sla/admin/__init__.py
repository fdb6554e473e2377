"""The admin's pages about business calendars and SLA policies."""

from sla.admin.calendars import BusinessCalendarAdmin
from sla.admin.policies import SlaPolicyAdmin

__all__ = ["BusinessCalendarAdmin", "SlaPolicyAdmin"]
