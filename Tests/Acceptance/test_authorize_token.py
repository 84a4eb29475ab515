"""Abuse cases T: the authorization endpoint, codes, tokens and refresh tokens."""
import base64
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from product import PASSWORD, Client, Person, Pkce, base64url, callback_of, claims_of, is_error_page, page_of, session


@pytest.fixture(scope="module")
def visitor(service, acme, spa, ada):
    """Somebody who is logged in at acme, and gets codes without typing."""
    somebody = Person(service.ca_file)
    somebody.log_in(acme, spa, ada["email"])
    return somebody


@pytest.fixture
def grant(acme, spa, ada, visitor):
    """Gets codes: grant() returns (code, pkce)."""

    def take(client=spa, **parameters):
        pkce = Pkce()
        answered = visitor.log_in(acme, client, ada["email"], code_challenge=pkce.challenge,
                                  code_challenge_method="S256", **parameters)
        return answered["code"], pkce

    return take


def refused(answer, *errors, statuses=(400, 401, 403)):
    assert answer.status_code in statuses, answer.text
    assert answer.json()["error"] in errors, answer.text
    assert "access_token" not in answer.json()


def errors_of(answer):
    """The error a redirect to the application carries."""
    assert answer.status_code in (302, 303), answer.text[:300]
    assert answer.headers["Location"].startswith("https://app.example.com/cb")
    return callback_of(answer)["error"]


# T1 - T8: codes


def test_T1_a_code_is_good_once_and_its_tokens_die_with_the_second_try(acme, spa, grant):
    code, pkce = grant(scope="openid offline_access")
    first = acme.redeem(spa, code, pkce).json()
    refused(acme.redeem(spa, code, pkce), "invalid_grant", statuses=(403,))
    assert acme.userinfo(first["access_token"]).status_code == 401
    refused(acme.refresh(spa, first["refresh_token"]), "invalid_grant")


def test_T1_of_twenty_at_once_one_wins(acme, spa, grant):
    code, pkce = grant()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: acme.redeem(spa, code, pkce), range(20)))
    assert sorted(answer.status_code for answer in answers)[:1] == [200]
    assert [answer.status_code for answer in answers].count(200) == 1
    assert all(a.status_code == 200 or a.json()["error"] == "invalid_grant" for a in answers)


def test_T2_a_code_is_bound_to_its_client(acme, spa, web, grant):
    code, pkce = grant()
    refused(acme.redeem(web, code, pkce, redirect_uri=spa.callback), "invalid_grant")
    code, pkce = grant()
    refused(acme.redeem(Client(web.client_id), code, pkce, redirect_uri=spa.callback), "invalid_grant",
            "access_denied", "invalid_client")


@pytest.mark.parametrize("redirect_uri", [
    None, "https://x.spa.example.com/cb", "https://app.example.com/cb/", "https://app.example.com/CB",
    "https://app.example.com/cb?x=1",
])
def test_T3_the_redirect_uri_must_be_that_of_the_authorization(acme, spa, grant, redirect_uri):
    code, pkce = grant()
    parameters = {"redirect_uri": redirect_uri} if redirect_uri else {}
    answer = acme.token(grant_type="authorization_code", code=code, code_verifier=pkce.verifier,
                        client_id=spa.client_id, **parameters)
    assert 400 <= answer.status_code < 500
    assert "access_token" not in answer.text


@pytest.mark.parametrize("spoil", [
    lambda code: code[:-1], lambda code: code[:-1] + ("A" if code[-1] != "A" else "B"), lambda code: "x" * 10240,
    lambda code: "' OR '1'='1", lambda code: code.swapcase(), lambda code: code + " ",
], ids=["truncated", "one changed", "10 KiB", "SQL", "other case", "space"])
def test_T4_a_spoilt_code_buys_nothing_and_all_are_told_the_same(acme, spa, grant, spoil):
    code, pkce = grant()
    answer = acme.redeem(spa, spoil(code), pkce)
    refused(answer, "invalid_grant")
    unknown = acme.redeem(spa, "n" * len(code), pkce)
    assert answer.json() == unknown.json()


def test_T4_an_empty_code_is_a_missing_parameter(acme, spa):
    refused(acme.redeem(spa, "", Pkce()), "invalid_grant", "invalid_request")


