"""Things to send: a session as its host logs it, as JSON and as the form sends it."""

from __future__ import annotations

from typing import Any

SECRET_QUESTION, SECRET_ADVICE = "아무도 모르는 질문", "아무도 모르는 조언"
SECRET_STEP = "아무도 모르는 다음 할 일"
SESSION: dict[str, Any] = {
    "kind": "coaching",
    "site": "sokcho-2023",
    "solutions": ["smart-crosswalk", "smart-pole"],
    "held_on": "2025-02-10",
    "duration_min": 90,
    "mode": "in_person",
    "heads_in_person": 4,
    "heads_online": 1,
    "stage": "install",
    "question": SECRET_QUESTION,
    "advice": SECRET_ADVICE,
    "summary_ko": "설치 자리를 함께 보았다.",
    "summary_en": "Looked at the places together.",
    "actions": [
        {"what": SECRET_STEP, "owner": "sokcho", "due_on": "2025-03-01"},
        {"what": "도면을 보낸다", "owner": "seongdong", "due_on": "2025-02-20"},
    ],
}
QUANTITY = {"stage": "accepted", "value": 16, "on": "2025-03-20", "note_ko": "하나는 고장"}
STATE = {"state": "working", "on": "2025-03-20", "reason": "시험 가동을 마쳤다."}
REVISION: dict[str, Any] = {
    "reason": "설치할 자리가 줄었다.",
    "on": "2025-02-01",
    "lines": [{"deployment": "sokcho-2023-smart-pole", "quantity": 17}],
}
REPORT: dict[str, Any] = {
    "step": "submitted",
    "lines": [{"deployment": "sokcho-2023-smart-pole", "installed": 17, "accepted": 16}],
}


def as_form(given: dict[str, Any]) -> dict[str, Any]:
    """`given` as a form sends it: everything is text, and the steps are rows of fields."""
    form: dict[str, Any] = {}
    for name, value in given.items():
        if name in ("actions", "lines"):
            for place, row in enumerate(value):
                form |= {f"{name}-{place}-{key}": it or "" for key, it in row.items()}
        elif isinstance(value, list):
            form[name] = value
        elif value is not None:
            form[name] = str(value)
    return form
