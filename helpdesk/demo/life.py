"""What becomes of one ticket, through the services, from the first message to its end."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from catalog.choices import Channel
from helpdesk.demo.data import read
from helpdesk.demo.intake import take_in
from helpdesk.demo.people import Member
from helpdesk.demo.story import PACE, Case, Moments, World
from helpdesk.demo.texts import agent_reply, phrase
from tickets.choices import OPEN_STATUSES, CancelReason, Status
from tickets.models import Ticket
from tickets.services import (
    add_customer_message,
    add_note,
    add_reply,
    change_ticket,
    set_tags,
    switch_watching,
    take_step,
)

# Working minutes until the first reply, and until what takes longer is done.
REPLY_MINUTES = {"urgent": 8.0, "high": 18.0, "normal": 55.0, "low": 150.0, "": 40.0, "vip": 14.0}
WORK_MINUTES = {"urgent": 120.0, "high": 170.0, "normal": 480.0, "low": 1300.0, "": 300.0}
# Some phrases fit only what can be touched, some only what is sent or paid.
SUBJECTS = {"product-fault": "product", "order-after-sales": "orders", "return-refund": "orders"}
# Who is away for longer than this is stood in for.
PATIENCE = {
    "urgent": timedelta(minutes=5), "vip": timedelta(minutes=20), "high": timedelta(hours=2),
    "normal": timedelta(hours=9), "low": timedelta(hours=20), "": timedelta(hours=9),
}  # fmt: skip
WARRANTY = ("inside", "inside", "inside", "outside")


def live(world: World, case: Case) -> Moments:
    """The life of a ticket; the story of the customer's impatience and his survey is told elsewhere."""
    take_in(world, case)
    if case.turn == "spam":
        yield from throw_away(world, case)
        return
    if case.is_doubled:
        yield from merge_double(world, case)
    if case.turn == "unsorted":
        return
    yield from sort_by_hand(world, case)
    member = yield from find_assignee(world, case)
    if member is None:
        return
    if case.turn == "withdrawn":
        yield from withdraw(world, case, member)
        return
    if case.turn == "left":
        yield member.after(world.now, world.rng.uniform(5, 20))
        leave(world, case)
        return
    if case.turn in ("handed_back", "reassigned"):
        member = yield from pass_on(world, case, member)
    yield from first_reply(world, case, member)
    if case.turn != "held":
        yield from come_back(world, case)


def look(case: Case) -> Ticket:
    """The ticket as it is now."""
    return Ticket.objects.select_related("category").get(pk=case.pk)


def ticket_of(case: Case) -> Ticket:
    """The ticket for the services, which read it anew: its key is enough."""
    return Ticket(pk=case.pk)


def status_of(case: Case) -> str:
    """Where the ticket stands now."""
    return Ticket.objects.values_list("status", flat=True).get(pk=case.pk)


def say(world: World, case: Case, key: str, **slots: object) -> str:
    """A phrase of the case's language, one for its subject where there is one."""
    found = f"{key}_{SUBJECTS.get(world.root_of(case))}"
    key = found if found in read("phrases")[case.language] else key
    return phrase(world.rng, case.language, key, {**case.slots, **slots})


def throw_away(world: World, case: Case) -> Moments:
    """Spam is cancelled by whoever sees it first."""
    moment, member = world.next_on_duty(world.team_of(case))
    yield max(moment, member.after(world.now, world.rng.uniform(20, 300)))
    ticket = look(case)
    if ticket.is_open:
        note = say(world, case, "cancel_spam")
        take_step(ticket, "cancel", actor=member.user, note=note, cancel_reason=CancelReason.SPAM)


def merge_double(world: World, case: Case) -> Moments:
    """The customer has sent it twice; the second one is merged into the first."""
    yield world.soon(1, 6)
    double = replace(case, turn="", pk=0, is_doubled=False)
    take_in(world, double)
    moment, member = world.next_on_duty(world.team_of(case))
    yield max(moment, member.after(world.now, world.rng.uniform(10, 90)))
    ticket = look(double)
    if ticket.is_open:
        take_step(
            ticket, "cancel", actor=world.staff.lead_of(world.team_of(case)).user,
            note=say(world, case, "cancel_duplicate"), cancel_reason=CancelReason.MERGED, merged_into=look(case),
        )  # fmt: skip


