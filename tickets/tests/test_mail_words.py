"""The words of automatic mails are a manager's, per language; without any, what the product brings along."""

import re
from html import unescape

import pytest
from django.conf import settings as product
from django.urls import reverse

from tickets.mails import NEEDED, PLACEHOLDERS, Mail, Words, delivered_words, filled, unknown_places
from tickets.models import MailTemplate
from tickets.services import create_ticket, take_step

ADMIN = "admin:tickets_mailtemplate_"


def text_of(response) -> str:
    return unescape(re.sub(r"\s+", " ", response.text))


@pytest.fixture
def template(db):
    return MailTemplate.objects.get(mail="acknowledgement")


def typed(template, client, **changes):
    """The form as the browser has it, with some fields changed."""
    forms = client.get(reverse(ADMIN + "change", args=[template.pk])).context["inline_admin_formsets"][0]
    data = {f"texts-{key}": value for key, value in forms.formset.management_form.initial.items()}
    for form in forms.formset.forms:
        for field in form:
            data[field.html_name] = field.value() or ""
        if form.instance.pk:
            data[f"{form.prefix}-id"] = form.instance.pk
        data[f"{form.prefix}-template"] = template.pk
        changed = changes.get(form["language"].value().replace("-", "_"), {})
        data |= {f"{form.prefix}-{name}": value for name, value in changed.items()}
    return data


@pytest.mark.ground
@pytest.mark.parametrize("language", [code for code, _name in product.LANGUAGES])
@pytest.mark.parametrize("mail", Mail.values)
def test_the_delivered_words_keep_to_the_rules(mail, language):
    words = delivered_words(mail, language)
    assert words.body
    assert unknown_places(words.subject + words.body, PLACEHOLDERS[mail]) == []
    assert [name for name in NEEDED.get(mail, ()) if f"{{{name}}}" not in words.body] == []
    assert "{}" not in words.body


@pytest.mark.ground
def test_a_line_that_speaks_of_something_there_is_not_is_left_out():
    words = Words("{number}", "Hello {customer},\n\nby {due}.\n\n{unknown}\n{link}")
    found = filled(words, {"number": "HD-1", "customer": "{{link:x}} {due}", "due": "", "link": "{{link:y}}"})
    assert found == Words("HD-1", "Hello { {link:x}} {due},\n\n{unknown}\n{{link:y}}")


def test_a_manager_changes_one_language_and_the_others_stay_as_delivered(client, manager, template, customer):
    client.force_login(manager)
    body = "{customer}，您好！\n最迟 {due} 回复您：\n{link}"
    changes = {"body": body, "subject": "已收到：{subject}", "sender": "{site}客服"}
    answer = client.post(
        reverse(ADMIN + "change", args=[template.pk]), typed(template, client, zh_hans=changes)
    )
    assert answer.status_code == 302
    assert list(template.texts.values_list("language", flat=True)) == ["zh-hans"]
    message = create_ticket(customer=customer, subject="屏幕碎了", body="怎么办").messages.get(
        purpose="acknowledgement"
    )
    assert message.subject == "已收到：屏幕碎了"
    assert message.sender_name.endswith("客服")
    assert message.body.startswith("陈晓，您好！\n最迟 ")
    english = create_ticket(customer=customer, subject="Screen", body="What now?", language="en")
    message = english.messages.get(purpose="acknowledgement")
    assert message.body.startswith("Hello 陈晓,\n\nwe have received your message “Screen”.")
    assert (message.subject, message.sender_name) == ("", "")


def test_own_words_that_are_deleted_give_the_delivered_ones_back(client, manager, template):
    template.texts.create(language="en", body="Hi {link}")
    client.force_login(manager)
    assert "In your own words." in text_of(client.get(reverse(ADMIN + "change", args=[template.pk])))
    data = typed(template, client, en={"DELETE": "on"})
    assert client.post(reverse(ADMIN + "change", args=[template.pk]), data).status_code == 302
    assert not template.texts.exists()


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("body", "Hello {custmer}", "There is no placeholder {custmer} here. Use: {customer}, {number}"),
        ("subject", "{link}", "There is no placeholder {link} here. Use: {customer}, {number}, {subject}, {team}"),
        ("sender", "{score}", "There is no placeholder {score} here."),
        ("body", "It is done.", "The text needs {link}"),
    ],
)  # fmt: skip
def test_a_bad_text_is_refused_with_what_would_be_right(client, manager, field, text, said, db):
    template = MailTemplate.objects.get(mail="resolved")
    client.force_login(manager)
    data = typed(template, client, en={field: text})
    answer = client.post(reverse(ADMIN + "change", args=[template.pk]), data)
    assert said in text_of(answer)
    assert not template.texts.exists()


@pytest.mark.parametrize("mail", Mail.values)
def test_the_preview_shows_each_mail_on_a_real_ticket(mail, client, manager, ticket_in):
    ticket = ticket_in("assigned")
    template = MailTemplate.objects.get(mail=mail)
    template.texts.create(language="en", body="Own words about {number} {link}", sender="{team} · {site}")
    client.force_login(manager)
    page = text_of(client.get(reverse(ADMIN + "preview", args=[template.pk]), {"ticket": ticket.number}))
    assert f"Own words about {ticket.number}" in page
    assert "Phone repairs · " in page
    assert "{{" not in page
    assert page.count(ticket.number) > 3


def test_the_resolution_is_told_in_the_managers_words(ticket_in, agent, db):
    MailTemplate.objects.get(mail="resolved").texts.create(language="zh-hans", body="好了：{link}")
    ticket = take_step(ticket_in("assigned"), "wait", actor=agent, reply="请问？")
    take_step(ticket, "resolve", actor=agent)
    assert ticket.messages.get(purpose="resolved").body.startswith("好了：{{link:ticket:")
