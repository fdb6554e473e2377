"""Which team gets a ticket, and who of the team: rules, strategies, and what they are asked about."""
