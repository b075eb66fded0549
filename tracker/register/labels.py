"""Labels: the QR code that opens a unit's inspection form, drawn without asking anybody."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup

QUIET_ZONE = 4  # modules of white round it, as the standard asks
PER_SHEET = 24  # 3 by 8 on A4
SHEETS = 10  # on one page of the browser


def qr(address: str) -> Markup:
    """The QR code of `address` as SVG: error correction M, so that a scratch does no harm.

    ISO/IEC 18004 through the library segno; the drawing holds no text and no link.
    """
    out = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(
        out, kind="svg", border=QUIET_ZONE, xmldecl=False, svgns=False, omitsize=True, nl=False
    )
    # Made of numbers only: the address itself does not stand in it.
    return Markup(out.getvalue().decode().replace("<svg", '<svg aria-hidden="true"', 1))  # noqa: S704
