"""The question form: guided, forgiving, one ticket per form, in the reader's language."""

import re
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from catalog.models import Category, CategoryField
from common.links import link_path
from customers.models import Customer, Order
from tickets.models import Attachment, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.ground]
ASK = "/ask/"


@pytest.fixture
def send(client, question):
    """Sends the form; the language is that of the page."""

    def post(language="zh-hans", **changes):
        return client.post(ASK, question(**changes), headers={"accept-language": language})

    return post


def errors_of(response):
    return response.context["form"].errors


@pytest.mark.parametrize(
    ("language", "heading", "name"),
    [("zh-hans", "您要咨询哪方面的问题？", "屏幕损坏"), ("en", "What is it about?", "Broken screen")],
)
def test_first_one_chooses_what_it_is_about(language, heading, name, client, category):
    page = client.get(ASK, headers={"accept-language": language}).text
    assert heading in page
    assert name in page
    assert f'href="{ASK}?category={category.code}"' in page


def test_only_categories_for_customers_are_offered(client, category):
    Category.objects.create(name="Hidden", code="hidden", is_public=False)
    parent = Category.objects.create(name="Gone", code="gone", is_active=False)
    Category.objects.create(name="Below gone", code="below-gone", parent=parent)
    page = client.get(ASK).text
    assert "Hidden" not in page
    assert "Gone" not in page
    for code in ("hidden", "gone", "below-gone"):
        assert "Tell us about it" not in client.get(f"{ASK}?category={code}").text


@pytest.mark.parametrize(
    ("language", "zone", "answer"),
    [
        ("zh-hans", "Asia/Shanghai", "感谢您的反馈，我们已收到。"),
        ("zh-hant", "Asia/Taipei", "感謝您的反映，我們已收到。"),
        ("en", "Europe/Berlin", "Thank you. We have your message."),
    ],
)
def test_a_question_becomes_a_ticket_in_the_pages_language(language, zone, answer, client, send, mailoutbox):
    response = send(language, time_zone=zone)
    ticket = Ticket.objects.get()
    path = link_path("ticket", ticket.link_nonce)
    assert response.url == f"{path}?sent=question"
    assert (ticket.language, ticket.channel, ticket.subject) == (language, "web", "屏幕碎了")
    assert (ticket.customer.language, ticket.customer.time_zone) == (language, zone)
    assert ticket.messages.get(kind="customer").body == "手机摔了一下，屏幕碎了，可以保修吗？"
    page = client.get(response.url, headers={"accept-language": language}).text
    assert answer in page
    assert ticket.number in page
    call_command("work", batch=True)
    (mail,) = mailoutbox
    assert path in mail.body


def test_when_to_expect_an_answer_is_said_in_the_customers_time(client, send):
    send(language="en", time_zone="America/New_York", submission_key="another-key-of-a-form")
    ticket = Ticket.objects.get()
    page = client.get(link_path("ticket", ticket.link_nonce), headers={"accept-language": "en"}).text
    assert "You can expect our answer by" in page
    assert "(America/New York)" in page


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "E-mail or phone: we need at least one of them to answer you."),
        ("zh-hans", "电子邮件和电话请至少填写一项，方便我们回复您。"),
        ("zh-hant", "電子郵件和電話請至少填寫一項，方便我們回覆您。"),
    ],
)
def test_that_one_way_to_reach_the_customer_is_needed_is_said_before_he_sends(
    client, category, language, sentence
):
    page = client.get(f"{ASK}?category={category.code}", headers={"accept-language": language}).text
    assert f'id="ask-reach">{sentence}</p>' in page
    # Who cannot see the page hears it on reaching either field.
    pair = page[page.index('role="group" aria-labelledby="ask-reach"') : page.index("</fieldset>")]
    assert 'name="email"' in pair
    assert 'name="phone"' in pair


def test_sent_twice_it_is_one_ticket(send):
    first, second = send(), send()
    assert first.url == second.url
    assert Ticket.objects.count() == 1
    assert Customer.objects.count() == 1


def test_a_key_that_is_none_of_ours_is_not_shared(send):
    send(submission_key="1")
    send(submission_key="1")
    assert Ticket.objects.count() == 2


def test_an_empty_form_says_what_is_missing(send):
    response = send("en", subject="", text="", name="", email="")
    assert set(errors_of(response)) == {"subject", "text", "name", "email"}
    assert "Give an e-mail address or a phone number" in response.text
    assert not Ticket.objects.exists()


