"""What a user's tokens cost: silent authentication, code exchange, refresh with rotation, /userinfo; how many durable
rotations one tenant can do; and whether passwords being hashed slow anyone else down."""
import ctypes
import json
import multiprocessing
import os
import re
import statistics
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

import slow_sync
import wrk
from commits import commits_per_second
from installation import CALLBACK, PASSWORD, Installation
from login import CHALLENGE, EMAILS, VERIFIER, Browser, prepare
from report import at_least, at_most
from tokens import signature_seconds

CHAINS = 64
NEIGHBOUR = "neighbour"

# Requests take what earlier answers gave, the oldest first; when there is nothing left the thread stops.
TAKE = """
local queue, first, last = {}, 1, 0
local function give(item) last = last + 1 queue[last] = item end
for line in io.lines("%s") do give(line) end
local function take()
    local item = queue[first]
    if item == nil then wrk.thread:stop() return "" end
    queue[first] = nil
    first = first + 1
    return item
end
"""


def comes_first(process):
    """Lets a program that measures waiting times have a processor as soon as it wakes, as on a machine of its own:
    what it waits for one is no waiting for the service. Sessions share the processors before their threads do
    (sched(7), autogroups), so nice values alone would not."""
    try:
        Path(f"/proc/{process.pid}/autogroup").write_text("-19")
        os.setpriority(os.PRIO_PROCESS, process.pid, -19)
    except OSError as error:
        print(f"Waiting times include those for a processor of the client's own: {error}", file=sys.stderr)


