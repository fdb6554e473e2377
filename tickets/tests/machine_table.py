"""The life cycle as the design writes it, by hand: step → (from, to, who). Tests compare the product with it."""

STATES = ("received", "classified", "assigned", "waiting", "resolved", "surveyed", "cancelled")

STAFF = frozenset({"agent", "lead", "manager", "admin"})
LEADS = frozenset({"lead", "manager", "admin"})
CUSTOMER = frozenset({"customer"})
SYSTEM = frozenset({"system"})
# Besides these, an agent of another team: he sees a ticket only while no team has it.
ACTORS = (*sorted(STAFF), "customer", "system", "agent_of_another_team")

TABLE = {
    "classify": ({"received", "classified"}, {"classified"}, STAFF | SYSTEM),
    "assign": ({"classified", "assigned"}, {"assigned"}, STAFF | SYSTEM),
    "hand_back": ({"assigned", "waiting"}, {"classified"}, STAFF | SYSTEM),
    "wait": ({"assigned"}, {"waiting"}, STAFF),
    "resume": ({"waiting"}, {"assigned"}, STAFF | CUSTOMER),
    "resolve": ({"assigned", "waiting"}, {"resolved"}, STAFF | CUSTOMER),
    "reopen": ({"resolved", "surveyed"}, {"assigned", "classified"}, STAFF | CUSTOMER | SYSTEM),
    "survey": ({"resolved"}, {"surveyed"}, SYSTEM),
    "cancel": ({"received", "classified", "assigned", "waiting"}, {"cancelled"}, STAFF | SYSTEM),
    "restore": ({"cancelled"}, {"received"}, LEADS),
}

# From `classified` a ticket is resolved only by the customer confirming an automatic answer.
MOVES = {
    (source, target) for sources, targets, _who in TABLE.values() for source in sources for target in targets
} - {(state, state) for state in STATES} | {("classified", "resolved")}


def is_allowed(step: str, status: str, actor: str) -> bool:
    """Whether the design lets this actor take this step from this state."""
    sources, _targets, who = TABLE[step]
    if actor == "agent_of_another_team":
        return status in sources and status == "received" and "agent" in who
    return status in sources and actor in who
