"""Owner journey: the registry of owners, vehicles, visits and consents, and when each is next due for contact."""
