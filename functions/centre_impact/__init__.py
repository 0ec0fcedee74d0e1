"""Centre impact: what a service centre is, and what it has brought about."""
