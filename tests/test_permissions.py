"""Who may do what: every route for every kind of person, and the text of a session for each."""

from __future__ import annotations

import io
import json

import pytest
from openpyxl import load_workbook

from tests.doors import BODIES, FILES
from tests.policy import breaches
from tests.rights import FORMS, HIDDEN, ONLY_FOR, PEOPLE
from tests.samples import (
    QUANTITY,
    SECRET_ADVICE,
    SECRET_QUESTION,
    SECRET_STEP,
    SESSION,
    as_form,
)

EVERYBODY = ("public", *PEOPLE)
READERS = {"coach", "municipality", "ministry"}  # host, site, ministry
SECRETS = (SECRET_QUESTION, SECRET_ADVICE, SECRET_STEP)
# As UTF-8, as HTML has it, and as JSON writes it.
SPELT = [it.encode() for it in SECRETS] + [json.dumps(it)[1:-1].encode() for it in SECRETS]


@pytest.fixture
def person(client, login):
    """`person("ministry")`, and `person("public")` for somebody without an account."""
    return lambda name: client if name == "public" else login(name)


@pytest.fixture
def program(app, token):
    """`program("ministry")`: a client that sends such an account's token with each request."""

    def with_token(name: str):
        client = app.test_client()
        if name != "public":
            headers = token(name)["Authorization"]
            client.environ_base["HTTP_AUTHORIZATION"] = headers
        return client

    return with_token


def send(person, name: str, method: str, address: str):
    """Send what the route takes, as a form to a page and as JSON to the API."""
    if name in FILES:
        return person.open(address, method=method, data=FILES[name]())
    body = BODIES.get(name, SESSION)
    if name in ("tracker.change", "tracker.edit_session"):
        slug = address.split("/coaching/")[1].split("/", maxsplit=1)[0]
        body = SESSION | {"version": person.get(f"/api/v1/coaching/{slug}").json["version"]}
    kind = {} if method == "GET" else {"json": body}
    if method != "GET" and not address.startswith("/api/"):
        kind = {"data": as_form(body.get("changes", {}) | body)}
    if method == "PATCH":
        kind = {"json": body} if address.startswith("/api/") else {"data": as_form(body)}
    return person.open(address, method=method, **kind)


@pytest.mark.parametrize("name", EVERYBODY)
@pytest.mark.parametrize("face", ["page", "api"])
def test_every_route_answers_each_kind_of_person_as_the_table_says(
    name, face, person, program, doors
):
    """Pages to whoever is signed in, the API to a program with a token; no answer tells secrets.

    Each of them carries the policy and holds nothing that it would stop.
    """
    who, wrong = (program if face == "api" else person)(name), {}
    for route, method, address in doors:
        if address.startswith("/api/") != (face == "api"):
            continue
        answer = send(who, route, method, address)
        may = name in ONLY_FOR.get(route, EVERYBODY)
        refusal = 401 if name == "public" else 404 if (route, name) in HIDDEN else 403
        if face == "api" and route in FORMS and may:
            may, refusal = False, 404
        status, unsafe = answer.status_code, breaches(answer)
        told = method == "GET" and any(it in answer.data for it in SPELT)
        if (told and name not in READERS) or not (
            200 <= status < 400 if may else status == refusal
        ):
            wrong[method, address] = status
        if unsafe:
            wrong[method, address] = unsafe
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
def test_a_token_opens_what_the_session_of_its_account_opens(name, login, program, logged):
    for address in ("/api/v1/account", f"/api/v1/coaching/{logged()}", "/api/v1/coaching"):
        by_token, by_session = program(name).get(address), login(name).get(address)
        assert by_token.status_code == by_session.status_code == 200
        assert by_token.json == by_session.json