@pytest.mark.parametrize("spoil", [
    lambda pkce: None, lambda pkce: Pkce().verifier, lambda pkce: "a" * 42, lambda pkce: "a" * 129,
    lambda pkce: pkce.verifier[:-1] + "!", lambda pkce: pkce.challenge, lambda pkce: pkce.verifier + "\n",
], ids=["missing", "wrong", "42 characters", "129 characters", "illegal", "the challenge", "line end"])
def test_T5_only_the_right_verifier_redeems(acme, spa, grant, spoil):
    code, pkce = grant()
    verifier = spoil(pkce)
    extra = {} if verifier is None else {"code_verifier": verifier}
    refused(acme.redeem(spa, code, **extra), "invalid_grant", "invalid_request")


def test_T6_a_verifier_without_a_challenge_is_a_downgrade(acme, web, ada, visitor):
    answered = visitor.log_in(acme, web, ada["email"])
    refused(acme.redeem(web, answered["code"], Pkce()), "invalid_grant")


@pytest.mark.parametrize("parameters", [
    {"code_challenge_method": "plain"}, {"code_challenge_method": "s256"}, {"code_challenge_method": "none"},
    {"code_challenge_method": ""}, {"code_challenge": None}, {"code_challenge": "a" * 42},
    {"code_challenge": "a" * 129}, {"code_challenge": "!" * 43},
], ids=str)
def test_T7_only_s256_is_accepted(acme, spa, person, parameters):
    answer = person.authorize(acme, spa, **{
        "code_challenge": Pkce().challenge, "code_challenge_method": "S256", **parameters,
    })
    assert errors_of(answer) == "invalid_request"


# T9 - T17: the authorization endpoint


@pytest.mark.parametrize("state", [
    "x" * 4000, "<script>alert(1)</script>", "a\r\nSet-Cookie: x=1", "\U0001f600", "%2526", "a+b c&d=e", "e30=", "\"'",
], ids=["4 KB", "script", "line break", "emoji", "encoded twice", "separators", "base64", "quotes"])
def test_T10_state_comes_back_as_it_was_sent(acme, spa, person, state):
    answer = person.authorize(acme, spa, prompt="none", state=state)
    if answer.status_code in (400, 414):
        return
    assert callback_of(answer)["state"] == state
    assert "\r" not in answer.headers["Location"] and "\n" not in answer.headers["Location"]


def test_T10_without_state_there_is_none_in_the_answer(acme, spa, person):
    assert "state" not in callback_of(person.authorize(acme, spa, prompt="none", state=None))


def test_T12_an_unknown_response_mode_is_refused(acme, spa, person):
    answer = person.authorize(acme, spa, response_mode="smoke", prompt="none")
    assert is_error_page(answer) or errors_of(answer) == "invalid_request"


@pytest.mark.parametrize("response_type", ["", "none", "code code", "nothing", "CODE", "code nothing"])
def test_T13_an_unknown_response_type_is_refused(acme, spa, person, response_type):
    answer = person.authorize(acme, spa, response_type=response_type, prompt="none")
    if answer.status_code in (302, 303):
        location = urlsplit(answer.headers["Location"])
        error = parse_qs(location.query or location.fragment)["error"]
        assert error[0] in ("unsupported_response_type", "invalid_request")
    else:
        assert answer.status_code in (400, 403, 501)


@pytest.mark.parametrize("name", ["response_type", "state", "scope", "nonce", "code_challenge", "prompt"])
def test_T13_a_parameter_given_twice_is_refused(acme, spa, person, name):
    answer = person.open(acme.url(
        f"authorize?client_id={spa.client_id}&response_type=code&redirect_uri={spa.callback}&{name}=code&{name}=code"
    ))
    assert is_error_page(answer) or errors_of(answer) == "invalid_request"


def test_T14_silent_without_a_session_only_ever_redirects(acme, spa, person):
    answer = person.authorize(acme, spa, prompt="none")
    assert errors_of(answer) == "login_required"
    assert "Set-Cookie" not in answer.headers or "auth0=" not in answer.headers["Set-Cookie"]


def test_T14_none_beside_another_prompt_is_refused(acme, spa, visitor):
    assert errors_of(visitor.authorize(acme, spa, prompt="none login")) == "invalid_request"


