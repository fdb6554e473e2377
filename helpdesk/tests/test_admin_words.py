"""The admin speaks Chinese: no page of any table has a run of English words that is neither data nor code."""

import html
import json
import re
from datetime import time, timedelta
from functools import cache
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from catalog.models import Product, Tag
from channels.models import Mailbox, Reason, SenderRule, Signature, Source
from channels.receiving.keeping import take_mail
from channels.receiving.taking_in import put_aside
from customers.models import Order, Organisation
from helpdesk.models import Schedule
from helpdesk.schedule import start_due
from helpdesk.tasks import return_lost_tasks
from knowledgebase.models import Article, Section
from staff.models import Rota, RotaSlot, ShiftPattern, Skill
from staff.services import add_shift, issue_token, note_absence
from staff.services.planning import Place
from surveys.models import Invitation, Response, Survey
from tickets.models import (
    AutomationPosition,
    AutomationRule,
    AutomationRun,
    Checklist,
    ClassifyingRule,
    Guard,
    Macro,
    ReplyTemplate,
    RoutingRule,
    SavedView,
)
from tickets.services import set_tags

pytestmark = pytest.mark.ground

MODELS = sorted(django_admin.site._registry, key=lambda model: model._meta.label_lower)
SILENT = re.compile(r"(?s)<(script|style|svg|code|pre|textarea)\b.*?</\1>")
SPOKEN = re.compile(r'(?:title|aria-label|placeholder|alt|type="submit"[^>]* value)="([^"]*)"')
# Two words one after the other, or a label that is one word.
ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}|^[A-Z]?[a-z]{2,}[:?.]?$")
# Names: of languages in their own words, of roles as they are kept, of what a browser sends.
NAMES = {"English", "HTTP Accept", "Accept", "Markdown", "Bearer", "True", "False", "on", "default", "utf"}


