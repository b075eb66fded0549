"""The form of a checklist: answered by item or stage, kept when refused, never overwriting."""

from __future__ import annotations

import pytest

from tests.samples import as_form

POLE = "sokcho-2023-smart-pole"
PAGE, FORM = f"/deployments/{POLE}/checklist", f"/deployments/{POLE}/checks"
MEETS = {"item": "WA-01", "result": "meets"}


def test_a_form_answers_one_item_or_a_whole_stage_and_leaves_the_rest_alone(officer, client):
    page = officer.get(PAGE).text
    assert 'name="checks-2-item" value="WA-01"' in page
    assert "<form" in page
    assert f'action="/deployments/{POLE}/checks"' not in client.get(PAGE).text
    blank = [{"item": f"WA-{n:02}", "seen": "none"} for n in range(1, 34)]
    blank[0] |= {"result": "meets"}
    blank[4] |= {"result": "deviates", "reason": "표본"}
    sent = officer.post(FORM, data=as_form({"on": "2025-03-20", "checks": blank}))
    assert sent.status_code == 303
    assert sent.headers["Location"].endswith("/checklist#stage-accept")
    assert client.get("/api/v1/checks").json["total"] == 2


def test_a_refused_form_comes_back_filled_in(officer, client):
    rows = [
        {"item": "WA-01", "seen": "none", "result": "meets", "evidence": "표본: 이것은 남는다"},
        {"item": "WA-02", "seen": "none", "result": "deviates", "link": "javascript:alert(1)"},
    ]
    form = as_form({"on": "2025-03-20", "checks": rows}) | {"idempotency_key": "a"}
    page = officer.post(f"/deployments/{POLE}/checks?lang=en", data=form)
    assert page.status_code == 422
    assert "표본: 이것은 남는다" in page.text
    assert "2 places to mend" in page.text
    assert 'href="#f-checks-3-link"' in page.text
    assert 'id="f-checks-3-link"' in page.text
    assert 'value="javascript:alert(1)"' in page.text, "as text in its field"
    assert 'href="javascript:' not in page.text
    assert client.get("/api/v1/checks").json["total"] == 0
    mended = form | {"checks-1-link": "https://example.org", "checks-1-reason": "표본"}
    assert officer.post(FORM, data=mended).status_code == 303


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"on": "2025-03-20"},
        {"on": "x", "checks-0-item": "WA-01", "checks-0-result": "meets"},
        {"on": "2025-03-20", "checks-0-item": "XW-01", "checks-0-result": "meets"},
        {"on": "2025-03-20", "checks-0-item": "<b>", "checks-0-result": "meets"},
        {"on": "2025-03-20", "checks-7-result": "meets"},
        {
            "on": "2025-03-20",
            "checks-0-item": "WA-01",
            "checks-0-moon": "x",
            "checks-0-result": "x",
        },
    ],
    ids=str,
)
def test_a_strange_form_is_refused_and_never_breaks(officer, form):
    page = officer.post(FORM, data=form)
    assert page.status_code == 422
    assert "<b>" not in page.text


def test_who_did_not_see_the_answer_that_stands_does_not_overwrite_it(send, officer, line_of):
    first = send(MEETS).json["checks"][0]["key"]
    better = send(MEETS | {"evidence": "표본: 더 나은 근거"}, on="2025-04-01")
    second = better.json["checks"][0]["key"]
    stale = {"item": "WA-01", "result": "not_applicable", "reason": "표본", "seen": first}
    answer = send(stale)
    assert answer.status_code == 409
    assert "result" in answer.json["errors"]["checks"]["0"]
    assert send(MEETS | {"seen": "none"}).status_code == 409, "none stood when the form was opened"
    form = as_form({"on": "2025-04-02", "checks": [stale]})
    page = officer.post(FORM, data=form)
    assert page.status_code == 409
    assert f'name="checks-2-seen" value="{second}"' in page.text, "saving again puts it in place"
    assert "표본" in page.text
    assert line_of("WA-01")["answer"] == second
    again = officer.post(FORM, data=form | {"checks-0-seen": second})
    assert again.status_code == 303
    assert line_of("WA-01")["result"] == "not_applicable"


def test_a_line_that_was_not_touched_is_not_sent_again_however_old_the_form(send, officer, client):
    first = send(MEETS).json["checks"][0]["key"]
    send(MEETS | {"result": "deviates", "reason": "표본"}, on="2025-04-01")
    rows = [
        {"item": "WA-01", "seen": first, "result": "meets", "reason": "", "evidence": ""},
        {"item": "WA-04", "seen": "none", "result": "meets"},
    ]
    form = as_form({"on": "2025-04-02", "checks": rows})
    assert officer.post(FORM, data=form).status_code == 303
    assert client.get("/api/v1/checks?item=WA-01").json["items"][0]["result"] == "deviates"


def test_a_form_that_was_saved_and_changed_comes_back_with_a_new_key(officer):
    rows = [{"item": "WA-01", "seen": "none", "result": "meets"}]
    form = as_form({"on": "2025-03-20", "checks": rows}) | {"idempotency_key": "one"}
    assert officer.post(FORM, data=form).status_code == 303
    assert officer.post(FORM, data=form).status_code == 303, "sent twice"
    changed = form | {"checks-0-evidence": "표본: 덧붙임"}
    page = officer.post(FORM, data=changed)
    assert page.status_code == 422
    assert "표본: 덧붙임" in page.text
    assert 'name="idempotency_key" value="one"' not in page.text


def test_no_form_stands_on_the_page_of_another_day(officer):
    for asked in ({"as_of": "2025-03-31"}, {"known_on": "2025-03-31"}):
        page = officer.get(PAGE, query_string=asked).text
        assert 'method="post" action="/deployments' not in page
