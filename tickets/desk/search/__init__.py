"""Search at the desk: what a query asks for, which tickets it finds, and what is offered while one types."""

from tickets.desk.search.query import Asked, read_query
from tickets.desk.search.words import find

__all__ = ["Asked", "find", "read_query"]
