"""Questions about many customers."""

from contextlib import suppress
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import F

from common.search import IsAmong, matching
from customers.normalize import normalize_identity

if TYPE_CHECKING:
    from staff.models import User


class CustomerQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """The one place that decides who sees customers: staff with the permission, all of them."""
        return self if user.has_perm("customers.view_customer") else self.none()

    def current(self) -> Self:
        """Profiles that were not merged into another."""
        return self.filter(merged_into__isnull=True)

    def found_by(self, text: str) -> Self:
        """Customers by words of the name, the beginning of an address or number, or a whole order number."""
        text = text.strip().replace("\x00", "")
        if not text:
            return self.none()
        everyone = self.model._default_manager.order_by()
        identities = apps.get_model("customers", "Identity")._default_manager.order_by().values("customer")
        orders = apps.get_model("customers", "Order")._default_manager.order_by().values("customer")
        # Each by an index of its own; an OR of them would read all customers.
        ways = [
            identities.filter(value__startswith=text.lower()),
            orders.filter(number__iexact=text),
        ]
        with suppress(ValueError):
            ways.append(identities.filter(kind="phone", value=normalize_identity("phone", text)))
        named = matching(everyone, text).values("pk")
        return self.filter(IsAmong(F("pk"), named.union(*ways, all=True).query))
