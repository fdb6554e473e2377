"""Spam: by the lists, by what agents cancelled as spam, cancelled but never lost."""

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from channels.models import Mailbox, Reason, ReceivedMail, SenderRule, Source, SpamLearning, SpamToken
from channels.receiving.keeping import take_mail
from channels.receiving.spam import SETTLED, learn, what_was_learnt
from channels.receiving.taking_in import take_in_due
from tickets.choices import MessageKind
from tickets.models import Ticket
from tickets.services import add_reply, take_step

pytestmark = pytest.mark.django_db
ADVERT = [
    "发票代开 加微信",
    "低价代开发票 正规",
    "代开各类发票 优惠",
    "办理发票 加微信咨询",
    "发票 代开 点数低",
]
QUESTION = ["屏幕碎了 能保修吗", "订单还没有收到", "耳机没有声音", "想申请退货 退款", "发票抬头写错了 请更改"]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox.objects.create(name="售后", address="help@example.com", trusted_server="mx.example.com")


@pytest.fixture
def arrive(mailbox):
    """A mail comes and is dealt with."""

    def take(text: str, sender: str, head: str = "") -> ReceivedMail:
        raw = f"{head}From: {sender}\nSubject: {text}\n\n{text}\n"
        mail = take_mail(raw.encode(), mailbox, Source.PIPE)
        take_in_due()
        return ReceivedMail.objects.select_related("message__ticket").get(pk=mail.pk)

    return take


@pytest.fixture
def look_back():
    """Learns from all that was done so far, when a while has passed."""

    def learn_all() -> int:
        with time_machine.travel(timezone.now() + 2 * SETTLED, tick=True):
            return learn()

    return learn_all


def test_a_denied_sender_is_cancelled_and_told_nothing(arrive, lead):
    SenderRule.objects.create(sender="@spam.example", kind="deny")
    SenderRule.objects.create(sender="boss@spam.example", kind="allow")
    mail = arrive("便宜", "ads@spam.example")
    ticket = mail.message.ticket
    assert (mail.reason, ticket.status, ticket.cancel_reason) == (Reason.DENIED, "cancelled", "spam")
    assert not ticket.messages.filter(kind=MessageKind.AUTOMATIC).exists()
    assert not ticket.promises.exists()
    assert take_step(ticket, "restore", actor=lead, note="kein Spam").status == "received"
    assert arrive("便宜", "boss@spam.example").message.ticket.status == "received"


def test_nobody_is_let_in_by_a_name_that_is_not_his(arrive):
    SenderRule.objects.create(sender="@spam.example", kind="deny")
    SenderRule.objects.create(sender="boss@spam.example", kind="allow")
    forged = arrive("x", "boss@spam.example", "Authentication-Results: mx.example.com; dmarc=fail\n")
    assert forged.message.is_doubtful


@pytest.fixture
def taught(arrive, look_back, admin, lead):
    """The filter after agents have cancelled adverts as spam, and answered questions."""
    assert look_back() == 0
    for number in range(10):
        advert = arrive(f"{ADVERT[number % 5]} {number}", f"a{number}@advert.example").message.ticket
        take_step(advert, "cancel", actor=lead, cancel_reason="spam")
        question = arrive(f"{QUESTION[number % 5]} {number}", f"q{number}@people.example").message.ticket
        add_reply(question, "您好，马上处理。", actor=admin)
    assert look_back() == 20
    return SpamLearning.objects.get()


def test_the_filter_learns_from_what_people_do(taught, arrive, look_back, lead):
    assert (taught.spam, taught.ham) == (10, 10)
    spam = arrive("代开发票，加微信", "new@advert.example")
    assert (spam.reason, spam.message.ticket.cancel_reason) == (Reason.SPAM, "spam")
    assert arrive("我的发票抬头要更改", "new@people.example").message.ticket.status == "received"
    # It does not learn from itself.
    assert look_back() == 0


def test_who_was_answered_before_is_never_spam_by_what_was_learnt(taught, arrive):
    assert arrive("代开发票，加微信", "q1@people.example").reason == ""


def test_what_is_restored_and_answered_teaches_the_contrary(taught, arrive, look_back, lead, admin):
    ticket = arrive("代开发票，加微信", "new@advert.example").message.ticket
    take_step(ticket, "restore", actor=lead, note="echt")
    add_reply(ticket, "您好", actor=admin)
    assert look_back() == 1
    learnt = SpamLearning.objects.get()
    assert (learnt.spam, learnt.ham) == (10, 11)


def test_a_change_of_mind_takes_back_what_was_learnt(taught, look_back, lead):
    before = SpamToken.objects.get(token="@advert.example").spam
    ticket = Ticket.objects.filter(cancel_reason="spam").first()
    take_step(ticket, "restore", actor=lead, note="echt")
    look_back()
    assert SpamToken.objects.get(token="@advert.example").spam == before - 1


def test_with_little_learnt_it_says_nothing(taught):
    assert what_was_learnt() == taught
    SpamLearning.objects.update(ham=9)
    assert what_was_learnt() is None


def test_a_manager_keeps_the_lists(client, manager):
    client.force_login(manager)
    url = reverse("admin:channels_senderrule_add")
    assert "Write an address" in client.post(url, {"sender": "spam", "kind": "deny"}).text
    client.post(url, {"sender": " @Spam.Example ", "kind": "deny", "note": ""})
    assert SenderRule.objects.get().sender == "@spam.example"
