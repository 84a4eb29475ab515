"""HTTP by hand: exact bytes over TLS, for requests no decent client would send."""
import socket
import ssl
import time
from dataclasses import dataclass


@dataclass
class Answer:
    """One HTTP/1.1 answer as it came."""

    status: int
    headers: list
    body: bytes
    raw: bytes

    def header(self, name):
        values = [value for key, value in self.headers if key == name.lower()]
        return values[0] if values else None


class Refused(Exception):
    """The server closed the connection, or refused the handshake, without an answer."""


def connect(port, ca_file, sni, alpn=("http/1.1",), timeout=10, minimum=None, maximum=None, verify=True):
    """A TLS connection to the public listener with any server name, or none."""
    context = ssl.create_default_context(cafile=ca_file)
    # The name in the certificate is checked where a test is about it; here it may be any.
    context.check_hostname = False
    if not verify:
        context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if minimum:
        context.minimum_version = minimum
    if maximum:
        context.maximum_version = maximum
    plain = socket.create_connection(("127.0.0.1", port), timeout)
    try:
        return context.wrap_socket(plain, server_hostname=sni)
    except (ssl.SSLError, ConnectionError, ValueError):
        plain.close()
        raise


def read_answer(connection, method="GET", buffered=b""):
    """Reads one answer. Returns it and the bytes that follow."""
    data = buffered
    while b"\r\n\r\n" not in data:
        piece = _receive(connection)
        if not piece:
            raise Refused(data)
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ")[1])
    headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
    by_name = dict(headers)
    if status in (204, 304) or 100 <= status < 200 or method == "HEAD":
        return Answer(status, headers, b"", data), rest
    if "chunked" in by_name.get("transfer-encoding", ""):
        body, rest = _read_chunks(connection, rest)
        return Answer(status, headers, body, head), rest
    if "content-length" in by_name:
        wanted = int(by_name["content-length"])
        while len(rest) < wanted:
            piece = _receive(connection)
            if not piece:
                raise Refused(data)
            rest += piece
        return Answer(status, headers, rest[:wanted], head), rest[wanted:]
    while piece := _receive(connection):
        rest += piece
    return Answer(status, headers, rest, head), b""


def _read_chunks(connection, rest):
    body = b""
    while True:
        while b"\r\n" not in rest:
            rest += _receive(connection) or _raise(Refused(rest))
        line, _, rest = rest.partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        while len(rest) < size + 2:
            rest += _receive(connection) or _raise(Refused(rest))
        body, rest = body + rest[:size], rest[size + 2:]
        if size == 0:
            return body, rest


def _raise(error):
    raise error


def _receive(connection):
    try:
        return connection.recv(65536)
    except (ConnectionResetError, ssl.SSLError, BrokenPipeError):
        return b""


def closed(connection, seconds=5):
    """Whether the server ends the connection (whatever it still sends)."""
    connection.settimeout(0.2)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if not connection.recv(65536):
                return True
        except TimeoutError:
            continue
        except (ConnectionError, ssl.SSLError):
            return True
    return False


class Wire:
    """The public listener, to be spoken to in bytes."""

    def __init__(self, service):
        self.service = service

    def connect(self, sni, **options):
        return connect(self.service.https_port, self.service.ca_file, sni, **options)

    def exchange(self, request, sni, method=None, **options):
        """Sends bytes on a fresh connection and reads one answer."""
        if isinstance(request, str):
            request = request.encode("latin-1")
        with self.connect(sni, **options) as connection:
            try:
                connection.sendall(request)
            except (ConnectionError, ssl.SSLError):
                pass  # An early refusal may close before everything is sent; the answer is there to read.
            answer, _ = read_answer(connection, method or request.split(b" ", 1)[0].decode("latin-1"))
            return answer

    def get(self, path, host, sni=None, headers=(), version="1.1", **options):
        lines = [f"GET {path} HTTP/{version}"]
        if host is not None:
            lines.append(f"Host: {host}")
        lines += [*headers, "Connection: close", "", ""]
        request = "\r\n".join(lines).encode("utf-8" if options.pop("utf8", False) else "latin-1")
        sni = sni if sni is not None else host.partition(":")[0]
        return self.exchange(request, sni or None, **options)