def sort_by_hand(world: World, case: Case) -> Moments:
    """What no rule decided is classified by a person, who takes it himself."""
    if status_of(case) != Status.RECEIVED:
        return
    moment, member = world.next_on_duty(world.team_of(case))
    yield max(moment, member.after(world.now, world.long(70)))
    if case.turn == "mistaken":
        yield from restore_mistaken(world, case, member)
    ticket = look(case)
    if ticket.status != Status.RECEIVED:
        return
    category = world.categories[case.scenario.category or "product-fault"]
    team = world.staff.teams[member.team]
    note = say(world, case, "classify_note")
    take_step(
        ticket, "classify", actor=member.user, note=note, category=category, priority=category.default_priority,
        team=team,
    )  # fmt: skip
    take_step(ticket_of(case), "assign", actor=member.user, assignee=member.user)


def restore_mistaken(world: World, case: Case, member: Member) -> Moments:
    """Somebody takes a short message for spam; the lead notices and restores it."""
    note = say(world, case, "cancel_spam")
    take_step(ticket_of(case), "cancel", actor=member.user, note=note, cancel_reason=CancelReason.SPAM)
    lead = world.staff.lead_of(member.team)
    yield lead.after(world.now, world.rng.uniform(60, 500))
    take_step(ticket_of(case), "restore", actor=lead.user, note=say(world, case, "restore"))
    yield member.after(world.now, world.rng.uniform(5, 40))


def find_assignee(world: World, case: Case) -> Generator[datetime, None, Member | None]:
    """Wait until somebody has the ticket; None when it has come to an end meanwhile."""
    for _attempt in range(40):
        ticket = look(case)
        if ticket.assignee_id is not None and ticket.status in (Status.ASSIGNED, Status.WAITING):
            return world.staff.by_id[ticket.assignee_id]
        if not ticket.is_open:
            return None
        moment, _member = world.next_on_duty(world.team_of(case))
        yield max(moment, world.now) + timedelta(minutes=world.rng.uniform(12, 35))
    return None


def leave(world: World, case: Case) -> None:
    """Whoever has the ticket gives it back."""
    ticket = look(case)
    if ticket.status == Status.ASSIGNED:
        take_step(ticket, "hand_back", actor=ticket.assignee, note=say(world, case, "hand_back"))


def withdraw(world: World, case: Case, member: Member) -> Moments:
    """The customer no longer needs it."""
    yield world.soon(15, 240)
    if status_of(case) not in OPEN_STATUSES:
        return
    add_customer_message(ticket_of(case), say(world, case, "withdraw"), customer=case.buyer.customer)
    yield member.after(world.now, world.rng.uniform(5, 60))
    ticket = look(case)
    if ticket.is_open:
        note = say(world, case, "cancel_withdrawn")
        take_step(ticket, "cancel", actor=member.user, note=note, cancel_reason=CancelReason.WITHDRAWN)


def pass_on(world: World, case: Case, member: Member) -> Generator[datetime, None, Member]:
    """The ticket goes to a colleague: handed back with a reason, or moved by the lead."""
    lead = world.staff.lead_of(member.team)
    others = [one for one in world.staff.of(member.team) if one is not member]
    taker = world.rng.choice(others)
    yield member.after(world.now, world.rng.uniform(10, 60))
    if status_of(case) != Status.ASSIGNED:
        return member
    if case.turn == "handed_back":
        take_step(ticket_of(case), "hand_back", actor=member.user, note=say(world, case, "hand_back"))
        yield lead.after(world.now, world.rng.uniform(20, 120))
    note = say(world, case, "reassign")
    if status_of(case) in (Status.ASSIGNED, Status.CLASSIFIED):
        take_step(ticket_of(case), "assign", actor=lead.user, note=note, assignee=taker.user)
    return taker


