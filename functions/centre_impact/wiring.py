"""What the doors of this room are made of, put together once per container."""

import os
from dataclasses import dataclass
from functools import cache

from shared.adapters.centres_table import CentresTable
from shared.adapters.clients import client


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the HTTP door needs."""

    centres: CentresTable


@cache
def api_parts() -> ApiParts:
    """Raises KeyError for a missing setting, at the first request."""
    return ApiParts(centres=CentresTable(client("dynamodb"), os.environ["CENTRES_TABLE"]))
