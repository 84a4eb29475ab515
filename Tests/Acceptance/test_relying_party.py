"""Applications built with common libraries, which know of the service only what its discovery document says."""
import base64
import hashlib
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc.jwk import ECKey, RSAKey
from requests_oauthlib import OAuth2Session as OAuthlibSession

from product import CALLBACK, PASSWORD, Client, base64url, page_of, session

BROWSER_GRANTS = ["authorization_code", "implicit", "refresh_token"]


@pytest.fixture(scope="module")
def metadata(acme):
    """What a relying party knows: the discovery document and nothing else."""
    return acme.discovery()


@pytest.fixture(scope="module")
def api(acme):
    """An API of acme that asks nobody for consent."""
    return make_api(acme)


@pytest.fixture(scope="module")
def browser_app(acme):
    """A single page application that gets its tokens from /authorize itself."""
    return acme.create_client(grant_types=BROWSER_GRANTS)


def make_api(tenant, **fields):
    fields = {
        "identifier": f"https://{secrets.token_hex(4)}.api.example.com", "name": "API",
        "scopes": [{"value": "read:things"}, {"value": "write:things"}], "allow_offline_access": True,
        "skip_consent_for_verifiable_first_party_clients": True, **fields,
    }
    answer = tenant.api("POST", "/resource-servers", fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def grant(tenant, client, api, scope):
    answer = tenant.api("POST", "/client-grants",
                        {"client_id": client.client_id, "audience": api["identifier"], "scope": scope})
    assert answer.status_code == 201, answer.text


def verified(tenant, token, audience, algorithms=("RS256",)):
    """The claims of a token, checked with the key its header names among those the tenant publishes."""
    key = jwt.PyJWKSet.from_dict(tenant.jwks())[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, algorithms=list(algorithms), audience=audience, issuer=tenant.issuer,
                      options={"require": ["exp", "iat", "iss", "aud", "sub"]})


def half_hash(text):
    return base64url(hashlib.sha256(text.encode()).digest()[:16])


def fragment_of(answer):
    """What a redirect tells the application in the fragment, which no server sees."""
    assert answer.status_code in (302, 303), f"{answer.status_code}: {answer.text[:500]}"
    target = urlsplit(answer.headers["Location"])
    assert not target.query and answer.headers["Location"].startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(target.fragment, keep_blank_values=True).items()}


def sign_in(person, url, email):
    """Follows a library's own authorization URL through the login page; the answer that leaves the tenant."""
    page = person.open(url)
    return person.submit(page, username=email, password=PASSWORD) if page.status_code == 200 else page


def by_fragment(person, tenant, client, email, response_type, **parameters):
    answer = person.authorize(tenant, client, response_type=response_type, **parameters)
    if answer.status_code == 200:
        answer = person.submit(answer, username=email, password=PASSWORD)
    return fragment_of(answer)


def post(tenant, path, fields, http=None):
    return (http or session(tenant.service.ca_file)).post(tenant.url(path), data=fields, timeout=30)