def test_a_phone_number_is_enough_and_then_the_link_must_be_kept(client, send, mailoutbox):
    response = send("en", email="", phone="138 0013 8000")
    ticket = Ticket.objects.get()
    assert ticket.customer.identities.get().value == "13800138000"
    page = client.get(response.url, headers={"accept-language": "en"}).text
    assert "Keep the link to this page" in page
    call_command("work", batch=True)
    assert mailoutbox == []


def test_a_number_that_is_none_is_refused(send):
    assert "phone" in errors_of(send(email="", phone="call me"))


def test_a_new_customers_phone_is_kept_with_his_address(send):
    send(phone="13800138000")
    kinds = Customer.objects.get().identities.values_list("kind", "value")
    assert set(kinds) == {("email", "chenxiao@example.com"), ("phone", "13800138000")}


def test_who_names_a_known_address_does_not_change_that_profile(send, customer):
    send(phone="13900139000", name="Somebody else")
    customer.refresh_from_db()
    assert customer.name == "陈晓"
    assert customer.identities.count() == 1
    # The number is on the ticket, for whoever works on it.
    assert Ticket.objects.get().field_values["phone"] == "13900139000"


def test_a_text_that_is_too_long_is_refused_and_stays(send):
    text = "长" * 200_000
    response = send("en", text=text)
    assert "Your text has 200,000 characters; up to 50,000 are possible." in response.text
    assert text in response.text
    assert not Ticket.objects.exists()


def test_a_file_that_is_too_large_is_refused_with_the_way_out(send, settings):
    settings.UPLOAD_LIMIT_BYTES = 1024 * 1024
    large = SimpleUploadedFile("film.mp4", b"x" * (1024 * 1024 + 1))
    response = send("en", attachments=large)
    assert "film.mp4" in response.text
    assert "make it smaller or share a link instead" in response.text
    assert "手机摔了一下" in response.text
    assert not Ticket.objects.exists()


def test_a_file_of_30_megabytes_is_refused(send):
    response = send("en", attachments=SimpleUploadedFile("film.mp4", b"x" * (30 * 1024 * 1024)))
    assert "film.mp4" in response.text
    assert "30.0" in response.text
    assert not Ticket.objects.exists()


def test_an_empty_file_is_refused(send):
    assert "attachments" in errors_of(send(attachments=SimpleUploadedFile("photo.jpg", b"")))


def test_a_file_named_to_escape_lies_safely_and_is_only_downloaded(client, send, settings):
    upload = SimpleUploadedFile("x.html", b"<script>alert(1)</script>", "text/html")
    upload._name = "../../x.html"
    send(attachments=[upload, SimpleUploadedFile("p.png", b"\x89PNG\r\n\x1a\n....")])
    page, picture = Attachment.objects.order_by("id")
    assert page.name == "x.html"
    assert Path(page.file.path).resolve().is_relative_to(Path(settings.MEDIA_ROOT).resolve() / "attachments")
    response = client.get(page.get_absolute_url())
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert client.get(picture.get_absolute_url()).headers["Content-Type"] == "image/png"


def test_too_many_files_are_refused(send):
    files = [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(11)]
    assert "attachments" in errors_of(send(attachments=files))


def test_files_must_be_chosen_again_and_the_page_says_which(send):
    response = send("en", subject="", attachments=SimpleUploadedFile("p.png", b"1"))
    assert "Please choose your files again before you send: p.png" in response.text


def test_a_program_that_fills_in_everything_is_refused(send):
    assert "website" in errors_of(send(website="https://spam.example.com"))
    assert not Ticket.objects.exists()


def test_an_unknown_category_asks_again_and_keeps_the_text(send):
    response = send("en", category="no-such")
    assert "category" in errors_of(response)
    assert "手机摔了一下" in response.text
    assert 'name="category"' in response.text


def extra(category, key, kind="text", **fields):
    return CategoryField.objects.create(category=category, key=key, kind=kind, name=key.title(), **fields)


