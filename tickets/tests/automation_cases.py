"""What the tests of automation rules speak of, and the table of cases: what the rule says, what happens, what is true
then."""

from datetime import timedelta
from typing import Any

from catalog.models import Category, Product, Tag
from tickets.choices import EventKind
from tickets.models import AutomationRule, AutomationRun, Event, ReplyTemplate, Ticket
from tickets.services import (
    add_customer_message,
    add_note,
    add_reply,
    change_ticket,
    create_ticket,
    record_event,
    set_tags,
    take_step,
)

DAY = 24 * 60


class Desk:
    """The things that cases speak of, made once; each case works in a savepoint of its own."""

    def __init__(self, **things: Any) -> None:
        self.__dict__.update(things)
        self.red, self.blue = (Tag.objects.create(code=code, name=code) for code in ("red", "blue"))
        self.below = Category.objects.create(name="Glass", code="glass", parent=self.category)
        self.elsewhere = Category.objects.create(name="Elsewhere", code="elsewhere")
        self.product = Product.objects.create(code="kettle", name="Kettle")
        self.template = ReplyTemplate.objects.create(name="Still on it")
        self.template.texts.create(language="en", body="Dear {customer}, still on it.")
        self.holed = ReplyTemplate.objects.create(name="Order")
        self.holed.texts.create(language="en", body="Your order {order}.")

    def rule(self, **fields: Any) -> AutomationRule:
        """A rule in use; names of things stand for them."""
        tags = {name: fields.pop(name) for name in ("add_tags", "remove_tags") if name in fields}
        things = {
            name: getattr(self, value)
            if isinstance(value, str) and name in (
                "category", "for_category", "team", "if_team", "on_tag", "if_tag", "unless_tag", "product", "template",
                "assignee", "tells_person", "segment",
            ) else value for name, value in fields.items()
        }  # fmt: skip
        made = AutomationRule.objects.create(**{"name": f"rule {AutomationRule.objects.count()}", **things})
        for name, code in tags.items():
            getattr(made, name).add(getattr(self, code))
        return made

    def ticket(self, status: str = "received", **fields: Any) -> Ticket:
        return self.ticket_in(status, **fields)


NOTE = {"note": "seen"}


def noted(desk: Desk, ticket: Ticket) -> bool:
    return ticket.messages.filter(kind="note", body__startswith="seen").exists()


def nothing(desk: Desk, ticket: Ticket) -> bool:
    return not noted(desk, ticket) and not AutomationRun.objects.exists()


def came(**fields: Any) -> Any:
    """A ticket comes in with these fields, in English."""

    def act(desk: Desk) -> Ticket:
        words = {
            "subject": "Broken glass",
            "body": "It broke. Refund, please: order AB-123456.",
            "language": "en",
        }
        things = {
            name: getattr(desk, value) for name, value in fields.items() if name in ("product", "category")
        }
        return create_ticket(customer=desk.customer, **{**words, **fields, **things})

    return act


def after(status: str, act: Any) -> Any:
    """Something happens to a ticket in this status, with the rules put into use just before."""

    def run(desk: Desk) -> Ticket:
        ticket = desk.ticket(status)
        AutomationRule.objects.update(after_event=Event.objects.latest("id").pk)
        act(desk, ticket)
        return ticket

    return run


def waits(status: str, minutes: int, prepare: Any = None) -> Any:
    """A ticket in this status is left alone for so long."""

    def run(desk: Desk) -> Ticket:
        ticket = desk.ticket(status)
        if prepare:
            prepare(desk, ticket)
        desk.clock.shift(timedelta(minutes=minutes))
        return ticket

    return run


def writes(desk, ticket):
    add_customer_message(ticket, "Please refund me.", customer=desk.customer)


def replies(desk, ticket):
    add_reply(ticket, "We look into it.", actor=desk.agent)


def notes(desk, ticket):
    add_note(ticket, "Looks bad.", actor=desk.agent)


def classifies(desk, ticket):
    take_step(ticket, "classify", actor=desk.agent, category=desk.category, priority="low")


def assigns(desk, ticket):
    take_step(ticket, "assign", actor=desk.agent, assignee=desk.agent)


def changes(**fields):
    return lambda desk, ticket: change_ticket(ticket, actor=desk.agent, **fields)


def was_told(body):
    return lambda desk, ticket: ticket.messages.filter(kind="automatic", body=body).exists()


def step(name, **details):
    return lambda desk, ticket: take_step(ticket, name, actor=desk.agent, **details)


def tagged(*codes):
    return lambda desk, ticket: set_tags(ticket, [getattr(desk, code) for code in codes], actor=desk.agent)


def happened(kind, **data):
    return lambda desk, ticket: record_event(ticket, kind, actor=None, **data)


