"""The survey that a fresh installation asks with."""

from typing import Any

from django.apps import apps as current_apps

# Marks tickets whose customer was not satisfied, so that leads find them in the lists.
LOW_SCORE_TAG = {
    "code": "low-score",
    "name": "Low score",
    "name_zh_hans": "低分评价",
    "name_zh_hant": "低分評價",
}
SURVEY = {
    "name": "After a ticket",
    "name_zh_hans": "工单满意度调查",
    "name_zh_hant": "工單滿意度調查",
    "intro": "It takes less than a minute and helps us to do better.",
    "intro_zh_hans": "不到一分钟，帮助我们做得更好。",
    "intro_zh_hant": "不到一分鐘，幫助我們做得更好。",
}
_SOLVED = """\
yes = Yes, completely = 是，完全解决了 = 是，完全解決了
partly = In part = 部分解决 = 部分解決
no = No = 没有解决 = 沒有解決"""
QUESTIONS: tuple[dict[str, Any], ...] = (
    {
        "kind": "score_5",
        "is_main": True,
        "is_required": True,
        "text": "How satisfied are you with how we handled this?",
        "text_zh_hans": "您对我们这次的处理满意吗？",
        "text_zh_hant": "您對我們這次的處理滿意嗎？",
    },
    {
        "kind": "choice",
        "choices": _SOLVED,
        "text": "Was it solved?",
        "text_zh_hans": "您的问题解决了吗？",
        "text_zh_hant": "您的問題解決了嗎？",
    },
    {
        "kind": "score_10",
        "text": "How likely are you to recommend us to a friend or colleague?",
        "text_zh_hans": "您有多大可能把我们推荐给朋友或同事？",
        "text_zh_hant": "您有多大可能將我們推薦給朋友或同事？",
    },
    {
        "kind": "text",
        "text": "What could we do better?",
        "text_zh_hans": "我们还有哪些地方可以做得更好？",
        "text_zh_hant": "我們還有哪些地方可以做得更好？",
    },
)
RULE = "One hour after resolution"


def seed_surveys(apps: Any = current_apps) -> None:
    """Make the survey, its rule and the tag of low scores; where there are surveys already, leave them alone.

    `apps` may be the registry of a migration.
    """
    tag_model, survey_model = apps.get_model("catalog", "Tag"), apps.get_model("surveys", "Survey")
    tag_model.objects.get_or_create(code=LOW_SCORE_TAG["code"], defaults=LOW_SCORE_TAG)
    if survey_model.objects.exists():
        return
    survey = survey_model.objects.create(**SURVEY)
    question_model = apps.get_model("surveys", "Question")
    for position, question in enumerate(QUESTIONS, start=1):
        question_model.objects.create(survey=survey, position=position * 10, **question)
    apps.get_model("surveys", "SurveyRule").objects.get_or_create(
        name=RULE, defaults={"survey": survey, "delay_minutes": 60}
    )
