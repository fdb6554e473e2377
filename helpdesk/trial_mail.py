"""The mailbox of a trial run: what would have been sent, readable, so that a newcomer can follow every link."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from channels.text import link_urls

SHOWN = 50
# What Django's file backend writes after each mail.
_BETWEEN = re.compile(rb"^-{79}$\n?", re.MULTILINE)


@dataclass(frozen=True)
class TrialMail:
    """One mail as the page shows it."""

    subject: str
    sender: str
    recipient: str
    at: datetime | None
    html: SafeString
    files: list[str]


@require_safe
@login_not_required
@never_cache
def trial_mail(request: HttpRequest) -> HttpResponse:
    """The newest mails; only in a trial run, where no mail leaves the machine."""
    if not settings.DEBUG:
        raise Http404
    mails = [read_mail(raw) for raw in islice(raw_mails(settings.MAIL_FOLDER), SHOWN)]
    return render(request, "helpdesk/trial_mail.html", {"mails": mails, "folder": settings.MAIL_FOLDER})


def raw_mails(folder: Path) -> Iterator[bytes]:
    """The mails in the files of the folder, newest first."""
    if not folder.is_dir():
        return
    for path in sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True):
        yield from (raw for raw in reversed(_BETWEEN.split(path.read_bytes())) if raw.strip())


def read_mail(raw: bytes) -> TrialMail:
    """One mail, taken apart; its text escaped, with links only where they lead to this help desk."""
    mail = message_from_bytes(raw, policy=policy.default)
    part = mail.get_body(("plain", "html"))
    text = part.get_content() if part else ""
    return TrialMail(
        subject=str(mail["Subject"] or ""),
        sender=str(mail["From"] or ""),
        recipient=str(mail["To"] or ""),
        at=_moment(str(mail["Date"] or "")),
        html=mark_safe(link_urls(escape(text.strip()), only_own=True)),
        files=[part.get_filename() or "" for part in mail.iter_attachments()],
    )


def _moment(date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    # Django writes -0000, which says no more than that it is UTC.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
