"""Replies leave by their team's mailbox, under the right name, with its signature; automatic mail starts no loop."""

import subprocess
from datetime import UTC, datetime, timedelta
from smtplib import SMTPAuthenticationError

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.checks import run_checks
from django.urls import reverse

from channels.delivery import deliver_due
from channels.email.loops import LOOP_HEADER, installation_id
from channels.email.servers import smtp_connection, try_way_out
from channels.email.signing import CertificateError, signer
from channels.email.stationery import Stationery
from channels.models import Mailbox, Signature, Source
from channels.receiving.keeping import take_mail
from channels.secrets import seal
from channels.tests.conftest import Postbox
from scripts.private_postgres import free_port
from tickets import services
from tickets.models import MailTemplate, Message
from tickets.services import add_customer_message, add_reply, start_side_conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(team):
    """Makes a mailbox of the team, by default one that leaves by the installation's server."""

    def make(**fields):
        fields = {"name": "Phones", "address": "phones@example.com", "team": team, **fields}
        return Mailbox.objects.create(**fields)

    return make


@pytest.fixture
def reply(ticket_in, agent, postbox):
    """Writes a reply on a new ticket, and gives the mail that goes out."""

    def send(text="您好。", **fields):
        ticket = ticket_in("assigned")
        deliver_due()
        add_reply(ticket, text, actor=agent, **fields)
        deliver_due()
        return postbox.mails[-1]

    return send


def text_of(mail, kind="plain"):
    return mail.get_body((kind,)).get_content()


@pytest.mark.parametrize(("mode", "name"), [("agent", "Li Wei · "), ("team", "Phone repairs · ")])
def test_a_reply_leaves_from_the_teams_mailbox(mode, name, mailbox, reply, postbox):
    mailbox(sender_name=mode)
    mail = reply()
    assert str(mail["From"]).startswith(name)
    assert mail["From"].addresses[0].addr_spec == "phones@example.com"
    assert postbox.envelopes[-1] == ("phones@example.com", ["chenxiao@example.com"])


def test_a_mailbox_out_of_use_sends_nothing(mailbox, reply):
    mailbox(is_active=False)
    assert reply()["From"].addresses[0].addr_spec == "help@example.com"


def test_tickets_of_no_such_team_leave_by_the_mailbox_of_all(mailbox, reply, other_team):
    mailbox(team=other_team)
    mailbox(team=None, address="all@example.com")
    assert reply()["From"].addresses[0].addr_spec == "all@example.com"


@pytest.fixture
def by_mail(ticket_in, customer):
    """A ticket of the team whose customer has written to this mailbox."""

    def made(box):
        mail = take_mail(f"From: chenxiao@example.com\n\n{box}".encode(), box, Source.PIPE)
        message = add_customer_message(ticket_in("assigned"), "在吗？", customer=customer)
        mail.state, mail.message, mail.next_attempt_at = "ticket", message, None
        mail.save()
        return message.ticket

    return made


