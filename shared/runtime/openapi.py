"""Describe a room's routes as OpenAPI 3.1, from the models that the room really reads and writes.

Each room has an `openapi.py` with `describe() -> Description`; `local/openapi.py` merges them into
one document, which api_docs serves. Nothing of this is imported by a door that serves requests:
building schemas there would double its cold start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

_REFERENCE = "#/components/schemas/{model}"
PROBLEM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem document",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer or XPath to the field"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_PROBLEM_TITLES = {
    400: "The content cannot be read",
    401: "No valid token or link",
    403: "Not allowed for this caller",
    404: "No such thing",
    406: "None of the accepted forms exists",
    409: "Contradicts what is stored",
    410: "The link has expired",
    413: "Too large",
    415: "Unknown kind of content",
    422: "A field breaks a rule",
}


@dataclass(slots=True)
class Description:
    """The routes of one room and the schemas they refer to."""

    paths: dict[str, dict[str, Any]] = field(default_factory=dict)
    schemas: dict[str, Any] = field(default_factory=dict)

    def schema(self, name: str, model: Any, mode: JsonSchemaMode = "validation") -> dict[str, Any]:
        """Adds a model's schema under this name and returns the reference to it."""
        schema = TypeAdapter(model).json_schema(ref_template=_REFERENCE, mode=mode)
        self.schemas.update(schema.pop("$defs", {}))
        self.schemas[name] = schema
        return {"$ref": _REFERENCE.format(model=name)}

    def route(  # noqa: PLR0913 - each is a part of an operation
        self,
        method_and_path: str,
        summary: str,
        *,
        roles: Sequence[str],
        responses: Mapping[int, Mapping[str, Any]],
        problems: Sequence[int] = (),
        body: Mapping[str, Any] | None = None,
        parameters: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Adds an operation. No roles: public. `body` and responses map media types to schemas."""
        method, path = method_and_path.split(" ")
        operation: dict[str, Any] = {
            "summary": summary,
            "operationId": f"{method.lower()}{path.title().translate(str.maketrans('', '', '/{}_-'))}",
            "parameters": [*_path_parameters(path), *parameters],
            "responses": {
                **{str(code): _response(content) for code, content in responses.items()},
                **{str(code): _problem(code) for code in (*problems, *((401, 403) if roles else ()))},
            },
        }
        if roles:
            operation["security"] = [{"jwt": []}]
            operation["description"] = "Roles: " + ", ".join(roles)
        else:
            operation["security"] = []
        if body is not None:
            operation["requestBody"] = {"required": True, "content": _content(body)}
        self.paths.setdefault(path, {})[method.lower()] = operation


def query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    """An optional query parameter."""
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string", **schema}}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names]


def _content(media: Mapping[str, Any]) -> dict[str, Any]:
    return {media_type: {"schema": schema} for media_type, schema in media.items()}


def _response(media: Mapping[str, Any]) -> dict[str, Any]:
    description = media.get("description", "OK")
    content = _content({k: v for k, v in media.items() if k != "description"})
    return {"description": description, **({"content": content} if content else {})}


def _problem(code: int) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model="Problem")}
    return {
        "description": _PROBLEM_TITLES[code],
        "content": {"application/problem+json": {"schema": schema}},
    }
