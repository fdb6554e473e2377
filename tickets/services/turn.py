"""One turn: all that happens to one ticket in one transaction, written at its end in as few queries as can be."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from catalog.choices import Channel
from common.search import index_text
from staff.duty_looks import is_known_off_duty
from tickets.choices import Delivery, EventKind, MessageKind, PauseReason, PromiseKind, Status
from tickets.mails import Words
from tickets.models import Attachment, Event, Message, Ticket
from tickets.recipients import new_copies
from tickets.rulebook import Rulebook, current_rulebook
from tickets.services.budget import may_write, refusal_note
from tickets.services.guards import missing_for_guards
from tickets.services.informing import people_to_inform
from tickets.services.notices import note_for_people
from tickets.services.pauses import reasons_to_pause
from tickets.services.promises import PromiseBook
from tickets.services.refusal import StepRefused
from tickets.workflow import STEPS, StepRequest, actor_kinds


class Turn:
    """Collects the steps, messages and events of one ticket; `close` writes them. The caller holds the transaction.

    A quiet one leaves the ticket's version alone until something about the ticket itself changes (`touch`): nobody
    who is writing on it needs to look again.
    """

    def __init__(
        self, ticket: Ticket, *, actor: Any, now: datetime | None = None, is_new: bool = False,
        is_quiet: bool = False,
    ) -> None:  # fmt: skip
        self.ticket, self.actor = ticket, actor
        self.now = now or timezone.now()
        self.promises = PromiseBook(ticket, lambda: self.rulebook, self.now, is_new=is_new)
        self.messages: list[Message] = []
        self.events: list[Event] = []
        self._files: list[tuple[Message, list[Attachment]]] = []
        self._is_quiet, self._is_unsaved = is_quiet, not is_quiet
        # Stands for a message's key in its event until the message has one.
        self._event_messages: list[tuple[Event, Message]] = []
        self._team_before = ticket.team_id
        self._holds_up_before = None if is_new else _holds_up(ticket)

    @cached_property
    def rulebook(self) -> Rulebook:
        """The manager's rules, read when something asks for them; a plain reply does not."""
        return current_rulebook()

    def step(self, name: str, *, actor: Any = ..., note: str = "", reply: str = "", **details: Any) -> None:
        """Take a step or raise StepRefused; the status is saved at once, since the database checks each move."""
        actor = self.actor if actor is ... else actor
        # A reply that was written in the same turn goes with the step, too.
        said = reply or next((row.body for row in self.messages if row.kind == MessageKind.REPLY), "")
        request = StepRequest(name, actor, self.rulebook, note=note, reply=said, details=details)
        if reasons := refusal_reasons(self.ticket, request):
            raise StepRefused(reasons)
        before = self.ticket.status
        if reply:
            self.say(MessageKind.REPLY, reply, asks_customer=name == "wait")
        getattr(self.ticket, name)(**details)
        self._keep_promises(name, before)
        self.record(
            EventKind.STEP, actor=actor, step=name, before=before, after=self.ticket.status,
            **({"note": note} if note else {}), **_codes(details),
        )  # fmt: skip
        self._save_ticket()

    def say(
        self, kind: MessageKind, body: str, *, actor: Any = ..., recipient: str = "", attachments: Any = (),
        cc: Any = (), bcc: Any = (), **fields: Any,
    ) -> Message:  # fmt: skip
        """Add a message; a reply or automatic message with a recipient is queued for delivery in the same write."""
        actor = self.actor if actor is ... else actor
        person = _person(actor)
        if kind == MessageKind.REPLY and not recipient:
            recipient = email_of(self.ticket.customer)
        is_queued = bool(recipient) and kind in (MessageKind.REPLY, MessageKind.AUTOMATIC)
        if is_queued and kind == MessageKind.AUTOMATIC and self.ticket.channel == Channel.EMAIL:
            is_queued = self._may_write_by_itself(recipient)
        message = Message(
            ticket=self.ticket, kind=kind, body=body, created_at=self.now, recipient=recipient,
            also_to=new_copies(cc, bcc, besides=recipient),
            author=person["actor"], customer=person["customer"],
            **{
                "channel": self.ticket.channel, "language": self.ticket.language,
                "delivery": Delivery.QUEUED if is_queued else Delivery.NONE,
                "next_attempt_at": self.now if is_queued else None, **fields,
            },
        )  # fmt: skip
        # Automatic texts say the same on every ticket: finding them would bury what people wrote.
        if kind != MessageKind.AUTOMATIC:
            message.search_text = index_text(body)
        self.messages.append(message)
        if attachments:
            self._files.append((message, list(attachments)))
        self._note_message(message)
        if not message.is_copy:
            event = self.record(EventKind.MESSAGE, actor=actor, message_kind=str(kind))
            self._event_messages.append((event, message))
        return message

    def _may_write_by_itself(self, address: str) -> bool:
        """Whether one more automatic mail may go to somebody who writes mails, and may be a machine that answers."""
        verdict = may_write(address, self.ticket, self.messages, self.now)
        if verdict.is_first_refusal:
            self.record(EventKind.AUTOMATIC_STOPPED, actor=None, address=address)
            for place, person in enumerate(people_to_inform(self.ticket)):
                self.say(
                    MessageKind.NOTE, refusal_note(address, person.language), actor=None, recipient=person.email,
                    purpose=Message.Purpose.STAFF, language=person.language, delivery=Delivery.QUEUED,
                    next_attempt_at=self.now, is_copy=place > 0,
                )  # fmt: skip
        return verdict.is_allowed

    def say_words(self, words: Words, *, recipient: str, purpose: str) -> Message:
        """Add an automatic message to the customer in these words."""
        return self.say(
            MessageKind.AUTOMATIC, words.body, actor=None, recipient=recipient, purpose=purpose,
            subject=words.subject, sender_name=words.sender,
        )  # fmt: skip

    def record(self, kind: EventKind, *, actor: Any = ..., step: str = "", before: str = "", after: str = "",
               **data: Any) -> Event:  # fmt: skip
        """Add an event."""
        actor = self.actor if actor is ... else actor
        event = Event(
            ticket=self.ticket, kind=kind, step=step, before=before, after=after, data=data, at=self.now,
            **_person(actor),
        )  # fmt: skip
        self.events.append(event)
        return event

    def insert(self) -> None:
        """Write a new ticket, at its place in the lists; what is collected before costs no second write."""
        self._take_place()
        self.ticket.save(force_insert=True)
        self._is_unsaved = False

    def touch(self) -> None:
        """A field of the ticket itself has changed."""
        self._is_unsaved = True

    def close(self) -> Ticket:
        """Write what is left: promises, the ticket's place in the lists, messages, events."""
        if self.ticket.team_id != self._team_before:
            self._is_unsaved |= self._follow_new_team()
        if self._is_unsaved:
            self._save_ticket()
            self.promises.save()
        elif self._is_quiet:
            keep_clocks(self.ticket, self.promises)
        else:
            self.promises.save()
        if self.messages:
            Message.objects.bulk_create(self.messages)
        for message, files in self._files:
            for attachment in files:
                attachment.ticket, attachment.message = self.ticket, message
                attachment.save()
        for event, message in self._event_messages:
            event.data["message"] = message.pk
        Event.objects.bulk_create(self.events)
        note_for_people(self.ticket, self.events, self.messages, is_new=self.promises.is_new)
        parents = {self._holds_up_before, _holds_up(self.ticket)}
        if len(parents) > 1:
            for parent_id in sorted(pk for pk in parents if pk):
                settle_parent(parent_id, self.now)
        return self.ticket

    def _follow_new_team(self) -> bool:
        """Clocks that stand off duty stand by the duty of the team that has the ticket from now on."""
        is_changed = self._team_before is not None and self.promises.resume(PauseReason.OFF_DUTY)
        rests = any(PauseReason.OFF_DUTY in reasons_to_pause(promise) for promise in self.promises.open)
        if rests and is_known_off_duty(self.ticket.team_id):
            is_changed = self.promises.pause(PauseReason.OFF_DUTY) or is_changed
        return is_changed

    def _note_message(self, message: Message) -> None:
        ticket = self.ticket
        self._is_unsaved = self._is_unsaved or message.kind in (MessageKind.CUSTOMER, MessageKind.REPLY)
        if message.kind == MessageKind.CUSTOMER:
            ticket.last_message_at, ticket.awaits_reply = self.now, True
            if ticket.is_open:
                self.promises.await_response()
        elif message.kind == MessageKind.REPLY:
            ticket.last_message_at, ticket.awaits_reply = self.now, False
            ticket.first_response_at = ticket.first_response_at or self.now
            ticket.has_told_customer = True
            self.promises.answer()

    def _keep_promises(self, step: str, before: str) -> None:
        after = self.ticket.status
        if before == Status.WAITING and after in (Status.ASSIGNED, Status.CLASSIFIED):
            self.promises.resume(PauseReason.WAITING)
        if step == "reopen":
            self.promises.reopen()
        elif step in ("classify", "restore"):
            self.promises.fit()
        elif after == Status.WAITING:
            self.promises.pause(PauseReason.WAITING)
        elif after == Status.RESOLVED:
            self.ticket.awaits_reply = False
            self.promises.meet(PromiseKind.RESOLUTION)
            self.promises.drop()
        elif after == Status.CANCELLED:
            self.ticket.awaits_reply = False
            self.promises.drop()

    def _save_ticket(self) -> None:
        self._take_place()
        self.ticket.updated_at = self.now
        self.ticket.version += 1
        self.ticket.save()
        self._is_unsaved = False

    def _take_place(self) -> None:
        self.ticket.due_at, self.ticket.due_kind = self.promises.next_due()
        self.ticket.queue_at = self.ticket.place_in_queue


