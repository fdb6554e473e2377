"""The ways messages come in and go out."""

from channels.models.mailbox import Mailbox, Security, SenderName, SignIn

__all__ = ["Mailbox", "Security", "SenderName", "SignIn"]
