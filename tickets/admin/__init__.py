"""The admin's pages about tickets: the tickets themselves, to look at and to move by steps, and a manager's rules."""

from tickets.admin.automation import AutomationRuleAdmin, AutomationRunAdmin
from tickets.admin.calendars import CalendarAdmin
from tickets.admin.checklists import ChecklistAdmin
from tickets.admin.classifying import ClassifyingRuleAdmin
from tickets.admin.guards import GuardAdmin
from tickets.admin.history import EventAdmin, MessageAdmin, PromiseAdmin
from tickets.admin.macros import MacroAdmin
from tickets.admin.mails import MailTemplateAdmin
from tickets.admin.policies import PolicyAdmin
from tickets.admin.replies import ReplyTemplateAdmin
from tickets.admin.routes import RouteAdmin
from tickets.admin.routing import RoutingRuleAdmin
from tickets.admin.ticket import TicketAdmin
from tickets.admin.views import SavedViewAdmin

__all__ = [
    "AutomationRuleAdmin",
    "AutomationRunAdmin",
    "CalendarAdmin",
    "ChecklistAdmin",
    "ClassifyingRuleAdmin",
    "EventAdmin",
    "GuardAdmin",
    "MacroAdmin",
    "MailTemplateAdmin",
    "MessageAdmin",
    "PolicyAdmin",
    "PromiseAdmin",
    "ReplyTemplateAdmin",
    "RouteAdmin",
    "RoutingRuleAdmin",
    "SavedViewAdmin",
    "TicketAdmin",
]