def cover(world: World, case: Case, member: Member, minutes: float) -> tuple[datetime, Member]:
    """When it is done after so much work, and by whom: a colleague steps in for somebody who is away for long."""
    moment = member.after(world.now, minutes)
    if moment - world.now > PATIENCE[urgency_of(case)] + timedelta(minutes=minutes):
        begins, colleague = world.next_on_duty(member.team)
        return colleague.after(begins, minutes), colleague
    return moment, member


def urgency_of(case: Case) -> str:
    """How soon somebody looks at it: the priority, and VIP customers before others."""
    priority = look(case).priority
    return "vip" if case.buyer.is_vip and priority != "urgent" else priority


def first_reply(world: World, case: Case, member: Member) -> Moments:
    """The agent looks at it and answers: solves it, asks back, or says that it takes time."""
    rng = world.rng
    minutes = world.long(REPLY_MINUTES[urgency_of(case)]) * PACE[member.team]
    if case.turn == "slow":
        minutes += rng.uniform(500, 1100)
    moment, member = cover(world, case, member, minutes)
    yield moment
    ticket = look(case)
    if ticket.status != Status.ASSIGNED:
        return
    case.was_late = world.now > ticket.due_at
    prepare(world, case, member, ticket)
    words = case.scenario.words[case.language]
    chance = rng.random()
    if case.turn == "held" or (chance < (0.45 if world.is_rush else 0.2) and case.turn != "asked"):
        add_reply(
            ticket,
            reply(world, case, member, say(world, case, "progress")),
            actor=member.user,
        )
        if case.turn != "held":
            minutes = world.long(WORK_MINUTES[ticket.priority], 0.6) * PACE[member.team]
            minutes *= 1.9 if world.is_rush else 1.0
            moment, member = cover(world, case, member, minutes)
            yield moment
            yield from solve(world, case, member)
    elif words.ask and (chance < 0.78 or case.turn == "asked"):
        yield from ask_back(world, case, member, words.ask, words.answer)
    elif chance < 0.45 and (question := any_question(world, case)):
        yield from ask_back(world, case, member, question["ask"], question["answer"])
    else:
        yield from solve(world, case, member)


def any_question(world: World, case: Case) -> dict[str, str] | None:
    """A question that fits the subject, though not the problem alone."""
    fitting = [
        one for one in read("phrases")[case.language]["questions"] if world.root_of(case) in one["fits"]
    ]
    return world.rng.choice(fitting) if fitting and not case.is_urgent else None


def prepare(world: World, case: Case, member: Member, ticket: Ticket) -> None:
    """What agents do beside answering: notes, tags, watching, a higher priority."""
    chance = world.rng.random()
    if chance < 0.2:
        add_note(ticket, say(world, case, "note"), actor=member.user)
    elif chance < 0.27:
        tags = {
            *ticket.tags.all(),
            world.tags[world.rng.choice(("call-back", "compensation", "november-sale"))],
        }
        set_tags(ticket, tags, actor=member.user)
    elif chance < 0.3:
        switch_watching(ticket, actor=world.staff.lead_of(member.team).user)
    if case.turn == "raised" and ticket.priority in ("low", "normal"):
        change_ticket(ticket, actor=world.staff.lead_of(member.team).user, priority="high")


def reply(world: World, case: Case, member: Member, text: str) -> str:
    """A whole reply in the agent's name."""
    slots = {**case.slots, "agent": member.user.display_name}
    is_first, case.was_answered = not case.was_answered, True
    return agent_reply(world.rng, case.language, text, slots, is_first=is_first, is_late=case.was_late)


def ask_back(world: World, case: Case, member: Member, question: str, answer: str) -> Moments:
    """Ask the customer and wait; most answer, some never do."""
    add_reply(ticket_of(case), reply(world, case, member, question), actor=member.user, step="wait")
    if case.turn == "asked":
        return
    if world.rng.random() < 0.75:
        yield world.soon(0, 1) + timedelta(minutes=world.long(840 * PACE[member.team], 1.3))
        if status_of(case) != Status.WAITING:
            return
        add_customer_message(ticket_of(case), answer.format_map(case.slots), customer=case.buyer.customer)
        moment, member = cover(world, case, member, world.long(70, 0.9) * PACE[member.team])
        yield moment
        yield from solve(world, case, member)
        return
    yield member.after(world.now, world.rng.uniform(2200, 4200))
    if status_of(case) == Status.WAITING:
        resolve(world, case, member, say(world, case, "no_answer"))


