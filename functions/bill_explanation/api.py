"""Placeholder: answers so that the platform can be deployed."""

import json
from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Echo who called which route."""
    request = event["requestContext"]
    claims = request.get("authorizer", {}).get("jwt", {}).get("claims", {})
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"route": event["routeKey"], "claims": claims}),
    }