def test_T14_a_blocked_user_has_no_silent_login(acme, spa, person):
    user = acme.create_user()
    person.log_in(acme, spa, user["email"])
    assert "code" in callback_of(person.authorize(acme, spa, prompt="none"))
    answer = acme.api("PATCH", f"/users/{user['user_id']}", {"blocked": True})
    assert answer.status_code == 200, answer.text
    assert errors_of(person.authorize(acme, spa, prompt="none")) in ("login_required", "unauthorized", "access_denied")


def test_T14_a_silent_login_gives_a_code(acme, spa, visitor):
    assert callback_of(visitor.authorize(acme, spa, prompt="none"))["code"]


def test_T15_silent_with_an_unlisted_callback_is_an_error_page(acme, spa, visitor):
    answer = visitor.authorize(acme, spa, prompt="none", redirect_uri="https://evil.example/")
    assert is_error_page(answer)
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("parameters", [{"prompt": "login"}, {"max_age": "0"}], ids=str)
def test_T16_a_fresh_login_is_really_asked_for(acme, spa, visitor, parameters):
    page = visitor.authorize(acme, spa, **parameters)
    assert page.status_code == 200 and page_of(page).forms


@pytest.mark.parametrize("max_age", ["-1", "abc", "1.5", "99999999999999999999"])
def test_T16_a_max_age_that_is_no_number_is_refused(acme, spa, visitor, max_age):
    assert errors_of(visitor.authorize(acme, spa, max_age=max_age, prompt="none")) == "invalid_request"


def test_T16_the_authentication_time_advances(acme, spa, ada, person):
    first = claims_of(person.tokens(acme, spa, ada["email"], max_age="1000")["id_token"])["auth_time"]
    time.sleep(1.1)
    second = claims_of(person.tokens(acme, spa, ada["email"], prompt="login", max_age="1000")["id_token"])["auth_time"]
    assert second > first


# T18 - T21: bearers


def forged(token, header=None, key=None, algorithm=None, signature=None):
    """The token's claims under another header and signature."""
    claims = claims_of(token)
    if key is not None:
        return jwt.encode(claims, key, algorithm=algorithm, headers=header)
    head = base64url(json.dumps({"typ": "JWT", **header}).encode())
    return f"{head}.{token.split('.')[1]}.{signature or ''}"


OWN_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize("forge", [
    lambda token, kid: forged(token, {"alg": "none"}),
    lambda token, kid: forged(token, {"alg": "None", "kid": kid}),
    lambda token, kid: forged(token, {"alg": "none", "kid": kid}, signature=token.split(".")[2]),
    lambda token, kid: forged(token, {"alg": "RS256", "kid": kid}),
    lambda token, kid: forged(token, {"kid": kid}, signature=token.split(".")[2]),
    lambda token, kid: forged(token, {"kid": kid}, OWN_KEY, "RS256"),
    lambda token, kid: forged(token, {}, OWN_KEY, "RS256"),
    lambda token, kid: forged(token, {"kid": kid, "jku": "https://evil.example/jwks"}, OWN_KEY, "RS256"),
    lambda token, kid: forged(token, {"kid": "../../dev/null"}, OWN_KEY, "RS256"),
    lambda token, kid: forged(token, {"kid": "' OR 1=1--"}, OWN_KEY, "RS256"),
    lambda token, kid: forged(token, {"kid": "k" * 10240}, OWN_KEY, "RS256"),
    lambda token, kid: forged(token, {"alg": "RS256", "kid": ["a"]}, signature=token.split(".")[2]),
    lambda token, kid: forged(token, {"alg": "RS256", "kid": kid, "crit": ["x"]}, signature=token.split(".")[2]),
    lambda token, kid: token + "=",
    lambda token, kid: token + ".x",
    lambda token, kid: " " + token[:20] + " " + token[20:],
    lambda token, kid: token.rpartition(".")[0] + ".",
    lambda token, kid: token[:-6] + "AAAAAA",
], ids=["none", "None", "none with signature", "no signature", "no alg", "own key", "own key without kid", "jku",
        "kid path", "kid SQL", "kid 10 KiB", "kid array", "crit", "padding", "four parts", "spaces", "empty signature",
        "changed signature"])
