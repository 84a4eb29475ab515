"""Abuse cases U: where a browser may be sent, and who may call from a page."""
from urllib.parse import quote, urlencode

import pytest

from product import is_error_page, session

ALLOWED_ORIGIN = "https://app.example.com"


def authorize(tenant, client, http, **parameters):
    query = {"client_id": client.client_id, "response_type": "code", "scope": "openid", "state": "s", **parameters}
    return http.get(tenant.url(f"authorize?{urlencode(query, quote_via=quote)}"), allow_redirects=False)


def refused(tenant, client, http, redirect_uri):
    answer = authorize(tenant, client, http, redirect_uri=redirect_uri)
    assert is_error_page(answer), f"{redirect_uri!r}: {answer.status_code} {answer.headers.get('Location')}"
    return answer


@pytest.fixture
def http(service):
    return session(service.ca_file)


@pytest.mark.parametrize("url", [
    "https://app.example.com.evil.example/cb", "https://app.example.comevil/cb", "https://evilapp.example.com/cb",
    "https://app.example.com@evil.example/cb", "https://evil.example#@app.example.com/cb",
    "https://evil.example\\@app.example.com/cb", "https://evil.example%2f@app.example.com/cb",
    "https:/app.example.com/cb", "https:app.example.com/cb", "//app.example.com/cb", "\\\\app.example.com/cb",
    "https://app.example.com\\.evil.example/cb", "https://app.example.com:443@evil.example/",
])
def test_U1_a_lookalike_of_the_callback_is_refused(acme, spa, http, url):
    refused(acme, spa, http, url)


@pytest.mark.parametrize("url", [
    "https://app.example.com/cb/../evil", "https://app.example.com/cb%2f..", "https://app.example.com/cb/",
    "https://app.example.com/CB", "https://app.example.com/cb?x=1", "https://app.example.com/cb;x",
    "https://app.example.com/cb#frag", "https://app.example.com/cb ", "https://app.example.com/cb\n",
    "ht\ttps://app.example.com/cb", " https://app.example.com/cb", "",
])
def test_U2_another_path_query_or_fragment_is_refused(acme, spa, http, url):
    if url == "":
        # An empty value is no value: the first callback is used, or it is refused; nothing else.
        answer = authorize(acme, spa, http, redirect_uri=url)
        assert is_error_page(answer) or answer.status_code in (302, 303)
        return
    refused(acme, spa, http, url)


@pytest.mark.parametrize("url", [
    "http://app.example.com/cb", "https://app.example.com:8443/cb", "javascript:alert(1)//app.example.com/cb",
    "data:text/html,x", "vbscript:x", "file:///cb",
])
def test_U3_another_scheme_or_port_is_refused(acme, spa, http, url):
    refused(acme, spa, http, url)


@pytest.mark.parametrize("url", ["https://app.example.com:443/cb", "HTTPS://APP.EXAMPLE.COM/cb"])
def test_U3_the_same_callback_written_otherwise_is_accepted(acme, spa, http, url):
    answer = authorize(acme, spa, http, redirect_uri=url, prompt="none")
    assert answer.status_code in (302, 303)
    assert answer.headers["Location"].lower().startswith("https://app.example.com")
    assert "login_required" in answer.headers["Location"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"])
def test_U3_a_dangerous_scheme_cannot_be_registered(acme, url):
    answer = acme.api("POST", "/clients", {"name": "bad", "callbacks": [url]})
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "invalid_body")


@pytest.mark.parametrize("url", [
    "https://spa.example.com/cb", "https://a.b.spa.example.com/cb", "https://evil.example/.spa.example.com/cb",
    "https://evil.example?.spa.example.com/cb", "https://evil.example#.spa.example.com/cb",
    "https://evil.example\\.spa.example.com/cb", "https://a%2eb.spa.example.com/cb", "https://a_b@x.spa.example.com",
    "https://*.spa.example.com/cb", "https://.spa.example.com/cb", "https://-.spa.example.com/cb",
    "https://a\u3002spa.example.com/cb", "https://x.\u24e2pa.example.com/cb", "https://a%E3%80%82b.spa.example.com/cb",
    "http://x.spa.example.com/cb",
])
def test_U4_a_wildcard_covers_one_label_only(acme, spa, http, url):
    refused(acme, spa, http, url)


