"""/api/openapi.json, and /docs: the same as a page, without a script, under the same strict policy as all pages."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import JSONResponse, Response

from app.web.render import page
from app.web.session import services, signed_in

router = APIRouter(include_in_schema=False)

PROBLEM_SCHEMA = {
    "title": "Problem",
    "type": "object",
    "required": ["detail"],
    "properties": {
        "detail": {"type": "string", "description": "What happened, and what to do next."},
        "problems": {"type": "object", "additionalProperties": {"type": "string"}, "description": "By field."},
    },
}


CLOCK = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"


def _as_it_is(node: Any) -> Any:
    """What FastAPI and pydantic take for granted, told as this API does it: a body that cannot be read is a Problem,
    and a time of day has no zone (JSON Schema's format "time" demands one)."""
    if isinstance(node, list):
        return [_as_it_is(one) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("$ref") == "#/components/schemas/HTTPValidationError":
        return {"$ref": "#/components/schemas/Problem"}
    if node.get("type") == "string" and node.get("format") == "time":
        node = {name: value for name, value in node.items() if name != "format"} | {"pattern": CLOCK}
    return {name: _as_it_is(value) for name, value in node.items()}


def schema(app: FastAPI, cookie_name: str) -> dict[str, Any]:
    """The OpenAPI document of the routes under /api, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title="Greenblock",
            version=app.version,
            description="Every action of the pages, with the session cookie of the pages.",
            routes=app.routes,
        )
        made["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
        made["components"]["schemas"].pop("HTTPValidationError", None)
        made["components"]["securitySchemes"] = {"session": {"type": "apiKey", "in": "cookie", "name": cookie_name}}
        made["security"] = [{"session": []}]
        app.openapi_schema = _as_it_is(made)
    return app.openapi_schema


@router.get("/api/openapi.json")
def openapi(request: Request) -> Response:
    _let_in(request)
    return JSONResponse(schema(request.app, services(request).settings.cookie_name))


@router.get("/docs")
def docs(request: Request) -> Response:
    """One line an operation; the document itself is a link away."""
    _let_in(request)
    described = schema(request.app, services(request).settings.cookie_name)
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "words": operation.get("description") or operation.get("summary", ""),
            "body": _body(operation),
        }
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [
        {"name": name, "fields": sorted(one.get("properties", {})), "words": one.get("description", "")}
        for name, one in sorted(described["components"]["schemas"].items())
        if "properties" in one
    ]
    return page(request, "docs.html", operations=operations, schemas=schemas)


def _let_in(request: Request) -> None:
    """Open on localhost; else only for those who are signed in."""
    if not services(request).settings.is_local:
        signed_in(request)


def _body(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return str(content.get("$ref", "")).rpartition("/")[2]