def test_T18_T19_a_forged_token_opens_nothing(acme, forge):
    token = acme.management_token()
    kid = jwt.get_unverified_header(token)["kid"]
    bad = forge(token, kid)
    headers = {"Authorization": f"Bearer {bad}"}
    http = session(acme.service.ca_file)
    assert http.get(acme.url("api/v2/clients"), headers=headers).status_code in (400, 401, 431)
    answer = http.get(acme.url("userinfo"), headers=headers)
    assert answer.status_code in (400, 401, 431)


def test_T18_a_token_signed_with_the_public_key_as_a_secret_is_refused(acme):
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    token = acme.management_token()
    header = jwt.get_unverified_header(token)
    public = jwt.PyJWKSet.from_dict(acme.jwks())[header["kid"]].key
    import hashlib
    import hmac

    for secret in (
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_numbers().n.to_bytes(256, "big"),
    ):
        head = base64url(json.dumps({"alg": "HS256", "typ": "JWT", "kid": header["kid"]}).encode())
        signed = f"{head}.{token.split('.')[1]}"
        bad = f"{signed}.{base64url(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"
        assert acme.api("GET", "/clients", token=bad).status_code == 401


def test_T21_every_token_opens_only_what_it_is_for(acme, spa, ada, person):
    tokens = person.tokens(acme, spa, ada["email"], scope="openid offline_access")
    assert acme.api("GET", "/clients", token=tokens["access_token"]).status_code == 401
    assert acme.api("GET", "/clients", token=tokens["id_token"]).status_code == 401
    assert acme.userinfo(tokens["id_token"]).status_code == 401
    assert acme.userinfo(tokens["refresh_token"]).status_code == 401
    assert acme.userinfo(acme.management_token()).status_code == 401
    assert acme.userinfo(tokens["access_token"]).status_code == 200


def test_M13_the_bearer_scheme_is_read_as_the_standard_says(wire, acme):
    token = acme.management_token()
    path = "/api/v2/clients?per_page=1"
    assert wire.get(path, acme.domain, headers=[f"Authorization: bearer {token}"]).status == 200
    twice = wire.get(path, acme.domain, headers=[f"Authorization: Bearer {token}"] * 2)
    assert twice.status in (400, 401)
    assert wire.get(f"{path}&access_token={token}", acme.domain).status in (400, 401)
    assert wire.get(path, acme.domain, headers=[f"Cookie: access_token={token}"]).status == 401


# T22 - T27: the token endpoint


@pytest.mark.parametrize("body", [
    "grant_type=authorization_code&grant_type=client_credentials&client_id={id}",
    "grant_type=authorization_code&client_id={id}&client_id={id}&code=x",
    "grant_type=authorization_code&client_id={id}&code=x&code=y",
])
def test_T22_a_parameter_given_twice_is_refused(acme, spa, body):
    answer = session(acme.service.ca_file).post(acme.url("oauth/token"), data=body.format(id=spa.client_id), headers={
        "Content-Type": "application/x-www-form-urlencoded",
    })
    refused(answer, "invalid_request", statuses=(400,))


@pytest.mark.parametrize("value", [{"$ne": None}, ["x"], True, 5, None], ids=str)
@pytest.mark.parametrize("name", ["code", "client_id", "grant_type", "redirect_uri"])
def test_T22_a_value_of_another_type_is_refused(acme, spa, name, value):
    body = {"grant_type": "authorization_code", "client_id": spa.client_id, "code": "x", "redirect_uri": spa.callback,
            name: value}
    answer = session(acme.service.ca_file).post(acme.url("oauth/token"), json=body)
    if value is None and name == "redirect_uri":
        # SDKs send null for what they were not given: it is as good as absent, and then the code alone is wrong.
        return refused(answer, "invalid_grant", statuses=(403,))
    refused(answer, "invalid_request", "invalid_client", "access_denied", statuses=(400, 401))


def test_T22_parameters_in_the_query_do_not_count(acme):
    credentials = acme.management_client
    answer = session(acme.service.ca_file).post(acme.url(
        f"oauth/token?grant_type=client_credentials&client_id={credentials['client_id']}"
        f"&client_secret={credentials['client_secret']}&audience={acme.url('api/v2/')}"
    ), data={"x": "y"})
    assert answer.status_code in (400, 401)


