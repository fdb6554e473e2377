"""The ticket page: what it shows, writing on it, and what happens when somebody else was quicker."""

import itertools
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from catalog.models import Category, CategoryField, Product, Tag
from common.links import derive_token
from customers.models import Customer, Order
from customers.services import add_note as note_customer
from knowledgebase.models import Article, Section
from knowledgebase.services import save_text
from tickets.choices import Status
from tickets.models import Guard, Message, ReplyTemplate, ReplyTemplateText, Ticket
from tickets.rulebook import current_rulebook
from tickets.services import (
    add_customer_message,
    add_note,
    add_reply,
    create_ticket,
    fill,
    mark_broken_promises,
    record_delivery_failure,
    say_automatically,
    set_field,
    switch_watching,
    take_step,
)

pytestmark = pytest.mark.ground


@pytest.fixture
def desk(client, agent):
    """The agent's browser."""
    client.force_login(agent)
    return client


@pytest.fixture
def article(manager):
    made = Article.objects.create(
        section=Section.objects.create(slug="repairs", name="Repairs"), slug="screen"
    )
    save_text(
        made,
        "zh-hans",
        "屏幕碎了怎么办",
        "## 先看\n\n- 关机\n- **不要**继续使用",
        actor=manager,
        publish=True,
    )
    return made


def page(ticket) -> str:
    return reverse("tickets:ticket", args=[ticket.pk])


def shown(browser, ticket) -> str:
    return browser.get(page(ticket)).content.decode()


def writing(ticket, body: str, **fields) -> dict:
    """What the box sends when the page was opened just now."""
    return {
        "kind": "reply", "body": body, "version": ticket.version, "seen": ticket.events.last().pk, "step": "", **fields,
    }  # fmt: skip


def write(browser, ticket, body: str, **fields):
    return browser.post(reverse("tickets:write", args=[ticket.pk]), writing(ticket, body, **fields))


# --- Who sees it ---------------------------------------------------------------------------------------------------

PLACES = ["ticket", "aside", "history", "news", "templates", "articles"]
FORMS = [("step", "assign"), ("edit-ticket", "subject"), ("edit-ticket", "facts"), ("edit-ticket", "tags")]
POSTS = ["write", "take-step", "switch-watching", "link-article"]


def addresses(ticket) -> list[str]:
    return [reverse(f"tickets:{name}", args=[ticket.pk]) for name in PLACES] + [
        reverse(f"tickets:{name}", args=[ticket.pk, part]) for name, part in FORMS
    ]


def test_the_team_sees_every_part_of_a_ticket(desk, ticket_in):
    for address in addresses(ticket_in("assigned")):
        assert desk.get(address).status_code in (200, 204), address


def test_another_teams_agent_finds_nothing(client, agent_of_another_team, ticket_in):
    ticket = ticket_in("assigned")
    client.force_login(agent_of_another_team)
    for address in addresses(ticket):
        assert client.get(address).status_code == 404, address
    for name in POSTS:
        assert client.post(reverse(f"tickets:{name}", args=[ticket.pk])).status_code == 404, name
    assert ticket.messages.filter(kind="reply").count() == 0


def test_a_watcher_of_another_team_sees_it(client, agent_of_another_team, ticket_in):
    ticket = ticket_in("assigned")
    switch_watching(ticket, actor=agent_of_another_team)
    client.force_login(agent_of_another_team)
    assert "屏幕碎了" in shown(client, ticket)


def test_nothing_is_changed_by_a_get(desk, ticket_in):
    ticket = ticket_in("assigned")
    for name in POSTS:
        place = reverse(f"tickets:{name}", args=[ticket.pk])
        answer = desk.get(place, {"step": "cancel", "kind": "note", "body": "x", "cancel_reason": "spam"})
        assert answer.status_code in (302, 405), name
    untouched = Ticket.objects.get(pk=ticket.pk)
    assert (untouched.version, untouched.status) == (ticket.version, "assigned")


