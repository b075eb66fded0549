"""Korean and English: which language this answer is in, and how values are written in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask import current_app, g, has_request_context, request
from flask_babel import Babel, gettext
from flask_babel import lazy_gettext as _l

LANGUAGES = {"ko": "한국어", "en": "English"}
SEOUL = timezone(timedelta(hours=9))
EOK, MAN = 10**8, 10**4
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
FIRST_SYLLABLE, LAST_SYLLABLE, PER_INITIAL = 0xAC00, 0xD7A3, 588

babel = Babel()
_WORDS: dict[tuple[type[StrEnum], str], Any] = {}


def language() -> str:
    """The language of this answer: `?lang=`, else the saved choice, else the setting.

    Commands speak English.
    """
    if not has_request_context():
        return "en"
    if "lang" not in g:
        wishes = (request.args.get("lang"), request.cookies.get("lang"))
        known = (wish for wish in wishes if wish in LANGUAGES)
        g.lang = next(known, current_app.config["DEFAULT_LANG"])
    return str(g.lang)


def name_values(words: Mapping[StrEnum, Any]) -> None:
    """Tell how the values of an enum are called on pages."""
    for value, name in words.items():
        _WORDS[type(value), value.value] = name


def word(value: StrEnum | None) -> str:
    """How `value` is called in the reader's language; empty for None."""
    if value is None:
        return ""
    return str(_WORDS.get((type(value), value.value), value.value))


def said(thing: Any, name: str) -> Any:
    """`thing.name_ko` or `thing.name_en` by language; the other where one is missing."""
    first, second = ("ko", "en") if language() == "ko" else ("en", "ko")
    mine = getattr(thing, f"{name}_{first}", None)
    return mine or getattr(thing, f"{name}_{second}", None) or ""


def won(amount: int | None, *, unit: bool = True) -> str:
    """`amount` KRW as 5억 2,300만 원, or KRW 523 million in English; empty for None."""
    if amount is None:
        return ""
    if language() == "en":
        return _won_en(amount)
    sign, rest = ("-" if amount < 0 else ""), abs(amount)
    eok, rest = divmod(rest, EOK)
    man, rest = divmod(rest, MAN)
    parts = [f"{eok:,}억"] if eok else []
    parts += [f"{man:,}만"] if man else []
    parts += [f"{rest:,}"] if rest or not parts else []
    text = sign + " ".join(parts)
    tail = " 원" if not rest and parts != ["0"] else "원"
    return text + (tail if unit else "")


def _won_en(amount: int) -> str:
    for size, name in ((10**9, "billion"), (10**6, "million")):
        scaled = Decimal(amount) / size
        if abs(scaled) >= 1 and scaled == round(scaled, 3):
            return f"KRW {scaled.normalize():,f} {name}"
    return f"KRW {amount:,}"


def number(value: float | Decimal | None, digits: int = 2) -> str:
    """`value` with thousands separated and at most `digits` decimals; empty for None."""
    if value is None:
        return ""
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def day(value: date | datetime | None, precision: str = "day") -> str:
    """`value` as an ISO date in Korea, cut to what is known; words where the day is unknown."""
    if value is None or precision == "unknown":
        return str(gettext("date unknown"))
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(SEOUL)
    length = {"day": 10, "month": 7, "year": 4}[precision]
    return value.isoformat()[:length]


def initials(text: str) -> str:
    """The initial consonants of the Korean syllables in `text`; other letters stay."""
    return "".join(
        INITIALS[(ord(c) - FIRST_SYLLABLE) // PER_INITIAL]
        if FIRST_SYLLABLE <= ord(c) <= LAST_SYLLABLE
        else c
        for c in text
    )


def squeeze(text: str) -> str:
    """`text` without spaces and capitals, as names are compared in a search."""
    return "".join(text.split()).casefold()


def haystack(*names: str) -> str:
    """All `names` and their initial consonants, squeezed, one a line, to look a word up in."""
    plain = [squeeze(name) for name in names if name]
    return "\n".join(dict.fromkeys(plain + [initials(name) for name in plain]))


YES_NO = {True: _l("yes"), False: _l("no")}
