"""Extra fields that are files, on the desk."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from catalog.models import CategoryField
from tickets.models import Attachment, Guard, Ticket
from tickets.services import StepRefused, take_step

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def desk(client, agent):
    """The agent's browser."""
    client.force_login(agent)
    return client


@pytest.fixture
def field(category):
    return CategoryField.objects.create(category=category, key="invoice", name="Invoice", kind="file")


def facts(browser, ticket, **files):
    place = reverse("tickets:edit-ticket", args=[ticket.pk, "facts"])
    ticket = Ticket.objects.get(pk=ticket.pk)
    fields = {"priority": "normal", "language": "zh-hans", "version": ticket.version}
    return browser.post(place, {**fields, **{f"extra-{key}": file for key, file in files.items()}})


def test_an_agent_gives_a_field_its_file_and_then_another(desk, agent, field, ticket_in):
    ticket = ticket_in("assigned")
    page = ticket.get_absolute_url()
    assert "Invoice" in desk.get(page).content.decode()
    assert facts(desk, ticket, invoice=SimpleUploadedFile("发票.png", PNG)).status_code == 302
    first = ticket.attachments.get()
    assert (first.field_key, first.name, first.content_type, first.message) == (
        "invoice",
        "发票.png",
        "image/png",
        None,
    )
    assert reverse("tickets:attachment", args=[first.pk]) in desk.get(page).content.decode()
    form = desk.get(reverse("tickets:edit-ticket", args=[ticket.pk, "facts"])).content.decode()
    assert "Now “发票.png”; another file takes its place." in form
    assert 'enctype="multipart/form-data"' in form
    # Saved without a file it keeps the one it has.
    assert facts(desk, ticket).status_code == 302
    assert ticket.attachments.count() == 1
    assert facts(desk, ticket, invoice=SimpleUploadedFile("新发票.pdf", b"%PDF-1.4")).status_code == 302
    second = ticket.attachments.last()
    text = desk.get(page).content.decode()
    assert reverse("tickets:attachment", args=[second.pk]) in text
    assert "发票.png" not in text
    history = desk.get(reverse("tickets:history", args=[ticket.pk])).content.decode()
    assert "发票.png" in history
    assert "新发票.pdf" in history
    assert ticket.events.filter(kind="changed", actor=agent).count() == 2


def test_it_is_looked_at_as_every_upload(desk, field, ticket_in, settings):
    settings.UPLOAD_LIMIT_BYTES = 10
    ticket = ticket_in("assigned")
    for file, words in (
        (SimpleUploadedFile("big.png", PNG * 9), "big.png"),
        (SimpleUploadedFile("e", b""), "empty"),
    ):
        answer = facts(desk, ticket, invoice=file)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert "choose your files once more" in answer.content.decode()
    assert not Attachment.objects.exists()


def test_a_guard_that_requires_the_file_is_satisfied_by_it(desk, agent, field, ticket_in):
    Guard.objects.create(name="With invoice", step="resolve", required_fields=["invoice"])
    ticket = ticket_in("assigned")
    with pytest.raises(StepRefused, match="Fill in “Invoice” first"):
        take_step(ticket, "resolve", actor=agent, reply="已换新。")
    assert "Fill in “Invoice” first." in desk.get(ticket.get_absolute_url()).content.decode()
    facts(desk, ticket, invoice=SimpleUploadedFile("发票.png", PNG))
    assert "Fill in “Invoice” first." not in desk.get(ticket.get_absolute_url()).content.decode()
    assert take_step(ticket, "resolve", actor=agent, reply="已换新。").status == "resolved"


def test_a_file_that_is_not_kept_any_more_is_not_found(desk, field, ticket_in):
    ticket = ticket_in("assigned")
    facts(desk, ticket, invoice=SimpleUploadedFile("发票.png", PNG))
    file = ticket.attachments.get()
    file.file.storage.delete(file.file.name)
    assert desk.get(reverse("tickets:attachment", args=[file.pk])).status_code == 404
