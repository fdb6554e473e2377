"""A new ticket for a call or a visit."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from customers.models import Customer
from customers.normalize import normalize_identity
from staff.http import AgentRequest
from tickets.desk.intake import IntakeForm, known_customers
from tickets.desk.keys import read_key
from tickets.desk.views.queue import queue_links
from tickets.models import Ticket
from tickets.rulebook import current_rulebook


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: AgentRequest) -> HttpResponse:
    """The form, and the ticket that it makes."""
    rulebook = current_rulebook()
    if request.method != "POST":
        form = IntakeForm(
            user=request.user, rulebook=rulebook, initial=_initial(request.GET.get("customer", ""))
        )
        return _render(request, form)
    form = IntakeForm(request.POST, request.FILES, user=request.user, rulebook=rulebook)
    if not request.user.has_perm("tickets.work_on_ticket"):
        form.add_error(None, _("You may not make tickets. Ask an administrator for the role of an agent."))
    if not form.is_valid():
        return _render(request, form, status=422)
    ticket, reasons = form.save()
    messages.success(request, _("%(number)s is made.") % {"number": ticket.number})
    for reason in reasons:
        messages.warning(request, reason)
    is_seen = Ticket.objects.visible_to(request.user).filter(pk=ticket.pk).exists()
    return redirect(ticket if is_seen else "tickets:queue")


@require_safe
def find_customer(request: AgentRequest) -> HttpResponse:
    """Who has the phone number or address being typed, with his newest tickets."""
    values = []
    for kind in ("phone", "email"):
        try:
            values.append(normalize_identity(kind, request.GET.get(kind, "")[:254]))
        except ValueError:
            continue
    customers = known_customers(*values)
    for customer in customers:
        tickets = Ticket.objects.visible_to(request.user).filter(customer=customer)
        customer.newest = tickets.only("subject", "status").order_by("-id")[:3]  # type: ignore[attr-defined]
    context = {"customers": customers, "is_asked": bool(values)}
    return render(request, "tickets/partials/_known_customer.html", context)


def _initial(customer_key: str) -> dict[str, str]:
    customer = Customer.objects.filter(pk=read_key(customer_key)).first()
    if customer is None:
        return {}
    known = {identity.kind: identity.value for identity in customer.identities.all()}
    addresses: dict[str, str] = {kind: known[kind] for kind in ("phone", "email") if kind in known}
    return {"name": customer.name, "language": customer.language, **addresses}


def _render(request: AgentRequest, form: IntakeForm, status: int = 200) -> HttpResponse:
    return render(
        request, "tickets/create.html", {"form": form, "queues": queue_links(request)}, status=status
    )
