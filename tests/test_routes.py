"""Every address × everybody × every method: what tests/route_table.py says, and no address missing from it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from rest_framework.test import APIClient

from channels.email.files import linked_files
from channels.models import FileLink
from common.links import derive_token
from common.uploads import check_upload
from knowledgebase.models import Article, ArticleText, Section
from staff.services import issue_token
from surveys.models import Invitation, Survey
from surveys.services import ask_resolved
from tests.route_table import AUDIENCE, SIGN_IN, TABLE, Row
from tickets.models import Checklist, Macro, Notice, SavedView, Ticket
from tickets.services import (
    add_customer_message,
    add_note,
    add_reply,
    announce,
    gather,
    keep_file,
    link_tickets,
    merge_tickets,
    new_attachments,
    start_side_conversation,
)
from tickets.services.bulk import start_job

# Once: who may do what is not decided by the database.
pytestmark = pytest.mark.postgres
# Their own tests look at every page of theirs.
ELSEWHERE = "admin:"


def names(resolver: URLResolver, spaces: tuple[str, ...] = ()) -> Iterator[str]:
    """Give the full name of every address."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield ":".join([*spaces, pattern.name or f"without a name: {pattern.pattern}"])
        else:
            yield from names(pattern, (*spaces, pattern.namespace) if pattern.namespace else spaces)


def room_of(row: Row) -> str:
    """The room of an address: the world is made once for all of a room."""
    return row.name.partition(":")[0] if ":" in row.name else "no room"


def test_the_table_has_every_address_and_no_other():
    found = Counter(name for name in names(get_resolver()) if not name.startswith(ELSEWHERE))
    assert found == Counter(row.name for row in TABLE)


def test_the_table_says_something_to_everybody():
    for row in TABLE:
        for answers in filter(None, (row.get, row.post, row.patch)):
            assert set(answers) == set(AUDIENCE), row.name


@pytest.fixture
def world(ticket_in, agent, category, settings) -> dict[str, Any]:
    """What the parts of the addresses stand for."""
    settings.RATELIMIT_ENABLE = False
    ticket, resolved = ticket_in("assigned"), ticket_in("resolved")
    message = add_note(
        ticket,
        "x",
        actor=agent,
        attachments=new_attachments([check_upload(SimpleUploadedFile("a.txt", b"a"))]),
    )
    file = ticket.attachments.get()
    side = start_side_conversation(ticket, "x", actor=agent, address="parts@example.net", subject="x")
    mail = add_customer_message(ticket, "x", customer=ticket.customer, html="<p>x</p>")
    sent = new_attachments([check_upload(SimpleUploadedFile("b.txt", b"b"))])
    linked_files(add_reply(resolved, "x", actor=agent, attachments=sent).attachments.all())
    link = FileLink.objects.get()
    article = Article.objects.create(
        section=Section.objects.create(name="Screens", slug="screens"), slug="screen"
    )
    ArticleText.objects.create(article=article, language="en", title="Screen", body="x", state="published")
    item = Checklist.objects.create(name="x").items.create(name="x")
    macro = Macro.objects.create(name="Look into it", note="x")
    Ticket.objects.filter(pk=resolved.pk).update(resolved_at="2026-01-01T00:00:00Z")
    ask_resolved()
    invitation = Invitation.objects.get(ticket=resolved)
    assert Survey.objects.get(pk=invitation.survey_id).questions.exists()
    gather(ticket_in("received"), ticket, actor=agent)
    return {
        "notice": Notice.objects.filter(user=agent).latest("id").pk,
        "announcement": announce(ticket, "x", actor=agent).pk,
        "ticket": ticket.pk, "promise": ticket.promises.first().pk,
        "message": message.pk, "mail": mail.pk, "file": file.pk, "customer": ticket.customer_id,
        "article": article.pk, "article_slug": article.slug, "section_slug": article.section.slug,
        "category_code": category.code, "queue": "all", "step": "hand_back", "status": "classified",
        "part": "subject", "offers": "templates", "nothing": "nothing",
        "team": agent.teams.get().pk, "member": agent.pk, "year": 2026, "week": 10, "day": "2026-03-02",
        "token": issue_token(agent, name="x", scope="read", days=1)[0].pk,
        "ticket_token": derive_token("ticket", ticket.link_nonce),
        "file_token": derive_token("attachment", file.link_nonce),
        "bulk": start_job("tag", {}, [ticket.pk], actor=agent, submission_key="x").pk,
        "side": side.pk, "view": SavedView.objects.create(name="x", owner=agent).pk,
        "macro": macro.pk, "item": item.pk,
        "merge": merge_tickets(ticket_in("received"), resolved, actor=agent).pk,
        "draft_file": keep_file(
            ticket, "note", check_upload(SimpleUploadedFile("c.txt", b"c")), actor=agent, key=uuid4()
        ).pk,
        "link": link_tickets(ticket, resolved, "related", actor=agent).pk,
        "survey_token": derive_token("survey", invitation.link_nonce),
        "link_token": derive_token("file", link.link_nonce),
    }  # fmt: skip


