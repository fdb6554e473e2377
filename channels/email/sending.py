"""A message as a mail: who it is from, what it answers, its text for readers and for machines."""

import re
import zoneinfo
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import escape, linebreaks
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from channels.email.files import LinkedFile, chosen_attachments, linked_files
from channels.email.loops import automatic_headers
from channels.email.stationery import Stationery, sender
from channels.email.tokens import own_message_id, reply_address, side_address
from channels.models import ReceivedMail
from channels.text import link_urls
from common.links import fill_links, public_link
from tickets.choices import Delivery, MessageKind, Status
from tickets.models import Message
from tickets.recipients import BCC, CC, addresses_as

MOST_REFERENCES = 20
# What may stand in our headers of what others wrote in theirs.
_IDENTIFIER = re.compile(r"<[!-;=?-~]{3,250}>")


def build_email(
    message: Message, gathered: Sequence[Message] = (), stationery: Stationery | None = None
) -> EmailMultiAlternatives:
    """The mail that delivers a message, in the message's language and the customer's time zone.

    `gathered` are others to the same colleague that go out in the same mail.
    """
    stationery = stationery or Stationery.read()
    zone = zoneinfo.ZoneInfo(message.ticket.customer.time_zone)
    with translation.override(message.language), timezone.override(zone):
        attached, left_out = chosen_attachments(message)
        name = "gathered" if gathered else "message"
        context = (
            gathered_context([message, *gathered])
            if gathered
            else mail_context(message, linked_files(left_out), stationery)
        )
        mail = EmailMultiAlternatives(
            subject=mail_subject(message, len(gathered)),
            body=render_to_string(f"channels/mail/{name}.txt", context).strip() + "\n",
            from_email=sender(message, stationery.mailbox_of(message)),
            to=[message.recipient],
            cc=addresses_as(message.also_to, CC),
            bcc=addresses_as(message.also_to, BCC),
            reply_to=reply_to(message, stationery),
            headers=headers(message),
        )
        mail.attach_alternative(render_to_string(f"channels/mail/{name}.html", context), "text/html")
    for attachment in attached:
        with attachment.file.open("rb") as file:
            mail.attach(attachment.name, file.read(), attachment.content_type)
    return mail


def mail_subject(message: Message, others: int) -> str:
    """The subject on one line, with the ticket's number and how many others the mail is about."""
    subject, number = message.subject or message.ticket.subject, message.ticket.number
    if number not in subject:
        subject = f"[{number}] {subject}"
    if others:
        subject = gettext("%(subject)s, and %(count)s more") % {"subject": subject, "count": others}
    return " ".join(subject.split())


def gathered_context(messages: Sequence[Message]) -> dict[str, object]:
    """What the two templates of a mail with several messages to a colleague need."""
    return {
        "parts": [
            {
                "title": mail_subject(message, 0),
                "text": message.body,
                "html": html_text(message.body, with_links=False),
                "link": settings.PUBLIC_URL + message.ticket.get_absolute_url(),
            }
            for message in messages
        ],
        "site_name": gettext(settings.SITE_NAME),
    }


def mail_context(
    message: Message, left_out: Sequence[LinkedFile], stationery: Stationery
) -> dict[str, object]:
    """What the two mail templates need."""
    ticket = message.ticket
    by_system = message.kind == MessageKind.AUTOMATIC
    is_staff = is_for_staff(message)
    link = (
        settings.PUBLIC_URL + ticket.get_absolute_url()
        if is_staff
        else public_link("ticket", ticket.link_nonce)
    )
    signature, signature_html = stationery.signature_of(message)
    return {
        "message": message,
        "signature": signature,
        "signature_html": mark_safe(signature_html),
        "ticket": ticket,
        "text": fill_links(message.body) if by_system else message.body,
        "html": mark_safe(message.formatted) or html_text(message.body, with_links=by_system),
        "link": link,
        "is_reply": message.kind == MessageKind.REPLY,
        "is_staff": is_staff,
        "is_resolved": ticket.status in (Status.RESOLVED, Status.SURVEYED),
        "left_out": left_out,
        "site_name": gettext(settings.SITE_NAME),
    }


def html_text(body: str, *, with_links: bool) -> str:
    """The text as HTML: escaped, with its line breaks, addresses to click, and buttons where links go."""
    html = link_urls(linebreaks(escape(body), autoescape=False))
    return mark_safe(fill_links(html, link_button) if with_links else html)


def link_button(purpose: str, nonce: str) -> str:
    """A link of ours as a button."""
    return render_to_string(
        "channels/mail/_button.html", {"purpose": purpose, "url": public_link(purpose, nonce)}
    ).strip()


def is_for_staff(message: Message) -> bool:
    """Whether it goes to a colleague and not to the customer."""
    return message.purpose == Message.Purpose.STAFF


def is_automatic(message: Message) -> bool:
    """Whether no person wrote it: its envelope then names no sender, so that nothing answers it."""
    return message.kind == MessageKind.AUTOMATIC or is_for_staff(message)


def message_id(message: Message) -> str:
    """The same Message-ID at every attempt, so that a mail sent twice is recognised as one."""
    return own_message_id(message.delivery_key, urlsplit(settings.PUBLIC_URL).hostname or "localhost")


def headers(message: Message) -> dict[str, str]:
    """The headers that machines read: which mail this is, what it follows, whether a person wrote it."""
    found = {"Message-ID": message_id(message)}
    if earlier := thread_before(message):
        found |= {"In-Reply-To": earlier[-1], "References": " ".join(earlier)}
    if is_automatic(message):
        found |= automatic_headers(is_answer=not is_for_staff(message))
    return found


def reply_to(message: Message, stationery: Stationery) -> list[str]:
    """Where answers go that belong to the ticket whatever a mail program does to the thread; usually the sender."""
    mailbox = stationery.mailbox_of(message)
    if mailbox is None or not mailbox.takes_plus or is_for_staff(message):
        return []
    if message.side is not None:
        return [side_address(mailbox.address, message.side)]
    return [reply_address(mailbox.address, message.ticket)]


def thread_before(message: Message) -> list[str]:
    """The Message-IDs of the thread that the mail goes on with, oldest first: ours and those of answers."""
    known = {one.pk: message_id(one) for one in earlier_mails(message)}
    if not is_for_staff(message):
        theirs = ReceivedMail.objects.filter(
            message__ticket=message.ticket_id, message__lt=message.pk, message__side=message.side_id
        )
        if not message.side_id:
            theirs = theirs.filter(message__kind=MessageKind.CUSTOMER)
        newest = theirs.order_by("-message").values_list("message", "identifier")[:MOST_REFERENCES]
        known |= {pk: identifier for pk, identifier in newest if _IDENTIFIER.fullmatch(identifier)}
    return [known[pk] for pk in sorted(known)][-MOST_REFERENCES:]


def earlier_mails(message: Message) -> list[Message]:
    """The mails of the ticket before this one to the same side, oldest first; the newest ones when there are many."""
    if message.purpose == Message.Purpose.ACKNOWLEDGEMENT:
        # The first one there is.
        return []
    mails = message.ticket.messages.filter(id__lt=message.pk, delivery__in=[Delivery.SENT, Delivery.QUEUED])
    staff = {"purpose": Message.Purpose.STAFF}
    if message.side_id:
        mails = mails.filter(side=message.side_id)
    else:
        mails = mails.filter(side__isnull=True)
        mails = mails.filter(**staff) if is_for_staff(message) else mails.exclude(**staff)
    return list(mails.order_by("-id").only("delivery_key")[:MOST_REFERENCES])[::-1]
