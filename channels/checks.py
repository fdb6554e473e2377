"""System checks of the mailboxes; they ask the database, so `check --database default` and `migrate` run them."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004
from django.db import DEFAULT_DB_ALIAS, DatabaseError, transaction

from channels.models import Mailbox
from channels.models.mailbox import SECRETS
from channels.secrets import SealedForeverError


@register(Tags.database)
def check_secrets(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn of mailboxes whose passwords no key opens any more."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        with transaction.atomic():
            mailboxes = list(Mailbox.objects.all())
    except DatabaseError:
        # Before the first migrate there is no table, and nothing to warn of.
        return []
    return [
        Warning(
            f"The passwords of the mailbox {mailbox.address} cannot be opened with MAILBOX_KEY.",
            hint="Put the former key behind the new one, after a comma, or type the passwords again.",
            obj=mailbox.address, id="channels.W001",
        )
        for mailbox in mailboxes if not _opens(mailbox)
    ]  # fmt: skip


def _opens(mailbox: Mailbox) -> bool:
    try:
        for name in SECRETS:
            mailbox.secret(name)
    except SealedForeverError:
        return False
    return True
