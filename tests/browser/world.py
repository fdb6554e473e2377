"""A small help desk in which every page has something to show: tickets in each state, articles, surveys, rules."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from catalog.models import Category, CategoryField, Product, Tag
from catalog.seeding import seed_catalog, seed_weights
from channels.email.files import linked_files
from channels.models import FileLink, Mailbox, SenderRule, Signature, Source
from channels.receiving.keeping import take_mail
from channels.receiving.taking_in import put_aside
from channels.tasks import deliver_queued
from common.links import link_path
from common.uploads import check_upload
from customers.models import Customer, Order, Organisation, Segment
from customers.seeding import seed_segments
from customers.services import add_note as note_on_customer
from helpdesk.models import Schedule
from knowledgebase.models import Article, Section
from knowledgebase.services import save_text
from sla.seeding import seed_sla
from staff.models import Rota, ShiftPattern, Skill, User
from staff.services import add_shift, issue_token, note_absence
from staff.services.planning import Place
from surveys.models import Invitation, Question, SurveyRule
from surveys.seeding import seed_surveys
from surveys.services import answer, ask_resolved
from tickets import services
from tickets.mails import Mail
from tickets.models import (
    AutomationRule,
    AutomationRun,
    BulkJob,
    Checklist,
    ClassifyingRule,
    Guard,
    Macro,
    MailTemplate,
    Message,
    ReplyTemplate,
    Route,
    RoutingRule,
    SavedView,
    Ticket,
)
from tickets.services import bulk

STATES = ("received", "classified", "assigned", "waiting", "resolved", "surveyed", "cancelled")
INVITATIONS = ("open", "answered", "low", "reopened", "expired")
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c626001000000ffff03000006000557bfabd40000000049454e44ae426082"
)
ARTICLE = """## 先看这里

1. 长按电源键五秒
2. 查看指示灯

| 指示灯 | 意思 |
|---|---|
| 红色 | 电量低 |

> 仍然不行？请**联系我们**，附上 `E03` 之类的代码。见 [退货](/help/article/return/)。
"""


@dataclass
class World:
    """What the pages are about, by name."""

    people: dict[str, User]
    customer: Customer
    tickets: dict[str, Ticket] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    mail: Message | None = None
    view: SavedView | None = None
    bulk: BulkJob | None = None

    def ticket_link(self, state: str) -> str:
        """The customer's page of the ticket in this state."""
        return link_path("ticket", self.tickets[state].link_nonce)

    def survey_link(self, state: str) -> str:
        """The page of the invitation in this state."""
        return link_path("survey", self.invitations[state].link_nonce)

    def first(self, model: type[Any]) -> Any:
        """A row of a model that the admin shows."""
        row = admin.site.get_model_admin(model).get_queryset(_Asker(self.people["admin"])).first()
        assert row is not None, (
            f"The world has no {model._meta.label}: make one, so that its page is looked at."
        )
        return row


@dataclass
class _Asker:
    user: User


@pytest.fixture
def world(
    transactional_db, agent, colleague, lead, manager, admin, customer, category, team, ticket_in, person
):
    """The whole small help desk; its people are on the desk in the language that the test gives them."""
    for seed in (seed_catalog, seed_weights, seed_segments, seed_sla, seed_surveys):
        seed()
    # Everybody is asked, and at once.
    SurveyRule.objects.update(delay_minutes=0, quiet_days=0)
    newcomer = person("agent", "Zhou Ting")
    made = World(
        {"agent": agent, "lead": lead, "manager": manager, "admin": admin, "newcomer": newcomer}, customer
    )
    _shape(team)
    _plan(team, agent, colleague, lead)
    _write_articles()
    _know_the_customer(made)
    with time_machine.travel(timezone.now() - timedelta(days=20), tick=True):
        made.tickets["old"] = ticket_in("resolved")
        late = ticket_in("assigned", priority="high")
        ask_resolved()
    made.invitations["expired"] = made.tickets["old"].invitations.get()
    services.mark_broken_promises()
    _ask_and_answer(made, ticket_in)
    made.tickets |= {state: ticket_in(state) for state in STATES} | {"late": late}
    _talk(made.tickets["assigned"], agent, customer)
    made.mail = _receive_mail(made.tickets["assigned"], customer, team)
    made.view = SavedView.objects.create(
        name="我负责的", owner=agent, conditions=[{"field": "assignee", "op": "is", "values": ["me"]}]
    )
    made.tickets["merged"] = services.merge_tickets(
        ticket_in("assigned"), made.tickets["assigned"], actor=agent
    ).source
    _change_many(made, agent)
    _run_the_house(admin, agent)
    return made


