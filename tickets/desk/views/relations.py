"""Merging, splitting, linking, and children: in the dialog of the ticket page, or as pages of their own."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staff.http import AgentRequest
from tickets import services
from tickets.desk.keys import read_key
from tickets.desk.page import visible_ticket
from tickets.desk.relations import ChildForm, LinkForm, MergeForm, SubjectForm, TellForm
from tickets.desk.stale import is_harmless
from tickets.desk.views.queue import queue_links
from tickets.desk.views.ticket import form_context, lead_to
from tickets.models import Merge, Message, Ticket, TicketLink
from tickets.rulebook import current_rulebook
from tickets.services import StaleTicket, StepRefused


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: AgentRequest, pk: int) -> HttpResponse:
    """Merge the ticket into another: first what would happen is shown, then it is done."""
    ticket = visible_ticket(request.user, pk)
    if request.method != "POST":
        seen = {"version": ticket.version, "seen": ticket.newest_event, "number": request.GET.get("into", "")}
        return _merge_page(request, MergeForm(ticket=ticket, user=request.user, initial=seen))
    form = MergeForm(request.POST, ticket=ticket, user=request.user)
    if not form.is_valid():
        return _merge_page(request, form, status=422)
    target, cleaned = form.cleaned_data["number"], form.cleaned_data
    preview = services.preview_merge(ticket, target)
    if cleaned["confirmed"] != target.number or preview.reasons:
        return _merge_page(request, form, preview=preview, status=422 if preview.reasons else 200)
    try:
        services.merge_tickets(
            ticket, target, actor=request.user, note=cleaned["note"], other_customer=cleaned["other_customer"],
            expected_version=_version(form, request),
        )  # fmt: skip
    except StaleTicket:
        return _merge_page(request, form, preview=preview, stale_after=cleaned["seen"] or 0, status=409)
    except StepRefused as refusal:
        form.add_error(None, refusal.reason)
        return _merge_page(request, form, preview=preview, status=422)
    said = _("%(number)s is merged into this ticket. “Undo” beside it puts it back.")
    messages.success(request, said % {"number": ticket.number})
    return lead_to(request, target)


def _version(form: MergeForm, request: AgentRequest) -> int | None:
    """The version the user saw, unless what came since is of no matter."""
    if is_harmless(form.ticket, form.cleaned_data["seen"], request.user):
        return None
    version: int | None = form.cleaned_data["version"]
    return version


def _merge_page(
    request: AgentRequest, form: MergeForm, *, preview: Any = None, stale_after: int | None = None, status: int = 200
) -> HttpResponse:  # fmt: skip
    context = form_context(request, form, form.ticket, stale_after)
    return _page(request, "_merge_form", {**context, "preview": preview, "title": _("Merge")}, status)


@require_POST
def undo_merge(request: AgentRequest, pk: int, merge: int) -> HttpResponse:
    """Put a merged ticket back as it was; asked on either of the two."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    found = get_object_or_404(Merge.objects.select_related("source", "target"), pk=merge)
    if ticket.pk not in (found.source_id, found.target_id):
        return redirect(ticket)
    try:
        source = services.undo_merge(found, actor=request.user)
    except StepRefused as refusal:
        messages.warning(request, refusal.reason)
        return redirect(ticket)
    said = _("%(number)s is as it was before it was merged into %(other)s.")
    messages.success(request, said % {"number": source.number, "other": found.target.number})
    return redirect(source if source.is_visible_to(request.user) else ticket)


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: AgentRequest, pk: int) -> HttpResponse:
    """Say what the ticket has to do with another one."""
    ticket = visible_ticket(request.user, pk)
    form = LinkForm(request.POST if request.method == "POST" else None, ticket=ticket, user=request.user)
    context = {"ticket": ticket, "form": form, "title": _("Link"), "action": request.path}
    context["about"] = _("Both tickets show it. A parent can be resolved when its children are done.")
    if request.method != "POST":
        return _page(request, "_relation_form", context)
    if form.is_valid():
        try:
            form.save()
        except StepRefused as refusal:
            form.add_error(None, refusal.reason)
        else:
            said = _("Linked with %(number)s.")
            messages.success(request, said % {"number": form.cleaned_data["number"].number})
            return lead_to(request, ticket)
    return _page(request, "_relation_form", context, 422)


@require_POST
def unlink(request: AgentRequest, pk: int, link: int) -> HttpResponse:
    """Take a link away."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    found = TicketLink.objects.select_related("ticket", "other").filter(pk=link).first()
    if found and ticket.pk in (found.ticket_id, found.other_id):
        services.unlink_tickets(found, actor=request.user)
    return _back(request, ticket)


@require_POST
def unplace(request: AgentRequest, pk: int) -> HttpResponse:
    """Take a child out of its parent."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    services.place_below(ticket, None, actor=request.user)
    return _back(request, ticket)


