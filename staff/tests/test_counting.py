"""Counting requests: one statement, shared by all, forgotten in time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection

from staff.counting import count_request, forget_old_counts, is_over
from staff.models import RequestCount


@pytest.mark.django_db
def test_a_count_is_one_query_and_its_window_ends(django_assert_num_queries):
    with time_machine.travel("2026-06-01 08:00:20Z", tick=False) as clock:
        with django_assert_num_queries(2):
            assert [count_request("a", 60), count_request("a", 60)] == [1, 2]
        assert count_request("b", 60) == 1
        clock.shift(39)
        assert count_request("a", 60) == 3
        clock.shift(1)
        assert count_request("a", 60) == 1


@pytest.mark.django_db
def test_more_than_the_limit_is_over(settings):
    assert [is_over("a", 2, 600) for _time in range(3)] == [False, False, True]
    assert [is_over("b", 0, 600) for _time in range(3)] == [False] * 3


@pytest.mark.django_db
def test_counts_of_windows_that_have_ended_are_forgotten():
    with time_machine.travel("2026-06-01 08:00:20Z", tick=False) as clock:
        count_request("short", 60)
        count_request("long", 600)
        clock.shift(60)
        assert forget_old_counts() == 1
        assert [row.source for row in RequestCount.objects.all()] == ["long"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_requests_that_come_together_are_all_counted():
    def count(_number):
        try:
            return count_request("a", 10**9)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(count, range(40))) == list(range(1, 41))
