"""How much of a mail is read. What lies beyond is kept unread; only a mail too large to look at is refused."""

# Larger than any mailbox of the market lets through (50 MB at most, as it travels).
MOST_BYTES = 64 * 1024 * 1024
# Beyond these the rest of the mail becomes one attachment.
MOST_PARTS = 1_000
MOST_DEPTH = 400
MOST_BOUNDARY_LINES = 200_000
# A header block longer than this is no header block; Exchange writes up to some 100 KB.
MOST_HEADER_BYTES = 4 * 1024 * 1024
MOST_HEADERS = 5_000
# Beyond these HTML costs more than its length: it is shown as text.
MOST_HTML = 4_000_000
MOST_NESTED_TAGS = 500
MOST_OPEN_STYLES = 150
MOST_MARKS = 100_000  # of entities and ampersands
# What stands beyond these in one header is kept as it came, undecoded.
MOST_DECODED_HEADER = 100_000
MOST_SENDER_HEADER = 20_000
# A reply's lines beyond these are taken together.
MOST_LINES = 20_000


class TooComplex(Exception):
    """The mail is beyond what may be read; `reason` is a code for the quarantine."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
