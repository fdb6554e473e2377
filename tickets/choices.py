"""Codes that tickets carry."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    RECEIVED = "received", _("Received")
    CLASSIFIED = "classified", _("Classified")
    ASSIGNED = "assigned", _("Assigned")
    WAITING = "waiting", _("Waiting for customer")
    RESOLVED = "resolved", _("Resolved")
    SURVEYED = "surveyed", _("Surveyed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_STATUSES = (Status.RECEIVED, Status.CLASSIFIED, Status.ASSIGNED, Status.WAITING)
DONE_STATUSES = (Status.RESOLVED, Status.SURVEYED)


class CancelReason(models.TextChoices):
    SPAM = "spam", _("Spam")
    DUPLICATE = "duplicate", _("Duplicate")
    MERGED = "merged", _("Merged into another ticket")
    WITHDRAWN = "withdrawn", _("Withdrawn by the customer")


class SurveyOutcome(models.TextChoices):
    ANSWERED = "answered", _("Answered")
    NO_RESPONSE = "no_response", _("No response")
    NOT_ASKED = "not_asked", _("Not asked")


class MessageKind(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    REPLY = "reply", _("Reply")
    NOTE = "note", _("Internal note")
    AUTOMATIC = "automatic", _("Automatic message")


class Delivery(models.TextChoices):
    NONE = "none", _("Not to be sent")
    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not delivered")


class PromiseKind(models.TextChoices):
    FIRST_RESPONSE = "first_response", _("First response")
    NEXT_RESPONSE = "next_response", _("Next response")
    RESOLUTION = "resolution", _("Resolution")
    PROGRESS = "progress", _("Progress report")


class PauseReason(models.TextChoices):
    """Why a promise's clock stands still; several may hold at once, and it goes on when none does any more."""

    WAITING = "waiting", _("waiting for the customer")
    CHILD = "child", _("a child ticket is open")
    OFF_DUTY = "off_duty", _("nobody of the team on duty")
    SIDE = "side", _("somebody else is asked")
    # Between the resolution and the reopening of a ticket whose promise goes on.
    RESOLVED = "resolved", _("resolved")


class LinkKind(models.TextChoices):
    """What a ticket is to another one, as read from the first."""

    RELATED = "related", _("Related to")
    DUPLICATE = "duplicate", _("Duplicate of")
    CAUSED_BY = "caused_by", _("Caused by")
    SPLIT = "split", _("Split off from")


class EventKind(models.TextChoices):
    CREATED = "created", _("Ticket received")
    STEP = "step", _("Step")
    MESSAGE = "message", _("Message")
    CHANGED = "changed", _("Changed")
    PROMISE_BROKEN = "promise_broken", _("Promise broken")
    ESCALATED = "escalated", _("Escalated")
    PROMISES_REPLAYED = "promises_replayed", _("Promises replayed")
    DELIVERY_FAILED = "delivery_failed", _("Message not delivered")
    SURVEY_SENT = "survey_sent", _("Survey sent")
    SURVEY_ANSWERED = "survey_answered", _("Survey answered")
    LOW_SCORE = "low_score", _("Low score")
    LINKED = "linked", _("Linked")
    SIDE = "side", _("Side conversation")
    TAKEN_BACK = "taken_back", _("Reply taken back")
    MAYBE_RELATED = "maybe_related", _("Perhaps about another ticket")
    AUTOMATIC_STOPPED = "automatic_stopped", _("Automatic mails stopped")
    MACRO = "macro", _("Macro used")
    AUTOMATION = "automation", _("Automation rule ran")
    CHECKLIST = "checklist", _("Checklist")
    MERGED = "merged", _("Another ticket merged into it")
    UNMERGED = "unmerged", _("Merge undone")
    SPLIT = "split", _("Message split off")
    UNLINKED = "unlinked", _("Link removed")
    TOLD_ALL = "told_all", _("Told to all tickets of the incident")
    FOLLOW_UP = "follow_up", _("Follow-up date")
    TIME_SPENT = "time_spent", _("Time spent")
