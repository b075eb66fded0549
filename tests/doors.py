"""Doors: every route that not everybody may use, what it is sent, and what it is about."""

from __future__ import annotations

import io

from PIL import Image

from tests.conftest import PEOPLE
from tests.reporting import AFTER, HERE
from tests.samples import (
    ANSWERS,
    DECISION,
    INSPECTION,
    MONEY,
    QUANTITY,
    REPORT,
    REVISION,
    STATE,
    UNIT,
)

# What a route that does not answer everybody answers instead: 401 to strangers, 403 to members,
# and 2xx or a redirect to those named here. Coach "own" and "other" are coach and consultant.
ONLY_FOR = {
    "accounts.account": set(PEOPLE),
    "tracker.new_session": {"coach", "consultant", "municipality", "other_municipality"},
    "tracker.add_session": {"coach", "consultant", "municipality"},
    "tracker.edit_session": {"coach"},
    "tracker.change": {"coach"},
    "tracker.close_action": {"coach", "municipality"},
    "tracker.add_quantity": {"municipality"},
    "tracker.close_period": {"ministry"},
    "tracker.reopen_period": {"ministry"},
    "tracker.add_money": {"municipality"},
    "tracker.add_checks": {"municipality"},
    "tracker.add_decision": {"ministry"},
    "tracker.add_state": {"municipality"},
    "tracker.add_revision": {"municipality"},
    "tracker.write_report": {"municipality"},
    "tracker.approve_revision": {"ministry"},
    "tracker.refuse_revision": {"ministry"},
    "tracker.return_report": {"ministry"},
    "tracker.approve_report": {"ministry"},
    "tracker.new_unit": {"municipality", "other_municipality"},
    "tracker.add_unit": {"municipality"},
    "tracker.edit_unit": {"municipality"},
    "tracker.change_unit": {"municipality"},
    "tracker.inspect_unit": {"municipality"},
    "tracker.add_inspection": {"municipality"},
    "tracker.add_repair": {"municipality"},
    "tracker.add_photos": {"municipality"},
    "tracker.photo": {"municipality", "ministry"},
    "tracker.labels": {"municipality"},
    "tracker.import_form": {"municipality"},
    "tracker.import_units": {"municipality"},
    "tracker.new_outcome": {"municipality"},
    "tracker.add_outcome": {"municipality"},
    "tracker.submit_outcome": {"municipality"},
    "tracker.decide_outcome": {"ministry"},
    "catalog.proposals": set(PEOPLE) - {"operator"},
    "catalog.new_proposal": set(PEOPLE) - {"operator"},
    "catalog.add_proposal": set(PEOPLE) - {"operator"},
    "catalog.proposal": {"municipality", "ministry"},
    "catalog.edit_proposal": {"municipality"},
    "catalog.change_proposal": {"municipality"},
    "catalog.decide_proposal": {"ministry"},
    "tracker.alerts": set(PEOPLE),
    "tracker.alerts_file": set(PEOPLE),
    "tracker.alert": set(PEOPLE),
    "tracker.alert_count": set(PEOPLE),
    "tracker.add_alert_step": {"municipality", "ministry"},
    "tracker.outbox": {"ministry", "operator"},
}
# A draft of another site is not even told of.
HIDDEN = {("tracker.submit_outcome", "other_municipality")}
HIDDEN |= {
    (f"catalog.{name}", who)
    for name in ("proposal", "edit_proposal", "change_proposal")
    for who in ("other_municipality", "coach", "consultant")
}
FORMS = {"tracker.new_session", "tracker.edit_session", "tracker.new_unit", "tracker.edit_unit"}
FORMS |= {
    "tracker.inspect_unit",
    "tracker.labels",
    "tracker.import_form",
    "tracker.new_outcome",
    "catalog.new_proposal",
    "catalog.edit_proposal",
}  # pages only: the API takes POST and PATCH
SLUGS = {
    "solution": "smart-crosswalk",
    "coaches": "smart-crosswalk",
    "site": "sokcho-2023",
    "deployment": "sokcho-2023-smart-pole",
    "site_timeline": "sokcho-2023",
    "timeline_file": "sokcho-2023",
    "add_quantity": "sokcho-2023-smart-pole",
    "site_money": "sokcho-2023",
    "add_money": "sokcho-2023",
    "checklist": "sokcho-2023-smart-pole",
    "checklist_file": "sokcho-2023-smart-pole",
    "add_checks": "sokcho-2023-smart-pole",
    "municipality": "sokcho",
    "round": "2023-diffusion",
    "add_state": "sokcho-2023-smart-pole",
    "plan": "sokcho-2023",
    "add_revision": "sokcho-2023",
    "report": "sokcho-2023",
    "write_report": "sokcho-2023",
    "return_report": "sokcho-2023",
    "approve_report": "sokcho-2023",
    "new_outcome": "sokcho-2023-smart-crosswalk",
    "add_outcome": "sokcho-2023-smart-crosswalk",
    "labels": "sokcho-2023",
    "import_form": "sokcho-2023",
    "import_units": "sokcho-2023",
    "alert": "silent_site:sokcho-2023",
    "add_alert_step": "silent_site:sokcho-2023",
    "entry": "smart-crosswalk",
    "guideline_sheet": "kwcag22",
}
# What a page cannot do without, in its address.
WISH = "?problem=pedestrian-crashes:3&national_won=500000000&local_won=500000000"
ASKED = dict.fromkeys(("choose_page", "memo", "memo_file"), WISH)
MONTHS = {"report": "2026-01", "return_report": "2026-01", "approve_report": "2026-02"}
COMMENT = {"comment": "까닭", "version": 1}
# As JSON and as a form at once: each door reads its own part.
PROPOSAL = {
    "about": "source",
    "changes": {
        "slug": "sample-source",
        "name_ko": "표본",
        "name_en": "Sample",
        "url": "https://example.org/sample",
    },
}
OF_A_UNIT = (
    "unit",
    "edit_unit",
    "change_unit",
    "inspect_unit",
    "add_inspection",
    "add_repair",
    "scanned",
)
BODIES = {
    "tracker.add_quantity": QUANTITY,
    "tracker.add_money": MONEY,
    "tracker.add_checks": ANSWERS | {"on": "2025-03-22"},
    "tracker.add_decision": DECISION | {"on": "2025-03-20"},
    "tracker.close_period": {"reason": "마감"},
    "tracker.reopen_period": {"reason": "정정"},
    "tracker.add_state": STATE | {"on": "2025-03-19"},
    "tracker.add_revision": REVISION,
    "tracker.write_report": REPORT,
    "tracker.approve_revision": {"comment": "까닭"},
    "tracker.refuse_revision": {"comment": "까닭"},
    "tracker.return_report": COMMENT,
    "tracker.approve_report": COMMENT,
    "tracker.add_outcome": AFTER | {"reason": "x"},
    "tracker.submit_outcome": {"reason": "x"},
    "tracker.decide_outcome": {"state": "approved"},
    "tracker.add_unit": UNIT | {"asset_number": "견본-2"},
    "tracker.change_unit": UNIT,
    "tracker.add_inspection": INSPECTION,
    "tracker.add_repair": {"on": "2025-04-01"},
    "catalog.add_proposal": PROPOSAL,
    "catalog.change_proposal": PROPOSAL,
    "catalog.decide_proposal": {"state": "published"},
    "tracker.add_alert_step": {"step": "acknowledged", "reason": "표본"},
}


