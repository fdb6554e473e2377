"""The ways messages come in and go out."""

from channels.models.mailbox import FetchState, Mailbox, Security, SenderName, SignIn
from channels.models.received import MailContent, MailState, Reason, ReceivedMail, Source

__all__ = [
    "FetchState",
    "MailContent",
    "MailState",
    "Mailbox",
    "Reason",
    "ReceivedMail",
    "Security",
    "SenderName",
    "SignIn",
    "Source",
]
