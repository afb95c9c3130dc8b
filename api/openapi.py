"""What the OpenAPI description says beyond what FastAPI reads off a route: bodies that we read ourselves, and keys.

Routes read their bodies by hand, so that every refusal is a sentence in Chinese; here the description learns of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api import wording

REF = "#/components/schemas/{model}"
KEY = "key"


class Told(BaseModel):
    """What went wrong, in words for a person."""

    message: str


@dataclass(frozen=True, slots=True)
class Described:
    """`body`: what the route reads from its JSON body; `keyed`: it wants a program's key."""

    body: type[BaseModel] | None = None
    keyed: bool = False


def describes(route: Described) -> dict[str, Any]:
    """For a route's `openapi_extra`."""
    said: dict[str, Any] = {}
    if route.body is not None:
        schema = {"$ref": REF.format(model=route.body.__name__)}
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if route.keyed:
        said["security"] = [{KEY: []}]
    return said


def describe(app: FastAPI, bodies: Sequence[type[BaseModel]]) -> None:
    """`bodies` are the models that routes name in `describes`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, bodies)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _described(app: FastAPI, bodies: Sequence[type[BaseModel]]) -> dict[str, Any]:
    whole = get_openapi(title=app.title, version=app.version, routes=app.routes, description=wording.API_DESCRIPTION)
    components = whole.setdefault("components", {})
    _, definitions = models_json_schema([(body, "validation") for body in bodies], ref_template=REF)
    components.setdefault("schemas", {}).update(definitions["$defs"])
    components["securitySchemes"] = {KEY: {"type": "http", "scheme": "bearer", "description": wording.API_KEY_MEANS}}
    return whole
