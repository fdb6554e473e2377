"""What an escalation stage did, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from catalog.choices import Priority
from common.wording import listed
from sla.words import length


def escalation_in_words(data: Mapping[str, Any], users: Mapping[int, str]) -> list[str]:
    """When the stage came, and each thing that it did, from the data of its event."""
    said = [moment_in_words(data.get("at_percent"), data.get("at_minutes"))]
    if told := [users.get(pk, "") for pk in data.get("told", [])]:
        said.append(_("told: %(people)s") % {"people": listed(told)})
    if priority := data.get("priority"):
        said.append(_("priority raised to %(priority)s") % {"priority": dict(Priority.choices)[priority]})
    if watcher := data.get("watcher"):
        said.append(_("now watching: %(person)s") % {"person": users.get(watcher, "")})
    if data.get("told_customer"):
        said.append(_("the customer was told"))
    if reassigned := data.get("reassigned"):
        said.append(
            {
                "queue": _("handed back to the queue"),
                "other": _("given to somebody else of the team"),
                "team": _("given to another team"),
            }[reassigned]
        )
    if reasons := data.get("reasons"):
        said.append(_("it stays where it is: %(reasons)s") % {"reasons": " ".join(reasons)})
    elif data.get("not_reassigned"):
        said.append(_("nobody could take it over"))
    return said


def moment_in_words(percent: int | None, minutes: int | None) -> str:
    """A place on the clock of a promise, seen from when it is due."""
    if not percent and not minutes:
        return _("when it was due")
    if percent:
        words = _("with %(percent)s %% of the time left")
        if percent > 0:
            words = _("%(percent)s %% of the time too late")
        return words % {"percent": abs(percent)}
    assert minutes is not None
    words = _("%(length)s before it was due") if minutes < 0 else _("%(length)s after it was due")
    return words % {"length": length(abs(minutes))}
