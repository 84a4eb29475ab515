"""Abuse cases H: which tenant a request reaches, and how the others stay out of sight."""
import json
import socket
import ssl
import time

import h2.config
import h2.connection
import h2.events
import pytest

from equal_times import as_long
from product import Person, is_error_page
from wire import Refused, read_answer

DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture(scope="module")
def suspended(create_tenant):
    return create_tenant("sleepy")


def unknown_answer(wire, acme):
    """What a name that leads nowhere is answered."""
    host = f"nosuch.localhost:{wire.service.https_port}"
    return wire.get(DISCOVERY, host)


def h2_exchange(connection, requests, events_until=None):
    """Sends requests, each a list of headers, on one HTTP/2 connection; stream id -> status or error."""
    h2_connection = h2.connection.H2Connection(h2.config.H2Configuration(
        client_side=True, header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False,
    ))
    h2_connection.initiate_connection()
    for number, headers in enumerate(requests):
        h2_connection.send_headers(1 + 2 * number, headers, end_stream=True)
    connection.sendall(h2_connection.data_to_send())
    outcome, waiting = {}, {1 + 2 * number for number in range(len(requests))}
    connection.settimeout(10)
    while waiting:
        data = connection.recv(65536)
        if not data:
            break
        for event in h2_connection.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                outcome[event.stream_id] = int(dict(event.headers)[":status"])
            elif isinstance(event, h2.events.StreamReset):
                outcome.setdefault(event.stream_id, event.error_code)
                waiting.discard(event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                waiting.discard(event.stream_id)
            elif isinstance(event, h2.events.ConnectionTerminated):
                outcome["goaway"] = event.error_code
                return outcome
        connection.sendall(h2_connection.data_to_send())
    return outcome


def h2_get(authority, path=DISCOVERY, extra=()):
    return [(":method", "GET"), (":scheme", "https"), (":authority", authority), (":path", path), *extra]


def test_H1_a_host_that_differs_from_the_server_name_is_misdirected(wire, acme, globex):
    answer = wire.get(DISCOVERY, globex.domain, sni=acme.host)
    assert answer.status == 421
    assert acme.issuer.encode() not in answer.body and globex.issuer.encode() not in answer.body


def test_H1_the_connection_is_closed_after_a_misdirected_request(wire, acme, globex):
    with wire.connect(acme.host) as connection:
        connection.sendall(f"GET {DISCOVERY} HTTP/1.1\r\nHost: {globex.domain}\r\n\r\n".encode())
        answer, _ = read_answer(connection)
        assert answer.status == 421
        connection.settimeout(5)
        assert connection.recv(1) == b""


def test_H2_only_the_misdirected_stream_of_a_coalesced_connection_is_refused(wire, acme, globex):
    with wire.connect(acme.host, alpn=("h2",)) as connection:
        outcome = h2_exchange(connection, [h2_get(acme.domain), h2_get(globex.domain), h2_get(acme.domain)])
    assert outcome == {1: 200, 3: 421, 5: 200}


def test_H3_the_case_of_a_host_does_not_matter_and_the_issuer_is_canonical(wire, acme):
    port = wire.service.https_port
    answer = wire.get(DISCOVERY, f"ACME.LocalHost:{port}", sni="acme.localhost")
    assert answer.status == 200
    assert json.loads(answer.body)["issuer"] == acme.issuer


def test_H4_a_trailing_dot_is_the_same_tenant_or_refused(wire, acme):
    port = wire.service.https_port
    answer = wire.get(DISCOVERY, f"acme.localhost.:{port}", sni="acme.localhost")
    assert answer.status in (200, 400, 421)
    if answer.status == 200:
        assert json.loads(answer.body)["issuer"] == acme.issuer


@pytest.mark.parametrize("port", ["{own}", "443", "1"])
def test_H5_the_issuer_never_comes_from_the_port_of_the_header(wire, acme, port):
    port = port.format(own=wire.service.https_port)
    answer = wire.get(DISCOVERY, f"acme.localhost:{port}", sni="acme.localhost")
    if port == str(wire.service.https_port):
        assert answer.status == 200
    assert answer.status in (200, 421)
    if answer.status == 200:
        assert json.loads(answer.body)["issuer"] == acme.issuer


@pytest.mark.parametrize("port", [":", ":99999", ":8443x", ":08443", ":-1", ":0", ":+443", ": 443", ":443:443"])
def test_H5_a_malformed_port_is_refused(wire, acme, port):
    assert wire.get(DISCOVERY, f"acme.localhost{port}", sni="acme.localhost").status == 400


def test_H6_a_raw_cyrillic_host_is_refused_and_its_punycode_unknown(wire, acme):
    port = wire.service.https_port
    assert wire.get(DISCOVERY, f"\u0430cme.localhost:{port}", sni="acme.localhost", utf8=True).status == 400
    unknown = unknown_answer(wire, acme)
    punycode = wire.get(DISCOVERY, f"xn--cme-7cd.localhost:{port}")
    assert (punycode.status, punycode.body) == (unknown.status, unknown.body)


@pytest.mark.parametrize("host", [
    "ac\x00me.localhost", "ac me.localhost", "acme.localhost\t.x", "acme%00.localhost", "acme%2elocalhost",
    "acme/.localhost", "acme\\.localhost", "user@acme.localhost", "acme.localhost,globex.localhost", "acme#.localhost",
    "<acme>.localhost", "'acme.localhost", "ac_me.localhost", ".acme.localhost", "acme..localhost", "-acme.localhost",
    "a" * 64 + ".localhost", "acme.localhost..",
])
def test_H7_a_host_with_forbidden_characters_is_refused(wire, acme, host):
    answer = wire.get(DISCOVERY, host, sni="acme.localhost")
    assert answer.status == 400
    assert acme.issuer.encode() not in answer.body


def test_H8_an_absolute_target_wins_over_the_host(wire, acme, globex):
    request = f"GET https://{globex.domain}{DISCOVERY} HTTP/1.1\r\nHost: {acme.domain}\r\nConnection: close\r\n\r\n"
    answer = wire.exchange(request, acme.host)
    assert answer.status in (421, 400)
    assert globex.issuer.encode() not in answer.body


def test_H8_an_absolute_target_of_the_tenant_with_a_foreign_host_is_never_mixed(wire, acme, globex):
    request = f"GET https://{acme.domain}{DISCOVERY} HTTP/1.1\r\nHost: {globex.domain}\r\nConnection: close\r\n\r\n"
    answer = wire.exchange(request, acme.host)
    assert answer.status in (200, 400)
    assert globex.issuer.encode() not in answer.body


@pytest.mark.parametrize("header", [
    "X-Forwarded-Host: globex.localhost", "Forwarded: host=globex.localhost;proto=http", "X-Original-URL: /api/v2/x",
    "X-Host: globex.localhost", "X-Forwarded-Proto: http", "X-Forwarded-For: 1.2.3.4", "X-Rewrite-URL: /other",
])
def test_H9_forwarding_headers_of_a_stranger_are_ignored(wire, acme, header):
    answer = wire.get(DISCOVERY, acme.domain, headers=[header])
    assert answer.status == 200
    assert json.loads(answer.body)["issuer"] == acme.issuer


def test_H9_the_log_holds_the_address_of_the_socket(acme, spa, service):
    stranger = Person(service.ca_file, address="127.77.0.9")
    stranger.http.headers["X-Forwarded-For"] = "1.2.3.4"
    user = acme.create_user()
    stranger.tokens(acme, spa, user["email"])
    event = next(e for e in acme.logs() if e["type"] == "s" and e.get("user_id") == user["user_id"])
    assert event["ip"] == "127.77.0.9"


@pytest.mark.parametrize("hosts", [
    "Host: {a}\r\nHost: {b}", "Host: {a}\r\nHost: {a}", "X: y", "Host: {a},{b}", "Host: {a}\r\n Host: {b}", "Host:",
])
def test_H10_an_ambiguous_or_absent_host_is_refused(wire, acme, globex, hosts):
    lines = hosts.format(a=acme.domain, b=globex.domain)
    answer = wire.exchange(f"GET {DISCOVERY} HTTP/1.1\r\n{lines}\r\nConnection: close\r\n\r\n", acme.host)
    assert answer.status == 400


def test_H10_http2_refuses_a_host_beside_another_authority(wire, acme, globex):
    with wire.connect(acme.host, alpn=("h2",)) as connection:
        outcome = h2_exchange(connection, [h2_get(acme.domain, extra=[("host", globex.domain)])])
    assert outcome.get(1) in (400, 421, 1) or "goaway" in outcome
    assert outcome.get(1) != 200


def test_H11_http10_without_host_never_reaches_a_default_tenant(wire, acme):
    answer = wire.exchange(f"GET {DISCOVERY} HTTP/1.0\r\n\r\n", acme.host)
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert json.loads(answer.body)["issuer"] == acme.issuer


@pytest.mark.parametrize("host", [
    "other.localhost", "auth0.com", "www.auth0.com", "manage.auth0.com", "cdn.auth0.com", "localhost", "127.0.0.1",
    "[::1]", "login.elsewhere.example",
])
def test_H12_all_unknown_names_are_answered_alike(wire, acme, host):
    unknown = unknown_answer(wire, acme)
    assert unknown.status in (404, 421)
    sni = "" if host in ("127.0.0.1", "[::1]") else host
    try:
        answer = wire.get(DISCOVERY, f"{host}:{wire.service.https_port}", sni=sni)
    except (ssl.SSLError, Refused, ConnectionError):
        return  # A handshake alert tells as little.
    assert answer.status in (404, 421)
    if answer.status == unknown.status:
        assert answer.body == unknown.body


def test_H12_a_tenant_is_not_reached_without_server_name(wire, acme):
    try:
        answer = wire.get(DISCOVERY, acme.domain, sni="")
    except (ssl.SSLError, Refused, ConnectionError):
        return
    assert answer.status == 421
    assert acme.issuer.encode() not in answer.body


def test_H12_an_unknown_name_gets_no_private_certificate(wire, dedicated):
    with pytest.MonkeyPatch.context():
        try:
            with wire.connect("nosuch.example", verify=True) as connection:
                certificate = connection.getpeercert()
        except (ssl.SSLError, ConnectionError):
            return
    names = [name for _, name in certificate.get("subjectAltName", ())]
    assert "login.acme.test" not in names


def test_H12_unknown_names_are_answered_as_fast_as_one_another(wire):
    def took(host):
        with wire.connect(host) as connection:
            began = time.perf_counter()
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}:{wire.service.https_port}\r\n\r\n".encode())
            read_answer(connection)
            return time.perf_counter() - began

    as_long(lambda _: took("nosuch1.localhost"), lambda _: took("www.localhost"), least=0.01)