# The code flow, by libraries


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
def test_authlib_signs_in_refreshes_and_revokes(acme, metadata, ada, person, method):
    client = acme.create_web_client(token_endpoint_auth_method=method)
    app = AuthlibSession(client.client_id, client.client_secret, token_endpoint_auth_method=method,
                         scope="openid profile email offline_access", redirect_uri=client.callback,
                         code_challenge_method="S256", revocation_endpoint_auth_method=method)
    app.verify = acme.service.ca_file
    app.trust_env = False
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    url, state = app.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    location = sign_in(person, url, ada["email"]).headers["Location"]
    tokens = app.fetch_token(metadata["token_endpoint"], authorization_response=location, code_verifier=verifier,
                             state=state)
    claims = verified(acme, tokens["id_token"], client.client_id)
    assert (claims["sub"], claims["nonce"]) == (ada["user_id"], nonce)
    assert claims["at_hash"] == half_hash(tokens["access_token"])
    assert app.get(metadata["userinfo_endpoint"]).json()["email"] == ada["email"]
    renewed = app.refresh_token(metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
    assert renewed["access_token"] != tokens["access_token"]
    assert verified(acme, renewed["id_token"], client.client_id)["sub"] == ada["user_id"]
    answer = app.revoke_token(metadata["revocation_endpoint"], tokens["refresh_token"], token_type_hint="refresh_token")
    assert (answer.status_code, answer.content) == (200, b"")
    assert acme.refresh(client, tokens["refresh_token"]).json()["error"] in ("invalid_grant", "access_denied")
    assert "srrt" in acme.log_types(client_id=client.client_id)


def test_requests_oauthlib_signs_in_with_pkce(acme, metadata, spa, ada, person):
    app = OAuthlibSession(spa.client_id, redirect_uri=CALLBACK, scope=["openid", "email", "offline_access"], pkce="S256")
    app.verify = acme.service.ca_file
    app.trust_env = False
    url, _ = app.authorization_url(metadata["authorization_endpoint"])
    location = sign_in(person, url, ada["email"]).headers["Location"]
    tokens = app.fetch_token(metadata["token_endpoint"], authorization_response=location, include_client_id=True)
    assert verified(acme, tokens["id_token"], spa.client_id)["email"] == ada["email"]
    assert app.get(metadata["userinfo_endpoint"]).json()["sub"] == ada["user_id"]
    renewed = app.refresh_token(metadata["token_endpoint"], client_id=spa.client_id)
    assert renewed["refresh_token"] != tokens["refresh_token"], "a public client's token rotates"


def test_a_program_gets_its_own_access(acme, metadata, api):
    client = acme.create_web_client()
    grant(acme, client, api, ["read:things"])
    app = AuthlibSession(client.client_id, client.client_secret, token_endpoint_auth_method="client_secret_post")
    app.verify = acme.service.ca_file
    app.trust_env = False
    tokens = app.fetch_token(metadata["token_endpoint"], grant_type="client_credentials", audience=api["identifier"])
    claims = verified(acme, tokens["access_token"], api["identifier"])
    assert (claims["sub"], claims["scope"]) == (f"{client.client_id}@clients", "read:things")


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_a_program_proves_itself_by_its_key(acme, metadata, api, algorithm):
    private = ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else rsa.generate_private_key(65537, 2048)
    public = private.public_key().public_bytes(serialization.Encoding.PEM,
                                               serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    client = acme.create_web_client(client_authentication_methods={
        "private_key_jwt": {"credentials": [{"pem": public, "alg": algorithm}]}})
    grant(acme, client, api, ["read:things"])
    assert algorithm in metadata["token_endpoint_auth_signing_alg_values_supported"]
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption()).decode()
    key = (ECKey if algorithm == "ES256" else RSAKey).import_key(pem)
    app = AuthlibSession(client.client_id, key, token_endpoint_auth_method="private_key_jwt")
    app.register_client_auth_method(PrivateKeyJWT(metadata["token_endpoint"], alg=algorithm))
    app.verify = acme.service.ca_file
    app.trust_env = False
    tokens = app.fetch_token(metadata["token_endpoint"], grant_type="client_credentials", audience=api["identifier"])
    assert verified(acme, tokens["access_token"], api["identifier"])["gty"] == "client-credentials"
    secret = acme.token(grant_type="client_credentials", audience=api["identifier"], **client.credentials)
    assert secret.status_code == 401, "the secret does not open what the key locks"


def test_T23_an_assertion_is_good_once(acme, api):
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(serialization.Encoding.PEM,
                                               serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    client = acme.create_web_client(client_authentication_methods={
        "private_key_jwt": {"credentials": [{"pem": public}]}})
    grant(acme, client, api, ["read:things"])

    def ask(assertion):
        return post(acme, "oauth/token", {
            "grant_type": "client_credentials", "audience": api["identifier"], "client_assertion": assertion,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"})

    claims = {"iss": client.client_id, "sub": client.client_id, "aud": acme.issuer, "exp": int(time.time()) + 60}
    assertion = jwt.encode({**claims, "jti": secrets.token_hex(8)}, private, "ES256")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(assertion).status_code, range(8)))
    assert sorted(answers) == [200] + [401] * 7
    for spoilt in ({"aud": "https://elsewhere.example/"}, {"exp": int(time.time()) - 1}, {"exp": 2**63 - 1}, {"iss": "x"}):
        assert ask(jwt.encode({**claims, "jti": secrets.token_hex(8), **spoilt}, private, "ES256")).status_code == 401


# The implicit and hybrid flows


@pytest.mark.parametrize("response_type", [
    "token", "id_token", "token id_token", "code token", "code id_token", "code token id_token", "id_token code",
])
def test_every_response_type_gives_what_it_names(acme, metadata, browser_app, ada, person, response_type):
    assert " ".join(sorted(response_type.split())) in {
        " ".join(sorted(name.split())) for name in metadata["response_types_supported"]}
    nonce, state = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    told = by_fragment(person, acme, browser_app, ada["email"], response_type, nonce=nonce, state=state)
    wanted = set(response_type.split())
    assert told["state"] == state and told["iss"] == acme.issuer
    assert {"code", "access_token", "id_token"} & told.keys() == {
        {"token": "access_token"}.get(name, name) for name in wanted}
    if "token" in wanted:
        assert (told["token_type"], told["expires_in"]) == ("Bearer", "7200")
        assert acme.userinfo(told["access_token"]).json()["sub"] == ada["user_id"]
    if "id_token" in wanted:
        claims = verified(acme, told["id_token"], browser_app.client_id)
        assert (claims["sub"], claims["nonce"], claims["email"]) == (ada["user_id"], nonce, ada["email"])
        assert claims.get("at_hash") == (half_hash(told["access_token"]) if "token" in wanted else None)
        assert claims.get("c_hash") == (half_hash(told["code"]) if "code" in wanted else None)
    if "code" in wanted:
        assert verified(acme, acme.redeem(browser_app, told["code"]).json()["id_token"],
                        browser_app.client_id)["nonce"] == nonce


def test_requests_oauthlib_reads_the_fragment(acme, metadata, browser_app, ada, person):
    from oauthlib.oauth2 import MobileApplicationClient

    app = OAuthlibSession(client=MobileApplicationClient(browser_app.client_id), redirect_uri=CALLBACK,
                          scope=["openid", "email"])
    app.verify = acme.service.ca_file
    app.trust_env = False
    url, _ = app.authorization_url(metadata["authorization_endpoint"])
    tokens = app.token_from_fragment(sign_in(person, url, ada["email"]).headers["Location"])
    assert tokens["token_type"] == "Bearer"
    assert app.get(metadata["userinfo_endpoint"]).json()["email"] == ada["email"]


def test_a_silent_renewal_posts_tokens_to_the_page_that_asked(acme, browser_app, ada, person):
    by_fragment(person, acme, browser_app, ada["email"], "token")
    answer = person.authorize(acme, browser_app, response_type="token id_token", nonce="n", prompt="none",
                              response_mode="web_message")
    assert answer.status_code == 200
    assert "&quot;access_token&quot;" in answer.text and "&quot;id_token&quot;" in answer.text
    assert 'data-target-origin="https://app.example.com"' in answer.text
    posted = page_of(person.authorize(acme, browser_app, response_type="code id_token", nonce="n", prompt="none",
                                      response_mode="form_post")).forms[0]
    assert posted["action"] == CALLBACK and {"code", "id_token", "state"} <= posted["fields"].keys()


def test_an_apis_token_of_the_browser_lives_as_the_api_says_and_dies_with_its_code(acme, browser_app, ada, person):
    api = make_api(acme, token_lifetime_for_web=900)
    told = by_fragment(person, acme, browser_app, ada["email"], "code token", audience=api["identifier"],
                       scope="openid read:things unknown")
    assert (told["expires_in"], told["scope"]) == ("900", "openid read:things")
    claims = verified(acme, told["access_token"], api["identifier"])
    assert claims["exp"] - claims["iat"] == 900 and claims["azp"] == browser_app.client_id
    assert acme.userinfo(told["access_token"]).status_code == 200
    assert acme.redeem(browser_app, told["code"]).json()["expires_in"] == 86400
    assert acme.redeem(browser_app, told["code"]).status_code == 403
    assert acme.userinfo(told["access_token"]).status_code == 401, "T1: the replayed code's tokens die"


def test_a_client_of_the_old_kind_gets_an_id_token_signed_with_its_secret(acme, ada, person):
    made = acme.api("POST", "/clients", {
        "name": "old", "oidc_conformant": False, "callbacks": [CALLBACK], "grant_types": BROWSER_GRANTS}).json()
    acme.enable(made["client_id"])
    client = Client(made["client_id"], made["client_secret"])
    told = by_fragment(person, acme, client, ada["email"], "token", scope="openid name")
    assert "kid" not in jwt.get_unverified_header(told["id_token"])
    claims = jwt.decode(told["id_token"], made["client_secret"], algorithms=["HS256"], audience=client.client_id,
                        issuer=acme.issuer)
    assert claims["name"] == ada["name"]
    assert claims["at_hash"] == half_hash(told["access_token"])


@pytest.mark.parametrize("response_type", ["id_token", "id_token token"])
def test_T9_an_id_token_without_a_code_needs_a_nonce(acme, browser_app, person, response_type):
    told = fragment_of(person.authorize(acme, browser_app, response_type=response_type, state="s"))
    assert (told["error"], told["state"]) == ("invalid_request", "s")


@pytest.mark.parametrize("response_type", ["token", "id_token", "code token", "code id_token token"])
def test_T12_tokens_never_stand_in_a_query_string(acme, browser_app, person, response_type):
    told = fragment_of(person.authorize(acme, browser_app, response_type=response_type, response_mode="query",
                                        nonce="n"))
    assert told["error"] == "invalid_request"


def test_T14_silence_is_kept_in_every_mode(acme, browser_app, person):
    for mode in ("fragment", "form_post", "web_message"):
        answer = person.authorize(acme, browser_app, response_type="token", prompt="none", response_mode=mode)
        assert "login_required" in (answer.headers.get("Location") or answer.text)


def test_tokens_of_the_browser_need_the_implicit_grant(acme, spa, person):
    told = fragment_of(person.authorize(acme, spa, response_type="token"))
    assert told["error"] == "unauthorized_client"
    assert told["error_description"] == "Grant type 'implicit' not allowed for the client."


# Algorithms and refresh tokens


@pytest.mark.parametrize("algorithm", ["PS256", "ES256"])
def test_other_algorithms_have_keys_of_their_own(create_tenant, someone, algorithm):
    tenant = create_tenant()
    client = tenant.create_client(jwt_configuration={"alg": algorithm})
    api = make_api(tenant, signing_alg=algorithm)
    user = tenant.create_user()
    assert [key["alg"] for key in tenant.jwks()["keys"]] == ["RS256"]
    tokens = someone().tokens(tenant, client, user["email"], scope="openid read:things", audience=api["identifier"])
    assert verified(tenant, tokens["id_token"], client.client_id, [algorithm])["sub"] == user["user_id"]
    assert verified(tenant, tokens["access_token"], api["identifier"], [algorithm])["scope"] == "openid read:things"
    assert sorted(key["alg"] for key in tenant.jwks()["keys"]) == sorted(["RS256", algorithm])
    assert tenant.userinfo(tokens["access_token"]).status_code == 200


def test_hs256_with_an_encoded_secret_is_keyed_by_its_bytes(acme, ada, person):
    client = acme.create_web_client(jwt_configuration={"alg": "HS256", "secret_encoded": True})
    tokens = person.tokens(acme, client, ada["email"])
    key = base64.urlsafe_b64decode(client.client_secret)
    assert len(key) == 48
    assert jwt.decode(tokens["id_token"], key, algorithms=["HS256"], audience=client.client_id)["sub"] == ada["user_id"]


def test_T26_in_the_leeway_a_lost_answer_can_be_asked_for_again(acme, ada, person):
    client = acme.create_client(refresh_token={
        "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 6, "token_lifetime": 3600,
        "idle_token_lifetime": 600})
    first = person.tokens(acme, client, ada["email"], scope="openid offline_access")["refresh_token"]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: acme.refresh(client, first), range(2)))
    assert [answer.status_code for answer in answers] == [200, 200]
    newest = [answer.json()["refresh_token"] for answer in answers]
    assert len({first, *newest}) == 3
    time.sleep(6.1)
    assert acme.refresh(client, first).status_code == 403
    assert [acme.refresh(client, token).status_code for token in newest] == [403, 403]
    assert "ferrt" in acme.log_types(client_id=client.client_id)


