"""A stage of escalation as a sentence: when it comes, on which promise, and what happens then."""

from typing import Any

from django.utils.translation import gettext

from common.wording import clauses, listed
from sla.words import length


def moment_words(at_percent: int | None, at_minutes: int | None) -> str:
    """When a stage comes, counted from the due moment: 25 % of the time before it is due."""
    offset = at_percent if at_minutes is None else at_minutes
    if not offset:
        return gettext("when it is due")
    span = gettext("%(percent)s %% of the time") % {"percent": abs(offset)}
    if at_minutes is not None:
        span = length(abs(offset))
    words = gettext("%(span)s before it is due") if offset < 0 else gettext("%(span)s after it is due")
    return words % {"span": span}


def action_words(stage: Any) -> list[str]:
    """What a stage does, one by one; `stage` is a row with what it names."""
    told = [
        words
        for holds, words in (
            (stage.tells_assignee, gettext("whoever has it")),
            (stage.tells_leads, gettext("the team’s leads")),
            (stage.tells_team, gettext("the whole team")),
            (stage.tells_person_id, stage.tells_person),
        )
        if holds
    ]
    found = [gettext("tell %(people)s") % {"people": listed(told)}] if told else []
    if stage.priority:
        found.append(
            gettext("raise the priority to %(priority)s") % {"priority": stage.get_priority_display()}
        )
    if stage.to_team_id:
        found.append(gettext("give it to the team “%(team)s”") % {"team": stage.to_team})
    elif stage.reassign:
        found.append(stage.get_reassign_display())
    if stage.watcher_id:
        found.append(gettext("let %(person)s watch") % {"person": stage.watcher})
    if stage.progress_note_id:
        found.append(gettext("send the customer “%(template)s”") % {"template": stage.progress_note})
    return found


def promise_words(stage: Any) -> str:
    """Which promise a stage watches."""
    return str(stage.get_watches_display()) if stage.watches else gettext("Each promise")


def sentence(stage: Any) -> str:
    """A whole stage in one line."""
    return gettext("%(promise)s, %(moment)s: %(actions)s") % {
        "promise": promise_words(stage),
        "moment": moment_words(stage.at_percent, stage.at_minutes),
        "actions": clauses(action_words(stage)),
    }
