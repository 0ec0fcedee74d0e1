"""Choose who is held out, so that the effect can be measured: by a hash, the same for an owner in every run."""

from hashlib import sha256

_SHARES = 10_000


def is_held_out(owner_id: str, campaign: str, percent: int) -> bool:
    """Whether the owner belongs to the hold-out of a campaign; a larger share keeps everybody of a smaller one."""
    digest = sha256(f"{campaign}|{owner_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % _SHARES < percent * (_SHARES // 100)
