"""The description of the whole API, for people and for programs."""
