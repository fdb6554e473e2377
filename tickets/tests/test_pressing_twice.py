"""A button pressed twice, one press after the other or both at the same moment, writes once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tickets.services import add_note

PRESSES = 4


def sent(ticket, kind: str) -> dict[str, str | int]:
    return {
        "kind": kind,
        "body": "仓库有备件",
        "version": ticket.version,
        "seen": ticket.events.last().pk,
        "step": "",
    }


@pytest.mark.parametrize("kind", ["note", "reply"])
def test_one_press_after_the_other_writes_once(kind, client, agent, ticket_in):
    ticket = ticket_in("assigned")
    client.force_login(agent)
    fields, place = sent(ticket, kind), reverse("tickets:write", args=[ticket.pk])
    places = {client.post(place, fields).url for _press in range(2)}
    message = ticket.messages.get(kind=kind)
    assert places == {f"{ticket.get_absolute_url()}?sent={kind}#m{message.pk}"}


def test_a_note_over_a_colleagues_is_kept_and_pressed_twice_kept_once(client, agent, colleague, ticket_in):
    ticket = ticket_in("assigned")
    client.force_login(agent)
    fields, place = sent(ticket, "note"), reverse("tickets:write", args=[ticket.pk])
    add_note(ticket, "仓库有备件", actor=colleague)
    for _press in range(2):
        assert client.post(place, fields).status_code == 302
    assert ticket.messages.filter(kind="note", author=agent).count() == 1
    assert ticket.messages.filter(kind="note").count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["note", "reply"])
def test_presses_at_the_same_moment_write_once(kind, agent, ticket_in):
    ticket = ticket_in("assigned")
    fields, place, gate = sent(ticket, kind), reverse("tickets:write", args=[ticket.pk]), Barrier(PRESSES)
    clients = [Client() for _press in range(PRESSES)]
    for client in clients:
        client.force_login(agent)

    def press(client: Client) -> int:
        gate.wait()
        try:
            return client.post(place, fields).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(PRESSES) as pool:
        assert list(pool.map(press, clients)) == [302] * PRESSES
    assert ticket.messages.filter(kind=kind).count() == 1
