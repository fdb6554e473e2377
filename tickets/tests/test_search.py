"""Finding tickets by what was said on them."""

from common.search import matching
from tickets.models import Message, Ticket


def test_a_search_works_inside_a_subquery(db):
    """Tickets are found through their messages: there Django names the table by an alias, unquoted."""
    found = Ticket.objects.filter(pk__in=matching(Message.objects.all(), "屏幕 碎了").values("ticket"))
    assert list(found) == []
