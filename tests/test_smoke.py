def test_a(client, login, token, statements):
    with statements() as s:
        assert client.get("/api/v1/sites").status_code == 200
    print(len(s))
    assert login("ministry").get("/api/v1/account").json["role"] == "ministry"
    assert client.get("/api/v1/account", headers=token("coach")).json["role"] == "coach"
    assert client.get("/api/v1/account").status_code == 401
