#!/usr/bin/env python3
"""Sends random and mutated requests to a running Gatehouse, group by group, and says what it made of them.

    Tests/Fuzz/fuzz.py --binary .build/release/gatehouse [--requests 200000] [--group token] [--seed 1]

Fails when an answer is a 5xx other than 503 (or 501 to a method HTTP does not know), when the process ends, or when its memory grows by more than a tenth
between the first tenth of the requests and the last.
"""
import argparse
import collections
import json
import multiprocessing
import re
import socket
import ssl
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from mutation import Mutator, UNKNOWN_METHOD  # noqa: E402
from seeds import GROUPS  # noqa: E402
from service import LoopbackClient, ManagementClient, Service  # noqa: E402

HOST = "fuzz.localhost"
CALLBACK = "https://app.example.com/cb"
PASSWORD = "Fuzz-Password-1"
PIPELINE = 16
GROWTH = 1.10


class Wire:
    """One kept connection that sends requests in batches and reads their statuses."""

    def __init__(self, port, ca_file):
        self.port, self.tls = port, ssl.create_default_context(cafile=ca_file)
        self.socket, self.reader = None, None

    def send(self, batch):
        """[(method, bytes)] -> statuses; a request that lost its connection has none."""
        try:
            if self.socket is None:
                plain = socket.create_connection(("127.0.0.1", self.port), 30)
                self.socket = self.tls.wrap_socket(plain, server_hostname=HOST)
                self.reader = self.socket.makefile("rb")
            self.socket.sendall(b"".join(data for _, data in batch))
            statuses = []
            for method, _ in batch:
                status, closes = self.read(method)
                statuses.append(status)
                if closes:
                    self.close()
                    break
            return statuses
        except (OSError, EOFError, ValueError):
            self.close()
            return []

    def read(self, method):
        line = self.reader.readline()
        if not line:
            raise EOFError
        status, length, chunked, closes = int(line.split()[1]), 0, False, False
        while (field := self.reader.readline()) not in (b"\r\n", b""):
            name, _, value = field.partition(b":")
            name, value = name.lower(), value.strip().lower()
            if name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                chunked = True
            elif name == b"connection" and value == b"close":
                closes = True
        if method != "HEAD" and status not in (204, 304):
            if chunked:
                while size := int(self.reader.readline(), 16):
                    self.reader.read(size + 2)
                self.reader.readline()
            else:
                self.reader.read(length)
        return status, closes

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None


def attack(port, ca_file, host, values, seeds, count, seed, results):
    """One worker: sends `count` requests and reports statuses and what is wrong."""
    mutator, wire = Mutator(seed, values), Wire(port, ca_file)
    statuses, bad = collections.Counter(), []
    sent = 0
    while sent < count:
        batch = [mutator.request(mutator.random.choice(seeds), host) for _ in range(PIPELINE)]
        answered = wire.send(batch)
        statuses.update(answered)
        if not answered:
            statuses["closed"] += 1
        for (method, data), status in zip(batch, answered):
            if status >= 500 and status != 503 and (status, method) != (501, UNKNOWN_METHOD):
                bad.append((status, data[:2000].decode("latin-1")))
        # What lost its connection behind a refusal is not counted as sent.
        sent += max(len(answered), 1)
    results.put((statuses, bad[:5]))


class Visit:
    """A login in a browser that goes as far as a page that asks for something."""

    def __init__(self, http, client):
        self.http, self.client, self.cookies = http, client, {}

    def begin(self):
        """At the login page."""
        return self._open("/authorize?" + urlencode({
            "client_id": self.client, "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid", "state": "s"}))

    def log_in(self, email):
        """At the page behind the password."""
        page = self.begin()
        return self._follow(*self._send("POST", "/login", urlencode({**page, "username": email, "password": PASSWORD})))

    @property
    def cookie_header(self):
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _open(self, path):
        return self._follow(*self._send("GET", path))

    def _send(self, method, path, body=None):
        headers = {"Cookie": self.cookie_header}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        status, answered, text = self.http.send(method, path, body, headers)
        for cookie in answered.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return status, answered, text

    def _follow(self, status, answered, text):
        for _ in range(5):
            if status not in (302, 303):
                break
            status, answered, text = self._send("GET", answered["Location"])
        # A page of choices: one of them has the form.
        choice = re.search(r'href="([^"]*factor=sms)"', text)
        if choice:
            status, answered, text = self._send("GET", choice[1].replace("&amp;", "&"))
        fields = dict(re.findall(r'<input type="hidden" name="(state|_csrf)" value="([^"]*)"', text))
        if len(fields) != 2:
            raise SystemExit(f"the login to be fuzzed ended with status {status}: {text[:300]}")
        return fields


