"""Who may do what: every route for every kind of person, and the text of a session for each."""

from __future__ import annotations

import io
import json
import re

import pytest
from openpyxl import load_workbook

from tests.conftest import PEOPLE
from tests.reporting import AFTER, HERE
from tests.samples import QUANTITY, SECRET_ADVICE, SECRET_QUESTION, SECRET_STEP, SESSION, as_form
from tests.test_house import LIBRARY_ROUTES

EVERYBODY = ("public", *PEOPLE)
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
    "tracker.new_outcome": {"municipality"},
    "tracker.add_outcome": {"municipality"},
    "tracker.submit_outcome": {"municipality"},
    "tracker.decide_outcome": {"ministry"},
}
FORMS = {
    "tracker.new_session",
    "tracker.edit_session",
    "tracker.new_outcome",
}  # pages only: the API takes POST and PATCH
# A draft of another site is not even told of.
HIDDEN = {("tracker.submit_outcome", "other_municipality")}
READERS = {"coach", "municipality", "ministry"}  # host, site, ministry
SECRETS = (SECRET_QUESTION, SECRET_ADVICE, SECRET_STEP)
# As UTF-8, as HTML has it, and as JSON writes it.
SPELT = [it.encode() for it in SECRETS] + [json.dumps(it)[1:-1].encode() for it in SECRETS]
OPEN = re.compile(r"/(?!coaching)[\w-]+\.|openapi|docs")  # the same for everybody: not asked twice
SLUGS = {
    "solution": "smart-crosswalk",
    "site": "sokcho-2023",
    "deployment": "sokcho-2023-smart-pole",
    "add_quantity": "sokcho-2023-smart-pole",
    "new_outcome": "sokcho-2023-smart-crosswalk",
    "add_outcome": "sokcho-2023-smart-crosswalk",
    "municipality": "sokcho",
    "round": "2023-diffusion",
}


@pytest.fixture
def person(client, login):
    """`person("ministry")`, and `person("public")` for somebody without an account."""
    return lambda name: client if name == "public" else login(name)


@pytest.fixture
def doors(app, logged, token):
    """Every route: its name without the face, its method, its address."""
    slug = logged()
    guideline = app.test_client().get("/api/v1/guidelines").json["items"][0]["slug"]
    known = SLUGS | {"guideline": guideline} | outcomes(app, token)
    addresses = app.url_map.bind("localhost")
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in LIBRARY_ROUTES:
            continue
        name = rule.endpoint.rpartition(".")[2]
        given = {"slug": known.get(name, slug), "place": 0, "kind": "csv"}
        given = {key: value for key, value in given.items() if key in rule.arguments}
        address = addresses.build(rule.endpoint, given)
        found += [
            (rule.endpoint.removeprefix("api."), method, address)
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]
    return found


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


BODIES = {
    "tracker.add_quantity": QUANTITY,
    "tracker.add_outcome": AFTER | {"reason": "x"},
    "tracker.submit_outcome": {"reason": "x"},
    "tracker.decide_outcome": {"state": "approved"},
}


def send(person, name: str, method: str, address: str) -> int:
    """Send what the route takes, as a form to a page and as JSON to the API."""
    body = BODIES.get(name, SESSION)
    if name in ("tracker.change", "tracker.edit_session"):
        slug = address.split("/coaching/")[1].split("/", maxsplit=1)[0]
        body = SESSION | {"version": person.get(f"/api/v1/coaching/{slug}").json["version"]}
    kind = {} if method == "GET" else {"json": body}
    if method != "GET" and not address.startswith("/api/"):
        kind = {"data": as_form(body)}
    if method == "PATCH":
        kind = {"json": body} if address.startswith("/api/") else {"data": as_form(body)}
    return person.open(address, method=method, **kind).status_code


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.parametrize("face", ["page", "api"])
def test_every_route_answers_each_kind_of_person_as_the_table_says(name, face, person, doors):
    wrong = {}
    for route, method, address in doors:
        if address.startswith("/api/") != (face == "api"):
            continue
        status = send(person(name), route, method, address)
        may = name in ONLY_FOR.get(route, EVERYBODY)
        refusal = 401 if name == "public" else 404 if (route, name) in HIDDEN else 403
        if face == "api" and route in FORMS and may:
            may, refusal = False, 404
        if not (200 <= status < 400 if may else status == refusal):
            wrong[method, address] = status
    assert wrong == {}


