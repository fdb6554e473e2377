"""The customer beside a ticket: notes about him, and two profiles of one person made one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.wording import breakable
from customers.models import Customer
from customers.services import MergeRefused, add_note, merge_customers
from staff.http import AgentRequest
from tickets.desk.keys import read_key
from tickets.desk.page import visible_ticket
from tickets.desk.views.queue import queue_links
from tickets.desk.views.ticket import lead_to
from tickets.models import Ticket

MOST_FOUND = 8


@require_POST
def note_customer(request: AgentRequest, pk: int) -> HttpResponse:
    """Write down something that colleagues should know about the customer."""
    ticket = visible_ticket(request.user, pk)
    if not request.user.has_perm("customers.add_customernote"):
        raise PermissionDenied
    try:
        add_note(ticket.customer, request.POST.get("text", ""), actor=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Your note stands beside every ticket of this customer."))
    return redirect(ticket)


@require_http_methods(["GET", "HEAD", "POST"])
def merge_customer(request: AgentRequest, pk: int) -> HttpResponse:
    """Find the other profile of the ticket's customer, look at the two beside each other, and make them one."""
    ticket = visible_ticket(request.user, pk)
    if not request.user.has_perm("customers.change_customer"):
        raise PermissionDenied
    asked = request.POST if request.method == "POST" else request.GET
    others = Customer.objects.visible_to(request.user).current().exclude(pk=ticket.customer_id)
    other = others.filter(pk=read_key(asked.get("other", ""))).first()
    keep = read_key(asked.get("keep", ""))
    reason = ""
    if request.method == "POST":
        pair = {one.pk: one for one in (ticket.customer, other) if one is not None}
        if other is not None and keep in pair:
            lost = next(one for one in pair.values() if one.pk != keep)
            try:
                merge_customers(pair[keep], lost, actor=request.user)
            except MergeRefused as refusal:
                reason = str(refusal)
            else:
                said = _("%(lost)s is now part of %(kept)s.") % {"lost": lost.name, "kept": pair[keep].name}
                messages.success(request, said)
                return lead_to(request, ticket)
        else:
            reason = _("Choose the other profile, and which of the two stays.")
    query = request.GET.get("q", "").strip()[:100]
    context: dict[str, Any] = {
        "ticket": ticket,
        "other": other,
        "query": query,
        "reason": reason,
        "found": _found(others, query) if query and other is None else [],
        "pair": [_profile(one) for one in (ticket.customer, other)] if other else [],
    }
    status = 422 if reason else 200
    if request.htmx:
        return render(request, "tickets/partials/_merge_customer.html", context, status=status)
    context["queues"] = queue_links(request)
    return render(request, "tickets/merge_customer.html", context, status=status)


def _found(others: Any, query: str) -> list[dict[str, Any]]:
    rows = others.found_by(query).prefetch_related("identities").order_by("-id")[:MOST_FOUND]
    return [
        {"pk": row.pk, "name": row.name, "addresses": [breakable(one.value) for one in row.identities.all()]}
        for row in rows
    ]


def _profile(customer: Customer) -> dict[str, Any]:
    """One of the two, with how much of everything moves when it is the one that goes."""
    return {
        "customer": customer,
        "addresses": [breakable(one.value) for one in customer.identities.all()],
        "orders": [order.number for order in customer.orders.all()[:MOST_FOUND]],
        "tickets": Ticket.objects.filter(customer=customer).count(),
        "notes": customer.notes.count(),
    }
