"""Map: bytes and times at 8 sites, at 250, and with 300,000 units; it reports and asserts nothing.

make bench                      # 250 sites and 300,000 units
SITES=40 UNITS=2000 make bench  # a quick look
"""

from __future__ import annotations

import gzip
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import sync_playwright
from sqlalchemy import select

from accounts.organisations import Organisation
from accounts.users import User
from app import create_app
from common.db import db
from common.permissions import Role
from tests.bench.units import write
from tests.browser.conftest import flags, found
from tests.crowd import make_crowd
from tracker.monitor.boundaries import boundaries
from tracker.municipalities import MunicipalityCode

ROOT = Path(__file__).parents[2]
SITES = int(os.environ.get("SITES", "250"))
UNITS = int(os.environ.get("UNITS", "300000"))
SEEDED = 8
MODULE = "tests.bench.map_bench"
WATCH = """
window.longest = 0;
new PerformanceObserver((seen) => {
  for (const it of seen.getEntries()) window.longest = Math.max(window.longest, it.duration);
}).observe({ entryTypes: ["longtask"] });
"""


def main() -> None:
    """Print the figures of each size; every step is a process of its own, with its own memory."""
    cores, machine = os.cpu_count(), f"{platform.system()} {platform.machine()}"
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {cores} cores, {machine}, ", end="")
    print(f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "SECRET_KEY": "x" * 40, "INSTANCE_DIR": folder}
        file = Path(folder) / "units.csv"

        def run(*words: str, quiet: bool = True) -> None:
            command = [sys.executable, "-m", *words]
            subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=quiet)

        run("flask", "db", "upgrade")
        run("flask", "seed")
        run(MODULE, "measure", f"{SEEDED} sites", quiet=False)
        run(MODULE, "spread")
        run(MODULE, "measure", f"{SITES} sites", quiet=False)
        write(file, UNITS)
        run("flask", "load", "units", str(file))
        run(MODULE, "measure", f"{SITES} sites, {UNITS:,} units", quiet=False)


def spread(count: int) -> None:
    """`count` sample sites, each in a municipality of its own."""
    if count <= 0:
        return
    host = db.session.scalars(select(Organisation).limit(1)).one()
    db.session.add(User(email="bench@example.org", role=Role.OPERATOR, organisation=host))
    db.session.flush()
    make_crowd(count)
    codes = list(boundaries().municipalities)
    rows = db.session.scalars(select(MunicipalityCode).where(MunicipalityCode.key.like("code-%")))
    for n, row in enumerate(rows):
        row.code = codes[n % len(codes)]
    db.session.commit()


def measure(app, name: str) -> None:
    """One line of figures for the app as it is."""
    client = app.test_client()
    client.get("/map")
    client.get("/map/boundaries.json")
    begun = time.perf_counter()
    page = client.get("/map").data
    answered = time.perf_counter() - begun
    months = max(
        (client.get(f"/map/months.json?layer={it}").data for it in ("state", "progress")), key=len
    )
    with served() as base:
        shown, longest = looked_at(base)
    print(
        f"{name}: page {len(page):,} B ({len(gzip.compress(page)):,} B as gzip), "
        f"months {len(months):,} B, first answer {1000 * answered:.0f} ms, "
        f"shown after {shown:.0f} ms, longest task while panning {longest:.0f} ms",
        flush=True,
    )


@contextmanager
def served() -> Iterator[str]:
    """The address of the app, served as `make run` serves it, by one process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ("granian", "--interface", "wsgi", "--factory", "app:serve", "--port", str(port))
    command = [sys.executable, "-m", *words, "--log-level", "error"]
    server = subprocess.Popen(command, cwd=ROOT)
    for _turn in range(100):
        time.sleep(0.2)
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            break
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait()


def looked_at(base: str) -> tuple[float, float]:
    """Milliseconds until the sites are drawn, and the longest task while the map is panned."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found(), args=flags())
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(WATCH)
        begun = time.perf_counter()
        page.goto(f"{base}/map", wait_until="commit")
        page.locator("path.hs-site").first.wait_for()
        shown = 1000 * (time.perf_counter() - begun)
        units = page.locator("[data-units-at]")
        if units.count():
            units.check()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
        page.evaluate("window.longest = 0")
        box = page.locator(".leaflet-container").bounding_box()
        assert box
        for across, down in ((220, 60), (-220, 120), (150, -160), (-120, -60)):
            x, y = box["x"] + box["width"] / 2, box["y"] + 250
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x + across, y + down, steps=15)
            page.mouse.up()
            page.wait_for_timeout(400)
        longest: float = page.evaluate("window.longest")
        browser.close()
    return shown, longest


if __name__ == "__main__":
    step = sys.argv[1:2]
    if not step:
        main()
    else:
        here = create_app({name: os.environ[name] for name in ("SECRET_KEY", "INSTANCE_DIR")})
        if step == ["measure"]:
            measure(here, sys.argv[2])
        else:
            with here.app_context():
                spread(SITES - SEEDED)
