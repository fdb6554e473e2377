"""Files that go with what one is writing: kept as they are chosen, sent with the message, and else forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.uploads import MOST_FILES, check_upload
from tickets.models import Attachment, Draft, DraftFile, Message, Ticket
from tickets.services import (
    StepRefused,
    add_note,
    add_reply,
    drop_files,
    forget_draft_files,
    keep_file,
    save_draft,
    take_back_reply,
)

PICTURE = b"\x89PNG\r\n\x1a\n...."


@pytest.fixture
def keep(agent):
    """Keep a file with a draft."""

    def keep(ticket, name="a.png", content=PICTURE, *, kind="reply", actor=agent, key=None):
        upload = check_upload(SimpleUploadedFile(name, content))
        return keep_file(ticket, kind, upload, actor=actor, key=key or uuid4())

    return keep


def is_stored(row):
    """Whether the file itself is there."""
    return row.file.storage.exists(str(row.file.name))


# --- The service -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "write"), [("reply", add_reply), ("note", add_note)])
def test_a_kept_file_goes_with_the_message_and_is_not_copied(kind, write, ticket_in, agent, keep):
    ticket = ticket_in("assigned")
    kept, other = (
        keep(ticket, kind=kind),
        keep(ticket, "b.txt", b"b", kind="note" if kind == "reply" else "reply"),
    )
    message = write(ticket, "请看附件。", actor=agent, draft_files=[kept.pk])
    file = message.attachments.get()
    assert (file.file.name, file.name, file.content_type, file.size, file.sha256) == (
        kept.file.name, "a.png", "image/png", len(PICTURE), kept.sha256,
    )  # fmt: skip
    assert is_stored(kept)
    # What is kept with the other kind stays there.
    assert DraftFile.objects.get() == other


def test_of_another_person_ticket_or_kind_nothing_goes_along(ticket_in, agent, colleague, keep):
    ticket = ticket_in("assigned")
    foreign = [keep(ticket, actor=colleague), keep(ticket_in("assigned")), keep(ticket, kind="note")]
    for row in foreign:
        with pytest.raises(StepRefused) as refusal:
            add_reply(ticket, "请看附件。", actor=agent, draft_files=[row.pk])
        assert "no longer there" in refusal.value.reason
    assert not Attachment.objects.exists()
    assert not Message.objects.filter(kind="reply").exists()
    assert DraftFile.objects.count() == len(foreign)


def test_a_refused_step_keeps_the_files(ticket_in, agent, keep):
    ticket = ticket_in("classified")
    kept = keep(ticket)
    with pytest.raises(StepRefused):
        add_reply(ticket, "请看附件。", actor=agent, step="wait", draft_files=[kept.pk])
    assert DraftFile.objects.get() == kept
    assert not Attachment.objects.exists()


def test_the_same_file_sent_twice_is_kept_once(ticket, keep, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    key = uuid4()
    kept = keep(ticket, key=key)
    assert keep(ticket, key=key) == kept
    assert DraftFile.objects.get() == kept
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()] == [
        kept.file.name
    ]


def test_so_many_go_with_one_message(ticket, keep, colleague):
    for number in range(MOST_FILES):
        keep(ticket, f"{number}.txt", b"x")
    with pytest.raises(ValidationError) as refusal:
        keep(ticket, "one too many.txt", b"x")
    assert "“one too many.txt” was not kept: up to 10 files" in refusal.value.message
    assert DraftFile.objects.count() == MOST_FILES
    # Each person and each kind has its own.
    keep(ticket, kind="note")
    keep(ticket, actor=colleague)


def test_dropped_by_its_owner_only_it_is_gone_from_the_disk(
    ticket, agent, colleague, keep, django_capture_on_commit_callbacks
):
    kept = keep(ticket)
    with django_capture_on_commit_callbacks(execute=True):
        assert drop_files(ticket, [kept.pk], actor=colleague) == 0
    assert is_stored(kept)
    with django_capture_on_commit_callbacks(execute=True):
        assert drop_files(ticket, [kept.pk], actor=agent) == 1
    assert not is_stored(kept)
    assert not DraftFile.objects.exists()


def test_files_of_a_reply_that_is_taken_back_are_kept_again(ticket_in, agent, keep):
    ticket = ticket_in("assigned")
    kept = keep(ticket)
    reply = add_reply(ticket, "您好。", actor=agent, draft_files=[kept.pk], hold=timedelta(seconds=10))
    take_back_reply(reply, actor=agent)
    again = DraftFile.objects.get()
    assert (again.user, again.kind, again.name, again.file.name) == (agent, "reply", "a.png", kept.file.name)
    assert is_stored(again)
    assert not Attachment.objects.exists()
    assert add_reply(ticket, "您好。", actor=agent, draft_files=[again.pk]).attachments.get().name == "a.png"


def test_what_nobody_goes_on_with_is_forgotten(ticket_in, agent, keep, django_capture_on_commit_callbacks):
    now = timezone.now()
    old, fresh, written_on = (
        keep(ticket_in("assigned")),
        keep(ticket_in("assigned")),
        keep(ticket_in("assigned")),
    )
    sent = add_reply(
        old.ticket, "您好。", actor=agent, draft_files=[keep(old.ticket, "sent.txt", b"x").pk]
    ).attachments.get()
    save_draft(written_on.ticket, "reply", "写到一半", actor=agent, version=0)
    DraftFile.objects.exclude(pk=fresh.pk).update(created_at=now - timedelta(days=15))
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_draft_files() == 1
    assert {row.pk for row in DraftFile.objects.all()} == {fresh.pk, written_on.pk}
    assert [is_stored(row) for row in (old, fresh, written_on, sent)] == [False, True, True, True]
    Draft.objects.update(saved_at=now - timedelta(days=15))
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_draft_files() == 1


# --- At the desk -----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, agent):
    """The agent's browser."""
    client.force_login(agent)
    return client


