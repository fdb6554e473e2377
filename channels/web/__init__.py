"""The customers' portal: asking, following a ticket, fetching files."""
