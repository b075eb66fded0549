"""The words: every text of the interface is there in Korean, and values read as people write."""

from __future__ import annotations

import re

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from flask_babel import force_locale

from app import ROOT
from common.locale import day, haystack, initials, number, squeeze, won

CATALOGUE = ROOT / "translations" / "ko" / "LC_MESSAGES" / "messages.po"
KEYWORDS = {"_": None, "gettext": None, "_l": None, "ngettext": (1, 2)}
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


@pytest.fixture(scope="module")
def texts() -> set[str]:
    """Every text that templates and Python ask a translation of."""
    with (ROOT / "babel.cfg").open() as config:
        methods, options = parse_mapping_cfg(config, "babel.cfg")
    ours = ("app.py", "common", "accounts", "catalog", "tracker", "templates")
    found = set()
    for name, _line, message, _comments, _context in extract_from_dir(
        ROOT, methods, options, KEYWORDS, directory_filter=lambda it: it_is_ours(it, ours)
    ):
        if name.split("/")[0] in ours:
            found.add(message[0] if isinstance(message, tuple) else message)
    return found


def it_is_ours(folder: str, ours: tuple[str, ...]) -> bool:
    parts = str(folder).removeprefix(str(ROOT)).strip("/").split("/")
    return parts[0] in ours or parts == [""]


@pytest.fixture(scope="module")
def korean():
    with CATALOGUE.open("rb") as file:
        return read_po(file, "ko")


def test_every_text_is_there_in_korean(texts, korean):
    assert len(texts) > 400
    told = {
        (it.id[0] if isinstance(it.id, tuple) else it.id): it
        for it in korean
        if it.id and it.string and not it.fuzzy
    }
    lacking = {it for it in texts if it not in told or not any(told[it].string)}
    assert lacking == set()


def test_a_translation_has_the_places_of_its_text(korean):
    wrong = set()
    for it in korean:
        ids = it.id if isinstance(it.id, tuple) else (it.id,)
        strings = it.string if isinstance(it.string, tuple) else (it.string,)
        if it.id and any(strings):
            wanted = set(PLACES.findall(ids[-1]))
            wrong |= {text for text in strings if set(PLACES.findall(text)) != wanted}
    assert wrong == set()


def test_a_translation_is_korean(korean):
    same = {"KRW", "API", "OpenAPI"}
    for it in korean:
        text = it.string[0] if isinstance(it.string, tuple) else it.string
        if text and text == it.id and re.search(r"[A-Za-z]{4}", PLACES.sub("", text)):
            assert text in same, text


@pytest.mark.parametrize(
    ("amount", "ko", "en"),
    [
        (0, "0원", "KRW 0"),
        (1, "1원", "KRW 1"),
        (9_999, "9,999원", "KRW 9,999"),
        (10_000, "1만 원", "KRW 10,000"),
        (100_000_000, "1억 원", "KRW 100 million"),
        (523_000_000, "5억 2,300만 원", "KRW 523 million"),
        (2_000_000_000, "20억 원", "KRW 2 billion"),
        (3_800_000_000, "38억 원", "KRW 3.8 billion"),
        (104_000_000_000, "1,040억 원", "KRW 104 billion"),
        (123_456_789, "1억 2,345만 6,789원", "KRW 123,456,789"),
        (-50_000, "-5만 원", "KRW -50,000"),
        (None, "", ""),
    ],
)
def test_money_is_written_in_eok_and_man_and_in_full_or_millions(app, amount, ko, en):
    for lang, text in (("ko", ko), ("en", en)):
        with app.test_request_context(f"/?lang={lang}"):
            assert won(amount) == text


def test_numbers_and_days_are_written_short(app):
    written = {None: "", 0: "0", 1.5: "1.5", 1234567: "1,234,567", 0.126: "0.13"}
    assert {it: number(it) for it in written} == written
    with app.test_request_context("/"), force_locale("ko"):
        assert day(None)


def test_a_search_looks_up_squeezed_names_and_their_initials():
    assert initials("스마트 Pole") == "ㅅㅁㅌ Pole"
    assert squeeze(" Bus  Shelter ") == "busshelter"
    assert haystack("스마트 폴", "Smart pole").split("\n") == ["스마트폴", "smartpole", "ㅅㅁㅌㅍ"]