def test_U4_one_label_passes(acme, spa, http):
    answer = authorize(acme, spa, http, redirect_uri="https://x.spa.example.com/cb", prompt="none")
    assert answer.headers["Location"].startswith("https://x.spa.example.com/cb?")


@pytest.mark.parametrize("callbacks", [
    ["https://*"], ["https://*.com"], ["*"], ["https://a.*.example.com"], ["https://*.*.example.com"],
    ["https://example.com/*"], ["https://user:pw@example.com/cb"], ["https://example.com/\r\nX: y"],
    [f"https://example.com/{n}" for n in range(101)], ["https://example.com/" + "a" * 10240],
], ids=str)
def test_U5_an_entry_that_can_only_do_harm_is_refused_on_save(acme, callbacks):
    for field in ("callbacks", "allowed_logout_urls", "allowed_origins"):
        answer = acme.api("POST", "/clients", {"name": "bad", field: callbacks})
        assert (answer.status_code, answer.json()["errorCode"]) == (400, "invalid_body"), field


def test_U5_an_entry_without_scheme_is_savable_and_means_https(acme, http):
    client = acme.create_client(callbacks=["*.google.com"])
    answer = authorize(acme, client, http, redirect_uri="https://mail.google.com", prompt="none")
    assert answer.headers["Location"].startswith("https://mail.google.com")
    refused(acme, client, http, "http://mail.google.com")


@pytest.mark.parametrize("url", [
    "http://localhost.evil.example:3000/cb", "http://127.0.0.1:3000/cb", "http://localhost:3001/cb",
    "http://[::1]:3000/cb", "http://localhost:3000@evil.example/cb", "https://localhost:3000/cb",
])
def test_U6_localhost_is_a_host_like_any_other(acme, spa, http, url):
    refused(acme, spa, http, url)


@pytest.mark.parametrize("order", [
    ("https://app.example.com/cb", "https://evil.example/cb"), ("https://evil.example/cb", "https://app.example.com/cb"),
    ("https://app.example.com/cb", "https://app.example.com/cb"),
])
def test_U7_two_redirect_uris_are_none(acme, spa, http, order):
    query = urlencode([("client_id", spa.client_id), ("response_type", "code"), ("scope", "openid"),
                       *(("redirect_uri", url) for url in order)])
    assert is_error_page(http.get(acme.url(f"authorize?{query}"), allow_redirects=False))


@pytest.mark.parametrize("client_id", ["", "nosuch", "x" * 32, "<script>alert(1)</script>", "' OR 1=1--", "a" * 5000])
def test_U8_an_unknown_client_gets_an_error_page(acme, http, client_id):
    query = urlencode({"client_id": client_id, "response_type": "code", "redirect_uri": "https://evil.example/cb"})
    answer = http.get(acme.url(f"authorize?{query}"), allow_redirects=False)
    assert is_error_page(answer)
    assert "<script>alert" not in answer.text
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_U8_a_client_of_another_tenant_a_deleted_and_an_unknown_one_look_alike(acme, globex, http):
    foreign = globex.create_client()
    deleted = acme.create_client()
    acme.api("DELETE", f"/clients/{deleted.client_id}")

    def seen(client_id):
        query = urlencode({"client_id": client_id, "response_type": "code", "redirect_uri": "https://app.example.com/cb"})
        answer = http.get(acme.url(f"authorize?{query}"), allow_redirects=False)
        assert is_error_page(answer)
        tracking = answer.headers.get("X-Auth0-RequestId", "-")
        return answer.status_code, answer.text.replace(client_id, "ID").replace(tracking, "TRACKING")

    assert seen(foreign.client_id) == seen(deleted.client_id) == seen("x" * 32)


