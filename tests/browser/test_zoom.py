"""The desk at 200 % and in a window of 320 pixels, in every language: nothing is cut off, covered or out of reach."""

from collections.abc import Iterable, Iterator

import pytest

from staff.models import User
from tests.browser.fitting import ZOOMED, misfits
from tests.browser.stops import ADMIN, DESK, Stop, admin_stops, press, ticket

pytestmark = pytest.mark.timeout(180)
SETTLED = "() => !document.querySelector('.htmx-request, #aside[hx-get], #views[hx-trigger=load]')"
# What managers shape for the desk: their lists and forms.
SHAPED = ("_macro", "_checklist", "_automationrule", "_savedview")
OTHERS = [
    *(Stop("tickets:ticket", ticket(state), who="agent") for state in ("assigned", "merged", "late")),
    *(Stop("tickets:step", ticket("assigned", step), who="agent") for step in ("resolve", "cancel")),
    *(Stop("tickets:edit-ticket", ticket("assigned", part), who="agent") for part in ("facts", "tags")),
    Stop("tickets:queue", who="agent", act=press("[data-bs-target='#side']", shows="#side.show a[href$='/bulk/']")),
]  # fmt: skip


def is_of_the_desk(stop: Stop) -> bool:
    """Whether agents work there; duty has its own width, a week."""
    return (
        stop.name.startswith("tickets:") and not stop.name.startswith("tickets:duty") and stop.status == 200
    )


def is_shaped(stop: Stop) -> bool:
    """Whether managers shape something there."""
    return any(model in stop.name for model in SHAPED)


def one_of_each(stops: Iterable[Stop]) -> Iterator[Stop]:
    """The first of those that differ only in what is written on the page."""
    seen = set()
    for stop in stops:
        mark = (stop.name, stop.query, stop.act)
        if mark not in seen:
            seen.add(mark)
            yield stop


# English words are the longest, so most pages are looked at in English, and each in one language.
@pytest.mark.parametrize(("language", "mine"), [("en", (0, 1, 3)), ("zh-hans", (2,)), ("zh-hant", (4,))])
def test_every_page_of_the_desk_fits(world, open_page, language, mine):
    User.objects.update(language=language)
    shaped = [stop for stop in [*ADMIN, *admin_stops(world)] if is_shaped(stop)]
    pages, faults = {}, []
    stops = [*filter(is_of_the_desk, one_of_each(DESK)), *OTHERS, *shaped]
    for stop in [stop for place, stop in enumerate(stops) if place % 5 in mine]:
        if stop.who not in pages:
            pages[stop.who] = open_page(
                user=world.people[stop.who], language=language, allowed=(r"status of 422 ",)
            )
        page, path = pages[stop.who], stop.path(world)
        page.set_viewport_size(ZOOMED)
        page.goto(path)
        page.wait_for_function(SETTLED)
        if stop.act:
            stop.act(page)
        faults += [
            f"{stop.name} {path}{' after a press' if stop.act else ''}: {fault}" for fault in misfits(page)
        ]
    assert not faults, "\n".join(faults)
