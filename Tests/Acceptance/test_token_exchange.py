"""A back end that was called for a user calls the next one for the same user (RFC 8693)."""
import secrets

import jwt
import pytest

from product import claims_of

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@pytest.fixture(scope="module")
def apis(acme):
    made = [f"https://{name}.example.com/{secrets.token_hex(4)}" for name in ("first", "second")]
    for identifier in made:
        answer = acme.api("POST", "/resource-servers", {
            "identifier": identifier, "scopes": [{"value": "read:things"}, {"value": "write:things"}],
            "skip_consent_for_verifiable_first_party_clients": True})
        assert answer.status_code == 201, answer.text
    return made


@pytest.fixture(scope="module")
def back_end(acme, apis):
    client = acme.create_web_client(grant_types=[GRANT], resource_server_identifier=apis[0])
    answer = acme.api("POST", "/client-grants", {
        "client_id": client.client_id, "audience": apis[1], "scope": ["read:things"]})
    assert answer.status_code == 201, answer.text
    return client


@pytest.fixture
def subject(acme, spa, person, ada, apis):
    """Ada's token for the first API."""
    return person.tokens(acme, spa, ada["email"], audience=apis[0], scope="openid read:things")["access_token"]


def exchange(acme, client, token, audience, **more):
    return acme.token(grant_type=GRANT, subject_token=token, subject_token_type=ACCESS_TOKEN, audience=audience,
                      **{**client.credentials, **more})


def test_discovery_names_the_grant(acme):
    assert GRANT in acme.discovery()["grant_types_supported"]


def test_a_token_for_the_next_api_says_who_acts(acme, back_end, subject, apis, ada):
    answer = exchange(acme, back_end, subject, apis[1], scope="read:things write:things")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["issued_token_type"] == ACCESS_TOKEN and body["scope"] == "read:things" and "refresh_token" not in body
    key = jwt.PyJWK(acme.jwks()["keys"][0]).key
    claims = jwt.decode(body["access_token"], key, algorithms=["RS256"], audience=apis[1], issuer=acme.issuer)
    assert claims["sub"] == ada["user_id"] and claims["act"] == {"sub": back_end.client_id}
    assert claims["exp"] <= claims_of(subject)["exp"]
    assert "secte" in acme.log_types(client_id=back_end.client_id)


def test_everything_else_is_refused(acme, back_end, subject, apis, web):
    refused = [
        (exchange(acme, back_end, subject, apis[0]), 400, "invalid_target"),
        (exchange(acme, back_end, subject, acme.url("api/v2/")), 400, "invalid_target"),
        (exchange(acme, back_end, subject[:-4], apis[1]), 400, "invalid_request"),
        (exchange(acme, back_end, subject, apis[1], scope="write:things"), 400, "invalid_scope"),
        (exchange(acme, back_end, subject, apis[1], client_secret="wrong"), 401, "access_denied"),
        (exchange(acme, web, subject, apis[1]), 403, "unauthorized_client"),
    ]
    stray = acme.create_web_client(grant_types=[GRANT])
    refused.append((exchange(acme, stray, subject, apis[1]), 403, "invalid_grant"))
    for answer, status, error in refused:
        assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
