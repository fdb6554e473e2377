"""Why somebody was chosen for a ticket, in words, from the codes and figures that the event keeps."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from common.wording import listed
from staff.models import Strategy
from tickets.routing import strategies

# The groups of those who were not chosen, in the order they are said.
GROUPS = {
    strategies.LATER: gettext_lazy("also possible: %(people)s"),
    strategies.NOT_ON_CALL: gettext_lazy("not on call: %(people)s"),
    strategies.FULL: gettext_lazy("full: %(people)s"),
    strategies.LACKS_SKILL: gettext_lazy("without a needed skill: %(people)s"),
    strategies.OFF_DUTY: gettext_lazy("off duty: %(people)s"),
}
# Of these their load says something.
WITH_LOAD = (strategies.LATER, strategies.FULL)


def people_in(why: Mapping[str, Any]) -> set[int]:
    """The ids of all who were considered and not chosen."""
    return {other[0] for other in why.get("others", ())}


def in_words(why: Mapping[str, Any], names: Mapping[int, str]) -> list[str]:
    """The strategy with its figures, then the others by what spoke against them."""
    if not why:
        return []
    strategy = dict(Strategy.choices).get(why.get("by", ""), why.get("by", ""))
    words = [
        gettext("chosen by “%(strategy)s”: load %(load)s") % {"strategy": strategy, "load": why.get("load")}
        if why.get("capacity") is None
        else gettext("chosen by “%(strategy)s”: load %(load)s of %(capacity)s")
        % {"strategy": strategy, "load": why.get("load"), "capacity": why["capacity"]}
    ]
    for code, phrase in GROUPS.items():
        people = [
            f"{names.get(user_id, user_id)} ({load})" if code in WITH_LOAD else names.get(user_id, user_id)
            for user_id, reason, load in why.get("others", ())
            if reason == code
        ]
        if people:
            words.append(phrase % {"people": listed(people)})
    return words
