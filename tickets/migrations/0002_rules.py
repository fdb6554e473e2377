"""Let the database keep what the life cycle and the history promise."""

from django.db import migrations

from common.database import configuration_stamp_trigger, status_moves_trigger, write_once
from common.search import SearchIndex

# Every (before, after) that a step makes; a test compares this list with tickets.workflow.MOVES.
MOVES = [
    ("received", "classified"),
    ("received", "cancelled"),
    ("classified", "assigned"),
    ("classified", "resolved"),
    ("classified", "cancelled"),
    ("assigned", "classified"),
    ("assigned", "waiting"),
    ("assigned", "resolved"),
    ("assigned", "cancelled"),
    ("waiting", "assigned"),
    ("waiting", "classified"),
    ("waiting", "resolved"),
    ("waiting", "cancelled"),
    ("resolved", "surveyed"),
    ("resolved", "assigned"),
    ("resolved", "classified"),
    ("surveyed", "assigned"),
    ("surveyed", "classified"),
    ("cancelled", "received"),
]


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial"), ("catalog", "0001_initial")]

    operations = [
        status_moves_trigger("tickets_ticket", "status", MOVES, "ticket_status_moves"),
        write_once("tickets_event", "an_event_is_written_once"),
        SearchIndex("message"),
        *[
            configuration_stamp_trigger(table)
            for table in [
                "tickets_route",
                "tickets_classifyingrule",
                "tickets_classifyingrule_tags",
                "tickets_guard",
            ]
        ],
    ]
