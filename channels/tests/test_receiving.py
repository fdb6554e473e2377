"""From the bytes of a mail to a ticket: kept first, taken in once, put aside when it cannot be."""

import base64
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from channels.email.loops import LOOP_HEADER, automatic_headers, installation_id
from channels.email.sending import build_email, message_id
from channels.email.tokens import reply_address
from channels.models import Mailbox, MailContent, MailState, Reason, ReceivedMail, Source
from channels.receiving.deciding import Surroundings
from channels.receiving.keeping import forget_old_contents, mailbox_of_address, take_mail
from channels.receiving.taking_in import (
    MOST_READINGS,
    claim,
    give_back,
    next_mails,
    take_in,
    take_in_due,
    try_again,
)
from customers.models import COMPLAINT, Customer, Identity
from tickets.choices import Delivery, EventKind, MessageKind, Status
from tickets.models import Message, Ticket
from tickets.services import add_reply, record_bounce, take_step, tell_colleague

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox.objects.create(name="售后", address="help@example.com", trusted_server="mx.example.com")


@pytest.fixture
def arrive(mailbox) -> Callable[..., ReceivedMail]:
    """A mail comes, with these headers, and is dealt with."""

    def take(body: str | bytes = "屏幕碎了。", to: Mailbox = mailbox, **headers: str) -> ReceivedMail:
        given = {"From": "陈晓 <chenxiao@example.net>", "Subject": "屏幕", "To": to.address, **headers}
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items())
        raw = head.encode() + b"\r\n" + (body.encode() if isinstance(body, str) else body)
        mail = take_mail(raw, to, Source.PIPE)
        take_in_due()
        mail.refresh_from_db()
        return mail

    return take


def test_a_mail_is_kept_before_it_is_read(mailbox):
    mail = take_mail(b"\xff\x00 no mail at all", mailbox, Source.PIPE)
    assert mail.state == MailState.RECEIVED
    assert bytes(mail.content.raw) == b"\xff\x00 no mail at all"
    assert take_mail(b"\xff\x00 no mail at all", mailbox, Source.IMAP) == mail


def test_a_mail_becomes_a_ticket_of_a_new_customer_who_is_told(arrive):
    mail = arrive("屏幕碎了，怎麼辦？請問這個能保修嗎？\n\n> 引用", Message_ID="<1@example.net>")
    assert (mail.state, mail.reason, mail.identifier) == (MailState.TICKET, "", "<1@example.net>")
    ticket = mail.message.ticket
    assert (ticket.subject, ticket.channel, ticket.customer.name) == ("屏幕", "email", "陈晓")
    assert ticket.customer.language == "zh-hant"
    assert (mail.message.body, mail.message.folded) == ("屏幕碎了，怎麼辦？請問這個能保修嗎？", "> 引用")
    assert mail.message.sender == "chenxiao@example.net"
    told = ticket.messages.get(kind=MessageKind.AUTOMATIC)
    assert (told.recipient, told.delivery) == ("chenxiao@example.net", Delivery.QUEUED)


def test_the_exact_address_finds_the_customer(arrive, customer):
    address = Identity.objects.create(customer=customer, kind="email", value="chen@example.net").value
    assert arrive(From=f"Somebody Else <{address.upper()}>").message.ticket.customer == customer


def test_the_same_mail_by_another_way_makes_one_message_and_a_forged_one_its_own(arrive):
    first = arrive("eins", Message_ID="<1@example.net>", Received="from a")
    again = arrive("eins", Message_ID="<1@example.net>", Received="from b")
    forged = arrive("zwei", Message_ID="<1@example.net>")
    assert (again.state, again.reason, again.message) == (MailState.IGNORED, Reason.DUPLICATE, first.message)
    assert forged.state == MailState.TICKET
    assert forged.message != first.message
    assert Message.objects.filter(kind=MessageKind.CUSTOMER).count() == 2


