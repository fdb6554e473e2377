"""By which version of which policy a ticket is promised something: the one it started with, as long as it serves."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sla.business_time import WorkingHours
from sla.models import SlaPolicy
from sla.models.version import Version
from sla.services import record_version
from sla.terms import Terms, hours_of_version, terms_of
from tickets.models import Promise
from tickets.rulebook import Policy, Rulebook


@dataclass(frozen=True)
class Agreement:
    """A version of a policy and of its calendar, ready to promise by."""

    policy_id: int | None
    policy_version_id: UUID
    calendar_version_id: UUID
    terms: Terms
    hours: WorkingHours

    def hours_for(self, counts: str) -> WorkingHours | None:
        """The hours in which a clock runs; None is the clock on the wall."""
        return self.hours if counts == SlaPolicy.Counts.BUSINESS else None


def current_agreement(policy: Policy) -> Agreement:
    """The policy as it is now; a change that nobody has recorded yet is recorded, in the caller's transaction."""
    version_id, calendar_version_id = policy.version_id, policy.calendar_version_id
    if version_id is None:
        version_id = record_version(policy.row, cause=Version.Cause.FOUND).pk
    if calendar_version_id is None:
        calendar_version_id = record_version(policy.row.calendar, cause=Version.Cause.FOUND).pk
    return Agreement(
        policy.row.pk, version_id, calendar_version_id, policy.terms or terms_of(version_id), policy.hours
    )


def agreement_of(promise: Promise) -> Agreement | None:
    """The agreement by which a promise was made; None where that is not known."""
    if promise.policy_version_id is None or promise.calendar_version_id is None:
        return None
    return Agreement(
        promise.policy_id,
        promise.policy_version_id,
        promise.calendar_version_id,
        terms_of(promise.policy_version_id),
        hours_of_version(promise.calendar_version_id),
    )


def hours_of_promise(promise: Promise, rulebook: Callable[[], Rulebook]) -> WorkingHours | None:
    """The hours in which a promise's clock runs; None is the clock on the wall."""
    if promise.counts == SlaPolicy.Counts.CLOCK:
        return None
    if promise.calendar_version_id is not None:
        return hours_of_version(promise.calendar_version_id)
    policy = rulebook().policy(promise.policy_id)
    return policy.hours if policy else None
