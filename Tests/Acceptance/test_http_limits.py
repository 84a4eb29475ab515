"""Abuse cases P: malformed and oversized HTTP, by hand."""
import socket
import ssl
import struct
import threading
import time

import httpx
import pytest

from wire import Refused, closed, read_answer

DISCOVERY = "/.well-known/openid-configuration"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADERS, RST_STREAM, SETTINGS, PING, CONTINUATION, WINDOW_UPDATE, DATA = 1, 3, 4, 6, 9, 8, 0
END_STREAM, END_HEADERS = 1, 4


@pytest.fixture(autouse=True)
def still_well(service, acme, request):
    """After every case the process is the same and serves the next good request at once."""
    before = service.pid
    yield
    assert service.pid == before and service.running
    began = time.monotonic()
    assert acme.http.get(acme.url(DISCOVERY), timeout=10).status_code == 200
    assert time.monotonic() - began < 10


def post(acme, headers, body=b"", path="/oauth/token"):
    lines = [f"POST {path} HTTP/1.1", f"Host: {acme.domain}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def refused_and_closed(wire, acme, request, statuses=(400,)):
    """Sends a request with a smuggled one behind it; exactly one answer comes, and the connection ends."""
    smuggled = f"GET {DISCOVERY} HTTP/1.1\r\nHost: {acme.domain}\r\n\r\n".encode()
    with wire.connect(acme.host) as connection:
        connection.sendall(request + smuggled)
        answer, rest = read_answer(connection)
        assert answer.status in statuses, answer
        connection.settimeout(5)
        try:
            while piece := connection.recv(65536):
                rest += piece
        except (ConnectionError, ssl.SSLError):
            pass
        assert b"HTTP/1.1 200" not in rest
        assert acme.issuer.encode() not in rest
    return answer


def test_P1_content_length_beside_chunked_is_refused(wire, acme):
    request = post(acme, ["Content-Length: 5", "Transfer-Encoding: chunked"], b"0\r\n\r\n")
    refused_and_closed(wire, acme, request)


@pytest.mark.parametrize("headers", [
    ["Content-Length: 5", "Content-Length: 6"], ["Content-Length: 5, 6"], ["Content-Length: +5"],
    ["Content-Length: -1"], ["Content-Length: 0x5"], ["Content-Length: 99999999999999999999"],
    ["Content-Length: 5 5"], ["Content-Length: "],
    ["Transfer-Encoding: xchunked"], ["Transfer-Encoding: chunked, identity"], ["Transfer-Encoding : chunked"],
    ["Transfer-Encoding: \x0bchunked"], ["Transfer-Encoding: gzip"],
], ids=lambda headers: " & ".join(headers).replace("\x0b", "VT"))
def test_P2_a_body_of_unclear_length_is_refused(wire, acme, headers):
    refused_and_closed(wire, acme, post(acme, headers, b"12345"), (400, 413, 501))


def test_P2_a_space_after_the_length_is_fine(wire, acme):
    request = post(acme, ["Content-Length: 5 ", "Content-Type: application/json", "Connection: close"], b"[1,2]")
    assert wire.exchange(request, acme.host).status == 400


@pytest.mark.parametrize("chunk", [
    b"FFFFFFFFFFFFFFFF\r\nabc", b"-1\r\nabc\r\n", b"5;ext=" + b"x" * 1_000_000 + b"\r\nabcde\r\n0\r\n\r\n",
    b"5\nabcde\n0\n\n", b"g\r\nabc\r\n", b"3\r\nabcX0\r\n\r\n", b"10000000000000000\r\nabc\r\n",
], ids=["wraps", "negative", "huge extension", "bare line feeds", "no number", "no line end", "65 bits"])
def test_P3_a_malformed_chunk_is_refused(wire, acme, chunk):
    headers = ["Transfer-Encoding: chunked", "Content-Type: application/json"]
    with wire.connect(acme.host) as connection:
        try:
            connection.sendall(post(acme, headers, chunk))
        except (ConnectionError, ssl.SSLError):
            pass
        try:
            answer, _ = read_answer(connection)
        except Refused:
            return
        assert answer.status in (400, 413)


def test_P4_a_line_break_in_a_parameter_splits_no_header(wire, acme, spa):
    for value in ("a%0d%0aSet-Cookie:x=1", "a%0aSet-Cookie:x=1"):
        for path in (f"/authorize?client_id={spa.client_id}&redirect_uri=https://app.example.com/cb&prompt=none"
                     f"&response_type=code&state={value}", f"/v2/logout?returnTo={value}"):
            answer = wire.get(path, acme.domain)
            assert answer.status < 500
            assert "x=1" not in (answer.header("Set-Cookie") or "")


@pytest.mark.parametrize("request_of", [
    lambda host: f"GET /{'a' * 65536} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    lambda host: f"GET /?q={'a' * 102400} HTTP/1.1\r\nHost: {host}\r\n\r\n",
    lambda host: f"GET / HTTP/1.1\r\nHost: {host}\r\nX: {'a' * 65536}\r\n\r\n",
    lambda host: f"GET / HTTP/1.1\r\nHost: {host}\r\n" + "".join(f"X-{n}: y\r\n" for n in range(500)) + "\r\n",
], ids=["request line", "query", "one header", "500 headers"])
def test_P5_an_oversized_head_is_refused_at_once(wire, acme, request_of):
    began = time.monotonic()
    answer = wire.exchange(request_of(acme.domain), acme.host)
    assert answer.status in (400, 414, 431)
    assert time.monotonic() - began < 10


def test_P5_over_http2_an_oversized_head_is_refused_on_its_stream_alone(acme, service):
    requests = [
        ("/?q=" + "a" * 20_000, {}, 414),
        (DISCOVERY, {"x": "a" * 30_000}, 431),
        (DISCOVERY, {f"x-{n}": "y" for n in range(500)}, 431),
        (DISCOVERY, {"x": "a" * 20_000}, 200),
        ("/authorize?state=" + "s" * 16_300, {}, 400),
    ]
    with httpx.Client(http2=True, verify=ssl.create_default_context(cafile=service.ca_file), trust_env=False) as client:
        answers = [client.get(acme.url(path), headers=headers) for path, headers, _ in requests]
    assert [answer.status_code for answer in answers] == [status for _, _, status in requests]
    # All of them on one connection.
    assert [answer.extensions["stream_id"] for answer in answers] == [1, 3, 5, 7, 9]


def test_P6_a_body_beyond_the_limit_is_refused(wire, acme):
    request = post(acme, [f"Content-Length: {5 * 1024 * 1024}", "Content-Type: application/json"], b" " * 1024)
    assert wire.exchange(request, acme.host).status == 413


def test_P6_an_endless_chunked_body_is_refused(wire, acme):
    with wire.connect(acme.host) as connection:
        connection.sendall(post(acme, ["Transfer-Encoding: chunked", "Content-Type: application/json"]))
        chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
        sent = 0
        try:
            while sent < 64 * 1024 * 1024:
                connection.sendall(chunk)
                sent += len(chunk)
        except (ConnectionError, ssl.SSLError, TimeoutError):
            pass
        assert sent < 32 * 1024 * 1024, "the server took everything"
        try:
            answer, _ = read_answer(connection)
            assert answer.status == 413
        except Refused:
            pass  # closed while the answer was under way


def test_P6_a_client_that_asks_first_is_told_no(wire, acme):
    request = post(acme, ["Content-Length: 1000000000", "Content-Type: application/json", "Expect: 100-continue"])
    assert wire.exchange(request, acme.host).status == 413


def test_P7_slow_headers_do_not_keep_others_from_being_served(service, wire, acme):
    connections = []
    try:
        for _ in range(100):
            connection = wire.connect(acme.host)
            connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
            connections.append(connection)
        for _ in range(5):
            began = time.monotonic()
            assert acme.http.get(acme.url(DISCOVERY)).status_code == 200
            assert time.monotonic() - began < 10
            for connection in connections:
                try:
                    connection.sendall(b"a")
                except (ConnectionError, ssl.SSLError):
                    pass
    finally:
        for connection in connections:
            connection.close()


def test_P7_slow_headers_are_cut_off_at_the_deadline(wire, acme):
    with wire.connect(acme.host) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert closed(connection, 70)


def test_P7_a_stalled_handshake_is_cut_off(service):
    with socket.create_connection(("127.0.0.1", service.https_port)) as connection:
        connection.sendall(b"\x16\x03\x01")
        assert closed(connection, 45)


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def headers_block(host, path=b"/"):
    """A block without compression: literal fields, names spelled out."""
    def literal(name, value):
        return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value

    return b"".join(literal(*field) for field in [
        (b":method", b"GET"), (b":scheme", b"https"), (b":authority", host.encode()), (b":path", path),
    ])


def h2_ends(wire, acme, data, seconds=8):
    """Sends raw frames; whether the server ended the connection, and all it sent."""
    with wire.connect(acme.host, alpn=("h2",)) as connection:
        connection.settimeout(0.5)
        received = b""
        stop = threading.Event()

        def send():
            try:
                connection.sendall(PREFACE + frame(SETTINGS, 0, 0) + data)
            except (OSError, ssl.SSLError):
                pass
            stop.set()

        send()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                piece = connection.recv(65536)
            except (TimeoutError, ssl.SSLWantReadError):
                continue
            except (OSError, ssl.SSLError):
                return True, received
            if not piece:
                return True, received
            received += piece
            if b"\x07\x00\x00\x00\x00\x00" in received:  # GOAWAY on stream 0
                return True, received
        return False, received


def test_P8_a_burst_of_resets_ends_the_connection(wire, acme):
    block = headers_block(acme.domain)
    burst = b"".join(
        frame(HEADERS, END_HEADERS | END_STREAM, stream, block) + frame(RST_STREAM, 0, stream, struct.pack(">I", 8))
        for stream in range(1, 4001, 2)
    )
    ended, _ = h2_ends(wire, acme, burst)
    assert ended


def test_P9_a_flood_of_continuations_ends_the_connection(wire, acme, service):
    before = service.resident_bytes()
    flood = frame(HEADERS, END_STREAM, 1, headers_block(acme.domain)) + b"".join(
        frame(CONTINUATION, 0, 1, b"\x00\x01x\x01y" * 200) for _ in range(3000)
    )
    ended, _ = h2_ends(wire, acme, flood)
    assert ended
    assert service.resident_bytes() - before < 64 * 1024 * 1024


@pytest.mark.parametrize("flood", [
    frame(PING, 0, 0, b"12345678") * 20000, frame(SETTINGS, 0, 0) * 20000,
], ids=["ping", "settings"])
def test_P9_a_flood_of_control_frames_does_no_harm(wire, acme, service, flood):
    before = service.resident_bytes()
    h2_ends(wire, acme, flood, seconds=3)
    assert service.resident_bytes() - before < 64 * 1024 * 1024


@pytest.mark.parametrize("data", [
    frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7FFFFFFF)) * 2, frame(DATA, 0, 0, b"x"), frame(PING, 0, 0, b"x"),
    frame(SETTINGS, 0, 0, b"x"),
], ids=["window overflow", "data on stream 0", "short ping", "short settings"])
def test_P9_a_violation_of_the_protocol_ends_the_connection(wire, acme, data):
    ended, _ = h2_ends(wire, acme, data)
    assert ended


