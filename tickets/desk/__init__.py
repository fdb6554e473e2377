"""The agents' desk: queues, the ticket page, the steps, writing, and taking a call."""
