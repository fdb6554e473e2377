"""Tickets, what is said on them, what happened to them, what was promised, and the manager's rules for them."""

from tickets.models.automation import AutomationPosition, AutomationRule, AutomationRun
from tickets.models.bulk import BulkAction, BulkItem, BulkJob
from tickets.models.checklists import Checklist, ChecklistItem, ChecklistTick
from tickets.models.conversation import Attachment, Message, TicketArticle
from tickets.models.desk import Draft, DraftFile, RecentSearch
from tickets.models.escalation import EscalationStage, StageFiring
from tickets.models.event import Event
from tickets.models.incident import Announcement, Telling
from tickets.models.macros import Macro, MacroText, MacroUse
from tickets.models.mails import MailTemplate, MailText
from tickets.models.notice import Notice
from tickets.models.presence import Presence
from tickets.models.promise import Promise, PromisePause
from tickets.models.relations import Merge, TicketLink
from tickets.models.routing import RoutingRule
from tickets.models.rules import ClassifyingRule, Guard, ReplyTemplate, ReplyTemplateText, Route
from tickets.models.side import SideConversation
from tickets.models.ticket import NEVER, Ticket
from tickets.models.time import TimeEntry
from tickets.models.views import SavedView

__all__ = [
    "NEVER",
    "Announcement",
    "Attachment",
    "AutomationPosition",
    "AutomationRule",
    "AutomationRun",
    "BulkAction",
    "BulkItem",
    "BulkJob",
    "Checklist",
    "ChecklistItem",
    "ChecklistTick",
    "ClassifyingRule",
    "Draft",
    "DraftFile",
    "EscalationStage",
    "Event",
    "Guard",
    "Macro",
    "MacroText",
    "MacroUse",
    "MailTemplate",
    "MailText",
    "Merge",
    "Message",
    "Notice",
    "Presence",
    "Promise",
    "PromisePause",
    "RecentSearch",
    "ReplyTemplate",
    "ReplyTemplateText",
    "Route",
    "RoutingRule",
    "SavedView",
    "SideConversation",
    "StageFiring",
    "Telling",
    "Ticket",
    "TicketArticle",
    "TicketLink",
    "TimeEntry",
]
