"""What the rooms of Aftercare have in common: pure domain, adapters to AWS, runtime and content."""