def test_P9_stream_ids_must_not_go_backwards(wire, acme):
    block = headers_block(acme.domain, DISCOVERY.encode())
    data = frame(HEADERS, END_HEADERS | END_STREAM, 5, block) + frame(HEADERS, END_HEADERS | END_STREAM, 3, block)
    ended, _ = h2_ends(wire, acme, data)
    assert ended


def literal_field(name, value):
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


@pytest.mark.parametrize("extra", [
    (b"X-Upper", b"1"), (b"connection", b"close"), (b"x", b"a\r\nb"), (b"x", b"a\x00b"), (b":path", b"/again"),
    (b":unknown", b"x"), (b"transfer-encoding", b"chunked"), (b"te", b"gzip"),
], ids=["upper case", "connection", "line break", "NUL", "pseudo twice", "unknown pseudo", "transfer-encoding", "te"])
def test_P10_a_forbidden_field_is_a_protocol_error(wire, acme, extra):
    block = headers_block(acme.domain, DISCOVERY.encode()) + literal_field(*extra)
    ended, received = h2_ends(wire, acme, frame(HEADERS, END_HEADERS | END_STREAM, 1, block), seconds=2)
    assert acme.issuer.encode() not in received
    assert ended or b"\x03\x00\x00\x00\x00\x01" in received or received