@pytest.mark.parametrize("host", [
    "x.acme.localhost", "acme.eu.eu.auth0.com", "a.b.eu.auth0.com", "eu.auth0.com", "acme.zz.auth0.com",
])
def test_H13_names_with_too_many_labels_are_unknown(wire, acme, acme_eu, host):
    unknown = unknown_answer(wire, acme)
    try:
        answer = wire.get(DISCOVERY, f"{host}:{wire.service.https_port}")
    except (ssl.SSLError, Refused, ConnectionError):
        return
    assert (answer.status, answer.body) == (unknown.status, unknown.body)


@pytest.mark.parametrize("name", [
    "../B", "a/b", "a%2fb", ".", "..", "a..b", "CON", "-a", "a-", "a" * 64, "a\nb", "sqlite_", "xn--a", "login", "admin",
    "cdn", "www", "manage", "eu", "au", "us", "", "A b", "é",
])
def test_H15_a_name_that_is_no_account_name_creates_nothing(service, name):
    before = {str(path) for path in service.data.parent.rglob("*")}
    done = service.operate("tenant", "create", "--", name, check=False) if name.startswith("-") else service.operate(
        "tenant", "create", name, check=False)
    assert done.returncode != 0
    assert done.stderr.strip(), "a sentence tells what is wrong"
    new = {str(path) for path in service.data.parent.rglob("*")} - before
    # Spare copies and journals may come and go; a shard named after the request may not.
    assert not [path for path in new if name.strip(".") and name in path]


