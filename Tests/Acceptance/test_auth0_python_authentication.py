"""Every method of the Python SDK's authentication package, succeeding and failing.

Two cannot succeed before connections lead to identity providers: `Social.login`, whose token nobody can be asked about,
and `GetToken.access_token_for_connection`, for which no login has left a token (the unit tests leave one). Both are
called until that reason alone is left.
"""
import asyncio
import secrets
import ssl
from xml.etree import ElementTree

import aiohttp
import pytest
from auth0.authentication import Database, Delegated, Enterprise, GetToken, Passwordless, RevokeToken, Social, Users
from auth0.authentication.async_token_verifier import AsyncAsymmetricSignatureVerifier, AsyncTokenVerifier
from auth0.authentication.pushed_authorization_requests import PushedAuthorizationRequests
from auth0.authentication.token_verifier import (
    AsymmetricSignatureVerifier, SymmetricSignatureVerifier, TokenVerifier,
)
from auth0.exceptions import Auth0Error, TokenValidationError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from outbox import newest
from product import CONNECTION, PASSWORD, Pkce, claims_of

REALM_GRANT = "http://auth0.com/oauth/grant-type/password-realm"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FEDERATED = "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token"
REFRESH_TOKEN = "urn:ietf:params:oauth:token-type:refresh_token"
CONNECTION_TOKEN = "http://auth0.com/oauth/token-type/federated-connection-access-token"
SAML = {"md": "urn:oasis:names:tc:SAML:2.0:metadata", "ds": "http://www.w3.org/2000/09/xmldsig#"}


@pytest.fixture(autouse=True)
def trust_the_authority(service, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca_file)


@pytest.fixture(scope="module")
def web(acme):
    return acme.create_web_client(grant_types=[
        "authorization_code", "refresh_token", "client_credentials", REALM_GRANT,
        "http://auth0.com/oauth/grant-type/passwordless/otp", FEDERATED,
    ])


