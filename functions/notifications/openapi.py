"""What the HTTP door of this room takes and answers, for the API description."""

from functions.notifications.models import InboundSms
from shared.runtime.openapi import Description

_TEXT = {"type": ["string", "null"]}
_HEARD = {
    "type": "object",
    "required": ["taken_as", "reply"],
    "properties": {
        "taken_as": {**_TEXT, "enum": ["stop", "start", None], "description": "null: an ordinary message"},
        "reply": {**_TEXT, "description": "the one message to send back, if any"},
    },
}
_PAGE = {"text/html": {"type": "string"}}
_FORM = {
    "type": "object",
    "properties": {
        "List-Unsubscribe": {"type": "string", "description": "One-Click, from a mail program (RFC 8058)"},
        "scope": {"type": "string", "enum": ["this", "marketing"]},
    },
}


def describe() -> Description:
    """The routes of this room."""
    api = Description()
    api.route("GET /stop/{token}", "Ask what to stop", roles=(), responses={200: _PAGE}, problems=(401, 410))
    api.route(
        "POST /stop/{token}",
        "Stop messages of the link's kind, or all marketing, at once",
        roles=(),
        body={"application/x-www-form-urlencoded": _FORM, "multipart/form-data": _FORM},
        responses={200: _PAGE},
        problems=(401, 410),
    )
    api.route(
        "POST /inbound-sms",
        "Pass on an SMS that somebody sent us; STOP and START take effect at once",
        roles=("integrator",),
        body={"application/json": api.schema("InboundSms", InboundSms)},
        responses={200: {"application/json": _HEARD}},
        problems=(400, 415, 422),
    )
    return api