def test_a_mail_that_is_taken_in_twice_at_once_is_taken_in_once(arrive, mailbox):
    mail = take_mail(b"From: a@example.net\n\nx", mailbox, Source.PIPE)
    other = ReceivedMail.objects.get(pk=mail.pk)
    assert [claim([mail]), claim([other])] == [[mail], []]


def test_what_ended_a_worker_is_taken_alone_and_what_was_not_begun_with_the_others(mailbox):
    first, second, third = (
        take_mail(b"From: a@example.net\n\n%d" % one, mailbox, Source.PIPE) for one in range(3)
    )
    assert next_mails() == [first, second, third]
    claim([first, second])
    # The worker was killed at the first, and its time is over; another one's time was up before the second.
    ReceivedMail.objects.filter(pk=first.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    second.refresh_from_db()
    give_back([second])
    assert next_mails() == [first]
    assert claim(next_mails()) == [first]
    assert [mail.attempts for mail in next_mails()] == [0, 0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_mail_by_two_ways_at_the_same_moment_makes_one_message(mailbox, customer):
    head = b"Message-ID: <1@example.net>\r\nFrom: chenxiao@example.com\r\n\r\nx"
    first, second = (
        take_mail(b"Received: from %d\r\n" % number + head, mailbox, Source.LMTP) for number in (1, 2)
    )
    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            take_in(first, Surroundings())
            other = threads.submit(take_in_apart, second)
            # It does not see the first one, and comes as far as it can while that is not committed.
            wait([other], timeout=1)
        other.result()
    ReceivedMail.objects.filter(state=MailState.RECEIVED).update(next_attempt_at=timezone.now())
    take_in_due()
    assert Ticket.objects.count() == 1
    second.refresh_from_db()
    assert (second.state, second.reason) == (MailState.IGNORED, Reason.DUPLICATE)


def take_in_apart(mail: ReceivedMail) -> None:
    """As another worker does it, with a connection of its own."""
    take_in(mail, Surroundings())
    connection.close()


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"From": "a@example.net\r\nFrom: b@example.net"}, Reason.SEVERAL_FROM_LINES),
        ({"From": "a@example.net, b@example.net"}, Reason.SEVERAL_SENDERS),
        ({"From": "friends: a@example.net, b@example.net;"}, Reason.SEVERAL_SENDERS),
        ({"From": "=?utf-8?q?boss=40example.com?= <a@evil.example>"}, Reason.ADDRESS_IN_NAME),
        ({"From": "<=?utf-8?q?boss=40example.com=00?=@evil.example>"}, Reason.ENCODED_ADDRESS),
        ({"From": ""}, Reason.NO_SENDER),
        ({"From": "help@example.com"}, Reason.FROM_OURSELVES),
    ],
)
def test_a_sender_who_may_be_two_is_put_aside_with_the_reason(arrive, headers, reason):
    mail = arrive(**headers)
    assert (mail.state, mail.reason) == (MailState.QUARANTINED, reason)
    assert not Ticket.objects.exists()
    assert not Customer.objects.filter(identities__value="boss@example.com").exists()


def test_what_was_put_aside_can_be_released_as_from_a_stranger(arrive):
    mail = arrive(From="a@example.net\r\nFrom: b@example.net")
    assert try_again(mail, is_released=True)
    take_in_due()
    mail.refresh_from_db()
    assert mail.message.is_doubtful
    assert not mail.message.ticket.customer.identities.exists()
    assert not mail.message.ticket.messages.filter(kind=MessageKind.AUTOMATIC).exists()


def test_a_form_of_ones_own_site_names_the_customer_in_reply_to(arrive):
    mail = arrive(From="help@example.com", Reply_To="Chen <chen@example.net>")
    assert mail.message.sender == "chen@example.net"


def test_failed_dmarc_is_marked_and_acts_as_nobody(arrive, customer):
    Identity.objects.create(customer=customer, kind="email", value="chen@example.net")
    said = "mx.example.com; spf=fail; dmarc=fail (p=none) header.from=example.net"
    mail = arrive(From="chen@example.net", Authentication_Results=said)
    assert mail.message.is_doubtful
    assert mail.message.ticket.customer != customer
    assert not mail.message.ticket.messages.filter(kind=MessageKind.AUTOMATIC).exists()


