"""The questions of a survey as a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from surveys.models import Question, Survey

LONGEST_TEXT = 5000

# What the scores of the scale from 1 to 5 mean, and the face that says so.
MEANINGS = {
    1: (_("Very dissatisfied"), "emoji-angry"),
    2: (_("Dissatisfied"), "emoji-frown"),
    3: (pgettext_lazy("score", "Neither"), "emoji-neutral"),
    4: (_("Satisfied"), "emoji-smile"),
    5: (_("Very satisfied"), "emoji-laughing"),
}


class SurveyForm(forms.Form):
    """One field per question, named q and the question's id, in the reader's language."""

    def __init__(self, survey: Survey, data: Any = None, *, score: str = "") -> None:
        super().__init__(data)
        self.questions = list(survey.questions.all())
        for question in self.questions:
            self.fields[f"q{question.pk}"] = _field(question)
            if question.is_main and score.isdecimal() and int(score[:2]) in question.scale:
                self.initial[f"q{question.pk}"] = int(score[:2])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each question with its field and, for a score, its options, as the page shows them."""
        rows = []
        for question in self.questions:
            field = self[f"q{question.pk}"]
            # What was sent is text, what is preset a number.
            chosen = str(field.value() if field.value() is not None else "")
            rows.append({"question": question, "field": field, "options": _options(question, chosen)})
        return rows

    @property
    def answers(self) -> dict[int, Any]:
        """The valid answers by the questions' ids."""
        return {question.pk: self.cleaned_data[f"q{question.pk}"] for question in self.questions}


def _field(question: Question) -> forms.Field:
    manner: dict[str, Any] = {"label": question.label, "required": question.is_required}
    if question.kind == Question.Kind.TEXT:
        return forms.CharField(
            max_length=LONGEST_TEXT,
            widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
            **manner,
        )
    if question.kind == Question.Kind.CHOICE:
        return forms.ChoiceField(choices=question.choice_pairs(), widget=forms.RadioSelect, **manner)
    return forms.TypedChoiceField(
        choices=[(number, number) for number in question.scale],
        coerce=int, empty_value=None, widget=forms.RadioSelect, **manner,
    )  # fmt: skip


def _options(question: Question, chosen: str) -> list[dict[str, Any]]:
    if question.kind == Question.Kind.SCORE_5:
        return [
            {"value": n, "meaning": MEANINGS[n][0], "icon": MEANINGS[n][1], "is_chosen": str(n) == chosen}
            for n in question.scale
        ]
    pairs = [(n, n) for n in question.scale] or question.choice_pairs()
    return [{"value": code, "label": label, "is_chosen": str(code) == chosen} for code, label in pairs]
