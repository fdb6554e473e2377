"""Keys of rows as they come in from outside."""

# What fits into the database's keys; a longer number is nobody's.
LONGEST = 18


def read_key(text: str) -> int:
    """The key that a text writes, 0 (which no row has) when it writes none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else 0
