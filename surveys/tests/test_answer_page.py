"""The page on which a customer answers."""

import pytest

from common.links import link_path
from surveys import services
from surveys.models import Response
from tickets.services import take_step

pytestmark = [pytest.mark.django_db, pytest.mark.ground]


@pytest.fixture
def page(invite):
    """An invitation and its address."""
    invitation = invite()
    return invitation, link_path("survey", invitation.link_nonce)


def fields(questions, **given):
    return {f"q{questions[kind].pk}": value for kind, value in given.items()}


def test_a_customer_answers(client, page, questions):
    invitation, url = page
    answer = client.post(url, fields(questions, score_5="4", choice="yes", score_10="", text="谢谢"))
    assert (answer.status_code, answer.url) == (302, url)
    response = Response.objects.get(invitation=invitation)
    assert (response.score, response.answers.count()) == (4, 3)
    thanks = client.get(url)
    assert thanks.status_code == 200
    assert "谢谢" in thanks.text


@pytest.mark.parametrize("query", ["", "?score=5", "?score=1&submit=1", "?q1=5&q2=yes"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_never_answers(client, page, query, method):
    _invitation, url = page
    assert getattr(client, method)(url + query).status_code == 200
    assert not Response.objects.exists()


def test_a_link_may_preset_the_score(client, page, questions):
    _invitation, url = page
    assert client.get(url).text.count(" checked") == 0
    assert client.get(f"{url}?score=4").text.count(" checked") == 1
    for odd in ("0", "9", "-1", "²", "abc", "4" * 4000):
        assert client.get(url, {"score": odd}).text.count(" checked") == 0


def test_it_is_in_the_tickets_language_until_the_visitor_chooses(client, page):
    _invitation, url = page
    english = {"accept-language": "en"}
    answer = client.get(url, headers=english)
    assert "您对我们这次的处理满意吗" in answer.text
    assert answer.headers["Content-Language"] == "zh-hans"
    client.post("/i18n/setlang/", {"language": "en", "next": url})
    assert "How satisfied are you" in client.get(url, headers=english).text


def test_a_missing_score_is_asked_for_and_nothing_typed_is_lost(client, page, questions):
    _invitation, url = page
    answer = client.post(url, fields(questions, text="等了很久"))
    assert answer.status_code == 422
    assert "等了很久" in answer.text
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"score_5": "6"},
        {"score_5": "x"},
        {"score_5": "3", "choice": "maybe"},
        {"score_5": "3", "text": "长" * 5001},
    ],
)
def test_what_cannot_be_an_answer_is_refused(given, client, page, questions):
    _invitation, url = page
    assert client.post(url, fields(questions, **given)).status_code == 422
    assert not Response.objects.exists()


def test_the_same_form_twice_counts_once(client, page, questions):
    _invitation, url = page
    client.post(url, fields(questions, score_5="5"))
    again = client.post(url, fields(questions, score_5="1"))
    assert again.status_code == 200
    assert Response.objects.get().score == 5


def test_after_a_low_score_it_offers_to_open_the_ticket_again(client, page, questions):
    invitation, url = page
    client.post(url, fields(questions, score_5="1"))
    assert f"{link_path('ticket', invitation.ticket.link_nonce)}#reopen" in client.get(url).text


def test_after_a_good_score_it_does_not(client, page, questions):
    _invitation, url = page
    client.post(url, fields(questions, score_5="5"))
    assert "#reopen" not in client.get(url).text


def test_an_expired_link_says_what_is_possible(client, page, questions, later):
    invitation, url = page
    with later(days=15):
        assert client.get(url).status_code == 200
        assert client.post(url, fields(questions, score_5="5")).status_code == 410
        services.remind_and_close()
        answer = client.get(url)
    assert link_path("ticket", invitation.ticket.link_nonce) in answer.text
    assert not Response.objects.exists()


def test_a_reopened_ticket_says_so(client, page, questions, agent):
    invitation, url = page
    take_step(invitation.ticket, "reopen", actor=agent, note="又坏了")
    answer = client.post(url, fields(questions, score_5="5"))
    assert answer.status_code == 410
    assert invitation.ticket.number in answer.text
    assert not Response.objects.exists()


@pytest.mark.parametrize("token", ["x", "A" * 24, "%00", "a" * 3000])
def test_a_forged_token_leads_nowhere(token, client, page):
    assert client.get(f"/s/{token}/").status_code == 404
    assert client.post(f"/s/{token}/", {"q1": "5"}).status_code == 404


def test_the_tickets_own_token_opens_no_survey(client, page):
    invitation, _url = page
    token = link_path("ticket", invitation.ticket.link_nonce).removeprefix("/t/")
    assert client.get(f"/s/{token}").status_code == 404


def test_it_is_never_cached_and_needs_no_sign_in(client, page):
    _invitation, url = page
    assert "no-store" in client.get(url).headers["Cache-Control"]


@pytest.mark.parametrize("more", [0, 15])
def test_the_page_costs_the_same_queries_with_more_questions(
    more, client, page, survey, django_assert_num_queries
):
    _invitation, url = page
    for number in range(more):
        survey.questions.create(kind="score_5", text=f"Question {number}")
    with django_assert_num_queries(3):  # invitation, response, questions
        client.get(url)
