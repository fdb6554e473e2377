"""The running API against its own document: whatever is sent, no crash and no answer outside the document."""

from collections import Counter

import pytest
import schemathesis
from django.conf import settings as product
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import none, one_of, sampled_from
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from common.uploads import check_upload
from knowledgebase.models import Article, Section
from staff.services import issue_token
from tickets.models import BulkJob, SavedView
from tickets.services import add_note, new_attachments
from tickets.services.bulk import start_job
from tickets.tests.machine_table import STATES

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(180)]

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
EXAMPLES = {"write": 6, "read": 3}
# Ids and keys of which there is nothing, left out of the aimed cases.
UNAIMED = (
    "product",
    "order",
    "parent",
    "team",
    "merged_into",
    "tags",
    "field_values",
    "version",
    "email",
    "phone",
)


@pytest.fixture
def tickets(ticket_in, agent, category):
    """One in every state, with a note and a file on it; and an article."""
    Article.objects.create(section=Section.objects.create(name="Screens", slug="screens"), slug="screen")
    made = [ticket_in(status, category=category) for status in STATES]
    for ticket in made:
        files = new_attachments([check_upload(SimpleUploadedFile("a.txt", b"a"))])
        add_note(ticket, "x", actor=agent, attachments=files)
    SavedView.objects.create(name="Open")
    start_job("tag", {}, [made[0].pk], actor=agent, submission_key="x")
    return made


def aimed(case, ticket):
    """The case with ids of what there is: random ones never hit."""
    places = {
        "views": SavedView.objects.get().pk, "bulk-jobs": BulkJob.objects.earliest("id").pk, "tickets": ticket.pk,
        "customers": ticket.customer_id, "articles": Article.objects.get().pk,
    }  # fmt: skip
    parameters = case.path_parameters or {}
    if "id" in parameters:
        parameters["id"] = next(pk for room, pk in places.items() if f"/{room}/" in case.path)
    if "code" in parameters:
        parameters["code"] = ticket.category.code
    if "attachment" in parameters:
        parameters["attachment"] = ticket.attachments.get().pk
    if isinstance(case.body, dict):
        known = {
            "customer": ticket.customer_id,
            "category": ticket.category_id,
            "assignee": ticket.assignee_id,
        }
        case.body |= {name: pk for name, pk in known.items() if name in case.body or "customer" in name}
        for name in UNAIMED:
            case.body.pop(name, None)
    return case


def explore(operation, tickets, headers, examples):
    """Send right and wrong requests to one route, and count its answers by their status."""
    seen: Counter[int] = Counter()
    modes = [operation.as_strategy(), operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)]

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=one_of(*modes), ticket=one_of(none(), sampled_from(tickets), sampled_from(tickets)))
    def answers_as_documented(case, ticket):
        response = (aimed(case, ticket) if ticket else case).call(headers=headers)
        seen[response.status_code] += 1
        case.validate_response(response, checks=CHECKS, headers=headers)

    answers_as_documented()
    return seen


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scope", EXAMPLES)
def test_no_answer_is_outside_the_document(scope, live_server, tickets, admin, monkeypatch):
    # More is sent here in a minute than any program may send.
    monkeypatch.setattr(product, "API_LIMIT", 0)
    _token, raw = issue_token(admin, name="test", scope=scope, days=1)
    headers = {"Authorization": f"Bearer {raw}"}
    document = schemathesis.openapi.from_url(f"{live_server.url}/api/v1/schema/", headers=headers)
    problems: list[str] = []
    answers: dict[str, Counter[int]] = {}
    for result in document.get_all_operations():
        operation = result.ok()
        try:
            answers[operation.label] = explore(operation, tickets, headers, EXAMPLES[scope])
        except Exception as error:  # noqa: BLE001  one route's failure must not hide the others'
            problems.append(f"{operation.label}: {error}")
    assert not problems, "\n\n".join(problems)
    assert len(answers) >= 19
    # The requests come through to the routes themselves.
    wanted = {200, 201, 409} if scope == "write" else {200, 403}
    assert sum(bool(wanted & seen.keys()) for seen in answers.values()) >= 16, answers
