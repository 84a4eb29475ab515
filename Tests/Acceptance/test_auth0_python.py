"""The vendor's Python SDK drives the service as it drives the original."""
import secrets

import pytest
from auth0.authentication import GetToken, Users
from auth0.exceptions import Auth0Error
from auth0.management import Auth0

from product import CONNECTION, PASSWORD, Pkce, callback_of, eventually


@pytest.fixture(autouse=True)
def trust_the_authority(service, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca_file)


@pytest.fixture(scope="module")
def sdk_token(acme, service):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", service.ca_file)
        credentials = acme.management_client
        get_token = GetToken(acme.domain, credentials["client_id"], client_secret=credentials["client_secret"])
        return get_token.client_credentials(acme.url("api/v2/"))


@pytest.fixture
def management(acme, sdk_token):
    return Auth0(acme.domain, sdk_token["access_token"])


def test_client_credentials_give_a_management_token(sdk_token):
    assert sdk_token["token_type"] == "Bearer"
    assert sdk_token["expires_in"] > 0
    assert "create:clients" in sdk_token["scope"].split()


def test_wrong_client_secret_is_refused(acme):
    get_token = GetToken(acme.domain, acme.management_client["client_id"], client_secret="wrong")
    with pytest.raises(Auth0Error) as refusal:
        get_token.client_credentials(acme.url("api/v2/"))
    assert refusal.value.status_code == 401
    assert refusal.value.error_code in ("access_denied", "invalid_client")


def test_a_login_by_code_and_pkce_ends_with_tokens_and_user_info(acme, spa, ada, person):
    pkce = Pkce()
    answered = person.log_in(acme, spa, ada["email"], scope="openid profile email offline_access", nonce="n-1",
                             code_challenge=pkce.challenge, code_challenge_method="S256", state="st&te")
    assert answered["state"] == "st&te"

    get_token = GetToken(acme.domain, spa.client_id)
    tokens = get_token.authorization_code_pkce(pkce.verifier, answered["code"], spa.callback)
    assert tokens["token_type"] == "Bearer"
    assert {"access_token", "id_token", "refresh_token", "expires_in"} <= tokens.keys()

    claims = Users(acme.domain).userinfo(tokens["access_token"])
    assert claims["sub"] == ada["user_id"]
    assert claims["email"] == ada["email"]

    renewed = get_token.refresh_token(tokens["refresh_token"])
    assert renewed["access_token"] != tokens["access_token"]


def test_a_confidential_client_exchanges_its_code_with_its_secret(acme, web, ada, person):
    answered = person.log_in(acme, web, ada["email"])
    get_token = GetToken(acme.domain, web.client_id, client_secret=web.client_secret)
    tokens = get_token.authorization_code(answered["code"], web.callback)
    assert tokens["id_token"]


def test_single_sign_on_skips_the_form_the_second_time(acme, spa, web, ada, person):
    person.log_in(acme, spa, ada["email"])
    second = callback_of(person.authorize(acme, web))
    assert second["code"]


def test_clients_are_created_listed_changed_and_deleted(management):
    name = f"sdk {secrets.token_hex(4)}"
    made = management.clients.create({"name": name, "app_type": "spa", "callbacks": ["https://sdk.example.com/cb"]})
    client_id = made["client_id"]
    assert made["callbacks"] == ["https://sdk.example.com/cb"]
    assert len(client_id) == 32

    listed = management.clients.all(fields=["name", "client_id"], per_page=100)
    assert {"name": name, "client_id": client_id}.items() <= next(
        client for client in listed if client["client_id"] == client_id
    ).items()
    page = management.clients.all(page=0, per_page=2, extra_params={"include_totals": "true"})
    assert page["limit"] == 2 and len(page["clients"]) == 2 and page["total"] >= 3

    changed = management.clients.update(client_id, {"description": "changed"})
    assert changed["description"] == "changed"
    assert management.clients.get(client_id)["description"] == "changed"

    rotated = management.clients.rotate_secret(client_id)
    assert rotated["client_secret"] != made["client_secret"]

    management.clients.delete(client_id)
    with pytest.raises(Auth0Error) as refusal:
        management.clients.get(client_id)
    assert refusal.value.status_code == 404


def test_a_refused_client_names_the_property(management):
    with pytest.raises(Auth0Error) as refusal:
        management.clients.create({"name": "x", "no_such_property": 1})
    assert refusal.value.status_code == 400
    assert "no_such_property" in refusal.value.message


def test_users_are_created_listed_changed_and_deleted(management):
    email = f"{secrets.token_hex(4)}@example.com"
    made = management.users.create({"connection": CONNECTION, "email": email, "password": PASSWORD})
    user_id = made["user_id"]
    assert user_id.startswith("auth0|")
    assert made["email_verified"] is False

    with pytest.raises(Auth0Error) as refusal:
        management.users.create({"connection": CONNECTION, "email": email, "password": PASSWORD})
    assert refusal.value.status_code == 409

    assert user_id in [user["user_id"] for user in management.users.list(per_page=100)["users"]]
    changed = management.users.update(user_id, {"user_metadata": {"colour": "green"}})
    assert changed["user_metadata"] == {"colour": "green"}
    assert management.users.get(user_id)["email"] == email
    management.users.delete(user_id)
    with pytest.raises(Auth0Error) as refusal:
        management.users.get(user_id)
    assert refusal.value.status_code == 404


def test_connections_are_created_listed_changed_and_deleted(management):
    name = f"db-{secrets.token_hex(4)}"
    made = management.connections.create({"name": name, "strategy": "auth0"})
    assert made["id"].startswith("con_")
    assert made["realms"] == [name]
    assert name in [connection["name"] for connection in management.connections.all(strategy="auth0")]
    changed = management.connections.update(made["id"], {"options": {"disable_signup": True}})
    assert changed["options"]["disable_signup"] is True
    management.connections.delete(made["id"])
    with pytest.raises(Auth0Error) as refusal:
        management.connections.get(made["id"])
    assert refusal.value.status_code == 404


def test_the_logs_tell_of_a_login(management, acme, spa, someone):
    user = acme.create_user()
    someone().tokens(acme, spa, user["email"])

    def login_event():
        events = management.logs.search(per_page=100, sort="date:-1")
        events = events["logs"] if isinstance(events, dict) else events
        return next((e for e in events if e["type"] == "s" and e.get("user_id") == user["user_id"]), None)

    event = eventually(login_event)
    assert event, "no event of type s"
    assert event["client_id"] == spa.client_id
    assert event["connection"] == CONNECTION
    assert management.logs.get(event["_id"])["log_id"] == event["log_id"]