def picture() -> dict[str, object]:
    """A photo as a form sends it."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "JPEG")
    return {"photos": (io.BytesIO(out.getvalue()), "a.jpg")}


FILES = {
    "tracker.add_photos": picture,
    "tracker.import_units": lambda: {"file": (io.BytesIO(ROWS), "units.csv")},
}
ROWS = b"deployment,asset_number,installed_on\nsokcho-2023-smart-pole,3,2024-05-20\n"


def outcomes(app, token) -> dict[str, str]:
    """The key of an approved outcome, of a draft and of one that waits for a decision."""
    keys = {}
    for name, submits in (("submit_outcome", False), ("decide_outcome", True), ("outcome", True)):
        answer = app.test_client().post(
            HERE, json=AFTER | {"submit": submits, "reason": "x"}, headers=token("municipality")
        )
        keys[name] = answer.json["key"]
    decision = f"/api/v1/outcomes/{keys['outcome']}/decision"
    app.test_client().post(decision, json={"state": "approved"}, headers=token("ministry"))
    return keys


def proposals(app, token, who: str = "municipality") -> dict[str, str]:
    """The slug of a proposal that is a draft, and of one that waits for the ministry."""
    slugs = {}
    for name, submits in (("edit_proposal", False), ("decide_proposal", True)):
        content = PROPOSAL["changes"] | {
            "slug": f"sample-{name[:4]}",
            "url": f"https://a.org/{name}",
        }
        answer = app.test_client().post(
            "/api/v1/proposals",
            json=PROPOSAL | {"changes": content, "submit": submits},
            headers=token(who),
        )
        slugs[name] = answer.json["slug"]
    return slugs | dict.fromkeys(("proposal", "change_proposal"), slugs["edit_proposal"])
