"""Random lives of tickets, lived through the real services while the clock moves."""

import random
from datetime import timedelta

from django.utils import timezone

from staff.duty import boundaries, spans_of
from tickets import services
from tickets.models import Ticket

MINUTES = (1, 7, 25, 50, 95, 240, 700, 1500, 4000)


def live(clock, seed, *, customer, agent, lead, team, categories, steps=14, channel="web"):
    """Let one ticket live a random life of this many moments; return it."""
    chance = random.Random(seed)
    _pass_time(clock, chance, team)
    given = chance.choice([None, *categories])
    ticket = services.create_ticket(
        customer=customer, subject=f"{seed}", body="坏了", category=given, channel=channel,
        **chance.choice([{}, {"priority": "high"}]),
    )  # fmt: skip
    children = []
    for _step in range(steps):
        _pass_time(clock, chance, team)
        ticket = Ticket.objects.get(pk=ticket.pk)
        moves = _moves(ticket, chance, customer, agent, lead, categories, children)
        chance.choice(moves)()
    _sweep()
    return Ticket.objects.get(pk=ticket.pk)


def _pass_time(clock, chance, team):
    until = timezone.now() + timedelta(
        minutes=chance.choice(MINUTES),
        seconds=chance.randrange(60),
        microseconds=chance.randrange(1, 999_999),
    )
    # As the schedule does in between, which never looks hours late.
    now = timezone.now()
    for moment in [*boundaries(spans_of(team.pk, now, until), now, until), until]:
        clock.move_to(moment)
        _sweep()


def _sweep():
    # It lets the clocks follow duty first.
    while services.mark_broken_promises():
        pass


def _moves(ticket, chance, customer, agent, lead, categories, children):
    def step(name, actor=agent, **details):
        return lambda: services.take_step(ticket, name, actor=actor, **details)

    def have_child():
        child = services.create_ticket(customer=customer, subject="child", body="x")
        services.change_ticket(child, actor=agent, parent=ticket)
        children.append(child)

    def end_child():
        services.take_step(children.pop(), "cancel", actor=lead, cancel_reason="withdrawn", note="x")

    writes = [lambda: services.add_customer_message(ticket, "还在吗", customer=customer)]
    priority = chance.choice(["urgent", "high", "normal", "low"])
    change = [lambda: services.change_ticket(ticket, actor=agent, priority=priority)]
    child = [end_child] if children else [have_child]
    classify = step("classify", category=chance.choice(categories), priority=priority)
    reply = [lambda: services.add_reply(ticket, "好的", actor=agent)]
    ends = [step("resolve", reply="好了")]
    if ticket.has_told_customer:
        ends.append(step("resolve", actor=customer))
    if children:
        ends = []
    cancel = [step("cancel", actor=lead, cancel_reason="withdrawn", note="x")]
    return {
        "received": [classify, classify, *writes, *change],
        "classified": [step("assign", assignee=agent)] * 3 + [classify, *reply, *writes, *change, *child, *cancel],
        "assigned": [step("wait", reply="请问？")] * 3 + [*reply * 3, *writes * 2, *change, *child * 2, *ends * 2,
                     step("hand_back", note="x"), *cancel],
        "waiting": [step("resume"), *writes * 2, *reply, *change, *child, *ends, step("hand_back", note="x")],
        "resolved": [step("reopen", note="x", assignee=agent), *writes, *reply, lambda: None],
        "cancelled": [step("restore", actor=lead, note="x"), lambda: None],
    }.get(str(ticket.status), [lambda: None])  # fmt: skip
