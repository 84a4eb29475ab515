"""Three tenants that share a name or a machine, and nothing else."""
import ssl
from urllib.parse import urlsplit

import pytest

from product import CALLBACK, Client, Person, Pkce, is_error_page, page_of
from wire import Refused, connect, read_answer


class Inhabitant:
    """A tenant with one client, one user and one login."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.client = tenant.create_client()
        self.user = tenant.create_user(email="same@example.com")
        self.person = Person(tenant.service.ca_file)
        self.tokens = self.person.tokens(tenant, self.client, "same@example.com",
                                         scope="openid profile email offline_access")

    def code(self):
        """A fresh code by single sign-on."""
        pkce = Pkce()
        answered = self.person.log_in(self.tenant, self.client, self.user["email"], code_challenge=pkce.challenge,
                                      code_challenge_method="S256")
        return answered["code"], pkce

    def cookies(self):
        return {cookie.name: cookie.value for cookie in self.person.http.cookies}


@pytest.fixture(scope="module")
def inhabitants(acme, acme_eu, dedicated):
    return {"us": Inhabitant(acme), "eu": Inhabitant(acme_eu), "dedicated": Inhabitant(dedicated)}


PAIRS = [(a, b) for a in ("us", "eu", "dedicated") for b in ("us", "eu", "dedicated") if a != b]


@pytest.fixture(params=PAIRS, ids=[f"{a}-to-{b}" for a, b in PAIRS])
def pair(request, inhabitants):
    """The tenant something was made at, and the one it is brought to."""
    home, abroad = request.param
    return inhabitants[home], inhabitants[abroad]


def test_H14_T20_a_session_cookie_opens_nothing_elsewhere(pair, someone):
    home, abroad = pair
    stranger = someone()
    for name, value in home.cookies().items():
        stranger.http.cookies.set(name, value, domain=abroad.tenant.host, path="/", secure=True)
    answer = stranger.authorize(abroad.tenant, abroad.client, prompt="none")
    assert "error=login_required" in answer.headers["Location"]


def test_H14_cookies_are_bound_to_the_host(pair):
    home, _ = pair
    for cookie in home.person.http.cookies:
        assert not cookie.domain_specified, f"{cookie.name} has a Domain attribute"
        assert cookie.secure, f"{cookie.name} is not Secure"


def test_T20_a_code_buys_nothing_elsewhere(pair):
    home, abroad = pair
    code, pkce = home.code()
    refused = abroad.tenant.redeem(Client(abroad.client.client_id), code, pkce, redirect_uri=CALLBACK)
    assert (refused.status_code, refused.json()["error"]) == (403, "invalid_grant")
    assert home.tenant.redeem(home.client, code, pkce).status_code == 200


def test_T20_an_access_token_opens_nothing_elsewhere(pair):
    home, abroad = pair
    refused = abroad.tenant.userinfo(home.tokens["access_token"])
    assert (refused.status_code, refused.text) == (401, "Unauthorized")
    assert home.tenant.userinfo(home.tokens["access_token"]).status_code == 200


def test_T20_a_refresh_token_buys_nothing_elsewhere(pair):
    home, abroad = pair
    refused = abroad.tenant.refresh(abroad.client, home.tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (403, "invalid_grant")


def test_M4_a_management_token_manages_nothing_elsewhere(pair):
    home, abroad = pair
    for path in ("/clients", "/users", f"/clients/{home.client.client_id}", "/logs"):
        refused = abroad.tenant.api("GET", path, token=home.tenant.management_token())
        assert refused.status_code == 401, refused.text


def test_M4_another_tenants_ids_look_like_ids_that_never_were(pair):
    home, abroad = pair
    foreign = abroad.tenant.api("GET", f"/clients/{home.client.client_id}")
    unknown = abroad.tenant.api("GET", "/clients/" + "x" * 32)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json() == unknown.json()


def test_U8_a_client_id_is_unknown_elsewhere(pair, someone):
    home, abroad = pair
    refused = someone().authorize(abroad.tenant, home.client)
    assert is_error_page(refused)
    assert home.client.client_id in refused.text or "client" in refused.text.lower()
    assert urlsplit(refused.url).hostname == abroad.tenant.host


def test_a_management_client_gets_no_token_elsewhere(pair):
    home, abroad = pair
    refused = abroad.tenant.token(grant_type="client_credentials", audience=abroad.tenant.url("api/v2/"),
                                  **home.tenant.management_client)
    assert refused.status_code in (401, 403)
    assert "access_token" not in refused.text


def test_a_user_cannot_log_in_with_the_password_of_the_other_tenant(acme, acme_eu, someone):
    acme.create_user(email="only-us@example.com", password="Only-In-The-Us-1")
    client = acme_eu.create_client()
    page = someone()
    answer = page.submit(page.authorize(acme_eu, client), username="only-us@example.com", password="Only-In-The-Us-1")
    assert answer.status_code < 500
    assert "Location" not in answer.headers
    assert page_of(answer).forms


def test_H1_a_connection_made_for_one_tenant_serves_no_other(pair, service):
    home, abroad = pair
    request = f"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: {abroad.tenant.domain}\r\n\r\n".encode()
    with connect(service.https_port, service.ca_file, home.tenant.host) as connection:
        connection.sendall(request)
        answer, _ = read_answer(connection)
    assert answer.status == 421
    for tenant in (home.tenant, abroad.tenant):
        assert tenant.issuer.encode() not in answer.body


def test_H19_a_resumed_session_serves_only_the_name_it_was_made_for(pair, service):
    home, abroad = pair
    context = ssl.create_default_context(cafile=service.ca_file)
    context.check_hostname = False
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # Python resumes sessions of TLS 1.2 reliably.
    import socket

    def shake_hands(sni, host, session=None):
        plain = socket.create_connection(("127.0.0.1", service.https_port), 10)
        with context.wrap_socket(plain, server_hostname=sni, session=session) as connection:
            connection.sendall(f"GET /.well-known/jwks.json HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            return connection.session, read_answer(connection)[0]

    ticket, answer = shake_hands(home.tenant.host, home.tenant.domain)
    assert answer.status == 200
    try:
        _, answer = shake_hands(abroad.tenant.host, home.tenant.domain, ticket)
    except (ssl.SSLError, Refused):
        return
    assert answer.status == 421


def test_the_refused_leave_no_trace_in_the_other_tenants_log(acme, acme_eu, someone):
    client = acme.create_client(name="Only known in the us")
    someone().authorize(acme_eu, client)
    assert "Only known in the us" not in str(acme_eu.logs())
    assert acme.host not in str(acme_eu.logs())


def test_the_same_email_is_two_people(inhabitants):
    ids = {inhabitant.user["user_id"] for inhabitant in inhabitants.values()}
    assert len(ids) == len(inhabitants)