class Flows:
    """One user with a session, and the requests of a public client for them."""

    def __init__(self, running, folder):
        self.running, self.folder = running, folder
        self.port = running.service.https_port
        self.client_id = prepare(running)
        running.management.call("PATCH", f"/clients/{self.client_id}",
                                {"grant_types": ["authorization_code", "refresh_token"]})
        browser = Browser(running.client())
        browser.log_in(self.client_id, EMAILS[0])
        self.cookie = browser.cookies["auth0"]

    def silent(self, seconds, scope):
        """Silent authentications, whose codes go into a file."""
        codes = self.folder / "codes"
        codes.unlink(missing_ok=True)
        query = urlencode({
            "client_id": self.client_id, "response_type": "code", "redirect_uri": CALLBACK, "scope": scope,
            "state": "s", "nonce": "n", "prompt": "none", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        })
        file = wrk.script(self.folder, "silent", f"""
wrk.path = "/authorize?{query}"
wrk.headers["Cookie"] = "auth0={self.cookie}"
local out = io.open("{codes}", "a")
function response(status, headers)
    for name, value in pairs(headers) do
        if name:lower() == "location" then out:write(value:match("code=([^&]+)"), "\\n") out:flush() end
    end
end
""")
        return wrk.answers(wrk.run(self.port, file, seconds))

    def exchange(self):
        """Exchanges every code of the file; refresh and access tokens go into files of their own."""
        codes = self.folder / "codes"
        total = sum(1 for _ in open(codes))
        for name in ("refresh", "access"):
            (self.folder / name).unlink(missing_ok=True)
        fixed = json.dumps({"grant_type": "authorization_code", "client_id": self.client_id, "redirect_uri": CALLBACK,
                            "code_verifier": VERIFIER})[:-1]
        file = wrk.script(self.folder, "exchange", TAKE % codes + f"""
local refresh = io.open("{self.folder}/refresh", "a")
local access = io.open("{self.folder}/access", "a")
local headers = {{ ["Content-Type"] = "application/json" }}
function request()
    return wrk.format("POST", "/oauth/token", headers, '{fixed},"code":"' .. take() .. '"}}')
end
local left = {total}
function response(status, headers, body)
    local token = body:match('"refresh_token":"([^"]+)"')
    if token then refresh:write(token, "\\n") refresh:flush() end
    access:write(body:match('"access_token":"([^"]+)"'), "\\n") access:flush()
    left = left - 1
    if left <= {wrk.CONNECTIONS} then wrk.thread:stop() end
end
""")
        # wrk itself waits to the end of its time, however early the codes are used up; a few left over do no harm.
        return wrk.answers(wrk.run(self.port, file, 1 + total // 1500))

    def rotate(self, seconds, connections):
        """Refresh tokens in turn, each new one used for the next request."""
        fixed = json.dumps({"grant_type": "refresh_token", "client_id": self.client_id})[:-1]
        file = wrk.script(self.folder, "rotate", TAKE % (self.folder / "refresh") + f"""
local headers = {{ ["Content-Type"] = "application/json" }}
function request()
    return wrk.format("POST", "/oauth/token", headers, '{fixed},"refresh_token":"' .. take() .. '"}}')
end
function response(status, headers, body)
    give(body:match('"refresh_token":"([^"]+)"'))
end
""")
        began = time.monotonic()
        count = wrk.answers(wrk.run(self.port, file, seconds, connections))
        return count, count / (time.monotonic() - began)

    def user_info(self, seconds):
        token = next(open(self.folder / "access")).strip()
        file = wrk.script(self.folder, "userinfo", f"""
wrk.path = "/userinfo"
wrk.headers["Authorization"] = "Bearer {token}"
""")
        return wrk.answers(wrk.run(self.port, file, seconds))


def rotations_beside_commits(flows, options, environment=None):
    """Rotations a second that sign nothing, so that the disk and the queue in front of it are what is measured, and
    single commits of one writer on the same disk."""
    single = commits_per_second(flows.folder, options.seconds, environment)
    flows.silent(1, "offline_access")
    flows.exchange()
    return flows.rotate(options.seconds, CHAINS)[1], single


def rotations_row(name, measured):
    rates, commits = zip(*measured)
    return at_least(name, statistics.median(many / one for many, one in measured), 4,
                    note=f"  ({statistics.median(rates):,.0f} : {statistics.median(commits):,.0f} /s)")


def hash_many(cost, seconds, result):
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    setting = f"$2b${cost:02}$abcdefghijklmnopqrstuu".encode()
    began, count = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        assert crypt(PASSWORD.encode(), setting)
        count += 1
    result.value = count / (time.monotonic() - began)


def hashes_per_second(cost, seconds):
    """How many bcrypt hashes all cores together can do."""
    results = [multiprocessing.Value("d") for _ in range(os.cpu_count())]
    workers = [multiprocessing.Process(target=hash_many, args=(cost, seconds, result)) for result in results]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(result.value for result in results)


def p99(text):
    """Milliseconds, as wrk tells them."""
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def measure_flows(options, folder):
    rows = []
    with Installation(options, folder) as running:
        flows = Flows(running, folder)
        flows.silent(1, "openid offline_access")  # caches are filled when it counts
        costs = {"silent prompt=none": [], "code exchange": [], "refresh with rotation": [], "/userinfo": []}
        signatures, rotations = [], []
        for _ in range(options.rounds):
            signatures.append(signature_seconds(options.seconds))
            for name, work in (
                ("silent prompt=none", lambda: flows.silent(options.seconds, "openid offline_access")),
                ("code exchange", flows.exchange),
                ("refresh with rotation", lambda: flows.rotate(options.seconds, wrk.CONNECTIONS)[0]),
                ("/userinfo", lambda: flows.user_info(options.seconds)),
            ):
                cpu, count = running.cpu_of(work)
                costs[name].append(cpu / count)
            rotations.append(rotations_beside_commits(flows, options))
        signature = statistics.median(signatures)
        for name, found in costs.items():
            rows.append(at_most(f"{name}: ms of server CPU beyond one RSA-2048 signature",
                                (statistics.median(found) - signature) * 1e3, 0.6,
                                note=f"  ({statistics.median(found) * 1e3:.3f} ms in all)"))
        rows.append(rotations_row(f"durable rotations/s, {CHAINS} connections: × single commits of one writer", rotations))
    rows.append(measure_rotations_on_a_slow_disk(options, folder))
    return rows


def measure_rotations_on_a_slow_disk(options, folder):
    """The same where a sync takes as long as on a medium without a cache: both programs get the same slow syncs."""
    environment = slow_sync.environment(folder)
    with Installation(options, folder, data="slow", environment=environment) as running:
        flows = Flows(running, folder)
        measured = [rotations_beside_commits(flows, options, environment) for _ in range(options.rounds)]
        return rotations_row(f"… where a sync takes {slow_sync.MILLISECONDS:g} ms longer (simulated)", measured)


def measure_passwords(options, folder):
    cost = 10
    with Installation(options, folder, arguments=["--password-cost", str(cost)]) as running:
        client_id = prepare(running)
        api = running.management
        api.call("PATCH", f"/clients/{client_id}",
                 {"grant_types": ["http://auth0.com/oauth/grant-type/password-realm"]})
        running.admin("POST", "/tenants", {"name": NEIGHBOUR})
        connection = api.call("GET", "/connections")[0]["name"]
        body = json.dumps({"grant_type": "http://auth0.com/oauth/grant-type/password-realm", "realm": connection,
                           "client_id": client_id, "password": PASSWORD, "scope": "profile"})[:-1]
        # A person after the other, so that no shield against hasty logins goes up.
        logins = wrk.script(folder, "passwords", f"""
local number = 0
local headers = {{ ["Content-Type"] = "application/json" }}
function request()
    number = number + 1
    local name = "bench-" .. (number % {len(EMAILS)}) .. "@example.com"
    return wrk.format("POST", "/oauth/token", headers, '{body},"username":"' .. name .. '"}}')
end
""")
        # Somebody who asks now and then. Asking again and again without a pause would take the processor whose
        # work is measured beside it: alone, one such connection keeps nearly half of two processors busy.
        neighbour = wrk.script(folder, "neighbour", "function delay() return 5 end\n")
        neighbour_host = f"{NEIGHBOUR}.localhost"
        port, seconds = running.service.https_port, max(options.seconds, 4)

        def latency():
            text = wrk.run(port, neighbour, seconds - 1, 1, host=neighbour_host, path="/.well-known/jwks.json",
                           extra=["--latency"], started=comes_first)
            return p99(text)

        wrk.run(port, logins, 1, 8, path="/oauth/token")
        rates, ratios, shown = [], [], []
        for _ in range(options.rounds):
            possible = hashes_per_second(cost, seconds)
            running.settle()
            idle = latency()
            loaded = []
            listener = threading.Thread(target=lambda: loaded.append(latency()))
            began = time.monotonic()
            listener.start()
            count = wrk.answers(wrk.run(port, logins, seconds, 16, path="/oauth/token"))
            rate = count / (time.monotonic() - began)
            listener.join()
            rates.append(rate / possible)
            ratios.append(loaded[0] / idle)
            shown.append((rate, possible, loaded[0], idle))
        rate, possible, loaded_p99, idle_p99 = shown[len(shown) // 2]
        return [
            at_least("password logins/s: × bcrypt hashes/s of all cores", statistics.median(rates), 0.85,
                     note=f"  ({rate:.1f} : {possible:.1f} /s)"),
            at_most("meanwhile JWKS of another tenant, p99: × unloaded", statistics.median(ratios), 3,
                    note=f"  ({loaded_p99:.2f} : {idle_p99:.2f} ms)"),
        ]