def test_a_refresh_token_ends_when_its_client_says_so(acme, ada, person):
    client = acme.create_web_client(refresh_token={
        "rotation_type": "non-rotating", "expiration_type": "expiring", "token_lifetime": 6,
        "infinite_idle_token_lifetime": True})
    token = person.tokens(acme, client, ada["email"], scope="openid offline_access")["refresh_token"]
    assert acme.refresh(client, token).status_code == 200
    time.sleep(6.1)
    assert acme.refresh(client, token).json()["error"] == "invalid_grant"


def test_a_stranger_cannot_revoke(acme, web, ada, person):
    client = acme.create_web_client()
    token = person.tokens(acme, client, ada["email"], scope="openid offline_access")["refresh_token"]
    for fields in (web.credentials, {"client_id": client.client_id, "client_secret": "wrong"}):
        assert post(acme, "oauth/revoke", {**fields, "token": token}).status_code in (200, 401)
    assert post(acme, "oauth/revoke", client.credentials).json()["error"] == "invalid_request"
    assert acme.refresh(client, token).status_code == 200
    assert post(acme, "oauth/revoke", {**client.credentials, "token": "unknown"}).status_code == 200
    assert post(acme, "oauth/revoke", {**client.credentials, "token": token}).content == b""
    assert acme.refresh(client, token).status_code == 403


