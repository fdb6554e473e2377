"""The portal's pages."""

from channels.web.asking import ask
from channels.web.files import attachment
from channels.web.following import confirm, reopen, reply, ticket

__all__ = ["ask", "attachment", "confirm", "reopen", "reply", "ticket"]