def solve(world: World, case: Case, member: Member) -> Moments:
    """Tell the customer what was done and resolve; a few confirm it themselves."""
    if status_of(case) != Status.ASSIGNED:
        return
    text = case.scenario.words[case.language].solve
    articles = fitting_articles(world, case) if world.rng.random() < 0.4 else []
    if world.rng.random() < 0.1:
        add_reply(ticket_of(case), reply(world, case, member, text), actor=member.user, articles=articles)
        yield world.soon(0, 1) + timedelta(minutes=world.long(300))
        if status_of(case) == Status.ASSIGNED:
            take_step(ticket_of(case), "resolve", actor=case.buyer.customer)
            world.note_resolved()
        return
    if case.is_urgent:
        # Only the lead may end these: he looks at it first.
        lead = closer(world, case, member)
        yield lead.after(world.now, world.rng.uniform(5, 90))
    if status_of(case) == Status.ASSIGNED:
        resolve(world, case, member, text, articles)


def resolve(world: World, case: Case, member: Member, text: str, articles: Sequence[object] = ()) -> None:
    """Tell the customer the end of it and resolve, by whoever may."""
    complete(world, case, member)
    actor = closer(world, case, member).user
    add_reply(
        ticket_of(case), reply(world, case, member, text), actor=actor, step="resolve", articles=articles
    )
    world.note_resolved()


def closer(world: World, case: Case, member: Member) -> Member:
    """Who may resolve: the agent, but for safety cases the lead."""
    ticket = look(case)
    is_safety = ticket.category is not None and ticket.category.code == "safety-hazard"
    return world.staff.lead_of(member.team) if is_safety else member


def complete(world: World, case: Case, member: Member) -> None:
    """Fill in what the manager's guards want before the ticket can be resolved."""
    ticket = look(case)
    if ticket.category is None:
        return
    root = world.categories["return-refund"].pk
    if ticket.category.is_within([root]) and ticket.order_id is None:
        change_ticket(ticket, actor=member.user, order=case.order)
    elif ticket.category.code == "repair-and-warranty" and "warranty" not in ticket.field_values:
        values = {**ticket.field_values, "warranty": world.rng.choice(WARRANTY)}
        change_ticket(ticket, actor=member.user, field_values=values)


def fitting_articles(world: World, case: Case) -> list[object]:
    """An article about the category, if there is one."""
    found = world.articles.get(case.scenario.category, [])
    return [world.rng.choice(found)] if found else []


def come_back(world: World, case: Case) -> Moments:
    """Some find that it is not solved after all and write again."""
    if status_of(case) not in (Status.RESOLVED, Status.SURVEYED) or world.rng.random() > 0.055:
        return
    yield world.soon(240, 5 * 1440)
    if status_of(case) not in (Status.RESOLVED, Status.SURVEYED):
        return
    add_customer_message(ticket_of(case), say(world, case, "reopen"), customer=case.buyer.customer)
    yield from second_round(world, case)


def second_round(world: World, case: Case) -> Moments:
    """A reopened ticket is looked at again and resolved for good."""
    case.was_reopened = True
    member = yield from find_assignee(world, case)
    if member is None:
        return
    moment, member = cover(world, case, member, world.long(100))
    yield moment
    if status_of(case) == Status.ASSIGNED:
        resolve(world, case, member, say(world, case, "again"))


def lose_patience(world: World, case: Case, moment: datetime) -> Moments:
    """Who has waited long for an answer asks again."""
    yield moment
    ticket = look(case)
    if ticket.status == Status.ASSIGNED and ticket.awaits_reply and case.channel != Channel.PHONE:
        days = max(2, (world.now - ticket.created_at).days)
        add_customer_message(ticket, say(world, case, "chase", days=days), customer=case.buyer.customer)
