"""Fonts: those of the pages, unpacked for papers; a printing engine reads no WOFF."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

HEADER, ENTRY = ">4sIIHHIHHIIIII", ">4sIIII"  # of a WOFF file
OUT_HEADER, OUT_ENTRY = ">IHHHH", ">4sIII"  # of a font without a wrapper


def unpacked(woff: bytes) -> bytes:
    """The font in a WOFF 1.0 file. Raises ValueError for anything else.

    Source: W3C, WOFF File Format 1.0, 2012, sections 3 to 5.
    """
    signature, flavor, _length, count = struct.unpack_from(">4sIIH", woff)
    if signature != b"wOFF":
        raise ValueError("this is no WOFF file")
    entries = [
        struct.unpack_from(ENTRY, woff, struct.calcsize(HEADER) + place * struct.calcsize(ENTRY))
        for place in range(count)
    ]
    power = 1 << (count.bit_length() - 1)
    ranges = (power * 16, power.bit_length() - 1, (count - power) * 16)
    head = struct.pack(OUT_HEADER, flavor, count, *ranges)
    offset = len(head) + count * struct.calcsize(OUT_ENTRY)
    table, body = b"", b""
    for tag, begin, packed, length, checksum in entries:
        data = woff[begin : begin + packed]
        data = zlib.decompress(data) if packed < length else data
        table += struct.pack(OUT_ENTRY, tag, checksum, offset + len(body), length)
        body += data + b"\0" * (-len(data) % 4)
    return head + table + body


def folder_of(fonts: list[Path], where: Path) -> Path:
    """The folder `where` with all `fonts` unpacked in it; done once."""
    where.mkdir(parents=True, exist_ok=True)
    for font in fonts:
        there = where / f"{font.name.partition('.')[0]}.otf"
        if not there.exists():
            half = there.with_suffix(f".{os.getpid()}")  # two processes may begin at once
            half.write_bytes(unpacked(font.read_bytes()))
            half.replace(there)
    return where
