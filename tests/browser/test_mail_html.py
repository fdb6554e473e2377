"""Mails made to run something: in every place that shows a mail nothing runs, and nothing is fetched unasked."""

import re

import pytest
from django.urls import reverse

from channels.email import sanitize_html
from channels.models import Mailbox, ReceivedMail, Source
from channels.receiving.keeping import take_mail
from channels.receiving.taking_in import put_aside, take_in_due
from common.links import link_path
from tests.browser.xss_vectors import CLASSICS, vectors

ACT = """() => {
    for (const one of document.querySelectorAll("main *")) {
        for (const name of ["click", "mouseover", "focus", "error", "load", "toggle", "pointerenter"])
            if (name !== "click" || one.tagName !== "A") one.dispatchEvent(new Event(name));
    }
    const all = [...document.querySelectorAll("main *")];
    return {
        handlers: all.filter((one) => [...one.attributes].some((a) => /^on|^hx-|^data-hx|style|srcdoc/i.test(a.name)))
            .map((one) => one.outerHTML),
        elements: all.filter((one) => /^(script|iframe|object|embed|svg|math|style|form|base|meta|link|input)$/i
            .test(one.localName)).map((one) => one.outerHTML),
        addresses: all.filter((one) => one.href && !/^(https?|mailto|tel):/.test(one.href)).map((one) => one.outerHTML),
        hacked: window.hacks || 0,
    };
}"""
NOTHING = {"handlers": [], "elements": [], "addresses": [], "hacked": 0}


def test_there_are_enough_of_them():
    assert len(vectors()) >= 300


def test_cleaned_html_runs_nothing_even_without_a_policy(chromium):
    page = chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    page.add_init_script("window.hacked = () => { window.hacks = (window.hacks || 0) + 1; };")
    # Uncleaned they do run.
    page.goto("about:blank")
    page.set_content(f"<main>{CLASSICS[0]}{vectors()[0]}</main>")
    page.wait_for_function("window.hacks >= 2", timeout=5_000)
    page.evaluate("window.hacks = 0")
    asked.clear()
    for begin in range(0, len(vectors()), 60):
        cleaned = "".join(f"<section>{sanitize_html(one)}</section>" for one in vectors()[begin : begin + 60])
        page.set_content(f"<main>{cleaned}</main>")
        assert page.evaluate(ACT) == NOTHING
    assert asked == []
    page.close()


@pytest.fixture
def hostile_ticket(transactional_db, agent, team):
    """A ticket by a mail that is hostile in every part, and another such mail in the quarantine."""
    mailbox = Mailbox.objects.create(name="x", address="help@example.com", team=team)
    hostile = [one for one in vectors() if "\n" not in one and "\x00" not in one]
    subject = "<img src=x onerror=hacked()>'\"><script>hacked()</script>"
    head = f'From: "<svg onload=hacked()>" <a@example.net>\nSubject: {subject}\n'
    head += "Content-Type: multipart/mixed; boundary=b\n"
    parts = [
        ("text/plain", "\n".join(hostile) + "\n> " + "\n> ".join(hostile)), ("text/html", "".join(hostile)),
        ('text/html; name="<img src=x onerror=hacked()>.html"', "<script>hacked()</script>"),
    ]  # fmt: skip
    body = "".join(f"--b\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    mail = take_mail(f"{head}\n{body}--b--\n".encode(), mailbox, Source.PIPE)
    aside = take_mail(f"From: <svg/onload=hacked()>\n{head}\n{body}--b--\n".encode(), mailbox, Source.PIPE)
    take_in_due()
    put_aside(aside, "no-sender")
    return ReceivedMail.objects.select_related("message__ticket").get(pk=mail.pk).message


def test_no_place_that_shows_a_mail_runs_anything(open_page, hostile_ticket, agent, admin):
    ticket, message = hostile_ticket.ticket, hostile_ticket
    original = reverse("tickets:original", args=[message.pk])
    places = [
        (agent, reverse("tickets:queue", args=["all"])), (agent, ticket.get_absolute_url()), (agent, original),
        (None, link_path("ticket", ticket.link_nonce)), (admin, reverse("admin:channels_receivedmail_changelist")),
        *((admin, reverse("admin:channels_receivedmail_change", args=[one.pk])) for one in ReceivedMail.objects.all()),
        (admin, reverse("admin:tickets_ticket_change", args=[ticket.pk])),
    ]  # fmt: skip
    for user, place in places:
        page = open_page(place, user=user)
        # A vector that ran while the page loaded has found no such function, and the watch has heard of it.
        page.evaluate("void (window.hacked = () => { window.hacks = (window.hacks || 0) + 1; })")
        page.evaluate(ACT)
        assert not page.evaluate("window.hacks || 0"), place
        page.close()
    assert re.search("hacked", message.body)


def test_pictures_from_elsewhere_load_only_after_a_click(open_page, hostile_ticket, agent):
    message = hostile_ticket
    message.html = sanitize_html('<p>x</p><img src="https://far.example/a.png">')
    message.save(update_fields=["html"])
    place = reverse("tickets:original", args=[message.pk])
    asked: list[str] = []
    # The picture's server is not there; that it is asked is what counts.
    page = open_page(place, user=agent, allowed=("far.example", "ERR_NAME_NOT_RESOLVED"))
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    assert not [url for url in asked if "far.example" in url]
    page.locator("a.button").click()
    page.wait_for_load_state()
    assert [url for url in asked if "far.example" in url] == ["https://far.example/a.png"]
