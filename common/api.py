"""The API's own description: an OpenAPI document from the schemas, and a page that shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields

from common.api_parts import only, parts_of
from common.permissions import Can, requires
from common.resource import Resource
from common.schema import Ref, Schema
from common.web import Refused, asked

VERSION = "1"
PAGING: tuple[dict[str, Any], ...] = (
    {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 1}},
    {
        "name": "per_page",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
    },
    {"name": "sort", "in": "query", "schema": {"type": "string"}},
    {"name": "lang", "in": "query", "schema": {"type": "string", "enum": ["ko", "en"]}},
)
IDEMPOTENCY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string"},
}


class Route(NamedTuple):
    """A route of the API that is no noun's usual one, as the document tells it."""

    method: str
    path: str
    body: type[Schema] | None
    answer: type[Schema] | None  # None for a file
    summary: Any  # looked up in the reader's language
    filters: type[Schema] | None = None
    listed: bool = False  # whether it answers a page of rows
    ok: int | None = None  # the status of its answer where it is not the usual one


class PartAsked(Schema):
    """Which part of the description a reader wants; none shows what parts there are."""

    part = fields.String(load_default=None)


class Problem(Schema):
    """The shape of every refusal."""

    status = fields.Integer(required=True)
    title = fields.String(required=True)
    errors = fields.Dict(keys=fields.String())


def register(app: Flask, resources: Sequence[Resource], routes: Sequence[Route]) -> None:
    """Give `app` the document and its page."""

    @app.get("/api/v1/openapi.json", endpoint="openapi")
    @requires(Can.READ)
    def openapi() -> ResponseReturnValue:
        return jsonify(document(resources, routes))

    @app.get("/openapi.json", endpoint="openapi_short")
    @requires(Can.READ)
    def openapi_short() -> ResponseReturnValue:
        return redirect(url_for("openapi"), 308)

    @app.get("/api/v1/docs", endpoint="api_docs")
    @requires(Can.READ)
    def api_docs() -> ResponseReturnValue:
        whole, part = document(resources, routes), asked(PartAsked())["part"]
        parts = parts_of(whole)
        if part is not None and part not in parts:
            sentence = _("Choose one of the parts that the page lists.")
            raise Refused({"part": [sentence]}, request.args)
        shown = only(whole, part) if part else None
        return render_template("api_docs.html", document=shown or whole, parts=parts, part=part)


def document(resources: Sequence[Resource], routes: Sequence[Route]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of all twins, made from the same schemas that check them."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="Hwaksan",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": "Smart-city solutions and their rollout. Money in KRW, times in UTC."},
        servers=[{"url": "/api/v1"}],
    )
    plugin.map_to_openapi_type(Ref, "string", None)  # type: ignore[no-untyped-call]
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", schema=Problem)
    for it in resources:
        _reads(spec, it)
    for route in routes:
        _describe(spec, route)
    return spec.to_dict()


def _reads(spec: APISpec, it: Resource) -> None:
    page = _page_of(it.list_schema())
    filters = [{"in": "query", "schema": it.filters}] if it.filters().fields else []
    spec.path(
        path=f"/{it.many}",
        operations={
            "get": {
                "summary": _("List: %(name)s", name=it.many),
                "parameters": [*filters, *PAGING],
                "responses": _answers(page, 422),
            }
        },
    )
    for kind in it.formats:
        spec.path(
            path=f"/{it.many}.{kind}",
            operations={
                "get": {
                    "summary": _(
                        "Take away as %(kind)s: %(name)s", kind=kind.upper(), name=it.many
                    ),
                    "parameters": filters,
                    "responses": {"200": FILE},
                }
            },
        )
    if not it.alone:
        return
    spec.path(
        path=f"/{it.many}/{{slug}}",
        operations={
            "get": {
                "summary": _("Show one: %(name)s", name=it.one),
                "parameters": [_SLUG],
                "responses": _answers((it.whole or it.told or it.schema)(), 404),
            }
        },
    )


def _page_of(row: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": row},
            "page": {"type": "integer"},
            "pages": {"type": "integer"},
            "total": {"type": "integer"},
        },
    }


FILE = {"description": "A file, with all rows of the filter where it holds a list"}
_SLUG: dict[str, Any] = {
    "name": "slug",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
}


def _describe(spec: APISpec, route: Route) -> None:
    parameters = [_SLUG | {"name": place} for place in re.findall(r"{(\w+)}", route.path)]
    if route.filters:
        parameters.append({"in": "query", "schema": route.filters})
    if route.listed:
        parameters += PAGING
    if route.method == "post":
        parameters.append(IDEMPOTENCY)
    refusals = (422,) if route.filters else (401, 403, 404, 409, 422)
    ok = route.ok or (201 if route.method == "post" and route.body else 200)
    shape = _page_of(route.answer) if route.listed else route.answer
    responses = _answers(shape, *refusals, ok=ok)
    if route.answer is None:
        responses[str(ok)] = FILE
    operation: dict[str, Any] = {
        "summary": str(route.summary),
        "parameters": parameters,
        "responses": responses,
    }
    if not route.filters:
        operation["security"] = [{"token": []}]
    if route.body:
        content = {"application/json": {"schema": route.body}}
        operation["requestBody"] = {"required": True, "content": content}
    spec.path(path=route.path, operations={route.method: operation})


def _answers(schema: Any, *refusals: int, ok: int = 200) -> dict[str, Any]:
    words = {401: "Not signed in", 403: "May not", 404: "Unknown", 409: "Clash", 422: "Refused"}
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    fine = {"description": "Fine", "content": {"application/json": {"schema": schema}}}
    return {str(ok): fine} | {
        str(code): {"description": words[code], "content": problem} for code in refusals
    }


def _name(schema: Any) -> str:
    made = schema if isinstance(schema, type) else type(schema)
    return str(made.__name__).removesuffix("Schema")
