"""Which policy would serve a ticket and by which version: those of today, with a manager's draft in its place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sla.business_time import WorkingHours
from sla.models import SlaPolicy
from sla.terms import Terms, hours_of_version, terms_of
from tickets.dry_run import with_drafted
from tickets.replay.life import Chooser
from tickets.replay.reading import Stored
from tickets.rulebook import Policy, Rulebook

# A draft of a new policy has no key yet.
UNSAVED = -1


@dataclass(frozen=True)
class Offer:
    """What a policy promises, by some version or by a draft."""

    policy_id: int | None
    terms: Terms
    hours: WorkingHours
    policy_version_id: UUID | None = None
    calendar_version_id: UUID | None = None

    def hours_for(self, counts: str) -> WorkingHours | None:
        """The hours in which a clock runs; None is the clock on the wall."""
        return self.hours if counts == SlaPolicy.Counts.BUSINESS else None


class Rules:
    """The policies in their order; `draft` is a policy, `calendar` a calendar's key with its hours, as typed."""

    def __init__(
        self,
        rulebook: Rulebook,
        *,
        draft: Policy | None = None,
        calendar: tuple[int, WorkingHours] | None = None,
    ) -> None:
        self.rulebook, self.draft, self.calendar = rulebook, draft, calendar
        self.policies = _in_order(rulebook.policies, draft)
        self._current = {_key(policy): self._offer(policy) for policy in self.policies}
        self._chosen: dict[tuple[Any, ...], int | None] = {}
        self._known: dict[tuple[UUID, UUID], Offer] = {}

    @property
    def key_of_draft(self) -> int | None:
        """The key of the policy that is being tried."""
        return _key(self.draft) if self.draft else None

    def reasons(self) -> set[str]:
        """For what some clock stands still by any of these policies."""
        return {reason for offer in self._current.values() for reason in offer.terms.pauses}

    def policy_for(
        self, category: int | None, priority: str, segment: int | None, channel: str
    ) -> int | None:
        """The key of the policy that serves such tickets; -1 is a draft that was never saved, None nobody."""
        asked = (category, priority, segment, channel)
        if asked not in self._chosen:
            place = self.rulebook.categories.get(category or 0)
            fits = (
                _key(policy)
                for policy in self.policies
                if policy.row.is_active and policy.fits(place, priority, segment, channel)
            )
            self._chosen[asked] = next(fits, None)
        return self._chosen[asked]

    def current(self, *asked: Any) -> Offer | None:
        """What such a ticket would be promised if it came now."""
        key = self.policy_for(*asked)
        return None if key is None else self._current[key]

    def for_ticket(self, stored: Iterable[Stored]) -> Chooser:
        """As `current`, but a policy that is not being tried keeps the version that the ticket was promised by."""
        own = {
            row.policy: self._kept(row.policy, row.policy_version, row.calendar_version)
            # As the services do: what is open says by which version, else the latest.
            for row in sorted(stored, key=lambda one: one.is_open)
            if row.policy and row.policy_version and row.calendar_version
        }
        drafted = self.key_of_draft

        def choose(*asked: Any) -> Offer | None:
            key = self.policy_for(*asked)
            if key in own and key != drafted:
                return own[key]
            return None if key is None else self._current[key]

        return choose

    def _kept(self, policy: int, version: UUID, calendar_version: UUID) -> Offer:
        if (version, calendar_version) not in self._known:
            terms = terms_of(version)
            is_drafted = self.calendar is not None and self.calendar[0] == terms.calendar_id
            hours = self.calendar[1] if self.calendar and is_drafted else hours_of_version(calendar_version)
            self._known[version, calendar_version] = Offer(policy, terms, hours, version, calendar_version)
        return self._known[version, calendar_version]

    def _offer(self, policy: Policy) -> Offer:
        assert policy.terms is not None
        offer = Offer(_key(policy), policy.terms, policy.hours, policy.version_id, policy.calendar_version_id)
        if self.calendar and policy.row.calendar_id == self.calendar[0]:
            offer = replace(offer, hours=self.calendar[1])
        return offer


def _key(policy: Policy) -> int:
    return policy.row.pk or UNSAVED


def _in_order(policies: tuple[Policy, ...], draft: Policy | None) -> list[Policy]:
    if draft is None:
        return list(policies)
    kept = {policy.row.pk: policy for policy in policies if policy.row.pk != draft.row.pk}
    order = with_drafted(draft.row, [policy.row for policy in kept.values()])
    return [draft if row is draft.row else kept[row.pk] for row in order]
