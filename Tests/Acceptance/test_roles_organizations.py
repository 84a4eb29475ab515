"""Roles, permissions and organizations as applications meet them: in tokens, logins and mails."""
import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest

import outbox
from product import PASSWORD, callback_of, claims_of, page_of

AUDIENCE = "https://things.example.com"


@pytest.fixture(scope="module")
def tenant(create_tenant):
    return create_tenant()


@pytest.fixture(scope="module")
def api(tenant):
    made = tenant.api("POST", "/resource-servers", {
        "identifier": AUDIENCE, "allow_offline_access": True, "enforce_policies": True,
        "token_dialect": "access_token_authz", "skip_consent_for_verifiable_first_party_clients": True,
        "scopes": [{"value": value} for value in ("read:things", "write:things", "delete:things")],
    })
    assert made.status_code == 201, made.text
    assert made.json()["enforce_policies"] is True and made.json()["token_dialect"] == "access_token_authz"
    return made.json()


@pytest.fixture(scope="module")
def client(tenant):
    return tenant.create_client(organization_usage="allow", initiate_login_uri="https://app.example.com/login")


def permissions(*names):
    return {"permissions": [
        {"resource_server_identifier": AUDIENCE, "permission_name": name} for name in names]}


def role(tenant, name, *names):
    made = tenant.api("POST", "/roles", {"name": name}).json()["id"]
    assert tenant.api("POST", f"/roles/{made}/permissions", permissions(*names)).status_code == 201
    return made


def user_path(user):
    return f"/users/{quote(user['user_id'], safe='')}"


def test_roles_decide_what_is_in_a_token_and_a_change_shows_at_the_next_one(tenant, api, client, person):
    user = tenant.create_user()
    reader = role(tenant, "reader", "read:things")
    assert tenant.api("POST", f"{user_path(user)}/roles", {"roles": [reader]}).status_code == 204
    scope = "openid offline_access read:things write:things"
    tokens = person.tokens(tenant, client, user["email"], audience=AUDIENCE, scope=scope)
    claims = claims_of(tokens["access_token"])
    assert claims["permissions"] == ["read:things"]
    assert claims["scope"].split() == ["openid", "offline_access", "read:things"] == tokens["scope"].split()
    assert tenant.api("DELETE", f"{user_path(user)}/roles", {"roles": [reader]}).status_code == 204
    assert tenant.api("POST", f"{user_path(user)}/permissions", permissions("write:things")).status_code == 201
    renewed = tenant.refresh(client, tokens["refresh_token"]).json()
    claims = claims_of(renewed["access_token"])
    assert claims["permissions"] == ["write:things"] and "read:things" not in claims["scope"].split()
    # Where the API does not ask, nobody is.
    off = tenant.api("PATCH", f"/resource-servers/{api['id']}", {"enforce_policies": False})
    assert off.status_code == 200
    free = person.tokens(tenant, client, user["email"], audience=AUDIENCE, scope=scope)
    assert "permissions" not in claims_of(free["access_token"])
    assert {"read:things", "write:things"} <= set(claims_of(free["access_token"])["scope"].split())
    assert tenant.api("PATCH", f"/resource-servers/{api['id']}", {"enforce_policies": True}).status_code == 200


def test_the_profile_of_rfc_9068(tenant, client, person):
    made = tenant.api("POST", "/resource-servers", {
        "identifier": "urn:profile", "token_dialect": "rfc9068_profile", "scopes": [{"value": "read:x"}],
        "skip_consent_for_verifiable_first_party_clients": True})
    assert made.status_code == 201, made.text
    refused = tenant.api("POST", "/resource-servers", {"identifier": "urn:no", "token_dialect": "any"})
    assert refused.status_code == 400
    user = tenant.create_user()
    tokens = person.tokens(tenant, client, user["email"], audience="urn:profile", scope="openid read:x")
    claims = claims_of(tokens["access_token"])
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "auth_time", "scope"} <= set(claims)
    assert claims["client_id"] == client.client_id and "azp" not in claims
    assert tenant.userinfo(tokens["access_token"]).json()["sub"] == user["user_id"]


