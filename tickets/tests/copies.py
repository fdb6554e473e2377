"""Many tickets in a moment: copies of one that lived through the services."""

import uuid

from tickets.models import Event, Promise, Ticket


def copy_ticket(ticket: Ticket, number: int) -> None:
    """Make so many copies of a ticket, with its events and promises."""
    events, promises = list(ticket.events.all()), list(ticket.promises.all())
    fields = {f.attname: getattr(ticket, f.attname) for f in Ticket._meta.concrete_fields if f.name != "id"}
    made = Ticket.objects.bulk_create(
        Ticket(**fields | {"token_hash": uuid.uuid4().hex, "link_nonce": uuid.uuid4().hex})
        for _number in range(number)
    )
    for row_type, rows in ((Event, events), (Promise, promises)):
        names = [f.attname for f in row_type._meta.concrete_fields if f.name != "id"]
        row_type.objects.bulk_create(
            (
                row_type(**{n: getattr(row, n) for n in names} | {"ticket_id": one.pk})
                for one in made
                for row in rows
            ),
            batch_size=2_000,
        )