def test_only_the_topmost_word_of_ones_own_server_counts(arrive):
    forged = "other.example; dmarc=fail\r\nAuthentication-Results: mx.example.com; dmarc=pass"
    assert not arrive("a", Authentication_Results=forged).message.is_doubtful
    below = "mx.example.com; dmarc=fail\r\nAuthentication-Results: mx.example.com; dmarc=pass"
    assert arrive("b", Authentication_Results=below).message.is_doubtful


def test_the_token_in_the_address_leads_to_the_ticket_whoever_writes(arrive, mailbox, ticket_in, agent):
    ticket = ticket_in("assigned")
    add_reply(ticket, "哪一天买的？", actor=agent, step="wait")
    mail = arrive("昨天", From="wife@example.net", To=reply_address(mailbox.address, ticket).upper())
    assert mail.message.ticket == ticket
    assert mail.message.customer != ticket.customer
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert ticket.status == Status.ASSIGNED


def test_a_token_that_somebody_made_up_leads_nowhere(arrive, mailbox, ticket_in):
    ticket = ticket_in("assigned")
    real = reply_address(mailbox.address, ticket)
    for made_up in (real.replace("-", "-a", 1), f"help+t{ticket.pk}-{'a' * 24}@example.com"):
        assert arrive(made_up, To=made_up).message.ticket != ticket


def test_our_message_id_counts_only_for_who_takes_part(arrive, ticket_in, agent):
    ticket = ticket_in("assigned")
    reply = add_reply(ticket, "请寄回。", actor=agent)
    known = reply.recipient
    assert known
    answer = {"In_Reply_To": message_id(reply), "Subject": "Re: 屏幕"}
    assert arrive("好的", From=known, **answer).message.ticket == ticket
    assert arrive("我也是", From="other@example.net", **answer).message.ticket != ticket
    failed = "mx.example.com; dmarc=fail"
    assert arrive("假的", From=known, Authentication_Results=failed, **answer).message.ticket != ticket
    forged = re.sub(r"\.\w{16}@", f".{'a' * 16}@", message_id(reply))
    assert arrive("猜的", From=known, In_Reply_To=forged).message.ticket != ticket


def test_a_bare_number_only_marks_what_it_is_perhaps_about(arrive, ticket_in):
    ticket = ticket_in("assigned")
    other = arrive(Subject=f"Re: [{ticket.number}] 屏幕").message.ticket
    assert other != ticket
    assert other.events.get(kind=EventKind.MAYBE_RELATED).data == {"related": ticket.pk}


def test_an_answer_to_a_resolved_ticket_reopens_it_and_a_late_one_follows(arrive, mailbox, ticket_in):
    ticket = ticket_in("resolved")
    to = reply_address(mailbox.address, ticket)
    known = ticket.customer.identities.get(kind="email").value
    assert arrive("还是不行", From=known, To=to).message.ticket == ticket
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert ticket.is_open
    late = ticket_in("resolved")
    Ticket.objects.filter(pk=late.pk).update(resolved_at="2025-01-01T00:00:00Z")
    follower = arrive("又坏了", From=known, To=reply_address(mailbox.address, late)).message.ticket
    assert follower.follows == late


def test_nobody_gets_an_agents_power_by_a_from_line(arrive, mailbox, ticket_in, agent):
    ticket = ticket_in("waiting")
    told = tell_colleague(ticket, "到期了", recipient=agent.email, language="en")
    note = arrive("我来处理", From=agent.email, In_Reply_To=message_id(told)).message
    assert (note.kind, note.author, note.ticket) == (MessageKind.NOTE, None, ticket)
    by_token = arrive("关掉", From=agent.email, To=reply_address(mailbox.address, ticket)).message
    assert (by_token.kind, by_token.author) == (MessageKind.CUSTOMER, None)


