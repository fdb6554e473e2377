"""Wake-ups for what time brings about; each may run twice, or in two workers at once."""

from django_tasks import task

from sla.models import BusinessCalendar, SlaPolicy
from staff.models import User
from tickets import services
from tickets.progress import Progress
from tickets.services import bulk


@task()
def mark_broken_promises() -> int:
    """Mark promises that fell due as broken; return how many."""
    return services.mark_broken_promises()


@task()
def assign_waiting_tickets() -> int:
    """Give waiting tickets to people who have come in; return how many."""
    return services.assign_waiting_tickets()


@task()
def tell_all() -> int:
    """Tell the tickets of incidents what was announced; return how many."""
    return services.tell_all()


@task()
def wake_follow_ups() -> int:
    """Bring tickets whose follow-up date has come to whoever has them; return how many."""
    return services.wake_follow_ups()


@task()
def forget_old_notices() -> int:
    """Delete notices that nobody looks for any more; return how many."""
    return services.forget_old_notices()


@task()
def forget_draft_files() -> int:
    """Delete files that nobody has sent and whose draft nobody goes on with; return how many."""
    return services.forget_draft_files()


@task()
def escalate() -> int:
    """Fire the escalation stages that have come; return how many."""
    # First the clocks that stand since the team's last shift ended.
    services.follow_duty()
    return services.fire_due_stages()


@task()
def follow_duty() -> int:
    """Stop and start clocks as teams go off duty and come on; return on how many tickets."""
    return services.follow_duty()


@task()
def work_off_shift_ends() -> int:
    """Apply each team's rule at the end of a shift; return to how many."""
    return services.work_off_shift_ends()


@task()
def run_automation() -> int:
    """Let the automation rules look at what has happened; return how many runs there were."""
    return services.run_for_events()


@task()
def run_automation_of_time() -> int:
    """Let the automation rules of time look at the tickets whose time has come; return how many runs there were."""
    return services.run_for_time()


@task()
def forget_old_runs() -> int:
    """Delete the old log of the automation rules; return how many lines."""
    return services.forget_old_runs()


@task()
def replay_changes(what: str, pk: int, actor_id: int, after_id: int = 0) -> int:
    """Apply a policy's or calendar's newest version to open tickets, batch after batch; return how many it moved."""
    model = SlaPolicy if what == "policy" else BusinessCalendar
    thing = model._default_manager.filter(pk=pk).first()
    if thing is None:
        return 0
    done = services.replay_changes(thing, actor=User.objects.get(pk=actor_id), after_id=after_id)
    Progress(what, pk).count(done.moved, done.skipped, is_done=done.is_done)
    if not done.is_done:
        replay_changes.enqueue(what, pk, actor_id, done.last_id)
    return done.moved


@task()
def work_off_bulk_job(job_id: int) -> None:
    """Change the tickets of a bulk job for a while, and wake itself again when some are left."""
    if bulk.work_off(job_id):
        work_off_bulk_job.enqueue(job_id)


@task()
def resume_bulk_jobs() -> int:
    """Go on with bulk jobs whose worker is gone; return how many."""
    found = list(bulk.jobs_to_resume().values_list("pk", flat=True))
    for job_id in found:
        work_off_bulk_job.enqueue(job_id)
    return len(found)


@task()
def prune_bulk_jobs() -> int:
    """Forget bulk jobs of long ago; return how many."""
    return bulk.prune_jobs()