def ends(**fields: Any) -> Any:
    """The ticket is so afterwards."""

    def check(desk: Desk, ticket: Ticket) -> bool:
        now = Ticket.objects.get(pk=ticket.pk)
        things = {name: getattr(desk, fields[name]) for name in ("assignee", "category") if fields.get(name)}
        return all(getattr(now, name) == value for name, value in {**fields, **things}.items())

    return check


def has_tags(*codes):
    return lambda desk, ticket: sorted(tag.code for tag in ticket.tags.all()) == sorted(codes)


def refused(reason: str) -> Any:
    def check(desk: Desk, ticket: Ticket) -> bool:
        run = AutomationRun.objects.get()
        return run.outcome == "refused" and reason in " ".join(run.reasons) and not noted(desk, ticket)

    return check


def told(*people: str) -> Any:
    def check(desk: Desk, ticket: Ticket) -> bool:
        sent = set(ticket.messages.filter(purpose="staff").values_list("recipient", flat=True))
        return sent == {getattr(desk, name).email for name in people}

    return check


CREATED, WROTE, TAGGED = {"when": "created"}, {"when": "customer_wrote"}, {"when": "tag_added"}
PRIORITY = {"when": "priority_changed"}
CASES: list[tuple[dict[str, Any], Any, Any]] = [
    # When.
    ({**CREATED, **NOTE}, came(), noted),
    ({**CREATED, **NOTE}, after("received", writes), nothing),
    ({**WROTE, **NOTE}, came(), noted),
    ({**WROTE, **NOTE}, after("assigned", writes), noted),
    ({**WROTE, **NOTE}, after("assigned", replies), nothing),
    ({"when": "replied", **NOTE}, after("assigned", replies), noted),
    ({"when": "replied", **NOTE}, after("assigned", notes), nothing),
    ({"when": "noted", "add_tags": "red"}, after("assigned", notes), has_tags("red")),
    ({"when": "noted", **NOTE}, after("assigned", writes), nothing),
    ({"when": "step", **NOTE}, after("assigned", step("hand_back", note="no")), noted),
    ({"when": "step", "on_step": "hand_back", **NOTE}, after("assigned", step("hand_back", note="no")), noted),
    ({"when": "step", "on_step": "resolve", **NOTE}, after("assigned", step("hand_back", note="no")), nothing),
    ({"when": "step", "on_step": "resolve", **NOTE}, after("assigned", step("resolve", reply="Done.")), noted),
    ({"when": "classified", **NOTE}, after("received", classifies), noted),
    ({"when": "assigned", **NOTE}, after("classified", assigns), noted),
    ({"when": "assigned", **NOTE}, after("assigned", step("hand_back", note="no")), nothing),
    ({**PRIORITY, **NOTE}, after("assigned", changes(priority="urgent")), noted),
    ({**PRIORITY, **NOTE}, after("assigned", changes(subject="x")), nothing),
    ({**PRIORITY, "if_priority": "urgent", **NOTE}, after("assigned", changes(priority="low")), nothing),
    ({"when": "tag_added", **NOTE}, after("assigned", tagged("blue")), noted),
    ({"when": "tag_added", "on_tag": "red", **NOTE}, after("assigned", tagged("red", "blue")), noted),
    ({"when": "tag_added", "on_tag": "red", **NOTE}, after("assigned", tagged("blue")), nothing),
    ({"when": "promise_broken", **NOTE}, after("assigned", happened(EventKind.PROMISE_BROKEN)), noted),
    ({"when": "low_score", **NOTE}, after("surveyed", happened(EventKind.LOW_SCORE, score=1)), noted),
    ({"when": "not_delivered", **NOTE}, after("assigned", happened(EventKind.DELIVERY_FAILED)), noted),
    # When time passes.
    ({"when": "in_state", "if_status": "assigned", "minutes": 60, **NOTE}, waits("assigned", 61), noted),
    ({"when": "in_state", "if_status": "assigned", "minutes": 60, **NOTE}, waits("assigned", 59), nothing),
    ({"when": "in_state", "if_status": "received", "minutes": 60, **NOTE}, waits("received", 61), noted),
    ({"when": "in_state", "if_status": "waiting", "minutes": 60, **NOTE}, waits("assigned", 61), nothing),
    ({"when": "in_state", "if_status": "waiting", "minutes": 3 * DAY, **NOTE}, waits("waiting", 3 * DAY + 1), noted),
    ({"when": "unanswered", "minutes": 30, **NOTE}, waits("assigned", 31), noted),
    ({"when": "unanswered", "minutes": 30, **NOTE}, waits("assigned", 31, replies), nothing),
    ({"when": "unanswered", "minutes": 30, **NOTE}, waits("cancelled", 31), nothing),
    ({"when": "silent", "minutes": 30, **NOTE}, waits("assigned", 31, replies), noted),
    ({"when": "silent", "minutes": 30, **NOTE}, waits("resolved", 31), nothing),
    ({"when": "silent", "minutes": 30, "words": "nothing of it", **NOTE}, waits("assigned", 31), nothing),
    ({"when": "promise_soon", "minutes": 10 * DAY, **NOTE}, waits("assigned", 1), noted),
    ({"when": "promise_soon", "minutes": 1, **NOTE}, waits("assigned", 1), nothing),
    # If.
    ({**CREATED, "words": "refund", **NOTE}, came(), noted),
    ({**CREATED, "words": "fund", **NOTE}, came(), nothing),
    ({**CREATED, "words": "退款\nrefund*order", **NOTE}, came(), noted),
    ({**CREATED, "words": "refund", "where": "subject", **NOTE}, came(), nothing),
    ({**CREATED, "words": "退款", **NOTE}, came(body="我要退款"), noted),
    ({**CREATED, "words": "退款", **NOTE}, came(body="我要退貨、退款", language="zh-hant"), noted),
    ({**WROTE, "words": "refund", **NOTE}, after("assigned", writes), noted),
    ({**CREATED, "pattern": r"\b[A-Z]{2}-\d{6}\b", **NOTE}, came(), noted),
    ({**CREATED, "pattern": r"\b[A-Z]{3}-\d{6}\b", **NOTE}, came(), nothing),
    ({**CREATED, "pattern": r"(?i)REFUND", "where": "body", **NOTE}, came(), noted),
    ({**CREATED, "pattern": r"(?i)REFUND", "where": "subject", **NOTE}, came(), nothing),
    ({**CREATED, "channel": "phone", **NOTE}, came(channel="phone"), noted),
    ({**CREATED, "channel": "phone", **NOTE}, came(), nothing),
    ({**CREATED, "language": "en", **NOTE}, came(), noted),
    ({**CREATED, "language": "en", **NOTE}, came(language="zh-hans"), nothing),
    ({**CREATED, "segment": "regular", **NOTE}, came(), noted),
    ({**CREATED, "segment": "vip", **NOTE}, came(), nothing),
    ({**CREATED, "product": "product", **NOTE}, came(product="product"), noted),
    ({**CREATED, "product": "product", **NOTE}, came(), nothing),
    ({**CREATED, "for_category": "category", **NOTE}, came(category="below"), noted),
    ({**CREATED, "for_category": "category", **NOTE}, came(category="elsewhere"), nothing),
    ({**WROTE, "if_status": "assigned", "if_priority": "normal", **NOTE}, after("assigned", writes), noted),
    ({**WROTE, "if_team": "team", **NOTE}, after("assigned", writes), noted),
    ({**WROTE, "if_team": "other_team", **NOTE}, after("assigned", writes), nothing),
    ({**TAGGED, "if_tag": "red", "unless_tag": "blue", **NOTE}, after("assigned", tagged("red")), noted),
    ({**TAGGED, "if_tag": "red", "unless_tag": "blue", **NOTE}, after("assigned", tagged("red", "blue")), nothing),
    # Then.
    ({**CREATED, "category": "category", "priority": "high"}, came(), ends(status="classified", priority="high")),
    ({**CREATED, "category": "category"}, came(), ends(status="classified", category="category")),
    ({**CREATED, "category": "category", "assignee": "agent"}, came(), ends(status="assigned", assignee="agent")),
    ({**WROTE, "priority": "urgent"}, after("waiting", writes), ends(priority="urgent", status="assigned")),
    ({**CREATED, "add_tags": "red"}, came(), has_tags("red")),
    ({**TAGGED, "on_tag": "red", "remove_tags": "blue"}, after("assigned", tagged("red", "blue")), has_tags("red")),
    ({**WROTE, "step": "hand_back", "note": "no"}, after("assigned", writes), ends(status="classified", assignee=None)),
    ({**CREATED, "step": "cancel", "cancel_reason": "spam", "words": "refund"}, came(), ends(status="cancelled")),
    ({**CREATED, "template": "template"}, came(), was_told("Dear 陈晓, still on it.")),
    ({**CREATED, "template": "holed", **NOTE}, came(), refused("where the ticket has nothing")),
    ({**CREATED, "assignee": "agent", **NOTE}, came(), refused("Assign")),
    ({**WROTE, "category": "elsewhere", **NOTE}, after("assigned", writes), refused("Classify")),
    ({**WROTE, "tells_assignee": True}, after("assigned", writes), told("agent")),
    ({**WROTE, "tells_leads": True, "tells_person": "manager"}, after("assigned", writes), told("lead", "manager")),
    ({**WROTE, "team": "team", **NOTE}, after("classified", writes), noted),
]  # fmt: skip