def test_an_automatic_answer_is_noted_and_changes_nothing(arrive, ticket_in, agent):
    ticket = ticket_in("waiting")
    reply = ticket.messages.filter(kind=MessageKind.REPLY).latest("id")
    known = ticket.customer.identities.get(kind="email").value
    mail = arrive("我在休假", From=known, In_Reply_To=message_id(reply), Auto_Submitted="auto-replied")
    assert (mail.reason, mail.message.kind) == (Reason.AUTOMATIC, MessageKind.NOTE)
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert ticket.status == Status.WAITING
    alone = arrive("温度过高", From="sensor@example.net", Auto_Submitted="auto-generated").message.ticket
    assert not alone.messages.filter(kind=MessageKind.AUTOMATIC).exists()


def test_a_bounce_marks_the_message_and_the_address(arrive, ticket_in, agent):
    ticket = ticket_in("assigned")
    reply = add_reply(ticket, "请寄回。", actor=agent)
    Message.objects.filter(pk=reply.pk).update(delivery=Delivery.SENT, next_attempt_at=None)
    report = (
        "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; {reply.recipient}\r\nAction: %s\r\n"
        "Status: %s\r\nDiagnostic-Code: smtp; 550 user unknown\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {message_id(reply)}\r\n\r\n--b--\r\n"
    )
    head = {
        "From": "MAILER-DAEMON@example.net", "Subject": "Undelivered Mail Returned to Sender",
        "Content_Type": "multipart/report; report-type=delivery-status; boundary=b",
    }  # fmt: skip
    delayed = arrive(report % ("delayed", "4.0.0"), **head)
    assert (delayed.state, delayed.reason, delayed.message) == (MailState.IGNORED, Reason.DELAY, reply)
    assert arrive(report % ("failed", "5.1.1"), **head).reason == Reason.BOUNCE
    reply.refresh_from_db()
    assert (reply.delivery, reply.delivery_error) == (Delivery.FAILED, "5.1.1 smtp; 550 user unknown")
    identity = ticket.customer.identities.get(kind="email")
    assert "user unknown" in identity.unreachable_reason
    arrive("我的邮箱好了", From=identity.value)
    identity.refresh_from_db()
    assert identity.unreachable_at is None


def test_a_bounce_says_of_each_recipient_how_it_went(arrive, ticket_in, agent):
    reply = add_reply(ticket_in("assigned"), "x", actor=agent, cc=["boss@example.net", "wife@example.net"])
    Message.objects.filter(pk=reply.pk).update(
        delivery=Delivery.SENT, next_attempt_at=None, delivered_at=timezone.now()
    )
    each = "Final-Recipient: rfc822; {}\r\nAction: {}\r\nStatus: {}\r\nDiagnostic-Code: smtp; {}\r\n\r\n"
    report = (
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        + each.format("boss@example.net", "failed", "5.1.1", "550 unknown")
        + each.format(reply.recipient, "delayed", "4.0.0", "451 later")
        + each.format("wife@example.net", "failed", "5.2.2", "552 full")
        + f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id(reply)}\r\n\r\n--b--\r\n"
    )
    head = {
        "From": "MAILER-DAEMON@example.net",
        "Content_Type": "multipart/report; report-type=delivery-status; boundary=b",
    }
    assert arrive(report, **head).reason == Reason.BOUNCE
    reply.refresh_from_db()
    assert [copy["error"] for copy in reply.also_to] == ["5.1.1 smtp; 550 unknown", "5.2.2 smtp; 552 full"]
    assert reply.delivery_error == ""
    events = reply.ticket.events.filter(kind=EventKind.DELIVERY_FAILED).order_by("id")
    assert [event.data["recipient"] for event in events] == ["boss@example.net", "wife@example.net"]
    assert not reply.ticket.customer.identities.get().unreachable_reason


