"""Map: bytes and times at 8 sites, at 250, and with 300,000 units; it reports and asserts nothing.

make bench                             # 250 sites and 300,000 units, each looked at 5 times
SITES=40 UNITS=2000 RUNS=2 make bench  # a quick look

Times are the shortest and the median of the runs, in milliseconds. A run asks a server of one
process as `make run` serves it, with a new browser that has kept nothing: shown is the time from
the asking to the first site drawn, panned the longest task while the map is dragged, at the whole
country and, where there are units, close to them.
"""

from __future__ import annotations

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
from statistics import median
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Page, sync_playwright
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
RUNS = int(os.environ.get("RUNS", "5"))
SEEDED = 8
MODULE = "tests.bench.map_bench"
ZOOMS, STEPS = 4, ((220, 60), (-220, 120), (150, -160), (-120, -60))
NEAR = "?bbox=128.5,38.1,128.65,38.25"
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
        run(MODULE, "measure", f"{SITES} sites, {UNITS:,} units", "units", quiet=False)


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


def measure(name: str, with_units: str = "") -> None:
    """The figures of the app as it is."""
    with served() as base:
        plain, packed = asked(f"{base}/map"), asked(f"{base}/map", "gzip")
        print(f"{name} (load {os.getloadavg()[0]:.1f})")
        print(f"  page {plain[0]:,} B, packed {packed[0]:,} B; first answer {plain[1]}")
        land = asked(f"{base}/map/boundaries.json", "gzip")
        months = asked(f"{base}/map/months.json", "gzip")
        print(f"  boundaries packed {land[0]:,} B {land[1]}; months {months[0]:,} B {months[1]}")
        if with_units:
            for where, box in (("whole country", ""), ("close", NEAR)):
                size, took = asked(f"{base}/map/units.json{box}", "gzip")
                print(f"  units of the {where}: {size:,} B packed {took}")
        seen = [looked_at(base, units=bool(with_units)) for _run in range(RUNS)]
        shown, panned_for = zip(*seen, strict=True)
        print(f"  shown {told(shown)}, longest {max(shown):.0f} ms")
        print(f"  longest task while panned {told(panned_for)}, longest {max(panned_for):.0f} ms")
        sys.stdout.flush()


def told(values: Any) -> str:
    """The shortest and the median of some times."""
    return f"{min(values):.0f} / {median(values):.0f} ms"


def asked(address: str, encoding: str = "identity") -> tuple[int, str]:
    """Bytes of an answer, and its times after one that warmed the server up."""
    took = []
    for _run in range(RUNS + 1):
        begun = time.perf_counter()
        with urlopen(Request(address, headers={"Accept-Encoding": encoding})) as answer:  # noqa: S310
            size = len(answer.read())
        took.append(1000 * (time.perf_counter() - begun))
    return size, told(took[1:])


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


def looked_at(base: str, *, units: bool) -> tuple[float, float]:
    """Milliseconds until the sites are drawn, and the longest task while the map is panned."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found(), args=flags())
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(WATCH)
        begun = time.perf_counter()
        page.goto(f"{base}/map", wait_until="commit")
        page.locator("path.hs-site").first.wait_for()
        shown = 1000 * (time.perf_counter() - begun)
        if units:
            page.locator("[data-units-at]").check()
            page.locator("path.hs-units").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
        longest = panned(page)
        if units:
            come_close(page)
            longest = max(longest, panned(page))
        browser.close()
    return shown, longest


def panned(page: Page) -> float:
    """The longest task while the map is dragged about."""
    page.evaluate("window.longest = 0")
    for across, down in STEPS:
        drag(page, (0, 0), (across, down))
        page.wait_for_timeout(600)
    return float(page.evaluate("window.longest"))


def come_close(page: Page) -> None:
    """Put the units into the middle, and step nearer."""
    for _step in range(ZOOMS):
        box = None
        while box is None:  # squares come anew after each step
            page.locator("path.hs-units").first.wait_for()
            box = page.locator("path.hs-units").first.bounding_box()
        whole = page.locator(".leaflet-container").bounding_box()
        assert whole
        x, y = box["x"] - whole["x"] - whole["width"] / 2, box["y"] - whole["y"] - 250
        drag(page, (x, y), (0, 0))
        page.wait_for_timeout(600)
        page.locator(".leaflet-control-zoom-in").click()
        page.wait_for_timeout(1000)


def drag(page: Page, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag the map, in pixels from its upper middle."""
    box = page.locator(".leaflet-container").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + 250
    page.mouse.move(x + begin[0], y + begin[1])
    page.mouse.down()
    page.mouse.move(x + end[0], y + end[1], steps=15)
    page.mouse.up()


if __name__ == "__main__":
    step = sys.argv[1:2]
    if not step:
        main()
    elif step == ["measure"]:
        measure(*sys.argv[2:])
    else:
        here = create_app({name: os.environ[name] for name in ("SECRET_KEY", "INSTANCE_DIR")})
        with here.app_context():
            spread(SITES - SEEDED)