def _change_many(made: World, agent: User) -> None:
    keys = [made.tickets[state].pk for state in STATES]
    made.bulk = bulk.start_job("step", {"step": "cancel"}, keys, actor=agent, submission_key="world")
    bulk.work_off(made.bulk.pk)


def _shape(team: Any) -> None:
    for root in Category.objects.filter(parent=None):
        Route.objects.get_or_create(category=root, team=team)
    fault = Category.objects.get(code="product-fault")
    CategoryField.objects.create(
        category=fault, key="colour", name="Colour", kind="choice", choices="a = A\nb = B"
    )
    ClassifyingRule.objects.create(name="Smoke", words="冒烟\nsmoke", category=fault, priority="urgent")
    RoutingRule.objects.create(name="Smoke", position=1, words="冒烟\nsmoke", team=team, tier="premium")
    RoutingRule.objects.create(name="More smoke", position=2, words="smoke", channel="phone")
    SavedView.objects.create(
        name="Open and mine", name_zh_hans="我的未结工单", name_zh_hant="我的未結工單",
        conditions=[
            {"field": "assignee", "op": "is", "values": ["me"]}, {"field": "tag", "op": "not", "values": ["999"]},
            {"field": "created", "op": "last", "number": 90, "unit": "days"},
        ],
    )  # fmt: skip
    Guard.objects.create(name="Say why", step="restore", note_required=True)
    MailTemplate.objects.bulk_create([MailTemplate(mail=mail) for mail in Mail.values], ignore_conflicts=True)
    Signature.objects.create(language="zh-hans", text="{agent}敬上")
    template = ReplyTemplate.objects.create(name="Ask for the order number", name_zh_hans="询问订单号")
    for language, body in (
        ("zh-hans", "{customer}您好，请提供订单号。"),
        ("en", "Hello {customer}, which order?"),
    ):
        template.texts.create(language=language, body=body)
    AutomationRule.objects.create(
        name="Watch refunds", when="customer_wrote", words="退款\n屏幕", tells_leads=True
    )
    items = Checklist.objects.create(name="Before it goes out", name_zh_hans="寄出前").items
    for name, name_zh_hans in (("Serial number checked", "核对序列号"), ("Address checked", "核对地址")):
        items.create(name=name, name_zh_hans=name_zh_hans)
    macro = Macro.objects.create(
        name="Ask for pictures", name_zh_hans="请客户拍照", takes_ticket=True, step="wait"
    )
    macro.texts.create(language="zh-hans", body="{customer}您好，请拍几张照片发给我们。")
    Skill.objects.create(code="english", name="English", name_zh_hans="英语")


def _plan(team: Any, agent: User, colleague: User, lead: User) -> None:
    early = ShiftPattern.objects.create(
        code="早",
        name="Early",
        name_zh_hans="早班",
        begins=time(8),
        ends=time(16),
        breaks="12:00-12:30",
        colour="amber",
    )
    night = ShiftPattern.objects.create(
        code="夜", name="Night", name_zh_hans="夜班", begins=time(22), ends=time(6), colour="violet"
    )
    rota = Rota.objects.create(team=team, begins_on=date(2026, 1, 5), at_shift_end="hand_back")
    for weekday in range(5):
        rota.slots.create(weekday=weekday, pattern=early, user=agent)
        rota.slots.create(weekday=weekday, pattern=night, user=colleague)
    today = timezone.localdate()
    midnight = timezone.make_aware(datetime.combine(today, time(0)))
    note_absence(colleague, midnight, midnight + timedelta(days=2), kind="training", actor=lead)
    add_shift(team, Place(today, night, lead), actor=lead, reason="培训")


def _write_articles() -> None:
    section = Section.objects.create(slug="repairs", name="Repairs", name_zh_hans="维修", icon="tools")
    for slug, audience in (("return", "public"), ("battery", "public"), ("limits", "internal")):
        made = Article.objects.create(slug=slug, section=section, audience=audience)
        save_text(made, "zh-hans", f"怎么申请保修 {slug}", ARTICLE, actor=None, publish=True)
        save_text(made, "en", f"How to use the warranty: {slug}", ARTICLE, actor=None, publish=True)


