"""Authorization requests that a client sends ahead of its user (RFC 9126)."""
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

import pytest

from product import PASSWORD, Pkce, callback_of, is_error_page, session


@pytest.fixture(scope="module")
def strict(acme):
    """A confidential client that requires pushing."""
    return acme.create_web_client(
        callbacks=["https://web.example.com/cb"], require_pushed_authorization_requests=True)


@pytest.fixture(scope="module")
def push(acme, service):
    def send(client, auth=None, **parameters):
        form = {
            "response_type": "code", "redirect_uri": client.callback, "scope": "openid email", "state": "s",
            **({} if auth else client.credentials), **parameters,
        }
        return session(service.ca_file).post(
            acme.url("oauth/par"), data={k: v for k, v in form.items() if v is not None}, auth=auth, timeout=30)

    return send


def go(person, acme, client, uri, **more):
    query = urlencode({"client_id": client.client_id, "request_uri": uri, **more}, quote_via=quote)
    return person.open(acme.url(f"authorize?{query}"))


def test_discovery_names_the_endpoint(acme):
    document = acme.discovery()
    assert document["pushed_authorization_request_endpoint"] == acme.url("oauth/par")
    assert document["request_uri_parameter_supported"] is False


def test_a_pushed_request_leads_to_tokens(acme, strict, push, person, ada):
    pkce = Pkce()
    pushed = push(strict, code_challenge=pkce.challenge, code_challenge_method="S256", state="pushed")
    assert pushed.status_code == 201 and "no-store" in pushed.headers["Cache-Control"]
    body = pushed.json()
    assert body["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert 60 <= body["expires_in"] <= 600
    login = go(person, acme, strict, body["request_uri"], state="from the browser", redirect_uri="https://evil.example/")
    answered = callback_of(person.submit(login, username=ada["email"], password=PASSWORD))
    assert answered["state"] == "pushed"
    assert acme.redeem(strict, answered["code"], pkce).status_code == 200


def test_a_name_is_good_once_even_in_parallel(acme, strict, push, someone):
    uri = push(strict).json()["request_uri"]
    people = [someone() for _ in range(4)]
    with ThreadPoolExecutor(4) as parallel:
        answers = list(parallel.map(lambda person: go(person, acme, strict, uri), people))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]


def test_a_name_belongs_to_its_client_and_tenant(acme, acme_eu, strict, web, push, person):
    uri = push(strict).json()["request_uri"]
    assert is_error_page(go(person, acme, web, uri))
    assert is_error_page(go(person, acme_eu, strict, uri))


def test_a_client_that_requires_pushing_refuses_the_browsers_own_request(acme, strict, person):
    assert callback_of(person.authorize(acme, strict))["error"] == "invalid_request"


@pytest.mark.parametrize("change,error", [
    ({"redirect_uri": "https://evil.example/cb"}, "invalid_request"),
    ({"response_type": "nonsense"}, "unsupported_response_type"),
    ({"response_type": None}, "invalid_request"),
    ({"audience": "urn:nothing"}, "access_denied"),
    ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
    ({"client_secret": "wrong"}, "access_denied"),
])
def test_what_authorize_would_refuse_is_refused_at_once(push, strict, change, error):
    answer = push(strict, **change)
    assert answer.status_code >= 400 and answer.json()["error"] == error, answer.text


@pytest.mark.parametrize("uri", ["http://169.254.169.254/", "file:///etc/passwd", "https://evil.example/r"])
def test_t32_no_other_request_uri_is_followed(acme, spa, person, uri):
    assert callback_of(person.authorize(acme, spa, request_uri=uri))["error"] == "invalid_request"


def test_the_management_api_keeps_the_setting(acme, strict):
    assert acme.api("GET", f"/clients/{strict.client_id}").json()["require_pushed_authorization_requests"] is True
    assert acme.api("PATCH", f"/clients/{strict.client_id}",
                    {"require_pushed_authorization_requests": "yes"}).status_code == 400
