"""What Lock and the SDKs of 2017 call, driven as they call it."""
import base64
import json
import re
import secrets
from html import unescape
from urllib.parse import quote

import pytest
from auth0.authentication import Database, Delegated, Social, Users
from auth0.exceptions import Auth0Error

from product import CONNECTION, PASSWORD, callback_of, claims_of, is_error_page, session

ORIGIN = "https://app.example.com"
LEGACY = "http://auth0.com/oauth/legacy/grant-type/"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GRANTS = ["authorization_code", "refresh_token", *(LEGACY + name for name in (
    "ro", "ro/jwt-bearer", "delegation/id_token", "delegation/refresh_token", "access_token"))]


@pytest.fixture(autouse=True)
def trust_the_authority(service, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca_file)


def create_old_client(acme, **fields):
    return acme.create_client(oidc_conformant=False, grant_types=GRANTS, **fields)


@pytest.fixture(scope="module")
def old_client(acme):
    return create_old_client(acme)


@pytest.fixture
def http(service):
    return session(service.ca_file)


@pytest.fixture
def post(acme, http):
    return lambda path, **body: http.post(acme.url(path), json=body, headers={"Origin": ORIGIN}, timeout=30)


@pytest.fixture
def ro(post, old_client, ada):
    def call(**changes):
        body = {"client_id": old_client.client_id, "username": ada["email"], "password": PASSWORD,
                "connection": CONNECTION, "grant_type": "password", "scope": "openid name", **changes}
        return post("oauth/ro", **{name: value for name, value in body.items() if value is not None})
    return call


# Login by Lock

def lock_login(acme, client, http, email, password=PASSWORD, origin=ORIGIN, **more):
    body = {"client_id": client.client_id, "redirect_uri": client.callback, "tenant": acme.name,
            "response_type": "code", "scope": "openid", "state": "s-1", "connection": CONNECTION, "username": email,
            "password": password, "sso": True, "protocol": "oauth2", "_intstate": "deprecated", **more}
    return http.post(acme.url("usernamepassword/login"), json=body, headers={"Origin": origin}, timeout=30)


