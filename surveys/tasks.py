"""What the worker does for surveys; the schedule wakes these."""

from django_tasks import task

from surveys import services


@task()
def ask_resolved() -> int:
    """Invite the customers of resolved tickets."""
    return services.ask_resolved()


@task()
def remind_and_close() -> int:
    """Remind of open invitations and close expired ones."""
    return services.remind_and_close()
