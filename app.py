"""The app: settings, extensions, blueprints and commands put together; `flask run` finds it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import click
from flask import Blueprint, Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

import accounts.cli
import accounts.views
import catalog.doors
import common.api
import common.cli
import tracker.doors
from common.collector import set_aside
from common.dated import keep_dates
from common.db import db
from common.delivery import deliver
from common.facts import today
from common.health import bp as health
from common.locale import LANGUAGES, babel, day, language, number, said, won, word
from common.logs import keep_lines_whole
from common.offline import answer_drafts
from common.web import Json, guard
from tracker.monitor.boundaries import boundaries

ROOT = Path(__file__).parent
SHORTEST_KEY = 16
DEMO_KEY = "demo-secret-key"
PATIENCE_S = 5  # how long to wait for a database that does not answer
KINDS = {it.many: it for it in (*catalog.doors.KINDS, *tracker.doors.KINDS)}


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """The app with `settings` over those of the environment.

    Raises RuntimeError, with what to do, outside demo mode without a secret key.
    """
    given = settings or {}
    folder = Path(given.get("INSTANCE_DIR") or os.environ.get("INSTANCE_DIR") or ROOT / "instance")
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__, instance_path=str(folder))
    app.config.from_mapping(_from_environment(folder))
    app.config.from_mapping(given)
    _check(app)
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        app.config["SQLALCHEMY_ENGINE_OPTIONS"]["connect_args"] = {"connect_timeout": PATIENCE_S}
    app.json_provider_class = Json  # Flask-Security makes `app.json` from it

    keep_lines_whole(app)
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    babel.init_app(app, locale_selector=language, default_translation_directories="translations")
    guard(app)
    keep_dates(app)
    deliver(app)
    accounts.views.welcome(app)
    _words(app)
    _routes(app)
    common.cli.register(app, KINDS, ROOT / "seeds")
    app.cli.add_command(accounts.cli.user)
    for command in (*catalog.doors.COMMANDS, *tracker.doors.COMMANDS):
        app.cli.add_command(command)
    if app.config["BEHIND_PROXY"]:
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    set_aside()
    return app


def serve() -> Flask:
    """The app for a server: whatever it begins with is not looked through for garbage again."""
    app = create_app()
    with app.app_context():
        boundaries()
    gc.collect()
    gc.freeze()
    return app


def _from_environment(folder: Path) -> dict[str, Any]:
    tiles = os.environ.get("TILE_URL")
    parts = urlsplit((tiles or "").replace("{s}", "*"))
    # A command works on what `make run` made, without being told its settings again.
    kept = (folder / DEMO_KEY).exists() and "SECRET_KEY" not in os.environ and _is_command()
    demo = os.environ.get("DEMO", "1" if kept else "") == "1"
    return {
        "DEMO": demo,
        "SECRET_KEY": os.environ.get("SECRET_KEY") or (_demo_key(folder) if demo else None),
        "SQLALCHEMY_DATABASE_URI": database_url(os.environ.get("DATABASE_URL"), folder),
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True},
        "DEFAULT_LANG": os.environ.get("DEFAULT_LANG", "ko"),
        "TILES": (tiles, os.environ.get("TILE_ATTRIBUTION", "")) if tiles else None,
        "TILE_HOST": f" {parts.scheme}://{parts.netloc}" if parts.netloc else "",
        "ESCALATE_AFTER": int(os.environ.get("ESCALATE_AFTER", "5")),
        "SMTP_URL": os.environ.get("SMTP_URL"),
        "MAIL_FROM": os.environ.get("MAIL_FROM", "hwaksan@localhost"),
        "PUBLIC_URL": os.environ.get("PUBLIC_URL", "").rstrip("/"),
        "BEHIND_PROXY": os.environ.get("BEHIND_PROXY") == "1",
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(hours=1),
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": os.environ.get("SECURE_COOKIES") == "1",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        # Every change is checked for its origin in common/web.py, the sign-in included.
        "WTF_CSRF_ENABLED": False,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_SINGLE_HASH": True,
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_POST_LOGIN_VIEW": "/account",
        "SECURITY_POST_LOGOUT_VIEW": "/",
        "SECURITY_UNAUTHORIZED_VIEW": None,
        "SECURITY_I18N_DIRNAME": [str(ROOT / "translations"), "builtin"],
    }


def database_url(given: str | None, folder: Path) -> str:
    """The address of the database: SQLite in the instance folder unless another is given."""
    if not given:
        return f"sqlite:///{folder / 'hwaksan.db'}"
    scheme, _colon, rest = given.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else given


def _demo_key(folder: Path) -> str:
    file = folder / DEMO_KEY
    if not file.exists():
        file.write_text(token_hex(32))
        file.chmod(0o600)
    return file.read_text().strip()


def _check(app: Flask) -> None:
    if app.config["DEFAULT_LANG"] not in LANGUAGES:
        raise RuntimeError(f"Set DEFAULT_LANG to one of: {', '.join(LANGUAGES)}.")
    key = app.config["SECRET_KEY"]
    if not key or len(key) < SHORTEST_KEY:
        raise RuntimeError(
            "Set SECRET_KEY to a long random text, for example the output of "
            "`python -c 'import secrets; print(secrets.token_hex(32))'`; "
            "or set DEMO=1 to try the app out on this machine."
        )


def _is_command() -> bool:
    """Whether a command other than `flask run` is being run: it serves nobody."""
    context = click.get_current_context(silent=True)
    return context is not None and "run" not in sys.argv[1:2]


def _words(app: Flask) -> None:
    app.add_template_filter(won)
    app.add_template_filter(number)
    app.add_template_filter(day)
    app.add_template_filter(word)
    app.jinja_env.globals.update(said=said)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"lang": language(), "today": today()})


def _routes(app: Flask) -> None:
    api = Blueprint("api", __name__, url_prefix="/api/v1")
    for half in (accounts.views.bp, catalog.doors.BLUEPRINT, tracker.doors.BLUEPRINT):
        app.register_blueprint(half)
        api.register_blueprint(half)
    app.register_blueprint(api)
    app.register_blueprint(tracker.doors.PAGES)
    app.register_blueprint(health)
    answer_drafts(app)
    mounted = [it for it in KINDS.values() if it.find is not None]
    mounted += tracker.doors.MOUNTED
    routes = [*accounts.views.ROUTES, *catalog.doors.ROUTES, *tracker.doors.ROUTES]
    common.api.register(app, mounted, routes)