def test_a_complaint_marks_the_address_and_nothing_else(arrive, ticket_in, agent, client):
    ticket = ticket_in("assigned")
    reply = add_reply(ticket, "请寄回。", actor=agent, cc=["boss@example.net"])
    Message.objects.filter(pk=reply.pk).update(delivery=Delivery.SENT, next_attempt_at=None)
    report = (
        "--b\r\nContent-Type: text/plain\r\n\r\nSpam.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"
        "Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\nOriginal-Rcpt-To: <%s>\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id(reply)}\r\n\r\n--b--\r\n"
    )
    head = {
        "From": "fbl@example.net", "Content_Type": "multipart/report; report-type=feedback-report; boundary=b",
    }  # fmt: skip
    identity = ticket.customer.identities.get(kind="email")
    of_copy = arrive(report % "boss@example.net", **head)
    identity.refresh_from_db()
    assert (of_copy.reason, of_copy.message, identity.unreachable_at) == (Reason.FEEDBACK, reply, None)
    assert arrive(report % "redacted", **head).reason == Reason.FEEDBACK
    identity.refresh_from_db()
    assert identity.unreachable_reason == COMPLAINT
    reply.refresh_from_db()
    assert reply.delivery == Delivery.SENT
    client.force_login(agent)
    assert "spam" in client.get(reverse("tickets:aside", args=[ticket.pk])).text


def test_old_mails_are_forgotten_but_not_what_somebody_may_still_need(arrive, admin, client):
    old = timezone.now() - timedelta(days=91)
    done, open_one, put_aside = arrive("eins"), arrive("zwei"), arrive("x", From="a@b.cn, c@d.cn")
    listed = arrive("drei", From="MAILER-DAEMON@example.net", X_Helpdesk_Loop=installation_id())
    assert [put_aside.state, listed.state] == [MailState.QUARANTINED, MailState.IGNORED]
    take_step(done.message.ticket, "cancel", actor=admin, cancel_reason="withdrawn")
    assert forget_old_contents() == 0
    ReceivedMail.objects.exclude(pk=listed.pk).update(received_at=old)
    young = arrive("vier")
    assert forget_old_contents() == 1
    assert set(MailContent.objects.values_list("pk", flat=True)) == {
        open_one.pk, put_aside.pk, listed.pk, young.pk,
    }  # fmt: skip
    ReceivedMail.objects.filter(pk=listed.pk).update(received_at=old)
    assert forget_old_contents() == 1
    # It is still known when it comes again.
    assert ReceivedMail.objects.get(pk=done.pk).fingerprint
    client.force_login(admin)
    page = client.get(reverse("admin:channels_receivedmail_change", args=[done.pk]))
    assert "Not kept any more" in page.text
    assert client.get(reverse("admin:channels_receivedmail_raw", args=[done.pk])).status_code == 404


def test_our_own_mail_that_comes_back_makes_nothing(arrive, ticket_in, agent):
    reply = add_reply(ticket_in("assigned"), "请寄回。", actor=agent)
    mail = arrive(Message_ID=message_id(reply))
    assert (mail.state, mail.reason) == (MailState.IGNORED, Reason.OWN)


def test_files_are_kept_or_named_with_the_reason(arrive):
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 20).decode()
    body = (
        "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>看图<img src='cid:one'><script>x</script></p>\r\n"
        "--b\r\nContent-Type: image/png; name=a.png\r\nContent-ID: <one>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{picture}\r\n--b\r\nContent-Type: application/octet-stream; name=a.exe\r\n\r\nMZ\r\n--b--\r\n"
    )
    message = arrive(body, Content_Type="multipart/mixed; boundary=b").message
    [kept] = message.attachments.all()
    assert (kept.name, kept.content_type, kept.content_id, kept.size) == ("a.png", "image/png", "one", 28)
    assert message.refused_files == [["a.exe", "program"]]
    assert 'data-cid="one"' in message.html
    assert "script" not in message.html


def test_a_mail_that_kills_its_reader_is_put_aside_and_the_next_is_taken_in(arrive, mailbox, monkeypatch):
    # A reader that is out of patience at once: the wall clock's limit is what a hanging process meets.
    with monkeypatch.context() as patience:
        patience.setattr("channels.receiving.reading.WALL_SECONDS", 0.0)
        mail = take_mail(b"From: a@example.net\n\nx", mailbox, Source.PIPE)
        for _reading in range(MOST_READINGS):
            ReceivedMail.objects.filter(pk=mail.pk).update(next_attempt_at=timezone.now())
            take_in_due()
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (MailState.QUARANTINED, Reason.TIME)
    assert arrive("der nächste").state == MailState.TICKET
    assert try_again(mail)
    take_in_due()
    mail.refresh_from_db()
    assert mail.state == MailState.TICKET