def test_an_answer_leaves_by_the_mailbox_that_the_customer_wrote_to(
    mailbox, by_mail, agent, postbox, other_team
):
    mailbox(team=None, address="all@example.com")
    mailbox()
    sales = mailbox(
        team=other_team, address="sales@example.com", smtp_host="127.0.0.1", smtp_port=free_port()
    )
    sales.smtp_security = "none"
    sales.save()
    ticket = by_mail(sales)
    deliver_due()
    postbox.mails.clear()
    add_reply(ticket, "您好。", actor=agent)
    start_side_conversation(ticket, "有货吗？", actor=agent, address="parts@example.net", subject="x")
    deliver_due()
    # Its server is away: only what leaves by it waits, and a third party is written to by the team's mailbox.
    assert [mail["From"].addresses[0].addr_spec for mail in postbox.mails] == ["phones@example.com"]
    assert Stationery.read().mailbox_of(ticket.messages.get(kind="reply")) == sales
    waiting = Message.objects.filter(delivery="queued", delivery_error__contains="refused")
    assert {message.kind for message in waiting} == {"automatic", "reply"}
    boxes = Stationery.read()
    for box in (*boxes.in_use.values(), None):
        own = {message.pk for message in Message.objects.all() if boxes.mailbox_of(message) == box}
        assert set(Message.objects.filter(boxes.sent_by(box)).values_list("pk", flat=True)) == own
    Mailbox.objects.filter(pk=sales.pk).update(is_active=False)
    assert Stationery.read().mailbox_of(waiting.first()).address == "phones@example.com"


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_mailbox_signs_in_by_an_access_token_that_serves_for_its_time(
    mailbox, ticket_in, agent, postbox, tokens
):
    tokens.gives_new_refresh_tokens = False
    own, ticket = Postbox(free_port(), token="key 1"), ticket_in("assigned")
    own.open()
    box = mailbox(
        smtp_host="127.0.0.1", smtp_port=own.port, smtp_security="none", smtp_user="help", smtp_sign_in="oauth2",
        oauth_token_url=tokens.url, sealed_oauth_refresh_token=seal("old"),
    )  # fmt: skip
    for text in ("您好。", "再见。"):
        add_reply(ticket, text, actor=agent)
        deliver_due()
    assert not ticket.messages.filter(delivery="queued").exists()
    assert set(own.signed_in) == {"user=help\1auth=Bearer key 1\1\1"}
    assert (len(own.signed_in), len(tokens.asked)) == (2, 1)
    # A server that takes it no more is given another one.
    own.token = "key 2"
    with pytest.raises(SMTPAuthenticationError):
        smtp_connection(box).open()
    try_way_out(box)
    assert own.signed_in[-1] == "user=help\1auth=Bearer key 2\1\1"
    own.close()


def test_each_mailbox_has_a_server_of_its_own_and_one_that_is_away_stops_only_its_own(
    mailbox, ticket_in, agent, postbox, other_team
):
    own = Postbox(free_port())
    mailbox(smtp_host="127.0.0.1", smtp_port=own.port, smtp_security="none")
    first, second = ticket_in("assigned"), ticket_in("assigned")
    second.team = other_team
    second.save(update_fields=["team"])
    deliver_due()
    postbox.mails.clear()
    for ticket in (first, second):
        add_reply(ticket, "您好。", actor=agent)
    deliver_due()
    assert len(postbox.mails) == 1
    waiting = first.messages.get(kind="reply")
    assert (waiting.delivery, waiting.attempts) == ("queued", 0)
    own.open()
    try:
        services.postpone_due_messages(until=waiting.created_at)
        first.messages.filter(delivery="queued").update(next_attempt_at=waiting.created_at)
        deliver_due()
        assert any("您好。" in text_of(mail) for mail in own.mails)
    finally:
        own.close()


def test_the_signature_is_the_teams_in_the_customers_language(reply, team, agent):
    Signature.objects.create(language="zh-hans", text="{agent} | {site}")
    mail = reply("<b>好</b>")
    assert "Li Wei | " in text_of(mail)
    Signature.objects.create(
        team=team, language="zh-hans", text="{agent}，{team}", html="<p>{agent}<br><i>{team}</i></p>"
    )
    agent.display_name = "Li <Wei>"
    agent.save()
    mail = reply("<b>好</b>")
    assert "Li <Wei>，Phone repairs" in text_of(mail)
    assert "<p>Li &lt;Wei&gt;<br><i>Phone repairs</i></p>" in text_of(mail, "html")
    assert "&lt;b&gt;好" in text_of(mail, "html")


def test_automatic_mail_has_no_signature_and_cannot_begin_a_loop(postbox, ticket, lead, team):
    Signature.objects.create(language="zh-hans", text="Signed by a person")
    services.tell_colleague(ticket, "Look.", recipient=lead.email, language="en")
    assert deliver_due() == 2
    answer, warning = postbox.mails
    assert (answer["Auto-Submitted"], warning["Auto-Submitted"]) == ("auto-replied", "auto-generated")
    for mail, (sender, _to) in zip(postbox.mails, postbox.envelopes, strict=True):
        assert sender in ("", None, "<>")
        assert mail[LOOP_HEADER] == installation_id()
        assert mail["X-Auto-Response-Suppress"] == "All"
        assert "Signed by a person" not in text_of(mail)


