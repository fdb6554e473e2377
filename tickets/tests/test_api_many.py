"""Saved views and bulk changes for programs."""

import pytest

from catalog.models import Tag
from tickets.models import BulkJob, SavedView
from tickets.services import bulk


@pytest.fixture
def api(program, agent):
    return program(agent)


def test_views_and_their_tickets(api, agent, colleague, ticket_in):
    mine, new = ticket_in("assigned"), ticket_in("received")
    conditions = [{"field": "status", "op": "is", "values": ["assigned", "received"]}]
    view = SavedView.objects.create(name="Open", owner=agent, conditions=conditions, order="-created")
    broken = SavedView.objects.create(
        name="Gone", conditions=[{"field": "tag", "op": "is", "values": ["99"]}]
    )
    SavedView.objects.create(name="Foreign", owner=colleague)
    listed = api.get("/api/v1/views/").json()
    assert [(row["id"], row["is_shared"], bool(row["problems"])) for row in listed] == [
        (broken.pk, True, True), (view.pk, False, False),
    ]  # fmt: skip
    assert listed[1]["sentences"] == ["Status is Assigned or Received"]
    page = api.get(f"/api/v1/views/{view.pk}/tickets/", {"limit": 1}).json()
    assert [row["id"] for row in page["results"]] == [new.pk]
    assert [row["id"] for row in api.get(page["next"]).json()["results"]] == [mine.pk]
    assert api.get(f"/api/v1/views/{broken.pk}/tickets/").json()["results"] == []


def test_a_bulk_change_is_started_followed_and_not_doubled(
    api, program, agent, agent_of_another_team, ticket_in
):
    tag, ticket = Tag.objects.create(code="rush", name="Rush"), ticket_in("assigned")
    sent = {"action": "tag", "tickets": [ticket.pk, 999_999], "add": [tag.pk], "note": ""}
    answers = [
        api.post("/api/v1/bulk-jobs/", sent, format="json", headers={"Idempotency-Key": "x"})
        for _press in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    job = BulkJob.objects.get()
    assert answers[1].json()["counts"]["pending"] == 1
    bulk.work_off(job.pk)
    shown = api.get(f"/api/v1/bulk-jobs/{job.pk}/").json()
    assert (shown["counts"]["done"], shown["details"]) == (1, {"add": [tag.pk], "note": ""})
    items = api.get(f"/api/v1/bulk-jobs/{job.pk}/items/").json()["results"]
    assert [(item["ticket"], item["result"], item["reasons"]) for item in items] == [(ticket.pk, "done", [])]
    assert list(ticket.tags.all()) == [tag]
    assert [row["id"] for row in api.get("/api/v1/bulk-jobs/").json()["results"]] == [job.pk]
    assert program(agent_of_another_team).get(f"/api/v1/bulk-jobs/{job.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"action": "tag"}, "tickets"), ({"action": "eat", "tickets": [1]}, "action"),
        ({"action": "assign", "tickets": [1]}, "assignee"), ({"action": "tag", "tickets": [1], "add": [9]}, "add"),
        ({"action": "step", "tickets": [1], "step": "survey"}, "step"),
        ({"action": "merge", "tickets": [1], "into": 2**70}, "into"),
        ({"action": "tag", "tickets": list(range(1, 5002)), "add": []}, "tickets"),
        ({"action": "reply", "tickets": [1]}, "template"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said(api, sent, field):
    answer = api.post("/api/v1/bulk-jobs/", sent, format="json")
    assert answer.status_code == 400
    assert field in str(answer.json())
    assert not BulkJob.objects.exists()
