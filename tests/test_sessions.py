"""Sessions let the collector of cycles rest while they let go of their objects."""

from __future__ import annotations

import gc
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, select

from catalog.solutions import Solution
from common.collector import collector_at_rest
from common.db import db


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_no_cycle_is_collected_while_a_session_ends(app, end):
    seen = []
    with app.app_context():
        db.session.scalars(select(Solution)).unique().all()
        event.listen(
            db.session(), "after_transaction_end", lambda *_all: seen.append(gc.isenabled())
        )
        getattr(db.session(), end)()
    assert seen
    assert not any(seen)
    assert gc.isenabled()


def test_it_rests_until_the_last_thread_is_done():
    inside, done = Barrier(2), Barrier(2)

    def work() -> None:
        with collector_at_rest():
            inside.wait()
            done.wait()

    thread = Thread(target=work)
    thread.start()
    inside.wait()
    with collector_at_rest(), collector_at_rest():
        pass
    assert not gc.isenabled(), "the other one still needs it"
    done.wait()
    thread.join()
    assert gc.isenabled()
