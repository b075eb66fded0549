"""A live server: the app of the tests on a port of this machine, for a browser to visit."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Condition, Thread
from typing import Any, Self

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

PATIENCE = 30  # seconds that a busy machine may take to end a request


class Quiet(WSGIRequestHandler):
    """Answers without a line for each request."""

    def log(self, *_message: Any) -> None:
        pass


class Live:
    """`app` behind an address; runs in this process, so that a slate sees what it writes."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.running = 0
        self.changed = Condition()
        self.server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=Quiet)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = Thread(target=self.server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.server.shutdown()
        self.thread.join()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer, and count how many requests are being answered."""
        self._count(1)
        try:
            return self.app(environ, start_response)
        finally:
            self._count(-1)

    def rest(self) -> None:
        """Wait until no request is being answered: nobody writes to the database any more."""
        with self.changed:
            assert self.changed.wait_for(lambda: not self.running, PATIENCE)

    def _count(self, more: int) -> None:
        with self.changed:
            self.running += more
            self.changed.notify_all()
