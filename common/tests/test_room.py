"""Small calls deep down do not have memory mapped each time."""

import resource
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from common.room import with_room

pytestmark = pytest.mark.ground
CALLS = 500


def faults_at(depth: int) -> int:
    """How many pages of memory the system has to give while small calls are made so deep."""
    if depth:
        return faults_at(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for number in range(CALLS):
        leaf(number)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def leaf(number: int) -> int:
    return number


# Larger than what the calls on the way down need, so that it is the first one that does not fit.
leaf.__code__ = leaf.__code__.replace(co_stacksize=100)


def anew(call: Callable[[], int]) -> int:
    """What the call gives on a stack of its own: the tests have room on theirs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call).result()


def worst() -> int:
    # More frames than one piece holds: the end of a piece is met somewhere.
    return max(faults_at(depth) for depth in range(300))


def test_with_room_no_depth_is_a_bad_one():
    assert anew(with_room(worst)) < CALLS / 10


def test_without_it_some_depth_is():
    # When this fails, Python keeps a piece by itself, and with_room can go.
    assert anew(worst) >= CALLS


def test_it_hands_through_what_comes_and_goes():
    assert with_room(divmod)(7, 3) == (2, 1)
    with pytest.raises(ZeroDivisionError):
        with_room(divmod)(1, 0)
