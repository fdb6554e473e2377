"""The office around the tickets: who is present, what the schedule does, what mail comes back, what surveys bring."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from helpdesk.demo.life import live, look, say, second_round
from helpdesk.demo.people import Member
from helpdesk.demo.shaping import hasten_vip_policy
from helpdesk.demo.story import Case, Moments, World
from sla.business_time import next_opening
from staff.services import switch_presence
from surveys.models import Invitation
from surveys.services import answer, ask_resolved, invitations_due, reason_closed, remind_and_close
from tickets.choices import DONE_STATUSES, Delivery
from tickets.models import Message
from tickets.services import (
    assign_waiting_tickets,
    claim_message,
    fire_due_stages,
    mark_broken_promises,
    record_delivery_failure,
    stages_due,
    take_step,
)
from tickets.services.sweeps import overdue_promises

# How satisfied people are, from 5 to 1, when all went well and when it did not.
CONTENT, ANNOYED = (61, 29, 6, 2, 2), (26, 34, 18, 12, 10)


def attend(world: World, member: Member) -> Moments:
    """One member comes and goes; who comes in gets what has waited."""
    while True:
        opens = next_opening(world.now, member.hours)
        yield opens + timedelta(minutes=world.rng.uniform(-8, 10))
        day = opens.astimezone(member.hours.zone).date()
        closes = member.hours.ranges_on(day)[0][1]
        ends = opens.astimezone(member.hours.zone).replace(hour=closes.hour)
        if world.rng.random() > 0.04:
            switch_presence(member.user, is_present=True)
            assign_waiting_tickets()
            yield ends + timedelta(minutes=world.rng.uniform(-5, 25))
            switch_presence(member.user, is_present=False)
        else:
            yield ends + timedelta(minutes=30)


def keep_schedule(world: World) -> Moments:
    """What the worker does by itself, every hour or so, and only what is needed, as the worker does."""
    turn, last_invitation = 0, 0
    while True:
        if overdue_promises().exists():
            mark_broken_promises()
        if stages_due().exists():
            fire_due_stages()
        if turn % 12 == 0 and invitations_due().exists():
            remind_and_close()
        if world.has_resolved_before(world.now - timedelta(minutes=60)):
            ask_resolved()
            new = Invitation.objects.filter(pk__gt=last_invitation, ticket__in=world.cases).order_by("pk")
            for invitation in new.select_related("survey"):
                last_invitation = invitation.pk
                world.start(world.now, respond(world, world.cases[invitation.ticket_id], invitation))
        turn += 1
        yield world.soon(45, 70)


def change_policies(world: World) -> Moments:
    """The manager changes what is promised."""
    hasten_vip_policy(world.staff)
    yield from ()


def respond(world: World, case: Case, invitation: Invitation) -> Moments:
    """Some customers answer at once, some after the reminder, many never."""
    chance = world.rng.random()
    if chance > 0.62:
        return
    if chance < 0.46:
        yield world.soon(3, 5) + timedelta(minutes=world.long(170, 1.4))
    else:
        yield world.now + timedelta(days=3, minutes=world.rng.uniform(30, 2500))
    if reason_closed(Invitation.objects.select_related("ticket").get(pk=invitation.pk)):
        return
    scores = ANNOYED if case.was_late or case.was_reopened else CONTENT
    score = world.rng.choices((5, 4, 3, 2, 1), scores)[0]
    answer(invitation, _answers(world, case, invitation, score))
    if score <= invitation.survey.low_score and world.rng.random() < 0.5:
        yield from follow_up(world, case)


def _answers(world: World, case: Case, invitation: Invitation, score: int) -> dict[int, Any]:
    rng = world.rng
    answers: dict[int, Any] = {}
    for question in invitation.survey.questions.all():
        if question.is_main:
            answers[question.pk] = score
        elif question.kind == "choice" and rng.random() < 0.8:
            answers[question.pk] = "yes" if score >= 4 else "partly" if score == 3 else "no"
        elif question.kind == "score_10" and rng.random() < 0.7:
            answers[question.pk] = max(0, min(10, score * 2 + rng.choice((-1, 0, 0, 1))))
        elif question.kind == "text" and rng.random() < (0.85 if score <= 2 else 0.3):
            key = "good" if score >= 4 else "middle" if score == 3 else "bad"
            agent = look(case).assignee
            answers[question.pk] = say(world, case, key, agent=agent.display_name if agent else "")
    return answers


def follow_up(world: World, case: Case) -> Moments:
    """The lead reads of the low score and opens the ticket again."""
    lead = world.staff.lead_of(world.team_of(case))
    yield lead.after(world.now, world.rng.uniform(30, 300))
    ticket = look(case)
    if ticket.status in DONE_STATUSES and ticket.is_within_reopen_window:
        take_step(ticket, "reopen", actor=lead.user, note=say(world, case, "low_follow"))
        yield from second_round(world, case)


def return_mail(world: World, case: Case) -> Moments:
    """The mailbox of this customer no longer exists; whoever works on the ticket sees it."""
    yield world.soon(3, 9)
    queued = Message.objects.filter(ticket=case.pk, delivery=Delivery.QUEUED).select_related("ticket").first()
    if queued is not None and claim_message(queued, lease=timedelta(minutes=5)):
        record_delivery_failure(queued, f"550 5.1.1 <{queued.recipient}>: mailbox unavailable")


def write_in(world: World, case: Case) -> Moments:
    """A customer's request with all that goes with it."""
    story = live(world, case)
    first = next(story, None)
    if case.buyer.has_dead_mailbox and case.pk:
        world.start(world.now, return_mail(world, case))
        case.buyer.has_dead_mailbox = False
    if first is not None:
        yield first
        yield from story


def open_shift(world: World) -> None:
    """In the end somebody of every team is present, whatever the time of day, so that new tickets find a person."""
    for team in world.staff.teams:
        members = world.staff.of(team)
        present = [
            member for member in members if next_opening(timezone.now(), member.hours) <= timezone.now()
        ]
        for member in members:
            is_demo_agent = member.user.email.startswith("agent")
            # The lead is in no rota: whoever writes at night finds him.
            switch_presence(member.user, is_present=member in present or is_demo_agent or member.is_lead)
