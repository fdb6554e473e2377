"""Taking a customer's answers, and making work of a low score."""

import logging
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import Tag
from surveys.models import Answer, Invitation, Question, Response
from surveys.seeding import LOW_SCORE_TAG
from surveys.services.reminding import close
from surveys.services.texts import low_score_words
from tickets.choices import EventKind, Status, SurveyOutcome
from tickets.models import Ticket
from tickets.services import (
    StepRefused,
    lock,
    people_to_inform,
    record_event,
    set_tags,
    take_step,
    tell_colleague,
)

logger = logging.getLogger(__name__)


class SurveyClosed(Exception):
    """The invitation cannot be answered; `reason` is answered, reopened or expired."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def reason_closed(invitation: Invitation) -> str:
    """Why it cannot be answered: answered, reopened, expired; empty when it can."""
    if Response.objects.filter(invitation=invitation).exists():
        return "answered"
    if not invitation.is_of_present_resolution:
        return "reopened"
    if invitation.is_expired or invitation.closed_at:
        return "expired"
    return ""


@transaction.atomic
def answer(invitation: Invitation, answers: Mapping[int, Any]) -> Response:
    """Keep the answers, by the questions' ids; raise SurveyClosed when that is not possible (any more).

    What was left out has no entry, or None, or an empty text.
    """
    ticket = lock(invitation.ticket)
    held = Invitation.objects.select_for_update(of=("self",)).select_related("survey").get(pk=invitation.pk)
    held.ticket = ticket
    if reason := reason_closed(held):
        raise SurveyClosed(reason)
    questions = list(held.survey.questions.all())
    main = next((question for question in questions if question.is_main), None)
    score = answers.get(main.pk) if main else None
    response = Response.objects.create(
        invitation=held, score=score, is_low=score is not None and score <= held.survey.low_score,
        created_at=timezone.now(),
    )  # fmt: skip
    given = [
        _row(response, question, answers[question.pk])
        for question in questions
        if answers.get(question.pk) not in (None, "")
    ]
    Answer.objects.bulk_create(given)
    close(held)
    record_event(
        ticket, EventKind.SURVEY_ANSWERED, actor=held.customer, invitation=held.pk, **_score_data(score)
    )
    _record_outcome(ticket)
    if response.is_low:
        _make_work_of(response, "\n".join(row.text for row in given if row.text))
    return response


def _row(response: Response, question: Question, value: Any) -> Answer:
    column = {Question.Kind.CHOICE: "choice", Question.Kind.TEXT: "text"}.get(question.kind, "number")  # type: ignore[call-overload]
    return Answer(response=response, question=question, **{column: value})


def _score_data(score: int | None) -> dict[str, int]:
    return {} if score is None else {"score": score}


def _record_outcome(ticket: Ticket) -> None:
    if ticket.status != Status.RESOLVED:
        return
    try:
        take_step(ticket, "survey", actor=None, outcome=SurveyOutcome.ANSWERED)
    except StepRefused as refusal:
        # A manager's guard must not cost the customer his answers.
        logger.warning("Ticket %s cannot be surveyed: %s", ticket.pk, refusal.reason)


def _make_work_of(response: Response, comment: str) -> None:
    ticket = response.invitation.ticket
    record_event(ticket, EventKind.LOW_SCORE, actor=None, score=response.score)
    tag, _is_new = Tag.objects.get_or_create(code=LOW_SCORE_TAG["code"], defaults=LOW_SCORE_TAG)
    set_tags(ticket, {*ticket.tags.all(), tag}, actor=None)
    for lead in people_to_inform(ticket):
        words = low_score_words(response, comment, lead.language)
        tell_colleague(
            ticket, words.body, subject=words.subject, sender_name=words.sender, recipient=lead.email,
            language=lead.language,
        )  # fmt: skip