@pytest.fixture(scope="module")
def old(acme):
    """A client of the old kind, for what was never opened to the others."""
    return acme.create_web_client(oidc_conformant=False, grant_types=[
        "authorization_code", "refresh_token", "http://auth0.com/oauth/legacy/grant-type/ro",
        "http://auth0.com/oauth/legacy/grant-type/delegation/id_token",
        "http://auth0.com/oauth/legacy/grant-type/delegation/refresh_token", REALM_GRANT,
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


def test_get_token_authorization_code_with_pkce(acme, spa, person, ada):
    pkce = Pkce()
    challenge = {"code_challenge": pkce.challenge, "code_challenge_method": "S256"}
    public = GetToken(acme.domain, spa.client_id)
    code = person.log_in(acme, spa, ada["email"], scope="openid", **challenge)["code"]
    refused("invalid_grant", public.authorization_code_pkce, Pkce().verifier, code, spa.callback, status=403)
    code = person.log_in(acme, spa, ada["email"], scope="openid", **challenge)["code"]
    assert public.authorization_code_pkce(pkce.verifier, code, spa.callback)["id_token"]


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


@pytest.fixture(scope="module")
def api(acme, web):
    """An API that the client may call by itself, for any organization."""
    identifier = f"https://{secrets.token_hex(4)}.example.com"
    made = acme.api("POST", "/resource-servers", {
        "identifier": identifier, "name": "API", "scopes": [{"value": "read:things"}]})
    assert made.status_code == 201, made.text
    allow(acme, web, identifier, organization_usage="allow", allow_any_organization=True)
    return identifier


def allow(tenant, client, identifier, **access):
    answer = tenant.api("POST", "/client-grants", {
        "client_id": client.client_id, "audience": identifier, "scope": ["read:things"], **access})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_get_token_client_credentials(acme, web, api):
    tokens = get_token(acme, web).client_credentials(api)
    assert claims_of(tokens["access_token"])["scope"] == "read:things"
    refused("access_denied", get_token(acme, web).client_credentials, acme.url("api/v2/"), status=403)


def test_get_token_client_credentials_of_an_organization(acme, web, api):
    organization = acme.api("POST", "/organizations", {"name": f"org-{secrets.token_hex(4)}"}).json()
    tokens = get_token(acme, web).client_credentials(api, organization=organization["id"])
    assert claims_of(tokens["access_token"])["org_id"] == organization["id"]
    refused("invalid_request", get_token(acme, web).client_credentials, api, organization="org_unknown", status=400)


def test_get_token_client_credentials_of_the_organizations_that_name_the_grant(acme, web):
    named, other = (acme.api("POST", "/organizations", {"name": f"org-{secrets.token_hex(4)}"}).json() for _ in range(2))
    identifier = f"https://{secrets.token_hex(4)}.example.com"
    assert acme.api("POST", "/resource-servers", {
        "identifier": identifier, "name": "API", "scopes": [{"value": "read:things"}]}).status_code == 201
    grant = allow(acme, web, identifier, organization_usage="allow")
    added = acme.api("POST", f"/organizations/{named['id']}/client-grants", {"grant_id": grant["id"]})
    assert added.status_code == 201, added.text
    tokens = get_token(acme, web).client_credentials(identifier, organization=named["id"])
    assert claims_of(tokens["access_token"])["org_id"] == named["id"]
    refused("access_denied", get_token(acme, web).client_credentials, identifier, organization=other["id"], status=403)


def test_get_token_by_an_assertion(acme, api):
    key = rsa.generate_private_key(65537, 2048)
    client = acme.create_web_client(client_authentication_methods={"private_key_jwt": {"credentials": [{
        "pem": key.public_key().public_bytes(serialization.Encoding.PEM,
                                             serialization.PublicFormat.SubjectPublicKeyInfo).decode(),
        "alg": "RS256"}]}})
    allow(acme, client, api)

    def by(key):
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption()).decode()
        return {"client_assertion_signing_key": pem}

    def ask(key):
        return GetToken(acme.domain, client.client_id, **by(key)).client_credentials(api)

    assert ask(key)["access_token"]
    # The same proof where codes are asked for: it is right, and the connection is none of this client's.
    passwordless = Passwordless(acme.domain, client.client_id, **by(key))
    refused("bad.connection", passwordless.email, "somebody@example.com", status=400)
    by_secret = Passwordless(acme.domain, client.client_id, client_secret=client.client_secret)
    refused("access_denied", by_secret.email, "somebody@example.com", status=401)
    refused("access_denied", ask, rsa.generate_private_key(65537, 2048), status=401)


def test_get_token_of_a_connection(acme, web, ada):
    """The grant is there; what it gives comes with a login through an identity provider."""
    made = acme.api("POST", "/connections", {
        "name": f"google-{secrets.token_hex(3)}", "strategy": "google-oauth2", "enabled_clients": [web.client_id]})
    assert made.status_code == 201, made.text
    refresh_token = get_token(acme, web).login(
        ada["email"], PASSWORD, scope="openid offline_access", realm=CONNECTION)["refresh_token"]
    ask = get_token(acme, web).access_token_for_connection
    refusal = refused("invalid_grant", ask, REFRESH_TOKEN, refresh_token, CONNECTION_TOKEN, made.json()["name"], status=403)
    assert refusal.message == "The user has no token of the connection"
    refused("invalid_grant", ask, REFRESH_TOKEN, "unknown", CONNECTION_TOKEN, made.json()["name"], status=403)
    refused("invalid_request", ask, REFRESH_TOKEN, refresh_token, CONNECTION_TOKEN, "unknown", status=400)
    refused("invalid_request", ask, REFRESH_TOKEN, refresh_token, "another type", made.json()["name"], status=400)


def test_enterprise_metadata(acme, web):
    # The SDK reads every answer as JSON, and what is none as text.
    saml = ElementTree.fromstring(Enterprise(acme.domain, web.client_id).saml_metadata())
    assert saml.get("entityID") == f"urn:{acme.domain}"
    services = saml.findall(".//md:SingleSignOnService", SAML)
    assert {service.get("Location") for service in services} == {acme.url(f"samlp/{web.client_id}")}
    certificate = saml.find(".//ds:X509Certificate", SAML).text
    assert certificate == acme.jwks()["keys"][0]["x5c"][0]
    assert saml.find(".//md:IDPSSODescriptor/md:KeyDescriptor", SAML).get("use") == "signing"
    with pytest.raises(Auth0Error) as unknown:
        Enterprise(acme.domain, "unknown").saml_metadata()
    assert unknown.value.status_code == 404
    federation = ElementTree.fromstring(Enterprise(acme.domain, web.client_id).wsfed_metadata())
    assert federation.get("entityID") == f"urn:auth0:{acme.name}"
    assert federation.find(".//ds:X509Certificate", SAML).text == certificate
    address = federation.find(".//{http://www.w3.org/2005/08/addressing}Address")
    assert address.text == acme.url("wsfed")
    assert acme.http.post(acme.url("wsfed/FederationMetadata/2007-06/FederationMetadata.xml")).status_code == 405


def test_token_verifier(acme, web, ada):
    tokens = get_token(acme, web).login(ada["email"], PASSWORD, scope="openid", realm=CONNECTION)
    verifier = TokenVerifier(AsymmetricSignatureVerifier(acme.url(".well-known/jwks.json")), acme.url(""), web.client_id)
    assert verifier.verify(tokens["id_token"])["sub"] == ada["user_id"]
    head, body, signature = tokens["id_token"].split(".")
    with pytest.raises(TokenValidationError):
        verifier.verify(".".join([head, body, signature[::-1]]))


def test_async_token_verifier(acme, web, ada, service):
    id_token = get_token(acme, web).login(ada["email"], PASSWORD, scope="openid", realm=CONNECTION)["id_token"]

    async def verify(token):
        trusting = ssl.create_default_context(cafile=service.ca_file)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting)) as session:
            verifier = AsyncTokenVerifier(
                AsyncAsymmetricSignatureVerifier(acme.url(".well-known/jwks.json")), acme.url(""), web.client_id)
            verifier.set_session(session)
            return await verifier.verify(token)

    assert asyncio.run(verify(id_token))["sub"] == ada["user_id"]
    head, body, signature = id_token.split(".")
    with pytest.raises(TokenValidationError):
        asyncio.run(verify(".".join([head, body, signature[::-1]])))