def test_a_reply_is_a_persons_and_says_so(reply, postbox):
    mail = reply()
    assert mail[LOOP_HEADER] is None
    assert mail["Auto-Submitted"] is None


def test_a_server_that_wants_a_sender_gets_one(postbox, ticket):
    postbox.nobody_answer = "553 Mail from must equal authorized user"
    assert deliver_due() == 1
    assert postbox.envelopes[-1][0] == "help@example.com"
    assert postbox.mails[-1]["Auto-Submitted"] == "auto-replied"


def test_the_sender_of_an_automatic_mail_is_the_managers_word(postbox, customer, mailbox, db):
    MailTemplate.objects.get(mail="acknowledgement").texts.create(
        language="zh-hans", body="收到 {link}", sender="{site}客服"
    )
    services.create_ticket(customer=customer, subject="屏幕", body="碎了")
    deliver_due()
    assert str(postbox.mails[-1]["From"].addresses[0].display_name).endswith("客服")


# --- Signing ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path, settings):
    """A certificate for an address, signed by itself, configured."""

    def make(address="help@example.com"):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Help")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
            .sign(key, hashes.SHA256())
        )  # fmt: skip
        pem, secret = tmp_path / "certificate.pem", tmp_path / "key.pem"
        pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        settings.SMIME_CERTIFICATE, settings.SMIME_KEY = str(pem), str(secret)
        return pem

    return make


def test_a_signed_mail_is_as_openssl_wants_it(certificate, reply, postbox, tmp_path):
    pem = certificate()
    mail = reply("您好，屏幕已换。")
    assert mail.get_content_type() == "multipart/signed"
    assert mail["Subject"]
    assert mail["Message-ID"]
    path = tmp_path / "mail.eml"
    path.write_bytes(postbox.contents[-1])
    command = ["openssl", "smime", "-verify", "-in", path, "-CAfile", pem, "-purpose", "any"]
    verified = subprocess.run(command, capture_output=True)
    assert b"Verification successful" in verified.stderr, verified.stderr
    path.write_bytes(postbox.contents[-1].replace(b"multipart/alternative", b"multipart/alternativf", 1))
    assert subprocess.run(command, capture_output=True).returncode != 0
    assert "屏幕已换" in text_of(mail)


def test_mail_from_another_address_is_not_signed(certificate, reply):
    certificate("other@example.com")
    assert reply().get_content_type() != "multipart/signed"


def test_a_certificate_that_cannot_be_used_is_told_by_the_check(certificate, settings, tmp_path):
    certificate()
    assert [error for error in run_checks() if error.id.startswith("channels.E")] == []
    settings.SMIME_CERTIFICATE = str(tmp_path / "missing.pem")
    with pytest.raises(CertificateError):
        signer()
    (error,) = [error for error in run_checks() if error.id == "channels.E001"]
    assert "SMIME_CERTIFICATE" in error.msg
    assert error.hint
    settings.SMIME_CERTIFICATE = ""
    (error,) = [error for error in run_checks() if error.id == "channels.E001"]
    assert "SMIME_KEY" in error.msg


def test_a_second_signature_for_the_same_people_is_refused(client, manager):
    Signature.objects.create(language="zh-hans", text="x")
    client.force_login(manager)
    answer = client.post(
        reverse("admin:channels_signature_add"), {"team": "", "language": "zh-hans", "text": "y", "html": ""}
    )
    assert "There is already a signature of all teams in this language." in answer.text
    typed = {"team": "", "language": "en", "text": "y {agnt}", "html": ""}
    answer = client.post(reverse("admin:channels_signature_add"), typed)
    assert "There is no placeholder {agnt} here. Use: {agent}, {team}, {site}." in answer.text
    typed |= {"text": "{agent}", "html": "<p onclick=x>{agent}</p><script>x</script>"}
    assert client.post(reverse("admin:channels_signature_add"), typed).status_code == 302
    assert Signature.objects.get(language="en").html == "<p>{agent}</p>"
