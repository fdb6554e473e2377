"""After a change of a policy or calendar: which open tickets still run by an earlier version, and moving them."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sla.models import SlaPolicy
from staff.models import User
from tickets.admin.parts import staff_user
from tickets.choices import PromiseKind
from tickets.models import Ticket
from tickets.progress import Progress
from tickets.services import preview_changes, run_by_earlier
from tickets.tasks import replay_changes

WORDS = {
    "broken": _("newly broken"),
    "mended": _("no longer broken"),
    "gone": _("not promised any more"),
    "new": _("newly promised"),
    "": "",
}
SHOWN = 200


class ReplayAdmin(admin.ModelAdmin):
    """A thing with versions whose newest can be applied to open tickets."""

    def get_urls(self) -> list[Any]:
        """The page that shows what would move and moves it, besides the others."""
        view = self.admin_site.admin_view(self.replay_view)
        return [
            path("<int:pk>/replay/", view, name=f"sla_{self.opts.model_name}_replay"),
            *super().get_urls(),
        ]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        self.after_new_version(request, obj)
        return super().response_change(request, obj)

    def after_new_version(self, request: HttpRequest, row: Any) -> None:
        """Say how many open tickets run by an earlier version, and lead to what would move."""
        if count := run_by_earlier(row).count():
            said = ngettext(
                "%(counter)s open ticket still runs by an earlier version.",
                "%(counter)s open tickets still run by an earlier version.",
                count,
            ) % {"counter": count}
            link = reverse(f"admin:sla_{self.opts.model_name}_replay", args=[row.pk])
            messages.info(
                request, format_html('{} <a href="{}">{}</a>', said, link, gettext("Look at what would move"))
            )

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what the newest version would move; a POST moves it in the background."""
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        what = "policy" if isinstance(row, SlaPolicy) else "calendar"
        progress = Progress(what, pk)
        if request.method == "POST":
            progress.begin(run_by_earlier(row).count())
            replay_changes.enqueue(what, pk, staff_user(request).pk)
            return redirect(request.path)
        known = progress.read()
        if request.headers.get("HX-Request"):
            return render(request, "admin/tickets/partials/_replay_progress.html", {"progress": known})
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What would move: %(name)s") % {"name": row},
            "opts": self.opts,
            "row": row,
            "progress": known,
            **(
                _previewed(row, staff_user(request))
                if known is None or known["is_done"] or known["is_silent"]
                else {}
            ),
        }
        return render(request, "admin/tickets/replay.html", context)


def _previewed(row: Any, user: User) -> dict[str, Any]:
    preview = preview_changes(row)
    words = [move.word(preview.now) for _pk, _subject, move in preview.moves]
    seen = set(
        Ticket.objects.visible_to(user)
        .filter(pk__in=[pk for pk, _subject, _move in preview.moves[:SHOWN]])
        .values_list("pk", flat=True)
    )
    return {
        "preview": preview,
        "moved_count": len(words),
        "broken_count": words.count("broken"),
        "mended_count": words.count("mended"),
        "lines": [
            {
                "pk": pk, "number": Ticket(pk=pk).number, "subject": subject, "kind": PromiseKind(move.kind).label,
                "was": move.was and move.was.running_since_at and move.was.due_at,
                "would": move.would and not move.would.is_standing and move.would.due_at,
                "word": WORDS[word], "is_worse": word == "broken",
            }
            for (pk, subject, move), word in list(zip(preview.moves, words, strict=True))[:SHOWN]
            if pk in seen
        ],
    }  # fmt: skip