@pytest.mark.parametrize("url", [
    "https://evil.example", "https://app.example.com.evil.example/bye", "https://app.example.com@evil.example/bye",
    "https://evil.example\\@app.example.com/bye", "//app.example.com/bye", "https:app.example.com/bye",
    "javascript:alert(1)", "http://app.example.com/bye", "https://app.example.com/bye/more",
])
def test_U9_logout_sends_nobody_to_a_url_that_is_not_listed(acme, spa, http, url):
    query = urlencode({"client_id": spa.client_id, "returnTo": url})
    assert is_error_page(http.get(acme.url(f"v2/logout?{query}"), allow_redirects=False))


def test_U9_the_list_of_another_client_does_not_count(acme, spa, http):
    other = acme.create_client(allowed_logout_urls=["https://other.example.com/bye"])
    query = urlencode({"client_id": spa.client_id, "returnTo": "https://other.example.com/bye"})
    assert is_error_page(http.get(acme.url(f"v2/logout?{query}"), allow_redirects=False))
    query = urlencode({"client_id": other.client_id, "returnTo": "https://other.example.com/bye"})
    assert http.get(acme.url(f"v2/logout?{query}"), allow_redirects=False).status_code in (302, 303)


def test_U9_a_clients_url_needs_its_client_id(acme, spa, http):
    query = urlencode({"returnTo": "https://app.example.com/bye"})
    assert is_error_page(http.get(acme.url(f"v2/logout?{query}"), allow_redirects=False))


def test_U9_two_return_urls_are_none(acme, spa, http):
    query = urlencode([("client_id", spa.client_id), ("returnTo", "https://app.example.com/bye"),
                       ("returnTo", "https://evil.example/")])
    assert is_error_page(http.get(acme.url(f"v2/logout?{query}"), allow_redirects=False))


def test_U9_query_and_hash_of_the_return_url_do_not_matter(acme, spa, http):
    target = "https://app.example.com/bye?a=1#b"
    answer = http.get(acme.url(f"v2/logout?{urlencode({'client_id': spa.client_id, 'returnTo': target})}"),
                      allow_redirects=False)
    assert answer.status_code in (302, 303)
    assert answer.headers["Location"] == target


def test_U10_logout_ends_the_session_of_this_host_only(acme, globex, spa, ada, person):
    other = globex.create_client()
    user = globex.create_user()
    person.tokens(acme, spa, ada["email"])
    person.tokens(globex, other, user["email"])
    assert person.open(acme.url("v2/logout")).status_code == 200
    assert "login_required" in person.authorize(acme, spa, prompt="none").headers["Location"]
    assert "code=" in person.authorize(globex, other, prompt="none").headers["Location"]


@pytest.mark.parametrize("origin", [
    "null", "https://app.example.com.evil.example", "https://evilapp.example.com", "http://app.example.com",
    "https://app.example.com:8443", "https://app.example.com/", "https://app.example.com evil", "file://",
    "chrome-extension://abcdef", "https://APP.example.com@evil.example", "https://x.y.spa.example.com",
])
def test_U11_a_page_of_another_origin_is_refused(acme, spa, http, origin):
    body = {"grant_type": "refresh_token", "client_id": spa.client_id, "refresh_token": "x"}
    answer = http.post(acme.url("oauth/token"), json=body, headers={"Origin": origin})
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.text == f"Origin {origin} is not allowed."
    assert "Access-Control-Allow-Origin" not in answer.headers
    events = [event for event in acme.logs() if event["type"] == "fco"]
    assert origin in str(events), events


