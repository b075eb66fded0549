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
UNIT: dict[str, Any] = {
    "deployment": "sokcho-2023-smart-pole",
    "asset_number": "견본-1",
    "maker": "견본 제조사",
    "lat": 38.207,
    "lon": 128.5918,
    "installed_on": "2024-05-20",
    "warranty_until": "2027-05-19",
}
INSPECTION: dict[str, Any] = {"on": "2025-03-20", "result": "faulty", "faults": ["dark"]}
QUANTITY = {"stage": "accepted", "value": 16, "on": "2025-03-20", "note_ko": "하나는 고장"}


def as_form(given: dict[str, Any]) -> dict[str, Any]:
    """`given` as a form sends it: everything is text, and the steps are rows of fields."""
    form: dict[str, Any] = {}
    for name, value in given.items():
        if name == "actions":
            for place, action in enumerate(value):
                form |= {f"actions-{place}-{key}": it or "" for key, it in action.items()}
        elif isinstance(value, list):
            form[name] = value
        elif value is not None:
            form[name] = str(value)
    return form
