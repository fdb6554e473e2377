"""The wake-ups for what waits to go out and to be read; each may run twice, or in two workers at once."""

from django_tasks import task

from channels.delivery import deliver_due
from channels.receiving.keeping import forget_old_contents, mails_to_read
from channels.receiving.spam import learn
from channels.receiving.taking_in import take_in_due
from tickets.services import due_messages


@task(queue_name="mail")
def deliver_queued() -> int:
    """Send queued messages for a short while, and wake itself again when more are due; return how many went out."""
    sent = deliver_due()
    if due_messages().exists():
        deliver_queued.enqueue()
    return sent


@task(queue_name="mail")
def take_in_received() -> int:
    """Make tickets of received mails for a short while, and wake itself again when more wait; return how many."""
    done = take_in_due()
    if mails_to_read().exists():
        take_in_received.enqueue()
    return done


@task(queue_name="mail")
def forget_old_mails() -> int:
    """Delete the bytes of mails that were dealt with long ago; return how many."""
    return forget_old_contents()


@task
def learn_spam() -> int:
    """Learn from what agents did with mails since the last time; return how many taught something."""
    return learn()