def submit(http, html):
    """What Lock does: puts the HTML into an element and submits its first child."""
    assert html.startswith("<form ")
    action = unescape(re.search(r'action="([^"]+)"', html)[1])
    fields = {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', html)}
    assert fields.keys() == {"wa", "wresult", "wctx"} and fields["wa"] == "wsignin1.0"
    return http.post(action, data=fields, headers={"Origin": ORIGIN}, allow_redirects=False, timeout=30)


def test_lock_10_loads_its_settings_and_logs_in(acme, old_client, ada, http):
    script = http.get(acme.url(f"client/{old_client.client_id}.js?t1"), timeout=30)
    assert script.headers["Content-Type"].startswith("application/x-javascript")
    assert script.headers["X-Content-Type-Options"] == "nosniff"
    settings = json.loads(re.fullmatch(r"Auth0\.setClient\((.*)\);", script.text)[1])
    # The tenant's other connections are the client's too: it was made after them.
    assert settings["strategies"][0]["name"] == "auth0"

    sso = http.get(acme.url("user/ssodata/"), headers={"Origin": ORIGIN}, timeout=30)
    assert sso.json() == {"sso": False} and sso.headers["Access-Control-Allow-Credentials"] == "true"

    wrong = lock_login(acme, old_client, http, ada["email"], "wrong")
    assert wrong.status_code == 401 and wrong.json()["code"] == "invalid_user_password"
    assert wrong.headers["Access-Control-Allow-Origin"] == ORIGIN

    form = lock_login(acme, old_client, http, ada["email"])
    assert form.status_code == 200 and form.headers["Content-Type"].startswith("text/html")
    told = callback_of(submit(http, form.text))
    assert told["state"] == "s-1"
    assert acme.redeem(old_client, told["code"]).json()["id_token"]
    assert is_error_page(submit(http, form.text))

    sso = http.get(acme.url("user/ssodata/"), headers={"Origin": ORIGIN}, timeout=30).json()
    assert sso["sso"] and sso["lastUsedUserID"] == ada["user_id"] and sso["lastUsedClientID"] == old_client.client_id


def test_a_login_form_is_worth_nothing_in_another_browser(acme, old_client, ada, http, service):
    form = lock_login(acme, old_client, http, ada["email"])
    assert is_error_page(submit(session(service.ca_file), form.text))


def test_lock_on_a_page_of_the_tenants_own(acme, ada, person):
    client = acme.create_client(custom_login_page="<script>const config = '@@config@@';</script>",
                                custom_login_page_on=True)
    page = person.authorize(acme, client, state="the client's", login_hint="</script><script>alert(1)</script>")
    config = json.loads(base64.b64decode(re.fullmatch(r"<script>const config = '([^']+)';</script>", page.text)[1]))
    assert config["auth0Domain"] == acme.domain and config["callbackURL"] == client.callback
    options = config["internalOptions"]
    own = acme.issuer.rstrip("/")
    forged = lock_login(acme, client, person.http, ada["email"], origin=own, **{**options, "_csrf": "x"})
    assert forged.status_code == 403
    form = lock_login(acme, client, person.http, ada["email"], origin=own, **options)
    assert callback_of(submit(person.http, form.text))["state"] == "the client's"


# Legacy token endpoints

def test_resource_owner_login_and_its_user_info(acme, ro, ada):
    answer = ro()
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert tokens.keys() == {"id_token", "access_token", "token_type"} and tokens["token_type"] == "bearer"
    assert claims_of(tokens["id_token"])["name"] == "Ada Lovelace"
    assert Users(acme.domain).userinfo(tokens["access_token"])["sub"] == ada["user_id"]
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert {"s", "depnote"} <= set(acme.log_types())


def test_l3_resource_owner_refusals_do_not_tell_who_exists(ro):
    wrong, unknown = ro(password="wrong"), ro(username="nobody@example.com", password="wrong")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == {"error": "invalid_user_password", "error_description": "Wrong email or password."}
    assert wrong.content == unknown.content


def test_t33_new_clients_and_clients_without_the_grant_are_refused(acme, ro, spa, post):
    assert (ro(client_id=spa.client_id).status_code, ro(client_id=spa.client_id).json()["error"]) == (
        404, "endpoint_disabled")
    without = acme.create_client(oidc_conformant=False)
    assert ro(client_id=without.client_id).status_code == 403
    for path in ("delegation", "oauth/access_token"):
        body = dict(grant_type=JWT_BEARER, id_token="a.b.c", access_token="x", connection="facebook")
        assert post(path, client_id=spa.client_id, **body).status_code == 404
        assert post(path, client_id=without.client_id, **body).status_code == 403


def test_t33_jsonp_is_off(acme, http):
    for path in ("oauth/ro", "delegation", "tokeninfo", "oauth/access_token", "usernamepassword/login",
                 "dbconnections/signup"):
        answer = http.get(acme.url(f"{path}?cbx=alert(1)//"), timeout=30)
        assert answer.status_code == 405 and "alert" not in answer.text


def test_delegation_by_the_python_sdk(acme, ro, old_client):
    target = create_old_client(acme, jwt_configuration={"lifetime_in_seconds": 900})
    id_token = ro().json()["id_token"]
    delegated = Delegated(acme.domain, old_client.client_id)
    answer = delegated.get_token(target=target.client_id, api_type="app", grant_type=JWT_BEARER, id_token=id_token)
    assert answer["token_type"] == "Bearer" and answer["expires_in"] == 900
    claims = claims_of(answer["id_token"])
    assert claims["aud"] == target.client_id and claims["azp"] == old_client.client_id

    closed = create_old_client(acme, allowed_clients=["somebody"])
    with pytest.raises(Auth0Error) as refusal:
        delegated.get_token(target=closed.client_id, api_type="app", grant_type=JWT_BEARER, id_token=id_token)
    assert refusal.value.status_code == 403 and refusal.value.error_code == "access_denied"
    with pytest.raises(Auth0Error) as refusal:
        delegated.get_token(target=target.client_id, api_type="aws", grant_type=JWT_BEARER, id_token=id_token)
    assert refusal.value.status_code == 400
    assert {"sd", "fd"} <= set(acme.log_types(client_id=old_client.client_id))


def test_social_login_by_the_python_sdk_meets_no_provider(acme, old_client):
    with pytest.raises(Auth0Error) as refusal:
        Social(acme.domain, old_client.client_id).login("a token", "facebook")
    assert refusal.value.status_code == 400 and "connection was not found" in refusal.value.message


def test_sign_up_by_the_python_sdk_and_login_by_resource_owner(acme, old_client, ro):
    email = f"new-{secrets.token_hex(4)}@example.com"
    made = Database(acme.domain, old_client.client_id).signup(email, PASSWORD, CONNECTION)
    assert made["email"] == email
    assert ro(username=email).status_code == 200


def test_token_info_shows_the_profile(ro, post, ada):
    answer = post("tokeninfo", id_token=ro().json()["id_token"])
    assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json()["user_id"] == ada["user_id"] and answer.json()["global_client_id"]
    assert post("tokeninfo", id_token="a.b.c").status_code == 401


def test_t20_tokens_of_another_tenant_prove_nothing(globex, ro, service):
    id_token = ro().json()["id_token"]
    client = create_old_client(globex)
    http = session(service.ca_file)
    body = {"client_id": client.client_id, "grant_type": JWT_BEARER, "id_token": id_token}
    assert http.post(globex.url("delegation"), json=body, timeout=30).json()["error"] == "invalid_grant"
    assert http.post(globex.url("tokeninfo"), json={"id_token": id_token}, timeout=30).status_code == 401


# Small things

def test_health_checks_and_the_mobile_page(acme, http):
    assert isinstance(http.get(acme.url("test"), timeout=30).json()["clock"], int)
    assert http.get(acme.url("testall"), timeout=30).text == "OK"
    assert "text/html" in http.get(acme.url("mobile"), timeout=30).headers["Content-Type"]
    assert http.get(acme.url("user/geoloc/country"), timeout=30).json() == {}


def test_the_signing_certificate_as_files(acme, http):
    x5c = acme.jwks()["keys"][0]["x5c"][0]
    assert base64.b64decode(x5c) == http.get(acme.url("cer"), timeout=30).content
    assert http.get(acme.url("pem"), timeout=30).text.startswith("-----BEGIN CERTIFICATE-----")
    assert "PKCS7" in http.get(acme.url("pb7"), timeout=30).text


def test_the_settings_of_the_tenant(acme, http, old_client):
    script = http.get(acme.url(f"tenants/v1/{quote(acme.name)}.js"), timeout=30).text
    settings = json.loads(re.fullmatch(r"Auth0\.setTenant\((.*)\);", script)[1])
    assert settings["connections"]["database"][0]["name"] == CONNECTION
    assert settings["clientsConnections"][old_client.client_id][0] == CONNECTION
    assert http.get(acme.url("tenants/v1/another.js"), timeout=30).status_code == 404


def test_an_administrator_sees_the_application_as_its_user(acme, ada, person, http):
    client = create_old_client(acme)
    admin = acme.create_user(email="support@example.com")
    found = acme.api("GET", "/clients?is_global=true").json()[0]
    token = acme.token(grant_type="client_credentials", client_id=found["client_id"],
                       client_secret=found["client_secret"]).json()["access_token"]
    body = {"protocol": "oauth2", "impersonator_id": admin["user_id"], "client_id": client.client_id,
            "additionalParameters": {"response_type": "code", "state": "s", "scope": "openid email",
                                     "callback_url": client.callback}}
    url = acme.url(f"users/{quote(ada['user_id'])}/impersonate")
    assert http.post(url, json=body, headers={"Authorization": "Bearer x"}, timeout=30).status_code == 401
    answer = http.post(url, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert answer.status_code == 200, answer.text
    told = callback_of(person.open(answer.text))
    profile = acme.userinfo(acme.redeem(client, told["code"]).json()["access_token"]).json()
    assert profile["sub"] == ada["user_id"] and profile["impersonated"] is True
    assert profile["impersonator"] == {"user_id": admin["user_id"], "email": admin["email"]}
    assert is_error_page(person.open(answer.text))