def test_the_extra_fields_of_a_category_are_asked_and_kept(client, send, category):
    extra(category, "serial", is_required=True)
    extra(category, "bought", "date")
    extra(category, "colour", "choice", choices="red = Red = 红\nblue = Blue = 蓝")
    extra(category, "secret", audience="agent")
    page = client.get(f"{ASK}?category={category.code}").text
    assert 'name="field-serial"' in page
    assert "field-secret" not in page
    assert "field-serial" in errors_of(send())
    assert "field-bought" in errors_of(send(**{"field-serial": "S-1", "field-bought": "yesterday"}))
    send(**{"field-serial": "S-1", "field-bought": "2026-05-01", "field-colour": "red", "field-secret": "x"})
    assert Ticket.objects.get().field_values == {"serial": "S-1", "bought": "2026-05-01", "colour": "red"}


def test_a_file_field_becomes_an_attachment_under_its_key(send, category):
    extra(category, "photo", "file", is_required=True)
    assert "field-photo" in errors_of(send())
    send(**{"field-photo": SimpleUploadedFile("p.png", b"\x89PNG\r\n\x1a\n")})
    attachment = Attachment.objects.get()
    assert (attachment.field_key, attachment.name, attachment.message.kind) == ("photo", "p.png", "customer")


def test_a_known_order_is_linked_only_to_its_own_customer(send, customer):
    order = Order.objects.create(customer=customer, number="A-100", bought_on="2026-05-01", amount=1)
    send(order_number="a-100")
    assert Ticket.objects.get().order == order
    send(order_number="A-100", email="other@example.com", submission_key="another-key-of-a-form")
    other = Ticket.objects.get(customer__identities__value="other@example.com")
    assert other.order is None
    assert other.field_values == {"order-number": "A-100"}


def test_within_a_branch_one_chooses_more_exactly(client, category):
    child = Category.objects.create(name="Cracked glass", code="cracked", parent=category)
    extra(child, "where")
    page = client.get(f"{ASK}?category={category.code}", headers={"accept-language": "en"}).text
    assert re.search(r'type="radio" name="category" value="cracked"', page)
    assert "Something else" in page
    part = client.get(f"{ASK}?category=cracked&field-where=corner", headers={"HX-Request": "true"}).text
    assert 'name="field-where"' in part
    assert 'value="corner"' in part
    assert "<html" not in part


def test_a_link_may_bring_a_subject(client, category):
    assert 'value="Broken &lt;b&gt;"' in client.get(f"{ASK}?category={category.code}&subject=Broken <b>").text


@time_machine.travel("2026-06-01 08:00Z", tick=False)
def test_a_flood_from_one_address_is_slowed_and_its_text_is_kept(client, question, settings):
    settings.FORM_LIMIT = 2
    manner = {"headers": {"accept-language": "en"}, "REMOTE_ADDR": "203.0.113.7"}
    for number in range(2):
        assert (
            client.post(ASK, question(submission_key=f"key-of-the-form-no-{number}"), **manner).status_code
            == 302
        )
    response = client.post(ASK, question(submission_key="key-of-the-form-no-3"), **manner)
    assert response.status_code == 429
    assert "Wait ten minutes" in response.text
    assert "手机摔了一下" in response.text
    other = {**manner, "REMOTE_ADDR": "203.0.113.8"}
    assert client.post(ASK, question(submission_key="key-of-the-form-no-4"), **other).status_code == 302


def test_asking_needs_no_session(client, category, send):
    assert "sessionid" not in client.get(f"{ASK}?category={category.code}").cookies
    assert "sessionid" not in send().cookies


@pytest.mark.parametrize("count", [3, 30])
def test_the_pages_cost_the_same_queries_with_any_number_of_categories(
    count, client, category, django_assert_num_queries
):
    for number in range(count):
        child = Category.objects.create(name=f"Category {number}", code=f"category-{number}", parent=category)
        extra(child, f"field-{number}")
        Category.objects.create(name=f"Root {number}", code=f"root-{number}")
    client.get(ASK)  # the rulebook is read
    with django_assert_num_queries(1):  # whether the rulebook is still right
        client.get(ASK)
    with django_assert_num_queries(1):
        client.get(f"{ASK}?category=category-0")


@pytest.mark.parametrize("count", [3, 30])
def test_a_question_costs_the_same_queries_with_any_number_of_categories(
    count, client, customer, category, question, django_assert_max_num_queries
):
    for number in range(count):
        Category.objects.create(name=f"Root {number}", code=f"root-{number}")
    client.get(ASK)
    with django_assert_max_num_queries(12):
        assert client.post(ASK, question()).status_code == 302


def test_the_address_is_the_agreed_one():
    assert reverse("channels:ask") == ASK