def upload(client, ticket, name="a.png", content=PICTURE, *, kind="reply", key=None):
    """Send a file as the page does."""
    data = {"kind": kind, "key": (key or uuid4()).hex, "file": SimpleUploadedFile(name, content)}
    return client.post(reverse("tickets:draft-files", args=[ticket.pk]), data)


def send(client, ticket, **data):
    """Press Send."""
    data = {"kind": "reply", "body": "请看附件。", "step": "", "version": ticket.version, **data}
    return client.post(reverse("tickets:write", args=[ticket.pk]), data, follow=True)


def address(row, name="draft-file"):
    """Where a kept file is shown or removed."""
    return reverse(f"tickets:{name}", args=[row.ticket_id, row.pk])


def test_a_file_is_shown_again_when_the_page_is_opened_again(desk, ticket_in, django_assert_num_queries):
    ticket = ticket_in("assigned")
    line = upload(desk, ticket, "照片<b>.png")
    kept = DraftFile.objects.get()
    assert line.status_code == 201
    desk.get(ticket.get_absolute_url())
    with django_assert_num_queries(12):
        page = desk.get(ticket.get_absolute_url()).text
    lists = desk.get(reverse("tickets:draft-files", args=[ticket.pk])).text
    for text in (line.text, page, lists):
        assert "照片&lt;b&gt;.png" in text
        assert f'name="kept_reply" value="{kept.pk}"' in text
        assert f'<img src="{address(kept)}"' in text
    shown = desk.get(address(kept))
    assert b"".join(shown.streaming_content) == PICTURE
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_only_its_owner_sees_and_removes_it(desk, ticket_in, colleague, agent_of_another_team, client):
    ticket = ticket_in("assigned")
    upload(desk, ticket)
    kept = DraftFile.objects.get()
    for person, answer in ((colleague, 204), (agent_of_another_team, 404)):
        client.force_login(person)
        assert client.get(address(kept)).status_code == 404
        assert client.post(address(kept, "remove-file")).status_code == answer
        assert f'name="kept_reply" value="{kept.pk}"' not in client.get(ticket.get_absolute_url()).text
        assert DraftFile.objects.filter(pk=kept.pk).exists()
    assert upload(client, ticket).status_code == 404
    client.logout()
    place = address(kept, "remove-file")
    for answer in (client.get(address(kept)), client.post(place), upload(client, ticket)):
        assert answer.status_code == 302
    assert DraftFile.objects.get() == kept


