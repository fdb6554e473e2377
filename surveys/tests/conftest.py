"""What the tests of surveys speak of."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from surveys import services
from surveys.models import Invitation, Question, Survey, SurveyRule
from surveys.seeding import seed_surveys
from tickets.models import Ticket


@pytest.fixture
def survey(db: None) -> Survey:
    """The seeded survey; transactional tests find an emptied database."""
    seed_surveys()
    return Survey.objects.get()


@pytest.fixture
def rule(survey: Survey) -> SurveyRule:
    return survey.rules.get()


@pytest.fixture
def questions(survey: Survey) -> dict[str, Question]:
    """The survey's questions by their kind."""
    return {question.kind: question for question in survey.questions.all()}


@pytest.fixture
def later() -> Any:
    """Makes the clock say that so much time has passed."""

    def travel(**passed: float) -> Any:
        return time_machine.travel(timezone.now() + timedelta(**passed), tick=True)

    return travel


@pytest.fixture
def invite(survey: Survey, ticket_in: Callable[..., Ticket], later: Any) -> Callable[..., Invitation]:
    """Makes a resolved ticket and asks about it."""

    def make(**fields: Any) -> Invitation:
        ticket = ticket_in("resolved", **fields)
        with later(minutes=61):
            services.ask_resolved()
        return ticket.invitations.get()

    return make
