"""CPU of a whole login without its password hash."""
import base64
import ctypes
import hashlib
import re
import secrets
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

from installation import CALLBACK, PASSWORD, Installation
from report import at_most

LOGINS = 400
WORKERS = 4
EMAILS = [f"bench-{number}@example.com" for number in range(100)]
# Each of these logs in once in a round: nobody so often from one address that the shield against it goes up.
ONCE_A_ROUND = [f"bench-{number}@example.com" for number in range(LOGINS)]
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
        verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = urlencode({
            "client_id": client_id, "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid profile email",
            "state": "s", "nonce": "n", "code_challenge": challenge, "code_challenge_method": "S256",
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
            "code_verifier": verifier,
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


def measure(options, folder):
    with Installation(options, folder, arguments=["--password-cost", str(COST)]) as running:
        client_id = prepare(running, ONCE_A_ROUND)

        def worker(first):
            # Handshakes are measured elsewhere: one connection sees many people come and go.
            client = running.client()
            for number in range(LOGINS // WORKERS):
                Browser(client).log_in(client_id, ONCE_A_ROUND[first + number * WORKERS])
            client.close()

        def logins():
            with ThreadPoolExecutor(WORKERS) as pool:
                list(pool.map(worker, range(WORKERS)))

        logins()  # caches are filled and threads are there when it counts
        results = []
        for _ in range(options.rounds):
            before = hash_seconds()
            cpu, _ = running.cpu_of(logins)
            hashing = statistics.mean((before, hash_seconds()))
            results.append((cpu / LOGINS - hashing, cpu / LOGINS, hashing))
        net, gross, hashing = sorted(results)[len(results) // 2]
        note = f"  ({gross * 1e3:.2f} ms with {hashing * 1e3:.2f} ms of hashing at cost {COST})"
        return [at_most("a whole login, hashing left out: ms of server CPU", net * 1e3, 3, note=note)]