def test_H16_a_suspended_tenant_has_one_answer_for_everything(service, suspended, someone, acme):
    client = suspended.create_client()
    user = suspended.create_user()
    tokens = someone().tokens(suspended, client, user["email"])
    management_token = suspended.management_token()
    service.operate("tenant", "suspend", suspended.name)
    try:
        http = someone().http
        answers = [
            http.get(suspended.url(path), headers=headers, allow_redirects=False)
            for path, headers in [
                (DISCOVERY, {}), ("/.well-known/jwks.json", {}), ("/login", {}), ("/nothing", {}),
                (f"/authorize?client_id={client.client_id}&response_type=code", {}),
                ("/userinfo", {"Authorization": f"Bearer {tokens['access_token']}"}),
                ("/api/v2/clients", {"Authorization": f"Bearer {management_token}"}),
            ]
        ]
        answers.append(suspended.token(grant_type="refresh_token", refresh_token="x", client_id=client.client_id))
        assert {answer.status_code for answer in answers} == {403}
        assert len({answer.content for answer in answers}) == 1
        assert acme.http.get(acme.url(DISCOVERY)).status_code == 200
    finally:
        service.operate("tenant", "resume", suspended.name)
    assert suspended.userinfo(tokens["access_token"]).json()["sub"] == user["user_id"]


