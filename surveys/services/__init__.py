"""Every write of surveys: asking, reminding, closing, answering."""

from surveys.services.answering import SurveyClosed, answer, reason_closed
from surveys.services.asking import ask_resolved, tickets_to_ask
from surveys.services.reminding import invitations_due, remind_and_close

__all__ = [
    "SurveyClosed",
    "answer",
    "ask_resolved",
    "invitations_due",
    "reason_closed",
    "remind_and_close",
    "tickets_to_ask",
]
