"""CPU of a whole login without its password hash: of many at a time, and of a few."""
import base64
import ctypes
import hashlib
import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import wrk
from installation import CALLBACK, HERE, HOST, PASSWORD, Installation
from report import Row, at_most

EMAILS = [f"bench-{number}@example.com" for number in range(100)]
# One person may log in 20 times at once and 10 times a minute (spec 05 §7), so it takes many.
PEOPLE = [f"bench-{number}@example.com" for number in range(2_000)]
# The slow browsers, and how many logins they do in one measurement.
FEW = 4
LOGINS = 200
VERIFIER = "bench-verifier-bench-verifier-bench-verifier-bench"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
# The cheapest hash there is: what is subtracted from the whole should be small beside it.
COST = 4


def crypt_password():
    """The hash of everybody's password, by the library the service uses."""
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    return crypt(PASSWORD.encode(), f"$2b${COST:02}$abcdefghijklmnopqrstuu".encode()).decode()


def hash_seconds():
    """CPU of one bcrypt hash."""
    times = []
    for _ in range(200):
        began = time.process_time()
        assert crypt_password()
        times.append(time.process_time() - began)
    return statistics.median(times)


class Browser:
    """A client with cookies and nothing else, so that its own work disturbs little."""

    def __init__(self, client):
        self.client = client
        self.cookies = {}

    def send(self, method, path, body=None):
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"https://{self.client.host}:{self.client.port}"
        status, answer, text = self.client.send(method, path, body, headers)
        for line in answer.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return status, answer.get("Location"), text

    def follow(self, status, location, text):
        while location and location.startswith("/") or location and f"//{self.client.host}" in location:
            target = urlsplit(location)
            status, location, text = self.send("GET", f"{target.path}?{target.query}" if target.query else target.path)
        return status, location, text

    def log_in(self, client_id, email, password=PASSWORD):
        query = urlencode({
            "client_id": client_id, "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid profile email",
            "state": "s", "nonce": "n", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        })
        _, _, page = self.follow(*self.send("GET", f"/authorize?{query}"))
        action = unescape(re.search(r'action="([^"]+)"', page)[1])
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        fields = {name: unescape(value) for name, value in fields.items()}
        form = urlencode({**fields, "username": email, "password": password})
        _, location, _ = self.follow(*self.send("POST", action, form))
        code = parse_qs(urlsplit(location).query)["code"][0]
        answer = self.client.json("POST", "/oauth/token", {
            "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "client_id": client_id,
            "code_verifier": VERIFIER,
        })
        assert answer["id_token"]


def prepare(running, emails=EMAILS):
    running.create_tenant()
    api = running.management
    client = api.call("POST", "/clients", {
        "name": "bench", "app_type": "spa", "token_endpoint_auth_method": "none", "callbacks": [CALLBACK],
        "grant_types": ["authorization_code"], "oidc_conformant": True, "jwt_configuration": {"alg": "RS256"},
    })
    connection = api.call("GET", "/connections")[0]
    enabled = connection["enabled_clients"]
    if client["client_id"] not in enabled:
        api.call("PATCH", f"/connections/{connection['id']}", {"enabled_clients": [*enabled, client["client_id"]]})
    for email in emails:
        api.call("POST", "/users", {"connection": connection["name"], "email": email, "password": PASSWORD,
                                    "email_verified": True})
    return client["client_id"]


class Crowd:
    """People who log in as fast as they are let in."""

    def __init__(self, running, folder, client_id):
        self.running, self.client_id = running, client_id
        self.file = wrk.script(folder, "login", (HERE / "login.lua").read_text())
        self.first = 0

    def log_in(self, seconds):
        """How many did. The CPU of the last ones, who are cut off, and that of handshakes is counted with the others'."""
        printed = wrk.run(self.running.service.https_port, self.file, seconds, arguments=[
            self.client_id, CALLBACK, VERIFIER, CHALLENGE, PASSWORD, str(len(PEOPLE)), str(self.first)])
        found = re.search(r"logins: ([1-9]\d*), unexpected answers: 0\b", printed)
        if not found or "Socket errors" in printed:
            raise SystemExit(f"not every login was let in:\n{printed}")
        count = int(found[1])
        self.first = (self.first + count) % len(PEOPLE)
        return count


def log_in_few(running, client_id, emails, host=HOST):
    """The same by browsers written in Python: they are slow, so the service mostly waits for them, and wakes for each."""

    def worker(first):
        client = running.client(host)
        for email in emails[first::FEW]:
            Browser(client).log_in(client_id, email)
        client.close()

    with ThreadPoolExecutor(FEW) as pool:
        list(pool.map(worker, range(FEW)))
    return len(emails)


def measure(options, folder):
    with Installation(options, folder, arguments=["--password-cost", str(COST)]) as running:
        client_id = prepare(running, PEOPLE)
        crowd = Crowd(running, folder, client_id)

        def cost(work):
            """Seconds of CPU of one login: without its hash, with it, and of the hash."""
            before = hash_seconds()
            cpu, count = running.cpu_of(work)
            hashing = statistics.mean((before, hash_seconds()))
            return cpu / count - hashing, cpu / count, hashing

        crowd.log_in(1)  # caches are filled and threads are there when it counts
        many = [cost(lambda: crowd.log_in(options.seconds)) for _ in range(options.rounds * wrk.MOMENTS)]
        few = [cost(lambda: log_in_few(running, client_id, PEOPLE[:LOGINS])) for _ in range(options.rounds)]
        net, gross, hashing = sorted(many)[len(many) // 2]
        note = f"  ({gross * 1e3:.2f} ms with {hashing * 1e3:.2f} ms of hashing at cost {COST})"
        return [at_most(f"a whole login, {wrk.CONNECTIONS} at a time, hashing left out: ms of server CPU", net * 1e3, 3,
                        note=note),
                Row(f"… where {FEW} slow browsers are all there is", f"{sorted(few)[len(few) // 2][0] * 1e3:.2f}",
                    "(for the record)", good=True)]
