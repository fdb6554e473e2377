"""What a macro or an automation rule does, in words."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from common.wording import bracketed, listed
from tickets.models.actions import NEEDS_NOTE, Actions
from tickets.workflow import STEPS


def action_lines(
    actions: Actions, *, add_tags: Iterable[Any] | None = None, remove_tags: Iterable[Any] | None = None
) -> list[str]:
    """Each thing it changes, in the order in which it is done; tags of an unsaved row are given."""
    add = list(actions.add_tags.all() if add_tags is None else add_tags)
    remove = list(actions.remove_tags.all() if remove_tags is None else remove_tags)
    lines: list[tuple[Any, Any]] = [
        (_("Category"), actions.category),
        (_("Priority"), actions.get_priority_display() if actions.priority else ""),
        (_("Add tags"), listed(add)),
        (_("Remove tags"), listed(remove)),
        (_("Link article"), actions.article),
        (_("Internal note"), "" if actions.step in NEEDS_NOTE else actions.note.strip()[:80]),
        (_("Give to"), actions.team or actions.assignee),
        (_("Step"), _step(actions)),
    ]
    return [_("%(what)s: %(value)s") % {"what": what, "value": value} for what, value in lines if value]


def _step(actions: Actions) -> str:
    if not actions.step:
        return ""
    label = str(STEPS[actions.step].label)
    if actions.step == "cancel":
        return bracketed(label, actions.get_cancel_reason_display())
    return bracketed(label, actions.note.strip()[:80]) if actions.step in NEEDS_NOTE else label
