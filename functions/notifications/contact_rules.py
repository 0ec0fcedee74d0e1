"""The rules of contact of this deployment."""

from functools import cache

from shared.content import load
from shared.domain.contact_rules import Cap, Rules, rules_from

__all__ = ["Cap", "Rules", "contact_rules", "rules_from"]


@cache
def contact_rules() -> Rules:
    """The rules of this deployment."""
    return rules_from(load("contact_rules")["entries"])
