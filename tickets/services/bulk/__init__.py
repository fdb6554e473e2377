"""One change on many tickets: forecast, carried out in the background ticket by ticket, and taken back."""

from tickets.services.bulk.actions import Plan, plan_of
from tickets.services.bulk.forecast import Forecast, forecast
from tickets.services.bulk.jobs import (
    MOST_TICKETS,
    jobs_to_resume,
    prune_jobs,
    start_job,
    undo_job,
    undoable_items,
    work_off,
)

__all__ = [
    "MOST_TICKETS",
    "Forecast",
    "Plan",
    "forecast",
    "jobs_to_resume",
    "plan_of",
    "prune_jobs",
    "start_job",
    "undo_job",
    "undoable_items",
    "work_off",
]
