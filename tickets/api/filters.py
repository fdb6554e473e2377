"""Narrowing the list of tickets."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from catalog.choices import Channel, Priority
from catalog.models import Category
from customers.models import Customer
from staff.models import Team, User
from tickets.choices import Status
from tickets.desk.search import find
from tickets.models import Ticket

LONGEST_SEARCH = 200


def _customers(request: Any) -> QuerySet[Customer]:
    return Customer.objects.visible_to(request.user) if request else Customer.objects.none()


class TicketFilter(django_filters.FilterSet):
    """Each filter may be left out; several narrow further."""

    # The plain filter for several values would ask for DISTINCT, which sorts the whole table.
    status = django_filters.MultipleChoiceFilter(
        choices=Status.choices, distinct=False, help_text="May be given several times: any of them."
    )
    priority = django_filters.MultipleChoiceFilter(
        choices=Priority.choices, distinct=False, help_text="May be given several times: any of them."
    )
    channel = django_filters.ChoiceFilter(choices=Channel.choices)
    team = django_filters.ModelChoiceFilter(queryset=Team.objects.all(), help_text="A team's id.")
    assignee = django_filters.ModelChoiceFilter(queryset=User.objects.all(), help_text="A user's id.")
    customer = django_filters.ModelChoiceFilter(queryset=_customers, help_text="A customer's id.")
    category = django_filters.ModelChoiceFilter(
        queryset=Category.objects.all(),
        method="below",
        help_text="A category's id: it and everything below it.",
    )
    q = django_filters.CharFilter(
        method="search", max_length=LONGEST_SEARCH,
        help_text="Words of the subject and the messages, a ticket's number, a customer's name or address, an order.",
    )  # fmt: skip

    class Meta:
        model = Ticket
        fields = ()

    def below(self, tickets: Any, name: str, category: Category) -> Any:
        """Tickets of the category and everything below it."""
        within = (
            Category.objects.filter(path__startswith=category.path).order_by().values_list("pk", flat=True)
        )
        return tickets.filter(category__in=list(within))

    def search(self, tickets: Any, name: str, text: str) -> Any:
        """Tickets that the text finds, as in the desk."""
        return find(tickets, text)
