"""Delivery: answers packed, and files kept by browsers for as long as they stay the same."""

from __future__ import annotations

import gzip
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request

PACKABLE = {
    "application/geo+json",
    "application/javascript",
    "application/json",
    "application/ld+json",
    "application/manifest+json",
    "image/svg+xml",
    "text/calendar",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
    "text/plain",
}
SMALLEST = 1000  # bytes: what is smaller fits into the first packet anyway
QUICK, SMALL = 4, 9  # for what is packed for each answer, and for what is packed once
A_YEAR = 365 * 24 * 3600


def deliver(app: Flask) -> None:
    """Pack what `app` answers, and let browsers keep its files."""

    @app.url_defaults
    def _version(endpoint: str, values: dict[str, Any]) -> None:
        # Whoever says `v=None` gets the plain address, which style sheets and the worker use.
        if endpoint == "static" and "v" not in values:
            values["v"] = version(Path(str(app.static_folder)) / values["filename"])

    app.after_request(_keep)
    app.after_request(_pack)


def version(file: Path) -> str | None:
    """A word that is another one as soon as `file` holds something else; None without the file."""
    return _digest(file, file.stat().st_mtime_ns) if file.is_file() else None


def keep_for_good(answer: Response) -> Response:
    """`answer` as what never changes at its address."""
    answer.cache_control.max_age = A_YEAR
    answer.cache_control.public = True
    answer.cache_control.immutable = True
    answer.cache_control.no_cache = None
    return answer


def _keep(answer: Response) -> Response:
    sound = answer.status_code in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
    file = _file_asked() if sound and "v" in request.args else None
    if file is not None and request.args["v"] == version(file):
        keep_for_good(answer)
    return answer


def _pack(answer: Response) -> Response:
    if answer.mimetype not in PACKABLE or answer.content_encoding:
        return answer
    answer.vary.add("Accept-Encoding")
    if answer.status_code != HTTPStatus.OK or not request.accept_encodings["gzip"]:
        return answer
    file = _file_asked()
    if request.method == "HEAD" or (file is None and answer.is_streamed):
        return answer  # what is streamed may be longer than memory
    if file is not None:
        answer.direct_passthrough = False
        packed = _packed(file, file.stat().st_mtime_ns)
        answer.close()
    elif len(answer.get_data()) >= SMALLEST:
        packed = gzip.compress(answer.get_data(), QUICK, mtime=0)
    else:
        return answer
    etag, _weak = answer.get_etag()
    answer.set_data(packed)
    answer.content_encoding = "gzip"
    if etag:
        answer.set_etag(etag, weak=True)  # the same text, in other bytes
    return answer


def _file_asked() -> Path | None:
    if request.endpoint != "static":
        return None
    file = Path(str(current_app.static_folder)) / (request.view_args or {})["filename"]
    return file if file.is_file() else None


@lru_cache(maxsize=200)
def _packed(file: Path, _changed: int) -> bytes:
    return gzip.compress(file.read_bytes(), SMALL, mtime=0)


@lru_cache(maxsize=200)
def _digest(file: Path, _changed: int) -> str:
    return sha256(file.read_bytes()).hexdigest()[:10]
