"""Mails that say that a mail of ours did not arrive, or was not wanted."""

from channels.email.tokens import delivery_keys_in
from channels.models import Reason
from channels.receiving.reading import ReadMail
from customers.models import COMPLAINT
from customers.services import mark_unreachable
from tickets.models import Message
from tickets.services import record_bounce


def mark_bounce(read: ReadMail) -> tuple[str, Message | None]:
    """Mark the message that did not arrive, and its address; return the reason and the message, if it is known.

    Only a report that names one of our unguessable Message-IDs marks anything.
    """
    keys = delivery_keys_in([*read.own_ids, read.in_reply_to, *read.references])
    message = Message.objects.filter(delivery_key__in=keys).select_related("ticket").first()
    failed = [report for report in read.reports if not is_delay(report)]
    if not failed:
        return Reason.DELAY, message
    if message is None:
        return Reason.BOUNCE, None
    for report in failed:
        words = " ".join(filter(None, [report.get("status"), report.get("words")]))
        record_bounce(
            message, words or " ".join(read.visible.split())[:300], recipient=report.get("recipient", "")
        )
    return Reason.BOUNCE, message


def mark_complaint(read: ReadMail) -> Message | None:
    """Mark the address of who called a mail of ours spam, where his provider says so; return that mail.

    As with a bounce, only a report that names one of our unguessable Message-IDs marks anything.
    """
    keys = delivery_keys_in([*read.own_ids, read.in_reply_to, *read.references])
    message = Message.objects.filter(delivery_key__in=keys).first()
    if message is not None:
        copied = {copy["address"].lower() for copy in message.also_to}
        for report in read.reports:
            named = report.get("recipient", "").lower()
            mark_unreachable("email", named if named in copied else message.recipient, COMPLAINT)
    return message


def is_delay(report: dict[str, str]) -> bool:
    """Whether the server still tries, or has delivered or passed on; what says nothing has failed."""
    action, status = report.get("action", "").lower(), report.get("status", "")
    if action:
        return action != "failed"
    return status.startswith(("2", "4"))
