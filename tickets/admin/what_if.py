"""“Try it on the last days”: promises kept and broken now, and by the draft in the form; nothing is saved."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from staff.models import Team
from tickets.admin.parts import staff_user
from tickets.choices import PromiseKind
from tickets.models import Ticket
from tickets.replay.rules import Rules
from tickets.replay.running import DAYS, MOST_DAYS, Run, begin, go_on, resumed
from tickets.replay.sums import Sums

STATE, TARGET = "what_if_state", "what-if"
SIDES = {
    "kept": pgettext_lazy("promise", "kept"),
    "broken": pgettext_lazy("promise", "broken"),
    "open": pgettext_lazy("promise", "still open"),
    "none": pgettext_lazy("promise", "does not count"),
}
LEFT_OUT = {
    "no_version": _("promised before versions were kept"),
    "no_facts": _("older: what they were when they came was not kept"),
    "rules_changed": _("conditions of policies, rotas or customers have changed since"),
}


def days_of(request: HttpRequest) -> int:
    """For how many days the manager asks."""
    typed = str(request.POST.get("what_if_days", ""))
    return min(max(int(typed), 1), MOST_DAYS) if typed.isdecimal() and len(typed) < 6 else DAYS


def is_next_piece(request: HttpRequest) -> bool:
    """Whether the page asks for the next piece of a run that is on."""
    return request.headers.get("HX-Target") == TARGET and STATE in request.POST


def what_if(request: HttpRequest, saved: Rules, drafted: Rules, mark: str) -> dict[str, Any]:
    """The next piece of a what-if, or with a browser without JavaScript all of it, as the page shows it."""
    user = staff_user(request)
    tickets = Ticket.objects.visible_to(user)
    run = (
        resumed(str(request.POST.get(STATE)), draft=mark, person=user.pk) if is_next_piece(request) else None
    )
    run = run or begin(tickets, days_of(request), draft=mark, person=user.pk)
    go_on(run, tickets, saved, drafted)
    while not run.is_done and not request.headers.get("HX-Request"):
        go_on(run, tickets, saved, drafted)
    return {"run": run, "what_if_url": request.path, **(shown(run, saved) if run.is_done else {})}


def shown(run: Run, saved: Rules) -> dict[str, Any]:
    """A finished run in words."""
    sums, rows = run.sums, run.sums.parts.get("kind", {})
    kinds = {str(code): str(label) for code, label in PromiseKind.choices}
    teams = {str(team.pk): team.label for team in Team.objects.all()}
    categories = {str(pk): category.label for pk, category in saved.rulebook.categories.items()}
    return {
        "whole": sums.parts.get("all", {}).get("", [0, 0, 0, 0]),
        "tables": [
            (gettext("Promise"), [(kinds[kind], rows[kind]) for kind in kinds if any(rows.get(kind, ()))]),
            (gettext("Team"), _rows(sums, "team", teams | {"": gettext("no team")})),
            (gettext("Category"), _rows(sums, "category", categories | {"": gettext("no category")})),
        ],
        "named": [
            {
                "pk": pk, "number": Ticket(pk=pk).number, "subject": subject,
                "sides": [(kinds[kind], SIDES[was], SIDES[would], would == "broken") for kind, was, would in sides],
            }
            for pk, subject, sides in sums.named
        ],
        "left_out": [(LEFT_OUT[reason], count) for reason, count in sums.left_out.items()],
        "left_out_count": sum(sums.left_out.values()),
    }  # fmt: skip


def _rows(sums: Sums, part: str, names: dict[str, str]) -> Iterable[tuple[str, list[int]]]:
    # What has none comes last.
    found = sorted(sums.parts.get(part, {}).items(), key=lambda one: (not one[0], names.get(one[0], "–")))
    return [(names.get(key, "–"), row) for key, row in found if any(row)]
