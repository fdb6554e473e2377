"""The ways messages come in and go out."""

from channels.models.mailbox import FetchState, Mailbox, Security, SenderName, SignIn
from channels.models.outgoing import FileLink, Signature
from channels.models.received import MailContent, MailState, Reason, ReceivedMail, Source
from channels.models.spam import SenderRule, SpamLearning, SpamToken

__all__ = [
    "FetchState",
    "FileLink",
    "MailContent",
    "MailState",
    "Mailbox",
    "Reason",
    "ReceivedMail",
    "Security",
    "SenderName",
    "SenderRule",
    "SignIn",
    "Signature",
    "Source",
    "SpamLearning",
    "SpamToken",
]