@require_POST
def ungather(request: AgentRequest, pk: int) -> HttpResponse:
    """Take a ticket out of its incident."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    services.gather(ticket, None, actor=request.user)
    return _back(request, ticket)


def _back(request: AgentRequest, ticket: Ticket) -> HttpResponse:
    """To the ticket on whose page it was pressed."""
    messages.success(request, _("The link is removed."))
    asked = Ticket.objects.visible_to(request.user).filter(pk=read_key(request.POST.get("page", ""))).first()
    return redirect(asked or ticket)


@require_http_methods(["GET", "HEAD", "POST"])
def add_child(request: AgentRequest, pk: int) -> HttpResponse:
    """Give a part of the work to colleagues, as a ticket that this one waits for."""
    ticket = visible_ticket(request.user, pk)
    data = request.POST if request.method == "POST" else None
    form = ChildForm(data, ticket=ticket, rulebook=current_rulebook())
    context = {"ticket": ticket, "form": form, "title": _("New child ticket"), "action": request.path}
    context["about"] = _("Colleagues do a part of the work. The customer sees nothing of it.")
    if request.method != "POST":
        return _page(request, "_relation_form", context)
    if not form.is_valid():
        return _page(request, "_relation_form", context, 422)
    cleaned = form.cleaned_data
    made = services.create_child(
        ticket,
        subject=cleaned["subject"],
        body=cleaned["body"],
        category=cleaned["category"],
        actor=request.user,
    )
    messages.success(request, _("%(number)s is made. This ticket waits for it.") % {"number": made.number})
    return lead_to(request, ticket)


@require_http_methods(["GET", "HEAD", "POST"])
def split(request: AgentRequest, pk: int, message: int) -> HttpResponse:
    """Make a ticket of its own of a message of the customer."""
    ticket = visible_ticket(request.user, pk)
    said = get_object_or_404(Message.objects.select_related("ticket"), pk=message, ticket=ticket.pk)
    first = {"subject": " ".join(said.body.split())[:60] or ticket.subject}
    form = SubjectForm(request.POST if request.method == "POST" else None, initial=first)
    context = {"ticket": ticket, "form": form, "title": _("Split off"), "action": request.path}
    context["about"] = _(
        "The message becomes a ticket of its own, with its files. Here it says where it went."
    )
    if request.method != "POST":
        return _page(request, "_relation_form", {**context, "quoted": said.body[:600]})
    if form.is_valid():
        try:
            made = services.split_message(said, subject=form.cleaned_data["subject"], actor=request.user)
        except StepRefused as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, _("%(number)s is made.") % {"number": made.number})
            return lead_to(request, made if made.is_visible_to(request.user) else ticket)
    return _page(request, "_relation_form", {**context, "quoted": said.body[:600]}, 422)


@require_http_methods(["GET", "HEAD", "POST"])
def tell_all(request: AgentRequest, pk: int) -> HttpResponse:
    """Answer the customers of all tickets gathered under the incident at once."""
    ticket = visible_ticket(request.user, pk)
    form = TellForm(request.POST if request.method == "POST" else None)
    count = ticket.gathered.open().count()
    context = {"ticket": ticket, "form": form, "title": _("Tell all"), "action": request.path}
    said = ngettext("%(count)s open ticket is told.", "%(count)s open tickets are told.", count)
    context["about"] = said % {"count": count}
    if request.method != "POST":
        return _page(request, "_relation_form", context)
    if form.is_valid():
        cleaned = form.cleaned_data
        try:
            made = services.announce(
                ticket, cleaned["body"], actor=request.user, resolves=cleaned["resolves"]
            )
        except StepRefused as refusal:
            form.add_error(None, refusal.reason)
        else:
            return lead_to(request, reverse("tickets:told", args=[ticket.pk, made.pk]))
    return _page(request, "_relation_form", context, 422)


@require_safe
def show_told(request: AgentRequest, pk: int, announcement: int) -> HttpResponse:
    """How far an announcement has come, and on which tickets it was refused for which reason."""
    ticket = visible_ticket(request.user, pk)
    found = get_object_or_404(ticket.announcements.select_related("actor"), pk=announcement)
    tellings = list(
        found.tellings.select_related("ticket").only("done_at", "reasons", "message", "ticket__subject")
    )
    context = {
        "ticket": ticket,
        "announcement": found,
        "count": len(tellings),
        "done": sum(telling.done_at is not None for telling in tellings),
        "refused": [telling for telling in tellings if telling.reasons],
    }
    if request.htmx:
        return render(request, "tickets/partials/_told.html", context)
    return render(request, "tickets/told.html", {**context, "queues": queue_links(request)})


def _page(
    request: AgentRequest, partial: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:  # fmt: skip
    template = f"tickets/partials/{partial}.html"
    if request.htmx:
        return render(request, template, context, status=status)
    context |= {"partial": template, "queues": queue_links(request)}
    return render(request, "tickets/relation.html", context, status=status)
