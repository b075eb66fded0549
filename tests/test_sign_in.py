"""Signing in and out: by form, by JSON and by token, how often one may try, and what stops it."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import select

from accounts.users import TRIES_PER_ACCOUNT, TRIES_PER_ADDRESS, FailedSignIn, User
from common.db import db
from tests.samples import SESSION

PASSWORD = "a real password of 2026"
EMAIL = "officer@example.org"


@pytest.fixture
def officer(app) -> str:
    """An account with a real password, made as an operator makes one."""
    done = app.test_cli_runner().invoke(
        args=["user", "add", EMAIL, "--role", "municipality", "--organisation", "sokcho"],
        input=f"{PASSWORD}\n{PASSWORD}\n",
    )
    assert done.exit_code == 0, done.output
    return EMAIL


def sign_in(client, password: str, email: str = EMAIL, **more: str):
    return client.post("/login", data={"email": email, "password": password} | more)


def test_the_form_signs_in_with_the_real_password(officer, client):
    answer = sign_in(client, PASSWORD)
    assert (answer.status_code, answer.location) == (302, "/account")
    assert client.get("/api/v1/account").json == {
        "email": officer,
        "role": "municipality",
        "organisation": {
            "slug": "sokcho",
            "name_ko": "속초시",
            "name_en": "Sokcho-si",
            "kind": "municipality",
        },
    }


def test_a_password_is_kept_as_argon2id_only(app, officer):
    with app.app_context():
        kept = db.session.scalars(select(User.password).where(User.email == officer)).one()
    assert kept.startswith("$argon2id$")


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(officer, client, lang):
    wrong = client.post(f"/login?lang={lang}", data={"email": officer, "password": "not this one"})
    nobody = client.post(f"/login?lang={lang}", data={"email": officer, "password": ""})
    unknown = client.post(
        f"/login?lang={lang}", data={"email": "no@example.org", "password": "not this one"}
    )
    assert {wrong.status_code, nobody.status_code, unknown.status_code} == {200}
    assert wrong.text.replace(officer, "") != ""
    assert client.get("/api/v1/account").status_code == 401


def test_capitals_in_the_address_do_not_matter(officer, client):
    assert sign_in(client, PASSWORD, email=officer.upper()).status_code == 302


def test_signing_out_ends_the_session_and_takes_a_post(officer, client):
    sign_in(client, PASSWORD)
    assert client.get("/logout").status_code == 405
    assert client.get("/api/v1/account").status_code == 200
    answer = client.post("/logout")
    assert (answer.status_code, answer.location) == (302, "/")
    assert client.get("/api/v1/account").status_code == 401


@pytest.mark.parametrize("kind", ["data", "json"])
def test_after_five_failures_even_the_right_password_waits(officer, client, kind):
    for _try in range(TRIES_PER_ACCOUNT):
        answer = client.post("/login", **{kind: {"email": officer, "password": "wrong one"}})
        assert answer.status_code in (200, 400)
    refused = client.post("/login", **{kind: {"email": officer, "password": PASSWORD}})
    assert refused.status_code == 429
    assert client.get("/api/v1/account").status_code == 401


def test_another_account_is_not_locked_out_with_it(officer, client):
    for _try in range(TRIES_PER_ACCOUNT):
        sign_in(client, "wrong one", email="other@example.org")
    assert sign_in(client, PASSWORD).status_code == 302


def test_an_address_that_tries_many_accounts_waits_too(app, officer, client):
    with app.app_context():
        for number in range(TRIES_PER_ADDRESS):
            db.session.add(FailedSignIn(email=f"{number}@example.org", address="127.0.0.1"))
        db.session.commit()
    assert sign_in(client, PASSWORD).status_code == 429


def test_a_success_after_some_failures_signs_in(officer, client):
    for _try in range(TRIES_PER_ACCOUNT - 1):
        sign_in(client, "wrong one")
    assert sign_in(client, PASSWORD).status_code == 302


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(officer, client, away):
    answer = client.post(f"/login?next={away}", data={"email": officer, "password": PASSWORD})
    lands_on = urlsplit(
        urljoin("http://localhost/login", (answer.location or "").replace("\\", "/"))
    )
    assert lands_on.netloc == "localhost"


def test_signing_in_leads_back_to_where_one_was(officer, client):
    answer = client.post("/login?next=/coaching/new", data={"email": officer, "password": PASSWORD})
    assert answer.location == "/coaching/new"


def test_the_session_cookie_is_for_this_site_and_not_for_scripts(officer, client):
    cookie = sign_in(client, PASSWORD).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_an_account_that_was_closed_is_out_at_once_by_session_and_by_token(app, login, token):
    member = login("coach")
    assert member.get("/api/v1/account").status_code == 200
    with app.app_context():
        who = db.session.scalars(select(User).where(User.email == "coach@example.org")).one()
        who.enabled = False
        db.session.commit()
    assert member.get("/api/v1/account").status_code == 401
    assert app.test_client().get("/api/v1/sites", headers=token("coach")).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["Bearer wrong", "Bearer ", "Bearer", "Basic Y29hY2g6Y29hY2g=", "bearer \u00e9", "nonsense"],
)
def test_a_wrong_token_is_refused_even_where_everybody_may_read(client, header):
    answer = client.get("/api/v1/sites", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json["status"] == 401


def test_a_wrong_token_is_refused_although_the_session_is_good(login):
    answer = login("coach").get("/api/v1/account", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 401


def test_a_token_writes_without_a_session_and_leaves_none(client, token):
    answer = client.post("/api/v1/coaching", json=SESSION, headers=token("coach"))
    assert answer.status_code == 201
    assert answer.json["host"] == "seongdong"
    assert client.get("/api/v1/account").status_code == 401


def test_a_token_is_shown_once_and_only_its_print_is_kept(app, client):
    run = app.test_cli_runner()
    secret = run.invoke(args=["user", "token", "ministry@example.org"]).output.strip()
    told = client.get("/api/v1/account", headers={"Authorization": f"Bearer {secret}"})
    assert told.json["role"] == "ministry"
    with app.app_context():
        rows = db.session.execute(db.text("SELECT * FROM token")).all()
    assert secret not in str(rows)
    assert run.invoke(args=["user", "token", "no@example.org"]).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "typed", "says"),
    [
        ([EMAIL, "--role", "coach", "--organisation", "seongdong"], "short", "at least 10"),
        (["nobody", "--role", "coach", "--organisation", "seongdong"], PASSWORD, "e-mail"),
        ([EMAIL, "--role", "coach", "--organisation", "atlantis"], PASSWORD, "no organisation"),
        ([EMAIL, "--role", "coach"], PASSWORD, "needs --organisation"),
        (["coach@example.org", "--role", "coach"], PASSWORD, "has an account already"),
        ([EMAIL, "--role", "king"], PASSWORD, "king"),
    ],
)
def test_an_account_that_can_not_be_made_is_refused_with_what_to_do(app, arguments, typed, says):
    done = app.test_cli_runner().invoke(
        args=["user", "add", *arguments], input=f"{typed}\n{typed}\n"
    )
    assert done.exit_code != 0
    assert says in done.output
    with app.app_context():
        assert not db.session.scalars(select(User).where(User.email == EMAIL)).all()


def test_the_ministry_is_the_home_of_its_own_roles(app):
    run = app.test_cli_runner()
    for role in ("ministry", "operator"):
        email = f"new-{role}@example.org"
        done = run.invoke(
            args=["user", "add", email, "--role", role], input=f"{PASSWORD}\n{PASSWORD}\n"
        )
        assert done.exit_code == 0, done.output
        with app.app_context():
            who = db.session.scalars(select(User).where(User.email == email)).one()
            assert who.organisation.slug == "molit"


def test_a_new_password_ends_every_session_and_a_disabled_account_every_way_in(
    app, login, client, token
):
    run = app.test_cli_runner()
    member, headers = login("coach"), token("coach")
    typed = "another password\nanother password\n"
    assert run.invoke(args=["user", "password", "coach@example.org"], input=typed).exit_code == 0
    assert member.get("/api/v1/account").status_code == 401
    signed_in = client.post(
        "/login", data={"email": "coach@example.org", "password": "another password"}
    )
    assert signed_in.status_code == 302
    assert client.get("/api/v1/account").json["role"] == "coach"
    done = run.invoke(args=["user", "disable", "coach@example.org"])
    assert "1 tokens were revoked" in done.output
    assert client.get("/api/v1/account").status_code == 401
    assert app.test_client().get("/api/v1/account", headers=headers).status_code == 401
    assert run.invoke(args=["user", "enable", "coach@example.org"]).exit_code == 0
    for command in ("password", "disable", "enable"):
        refused = run.invoke(args=["user", command, "no@example.org"], input=typed)
        assert "has no account" in refused.output
