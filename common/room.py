"""Room for deep calls on Python's own stack."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# 320 KB, which come in a piece of 512 KB: the rest is more than a page of ours has ever used.
SLOTS = 40_000


def with_room(call: Callable[P, R]) -> Callable[P, R]:
    """The same call, made where all that it calls fits into one piece of the stack.

    CPython keeps frames in pieces of 16 KB and hands a piece back to the system as soon as nothing is on it. Where the
    end of a piece falls among the small calls of a template's loop, each of them has memory mapped and unmapped: that
    was a third to a half of the time of our longest pages. A frame that says it is large gets a large piece, and the
    frames above it stand on what it leaves free. Nothing of it is touched before it is used.
    """

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return call(*args, **kwargs)

    run.__code__ = run.__code__.replace(co_stacksize=SLOTS)
    return run
