"""Look up the entry of a place in content that is keyed by ISO 3166-2."""

from collections.abc import Container


def look_up_place(entries: Container[str], place: str | None) -> str | None:
    """The key of the entry for a place, or else for its country; None when neither is known."""
    if place is None:
        return None
    if place in entries:
        return place
    country = place.partition("-")[0]
    return country if country in entries else None
