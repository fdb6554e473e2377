"""Writing at the desk: drafts on the server, and what / # @ offer."""

import pytest
from django.urls import reverse

from tickets.models import Draft, Macro, ReplyTemplate
from tickets.services import DraftConflict, add_note, add_reply, drafts_of, save_draft


@pytest.fixture
def desk(client, agent):
    """The agent's browser."""
    client.force_login(agent)
    return client


def test_a_draft_goes_on_and_two_devices_are_told_of_each_other(ticket, agent, colleague):
    assert save_draft(ticket, "reply", "您好", actor=agent, version=0) == 1
    assert save_draft(ticket, "reply", "您好，陈先生", actor=agent, version=1) == 2
    # The same text once more, from whatever device, is no conflict.
    assert save_draft(ticket, "reply", "您好，陈先生", actor=agent, version=1) == 2
    with pytest.raises(DraftConflict) as conflict:
        save_draft(ticket, "reply", "别的话", actor=agent, version=1)
    assert conflict.value.draft.body == "您好，陈先生"
    # Each person and each kind has its own.
    assert save_draft(ticket, "note", "备注", actor=agent, version=0) == 1
    assert save_draft(ticket, "reply", "我来", actor=colleague, version=0) == 1
    assert {kind: draft.body for kind, draft in drafts_of(agent, ticket).items()} == {
        "reply": "您好，陈先生", "note": "备注",
    }  # fmt: skip
    # Emptied here, it is gone there.
    assert save_draft(ticket, "reply", " ", actor=agent, version=2) == 0
    with pytest.raises(DraftConflict) as gone:
        save_draft(ticket, "reply", "您好，陈先生！", actor=agent, version=2)
    assert gone.value.draft is None


def test_sending_clears_the_draft_of_its_kind_only(ticket_in, agent, colleague):
    ticket = ticket_in("assigned")
    for kind in ("reply", "note"):
        for who in (agent, colleague):
            save_draft(ticket, kind, "写到一半", actor=who, version=0)
    add_reply(ticket, "您好", actor=agent)
    assert drafts_of(agent, ticket).keys() == {"note"}
    add_note(ticket, "备注", actor=agent)
    assert not drafts_of(agent, ticket)
    assert Draft.objects.filter(user=colleague).count() == 2


def test_the_page_saves_drafts_and_warns_of_another_language(desk, ticket, agent):
    url = reverse("tickets:save-draft", args=[ticket.pk])

    def save(body, version, kind="reply"):
        answer = desk.post(url, {"kind": kind, "body": body, "version": version})
        return answer.status_code, answer.json()

    status, told = save("您好，我們已經為您登記換新", 0)
    assert (status, told["version"]) == (200, 1)
    assert "简体中文" in told["warning"]
    status, told = save("您好，我们已经为您登记换新", 1)
    assert (status, told["version"], told["warning"]) == (200, 2, "")
    assert "saved" in told["said"]
    assert save("We will send you a new one", 0, "note")[1]["warning"] == ""
    status, told = save("另一台电脑上写的", 1)
    assert (status, told["body"], told["version"]) == (409, "您好，我们已经为您登记换新", 2)
    page = desk.get(ticket.get_absolute_url()).content.decode()
    assert 'data-reply-version="2"' in page
    assert "我们已经为您登记换新</textarea>" in page
    assert desk.post(url, {"kind": "customer", "body": "x"}).status_code == 400


def test_the_signs_offer_what_may_be_put_in(
    desk, ticket_in, colleague, category, django_assert_max_num_queries
):
    ticket = ticket_in("assigned")
    for number in range(3):
        template = ReplyTemplate.objects.create(
            name=f"Greeting {number}", name_zh_hans="问候", category=category
        )
        template.texts.create(language="zh-hans", body="{customer}您好，订单 {order}")
    Macro.objects.create(name="Greet and take", takes_ticket=True)

    def offered(kind, q=""):
        with django_assert_max_num_queries(12):
            return desk.get(reverse("tickets:offers", args=[ticket.pk, kind]), {"q": q}).content.decode()

    for query in ("", "gree", "问候"):
        assert "陈晓您好，订单 ［" in offered("templates", query)
    assert "Greet and take" in offered("templates", "greet")
    assert "Nothing is called so" in offered("templates", "qqq")
    assert f'data-text="@{colleague} "' in offered("people", "zhan")
    assert "Nothing is called so" in offered("articles")
    assert desk.get(reverse("tickets:offers", args=[ticket.pk, "files"])).status_code == 404
