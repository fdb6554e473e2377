"""The demo data: believable, made once, and only where it may be."""

import re
import struct
from datetime import timedelta
from io import StringIO
from itertools import product

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from catalog.models import Category, Product
from customers.models import Customer, CustomerNote
from helpdesk.demo.data import LANGUAGES, articles, scenarios
from helpdesk.demo.people import make_staff
from helpdesk.demo.shaping import make_goods, make_routes, make_rules, seed_beginnings
from knowledgebase.models import Article, ArticleText
from sla.models import SlaPolicy
from staff.duty import on_duty_ids
from staff.models import Absence, Membership, ShiftPattern, Team, User
from surveys.models import Response
from tickets.choices import EventKind, Status
from tickets.classifying import Facts, first_match
from tickets.models import Attachment, Event, Message, Promise, ReplyTemplate, Ticket
from tickets.rulebook import current_rulebook
from tickets.workflow import MOVES

pytestmark = pytest.mark.ground

# Few enough to be quick, enough that all states appear.
TICKETS = 60


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo in a small edition, made once for this file and taken away at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("seed_demo", tickets=TICKETS, force=True, stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def _in_demo(demo, django_db_blocker):
    with django_db_blocker.unblock():
        yield


def test_it_is_refused_where_debug_is_off(db, settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("seed_demo")
    assert not User.objects.exists()


def test_sign_ins_without_demo_say_how_to_make_it(db):
    with pytest.raises(CommandError, match="seed_demo"):
        call_command("seed_demo", sign_ins=True)


@pytest.mark.usefixtures("_in_demo")
def test_the_team_is_complete():
    assert Team.objects.count() == 4
    assert User.objects.filter(groups__name__in=["agent", "lead"]).count() == 12
    assert Membership.objects.filter(is_lead=True).values("team").distinct().count() == 4
    assert {user.groups.get().name for user in User.objects.all()} == {"agent", "lead", "manager", "admin"}
    assert Customer.objects.count() == 200
    assert Category.objects.filter(parent=None).count() == 8
    assert all(
        Team.objects.get(pk=pk).members.filter(is_present=True)
        for pk in Team.objects.values_list("pk", flat=True)
    )


@pytest.mark.usefixtures("_in_demo")
def test_somebody_of_every_team_is_on_duty_at_any_hour_of_the_week():
    now = timezone.now()
    for team in Team.objects.all():
        assert team.rotas.get().slots.exists()
        assert all(on_duty_ids(team.pk, now + timedelta(hours=hours)) for hours in range(0, 7 * 24, 3))
    assert ShiftPattern.objects.count() == 3
    assert Absence.objects.exists()


@pytest.mark.usefixtures("_in_demo")
def test_there_are_exactly_so_many_tickets_in_all_states():
    assert Ticket.objects.count() == TICKETS
    assert set(Ticket.objects.values_list("status", flat=True)) == set(Status.values)
    assert Ticket.objects.due_soon().exists()
    assert Ticket.objects.broken().exists()
    assert Ticket.objects.unassigned().exists()


@pytest.mark.usefixtures("_in_demo")
def test_promises_are_kept_and_broken_and_surveys_answered():
    kept = Promise.objects.filter(met_at__isnull=False, broken_at__isnull=True).count()
    assert kept > Promise.objects.filter(broken_at__isnull=False).count() > 0
    assert Response.objects.exists()


@pytest.mark.usefixtures("_in_demo")
def test_history_can_be_replayed_through_the_machine():
    for ticket in Ticket.objects.prefetch_related("events"):
        state, at = Status.RECEIVED, ticket.created_at
        for event in sorted(ticket.events.all(), key=lambda one: one.pk):
            assert event.at >= at
            at = event.at
            if event.kind == EventKind.STEP:
                assert event.before == state
                assert event.before == event.after or (event.before, event.after) in MOVES
                state = event.after
        assert state == ticket.status


@pytest.mark.usefixtures("_in_demo")
def test_nothing_but_the_newest_happened_today():
    now = timezone.now()
    for moments in (
        Event.objects.values_list("at", flat=True),
        Message.objects.values_list("created_at", flat=True),
        Response.objects.values_list("created_at", flat=True),
        CustomerNote.objects.values_list("created_at", flat=True),
        Article.objects.values_list("created_at", flat=True),
    ):
        ages = sorted((now - moment).total_seconds() for moment in moments)
        assert ages[0] >= 0
        assert ages[len(ages) // 2] > 24 * 3600


@pytest.mark.usefixtures("_in_demo")
def test_outside_debug_no_mail_of_the_demo_goes_out():
    assert not Message.objects.filter(delivery="queued").exists()
    assert Message.objects.filter(delivery="sent").exists()


@pytest.mark.usefixtures("_in_demo")
def test_running_it_again_changes_nothing(settings):
    settings.DEBUG = True
    before = (Ticket.objects.count(), User.objects.count(), Event.objects.count(), Product.objects.count())
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert "already" in out.getvalue()
    assert before == (
        Ticket.objects.count(), User.objects.count(), Event.objects.count(), Product.objects.count()
    )  # fmt: skip


@pytest.mark.usefixtures("_in_demo")
def test_every_printed_sign_in_works_and_the_link_leads_to_an_open_ticket(client):
    out = StringIO()
    call_command("seed_demo", sign_ins=True, stdout=out)
    pairs = re.findall(r"(\S+@\S+) / (\S+)", out.getvalue())
    assert {"agent", "lead", "manager", "admin"} <= set(
        User.objects.filter(email__in=[email for email, _password in pairs]).values_list(
            "groups__name", flat=True
        )
    )
    for email, password in pairs:
        assert User.objects.get(email=email).check_password(password)
    assert "/t/" in out.getvalue().splitlines()[-1]


@pytest.mark.usefixtures("_in_demo")
def test_what_the_demo_says_is_there_in_three_languages():
    assert Article.objects.count() == 30
    for language in LANGUAGES:
        assert ArticleText.objects.filter(language=language).count() == 30
        assert ReplyTemplate.objects.filter(texts__language=language).count() == ReplyTemplate.objects.count()
        assert Ticket.objects.filter(language=language).exists()
    assert Article.objects.filter(audience="internal").exists()
    assert ArticleText.objects.filter(state="draft").exists()


def test_articles_have_a_useful_length_in_every_language():
    for article in articles():
        for language, (title, body) in article.texts.items():
            length = len(body.split()) if language == "en" else len(re.sub(r"\s", "", body))
            assert title
            assert (90 if language == "en" else 150) <= length <= 420, (article.slug, language, length)


# Words that give away a text written for the other side of the strait.
MAINLAND_IN_TAIWAN = (
    "保修",
    "快递",
    "七天无理由",
    "視頻",
    "質量",
    "發票抬頭錯誤",
    "App 端",
    "網絡",
    "屏幕",
    "鼠標",
    "软",
)
TAIWAN_IN_MAINLAND = ("保固", "鉴赏期", "鑑賞期", "網路", "网路", "讯息", "軟體", "软体", "品质部", "统编")


def test_each_chinese_has_its_own_words():
    for scenario in scenarios():
        text = repr(scenario.words["zh-hant"])
        assert not [word for word in MAINLAND_IN_TAIWAN if word in text], scenario.code
        text = repr(scenario.words["zh-hans"])
        assert not [word for word in TAIWAN_IN_MAINLAND if word in text], scenario.code


def test_there_are_enough_scenarios_and_their_slots_can_be_filled():
    slots = dict.fromkeys(
        ("customer", "agent", "product", "kind", "order", "date", "days", "amount", "part", "city", "serial"),
        "x",
    )
    assert len(scenarios()) >= 60
    for scenario in scenarios():
        for words in scenario.words.values():
            for text in (*words.subject, *words.say, words.ask, words.answer, words.solve):
                assert "{" not in text.format_map(slots)


@pytest.mark.django_db
def test_the_rules_decide_what_the_scenarios_are_about():
    seed_beginnings()
    staff = make_staff(timezone.now())
    make_goods()
    make_routes(staff)
    make_rules(staff)
    rules = current_rulebook().rules
    slots = {
        "product": "x",
        "kind": "x",
        "order": "1",
        "date": "x",
        "days": 3,
        "amount": "1",
        "part": "1",
        "city": "x",
    }
    wrong = []
    for scenario in scenarios():
        for language, words in scenario.words.items():
            for subject, text in product(words.subject, words.say):
                texts = (subject.format_map(slots), text.format_map(slots))
                rule = first_match(rules, Facts(*texts, "email", language, None, None))
                if (rule.category.code if rule else "") != scenario.category:
                    wrong.append((scenario.code, *texts, rule and rule.category.code))
    assert not wrong


@pytest.mark.usefixtures("_in_demo")
def test_some_customers_send_photos():
    photos = Attachment.objects.all()
    # Of the requests that come whatever the hour; the others are left to chance.
    assert photos.count() >= 4
    for photo in photos:
        assert photo.is_picture
        assert photo.message.kind == "customer"
        with photo.file.open() as file:
            assert struct.unpack(">4xII", file.read(24)[12:]) == (480, 360)


@pytest.mark.usefixtures("_in_demo")
def test_a_policy_has_changed_since_the_beginning():
    versions = SlaPolicy.objects.get(name="VIP").versions.order_by("number")
    assert [version.data["next_response_minutes"] for version in versions] == [240, 120]
    assert versions[1].reason