def test_T23_client_authentication_is_never_confused(acme, web, grant):
    def attempt(auth=None, **body):
        return session(acme.service.ca_file).post(acme.url("oauth/token"), auth=auth, data={
            "grant_type": "refresh_token", "refresh_token": "x", **body,
        })

    right = {"client_id": web.client_id, "client_secret": web.client_secret}
    refused(attempt(**right), "invalid_grant", statuses=(403,))
    for body in ({"client_id": web.client_id}, {**right, "client_secret": ""},
                 {**right, "client_secret": web.client_secret[:-1]}, {**right, "client_secret": "wrong"}):
        refused(attempt(**body), "access_denied", "invalid_client", statuses=(401,))
    both = attempt(auth=(web.client_id, web.client_secret), **right)
    refused(both, "invalid_request", "access_denied", "invalid_client", statuses=(400, 401))
    basic = attempt(auth=(web.client_id, "wrong"))
    refused(basic, "access_denied", "invalid_client", statuses=(401,))
    assert basic.headers["WWW-Authenticate"].startswith("Basic")


def test_T23_basic_is_for_clients_that_are_registered_for_it(acme, someone, ada):
    client = acme.create_web_client(token_endpoint_auth_method="client_secret_basic")
    answer = session(acme.service.ca_file).post(
        acme.url("oauth/token"), auth=(client.client_id, client.client_secret),
        data={"grant_type": "refresh_token", "refresh_token": "x"},
    )
    refused(answer, "invalid_grant", statuses=(403,))
    refused(acme.refresh(client, "x"), "access_denied", "invalid_client", statuses=(401,))


def test_T23_a_public_client_gets_no_client_credentials(acme, spa):
    answer = acme.token(grant_type="client_credentials", client_id=spa.client_id, audience=acme.url("api/v2/"))
    refused(answer, "unauthorized_client", "access_denied", "invalid_client")


def test_T24_a_client_gets_only_the_grants_and_apis_it_has(acme, web):
    audience = acme.url("api/v2/")
    none_granted = acme.token(grant_type="client_credentials", audience=audience, **web.credentials)
    refused(none_granted, "access_denied", "unauthorized_client", statuses=(403,))
    unknown_api = acme.token(grant_type="client_credentials", audience="https://nowhere.example/",
                             **acme.management_client)
    refused(unknown_api, "access_denied", statuses=(403,))
    for audience in ({}, {"audience": ""}):
        refused(acme.token(grant_type="client_credentials", **audience, **acme.management_client), "access_denied",
                "invalid_request")
    only_codes = acme.create_web_client(grant_types=["authorization_code"])
    refused(acme.token(grant_type="client_credentials", audience=acme.url("api/v2/"), **only_codes.credentials),
            "unauthorized_client", statuses=(403,))
    refused(acme.token(grant_type="nothing", **web.credentials), "unsupported_grant_type")
    refused(acme.token(**web.credentials), "invalid_request", statuses=(400,))


def test_T24_the_scope_is_never_more_than_the_grant(acme):
    asked = acme.token(grant_type="client_credentials", audience=acme.url("api/v2/"),
                       scope="read:clients read:everything", **acme.management_client)
    if asked.status_code == 200:
        assert asked.json()["scope"].split() == ["read:clients"]
    else:
        refused(asked, "invalid_scope", "access_denied")


def test_T25_a_refresh_token_is_bound_to_its_client(acme, spa, ada, person):
    token = person.tokens(acme, spa, ada["email"], scope="openid offline_access")["refresh_token"]
    other = acme.create_client()
    refused(acme.refresh(other, token), "invalid_grant", statuses=(403,))


def test_T25_a_refresh_never_widens_the_scope(acme, spa, ada, person):
    tokens = person.tokens(acme, spa, ada["email"], scope="openid offline_access")
    answer = acme.refresh(spa, tokens["refresh_token"], scope="openid email profile offline_access read:clients")
    if answer.status_code == 200:
        claims = acme.userinfo(answer.json()["access_token"]).json()
        assert "email" not in claims
    else:
        refused(answer, "invalid_scope", "invalid_grant")


