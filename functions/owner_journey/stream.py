"""Stream door: after a change of an owner or a vehicle, what follows from it is brought up to date."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from functions.owner_journey.refold import refold_owner, refold_vehicle
from functions.owner_journey.wiring import stream_parts
from shared.adapters.owners_table import OWNER_SK
from shared.content import load
from shared.runtime.batch import process_batch


def _bring_up_to_date(record: Mapping[str, Any]) -> None:
    keys = record["dynamodb"]["Keys"]
    kind, _, name = keys["pk"]["S"].partition("#")
    parts, plans = stream_parts(), load("maintenance_plans")["entries"]
    if kind == "VEHICLE":
        refold_vehicle(name, parts.owners, parts.centres.find, plans)
    elif keys["sk"]["S"] == OWNER_SK:
        refold_owner(name, parts.owners, parts.centres.find, plans)


def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """One batch of changes of the Owners table; what this door itself writes is passed over."""
    return process_batch(event, context, EventType.DynamoDBStreams, _bring_up_to_date)