class Target:
    """A service with one tenant, filled with what the seeds name."""

    def __init__(self, binary, folder, arguments):
        self.service = Service(binary, folder / "data", arguments=["--password-cost", "4", *arguments],
                               log=open(folder / "gatehouse.log", "w"))
        self.service.start()
        made = self.service.operate("tenant", "create", "fuzz", "--management-client")["management_client"]
        self.domain = self.service.domain("fuzz")
        http = LoopbackClient(HOST, self.service.https_port, self.service.ca_file)
        self.http, self.api = http, ManagementClient(http, self.domain, made)
        api = self.api
        connection = api.call("GET", "/connections")[0]
        client = api.call("POST", "/clients", {
            "name": "fuzz", "callbacks": [CALLBACK], "allowed_logout_urls": [CALLBACK], "web_origins": [CALLBACK],
            "cross_origin_auth": True,
        })
        # Everything that can be switched on is.
        api.call("PATCH", f"/connections/{connection['id']}", {
            "enabled_clients": [*connection["enabled_clients"], client["client_id"]],
            "options": {**connection["options"], "authentication_methods": {"passkey": {"enabled": True}}}})
        for strategy in ("email", "sms"):
            api.call("POST", "/connections",
                     {"name": strategy, "strategy": strategy, "enabled_clients": [client["client_id"]]})
        for factor in ("otp", "sms", "email", "webauthn-roaming"):
            api.call("PUT", f"/guardian/factors/{factor}", {"enabled": True})
        api.call("PATCH", "/tenants/settings",
                 {"flags": {"enable_dynamic_client_registration": True, "enable_jsonp": True}}, expect=(200, 404))
        api.call("POST", "/users", {"connection": connection["name"], "email": "factor@example.com",
                                    "password": PASSWORD, "email_verified": True})
        api.call("POST", "/users", {"connection": connection["name"], "email": "ada@example.com",
                                    "password": PASSWORD, "email_verified": True})
        token = api.headers["Authorization"].split()[1]
        self.values = {
            "client": client["client_id"], "secret": client["client_secret"], "callback": CALLBACK,
            "connection": connection["name"], "password": PASSWORD, "token": token, "id_token": token,
            "api": f"https://{self.domain}/api/v2/", "code": "c" * 43, "basic": "eDp5",
        }

    def prepare(self, group):
        """Begins the logins whose pages and tokens the group is about."""
        is_mfa = group == "mfa"
        # Idle while the group before it ran, and closed by the service for that.
        self.api.http.close()
        self.http.close()
        self.api.call("PUT", "/guardian/policies", ["all-applications"] if is_mfa else [])
        visit = Visit(self.http, self.values["client"])
        page = visit.log_in("factor@example.com") if is_mfa else visit.begin()
        self.values |= {"state": page["state"], "csrf": page["_csrf"], "cookies": visit.cookie_header, "mfa_token": "m"}
        if is_mfa:
            status, _, text = self.http.send("POST", "/oauth/token", {
                "grant_type": "http://auth0.com/oauth/grant-type/password-realm", "realm": self.values["connection"],
                "username": "factor@example.com", "password": PASSWORD, "client_id": self.values["client"],
                "client_secret": self.values["secret"]})
            self.values["mfa_token"] = json.loads(text).get("mfa_token", "m")

    def fuzz(self, group, count, seed, workers):
        results = multiprocessing.Queue()
        processes = [
            multiprocessing.Process(target=attack, args=(
                self.service.https_port, self.service.ca_file, self.domain, self.values, GROUPS[group],
                count // workers, seed * 1000 + worker, results))
            for worker in range(workers)
        ]
        for process in processes:
            process.start()
        found = [results.get() for _ in processes]
        for process in processes:
            process.join()
        return sum((statuses for statuses, _ in found), collections.Counter()), [b for _, bad in found for b in bad]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--requests", type=int, default=200_000, help="requests a group")
    parser.add_argument("--group", choices=GROUPS, action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--argument", action="append", default=[], help="of the service (may be repeated)")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="gatehouse-fuzz-") as folder:
        target = Target(options.binary, Path(folder), options.argument)
        for group in options.group or GROUPS:
            began = time.monotonic()
            target.prepare(group)
            target.fuzz(group, options.requests // 10, options.seed, options.workers)
            before = target.service.resident_bytes()
            statuses, bad = target.fuzz(group, options.requests - options.requests // 10, options.seed + 1, options.workers)
            if not target.service.running:
                print(f"{group}: the service has ended with status {target.service.process.returncode}")
                return 1
            growth = target.service.resident_bytes() / before
            wrong = bool(bad) or growth > GROWTH
            failed = failed or wrong
            shown = " ".join(f"{status}:{count}" for status, count in sorted(statuses.items(), key=lambda s: -s[1]))
            print(f"{'FAILED' if wrong else 'ok':6} {group:13} memory × {growth:.2f}  {time.monotonic() - began:5.0f} s  {shown}",
                  flush=True)
            for status, request in bad[:5]:
                print(f"       {status} for {json.dumps(request)}")
        target.service.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