def test_P10_http2_serves_a_good_client(acme, service):
    with httpx.Client(http2=True, verify=ssl.create_default_context(cafile=service.ca_file), trust_env=False) as client:
        answer = client.get(acme.url(DISCOVERY))
    assert answer.http_version == "HTTP/2"
    assert answer.json()["issuer"] == acme.issuer


def test_P11_fifty_pipelined_requests_are_answered_in_order(wire, acme):
    requests = b"".join(
        f"GET {path} HTTP/1.1\r\nHost: {acme.domain}\r\n\r\n".encode()
        for path in [DISCOVERY, "/.well-known/jwks.json"] * 25
    )
    with wire.connect(acme.host) as connection:
        connection.sendall(requests)
        rest = b""
        for number in range(50):
            answer, rest = read_answer(connection, buffered=rest)
            assert answer.status == 200
            assert (b'"issuer"' in answer.body) == (number % 2 == 0)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["1.0", "1.1"])
def test_P11_old_versions_of_tls_are_refused(wire, acme, version):
    with pytest.raises((ssl.SSLError, ConnectionError, ValueError)):
        wire.connect(acme.host, minimum=version, maximum=version)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_P11_new_versions_of_tls_are_served(wire, acme, version):
    answer = wire.get(DISCOVERY, acme.domain, minimum=version, maximum=version)
    assert answer.status == 200


