"""One ticket goes into another and comes out again exactly as it was; what belongs together says so on both."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import model_to_dict
from django.urls import reverse
from django.utils import timezone

from common.links import link_path
from common.uploads import check_upload
from customers.models import Customer
from tickets.models import Merge, Promise, PromisePause, Ticket, TicketLink
from tickets.replay.reading import read_stories
from tickets.services import (
    StaleTicket,
    StepRefused,
    add_customer_message,
    add_note,
    add_reply,
    change_ticket,
    create_child,
    create_ticket,
    gather,
    link_tickets,
    merge_tickets,
    new_attachments,
    place_below,
    split_message,
    take_step,
    tell_all,
    undo_merge,
    unlink_tickets,
)

# What undoing changes on purpose: it is a change too.
MOVES_ON = {"version", "updated_at"}


def everything(ticket: Ticket) -> dict:
    """All that a merge could change of a ticket."""
    held = Ticket.objects.get(pk=ticket.pk)
    row = {field.attname: getattr(held, field.attname) for field in Ticket._meta.concrete_fields}
    return {
        "ticket": {name: value for name, value in row.items() if name not in MOVES_ON},
        "promises": [model_to_dict(promise) for promise in Promise.objects.filter(ticket=ticket).order_by("id")],
        "running": list(Promise.objects.filter(ticket=ticket).order_by("id").values()),
        "pauses": list(PromisePause.objects.filter(promise__ticket=ticket).order_by("id").values()),
        "children": sorted(held.children.values_list("pk", flat=True)),
        "gathered": sorted(held.gathered.values_list("pk", flat=True)),
        "watchers": sorted(held.watchers.values_list("pk", flat=True)),
        "messages": list(held.messages.order_by("id").values_list("pk", "body")),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("of_source", "of_target"),
    [("received", "waiting"), ("classified", "resolved"), ("assigned", "assigned"), ("waiting", "assigned")],
)
def test_undoing_restores_both_exactly(of_source, of_target, ticket_in, agent, colleague, customer):
    source, target, earlier = ticket_in(of_source), ticket_in(of_target), ticket_in("received")
    source.watchers.add(colleague)
    merge_tickets(earlier, source, actor=agent)
    for name in ("parent", "incident"):
        change_ticket(ticket_in("received"), actor=agent, **{name: source})
    before = everything(source), everything(target), everything(earlier)
    merge = merge_tickets(source, target, actor=agent, note="同一件事")
    merged = Ticket.objects.get(pk=source.pk)
    assert (merged.status, merged.cancel_reason, merged.merged_into) == ("cancelled", "merged", target)
    assert not merged.promises.filter(met_at=None, dropped_at=None).exists()
    assert target.children.count() == target.gathered.count() == target.watchers.count() == 1
    # What was merged before goes along: whatever its customer writes is found in one step.
    assert Ticket.objects.get(pk=earlier.pk).merged_into == target
    undo_merge(merge, actor=agent)
    assert (everything(source), everything(target), everything(earlier)) == before
    kinds = [list(one.events.values_list("kind", flat=True))[-1] for one in (target, source)]
    assert kinds == ["merged", "unmerged"] or kinds[0] == "merged"
    with pytest.raises(StepRefused, match="not merged any more"):
        undo_merge(merge, actor=agent)


def test_a_customer_who_waits_is_promised_an_answer_in_the_other(ticket_in, agent, customer):
    source, target = ticket_in("received"), ticket_in("assigned")
    add_reply(target, "您好，已在查。", actor=agent)
    merge = merge_tickets(source, target, actor=agent)
    other = Ticket.objects.get(pk=target.pk)
    assert other.awaits_reply
    assert other.promises.filter(kind="next_response", met_at=None, dropped_at=None).exists()
    # Told again, the stories of both come to the same.
    with pytest.raises(StepRefused, match="who works on tickets"):
        undo_merge(merge, actor=customer)
    (told,) = read_stories([target.pk], [], timezone.now())
    assert [moment.what for moment in told.story.moments][-1] == "wrote"
    message = add_customer_message(source, "还在等", customer=customer)
    assert message.ticket == target
    undo_merge(merge, actor=agent)
    assert Ticket.objects.get(pk=target.pk).awaits_reply, "he has written since"
    stories = {
        told.story.ticket: told.story for told in read_stories([source.pk, target.pk], [], timezone.now())
    }
    assert "cancelled" not in [moment.what for moment in stories[source.pk].moments]


def test_why_tickets_are_not_merged(ticket_in, agent, colleague, lead):
    source = ticket_in("assigned")
    child = create_child(source, subject="查库存", body="主板还有吗？", actor=agent)
    foreign = create_ticket(customer=Customer.objects.create(name="Sofia"), subject="x", body="y")
    for target, reason in (
        (source, "into itself"), (ticket_in("cancelled"), "is cancelled"), (child, "is a child"),
        (foreign, "another customer"),
    ):  # fmt: skip
        with pytest.raises(StepRefused, match=reason):
            merge_tickets(source, target, actor=agent)
    with pytest.raises(StepRefused, match="needs a ticket that is"):
        merge_tickets(ticket_in("resolved"), source, actor=agent)
    seen = Ticket.objects.get(pk=source.pk)
    add_note(source, "x", actor=colleague)
    change_ticket(source, actor=colleague, subject="新的主题")
    with pytest.raises(StaleTicket):
        merge_tickets(source, ticket_in("assigned"), actor=agent, expected_version=seen.version)
    assert not Merge.objects.exists()
    assert Ticket.objects.get(pk=source.pk).status == "assigned"
    assert merge_tickets(source, foreign, actor=agent, other_customer=True).source.status == "cancelled"


def test_one_that_was_restored_is_merged_anew(ticket_in, agent, lead):
    source, target = ticket_in("assigned"), ticket_in("assigned")
    merge_tickets(source, target, actor=agent)
    take_step(source, "restore", actor=lead, note="弄错了")
    again = merge_tickets(source, target, actor=agent)
    assert Merge.objects.get(undone_at=None) == again


# --- At the desk -----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client


def test_a_merge_is_looked_at_done_and_undone_at_the_desk(desk, ticket_in, agent, customer, other_team):
    source, target = ticket_in("assigned"), ticket_in("assigned")
    upload = check_upload(SimpleUploadedFile("屏幕.txt", b"broken"))
    told = add_customer_message(source, "SECRET", customer=customer, attachments=new_attachments([upload]))
    url = reverse("tickets:merge", args=[source.pk])
    assert target.number in desk.get(url).text  # offered, being of the same customer
    shown = desk.post(url, {"number": target.number})
    assert shown.context["preview"].files == 1
    assert Ticket.objects.get(pk=source.pk).is_open
    done = desk.post(url, {"number": target.number.lower(), "confirmed": target.number, "note": "同一件事"})
    assert done.url == target.get_absolute_url()
    page = desk.get(done.url).text
    assert "SECRET" in page
    assert f'id="m{told.pk}"' in page
    # Whoever sees the one that goes on reads what came with the other, its files too.
    Ticket.objects.filter(pk=source.pk).update(team=other_team, assignee=None)
    assert desk.get(source.get_absolute_url()).status_code == 404
    assert desk.get(reverse("tickets:attachment", args=[told.attachments.get().pk])).status_code == 200
    portal = desk.get(link_path("ticket", source.link_nonce), follow=True)
    assert portal.redirect_chain[-1][0] == link_path("ticket", target.link_nonce)
    assert "SECRET" in portal.text
    Ticket.objects.filter(pk=source.pk).update(team=target.team, assignee=agent)
    undo = desk.post(reverse("tickets:undo-merge", args=[target.pk, Merge.objects.get().pk]))
    assert undo.url == source.get_absolute_url()
    assert "SECRET" not in desk.get(target.get_absolute_url()).text


def test_two_customers_are_asked_about_and_see_nothing_of_each_other(desk, ticket_in):
    source = ticket_in("assigned")
    sofia = Customer.objects.create(name="Sofia")
    target = create_ticket(customer=sofia, subject="x", body="SECRET", team=source.team)
    url = reverse("tickets:merge", args=[source.pk])
    data = {"number": target.number, "confirmed": target.number}
    refused = desk.post(url, data)
    assert (refused.status_code, "Sofia" in refused.text) == (422, True)
    assert desk.post(url, data | {"other_customer": "on"}).status_code == 302
    own = desk.get(link_path("ticket", source.link_nonce))
    assert (own.status_code, "SECRET" in own.text) == (200, False)
    assert "手机摔了" not in desk.get(link_path("ticket", target.link_nonce)).text
    assert "手机摔了" in desk.get(target.get_absolute_url()).text


def test_a_message_becomes_a_ticket_of_its_own(desk, ticket_in, agent, customer):
    ticket = ticket_in("assigned")
    upload = check_upload(SimpleUploadedFile("发票.txt", b"invoice"))
    said = add_customer_message(
        ticket, "还有，发票开错了", customer=customer, attachments=new_attachments([upload])
    )
    url = reverse("tickets:split", args=[ticket.pk, said.pk])
    assert "发票开错了" in desk.get(url).text
    desk.post(url, {"subject": "发票开错"})
    said.refresh_from_db()
    made = said.split_into
    first = made.messages.get(kind="customer")
    assert (made.subject, first.body, first.created_at) == ("发票开错", said.body, said.created_at)
    assert first.attachments.get().file.read() == b"invoice"
    assert first.attachments.get().file.name != said.attachments.get().file.name
    assert (made.status, made.category) == ("classified", ticket.category)
    assert made.number in desk.get(ticket.get_absolute_url()).text
    assert ticket.events.get(kind="split").data["other"] == made.pk
    assert TicketLink.objects.get(kind="split", ticket=made).other == ticket
    for message, reason in ((said, "already"), (add_note(ticket, "x", actor=agent), "customer wrote")):
        with pytest.raises(StepRefused, match=reason):
            split_message(message, subject="x", actor=agent)


def test_links_stand_on_both_and_go_again(desk, ticket_in, agent):
    one, other = ticket_in("assigned"), ticket_in("received")
    url = reverse("tickets:link", args=[one.pk])
    for way in ("related", "duplicate", "caused_by", "cause_of", "child", "part"):
        assert desk.post(url, {"way": way, "number": other.number}).status_code == 302, way
    one = Ticket.objects.get(pk=one.pk)
    assert (one.parent, one.incident) == (other, other)
    assert link_tickets(other, one, "related", actor=agent) == TicketLink.objects.get(kind="related")
    page = desk.get(reverse("tickets:aside", args=[other.pk])).text
    for label in (
        ("与此相关", "有重复工单") if "与此相关" in page else ("Related to", "Has the duplicate", "Cause of")
    ):
        assert label in page
    with pytest.raises(StepRefused, match="below itself"):
        place_below(other, one, actor=agent)
    with pytest.raises(StepRefused, match="part of an incident"):
        gather(ticket_in("received"), one, actor=agent)
    with pytest.raises(StepRefused, match="gathered under"):
        gather(other, ticket_in("received"), actor=agent)
    for link in TicketLink.objects.all():
        desk.post(reverse("tickets:unlink", args=[other.pk, link.pk]))
        unlink_tickets(link, actor=agent)  # a second press
    desk.post(reverse("tickets:unplace", args=[one.pk]), {"page": other.pk})
    desk.post(reverse("tickets:ungather", args=[one.pk]))
    one = Ticket.objects.get(pk=one.pk)
    assert (one.parent, one.incident, TicketLink.objects.count()) == (None, None, 0)
    assert [other.events.filter(kind=kind).count() for kind in ("linked", "unlinked")] == [4, 4]
    assert desk.get(reverse("tickets:history", args=[other.pk])).status_code == 200


def test_a_child_is_made_and_waited_for(desk, ticket_in, agent, client):
    ticket = ticket_in("assigned")
    url = reverse("tickets:add-child", args=[ticket.pk])
    assert desk.post(url, {"subject": "查库存"}).status_code == 422
    desk.post(url, {"subject": "查库存", "body": "主板还有吗？", "category": ticket.category_id})
    child = ticket.children.get()
    assert child.messages.get().kind == "note"
    with pytest.raises(StepRefused, match="Close the child tickets first"):
        take_step(ticket, "resolve", actor=agent, reply="好了。")
    take_step(child, "cancel", actor=agent, cancel_reason="withdrawn")
    assert take_step(ticket, "resolve", actor=agent, reply="好了。").status == "resolved"


# --- Incidents -------------------------------------------------------------------------------------------------------


def test_all_tickets_of_an_incident_are_told_once(desk, ticket_in, agent, other_team, refused):
    incident = ticket_in("assigned")
    url = reverse("tickets:tell-all", args=[incident.pk])
    assert desk.post(url, {"body": "x"}).status_code == 422
    parts = {state: ticket_in(state) for state in ("received", "classified", "waiting", "resolved")}
    parts["foreign"], parts["faulty"] = ticket_in("assigned"), ticket_in("assigned")
    for one in parts.values():
        gather(one, incident, actor=agent)
    Ticket.objects.filter(pk=parts["foreign"].pk).update(team=other_team, assignee=None, status="classified")
    assert (
        reverse("tickets:tell-all", args=[incident.pk])
        in desk.get(reverse("tickets:aside", args=[incident.pk])).text
    )
    response = desk.post(url, {"body": "已修复，给您添麻烦了。", "resolves": "on"})
    refused(parts["faulty"])
    assert tell_all() == 4  # one was resolved before, and one fails
    refused.mend()
    assert tell_all() == 1
    assert tell_all() == 0
    now = {state: Ticket.objects.get(pk=one.pk) for state, one in parts.items()}
    assert {state for state, one in now.items() if one.status == "resolved"} == parts.keys() - {"foreign"}
    assert now["received"].assignee == agent
    assert [one.messages.filter(body__startswith="已修复").count() for one in now.values()] == [
        1,
        1,
        1,
        0,
        0,
        1,
    ]
    page = desk.get(response.url)
    assert (page.context["done"], page.context["count"]) == (5, 5)
    assert page.context["refused"][0].ticket == now["foreign"]
    assert page.context["refused"][0].reasons
    assert incident.events.get(kind="told_all").data["count"] == 5
