"""Keeping a mail as it came: only when it is on the disk is it acknowledged to whoever brought it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from channels.models import Mailbox, MailContent, MailState, ReceivedMail
from tickets.choices import OPEN_STATUSES

FORGOTTEN_AT_ONCE = 500


def take_mail(raw: bytes, mailbox: Mailbox, source: str, *, recipient: str = "") -> ReceivedMail:
    """Keep the bytes of a mail, whatever they are; the same bytes again give the mail that is kept already.

    When this returns, the mail survives the machine. The worker looks for it every two seconds.
    """
    digest = hashlib.sha256(raw).hexdigest()
    with _on_the_disk():
        mail, is_new = ReceivedMail.objects.get_or_create(
            mailbox=mailbox, sha256=digest,
            defaults={"source": source, "size": len(raw), "recipient": recipient[:254]},
        )  # fmt: skip
        if is_new:
            MailContent.objects.create(mail=mail, raw=raw)
    return mail


def mailbox_of_address(address: str) -> Mailbox | None:
    """The mailbox in use whose address this is, with or without something behind a plus."""
    local, _at, domain = address.strip().strip("<>").lower().rpartition("@")
    exact = f"{local}@{domain}"
    plain = f"{local.partition('+')[0]}@{domain}"
    found = {one.address: one for one in Mailbox.objects.filter(is_active=True, address__in=[exact, plain])}
    return found.get(exact) or found.get(plain)


def mails_to_read() -> QuerySet[ReceivedMail]:
    """Mails whose next attempt has come."""
    return ReceivedMail.objects.filter(state=MailState.RECEIVED, next_attempt_at__lte=timezone.now())


def forget_old_contents() -> int:
    """Delete the bytes of mails that were dealt with long ago; return how many.

    Not of those in the quarantine, nor of those on a ticket that is open. The rows stay: by them the same mail is known
    when it comes again, and answers find their thread.
    """
    before = timezone.now() - timedelta(days=settings.MAIL_KEPT_DAYS)
    dealt_with = Q(mail__state__in=[MailState.TICKET, MailState.IGNORED])
    is_open = Q(mail__message__ticket__status__in=[status.value for status in OPEN_STATUSES])
    old = MailContent.objects.filter(dealt_with, mail__received_at__lt=before).exclude(is_open)
    forgotten = 0
    while keys := list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        forgotten += MailContent.objects.filter(pk__in=keys).delete()[0]
    return forgotten


@contextmanager
def _on_the_disk() -> Iterator[None]:
    """A transaction that the database has written to the disk when it ends, whatever its settings are."""
    is_sqlite = connection.vendor == "sqlite"
    # A test's transaction stands around ours, in which SQLite refuses to change how it writes.
    is_set = is_sqlite and not connection.in_atomic_block
    if is_set:
        _run("PRAGMA synchronous=FULL")
    try:
        with transaction.atomic():
            if not is_sqlite:
                _run("SET LOCAL synchronous_commit = on")
            yield
    finally:
        if is_set:
            _run("PRAGMA synchronous=NORMAL")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