# Proof of possession


def test_a_stolen_token_is_worth_nothing_without_its_key(acme, metadata, spa, ada, person):
    private = ec.generate_private_key(ec.SECP256R1())
    jwk = {name: value for name, value in ECKey.import_key(private.public_key()).as_dict(private=False).items()
           if name in ("kty", "crv", "x", "y")}

    def proof(method, url, **claims):
        return jwt.encode({"htm": method, "htu": url, "iat": int(time.time()), "jti": secrets.token_hex(8), **claims},
                          private, "ES256", headers={"typ": "dpop+jwt", "jwk": jwk})

    assert "ES256" in metadata["dpop_signing_alg_values_supported"]
    http = session(acme.service.ca_file)
    pkce_free = person.log_in(acme, spa, ada["email"], scope="openid email offline_access")
    answer = http.post(metadata["token_endpoint"], timeout=30, headers={"DPoP": proof("POST", metadata["token_endpoint"])},
                       data={"grant_type": "authorization_code", "code": pkce_free["code"], "redirect_uri": CALLBACK,
                             "client_id": spa.client_id})
    tokens = answer.json()
    assert tokens["token_type"] == "DPoP"
    token, url = tokens["access_token"], metadata["userinfo_endpoint"]
    once = proof("GET", url, ath=base64url(hashlib.sha256(token.encode()).digest()))

    def read(**headers):
        return http.get(url, headers=headers, timeout=30).status_code

    assert read(Authorization=f"Bearer {token}") == 401
    assert read(Authorization=f"DPoP {token}", DPoP=proof("GET", url)) == 401
    assert read(Authorization=f"DPoP {token}", DPoP=once) == 200
    assert read(Authorization=f"DPoP {token}", DPoP=once) == 401
    assert acme.refresh(spa, tokens["refresh_token"]).json()["error"] == "invalid_grant"


