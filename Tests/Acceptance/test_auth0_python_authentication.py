"""Every method of the Python SDK's authentication package that this product answers, succeeding and failing."""
import secrets

import pytest
from auth0.authentication import Database, Delegated, GetToken, Passwordless, RevokeToken, Social, Users
from auth0.authentication.pushed_authorization_requests import PushedAuthorizationRequests
from auth0.authentication.token_verifier import AsymmetricSignatureVerifier, TokenVerifier
from auth0.exceptions import Auth0Error, TokenValidationError

from outbox import newest
from product import CONNECTION, PASSWORD, Pkce

REALM_GRANT = "http://auth0.com/oauth/grant-type/password-realm"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture(autouse=True)
def trust_the_authority(service, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca_file)


@pytest.fixture(scope="module")
def web(acme):
    return acme.create_web_client(grant_types=[
        "authorization_code", "refresh_token", "client_credentials", REALM_GRANT,
        "http://auth0.com/oauth/grant-type/passwordless/otp",
    ])


@pytest.fixture(scope="module")
def old(acme):
    """A client of the old kind, for what was never opened to the others."""
    return acme.create_web_client(oidc_conformant=False, grant_types=[
        "authorization_code", "refresh_token", "http://auth0.com/oauth/legacy/grant-type/ro",
        "http://auth0.com/oauth/legacy/grant-type/delegation/id_token", REALM_GRANT,
        "http://auth0.com/oauth/legacy/grant-type/access_token",
    ], jwt_configuration={"alg": "HS256", "lifetime_in_seconds": 3600})


def refused(code, method, *arguments, status=None, **named):
    with pytest.raises(Auth0Error) as refusal:
        method(*arguments, **named)
    assert refusal.value.error_code == code, refusal.value
    assert status is None or refusal.value.status_code == status
    return refusal.value


def get_token(tenant, client):
    return GetToken(tenant.domain, client.client_id, client_secret=client.client_secret)


def test_database_sign_up_and_change_of_password(acme, web, service):
    database = Database(acme.domain, web.client_id)
    email = f"sdk-{secrets.token_hex(4)}@example.com"
    made = database.signup(email, PASSWORD, CONNECTION, user_metadata={"plan": "gold"}, given_name="Ada")
    assert made["email"] == email and made["email_verified"] is False and len(made["_id"]) == 24
    refused("user_exists", database.signup, email, PASSWORD, CONNECTION, status=400)
    refused("invalid_password", database.signup, "x" + email, "short", CONNECTION, status=400)
    newest(service, email)
    said = database.change_password(email, CONNECTION)
    assert said == "We've just sent you an email to reset your password."
    assert "/lo/reset?ticket=" in newest(service, email)["link"]
    assert database.change_password("nobody-" + email, CONNECTION) == said


def test_get_token_authorization_code(acme, web, person, ada):
    code = person.log_in(acme, web, ada["email"], scope="openid")["code"]
    tokens = get_token(acme, web).authorization_code(code, web.callback)
    assert tokens["id_token"]
    refused("invalid_grant", get_token(acme, web).authorization_code, code, web.callback, status=403)


def test_get_token_login_refresh_revoke_and_user_info(acme, web, ada):
    tokens = get_token(acme, web).login(ada["email"], PASSWORD, scope="openid offline_access", realm=CONNECTION)
    assert Users(acme.domain).userinfo(tokens["access_token"])["sub"] == ada["user_id"]
    refused("invalid_grant", get_token(acme, web).login, ada["email"], "wrong", realm=CONNECTION, status=403)
    renewed = get_token(acme, web).refresh_token(tokens["refresh_token"])
    assert renewed["access_token"] != tokens["access_token"]
    newest_token = renewed.get("refresh_token", tokens["refresh_token"])
    RevokeToken(acme.domain, web.client_id, client_secret=web.client_secret).revoke_refresh_token(newest_token)
    refused("invalid_grant", get_token(acme, web).refresh_token, newest_token, status=403)
    RevokeToken(acme.domain, web.client_id, client_secret=web.client_secret).revoke_refresh_token("unknown")
    wrong = RevokeToken(acme.domain, web.client_id, client_secret="wrong")
    with pytest.raises(Auth0Error):
        wrong.revoke_refresh_token("unknown")
    with pytest.raises(Auth0Error):
        Users(acme.domain).userinfo("nonsense")


def test_get_token_client_credentials(acme, web):
    refused("access_denied", get_token(acme, web).client_credentials, acme.url("api/v2/"), status=403)


def test_token_verifier(acme, web, ada):
    tokens = get_token(acme, web).login(ada["email"], PASSWORD, scope="openid", realm=CONNECTION)
    verifier = TokenVerifier(AsymmetricSignatureVerifier(acme.url(".well-known/jwks.json")), acme.url(""), web.client_id)
    assert verifier.verify(tokens["id_token"])["sub"] == ada["user_id"]
    head, body, signature = tokens["id_token"].split(".")
    with pytest.raises(TokenValidationError):
        verifier.verify(".".join([head, body, signature[::-1]]))


def test_passwordless_email_and_its_code(acme, web, service):
    made = acme.api("POST", "/connections", {
        "name": "email", "strategy": "email", "enabled_clients": [web.client_id],
        "options": {"totp": {"time_step": 180, "length": 6},
                    "email": {"subject": "Code", "body": "{% if link %}{{ link }}{% else %}{{ code }}{% endif %}"}},
    })
    assert made.status_code == 201, made.text
    passwordless = Passwordless(acme.domain, web.client_id, client_secret=web.client_secret)
    email = f"otp-{secrets.token_hex(4)}@example.com"
    assert passwordless.email(email, send="code")["email"] == email
    code = newest(service, email)["code"]
    login = get_token(acme, web).passwordless_login
    refused("invalid_grant", login, email, "000000" if code != "000000" else "111111", "email", "openid", "", status=403)
    assert login(email, code, "email", "openid", "")["id_token"]
    refused("bad.connection", passwordless.sms, "+4915112345678", status=400)


def test_pushed_authorization_request(acme, web):
    pushed = PushedAuthorizationRequests(acme.domain, web.client_id, client_secret=web.client_secret)
    pkce = Pkce()
    answer = pushed.pushed_authorization_request("code", web.callback, scope="openid", code_challenge=pkce.challenge,
                                                 code_challenge_method="S256")
    assert answer["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    with pytest.raises(Auth0Error):
        pushed.pushed_authorization_request("code", "https://evil.example/")


def test_delegated_token(acme, old, web, ada):
    tokens = get_token(acme, old).login(ada["email"], PASSWORD, scope="openid", realm=CONNECTION)
    delegated = Delegated(acme.domain, old.client_id, client_secret=old.client_secret)
    answer = delegated.get_token(old.client_id, "app", JWT_BEARER, id_token=tokens["id_token"])
    assert answer["token_type"] == "Bearer" and answer["id_token"]
    with pytest.raises(Auth0Error):
        delegated.get_token(web.client_id, "app", JWT_BEARER, id_token=tokens["id_token"])


def test_social_login_without_an_upstream_is_refused(acme, old):
    with pytest.raises(Auth0Error):
        Social(acme.domain, old.client_id).login("a token of somebody's", "facebook")
