"""GDAL, and with it QGIS and much else, opens /ogc as it is: `ogrinfo` reads every collection."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

PATIENCE_S = 60
PAGE = 7  # features that GDAL is told to ask for at a time
NEEDED = (
    "This test needs ogrinfo, of GDAL. `make gdal` installs it as root on Debian and Ubuntu; "
    "else install the package gdal-bin (Fedora: gdal, Homebrew: gdal)."
)


@pytest.fixture
def ogrinfo(live):
    """`ogrinfo("-al")`: what GDAL says of /ogc, by layer."""
    found = shutil.which("ogrinfo")
    if found is None:
        pytest.fail(NEEDED)

    def run(*options: str) -> dict[str, str]:
        done = subprocess.run(  # noqa: S603 - our own command
            [found, "-ro", f"OAPIF:{live.address}/ogc", *options],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            # Nothing may be asked of a proxy: the server is on this machine.
            env=os.environ | {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"},
        )
        assert done.returncode == 0, done.stderr
        assert "ERROR" not in done.stderr, done.stderr
        parts = re.split(r"^Layer name: (\w+)$", done.stdout, flags=re.MULTILINE)[1:]
        return dict(zip(parts[::2], parts[1::2], strict=True))

    yield run
    live.rest()


def counts(layers: dict[str, str]) -> dict[str, int]:
    return {name: int(re.search(r"Feature Count: (\d+)", told)[1]) for name, told in layers.items()}


def test_gdal_reads_every_collection_with_count_box_and_pages(app, ogrinfo, load):
    rows = [
        {
            "deployment": "sokcho-2023-smart-pole",
            "asset_number": f"견본-{n:02}",
            "installed_on": "2024-05-20",
            "lat": 38.207,
            "lon": 128.5918,
        }
        for n in range(23)
    ]
    code, told = load("csv", rows)
    assert code == 0, told
    whole = ogrinfo("-so", "-al")
    assert counts(whole) == {"sites": 14, "deployments": 36, "units": 23}
    for told in whole.values():
        assert 'GEOGCRS["WGS 84"' in told
    assert "selected_on: Date" in whole["sites"]
    near = ogrinfo("-so", "-al", "-spat", "128.4", "38.1", "128.7", "38.3")
    assert counts(near) == {"sites": 1, "deployments": 4, "units": 23}
    read = ogrinfo("-al", "-oo", f"PAGE_SIZE={PAGE}", "units")
    assert read["units"].count("OGRFeature(units)") == 23
    assert len(set(re.findall(r"asset_number \(String\) = (\S+)", read["units"]))) == 23
    assert read["units"].count("POINT (128.5918 38.207)") == 23