# The password grants


@pytest.mark.parametrize("grant_type", ["password", "http://auth0.com/oauth/grant-type/password-realm"])
def test_a_password_gives_tokens_and_a_wrong_one_says_nothing(acme, ada, grant_type):
    client = acme.create_web_client(grant_types=[grant_type], oidc_conformant=False)

    def ask(name, password, **more):
        return post(acme, "oauth/token", {
            "grant_type": grant_type, "username": name, "password": password, "scope": "openid", **client.credentials,
            **more})

    if grant_type == "password":
        assert ask(ada["email"], PASSWORD).json()["error"] == "server_error", "no default directory"
        return
    realm = {"realm": "Username-Password-Authentication"}
    tokens = ask(ada["email"], PASSWORD, **realm).json()
    assert tokens["scope"] == "openid profile email address phone" and len(tokens["access_token"]) == 32
    wrong, unknown = ask(ada["email"], "x", **realm), ask("nobody@example.com", "x", **realm)
    assert (wrong.status_code, wrong.text) == (unknown.status_code, unknown.text) == (
        403, '{"error":"invalid_grant","error_description":"Wrong email or password."}')
    assert ask(ada["email"], PASSWORD, realm="nowhere").json()["error_description"] == "Unknown realm nowhere."
    assert {"sepft", "fp", "fu", "fepft"} <= set(acme.log_types(client_id=client.client_id))
