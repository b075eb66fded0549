"""300,000 units: loaded in bounded memory, and the pages after it; run it by name.

UNITS=300000 pytest -s tests/bench
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import create_app
from tests.bench.units import write

ROOT = Path(__file__).parents[2]
MOST_MB = 500
MEASURE = """
import os, subprocess, sys
_pid, status, used = os.wait4(subprocess.Popen(sys.argv[1:]).pid, 0)
print(used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
PAGES = ("/units", "/units?site=sokcho-2023", "/units?q=견본-000001", "/sites/sokcho-2023", "/map")
PAGES += ("/map/units.json", "/dashboard")
COUNT = int(os.environ.get("UNITS", "5000"))
KIND = os.environ.get("KIND", "csv")  # or xlsx, or geojson


def test_many_units_are_loaded_in_bounded_memory_and_pages_stay_quick(tmp_path):
    """`UNITS=300000 KIND=xlsx pytest tests/bench` for the full figure; 5,000 of CSV without it."""
    file = tmp_path / f"units.{KIND}"
    write(file, COUNT)
    settings = {"SECRET_KEY": "x" * 40, "INSTANCE_DIR": str(tmp_path)}
    env = {**os.environ, **settings}
    flask = [sys.executable, "-m", "flask"]
    for command in (["db", "upgrade"], ["seed"]):
        subprocess.run([*flask, *command], cwd=ROOT, env=env, check=True, capture_output=True)
    begun = time.monotonic()
    # A process counts the memory of the one that started it as its own, so a small one does.
    load = [sys.executable, "-c", MEASURE, *flask, "load", "units", str(file)]
    done = subprocess.run(load, cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    used_mb = int(done.stdout.splitlines()[-1]) >> 10
    print(f"{COUNT} units as {KIND}: {time.monotonic() - begun:.1f} s, {used_mb} MB")
    assert used_mb < MOST_MB
    client = create_app(settings).test_client()
    for page in PAGES:
        client.get(page)
        begun = time.monotonic()
        answer = client.get(page)
        print(f"{time.monotonic() - begun:.2f} s {page}")
        assert answer.status_code == 200


if __name__ == "__main__":
    pytest.main([__file__, "-s"])
