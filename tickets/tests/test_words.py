"""Moments in few words, in each language."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from tickets.desk.words import Moments

AGO, AHEAD = -1, 1
LENGTHS = {
    "half a minute": timedelta(seconds=30), "half an hour": timedelta(minutes=30),
    "three hours": timedelta(hours=3, minutes=10), "twelve days": timedelta(days=12, hours=5),
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "length", "words"),
    [
        ("en", "half a minute", "now"),
        ("en", "three hours", "3 h ago"),
        ("zh-hans", "half a minute", "刚刚"),
        ("zh-hans", "half an hour", "30 分钟前"),
        ("zh-hans", "three hours", "3 小时前"),
        ("zh-hant", "three hours", "3 小時前"),
        ("zh-hant", "twelve days", "12 天前"),
    ],
)
def test_an_age_says_that_it_lies_behind(language, length, words):
    with translation.override(language):
        moments = Moments()
        assert moments.age(moments.now - LENGTHS[length]) == words


@pytest.mark.parametrize(
    ("language", "way", "length", "words", "exact"),
    [
        ("en", AHEAD, "three hours", "3 h left", "3 h 10 min left"),
        ("en", AGO, "half an hour", "30 min overdue", "30 min overdue"),
        ("zh-hans", AHEAD, "three hours", "还剩 3 小时", "还剩 3 小时 10 分钟"),
        ("zh-hans", AGO, "half an hour", "已超时 30 分钟", "已超时 30 分钟"),
        ("zh-hant", AHEAD, "twelve days", "還剩 12 天", "還剩 12 天 5 小時"),
        ("zh-hant", AGO, "three hours", "已逾時 3 小時", "已逾時 3 小時 10 分鐘"),
    ],
)
def test_a_due_moment_says_what_is_left_or_how_late_it_is(language, way, length, words, exact):
    with translation.override(language):
        moments = Moments(timezone.now())
        due_at = moments.now + way * LENGTHS[length]
        assert (moments.due(due_at), moments.due(due_at, exact=True)) == (words, exact)
