"""Telling a ticket's life again under other policies and calendars: what would have been promised, kept and broken."""
