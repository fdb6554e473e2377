"""The ways messages come in and go out."""

from channels.models.mailbox import Mailbox, Security, SenderName, SignIn
from channels.models.outgoing import FileLink, Signature

__all__ = ["FileLink", "Mailbox", "Security", "SenderName", "SignIn", "Signature"]