# --- What it costs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [3, 60])
def test_the_page_costs_the_same_queries_at_any_length(
    count, desk, agent, customer, ticket_in, django_assert_num_queries
):
    ticket = ticket_in("assigned")
    for number in range(count // 2):
        add_reply(ticket, f"第 {number} 次回复", actor=agent)
        add_customer_message(ticket, "谢谢", customer=customer)
    desk.get(page(ticket))
    # session, user, permissions, teams, ticket, configuration stamp, messages, attachments,
    # promises, tags
    with django_assert_num_queries(11):
        text = shown(desk, ticket)
    assert f"第 {count // 2 - 1} 次回复" in text


def test_of_a_very_long_conversation_the_newest_messages_come_first(desk, agent, ticket_in):
    ticket = ticket_in("assigned")
    for number in range(105):
        add_note(ticket, f"备注 {number:03d}", actor=agent)
    text = shown(desk, ticket)
    assert "备注 104" in text
    assert "备注 000" not in text
    assert "earlier messages" in text
    assert "备注 000" in desk.get(page(ticket) + "?all=1").content.decode()


# --- What it shows -------------------------------------------------------------------------------------------------


def test_it_shows_the_conversation_and_tells_notes_from_replies(desk, agent, colleague, ticket_in):
    ticket = ticket_in("assigned")
    add_note(ticket, "仓库有备件", actor=colleague)
    add_reply(ticket, "请寄回 https://example.com/a?b=1&c=2。谢谢", actor=agent)
    text = shown(desk, ticket)
    assert "手机摔了，可以保修吗？" in text
    assert 'class="message is-note"' in text
    assert 'class="message is-reply"' in text
    assert 'class="message is-customer"' in text
    assert '<a href="https://example.com/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">' in text


@pytest.mark.parametrize("channel", ["phone", "counter"])
def test_what_a_colleague_wrote_down_was_said_by_the_customer(channel, desk, colleague, customer, category):
    ticket = create_ticket(
        customer=customer, subject="屏幕碎了", body="摔了一下", actor=colleague, channel=channel
    )
    said = desk.get(page(ticket)).context["messages_shown"][0]
    assert (said["who"], said["noted_by"], said["initial"]) == ("陈晓", "Zhang Min", "陈")
    assert "noted by Zhang Min" in shown(desk, ticket)
    history = desk.get(reverse("tickets:history", args=[ticket.pk])).content.decode()
    assert "from Zhang Min" not in history


def test_what_a_customer_writes_is_never_markup(desk, customer, ticket_in):
    ticket = ticket_in("assigned")
    add_customer_message(ticket, '<img src=x onerror=alert(1)> https://x.example/"><b>', customer=customer)
    text = shown(desk, ticket)
    assert "<img src=x" not in text
    assert '"><b>' not in text


def test_a_customers_personal_link_is_never_shown(desk, ticket_in):
    ticket = ticket_in("resolved")
    say_automatically(
        ticket,
        "Please rate: {{link:survey:abc123}}",
        purpose=Message.Purpose.SURVEY,
        recipient="chenxiao@example.com",
    )
    text = shown(desk, ticket)
    assert "[link]" in text
    assert "{{link" not in text
    assert derive_token("survey", "abc123") not in text
    assert derive_token("ticket", ticket.link_nonce) not in text


def test_a_place_for_a_link_that_a_person_typed_stays_text(desk, agent, ticket_in):
    ticket = ticket_in("assigned")
    add_note(ticket, "Nonce {{link:survey:abc123}}?", actor=agent)
    assert "Nonce {{link:survey:abc123}}?" in shown(desk, ticket)


def test_a_message_that_did_not_arrive_says_why_and_can_be_sent_again(desk, agent, ticket_in):
    message = add_reply(ticket_in("assigned"), "您好", actor=agent)
    record_delivery_failure(message, "550 no such mailbox")
    text = shown(desk, message.ticket)
    assert "Not delivered" in text
    assert "550 no such mailbox" in text
    desk.post(reverse("tickets:deliver-again", args=[message.pk]))
    message.refresh_from_db()
    assert message.delivery == "queued"


def test_an_automatic_mail_that_did_not_arrive_is_offered_again_above_the_conversation(desk, ticket_in):
    ticket = ticket_in("assigned")
    assert "not-delivered" not in shown(desk, ticket)
    mail = ticket.messages.get(purpose="acknowledgement")
    record_delivery_failure(mail, "550 no such mailbox")
    told = shown(desk, ticket).split('id="conversation"')[0]
    assert "“Acknowledgement” did not reach chenxiao@example.com" in told
    assert "550 no such mailbox" in told
    assert reverse("tickets:deliver-again", args=[mail.pk]) in told
    desk.post(reverse("tickets:deliver-again", args=[mail.pk]))
    mail.refresh_from_db()
    assert mail.delivery == "queued"
    assert "not-delivered" not in shown(desk, ticket)


def test_a_long_message_folds_and_loses_nothing(desk, customer, ticket_in):
    ticket = ticket_in("assigned")
    lines = [f"第 {number} 行，写得很详细。" for number in range(80)]
    add_customer_message(ticket, "\n".join(lines), customer=customer)
    text = shown(desk, ticket)
    assert "Show the rest" in text
    assert all(line in text for line in lines)


def test_the_clocks_say_what_is_promised_and_kept(desk, agent, ticket_in):
    ticket = ticket_in("assigned")
    page = shown(desk, ticket)
    assert page.index(">First response") < page.index(">Resolution")
    with time_machine.travel(ticket.due_at + timedelta(hours=3), tick=False):
        mark_broken_promises()
        assert "overdue" in shown(desk, ticket)
        add_reply(ticket, "抱歉久等", actor=agent)
        assert "Kept late" in shown(desk, ticket)
    waiting = ticket_in("waiting")
    assert "Paused" in shown(desk, waiting)
    assert ">Kept<" in shown(desk, waiting).replace("</i> Kept", "</i>>Kept")


def test_extra_fields_product_and_order_are_shown_and_changed_in_place(
    desk, agent, customer, category, ticket_in
):
    CategoryField.objects.create(category=category, key="serial", name="Serial number")
    product = Product.objects.create(code="P-1", name="Phone 9")
    order = Order.objects.create(customer=customer, number="TB-1", bought_on="2026-10-01", amount=399)
    ticket = ticket_in("assigned")
    assert "Serial number" in shown(desk, ticket)
    place = reverse("tickets:edit-ticket", args=[ticket.pk, "facts"])
    assert "extra-serial" in desk.get(place, headers={"HX-Request": "true"}).content.decode()
    answer = desk.post(
        place, {"priority": "high", "language": "en", "product": product.pk, "order": order.pk, "extra-serial": "SN-77",
                "version": ticket.version},
    )  # fmt: skip
    assert answer.status_code == 302
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert (ticket.priority, ticket.language, ticket.product, ticket.order) == ("high", "en", product, order)
    assert ticket.field_values == {"serial": "SN-77"}
    text = shown(desk, ticket)
    assert "SN-77" in text
    assert "TB-1" in text


def test_an_extra_field_is_changed_where_it_stands_and_no_other_with_it(
    desk, agent, colleague, category, ticket_in
):
    CategoryField.objects.create(category=category, key="serial", name="Serial number")
    CategoryField.objects.create(category=category, key="floors", name="Floors", kind="number")
    Guard.objects.create(name="Serial first", step="resolve", required_fields=["serial"])
    ticket = ticket_in("assigned")
    add_reply(ticket, "您好", actor=agent)
    ticket = Ticket.objects.get(pk=ticket.pk)

    def save(key, value):
        place = reverse("tickets:edit-ticket", args=[ticket.pk, f"field-{key}"])
        # As in a form that was opened before all this.
        data = {f"extra-{key}": value, "version": ticket.version, "seen": seen}
        return desk.post(place, data, headers={"HX-Request": "true"})

    seen = ticket.events.latest("id").pk
    answer = save("serial", "SN-77")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "SN-77" in text
    # The step that waited for it comes with the answer.
    assert 'hx-swap-oob="outerHTML:.steps"' in text
    assert not [step for step in answer.context["steps"] if step["name"] == "resolve" and step["reasons"]]
    # One's own change of another field is no conflict, and is not undone.
    assert save("floors", "3").status_code == 200
    assert Ticket.objects.get(pk=ticket.pk).field_values == {"serial": "SN-77", "floors": 3}
    assert ticket.events.filter(kind="changed").count() == 2
    assert save("floors", "many").status_code == 422
    assert save("serial", "").status_code == 200
    assert Ticket.objects.get(pk=ticket.pk).field_values == {"floors": 3}
    # A colleague's is one, and both sides are shown.
    set_field(ticket, "floors", 4, actor=colleague)
    conflict = save("floors", "5")
    assert conflict.status_code == 409
    assert [(row["theirs"], row["mine"]) for row in conflict.context["sides"]] == [("4", "5")]
    assert desk.get(reverse("tickets:edit-ticket", args=[ticket.pk, "field-nothing"])).status_code == 404


def test_an_order_of_somebody_else_cannot_be_put_on_it(desk, ticket_in):
    other = Order.objects.create(
        customer=Customer.objects.create(name="X"), number="TB-2", bought_on="2026-10-01", amount=1
    )
    ticket = ticket_in("assigned")
    place = reverse("tickets:edit-ticket", args=[ticket.pk, "facts"])
    answer = desk.post(
        place, {"priority": "high", "language": "en", "order": other.pk, "version": ticket.version}
    )
    assert answer.status_code == 422
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert ticket.order is None


def test_subject_and_tags_are_changed_in_place(desk, agent, ticket_in):
    ticket, tag = ticket_in("assigned"), Tag.objects.create(name="Rush", code="rush")
    desk.post(
        reverse("tickets:edit-ticket", args=[ticket.pk, "subject"]),
        {"subject": "内屏碎了", "version": ticket.version},
    )
    desk.post(reverse("tickets:edit-ticket", args=[ticket.pk, "tags"]), {"tags": [tag.pk]})
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert ticket.subject == "内屏碎了"
    assert list(ticket.tags.all()) == [tag]
    history = desk.get(reverse("tickets:history", args=[ticket.pk])).content.decode()
    assert "内屏碎了" in history
    assert "Rush" in history


def test_the_customer_stands_beside_with_his_history(desk, agent, customer, ticket_in):
    earlier = create_ticket(customer=customer, subject="上次的问题", body="x")
    customer.identities.create(kind="phone", value="13800138000")
    Order.objects.create(customer=customer, number="TB-9", bought_on="2026-10-01", amount=399)
    note_customer(customer, "下午三点后联系", actor=agent)
    ticket = ticket_in("assigned")
    text = desk.get(reverse("tickets:aside", args=[ticket.pk])).content.decode().replace("<wbr>", "")
    for words in (
        "陈晓",
        "chenxiao@example.com",
        "13800138000",
        "TB-9",
        "下午三点后联系",
        earlier.number,
        "上次的问题",
    ):
        assert words in text, words


def test_the_history_reads_as_sentences(desk, agent, lead, ticket_in):
    ticket = ticket_in("assigned")
    take_step(ticket, "hand_back", actor=agent, note="我今天请假")
    text = desk.get(reverse("tickets:history", args=[ticket.pk])).content.decode()
    for words in (
        "Received by Web form",
        "Classify",
        "Broken screen",
        "Assign",
        "Li Wei",
        "Hand back",
        "我今天请假",
    ):
        assert words in text, words


def test_it_opens_in_every_state_and_language(client, lead, ticket_in):
    tickets = [ticket_in(status) for status in Status.values]
    client.force_login(lead)
    for lead.language in ("en", "zh-hans", "zh-hant"):
        lead.save()
        for address in itertools.chain(*map(addresses, tickets)):
            assert client.get(address).status_code in (200, 204), (address, lead.language)


# --- Writing -------------------------------------------------------------------------------------------------------


def test_a_reply_goes_to_the_customer(desk, agent, ticket_in):
    ticket = ticket_in("assigned")
    answer = write(desk, ticket, "已为您登记维修。")
    message = ticket.messages.get(kind="reply")
    assert answer.status_code == 302
    assert answer.url == f"{page(ticket)}?sent=reply#m{message.pk}"
    assert (message.author, message.delivery, message.recipient) == (agent, "queued", "chenxiao@example.com")


def test_a_note_stays_inside(desk, ticket_in):
    ticket = ticket_in("assigned")
    write(desk, ticket, "客户很着急", kind="note", step="resolve")
    message = ticket.messages.get(kind="note")
    assert message.delivery == "none"
    assert Ticket.objects.get(pk=ticket.pk).status == "assigned"


@pytest.mark.parametrize(("step", "status"), [("wait", "waiting"), ("resolve", "resolved")])
def test_a_reply_can_take_a_step_with_it(step, status, desk, ticket_in):
    ticket = ticket_in("assigned")
    assert write(desk, ticket, "请问订单号？", step=step).status_code == 302
    assert Ticket.objects.get(pk=ticket.pk).status == status


def test_a_refused_step_sends_nothing_and_keeps_the_text(desk, ticket_in):
    ticket = ticket_in("received")
    answer = write(desk, ticket, "请问订单号是多少？", step="wait")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "请问订单号是多少？" in text
    assert "needs a ticket that is Assigned" in text
    assert not ticket.messages.filter(kind="reply").exists()


@pytest.mark.parametrize("kind", ["reply", "note"])
def test_an_empty_text_is_refused_with_a_word(kind, desk, ticket_in):
    answer = write(desk, ticket_in("assigned"), "   ", kind=kind)
    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()


def test_a_text_that_is_far_too_long_is_kept(desk, ticket_in):
    ticket, body = ticket_in("assigned"), "很长的话" * 50_000
    answer = write(desk, ticket, body)
    assert answer.status_code == 422
    assert body in answer.content.decode()
    assert "up to 50000 can be sent" in answer.content.decode()


def test_files_go_with_a_reply_and_are_fetched_by_the_team_only(
    desk, client, agent_of_another_team, ticket_in
):
    ticket = ticket_in("assigned")
    file = SimpleUploadedFile("../../说明.pdf", b"%PDF-1.4")
    write(desk, ticket, "见附件", files=[file])
    attachment = ticket.attachments.get()
    assert attachment.name == "说明.pdf"
    place = reverse("tickets:attachment", args=[attachment.pk])
    assert b"".join(desk.get(place).streaming_content) == b"%PDF-1.4"
    assert "attachment" in desk.get(place).headers["Content-Disposition"]
    client.force_login(agent_of_another_team)
    assert client.get(place).status_code == 404


def test_a_file_that_is_too_big_is_refused_and_the_text_kept(desk, ticket_in, settings):
    settings.UPLOAD_LIMIT_BYTES = 10
    answer = write(desk, ticket_in("assigned"), "见附件", files=[SimpleUploadedFile("big.bin", b"x" * 11)])
    assert answer.status_code == 422
    assert "big.bin" in answer.content.decode()
    assert "见附件" in answer.content.decode()


def test_pressing_twice_sends_once(desk, ticket_in):
    ticket = ticket_in("assigned")
    sent = writing(ticket, "已为您登记。")
    place = reverse("tickets:write", args=[ticket.pk])
    assert [desk.post(place, sent).status_code for _press in range(2)] == [302, 302]
    assert ticket.messages.filter(kind="reply").count() == 1


def test_an_article_put_into_a_reply_is_linked(desk, article, ticket_in):
    ticket = ticket_in("assigned")
    write(desk, ticket, "请看：屏幕碎了怎么办", articles=f"{article.pk},99999,x")
    link = ticket.article_links.get()
    assert (link.article, link.use) == (article, "inserted")


# --- Somebody else was quicker -------------------------------------------------------------------------------------


def test_a_newer_state_answers_409_with_both_versions(desk, agent, colleague, ticket_in):
    ticket = ticket_in("assigned")
    sent = writing(ticket, "我写了很久的答复")
    add_reply(ticket, "我先回复了", actor=colleague, step="wait")
    answer = desk.post(reverse("tickets:write", args=[ticket.pk]), sent)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "我写了很久的答复" in text
    assert "我先回复了" in text
    assert "Zhang Min" in text.split('class="alert alert-warning stale"')[1]
    assert "Waiting for customer" in text
    assert ticket.messages.filter(body="我写了很久的答复").count() == 0
    # Sent again from that page it goes through.
    again = {
        **sent,
        "version": answer.context["ticket"].version,
        "seen": answer.context["ticket"].newest_event,
    }
    assert desk.post(reverse("tickets:write", args=[ticket.pk]), again).status_code == 302
    assert ticket.messages.filter(body="我写了很久的答复").count() == 1


def test_what_only_the_clock_did_holds_nobody_up(desk, ticket_in):
    ticket = ticket_in("assigned")
    sent = writing(ticket, "马上处理")
    with time_machine.travel(ticket.due_at + timedelta(hours=1)):
        assert mark_broken_promises() == 1
        assert desk.post(reverse("tickets:write", args=[ticket.pk]), sent).status_code == 302


def test_a_customers_new_message_is_shown_before_the_reply_goes(desk, customer, ticket_in):
    ticket = ticket_in("assigned")
    sent = writing(ticket, "请再等等")
    add_customer_message(ticket, "已经好了，不用来了", customer=customer)
    answer = desk.post(reverse("tickets:write", args=[ticket.pk]), sent)
    assert answer.status_code == 409
    assert "已经好了，不用来了" in answer.content.decode()


def test_a_note_is_never_held_up(desk, colleague, ticket_in):
    ticket = ticket_in("assigned")
    sent = writing(ticket, "记一下", kind="note")
    add_note(ticket, "另一条", actor=colleague)
    assert desk.post(reverse("tickets:write", args=[ticket.pk]), sent).status_code == 302


def test_facts_saved_over_a_newer_state_answer_409(desk, colleague, ticket_in):
    ticket = ticket_in("assigned")
    sent = {"subject": "我的主题", "version": ticket.version, "seen": ticket.events.last().pk}
    add_note(ticket, "先记一笔", actor=colleague)
    answer = desk.post(reverse("tickets:edit-ticket", args=[ticket.pk, "subject"]), sent)
    assert answer.status_code == 409
    assert "我的主题" in answer.content.decode()
    assert Ticket.objects.get(pk=ticket.pk).subject == "屏幕碎了"


def test_the_open_page_learns_what_others_did(desk, agent, customer, ticket_in):
    ticket = ticket_in("assigned")
    place = f"{reverse('tickets:news', args=[ticket.pk])}?seen={ticket.events.last().pk}"
    assert desk.get(place).status_code == 204
    add_note(ticket, "我自己写的", actor=agent)
    assert desk.get(place).status_code == 204
    add_customer_message(ticket, "在吗", customer=customer)
    assert "This ticket has changed." in desk.get(place).content.decode()


# --- Templates and articles ----------------------------------------------------------------------------------------


def test_a_template_is_filled_in_the_customers_language(agent, customer, ticket_in):
    template = ReplyTemplate.objects.create(name="Hello")
    ReplyTemplateText.objects.create(template=template, language="en", body="Hello {customer}")
    ReplyTemplateText.objects.create(
        template=template, language="zh-hans",
        body="{customer}您好，工单 {number}“{subject}”，产品 {product}，订单 {order}。{agent} {unknown} {{}}",
    )  # fmt: skip
    ticket = ticket_in(
        "assigned", product=Product.objects.create(code="P", name="Phone", name_zh_hans="手机")
    )
    assert fill(template, ticket, agent) == (
        f"陈晓您好，工单 {ticket.number}“屏幕碎了”，产品 手机，订单 ［订单号］。Li Wei {{unknown}} {{{{}}}}"
    )
    ticket.language = "en"
    assert fill(template, ticket, agent) == "Hello 陈晓"


def test_what_a_customer_is_called_cannot_smuggle_a_placeholder(agent, customer, ticket_in):
    template = ReplyTemplate.objects.create(name="Hello")
    ReplyTemplateText.objects.create(template=template, language="zh-hans", body="{customer} {agent}")
    customer.name = "{agent.password}{order}"
    customer.save()
    assert fill(template, ticket_in("assigned"), agent) == "{agent.password}{order} Li Wei"


@pytest.mark.parametrize(
    ("language", "mark"), [("zh-hans", "［订单号］"), ("zh-hant", "［訂單編號］"), ("en", "［order number］")]
)
def test_a_place_that_nothing_filled_is_marked_and_not_sent(language, mark, desk, agent, ticket_in):
    template = ReplyTemplate.objects.create(name="Order")
    ReplyTemplateText.objects.create(template=template, language=language, body="{order}: {product} {order}")
    ticket = ticket_in("assigned", language=language)
    offered = desk.get(reverse("tickets:templates", args=[ticket.pk])).context["templates"][0]["text"]
    assert offered.startswith(f"{mark}: ［")
    answer = write(desk, ticket, f"您好，{offered}", step="resolve")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert f"Your reply still has {mark}, ［" in text
    assert f"您好，{offered}</textarea>" in text
    assert not ticket.messages.filter(kind="reply").exists()
    assert Ticket.objects.get(pk=ticket.pk).status == "assigned"
    # Colleagues may read such a thing, and brackets of one's own are no mark.
    assert write(desk, ticket, offered, kind="note").status_code == 302
    assert write(desk, ticket, "TB-1：［加急］ [order number]").status_code == 302


def test_templates_of_the_category_come_first_and_foreign_ones_not(desk, category, ticket_in):
    foreign = Category.objects.create(name="Invoices", code="invoices-x")
    for name, of in (("General", None), ("Screens", category), ("Invoice", foreign)):
        template = ReplyTemplate.objects.create(name=name, category=of)
        ReplyTemplateText.objects.create(template=template, language="zh-hans", body=f"{name} {{customer}}")
    text = desk.get(reverse("tickets:templates", args=[ticket_in("assigned").pk])).content.decode()
    assert text.index("Screens 陈晓") < text.index("General 陈晓")
    assert "Invoice 陈晓" not in text


def test_articles_are_suggested_searched_and_linked(desk, article, ticket_in):
    ticket = ticket_in("assigned")
    place = reverse("tickets:articles", args=[ticket.pk])
    assert "屏幕碎了怎么办" in desk.get(place).content.decode()
    found = desk.get(f"{place}?q=屏幕").content.decode()
    assert "- 关机\n- 不要继续使用" in found
    assert "/help/article/screen/" in found
    assert "No article holds these words." in desk.get(f"{place}?q=冰箱").content.decode()
    desk.post(reverse("tickets:link-article", args=[ticket.pk]), {"article": article.pk})
    assert ticket.article_links.get().use == "linked"
    assert "屏幕碎了怎么办" in desk.get(reverse("tickets:aside", args=[ticket.pk])).content.decode()


def test_what_is_for_staff_only_is_not_offered_to_customers(desk, article, ticket_in):
    article.audience = "internal"
    article.save()
    text = desk.get(reverse("tickets:articles", args=[ticket_in("assigned").pk])).content.decode()
    assert "屏幕碎了怎么办" in text
    assert "data-insert" not in text


@pytest.mark.parametrize("value", ["", "x", "99999", "9" * 30])
def test_linking_no_article_is_not_found(value, desk, ticket_in):
    place = reverse("tickets:link-article", args=[ticket_in("assigned").pk])
    assert desk.post(place, {"article": value}).status_code == 404


def test_watching_begins_and_ends(desk, agent, ticket_in):
    ticket = ticket_in("assigned")
    place = reverse("tickets:switch-watching", args=[ticket.pk])
    desk.post(place)
    assert list(ticket.watchers.all()) == [agent]
    desk.post(place)
    assert not ticket.watchers.exists()


def test_who_only_watched_it_goes_back_to_the_queue(client, agent_of_another_team, ticket_in):
    ticket = ticket_in("assigned")
    switch_watching(ticket, actor=agent_of_another_team)
    client.force_login(agent_of_another_team)
    answer = client.post(reverse("tickets:switch-watching", args=[ticket.pk]))
    assert answer.url == reverse("tickets:queue")


def test_send_and_resolve_is_greyed_with_the_guards_reason(desk, ticket_in):
    Guard.objects.create(name="Order first", step="resolve", required_fields=["order"])
    current_rulebook()
    text = shown(desk, ticket_in("assigned"))
    assert 'aria-describedby="why-send-resolve"' in text
    assert "Fill in “order” first." in text
