"""Off-line: the worker that keeps forms usable without a network, and how drafts are answered."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from common.locale import language
from common.permissions import Can, requires

bp = Blueprint("offline", __name__)

WORKER = "worker.js"
KRDS = "node_modules/krds-uiux/resources/"
# What a page looks like: our own files, and of the design system what base.html names.
PATTERNS = ("*.css", "*.js", "icon.svg", "drafts/*.js")
LIBRARY = (
    f"{KRDS}css/component/output.css",
    f"{KRDS}css/token/krds_tokens.css",
    f"{KRDS}fonts/PretendardGOV-Regular.subset.woff2",
    f"{KRDS}fonts/PretendardGOV-Bold.subset.woff2",
)


@bp.get("/service-worker.js")
@requires(Can.READ)
def worker() -> Response:
    """The worker, told which files it keeps; it has another text as soon as one of them has."""
    folder = Path(str(current_app.static_folder))
    kept, version = shell(folder)
    files = [url_for("static", filename=name, v=None) for name in kept]
    told = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(files)};\n"
    answer = Response(told + (folder / WORKER).read_text("utf-8"), mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = "/"
    return answer


@bp.get("/manifest.webmanifest")
@requires(Can.READ)
def manifest() -> Response:
    """How a phone shows the app among its own."""
    answer = jsonify(
        name=_("Hwaksan: smart city solutions and the record of their rollout"),
        short_name=_("Hwaksan"),
        lang=language(),
        start_url=url_for("pages.home"),
        scope="/",
        display="minimal-ui",
        icons=[{"src": url_for("static", filename="icon.svg"), "sizes": "any"}],
    )
    answer.mimetype = "application/manifest+json"
    return answer


@bp.get("/offline")
@requires(Can.READ)
def page() -> ResponseReturnValue:
    """What stands in for a page that can't be reached: the drafts, and the forms that work."""
    return render_template("offline.html")


@cache
def shell(folder: Path) -> tuple[list[str], str]:
    """The static files that forms need without a network, and a digest of what they hold."""
    found = [path for pattern in PATTERNS for path in sorted(folder.glob(pattern))]
    ours = [str(path.relative_to(folder)) for path in found if path.name != WORKER]
    names = [*ours, *(name for name in LIBRARY if (folder / name).exists())]
    digest = sha256((folder / WORKER).read_bytes())
    for name in names:
        digest.update(name.encode() + (folder / name).read_bytes())
    return names, digest.hexdigest()[:16]


def answer_drafts(app: Flask) -> None:
    """Tell a draft that was saved where it stands now, instead of leading there."""
    app.register_blueprint(bp)
    app.after_request(_where)


def _where(answer: Response) -> Response:
    if "X-Draft" in request.headers and answer.status_code == HTTPStatus.SEE_OTHER:
        # A script that follows a redirect would use up what the next page has to say.
        answer.status_code = HTTPStatus.NO_CONTENT
        answer.set_data(b"")
    return answer