def test_its_owner_removes_it_and_once_more_is_as_good(desk, ticket):
    upload(desk, ticket)
    kept = DraftFile.objects.get()
    for _press in range(2):
        assert desk.post(address(kept, "remove-file")).status_code == 204
    assert not DraftFile.objects.exists()


def test_what_cannot_be_kept_says_why(desk, ticket, settings):
    settings.UPLOAD_LIMIT_BYTES = 10
    too_large = upload(desk, ticket, "film.mp4", b"x" * 11)
    assert (too_large.status_code, "A file may have up to 10" in too_large.text) == (422, True)
    assert "is empty" in upload(desk, ticket, content=b"").text
    for number in range(MOST_FILES):
        upload(desk, ticket, f"{number}.txt", b"x")
    many = upload(desk, ticket, "many.txt", b"x")
    assert (many.status_code, "up to 10 files" in many.text) == (422, True)
    assert DraftFile.objects.count() == MOST_FILES


def test_what_is_no_picture_is_only_ever_downloaded(desk, ticket):
    upload(desk, ticket, "fake.png", b"<html><script>alert(1)</script></html>")
    shown = desk.get(address(DraftFile.objects.get()))
    assert shown.headers["Content-Type"] == "application/octet-stream"
    assert shown.headers["Content-Disposition"].startswith("attachment")


def test_part_of_the_form_keeps_nothing(desk, ticket):
    assert upload(desk, ticket, kind="customer").status_code == 400
    assert (
        desk.post(
            reverse("tickets:draft-files", args=[ticket.pk]), {"kind": "note", "key": uuid4().hex}
        ).status_code
        == 400
    )
    assert not DraftFile.objects.exists()


