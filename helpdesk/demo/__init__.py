"""The demo: a brand that does not exist, its staff and customers, and sixty days of their tickets."""
