"""Search at 5,000 solutions: words, initials and misspelt words beside a plain list.

pytest -s tests/bench/test_search.py
"""

from __future__ import annotations

import time

from sqlalchemy import insert, select

from catalog.choosing.search import near
from catalog.solutions import Solution, find_solutions
from common.db import db
from common.locale import haystack

ENTRIES = 5_000
WORDS = ("스마트", "ㅅㅁㅌㅎㄷㅂㄷ", "횡단보두", "crosswolk", "there-is-none")
TURNS = 5


def test_a_search_of_5000_answers_beside_the_plain_list(app):
    with app.app_context():
        columns = [it.name for it in Solution.__table__.columns if it.name != "id"]
        known = [row._asdict() for row in db.session.execute(select(*Solution.__table__.columns))]
        copies = []
        for n in range(ENTRIES):
            row = {name: known[n % len(known)][name] for name in columns}
            names = (f"{row['name_ko']} {n}", f"{row['name_en']} {n}", *row["aliases"])
            copies.append(row | {"slug": f"copy-{n}", "names": haystack(*names)})
        db.session.execute(insert(Solution.__table__), copies)
        db.session.commit()
        plain = seconds(None)
        for word in WORDS:
            took = seconds(word)
            print(f"{word}: {1000 * took:.0f} ms, {took / plain:.1f} times the plain list")


def seconds(word: str | None) -> float:
    """The shortest of some turns: the first 50 rows that answer to `word`."""
    took = []
    for _turn in range(TURNS):
        db.session.expunge_all()
        near.cache_clear()
        begun = time.perf_counter()
        found = db.session.scalars(find_solutions(q=word).limit(50)).all()
        took.append(time.perf_counter() - begun)
        assert found or word == WORDS[-1]
    return min(took)
