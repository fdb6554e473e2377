"""What managers shape of surveys in the admin."""

import pytest
from django.urls import reverse

from surveys import services
from surveys.models import Survey

pytestmark = [pytest.mark.django_db, pytest.mark.ground]


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


def survey_form(*questions, low_score=2):
    fields = {
        "name": "Short", "is_active": "on", "low_score": low_score, "reminder_days": 3, "expires_days": 14,
        "questions-TOTAL_FORMS": len(questions), "questions-INITIAL_FORMS": 0,
    }  # fmt: skip
    for number, question in enumerate(questions):
        for name, value in {"position": number, **question}.items():
            fields[f"questions-{number}-{name}"] = value
    return fields


SCORE = {"kind": "score_5", "text": "How was it?", "is_main": "on"}


def add(client, *questions, **fields):
    return client.post(reverse("admin:surveys_survey_add"), survey_form(*questions, **fields))


def test_a_manager_makes_a_survey(signed_in):
    assert (
        add(signed_in, SCORE, {"kind": "choice", "text": "Solved?", "choices": "yes\nno"}).status_code == 302
    )
    assert Survey.objects.get(name="Short").questions.count() == 2


@pytest.mark.parametrize(
    ("questions", "low_score", "said"),
    [
        ([SCORE, {**SCORE, "text": "And?"}], 2, "Only one question can be the main one"),
        ([{"kind": "score_5", "text": "How was it?"}], 2, "Mark one question"),
        ([SCORE, {"kind": "choice", "text": "Solved?", "choices": "yes"}], 2, "at least two choices"),
        ([SCORE, {"kind": "choice", "text": "Solved?", "choices": "a\na"}], 2, "code of its own"),
        ([{"kind": "text", "text": "Why?", "is_main": "on"}], 2, "must be a score"),
        ([SCORE], 5, "every answer would be low"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(questions, low_score, said, signed_in):
    answer = add(signed_in, *questions, low_score=low_score)
    assert answer.status_code == 200
    assert said in answer.text
    assert not Survey.objects.filter(name="Short").exists()


def test_a_reminder_after_the_end_is_refused(signed_in):
    fields = {**survey_form(SCORE), "reminder_days": 14}
    assert "must come before" in signed_in.post(reverse("admin:surveys_survey_add"), fields).text


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh-hans", "您对我们这次的处理满意吗"), ("en", "How satisfied"), ("xx", "How satisfied")],
)
def test_the_preview_shows_the_page_and_sends_nothing(language, said, signed_in, survey):
    url = reverse("admin:surveys_survey_preview", args=[survey.pk])
    page = signed_in.get(url, {"language": language})
    assert page.status_code == 200
    assert said in page.text
    assert " disabled>" in page.text


def test_answers_can_be_read_and_not_changed(signed_in, invite, questions):
    invitation = invite()
    response = services.answer(
        invitation, {questions["score_5"].pk: 1, questions["choice"].pk: "no", questions["text"].pk: "太慢"}
    )
    url = reverse("admin:surveys_response_change", args=[response.pk])
    page = signed_in.get(url)
    assert invitation.ticket.number in page.text
    assert "太慢" in page.text
    assert "No" in page.text
    assert signed_in.post(url, {"score": 5}).status_code == 403
    assert signed_in.get(reverse("admin:surveys_response_add")).status_code == 403


@pytest.mark.parametrize("name", ["survey", "surveyrule", "invitation", "response"])
def test_every_list_opens(name, signed_in, invite, questions):
    services.answer(invite(), {questions["score_5"].pk: 1})
    assert signed_in.get(reverse(f"admin:surveys_{name}_changelist")).status_code == 200


def test_questions_that_were_answered_cannot_be_deleted(signed_in, invite, questions, survey):
    url = reverse("admin:surveys_survey_change", args=[survey.pk])
    assert "questions-0-DELETE" in signed_in.get(url).text
    services.answer(invite(), {questions["score_5"].pk: 5})
    assert "questions-0-DELETE" not in signed_in.get(url).text


def test_an_agent_opens_none_of_it(client, agent, survey):
    client.force_login(agent)
    url = reverse("admin:surveys_survey_preview", args=[survey.pk])
    assert client.get(url).status_code == 302
