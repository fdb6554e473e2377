"""Saved views: the page of one, the page of all, and shaping them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staff.http import AgentRequest
from tickets import services
from tickets.desk import saved_views
from tickets.desk.keys import read_key
from tickets.desk.listing import is_unchanged, new_mark
from tickets.desk.view_form import ViewForm
from tickets.desk.views.queue import queue_links
from tickets.models import SavedView
from tickets.rulebook import current_rulebook
from tickets.viewing.asking import in_words


@require_safe
def show_view(request: AgentRequest, pk: int) -> HttpResponse:
    """A saved view's page, or for htmx its rows; 204 when the list that asks is still as it was."""
    if request.htmx and is_unchanged(request.GET.get("mark", "")):
        return HttpResponse(status=204)
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    context = view_context(request, view)
    if request.htmx:
        return render(request, "tickets/partials/_view_rows.html", context)
    return render(request, "tickets/view.html", {**context, "queues": queue_links(request, counted=True)})


def view_context(request: AgentRequest, view: SavedView) -> dict[str, Any]:
    """What the rows of a view and the frame around them need."""
    mark, rulebook = new_mark(), current_rulebook()
    shown = saved_views.show(view, request.user, rulebook)
    keys = {name: key for name in ("after", "before") if (key := request.GET.get(name, ""))}
    page = saved_views.page_of(shown, rulebook, **keys)
    return {
        "view": view,
        "can_edit": view.is_editable_by(request.user),
        "problems": shown.asked.problems,
        "sentences": in_words(shown.asked, rulebook),
        "columns": saved_views.columns_of(view),
        "rows": page.rows,
        "newer_url": f"?{urlencode({'before': page.before})}" if page.before else "",
        "older_url": f"?{urlencode({'after': page.after})}" if page.after else "",
        "refresh_url": f"{view.get_absolute_url()}?{urlencode({**keys, 'mark': mark})}",
    }


@require_safe
def show_side(request: AgentRequest) -> HttpResponse:
    """The views beside every page of the desk; 204 when nothing has changed since they were counted."""
    if is_unchanged(request.GET.get("mark", "")):
        return HttpResponse(status=204)
    mark = new_mark()
    links = saved_views.view_links(request.user, current_rulebook(), request.htmx.current_url_abs_path or "")
    has_more = len(links) > saved_views.IN_THE_SIDE
    context = {"views": links[: saved_views.IN_THE_SIDE], "has_more": has_more, "mark": mark}
    return render(request, "tickets/partials/_views.html", context)


@require_safe
def list_views(request: AgentRequest) -> HttpResponse:
    """All views that one may see, to put them in order."""
    views = list(SavedView.objects.visible_to(request.user).in_order().select_related("team"))
    lines = saved_views.view_lines(views, request.user, current_rulebook())
    context = {
        "groups": [
            {"name": _("Shared"), "lines": [line for line in lines if line["view"].is_shared]},
            {"name": _("My own"), "lines": [line for line in lines if not line["view"].is_shared]},
        ],
        "can_share": request.user.has_perm("tickets.add_savedview"),
        "queues": queue_links(request),
    }
    return render(request, "tickets/views.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_view(request: AgentRequest) -> HttpResponse:
    """A new view of one's own or, for managers, a shared one; it may begin with a queue's filters or another view."""
    is_shared = "shared" in request.GET and request.user.has_perm("tickets.add_savedview")
    view = SavedView(owner=None if is_shared else request.user)
    pattern = (
        SavedView.objects.visible_to(request.user).filter(pk=read_key(request.GET.get("from", ""))).first()
    )
    if pattern is not None:
        view.name, view.conditions = pattern.label, pattern.conditions
        view.columns, view.order = pattern.columns, pattern.order
    else:
        view.conditions = saved_views.from_filters(request.GET, current_rulebook())
    return _shape(request, view)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_view(request: AgentRequest, pk: int) -> HttpResponse:
    """Change a view."""
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    if not view.is_editable_by(request.user):
        raise PermissionDenied(_("A shared view is shaped by managers. Make one of your own from it."))
    return _shape(request, view)


def _shape(request: AgentRequest, view: SavedView) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = ViewForm(data, view=view, user=request.user, rulebook=current_rulebook())
    if data is None or form.is_reshaping:
        return _render(request, form)
    if not form.is_valid():
        return _render(request, form, status=422)
    try:
        saved = services.save_view(form.fill(), actor=request.user)
    except services.TooManyViews as error:
        form.add_error(None, str(error))
        return _render(request, form, status=422)
    saved_views.forget_counts(request.user)
    return redirect(saved)


def _render(request: AgentRequest, form: ViewForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "view": form.view, "queues": queue_links(request)}
    return render(request, "tickets/view_form.html", context, status=status)


@require_POST
def delete_view(request: AgentRequest, pk: int) -> HttpResponse:
    """Delete a view."""
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    services.delete_view(view, actor=request.user)
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.label})
    return redirect("tickets:views")


@require_POST
def move_view(request: AgentRequest, pk: int) -> HttpResponse:
    """Put a view up or down by one, or at the place it was drawn to."""
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    to = request.POST.get("to", "")
    steps = {"up": -1, "down": 1}
    place = services.place_of(view) + steps[to] if to in steps else read_key(to)
    services.move_view(view, place, actor=request.user)
    # The button that was pressed keeps the focus on the page that follows.
    pressed = urlencode({"moved": str(view.pk), "to": to if to in steps else "here"})
    return redirect(f"{reverse('tickets:views')}?{pressed}")
