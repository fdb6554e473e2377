"""A low score beside the customer's tickets."""

from django.utils import timezone

from surveys.models import Invitation, Response, Survey
from tickets.desk.risk import risk_reasons


def test_a_low_score_puts_a_customer_at_risk(ticket_in, customer):
    ticket = ticket_in("surveyed")
    invitation = Invitation.objects.create(
        ticket=ticket, customer=customer, survey=Survey.objects.get(), language="zh-hans", link_nonce="n" * 22,
        token_hash="h" * 64, expires_at=timezone.now(), closed_at=timezone.now(),
    )  # fmt: skip
    response = Response.objects.create(invitation=invitation, score=5)
    assert risk_reasons(customer) == []
    Response.objects.filter(pk=response.pk).update(is_low=True)
    assert risk_reasons(customer) == ["1 low score within 90 days"]
