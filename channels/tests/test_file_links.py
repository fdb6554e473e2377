"""Files that are too large for a mail go as links, which end and then say what to do."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from channels.delivery import deliver_due
from channels.email.sending import build_email
from channels.models import FileLink
from common.uploads import check_upload
from tickets.services import add_note, add_reply, new_attachments

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(ticket_in, agent, settings):
    """A reply with a file that fits into its mail and one that does not."""
    settings.MAIL_FILES_BYTES = 10
    files = [("small.txt", b"small"), ("手册.txt", b"much too large")]
    uploads = [check_upload(SimpleUploadedFile(name, content)) for name, content in files]
    return add_reply(ticket_in("assigned"), "请看附件。", actor=agent, attachments=new_attachments(uploads))


def path_in(mail) -> str:
    return re.search(r"https://help\.example\.com(/d/[\w-]+/)", mail.body)[1]


def test_a_large_file_is_fetched_by_its_link(postbox, message, client):
    deliver_due()
    mail = postbox.mails[-1]
    assert [part.get_filename() for part in mail.iter_attachments()] == ["small.txt"]
    for kind in ("plain", "html"):
        text = mail.get_body((kind,)).get_content()
        assert "手册.txt" in text
        assert re.search(r"https://help\.example\.com/d/[\w-]+/", text)
    answer = client.get(re.search(r"/d/[\w-]+/", text)[0])
    assert b"".join(answer.streaming_content) == b"much too large"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_the_link_is_the_same_at_every_attempt_and_kept_only_as_a_hash(postbox, message):
    first, second = (path_in(build_email(message)) for _attempt in range(2))
    assert first == second
    link = FileLink.objects.get()
    assert first.split("/")[2] not in (link.token_hash, link.link_nonce)
    days = (link.expires_at - timezone.now()).total_seconds() / 86400
    assert days == pytest.approx(30, abs=0.1)


def test_a_link_that_has_ended_says_what_to_do(postbox, message, client):
    path = path_in(build_email(message))
    FileLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = client.get(path, headers={"accept-language": "en"})
    assert answer.status_code == 410
    assert "Open your ticket by the button in the mail" in answer.text
    assert "too large" not in answer.text


def test_a_link_never_leads_to_the_file_of_a_note(postbox, message, client, agent):
    path = path_in(build_email(message))
    note = add_note(message.ticket, "x", actor=agent)
    link = FileLink.objects.get()
    link.attachment.message = note
    link.attachment.save()
    assert client.get(path).status_code == 404