def test_symmetric_token_verifier(acme, old, ada):
    id_token = get_token(acme, old).login(ada["email"], PASSWORD, scope="openid", realm=CONNECTION)["id_token"]
    assert SymmetricSignatureVerifier(old.client_secret).verify_signature(id_token)["sub"] == ada["user_id"]
    with pytest.raises(TokenValidationError):
        SymmetricSignatureVerifier(secrets.token_hex(32)).verify_signature(id_token)


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


def test_passwordless_sms_and_its_code(acme, web, service):
    made = acme.api("POST", "/connections", {
        "name": "sms", "strategy": "sms", "enabled_clients": [web.client_id],
        "options": {"totp": {"time_step": 180, "length": 6}, "template": "@@password@@"},
    })
    assert made.status_code == 201, made.text
    passwordless = Passwordless(acme.domain, web.client_id, client_secret=web.client_secret)
    number = f"+49151{secrets.randbelow(10**8):08}"
    assert passwordless.sms(number)["phone_number"] == number
    code = newest(service, number)["code"]
    assert get_token(acme, web).passwordless_login(number, code, "sms", "openid", "")["id_token"]
    refused("invalid_grant", get_token(acme, web).passwordless_login, number, code, "sms", "openid", "", status=403)
    refused("bad.phone_number", passwordless.sms, "0151 12345678", status=400)


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
    lasting = get_token(acme, old).login(ada["email"], PASSWORD, scope="openid offline_access", realm=CONNECTION)
    renewed = delegated.get_token(old.client_id, "app", JWT_BEARER, refresh_token=lasting["refresh_token"])
    assert renewed["token_type"] == "Bearer" and renewed["id_token"]
    with pytest.raises(Auth0Error):
        delegated.get_token(old.client_id, "app", JWT_BEARER, refresh_token="unknown")
    with pytest.raises(Auth0Error):
        delegated.get_token(web.client_id, "app", JWT_BEARER, id_token=tokens["id_token"])


def test_social_login_without_an_upstream_is_refused(acme, old):
    with pytest.raises(Auth0Error):
        Social(acme.domain, old.client_id).login("a token of somebody's", "facebook")
