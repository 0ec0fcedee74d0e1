"""What the doors of this room are made of, put together once per container."""

import os
from dataclasses import dataclass
from functools import cache

import boto3

from shared.adapters.centres_table import CentresTable


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the HTTP door needs."""

    centres: CentresTable


@cache
def api_parts() -> ApiParts:
    """Raises KeyError for a missing setting, at the first request."""
    return ApiParts(centres=CentresTable(boto3.client("dynamodb"), os.environ["CENTRES_TABLE"]))