def test_U11_two_origins_are_refused(wire, acme, spa):
    body = b'{"grant_type":"refresh_token","client_id":"%s","refresh_token":"x"}' % spa.client_id.encode()
    head = (f"POST /oauth/token HTTP/1.1\r\nHost: {acme.domain}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nOrigin: {ALLOWED_ORIGIN}\r\nOrigin: https://evil.example\r\n"
            "Connection: close\r\n\r\n")
    answer = wire.exchange(head.encode() + body, acme.host)
    assert answer.status in (400, 403)
    assert answer.header("Access-Control-Allow-Origin") is None


def preflight(tenant, http, origin, headers="content-type", path="oauth/token"):
    return http.options(tenant.url(path), headers={
        "Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": headers,
    })


def test_U12_a_preflight_of_an_unknown_origin_is_refused(acme, spa, http):
    answer = preflight(acme, http, "https://evil.example")
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("origin", [ALLOWED_ORIGIN, "https://x.spa.example.com", "http://localhost:3000"])
def test_U12_a_callbacks_origin_may_call_without_being_listed(acme, spa, http, origin):
    answer = preflight(acme, http, origin)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "origin" in answer.headers["Vary"].lower()
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "content-type" in answer.headers["Access-Control-Allow-Headers"].lower()
    body = {"grant_type": "refresh_token", "client_id": spa.client_id, "refresh_token": "x"}
    answer = http.post(acme.url("oauth/token"), json=body, headers={"Origin": origin})
    assert answer.status_code == 403 and answer.json()["error"] == "invalid_grant"
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "origin" in answer.headers["Vary"].lower()


def test_U12_the_origin_of_one_client_is_not_the_origin_of_another(acme, spa, http):
    acme.create_client(callbacks=["https://other-app.example.com/cb"])
    assert preflight(acme, http, "https://other-app.example.com").status_code == 204
    body = {"grant_type": "refresh_token", "client_id": spa.client_id, "refresh_token": "x"}
    answer = http.post(acme.url("oauth/token"), json=body, headers={"Origin": "https://other-app.example.com"})
    assert (answer.status_code, answer.text) == (403, "Origin https://other-app.example.com is not allowed.")


def test_U12_a_page_may_ask_to_call_the_management_api(acme, spa, http):
    path = "api/v2/users/auth0%7Cx"
    answer = preflight(acme, http, ALLOWED_ORIGIN, headers="authorization,auth0-client", path=path)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED_ORIGIN
    assert "origin" in answer.headers["Vary"].lower()
    assert {"GET", "PATCH"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"authorization", "content-type", "auth0-client"} <= set(allowed)
    assert answer.headers.get("Access-Control-Allow-Credentials", "false") == "false"
    refused = preflight(acme, http, "https://evil.example", path=path)
    assert (refused.status_code, refused.text) == (403, "Origin https://evil.example is not allowed.")
    assert "Access-Control-Allow-Origin" not in refused.headers
    nothing = preflight(acme, http, ALLOWED_ORIGIN, path="api/v2/nothing")
    assert nothing.status_code == 404 and "Access-Control-Allow-Origin" not in nothing.headers


def test_U12_an_open_endpoint_allows_everybody_without_credentials(acme, http):
    answer = http.get(acme.url(".well-known/jwks.json"), headers={"Origin": "https://anywhere.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers.get("Access-Control-Allow-Credentials", "false") == "false"


def test_U12_the_tenants_own_origin_is_always_allowed(acme, spa, http):
    body = {"grant_type": "refresh_token", "client_id": spa.client_id, "refresh_token": "x"}
    answer = http.post(acme.url("oauth/token"), json=body, headers={"Origin": acme.issuer.rstrip("/")})
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("field,value", [
    ("initiate_login_uri", "javascript:alert(1)"), ("cross_origin_loc", "javascript:alert(1)"),
    ("logo_uri", "javascript:alert(1)"), ("logo_uri", "https://x.example/\r\nX: y"),
])
def test_U14_a_dangerous_url_cannot_be_saved(acme, field, value):
    answer = acme.api("POST", "/clients", {"name": "bad", field: value})
    assert (answer.status_code, answer.json()["errorCode"]) == (400, "invalid_body")