def test_what_a_broken_connection_leaves_is_not_kept(desk, ticket):
    fields = {"kind": "reply", "key": uuid4().hex}
    begin = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}'
    parts = [begin.format(name, "", f"{value}\r\n") for name, value in fields.items()]
    body = "".join([*parts, begin.format("file", '; filename="a.png"', "")]).encode() + PICTURE * 500
    place = reverse("tickets:draft-files", args=[ticket.pk])
    answer = desk.generic("POST", place, body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400
    assert not DraftFile.objects.exists()


def test_two_presses_send_one_message_with_its_file(desk, ticket_in):
    ticket = ticket_in("assigned")
    upload(desk, ticket)
    form = {"kept_reply": DraftFile.objects.get().pk, "seen": ticket.events.latest("id").pk}
    for _press in range(2):
        assert send(desk, ticket, **form).status_code == 200
    assert ticket.messages.get(kind="reply").attachments.get().name == "a.png"
    assert not DraftFile.objects.exists()


def test_a_refused_send_shows_them_again(desk, ticket_in, colleague):
    ticket = ticket_in("assigned")
    upload(desk, ticket)
    kept = DraftFile.objects.get()
    add_note(ticket, "x", actor=colleague)
    for answer, status in (
        (send(desk, ticket, kept_reply=kept.pk, body=" "), 422),
        (send(desk, ticket, kept_reply=kept.pk), 409),
    ):
        assert answer.status_code == status
        assert f'name="kept_reply" value="{kept.pk}"' in answer.text
        assert "choose your files once more" not in answer.text
    desk.post(address(kept, "remove-file"))
    ticket = Ticket.objects.get(pk=ticket.pk)
    gone = send(desk, ticket, kept_reply=kept.pk)
    assert (gone.status_code, "is no longer there" in gone.text) == (422, True)
    assert not ticket.messages.filter(kind="reply").exists()


def test_without_javascript_files_go_with_the_message_and_kept_ones_can_be_left_out(desk, ticket_in):
    ticket = ticket_in("assigned")
    for name in ("one.txt", "two.txt"):
        upload(desk, ticket, name, b"x")
    one, two = DraftFile.objects.all()
    send(
        desk, ticket, kept_reply=[one.pk, two.pk], left_out=[two.pk],
        files=SimpleUploadedFile("three.txt", b"x"),
    )  # fmt: skip
    sent = ticket.messages.get(kind="reply").attachments.all()
    assert {file.name for file in sent} == {"one.txt", "three.txt"}
    assert not DraftFile.objects.exists()


def test_a_reply_without_files_asks_nothing_for_them(desk, ticket_in, django_assert_num_queries):
    send(desk, ticket_in("assigned"))
    ticket = ticket_in("assigned")
    upload(desk, ticket)
    # Two of them are the savepoint in which a test runs a transaction, and its end.
    with django_assert_num_queries(14) as asked:
        desk.post(
            reverse("tickets:write", args=[ticket.pk]),
            {"kind": "reply", "body": "您好。", "step": "", "version": ticket.version},
        )
    asked = [query["sql"] for query in asked]
    assert len([sql for sql in asked if "SAVEPOINT" in sql]) == 2
    assert not [sql for sql in asked if "draftfile" in sql]
    assert DraftFile.objects.exists()


# --- At the same moment ----------------------------------------------------------------------------------------------


def at_once(*calls):
    """Do all of this at the same moment, and return what came of it."""
    gate = Barrier(len(calls))

    def do(call):
        gate.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(do, calls))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_comes_at_once_is_counted_and_kept_once(agent, ticket_in, keep):
    ticket, key = ticket_in("assigned"), uuid4()
    for number in range(MOST_FILES - 2):
        keep(ticket, f"{number}.txt", b"x")
    clients = [Client() for _file in range(5)]
    for client in clients:
        client.force_login(agent)
    keys = [key, key, uuid4(), uuid4(), uuid4()]
    answers = at_once(
        *[partial(upload, client, ticket, key=one) for client, one in zip(clients, keys, strict=True)]
    )
    assert DraftFile.objects.count() == MOST_FILES
    assert {answer.status_code for answer in answers} == {201, 422}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["reply", "note"])
def test_presses_at_the_same_moment_send_its_file_once(kind, agent, ticket_in, keep):
    ticket = ticket_in("assigned")
    form = {"kind": kind, f"kept_{kind}": keep(ticket, kind=kind).pk, "seen": ticket.events.latest("id").pk}
    clients = [Client() for _press in range(4)]
    for client in clients:
        client.force_login(agent)
    answers = at_once(*[partial(send, client, ticket, **form) for client in clients])
    assert {answer.status_code for answer in answers} == {200}
    assert ticket.messages.get(kind=kind).attachments.get().name == "a.png"
    assert not DraftFile.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_sent_while_it_is_forgotten_is_sent_or_refused_whole(agent, ticket_in, keep):
    for _time in range(5):
        ticket = ticket_in("assigned")
        kept = keep(ticket)
        DraftFile.objects.update(created_at=timezone.now() - timedelta(days=15))
        client = Client()
        client.force_login(agent)
        answer, _count = at_once(partial(send, client, ticket, kept_reply=kept.pk), forget_draft_files)
        is_sent = answer.status_code == 200
        assert ticket.messages.filter(kind="reply").exists() == is_sent
        assert is_stored(kept) == is_sent
        assert not DraftFile.objects.exists()
