"""Parts: the document of the API cut into what belongs together, so that people can read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

REF = "#/components/schemas/"


def part_of(path: str) -> str:
    """The first word of a path: `/sites/{slug}.json` belongs to `sites`."""
    return path.split("/")[1].split(".", maxsplit=1)[0]


def parts_of(document: dict[str, Any]) -> dict[str, list[str]]:
    """The paths of each part, both in the order of the alphabet."""
    found: dict[str, list[str]] = {}
    for path in sorted(document["paths"]):
        found.setdefault(part_of(path), []).append(path)
    return dict(sorted(found.items()))


def only(document: dict[str, Any], part: str) -> dict[str, Any]:
    """The paths of `part` and the shapes that they speak of, directly or through other shapes."""
    paths = {path: it for path, it in document["paths"].items() if part_of(path) == part}
    shapes = document["components"]["schemas"]
    spoken: set[str] = set()
    new = set(_shapes_in(paths))
    while new:
        spoken |= new
        new = {it for name in new for it in _shapes_in(shapes[name])} - spoken
    kept = {name: it for name, it in shapes.items() if name in spoken}
    return document | {"paths": paths, "components": document["components"] | {"schemas": kept}}


def _shapes_in(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        if isinstance(told.get("$ref"), str) and told["$ref"].startswith(REF):
            yield told["$ref"].removeprefix(REF)
        for it in told.values():
            yield from _shapes_in(it)
    elif isinstance(told, list):
        for it in told:
            yield from _shapes_in(it)