@pytest.mark.parametrize("path", [
    "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//evil.example/", "/api/v2/../../admin", "/.git/config",
    "/tenants/acme.sqlite", "/assets/../login.mustache", "/assets/%2e%2e/login.mustache", "/assets/..%2flogin.mustache",
])
def test_P12_a_path_leads_nowhere_it_should_not(wire, acme, path):
    answer = wire.get(path, acme.domain)
    assert answer.status in (400, 401, 404)
    assert answer.header("Location") is None
    assert b"root:" not in answer.body


@pytest.mark.parametrize("path", ["/%", "/%zz", "/%2", "/login?x=%zz", "/login?x=%", "/authorize?state=%c0%af"])
def test_P12_a_malformed_escape_is_refused(wire, acme, path):
    answer = wire.get(path, acme.domain)
    assert 400 <= answer.status < 500


@pytest.mark.parametrize("method,statuses", [
    ("TRACE", (405, 501)), ("PROPFIND", (405, 501)), ("CONNECT", (400, 404, 405, 421, 501)), ("DELETE", (405,)),
])
def test_P13_a_method_nobody_serves_is_refused(wire, acme, method, statuses):
    target = acme.domain if method == "CONNECT" else "/oauth/token"
    request = f"{method} {target} HTTP/1.1\r\nHost: {acme.domain}\r\nConnection: close\r\n\r\n"
    answer = wire.exchange(request, acme.host)
    assert answer.status in statuses
    if answer.status == 405:
        assert answer.header("Allow")


def test_P13_the_token_endpoint_is_not_read(wire, acme):
    answer = wire.get("/oauth/token", acme.domain)
    assert answer.status == 405
    assert "POST" in answer.header("Allow")


def test_P13_method_overrides_are_ignored(acme, spa):
    answer = acme.http.post(acme.url(f"api/v2/clients/{spa.client_id}?_method=DELETE"),
                            headers={"Authorization": f"Bearer {acme.management_token()}",
                                     "X-HTTP-Method-Override": "DELETE"})
    assert answer.status_code in (400, 404, 405)
    assert acme.api("GET", f"/clients/{spa.client_id}").status_code == 200


@pytest.mark.parametrize("body", [
    b'{"grant_type":"\xff"}', b'{"grant_type":"\xc0\xaf"}', b'{"grant_type":"\\ud800"}',
    b'{"grant_type":"a","grant_type":"b"}', '{"grant_type":"a"}'.encode("utf-16"), b'{"a":NaN}', b'{"a":1e400}',
    b'{"a":1} x', b"[" * 10000, b"", b"null", b"[]", b'"x"',
], ids=["invalid UTF-8", "overlong", "lone surrogate", "duplicate key", "UTF-16", "NaN", "1e400", "trailing", "nested",
        "empty", "null", "array", "string"])
def test_P14_a_body_that_is_no_good_json_object_is_refused(acme, body):
    answer = acme.http.post(acme.url("oauth/token"), data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


def test_P14_json_under_another_type_is_refused(acme):
    answer = acme.http.post(acme.url("oauth/token"), data=b'{"grant_type":"client_credentials"}',
                            headers={"Content-Type": "text/plain"})
    assert answer.status_code in (400, 415)


def test_P15_pages_carry_the_headers_that_protect_them(acme, spa, person):
    page = person.authorize(acme, spa)
    assert page.status_code == 200
    headers = page.headers
    assert "max-age=" in headers["Strict-Transport-Security"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "no-store" in headers["Cache-Control"]
    assert headers["Referrer-Policy"]
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy and "unsafe-inline" not in policy
    assert not any(character.isdigit() for character in headers.get("Server", ""))
    assert "<style" not in page.text and " style=" not in page.text and "onclick" not in page.text


def test_P15_tokens_are_never_stored(acme):
    answer = acme.token(grant_type="client_credentials", audience=acme.url("api/v2/"), **acme.management_client)
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Pragma"] == "no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