def url_of(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def pages_of(model: Any) -> list[str]:
    row = model._default_manager.first()
    return [
        url_of(model, "changelist"),
        url_of(model, "add"),
        *(url_of(model, page, row.pk) for page in ("change", "delete", "history")),
    ]


def all_data() -> list[str]:
    """Every text that is in the tables; the longest first, so that none hides a part of another."""
    found = set(NAMES)
    # What the schedule's rows are called is a text of ours.
    for model in set(apps.get_models()) - {Schedule}:
        fields = [field.name for field in model._meta.concrete_fields if not field.is_relation]
        for row in model._default_manager.values_list(*fields):
            found.update(
                str(value) for value in row if isinstance(value, str) and re.search("[A-Za-z]", value)
            )
    return sorted(found, key=len, reverse=True)


def english_in(page: str, data: list[str]) -> set[str]:
    page = SILENT.sub("", page)
    texts = [*re.split(r"<[^>]+>|\n", page), *SPOKEN.findall(page)]
    english = {text for text in {html.unescape(text).strip() for text in texts} if ENGLISH.search(text)}
    return {text for text in english if _is_sentence(text, tuple(data))}


@cache
def _is_sentence(text: str, data: tuple[str, ...]) -> bool:
    """Whether English words are left without what is data; most texts stand on every page."""
    for known in data:
        text = text.replace(known, "").strip()
    # A code or a file's name is no sentence.
    return bool(ENGLISH.search(text)) and not re.search(r"[/_@=]|\d{2}", text)


@pytest.fixture
def everything(ticket_in, agent, admin, customer):
    """A row in every table that the admin knows."""
    ticket = ticket_in("surveyed")
    set_tags(ticket, [Tag.objects.create(code="recall", name="召回")], actor=agent)
    Product.objects.create(code="kettle", name="水壶")
    Skill.objects.create(code="english", name="英语")
    Organisation.objects.create(name="湖畔民宿")
    Order.objects.create(customer=customer, number="A1", bought_on=timezone.localdate(), amount=1)
    Guard.objects.create(name="先拍照", step="resolve")
    template = ReplyTemplate.objects.create(name="问候")
    template.texts.create(language="zh-hans", body="您好")
    AutomationRule.objects.create(name="退款", when="silent", minutes=90, note="退款", is_active=False)
    AutomationPosition.objects.create()
    run = AutomationRun(rule=AutomationRule.objects.get(), rule_name="退款", ticket=ticket, outcome="stopped")
    run.reasons = ["too_deep"]
    run.save()
    Checklist.objects.create(name="寄出前").items.create(name="核对序列号")
    Macro.objects.create(name="寄修", note="寄回").texts.create(language="zh-hans", body="您好")
    ClassifyingRule.objects.create(name="屏幕", words="屏幕", category=ticket.category)
    RoutingRule.objects.create(name="屏幕", words="屏幕", team=ticket.team)
    SavedView.objects.create(
        name="屏幕", conditions=[{"field": "status", "op": "is", "values": ["received"]}]
    )
    begins_on = timezone.localdate()
    shift = ShiftPattern.objects.create(name="早班", code="E", begins=time(8), ends=time(16))
    Signature.objects.create(language="zh-hans", text="{agent}敬上")
    rota = Rota.objects.create(team=ticket.team, begins_on=begins_on)
    # Not on the day of the shift that is added: one person works it once.
    RotaSlot.objects.create(
        rota=rota, week=1, weekday=(begins_on.weekday() + 3) % 7, pattern=shift, user=agent
    )
    add_shift(ticket.team, Place(begins_on, shift, agent), actor=admin)
    note_absence(agent, timezone.now(), timezone.now() + timedelta(days=1), kind="leave", actor=admin)
    article = Article.objects.create(
        section=Section.objects.create(name="屏幕", slug="screens"), slug="screen"
    )
    article.categories.add(ticket.category)
    article.texts.create(language="zh-hans", title="屏幕碎了", body="**送修**")
    invitation = Invitation.objects.create(
        ticket=ticket, customer=customer, survey=Survey.objects.get(), language="zh-hans",
        link_nonce="n" * 22, token_hash="h" * 64, expires_at=timezone.now(), closed_at=timezone.now(),
    )  # fmt: skip
    Response.objects.create(invitation=invitation, score=5)
    mailbox = Mailbox.objects.create(name="售后", address="help@example.com")
    SenderRule.objects.create(sender="@spam.example")
    put_aside(take_mail(b"From: \n\nx", mailbox, Source.PIPE), Reason.NO_SENDER)
    issue_token(agent, name="导入", scope="read", days=3)
    TOTP.activate(agent, "JBSWY3DPEHPK3PXP")
    for model, more in (
        (AccessAttempt, {"failures_since_start": 1}),
        (AccessFailureLog, {}),
        (AccessLog, {}),
    ):
        model.objects.create(username="a@example.com", ip_address="203.0.113.7", **more)
    start_due()
    return_lost_tasks.enqueue()


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_no_page_of_the_admin_has_english_words_in_chinese(language, client, everything, admin):
    admin.language = language
    admin.save()
    client.force_login(admin)
    data = all_data()
    missing = [model._meta.label for model in MODELS if not model._default_manager.exists()]
    assert missing == []
    found = {}
    # A text that nobody marked for translation is English in both scripts, and every one that is marked has both.
    which = slice(None) if language == "zh-hans" else slice(1)
    for url in ["/admin/", *(url for model in MODELS for url in pages_of(model)[which])]:
        response = client.get(url)
        if response.status_code == 200 and (english := english_in(response.text, data)):
            found[url] = english
    assert found == {}


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_what_the_admin_says_after_a_change_is_in_chinese(language, client, admin, db):
    admin.language = language
    admin.save()
    client.force_login(admin)
    data = [*all_data(), "recall"]
    typed = {"code": "recall", "name": "召回", "name_zh_hans": "", "name_zh_hant": ""}
    listed, added = url_of(Tag, "changelist"), url_of(Tag, "add")
    client.post(added, typed)
    tag = Tag.objects.get(code="recall")
    chosen = {"action": "delete_selected", "_selected_action": tag.pk}
    changed = url_of(Tag, "change", tag.pk)
    for answer in (
        client.post(added, {}),
        client.post(changed, typed | {"name": "召回批次", "_continue": "1"}, follow=True),
        client.get(url_of(Tag, "history", tag.pk)),
        client.post(listed, {"action": "delete_selected"}, follow=True),
        client.post(listed, chosen),
        client.post(listed, chosen | {"post": "yes"}, follow=True),
    ):
        assert answer.status_code == 200
        assert english_in(answer.text, data) == set()
    assert not Tag.objects.filter(pk=tag.pk).exists()


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("zh-hans", ("工单 | 工单 | 可修改", "可以恢复工单，或分配给他人")),
        ("zh-hant", ("工單 | 工單 | 可變更", "可以還原工單，或指派給他人")),
    ],
)
def test_permissions_are_named_in_the_readers_script(language, names, client, admin):
    admin.language = language
    admin.save()
    client.force_login(admin)
    page = client.get(url_of(Group, "add")).text
    assert [name for name in names if name not in page] == []


@pytest.mark.parametrize(("language", "said"), [("zh-hans", "选择全部%s"), ("zh-hant", "選擇全部%s")])
def test_the_scripts_of_the_admin_speak_chinese_too(language, said, client, admin):
    admin.language = language
    admin.save()
    client.force_login(admin)
    catalogue = client.get(reverse("admin:jsi18n")).text
    found = re.search(r'"Choose all %s": ("[^"]*")', catalogue)
    assert found
    assert json.loads(found[1]) == said