@pytest.fixture(scope="module")
def organization(tenant):
    made = tenant.api("POST", "/organizations", {
        "name": "widgets", "display_name": "Widgets Ltd",
        "enabled_connections": [{"connection_id": tenant.connection()["id"]}]})
    assert made.status_code == 201, made.text
    return made.json()["id"]


def test_a_member_logs_in_to_the_organization_and_nobody_else_does(tenant, api, client, organization, someone):
    member, stranger = tenant.create_user(), tenant.create_user()
    path = f"/organizations/{organization}/members"
    assert tenant.api("POST", path, {"members": [member["user_id"]]}).status_code == 204
    cleaner = role(tenant, "cleaner", "delete:things")
    roles = f"{path}/{quote(member['user_id'], safe='')}/roles"
    assert tenant.api("POST", roles, {"roles": [cleaner]}).status_code == 204
    scope = "openid offline_access delete:things"
    tokens = someone().tokens(
        tenant, client, member["email"], organization=organization, audience=AUDIENCE, scope=scope)
    for name in ("id_token", "access_token"):
        assert claims_of(tokens[name])["org_id"] == organization
    assert claims_of(tokens["access_token"])["permissions"] == ["delete:things"]
    # The role counts there alone.
    plain = someone().tokens(tenant, client, member["email"], audience=AUDIENCE, scope=scope)
    assert "org_id" not in claims_of(plain["id_token"]) and claims_of(plain["access_token"])["permissions"] == []
    refused = someone().log_in(tenant, client, stranger["email"], organization=organization)
    assert refused["error"] == "access_denied" and "is not part of the" in refused["error_description"]
    event = next(event for event in tenant.logs() if event["type"] == "f")
    assert event["organization_id"] == organization and event["organization_name"] == "widgets"
    assert tenant.api("DELETE", path, {"members": [member["user_id"]]}).status_code == 204
    gone = tenant.refresh(client, tokens["refresh_token"])
    assert gone.status_code == 403 and gone.json()["error"] == "access_denied"
    other = tenant.create_client()
    denied = callback_of(someone().authorize(tenant, other, organization=organization))
    assert denied["error_description"] == "parameter organization is not allowed for this client"


def test_an_invitation_arrives_by_mail_and_its_link_makes_a_member(tenant, client, organization, service, someone):
    address = "invited@example.com"
    made = tenant.api("POST", f"/organizations/{organization}/invitations", {
        "inviter": {"name": "Ada Lovelace"}, "invitee": {"email": address}, "client_id": client.client_id})
    assert made.status_code == 201, made.text
    mail = outbox.newest(service, address)
    assert "Ada Lovelace" in mail["text"] and "Widgets Ltd" in mail["text"]
    link = urlsplit(re.search(r"https://app\.example\.com/login\?[^\s>]+", mail["text"])[0])
    told = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert told["organization"] == organization and told["organization_name"] == "widgets"
    # The application begins the login with what it has been told; the invited person signs up.
    asked = {"organization": told["organization"], "invitation": told["invitation"]}
    person = someone()
    login = person.authorize(tenant, client, **asked)
    assert address in login.text
    sign_up = next(link for link in page_of(login).links if link.startswith("/signup"))
    page = person.open(tenant.url(sign_up))
    answer = callback_of(person.submit(page, email=address, password=PASSWORD))
    assert "code" in answer, answer
    members = tenant.api("GET", f"/organizations/{organization}/members").json()
    assert [member["email"] for member in members if member["email"] == address]
    assert tenant.api("GET", f"/organizations/{organization}/invitations").json() == []
    assert "si" in tenant.log_types()
    # Used up.
    other = tenant.create_user()
    refused = someone().log_in(tenant, client, other["email"], **asked)
    assert refused["error_description"] == "invitation not found or already used"
