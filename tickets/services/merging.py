"""Merging a ticket into another, looking at it before, and undoing it exactly.

The merged one keeps its messages, promises and events; the other one's conversation shows them with it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tickets.choices import DONE_STATUSES, CancelReason, EventKind, MessageKind, PromiseKind, Status
from tickets.models import Merge, Promise, Ticket
from tickets.services.door import lock
from tickets.services.editing import change_ticket
from tickets.services.refusal import StaleTicket, StepRefused
from tickets.services.turn import Turn, settle_parent
from tickets.services.undoing import as_it_is, put_back
from tickets.workflow import AGENT, LEAD, actor_kinds

# What the step that cancels a merged ticket changes.
_OF_SOURCE = (
    "status", "waiting_since_at", "cancelled_at", "cancel_reason", "merged_into", "awaits_reply", "due_at", "due_kind",
    "queue_at",
)  # fmt: skip


@dataclass(frozen=True)
class MergePreview:
    """What merging would do; with reasons it cannot be done."""

    source: Ticket
    target: Ticket
    reasons: list[str]
    is_other_customer: bool
    messages: int
    files: int
    children: int
    gathered: int
    promises: list[Promise] = field(default_factory=list)

    @property
    def is_target_done(self) -> bool:
        """Whether nobody works on the other ticket any more."""
        return self.target.status in DONE_STATUSES


def preview_merge(source: Ticket, target: Ticket) -> MergePreview:
    """What would move from one ticket to the other, and what speaks against it; changes nothing."""
    reasons = reasons_against_merging(source, target, other_customer=True)
    if not source.is_open:
        reasons.append(
            _("%(number)s is %(status)s. Only an open ticket can be merged; open it again first.")
            % {"number": source.number, "status": source.get_status_display()}
        )
    return MergePreview(
        source, target, reasons, source.customer_id != target.customer_id,
        messages=source.messages.exclude(kind=MessageKind.AUTOMATIC).count(),
        files=source.attachments.count(), children=source.children.count(), gathered=source.gathered.count(),
        promises=list(source.promises.filter(met_at__isnull=True, dropped_at__isnull=True).order_by("due_at")),
    )  # fmt: skip


@transaction.atomic
def merge_tickets(
    source: Ticket,
    target: Ticket,
    *,
    actor: Any,
    note: str = "",
    other_customer: bool = False,
    expected_version: int | None = None,
) -> Merge:
    """Cancel one ticket as merged into another; raise StepRefused or StaleTicket.

    What its customer writes later reaches the other ticket. Tickets of two customers are merged only when
    `other_customer` says that it is meant.
    """
    # Always in the same order, so that two merges of the same pair wait for each other instead of deadlocking.
    for pk in sorted({source.pk, target.pk}):
        Ticket.objects.select_for_update().only("pk").get(pk=pk)
    held, other = lock(source), lock(target)
    if expected_version is not None and held.version != expected_version:
        raise StaleTicket(held)
    if reasons := reasons_against_merging(held, other, other_customer=other_customer):
        raise StepRefused(reasons)
    now = timezone.now()
    turn = Turn(held, actor=actor, now=now)
    undo = as_it_is(held, _OF_SOURCE, turn.promises.open)
    awaits = held.awaits_reply and other.is_open
    undo["target"] = {"awaits_reply": other.awaits_reply, "is_asked": awaits}
    turn.step("cancel", note=note, cancel_reason=CancelReason.MERGED, merged_into=other)
    turn.close()
    _receive(other, held, actor=actor, now=now, note=note, awaits=awaits)
    undo |= _move_along(held, other, actor=actor, now=now)
    # One that was restored by the step, and not by undoing, is merged anew.
    Merge.objects.filter(source=held, undone_at__isnull=True).update(undone_at=now)
    merge = Merge.objects.create(source=held, target=other, actor=actor, at=now, undo=undo)
    merge.source, merge.target = held, other
    return merge


@transaction.atomic
def undo_merge(merge: Merge, *, actor: Any) -> Ticket:
    """Put the merged ticket back as it was, and take from the other what came along; raise StepRefused."""
    for pk in sorted({merge.source_id, merge.target_id}):
        Ticket.objects.select_for_update().only("pk").get(pk=pk)
    held = lock(merge.source)
    if actor is not None and actor_kinds(actor).isdisjoint({AGENT, LEAD}):
        raise StepRefused([_("Only who works on tickets undoes a merge. Ask an agent or a team lead.")])
    found = Merge.objects.filter(pk=merge.pk, undone_at__isnull=True).first()
    if found is None or held.status != Status.CANCELLED or held.cancel_reason != CancelReason.MERGED:
        raise StepRefused([_("%(number)s is not merged any more.") % {"number": held.number}])
    other, now, before = lock(merge.target), timezone.now(), held.status
    Merge.objects.filter(pk=merge.pk).update(undone_at=now)
    put_back(held, found.undo, found.at, now)
    held = lock(held)
    turn = Turn(held, actor=actor, now=now, is_quiet=True)
    turn.record(
        EventKind.UNMERGED, before=before, after=held.status, other=other.pk, merged_at=found.at.isoformat()
    )
    turn.close()
    if held.parent_id:
        settle_parent(held.parent_id, now)
    _give_back(found, held, other, actor=actor, now=now)
    return held


def reasons_against_merging(source: Ticket, target: Ticket, *, other_customer: bool = False) -> list[str]:
    """What speaks against merging one ticket into the other, besides what the step of cancelling requires."""
    number = {"number": target.number}
    if source.pk == target.pk:
        return [_("A ticket cannot be merged into itself. Name another one.")]
    if target.status == Status.CANCELLED:
        return [
            _("%(number)s is cancelled. Name a ticket that goes on, or restore it first.") % number,
        ]
    if is_below(target, source):
        return [
            _("%(number)s is a child of this ticket. Merge it into this one, or take it out first.") % number
        ]
    if target.customer_id != source.customer_id and not other_customer:
        return [_("%(number)s is another customer’s ticket. Confirm that you mean it.") % number]
    return []


def is_below(ticket: Ticket, above: Ticket) -> bool:
    """Whether the ticket is a child of the other, or a child of a child."""
    parent_id = ticket.parent_id
    while parent_id is not None:
        if parent_id == above.pk:
            return True
        parent_id = Ticket.objects.values_list("parent", flat=True).get(pk=parent_id)
    return False


def _receive(
    other: Ticket, merged: Ticket, *, actor: Any, now: datetime, note: str, awaits: bool
) -> None:  # fmt: skip
    """Write on the surviving ticket what came to it; a customer who waits for an answer waits for it there."""
    turn = Turn(other, actor=actor, now=now)
    turn.record(
        EventKind.MERGED, other=merged.pk, asks=awaits, **({"note": note} if note else {}),
    )  # fmt: skip
    if awaits:
        other.awaits_reply = True
        turn.promises.await_response()
    turn.touch()
    turn.close()


def _move_along(held: Ticket, other: Ticket, *, actor: Any, now: datetime) -> dict[str, Any]:
    """Let everything that hangs on the merged ticket hang on the other; return what moved."""
    children = list(held.children.all())
    for child in children:
        change_ticket(child, actor=actor, parent=other)
    gathered = list(held.gathered.exclude(pk=other.pk))
    for one in gathered:
        change_ticket(one, actor=actor, incident=other)
    known = set(other.watchers.values_list("pk", flat=True))
    watchers = sorted(set(held.watchers.values_list("pk", flat=True)) - known)
    other.watchers.add(*watchers)
    # So that every merged ticket names the one that goes on.
    earlier = list(Ticket.objects.filter(merged_into=held, cancel_reason=CancelReason.MERGED))
    for one in earlier:
        _lead_to(one, other, actor=actor, now=now)
    return {
        "children": [one.pk for one in children], "gathered": [one.pk for one in gathered], "watchers": watchers,
        "earlier": [one.pk for one in earlier],
    }  # fmt: skip


def _lead_to(ticket: Ticket, other: Ticket, *, actor: Any, now: datetime) -> None:
    held = lock(ticket)
    turn = Turn(held, actor=actor, now=now)
    turn.record(EventKind.CHANGED, fields={"merged_into": [held.merged_into_id, other.pk]})
    held.merged_into = other
    turn.touch()
    turn.close()


def _give_back(merge: Merge, held: Ticket, other: Ticket, *, actor: Any, now: datetime) -> None:
    """Take from the other ticket what the merge gave it, as far as it still has it."""
    undo = merge.undo
    for child in Ticket.objects.filter(pk__in=undo["children"], parent=other):
        change_ticket(child, actor=actor, parent=held)
    for one in Ticket.objects.filter(pk__in=undo["gathered"], incident=other):
        change_ticket(one, actor=actor, incident=held)
    for one in Ticket.objects.filter(
        pk__in=undo["earlier"], merged_into=other, cancel_reason=CancelReason.MERGED
    ):
        _lead_to(one, held, actor=actor, now=now)
    other.watchers.remove(*undo["watchers"])
    if undo["target"]["is_asked"]:
        # Asked anew only by the merge: as if nobody had waited there.
        made = other.promises.filter(kind=PromiseKind.NEXT_RESPONSE, started_at=merge.at, met_at__isnull=True)
        made.delete()
    other = lock(other)
    turn = Turn(other, actor=actor, now=now)
    turn.record(EventKind.MERGED, other=held.pk, what="undone", merged_at=merge.at.isoformat())
    if other.is_open:
        other.awaits_reply = _awaits_reply(other, merge)
    turn.touch()
    turn.close()


def _awaits_reply(other: Ticket, merge: Merge) -> bool:
    public = other.messages.filter(kind__in=[MessageKind.CUSTOMER, MessageKind.REPLY])
    last = public.filter(created_at__gt=merge.at).order_by("-id").values_list("kind", flat=True).first()
    return last == MessageKind.CUSTOMER if last else bool(merge.undo["target"]["awaits_reply"])