def _know_the_customer(world: World) -> None:
    customer, product = (
        world.customer,
        Product.objects.create(code="X1", name="Robot X1", name_zh_hans="扫地机 X1"),
    )
    customer.segment = Segment.objects.get(code="vip")
    customer.organisation = Organisation.objects.create(name="晨光贸易有限公司")
    customer.save()
    Order.objects.create(
        customer=customer,
        number="CN-2026-1001",
        product=product,
        bought_on=date(2026, 3, 8),
        amount="1299.00",
    )
    note_on_customer(customer, "下午三点以后方便接电话。", actor=world.people["lead"])


def _talk(ticket: Ticket, agent: User, customer: Customer) -> None:
    upload = check_upload(SimpleUploadedFile("屏幕.png", PICTURE, "image/png"))
    services.add_customer_message(
        ticket, "补一张照片。", customer=customer, attachments=services.new_attachments([upload])
    )
    services.add_note(ticket, "看起来在保修期内。", actor=agent)
    reply = services.add_reply(ticket, "收到照片，我们马上安排。" * 60, actor=agent)
    services.start_side_conversation(
        ticket, "请问主板还有货吗？", actor=agent, address="parts@example.net", subject="主板"
    )
    linked_files(ticket.attachments.all())
    FileLink.objects.update(expires_at=timezone.now())
    services.record_delivery_failure(reply, "550 mailbox unavailable")
    services.link_article(ticket, Article.objects.first(), actor=agent)
    services.set_tags(ticket, Tag.objects.all()[:2], actor=agent)
    services.change_ticket(ticket, actor=agent, order=Order.objects.first(), product=Product.objects.first())


def _receive_mail(ticket: Ticket, customer: Customer, team: Any) -> Message:
    """A mailbox with a mail in its quarantine, and a mail from somebody else on the ticket."""
    mailbox = Mailbox.objects.create(name="售后", address="help@example.com", team=team)
    SenderRule.objects.create(sender="@spam.example", note="广告")
    put_aside(
        take_mail(b"From: a@example.net\nFrom: b@example.net\n\nx", mailbox, Source.PIPE),
        "several-from-lines",
    )
    return services.add_customer_message(
        ticket, "附件是发票，另外请看照片。", customer=customer, channel="email",
        folded="在 2026年11月20日，客服写道：\n> 收到照片，我们马上安排。",
        html='<p>附件是<b>发票</b></p><img data-src="x">',
        sender="somebody@example.net", is_doubtful=True, refused_files=[["发票.exe", "program"]],
    )  # fmt: skip


def _ask_and_answer(world: World, ticket_in: Any) -> None:
    for name in ("open", "answered", "low", "reopened"):
        ticket = world.tickets[f"survey {name}"] = ticket_in("resolved")
        ask_resolved()
        world.invitations[name] = ticket.invitations.get()
    questions = {question.kind: question.pk for question in Question.objects.all()}
    answer(world.invitations["answered"], {questions["score_5"]: 5, questions["score_10"]: 9})
    answer(world.invitations["low"], {questions["score_5"]: 1, questions["text"]: "等了三天。"})
    services.take_step(world.tickets["survey reopened"], "reopen", actor=world.customer, note="还是不行。")


def _run_the_house(admin: User, agent: User) -> None:
    rule = AutomationRule.objects.get()
    run = AutomationRun(rule=rule, rule_name=rule.name, ticket=Ticket.objects.latest("id"), outcome="stopped")
    run.reasons = ["too_often"]
    run.save()
    issue_token(agent, name="order import", scope="read", days=30)
    issue_token(admin, name="warehouse", scope="write", days=30)
    deliver_queued.enqueue()
    Schedule.objects.get_or_create(name="deliver queued messages", defaults={"next_run_at": timezone.now()})
    Authenticator.objects.create(
        user=agent, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x", "used_mask": 0}
    )
    attempt = {
        "username": agent.email,
        "ip_address": "192.0.2.7",
        "user_agent": "Firefox",
        "path_info": "/account/login/",
    }
    AccessAttempt.objects.create(**attempt, failures_since_start=3)
    AccessFailureLog.objects.create(**attempt)
    AccessLog.objects.create(**attempt)
