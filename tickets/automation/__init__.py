"""Automation rules: which occasions they look at, which tickets they match, and what they would do."""