@pytest.fixture
def people(person, team, agent, agent_of_another_team, lead, manager, admin) -> dict[str, Any]:
    gone = person("agent", "Sun Hao", team)
    everybody = (None, agent, agent_of_another_team, lead, manager, admin, gone)
    return dict(zip(AUDIENCE, everybody, strict=True))


@pytest.fixture
def visitors(people, world) -> dict[tuple[str, bool], Any]:
    """A browser and a program of everybody, signed in before one of them went, by who and whether by token."""
    made: dict[tuple[str, bool], Any] = {}
    for who, person in people.items():
        made[who, False], made[who, True] = Client(), APIClient()
        if person is not None:
            raw = issue_token(person, name="x", scope="write", days=1)[1]
            made[who, True].credentials(HTTP_AUTHORIZATION=f"Bearer {raw}")
            made[who, False].force_login(person)
    people["inactive"].is_active = False
    people["inactive"].save()
    return made


@contextmanager
def undone(client: Any) -> Iterator[None]:
    """Take back afterwards what a request did, to the database and to the browser's cookies."""
    cookies, before = deepcopy(client.cookies), transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)
    client.cookies = cookies


def answer(client: Any, method: str, address: str, data: dict[str, Any], *, by_token: bool) -> int | str:
    """What the address answers, in the table's words."""
    manner = {"format": "json"} if by_token and method != "get" else {}
    response = getattr(client, method)(address, data if method != "get" else None, **manner)
    if response.status_code == 302 and response.headers["Location"].startswith(reverse("account_login")):
        return SIGN_IN
    if by_token and response.status_code >= 400:
        assert {"code", "detail"} <= response.json().keys(), address
    return response.status_code


def wrong_answers(row: Row, world: dict[str, Any], visitors: dict[tuple[str, bool], Any]) -> Iterator[str]:
    """Give what an address answers otherwise than the table says; nothing that it does stays."""
    by_token = row.name.startswith("api:") and row.name != "api:docs"
    if row.name == "api:unknown":
        address = "/api/v1/nothing/"
    else:
        address = reverse(row.name, kwargs={part: world[thing] for part, thing in row.parts.items()})
    data = {key: world.get(value, value) for key, value in row.data.items()}
    for method, answers in (("get", row.get), ("post", row.post), ("patch", row.patch)):
        for who, wanted in (answers or {}).items():
            client = visitors[who, by_token]
            with undone(client):
                got = answer(client, method, address, data, by_token=by_token)
            if got != wanted:
                yield f"{method.upper()} {address} by {who}: {got}, not {wanted}"


@pytest.mark.parametrize("room", sorted({room_of(row) for row in TABLE}))
def test_everybody_gets_what_the_table_says(room: str, world, visitors):
    rows = [row for row in TABLE if room_of(row) == room]
    wrong = [line for row in rows for line in wrong_answers(row, world, visitors)]
    assert not wrong, "\n".join(wrong)


def test_a_forged_link_leads_nowhere(world, visitors):
    forged = dict.fromkeys(("link_token", "ticket_token", "file_token", "survey_token"), "A" * 24)
    for row in (row for row in TABLE if "token" in row.parts):
        parts = {part: (world | forged)[thing] for part, thing in row.parts.items()}
        for who in ("nobody", "agent", "admin"):
            for method in ("get", "post"):
                address = reverse(row.name, kwargs=parts)
                got = answer(visitors[who, False], method, address, {}, by_token=False)
                assert got in (404, 405), (row.name, who, method)