def test_an_error_of_ours_is_tried_again_and_then_put_aside(arrive, mailbox, django_db_blocker):
    mail = take_mail(b"From: a@example.net\n\nx", mailbox, Source.PIPE)
    mail.content.delete()
    for _attempt in range(5):
        ReceivedMail.objects.filter(pk=mail.pk).update(next_attempt_at=timezone.now())
        take_in_due()
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == (MailState.QUARANTINED, Reason.ERROR)
    assert "DoesNotExist" in mail.error


@pytest.mark.parametrize("address", ["HELP@example.com", "<help+anything@example.com>"])
def test_a_mailbox_is_found_by_its_address(mailbox, address):
    assert mailbox_of_address(address) == mailbox
    assert mailbox_of_address("nobody@example.com") is None


def test_a_bounce_of_what_was_given_up_changes_nothing(ticket_in, agent):
    reply = add_reply(ticket_in("assigned"), "x", actor=agent)
    record_bounce(reply, "once")
    record_bounce(reply, "again")
    reply.refresh_from_db()
    assert (reply.delivery, reply.delivery_error) == (Delivery.FAILED, "once")
    assert reply.ticket.events.filter(kind=EventKind.DELIVERY_FAILED).count() == 1


def test_a_copy_that_bounces_is_marked_alone_and_whoever_got_one_takes_part(arrive, ticket_in, agent):
    ticket = ticket_in("assigned")
    reply = add_reply(ticket, "x", actor=agent, cc=["boss@example.net"])
    record_bounce(reply, "full", recipient="Boss@example.net")
    reply.refresh_from_db()
    assert (reply.delivery_error, reply.also_to[0]["error"]) == ("", "full")
    assert not ticket.customer.identities.get().unreachable_reason
    answer = arrive("知道了", From="boss@example.net", In_Reply_To=message_id(reply))
    assert answer.message.ticket == ticket


def test_an_automatic_mail_of_ours_that_comes_back_makes_nothing(arrive):
    loop = automatic_headers(is_answer=True)[LOOP_HEADER]
    assert arrive(**{LOOP_HEADER: loop}).reason == Reason.OWN


def test_answers_go_to_an_address_with_the_token_where_the_provider_takes_it(ticket_in, agent, mailbox):
    reply = add_reply(ticket_in("assigned"), "x", actor=agent)
    assert build_email(reply).reply_to == []
    Mailbox.objects.update(takes_plus=True)
    assert build_email(reply).reply_to == [reply_address(mailbox.address, reply.ticket)]


def test_a_manager_tries_again_and_releases(client, arrive, admin, agent):
    mail = arrive(From="a@example.net\r\nFrom: b@example.net")
    page = reverse("admin:channels_receivedmail_change", args=[mail.pk])
    client.force_login(admin)
    assert "It has several senders’ lines" in client.get(page).text
    assert "1 mail lies in the quarantine." in client.get("/admin/").text
    again, release = (
        reverse(f"admin:channels_receivedmail_{name}", args=[mail.pk]) for name in ("again", "release")
    )
    assert client.get(again).status_code == 405
    assert "read again in a moment" in client.post(again, follow=True).text
    take_in_due()
    mail.refresh_from_db()
    assert mail.state == MailState.QUARANTINED
    client.post(release)
    take_in_due()
    assert "not in the quarantine any more" in client.post(release, follow=True).text
    raw = client.get(reverse("admin:channels_receivedmail_raw", args=[mail.pk]))
    assert raw.content == bytes(mail.content.raw)
    assert raw.headers["Content-Disposition"].startswith("attachment")
    client.force_login(agent)
    assert client.post(release).status_code in (302, 403)
