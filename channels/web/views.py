"""The portal's pages."""

from channels.web.asking import ask
from channels.web.files import attachment, linked_file
from channels.web.following import confirm, reopen, reply, ticket

__all__ = ["ask", "attachment", "confirm", "linked_file", "reopen", "reply", "ticket"]
