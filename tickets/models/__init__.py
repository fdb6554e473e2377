"""Tickets, what is said on them, what happened to them, what was promised, and the manager's rules for them."""

from tickets.models.bulk import BulkAction, BulkItem, BulkJob
from tickets.models.conversation import Attachment, Message, TicketArticle
from tickets.models.escalation import EscalationStage, StageFiring
from tickets.models.event import Event
from tickets.models.mails import MailTemplate, MailText
from tickets.models.promise import Promise, PromisePause
from tickets.models.routing import RoutingRule
from tickets.models.rules import ClassifyingRule, Guard, ReplyTemplate, ReplyTemplateText, Route
from tickets.models.side import SideConversation
from tickets.models.ticket import NEVER, Ticket
from tickets.models.views import SavedView

__all__ = [
    "NEVER",
    "Attachment",
    "BulkAction",
    "BulkItem",
    "BulkJob",
    "ClassifyingRule",
    "EscalationStage",
    "Event",
    "Guard",
    "MailTemplate",
    "MailText",
    "Message",
    "Promise",
    "PromisePause",
    "ReplyTemplate",
    "ReplyTemplateText",
    "Route",
    "RoutingRule",
    "SavedView",
    "SideConversation",
    "StageFiring",
    "Ticket",
    "TicketArticle",
]
