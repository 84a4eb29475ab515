"""What the service signs is checked by somebody else's library."""
import base64
import hashlib
import time

import jwt
import pytest

from product import Pkce, base64url, claims_of


def verified(tenant, token, audience, **options):
    """The claims of a token by the tenant's published keys alone."""
    kid = jwt.get_unverified_header(token)["kid"]
    keys = jwt.PyJWKSet.from_dict(tenant.jwks())
    return jwt.decode(token, keys[kid].key, algorithms=["RS256"], audience=audience, issuer=tenant.issuer,
                      options={"require": ["exp", "iat", "iss", "aud", "sub"]}, **options)


@pytest.fixture(scope="module")
def tokens(acme, spa, ada, service):
    from product import Person

    return Person(service.ca_file).tokens(acme, spa, ada["email"], nonce="nonce-1",
                                          scope="openid profile email offline_access")


def test_the_id_token_verifies_against_the_jwks(acme, spa, ada, tokens):
    claims = verified(acme, tokens["id_token"], spa.client_id)
    assert claims["sub"] == ada["user_id"]
    assert claims["nonce"] == "nonce-1"
    assert claims["email"] == ada["email"]
    assert claims["exp"] - claims["iat"] == 36000
    assert abs(claims["iat"] - time.time()) < 60


def test_at_hash_where_present_is_the_access_tokens(tokens):
    claims = claims_of(tokens["id_token"])
    expected = base64url(hashlib.sha256(tokens["access_token"].encode()).digest()[:16])
    assert claims.get("at_hash", expected) == expected


def test_a_client_credentials_token_verifies_and_says_how_it_was_got(acme):
    audience = acme.url("api/v2/")
    claims = verified(acme, acme.management_token(), audience)
    assert claims["gty"] == "client-credentials"
    assert claims["azp"] == acme.management_client["client_id"]
    assert claims["sub"] == f"{acme.management_client['client_id']}@clients"
    assert "read:clients" in claims["scope"].split()


def test_the_published_keys_hold_nothing_private(acme):
    keys = acme.jwks()["keys"]
    assert keys
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi"} & key.keys()
        assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")
        certificate = base64.b64decode(key["x5c"][0])
        # The original encodes the thumbprint as hexadecimal text first.
        assert base64url(hashlib.sha1(certificate).hexdigest().upper().encode()) == key["x5t"]


def test_discovery_tells_where_everything_is(acme):
    document = acme.discovery()
    assert document["issuer"] == acme.issuer
    assert document["jwks_uri"] == acme.url(".well-known/jwks.json")
    assert document["authorization_response_iss_parameter_supported"] is True
    assert "S256" in document["code_challenge_methods_supported"]
    for endpoint in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint"):
        assert document[endpoint].startswith(acme.issuer)


def test_the_authorization_response_names_its_issuer(acme, spa, ada, person):
    pkce = Pkce()
    answered = person.log_in(acme, spa, ada["email"], code_challenge=pkce.challenge, code_challenge_method="S256")
    assert answered["iss"] == acme.issuer


def test_every_refresh_rotates_and_keeps_the_subject(acme, spa, ada, tokens):
    first = acme.refresh(spa, tokens["refresh_token"])
    assert first.status_code == 200, first.text
    renewed = first.json()
    assert renewed["refresh_token"] != tokens["refresh_token"]
    assert verified(acme, renewed["id_token"], spa.client_id)["sub"] == ada["user_id"]


def test_user_info_answers_the_claims_of_the_scope(acme, spa, ada, someone):
    tokens = someone().tokens(acme, spa, ada["email"], scope="openid email")
    claims = acme.userinfo(tokens["access_token"]).json()
    assert claims["sub"] == ada["user_id"]
    assert claims["email"] == ada["email"]
    assert "nickname" not in claims
