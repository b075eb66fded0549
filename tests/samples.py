"""Things to send: a session as its host logs it, as JSON and as the form sends it."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from common.facts import today

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
    "without_agreement": "견본: 협약을 맺기 전에 만남",
    "question": SECRET_QUESTION,
    "advice": SECRET_ADVICE,
    "summary_ko": "설치 자리를 함께 보았다.",
    "summary_en": "Looked at the places together.",
    "actions": [
        {"what": SECRET_STEP, "owner": "sokcho", "due_on": "2025-03-01"},
        {"what": "도면을 보낸다", "owner": "seongdong", "due_on": "2025-02-20"},
    ],
}
# A site asks, a host agrees: samples, not records.
HELP: dict[str, Any] = {
    "site": "sokcho-2023",
    "host": "seongdong",
    "solution": "smart-crosswalk",
    "topics": ["acceptance", "operation"],
    "question": SECRET_QUESTION,
    "minutes_wished": 300,
}
TERMS: dict[str, Any] = {
    "version": 1,
    "minutes": 120,
    "begins_on": "2025-01-01",
    "ends_on": "2025-06-30",
}
# Announced for a day to come, whenever the test runs.
PLAN: dict[str, Any] = {
    "kind": "coaching",
    "site": "sokcho-2023",
    "planned_on": (today() + timedelta(days=7)).isoformat(),
    "began_at": "14:30",
    "duration_min": 90,
    "mode": "in_person",
    "place": "견본 회의실",
    "topics": ["operation"],
    "question": SECRET_QUESTION,
}
PLAN_TERMS = {name: it for name, it in PLAN.items() if name not in ("kind", "site")}
PDF = b"%PDF-1.7 a sample"
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

MONEY = {
    "fund": "national",
    "stage": "received",
    "amount_won": 2_000_000_000,
    "on": "2023-07-03",
    "note_ko": "예시: 교부 결정",
}
SELECTED = date(2023, 4, 13)
SITE = SimpleNamespace(id=1, selected_on=SELECTED)


class MoneyRow(SimpleNamespace):
    """An amount as the rules and the account see it, without a database."""

    def __init__(self, fund: str, stage: str, amount_won: int, on: date = SELECTED, **more: Any):
        told = {"reason": None, "corrects": None, "site": SITE, "key": "a-row"} | more
        super().__init__(fund=fund, stage=stage, amount_won=amount_won, on=on, **told)


# Answers that say in their own text that they are samples.
ANSWERS: dict[str, Any] = {
    "on": "2025-03-20",
    "checks": [
        {"item": "WA-01", "result": "meets", "evidence": "표본", "link": "https://example.org/a"},
        {"item": "WA-02", "result": "deviates", "reason": "표본: 영상이 없음"},
    ],
}
DECISION = {"verdict": "approved", "reason": "표본: 영상을 두지 않음", "on": "2025-03-21"}


def as_form(given: dict[str, Any]) -> dict[str, Any]:
    """`given` as a form sends it: everything is text, and steps and answers are rows of fields."""
    form: dict[str, Any] = {}
    for name, value in given.items():
        if name in ("actions", "checks", "lines"):
            for place, row in enumerate(value):
                form |= {f"{name}-{place}-{key}": it or "" for key, it in row.items()}
        elif isinstance(value, list):
            form[name] = value
        elif value is not None:
            form[name] = str(value)
    return form


PAPER = {
    "kind": "monthly",
    "site": "sokcho-2023",
    "month": "2025-03",
    "language": "en",
    "file_type": "pdf",
}