@pytest.mark.parametrize("undo", [
    lambda acme, user: acme.api("DELETE", f"/users/{user['user_id']}"),
    lambda acme, user: acme.api("PATCH", f"/users/{user['user_id']}", {"blocked": True}),
], ids=["deleted", "blocked"])
def test_T25_no_refresh_for_a_user_who_is_gone(acme, spa, person, undo):
    user = acme.create_user()
    tokens = person.tokens(acme, spa, user["email"], scope="openid offline_access")
    assert undo(acme, user).status_code in (200, 204)
    refused(acme.refresh(spa, tokens["refresh_token"]), "invalid_grant", "unauthorized")
    assert acme.userinfo(tokens["access_token"]).status_code == 401


def test_T26_a_refresh_token_used_twice_ends_its_family(acme, spa, ada, person):
    first = person.tokens(acme, spa, ada["email"], scope="openid offline_access")["refresh_token"]
    second = acme.refresh(spa, first).json()["refresh_token"]
    assert second != first
    refused(acme.refresh(spa, first), "invalid_grant", statuses=(403,))
    refused(acme.refresh(spa, second), "invalid_grant", statuses=(403,))
    assert "fertft" in acme.log_types(client_id=spa.client_id)


def test_T26_of_two_refreshes_at_once_at_most_one_wins(acme, spa, ada, person):
    token = person.tokens(acme, spa, ada["email"], scope="openid offline_access")["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: acme.refresh(spa, token), range(8)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    refused(acme.refresh(spa, won[0].json()["refresh_token"]), "invalid_grant")


@pytest.mark.parametrize("scope", ["openid openid", "openid\temail", "openid " + "x" * 4000, "*", "read:users openid"])
def test_T27_a_strange_scope_gives_nothing_extra(acme, spa, ada, visitor, scope):
    answer = visitor.authorize(acme, spa, scope=scope, prompt="none")
    if answer.status_code in (302, 303) and "code" in callback_of(answer):
        tokens = acme.redeem(spa, callback_of(answer)["code"]).json()
        assert "read:users" not in tokens.get("scope", "")
        assert acme.api("GET", "/users", token=tokens["access_token"]).status_code == 401


def test_T28_after_a_password_only_a_get_follows(acme, spa, ada, person):
    page = person.authorize(acme, spa)
    form = page_of(page).forms[0]
    answer = person.http.post(acme.url(form["action"]), allow_redirects=False, headers={
        "Origin": acme.issuer.rstrip("/"),
    }, data={**form["fields"], "username": ada["email"], "password": PASSWORD})
    assert answer.status_code in (302, 303)


def test_T29_no_page_can_be_framed(acme, spa, person):
    for path in (f"authorize?client_id={spa.client_id}&response_type=code&redirect_uri={spa.callback}", "login",
                 "authorize?client_id=nosuch", "v2/logout"):
        answer = person.open(acme.url(path))
        assert answer.headers["X-Frame-Options"] == "DENY", path
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path


@pytest.mark.parametrize("parameters", [
    {"request_uri": "http://169.254.169.254/"}, {"request_uri": "file:///etc/passwd"},
    {"request": "eyJhbGciOiJub25lIn0.e30."},
], ids=str)
def test_T32_a_request_object_is_refused_or_ignored(acme, spa, person, parameters):
    answer = person.authorize(acme, spa, prompt="none", **parameters)
    assert errors_of(answer) in ("login_required", "request_not_supported", "request_uri_not_supported",
                                 "invalid_request")


def test_codes_and_tokens_are_unguessable(acme, spa, grant):
    codes = {grant()[0] for _ in range(5)}
    assert len(codes) == 5
    assert all(len(code) >= 16 for code in codes)


def test_basic_credentials_are_decoded_as_the_standard_says(acme):
    """RFC 6749 §2.3.1: the parts are form-encoded before they are joined."""
    client = acme.create_web_client(token_endpoint_auth_method="client_secret_basic")
    secret = f"a:b%c+{secrets.token_hex(16)}"
    answer = acme.api("PATCH", f"/clients/{client.client_id}", {"client_secret": secret})
    assert answer.status_code == 200, answer.text
    from urllib.parse import quote_plus

    basic = base64.b64encode(f"{client.client_id}:{quote_plus(secret)}".encode()).decode()
    answer = session(acme.service.ca_file).post(acme.url("oauth/token"), headers={"Authorization": f"Basic {basic}"},
                                                data={"grant_type": "refresh_token", "refresh_token": "x"})
    refused(answer, "invalid_grant", statuses=(403,))
