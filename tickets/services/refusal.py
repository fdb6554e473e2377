"""How the door says no."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from tickets.models import Ticket


class StepRefused(Exception):
    """The step cannot be taken; `reasons` say why, and what would make it possible, in the active language."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons

    @property
    def reason(self) -> str:
        """All reasons as one text."""
        return " ".join(self.reasons)


class StaleTicket(Exception):
    """Somebody saved a newer state meanwhile; `ticket` is that state."""

    def __init__(self, ticket: "Ticket") -> None:
        super().__init__(_("Somebody changed this ticket while you were working on it."))
        self.ticket = ticket