def test_the_table_names_only_routes_that_are(doors):
    assert set(ONLY_FOR) <= {route for route, _method, _address in doors}


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_text_of_a_session_is_told_to_its_parties_and_the_ministry_only(name, person, logged):
    address = f"/api/v1/coaching/{logged()}"
    told = person(name).get(address).json
    if name in READERS:
        assert (told["question"], told["advice"]) == (SECRET_QUESTION, SECRET_ADVICE)
        assert told["actions"][0]["what"] == SECRET_STEP
    else:
        assert (told["question"], told["advice"], told["actions"]) == (None, None, [])
    assert told["text_hidden"] is (name not in READERS)
    assert told["open_actions"] == 2, "a count says nothing private"
    assert told["summary_ko"] == SESSION["summary_ko"], "the summary is for everybody"


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/coaching",
        "/api/v1/coaching.json",
        "/api/v1/coaching.csv",
        "/api/v1/coaching.xlsx",
        "/coaching.json",
        "/coaching.csv",
        "/coaching.xlsx",
        "/coaching",
        "/coaching/{slug}",
        "/sites/sokcho-2023",
    ],
)
def test_lists_files_and_pages_hold_the_text_for_the_same_people(name, address, person, logged):
    answer = person(name).get(address.format(slug=logged()))
    assert answer.status_code == 200
    text = answer.text if not address.endswith("xlsx") else cells(answer.data)
    text = answer.json_module.dumps(answer.json, ensure_ascii=False) if answer.is_json else text
    if name not in READERS:
        assert not [secret for secret in SECRETS if secret in text]
    elif address != "/coaching" and not address.startswith("/sites"):
        assert SECRET_QUESTION in text


def cells(data: bytes) -> str:
    book = load_workbook(io.BytesIO(data))
    return "\n".join(str(cell) for row in book.active.iter_rows(values_only=True) for cell in row)


@pytest.mark.parametrize("name", sorted(set(EVERYBODY) - READERS))
def test_no_address_at_all_tells_a_stranger_the_text(name, person, doors):
    for _route, method, address in doors:
        if method == "GET" and not address.endswith("boundaries.json"):
            told = person(name).get(address).data
            assert not [it for it in SPELT if it in told], address


def test_revisions_are_as_private_as_what_they_revise(login, logged, client):
    slug = logged()
    coach = login("coach")
    changed = SESSION | {"question": "달라진 질문", "version": 1}
    assert coach.patch(f"/api/v1/coaching/{slug}", json=changed).status_code == 200
    for outsider in (client, login("consultant"), login("operator")):
        for address in (f"/api/v1/coaching/{slug}", f"/coaching/{slug}"):
            assert SECRET_QUESTION not in outsider.get(address).text


def test_a_consultant_edits_its_own_organisations_sessions_only(login, logged):
    own, others = logged("consultant"), logged("coach")
    consultant = login("consultant")
    assert (
        consultant.patch(f"/api/v1/coaching/{own}", json=SESSION | {"version": 1}).status_code
        == 200
    )
    refused = consultant.patch(f"/api/v1/coaching/{others}", json=SESSION | {"version": 1})
    assert refused.status_code == 403
    assert login("coach").get(f"/api/v1/coaching/{others}").json["version"] == 1


def test_nobody_logs_in_the_name_of_another_organisation(login):
    for name in ("coach", "consultant", "municipality"):
        answer = login(name).post("/api/v1/coaching", json=SESSION | {"host": "dalseo"})
        assert answer.status_code == 403


def test_nobody_moves_a_session_to_another_host(login, logged):
    slug = logged("coach")
    moved = SESSION | {"host": "smart-city-association", "version": 1}
    assert login("coach").patch(f"/api/v1/coaching/{slug}", json=moved).status_code == 403


def test_a_municipality_logs_for_its_own_site_only(login):
    answer = login("municipality").post(
        "/api/v1/coaching", json=SESSION | {"site": "boryeong-2023"}
    )
    assert answer.status_code == 403


def test_a_municipality_does_not_move_its_session_to_another_site(login, logged):
    slug = logged("municipality")
    moved = SESSION | {"site": "boryeong-2023", "version": 1}
    answer = login("municipality").patch(f"/api/v1/coaching/{slug}", json=moved)
    assert answer.status_code == 403
    assert login("municipality").get(f"/api/v1/coaching/{slug}").json["site"] == "sokcho-2023"


def test_a_report_of_ones_own_site_is_a_new_fact_with_its_organisation(login, client):
    municipality = login("municipality")
    address = "/api/v1/deployments/sokcho-2023-smart-pole"
    answer = municipality.post(f"{address}/quantities", json=QUANTITY)
    assert answer.status_code == 201
    assert client.get(address).json["accepted_qty"] == 16
    again = municipality.post(f"{address}/quantities", json=QUANTITY | {"value": 15})
    assert again.json["corrects"] == answer.json["key"]
    assert client.get(address).json["accepted_qty"] == 15


def test_an_unknown_thing_is_not_found_before_anybody_is_refused_as_its_owner(login):
    coach = login("coach")
    assert coach.patch("/api/v1/coaching/nothing", json=SESSION).status_code == 404
    assert coach.post("/api/v1/coaching/nothing/actions/0/done").status_code == 404
    municipality = login("municipality")
    assert municipality.post("/api/v1/deployments/no/quantities", json=QUANTITY).status_code == 404


@pytest.mark.parametrize("name", list(PEOPLE))
def test_a_token_opens_what_the_session_of_its_account_opens(name, login, client, token, doors):
    member = login(name)
    for _route, method, address in doors:
        if method == "GET" and address.startswith("/api/v1/") and not OPEN.search(address):
            by_token = client.get(address, headers=token(name))
            by_session = member.get(address)
            assert by_token.status_code == by_session.status_code, address
            if by_token.is_json:
                assert by_token.json == by_session.json, address
