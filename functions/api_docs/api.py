"""HTTP door: the OpenAPI document of the whole API, and a page to read and try it."""

from functools import cache
from importlib.resources import files
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi import swagger_ui

from shared.runtime.http import answer, http_app, request_of

app = http_app()
# Swagger UI comes inlined with Powertools: one page, nothing is fetched from anywhere else.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@cache
def _document() -> str:
    return files(__package__).joinpath("openapi.json").read_text("utf-8")


@cache
def _page() -> str:
    bundle = files(swagger_ui)
    script = bundle.joinpath("swagger-ui-bundle.min.js").read_text("utf-8")
    style = bundle.joinpath("swagger-ui.min.css").read_text("utf-8")
    page = swagger_ui.generate_swagger_html(_document(), script, style, "", None)
    return page.replace("<html>", '<html lang="en">', 1)


@app.get("/openapi.json")
def get_openapi() -> Response[str]:
    """Hand out the OpenAPI 3.1 document."""
    return answer(200, _document(), "application/json")


@app.get("/docs")
def get_docs() -> Response[str]:
    """Show the documentation page; its heading links to the document it was made of."""
    if request_of(app).query("format") == "json":
        return get_openapi()
    return answer(200, _page(), "text/html", {"Content-Security-Policy": _POLICY})


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One request of API Gateway's HTTP API."""
    return app.resolve(event, context)
