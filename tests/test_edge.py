"""The edge: headers on every answer, other sites, and requests that ask for what is not there."""

from __future__ import annotations

import re

import pytest
from flask import template_rendered

from app import ROOT
from common.api_parts import part_of
from tests.policy import breaches, nonce_of
from tests.samples import SESSION, as_form

WHOLE = re.compile(r"(?!macros/)(?:\w+/)?[a-z]\w*\.html$")  # a page, and no part of one
# The forms of pages, the form's way to PATCH, and what the map draws: none of it for programs.
UNTOLD = {
    ("get", "/api/v1/coaching/new"),
    ("get", "/api/v1/coaching/{}/edit"),
    ("get", "/api/v1/deployments/{}/outcomes/new"),
    ("post", "/api/v1/coaching/{}"),
    ("get", "/api/v1/u/{}"),
    ("get", "/api/v1/units/new"),
    ("get", "/api/v1/units/{}/edit"),
    ("get", "/api/v1/units/{}/inspect"),
    ("post", "/api/v1/units/{}"),
    ("get", "/api/v1/sites/{}/labels"),
    ("get", "/api/v1/sites/{}/units/import"),
    ("get", "/api/v1/map/boundaries.{}"),
    ("get", "/api/v1/proposals/new"),
    ("get", "/api/v1/proposals/{}/edit"),
    ("get", "/api/v1/requests/new"),
    ("get", "/api/v1/planned-sessions/new"),
    ("get", "/api/v1/coaching/{}/minutes"),
    ("get", "/api/v1/sites/{}/handover"),
    ("get", "/api/v1/organisations/{}/handover"),
}
CROSS = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
]


@pytest.fixture
def addresses(doors):
    """Every address that can be read."""
    return [address for _name, method, address in doors if method == "GET"] + ["/login", "/verify"]


@pytest.mark.parametrize("headers", CROSS, ids=str)
@pytest.mark.parametrize("face", ["/coaching", "/api/v1/coaching", "/login", "/logout"])
def test_a_change_sent_by_another_site_is_refused(login, headers, face):
    coach = login("coach")
    sent = {"json": SESSION} if face.startswith("/api") else {"data": as_form(SESSION)}
    answer = coach.post(face, headers=headers, **sent)
    assert answer.status_code == 403
    assert coach.get("/api/v1/account").status_code == 200, "and nothing happened"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_a_change_sent_by_our_own_page_is_taken(login, headers):
    assert (
        login("coach").post("/coaching", data=as_form(SESSION), headers=headers).status_code == 303
    )


def test_a_token_may_come_from_anywhere(client, token):
    headers = token("coach") | {"Origin": "https://partner.example"}
    assert client.post("/api/v1/coaching", json=SESSION, headers=headers).status_code == 201


def test_reading_from_another_site_is_fine(client):
    assert client.get("/api/v1/sites", headers=CROSS[0]).status_code == 200


REFUSED = [
    ("get", "/nothing", {}, {404}),
    ("get", "/sites/nothing", {}, {404}),
    ("get", "/sites/%00", {}, {404}),
    ("get", "/solutions/%ED%A0%80", {}, {404}),
    ("get", "/sites/" + "x" * 3000, {}, {404}),
    ("get", "/sites.pdf", {}, {404}),
    ("get", "/sites?as_of=%00", {}, {422}),
    ("get", "/sites?%00=1", {}, {422}),
    ("get", "/solutions?q=%00", {}, {422}),
    ("get", "/coaching?site=%00", {}, {422}),
    ("get", "/sites?page=%00", {}, {422}),
    ("delete", "/sites", {}, {405}),
    ("post", "/sites/sokcho-2023", {"json": {}}, {405}),
    ("put", "/coaching", {"json": {}}, {405}),
    ("post", "/coaching", {"data": b"x" * 17_000_000, "content_type": "application/json"}, {413}),
    ("post", "/coaching", {"data": b"<a/>", "content_type": "text/xml"}, {415, 422}),
    ("post", "/coaching", {"data": b"{", "content_type": "application/json"}, {400, 422}),
]


@pytest.mark.parametrize(("method", "path", "body", "codes"), REFUSED)
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_refusal_has_one_shape_and_a_sentence_in_the_readers_language(
    login, method, path, body, codes, lang
):
    coach = login("coach")
    coach.set_cookie("lang", lang)
    in_json = getattr(coach, method)(f"/api/v1{path}", **body)
    assert in_json.status_code in codes
    assert set(in_json.json) <= {"status", "title", "errors"}
    assert in_json.json["status"] == in_json.status_code
    assert has_korean(in_json.json["title"]) == (lang == "ko"), in_json.json["title"]
    in_page = getattr(coach, method)(path, **body)
    assert in_page.status_code in codes
    assert in_page.mimetype == "text/html"
    assert f'<html lang="{lang}"' in in_page.text
    for answer in (in_json, in_page):
        for secret in ("Traceback", "sqlalchemy", "psycopg", "SELECT", "werkzeug"):
            assert secret not in answer.text