def settle_parent(parent_id: int, now: datetime) -> None:
    """Let the clocks of a ticket stand still while a child of it is open, where its policy says so."""
    parent = Ticket.objects.select_for_update(of=("self",)).select_related("customer").get(pk=parent_id)
    promises = PromiseBook(parent, current_rulebook, now)
    change = promises.pause if parent.has_open_child else promises.resume
    if change(PauseReason.CHILD):
        keep_clocks(parent, promises)


def keep_clocks(ticket: Ticket, promises: PromiseBook) -> None:
    """Write the promises and the ticket's place in the lists, and nothing else.

    Nobody has done anything to the ticket: whoever is writing on it meanwhile is not told of a newer state.
    """
    promises.save()
    due_at, due_kind = promises.next_due()
    Ticket.objects.filter(pk=ticket.pk).update(due_at=due_at, due_kind=due_kind, updated_at=promises.now)


def _holds_up(ticket: Ticket) -> int | None:
    """The ticket that waits for this one: its parent, while it is open."""
    return ticket.parent_id if ticket.is_open else None


def refusal_reasons(ticket: Ticket, request: StepRequest, *, forgive_form: bool = False) -> list[str]:
    """Why the step cannot be taken, in words; empty means it can. `forgive_form`: as if its form were filled."""
    step = STEPS[request.name]
    if not may_take(ticket, request):
        return [
            _("You may not take the step “%(step)s” on this ticket. Ask a team lead.") % {"step": step.label}
        ]
    if ticket.status not in step.sources:
        sources = _(" or ").join(
            str(Status(source).label) for source in Status.values if source in step.sources
        )
        return [
            _("The ticket is %(status)s; the step “%(step)s” needs a ticket that is %(sources)s.")
            % {"status": ticket.get_status_display(), "step": step.label, "sources": sources}
        ]
    ticket.request = request
    missing = [
        str(condition.reason)
        for condition in step.conditions
        if not (forgive_form and condition.is_asked_in_form) and not condition(ticket)
    ]
    return missing + missing_for_guards(ticket, request, forgive_form=forgive_form)


def may_take(ticket: Ticket, request: StepRequest) -> bool:
    """Whether the actor is of a kind that takes this step, and the ticket is his to work on."""
    actor = request.actor
    if actor_kinds(actor).isdisjoint(STEPS[request.name].kinds):
        return False
    if actor is None:
        return True
    if hasattr(actor, "has_perm"):
        return ticket.is_visible_to(actor)
    return actor.pk == ticket.customer_id


def email_of(customer: Any) -> str:
    """The address a customer gets mail at; empty when he has none."""
    known = customer.identities.filter(kind="email").order_by("id").values_list("value", flat=True).first()
    return known or ""


def _person(actor: Any) -> dict[str, Any]:
    if actor is None:
        return {"actor": None, "customer": None}
    if hasattr(actor, "has_perm"):
        return {"actor": actor, "customer": None}
    return {"actor": None, "customer": actor}


def _codes(details: dict[str, Any]) -> dict[str, Any]:
    """The details as an event keeps them: codes and ids, no sentences."""
    return {key: getattr(value, "pk", value) for key, value in details.items() if value not in (None, "")}
