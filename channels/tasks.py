"""The wake-up for what waits to go out; it may run twice, or in two workers at once."""

from django_tasks import task

from channels.delivery import deliver_due
from tickets.services import due_messages


@task(queue_name="mail")
def deliver_queued() -> int:
    """Send queued messages for a short while, and wake itself again when more are due; return how many went out."""
    sent = deliver_due()
    if due_messages().exists():
        deliver_queued.enqueue()
    return sent