def test_H17_a_tenant_created_again_under_the_same_name_knows_nothing_of_the_first(service, create_tenant, someone):
    first = create_tenant("phoenix")
    client = first.create_client()
    user = first.create_user()
    visitor = someone()
    tokens = visitor.tokens(first, client, user["email"], scope="openid offline_access")
    service.operate("tenant", "delete", "phoenix", "--yes")
    gone = first.http.get(first.url(DISCOVERY))
    assert gone.status_code in (403, 404, 421)
    done = service.operate("tenant", "create", "phoenix", "--management-client", check=False)
    if done.returncode != 0:
        pytest.skip(f"the name is kept while the first can be restored: {done.stderr.strip()}")
    second = first.at(first.domain)
    second.management_client = json.loads(done.stdout)["management_client"]
    second._token = None
    assert second.userinfo(tokens["access_token"]).status_code == 401
    assert second.api("GET", "/clients", token=first.management_token()).status_code == 401
    assert second.refresh(client, tokens["refresh_token"]).status_code in (401, 403)
    again = second.create_client()
    assert is_error_page(visitor.authorize(second, client))
    assert "login_required" in visitor.authorize(second, again, prompt="none").headers["Location"]


@pytest.mark.parametrize("host", ["login.acme.test", "acme.auth0.com", "*.acme.test", "x.auth0.com", "a b", ""])
def test_H18_a_domain_that_is_taken_or_not_ours_to_give_is_refused(service, dedicated, create_tenant, host):
    other = create_tenant(dedicated=True)
    assert service.operate("domain", "add", other.name, host, check=False).returncode != 0
    assert dedicated.discovery()["issuer"] == dedicated.issuer


def test_H18_a_shared_tenant_gets_no_custom_domain(service, globex):
    done = service.operate("domain", "add", globex.name, "login.globex.test", check=False)
    assert done.returncode != 0
    assert "dedicated" in done.stderr.lower()


def test_the_plain_listener_only_redirects_to_https(service, acme):
    with socket.create_connection(("127.0.0.1", service.http_port), 5) as connection:
        connection.sendall(f"GET /authorize?x=1 HTTP/1.1\r\nHost: acme.localhost:{service.http_port}\r\n\r\n".encode())
        answer, _ = read_answer(connection)
    assert answer.status in (301, 302, 307, 308)
    assert answer.header("Location") == acme.url("authorize?x=1")


def test_the_plain_listener_redirects_to_no_unknown_name(service, acme):
    with socket.create_connection(("127.0.0.1", service.http_port), 5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        answer, _ = read_answer(connection)
    assert answer.status in (400, 404, 421)
    assert answer.header("Location") is None


def test_O1_the_admin_port_is_not_reached_through_the_public_listener(service, wire, acme):
    for path, host in [("/tenants", acme.domain), ("/tenants", "admin.localhost"), ("/metrics", acme.domain),
                       ("/tenants", f"127.0.0.1:{service.admin_port}")]:
        answer = wire.get(path, host, sni=acme.host, headers=[f"Authorization: Bearer {service.admin_token}"])
        assert answer.status in (400, 404, 421), (path, host)