def has_korean(text: str) -> bool:
    return any("가" <= letter <= "힣" for letter in text)


def test_what_may_not_be_done_names_what_may(client):
    for face in ("", "/api/v1"):
        answer = client.delete(f"{face}/sites")
        assert {"GET", "HEAD"} <= set(answer.allow)


def test_a_form_that_is_too_large_is_refused_as_such(login):
    form = as_form(SESSION | {"question": "x" * 17_000_000})
    assert login("coach").post("/coaching", data=form).status_code == 413


def test_a_form_with_thousands_of_fields_is_refused_as_such(login):
    form = as_form(SESSION) | {f"actions-{n}-what": "x" for n in range(3000)}
    assert login("coach").post("/coaching", data=form).status_code in (413, 422)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"email": "\\ud800"}', b'{"email": 7}', b"7"])
def test_strange_bodies_do_not_break_the_sign_in(client, body):
    for address in ("/login", "/login?include_auth_token"):
        answer = client.post(address, data=body, content_type="application/json")
        assert answer.status_code < 500


@pytest.mark.parametrize("email", ["\u0000", "\ud83d\ude00" * 300, "a@b", "x" * 5000, ""])
def test_strange_addresses_do_not_break_the_sign_in(client, email):
    answer = client.post("/login", json={"email": email, "password": "x"})
    assert answer.status_code < 500


def test_the_language_is_asked_for_and_then_remembered(client):
    assert '<html lang="ko"' in client.get("/about").text
    answer = client.get("/about?lang=en")
    assert '<html lang="en"' in answer.text
    assert '<html lang="en"' in client.get("/about").text
    assert '<html lang="en"' in client.get("/about?lang=fr").text
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    "path", ["/?lang=%00", "/?lang=ko&lang=en", "/about?lang=../../etc", "/?lang="]
)
def test_a_strange_language_is_the_usual_one(client, path):
    assert client.get(path).status_code == 200


def test_pages_tell_a_machine_nothing_that_its_twin_does_not(client):
    page, twin = client.get("/sites.json").json, client.get("/api/v1/sites.json").json
    assert page == twin


def test_every_page_stands_in_both_languages_and_keeps_the_policy_and_every_template_is_one(
    app, addresses, login
):
    people, rendered = [login(name) for name in ("coach", "municipality", "ministry")], set()
    nonces: list[str] = []

    def note(_app, template, **_more):
        rendered.add(template.name)

    shown = [it for it in addresses if not it.startswith(("/api/", "/u/")) and "." not in it]
    with template_rendered.connected_to(note, app):
        for address in (*shown, "/api/v1/docs", "/nothing"):
            for lang in ("ko", "en"):
                answer = None
                for person in [app.test_client()] if address == "/login" else people:
                    person.set_cookie("lang", lang)
                    answer = person.get(address)
                    if answer.status_code not in (403, 404):  # else it is a page of somebody else
                        break
                assert breaches(answer) == [], address
                nonces.append(nonce_of(answer))
                if answer.mimetype == "text/html":
                    assert answer.status_code == (404 if address == "/nothing" else 200), address
                    title = re.search(r"<title>\s*(.*?)\s*· ", answer.text, re.DOTALL)
                    assert title, address
                    assert title[1].strip(), address
                    assert f'<html lang="{lang}"' in answer.text, address
    assert len(nonces) == len(set(nonces)), "each answer has a nonce of its own"
    whole = {it for it in app.jinja_env.list_templates(["html"]) if WHOLE.match(it)}
    ours = {it for it in whole if (ROOT / "templates" / it).exists()}
    assert ours - rendered == {"base.html"}


def test_the_description_of_the_api_names_every_address_of_it(app, client):
    told = client.get("/api/v1/openapi.json").json
    found = {
        (method.lower(), re.sub(r"<(?:\w+:|any\(.*?\):)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    described = {(method, f"/api/v1{path}") for path, it in told["paths"].items() for method in it}
    one = re.compile(r"(?<=\.)(csv|xlsx|json|geojson)$|\{\w+\}(?=/|$)")
    found, described = ({(m, one.sub("{}", p)) for m, p in it} for it in (found, described))
    assert sorted(found - described - UNTOLD) == []
    assert sorted(UNTOLD - (found - described)) == []


def test_people_read_the_description_part_by_part(client):
    paths = client.get("/api/v1/openapi.json").json["paths"]
    begin = client.get("/api/v1/docs").text
    for part in sorted({part_of(path) for path in paths}):
        assert f"/api/v1/docs?part={part}" in begin
    page = client.get("/api/v1/docs?part=coaching").text
    shown = set(re.findall(r"</strong> <code>([^<]+)", page))
    assert shown == {it for it in paths if part_of(it) == "coaching" and "." not in it}
    spoken = set(re.findall(r'href="#shape-(\w+)"', page))
    assert spoken == set(re.findall(r'id="shape-(\w+)"', page)) != set()
    refused = client.get("/api/v1/docs?part=moon")
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["part"])
