"""How a request of the demo comes in: by form, by mail, by phone or at the counter."""

from datetime import timedelta
from typing import Any

from catalog.choices import Channel
from helpdesk.demo.pictures import photos
from helpdesk.demo.story import Case, World
from helpdesk.demo.texts import first_message
from tickets.services import create_ticket

REASONS = {
    "return-no-reason": "unwanted", "exchange-model": "unwanted", "partial-return": "unwanted",
    "return-refused": "other", "pickup-missed": "other", "refund-amount": "other", "refund-missing": "quality",
}  # fmt: skip
KINDS = {"fake-store": "infringing", "fake-review": "false", "my-photo": "private"}
DEVICES = {
    "zh-hans": ("小米 14，App 6.4.0", "华为 Mate 60，鸿蒙", "iPhone 15，iOS 26"),
    "zh-hant": ("iPhone 14，iOS 26", "Galaxy S24，Android 16", "Pixel 8，Android 16"),
    "en": ("Pixel 8, Android 16", "iPhone 15, iOS 26", "Galaxy S23, Android 15"),
}
# Channels on which a member of staff writes down what the customer says.
BY_STAFF = (Channel.PHONE, Channel.COUNTER)
WITH_ORDER = {"order-after-sales", "return-refund"}


def take_in(world: World, case: Case) -> None:
    """Make the ticket as the channel makes it; whoever is on duty writes calls and visits down."""
    customer, rng = case.buyer.customer, world.rng
    subject, body = first_message(rng, case.scenario, case.language, case.tone, case.slots)
    root = world.root_of(case)
    if case.channel in BY_STAFF:
        opens, member = world.next_on_duty(world.team_of(case))
        # Nobody answers the phone at night, and the shops are in Chinese-speaking markets.
        if opens > world.now + timedelta(minutes=5) or (case.channel, case.language) == (
            Channel.COUNTER,
            "en",
        ):
            case.channel = Channel.WEB
    fields: dict[str, Any] = {}
    if root and (case.channel != Channel.EMAIL or rng.random() < 0.3):
        fields["product_id"] = case.order.product_id
    if root in WITH_ORDER and (case.channel != Channel.EMAIL or rng.random() < 0.5):
        fields["order"] = case.order
    if case.channel != Channel.EMAIL and root:
        fields["field_values"] = form_values(world, case, root)
        fields["category"] = world.categories[root]
    if case.channel in BY_STAFF:
        fields["actor"] = member.user
    if case.channel not in BY_STAFF:
        is_asked = root == "product-fault" and "category" in fields
        key = "photo" if is_asked else ""
        always = case.always_has_photo
        fields["attachments"] = photos(case.scenario.code, case.slots["serial"], key, always=always)
    ticket = create_ticket(
        customer=customer, subject=subject, body=body, channel=case.channel, language=case.language, **fields
    )
    case.pk = ticket.pk
    world.cases[ticket.pk] = case


def form_values(world: World, case: Case, root: str) -> dict[str, str]:
    """What the customer filled into the extra fields of his category."""
    rng, slots = world.rng, case.slots
    if root == "product-fault":
        values = {"serial-number": slots["serial"], "purchased-on": case.order.bought_on.isoformat()}
        return values if rng.random() < 0.7 else {}
    if root == "technical-fault":
        return {"device": rng.choice(DEVICES[case.language])}
    if root == "service-complaint":
        return {"wish": rng.choice(("explanation", "apology", "call-back", "compensation"))}
    if root == "content-report":
        return {"address": slots["product"], "kind": KINDS[case.scenario.code]}
    if root == "return-refund":
        reason = REASONS.get(case.scenario.code, "other")
        return {"order-number": slots["order"], "reason": reason}
    return {"order-number": slots["order"]} if root == "order-after-sales" else {}
