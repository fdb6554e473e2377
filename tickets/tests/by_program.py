"""How tests send requests to the API's tickets."""

import json

TICKETS = "/api/v1/tickets/"


def at(ticket, part=""):
    return f"{TICKETS}{ticket.pk}/{part}"


def post(client, address, **values):
    # The client's own encoder would stumble over half characters.
    return client.generic("POST", address, json.dumps(values), content_type="application/json")
