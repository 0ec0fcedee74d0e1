"""Answer the requests of this room: who may see or change what, and what they are told."""

import re

from aws_lambda_powertools.event_handler import Response

from functions.centre_impact.wiring import ApiParts
from shared.domain.access import Role
from shared.domain.centres import Centre
from shared.domain.errors import InvalidInput, NotAllowed, NotFound, Violation
from shared.domain.validation import read_as
from shared.runtime.http import Request, answer_json
from shared.runtime.observability import logger

_FOR_OWNERS = {"id", "name", "locale", "zone", "phone", "address", "hours", "holidays", "make_up_days"}


def get_centre(request: Request, parts: ApiParts, centre_id: str) -> Response[str]:
    """Show a centre: to its staff whole, to its owners how and when to reach it."""
    caller = request.caller
    is_owner = Role.OWNER in caller.roles and caller.centre_id == centre_id
    if not (caller.works_for(centre_id) or is_owner):
        raise NotFound("there is no such centre")
    centre, revision = parts.centres.get_revision(centre_id)
    shown = _FOR_OWNERS if not caller.works_for(centre_id) else None
    return answer_json(200, centre.model_dump(mode="json", include=shown), {"ETag": f'"{revision}"'})


def put_centre(request: Request, parts: ApiParts, centre_id: str) -> Response[str]:
    """Keep what a centre is, on its manager's word.

    `If-Match` with the ETag that was read refuses to undo somebody else's change; `If-None-Match: *` to replace any.
    """
    caller = request.caller
    caller.require(Role.MANAGER, Role.INTEGRATOR)
    if not caller.works_for(centre_id):
        raise NotAllowed("this is somebody else's centre")
    fields = request.json
    if isinstance(fields, dict):
        if fields.get("id", centre_id) != centre_id:
            raise InvalidInput([Violation("/id", "is not what the address says")])
        fields = {**fields, "id": centre_id}
    centre = read_as(Centre, fields)
    revision = parts.centres.put_centre(centre, replaces=_replaced_revision(request))
    logger.info("centre kept", centre_id=centre_id, revision=revision)
    body = centre.model_dump(mode="json")
    return answer_json(201 if revision == 1 else 200, body, {"ETag": f'"{revision}"'})


def _replaced_revision(request: Request) -> int | None:
    if request.header("if-none-match") == "*":
        return 0
    given = request.header("if-match")
    if given is None:
        return None
    match = re.fullmatch(r'"?(\d{1,15})"?', given.strip())
    if match is None:
        raise InvalidInput([Violation("/If-Match", "is not an ETag that this API gave")])
    return int(match.group(1))
