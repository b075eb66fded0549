"""Scheduling: which test runs on which database, and which worker runs it."""

from __future__ import annotations

import re

import pytest
from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController

DATABASES = ("sqlite", "postgresql")


def pytest_collection_modifyitems(config, items):
    """Deal the tests over the databases: each runs on one of them, half of every file on each.

    Those marked `both_databases` hold what the databases might do differently, and run on both.
    """
    if config.getoption("database") != "dealt":
        return
    order: dict[tuple[str, ...], int] = {}
    left = []
    for item in items:
        given = dict((getattr(item, "callspec", None) and item.callspec.params) or {})
        database = given.pop("database", None)
        if database and not item.get_closest_marker("both_databases"):
            case = (str(item.path), item.originalname, *map(repr, given.values()))
            if DATABASES[order.setdefault(case, len(order)) % 2] != database:
                left.append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


class ByDatabase(LoadGroupScheduling):
    """Files are worked off one by one; a worker keeps to its database while that has some left.

    So each sets up one database and one browser, and none is idle while others still work. A
    browser waits a lot: four workers keep two cores busy.
    The mark `xdist_group` does nothing under pytest 9.2 (pytest-dev/pytest-xdist#1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        path, _colons, name = nodeid.partition("::")
        found = re.search(rf"[\[-]({'|'.join(DATABASES)})[\]-]", name)
        return f"{path} {found[1] if found else ''}"

    def _assign_work_unit(self, node: WorkerController) -> None:
        own = DATABASES[int(node.gateway.id.removeprefix("gw")) % len(DATABASES)]
        left = (scope for scope in self.workqueue if scope.endswith(own))
        self.workqueue.move_to_end(next(left, next(iter(self.workqueue))), last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return ByDatabase(config, log)
