"""One tenant with very many people and a long log: importing them, finding them, reading the log page by page, and
whether their number makes a login dearer."""
import http.client
import json
import random
import sqlite3
import statistics
import sys
import time
from datetime import datetime, timezone
from urllib.parse import quote

import login
import wrk
from installation import CALLBACK, PASSWORD, Installation
from report import Row, at_least, at_most
from service import ManagementClient

LARGE, SMALL = "large", "small"
FEW = 1_000
LOOKUPS = 2_000
SEARCHES = 60
PAGE = 100
PAGES = 150
LOGINS = 400
# An import is timed on its own, so the file does not spend it on repetition: one hash, at the cost logins are timed at.
GIVEN = ["anna", "ben", "carla", "david", "eva", "felix", "greta", "hugo", "ida", "jonas", "klara", "leon", "mia",
         "noah", "olga", "paul"]
FAMILY = ["bernard", "bianchi", "costa", "dubois", "horvat", "jensen", "martin", "meyer", "nielsen", "novak", "rossi",
          "schulz", "silva", "weber"]
CITIES = [f"{stem}{number}" for number in range(50) for stem in
          ("berlin", "lyon", "porto", "turin", "graz", "gent", "brno", "split", "malmo", "tartu")]
PLANS = ["free"] * 6 + ["pro"] * 3 + ["gold"]
DAYS = 29


def say(text, end="\n"):
    print(f"\r\033[K  {text}", end=end, file=sys.stderr, flush=True)


def progress(text):
    if sys.stderr.isatty():
        say(text, end="")


# People


class Person:
    """What is known of somebody by number alone, so that nobody need be remembered."""

    def __init__(self, number):
        chance = random.Random(number)
        self.given, self.family = chance.choice(GIVEN), chance.choice(FAMILY)
        self.email = f"{self.given}.{self.family}.{chance.getrandbits(32):08x}@mail{number % 20}.example"
        self.city, self.plan = chance.choice(CITIES), chance.choice(PLANS)
        self.customer, self.score = f"c{number:07}", chance.randrange(1_000)

    def row(self, password_hash):
        return (
            f'{{"email":"{self.email}","email_verified":true,"given_name":"{self.given}","family_name":"{self.family}",'
            f'"password_hash":"{password_hash}","user_metadata":{{"city":"{self.city}"}},'
            f'"app_metadata":{{"plan":"{self.plan}","customer":"{self.customer}","score":{self.score}}}}}'
        )


def write_people(path, count):
    password_hash = login.crypt_password()
    with open(path, "w") as file:
        for number in range(count):
            file.write("," if number else "[")
            file.write(Person(number).row(password_hash))
            if number % 50_000 == 0:
                progress(f"writing a file of {count:,} users: {number * 100 // count} %")
        file.write("]")


class Tenant:
    """One of the tenants that are measured, with a client that people log in to."""

    def __init__(self, running, name):
        self.running, self.name = running, name
        self.credentials = running.service.operate("tenant", "create", name, "--management-client")["management_client"]
        self.connect()
        self.connection = self.api.call("GET", "/connections")[0]
        self.client_id = self.api.call("POST", "/clients", {
            "name": "people", "app_type": "spa", "token_endpoint_auth_method": "none", "callbacks": [CALLBACK],
            "grant_types": ["authorization_code"], "oidc_conformant": True, "jwt_configuration": {"alg": "RS256"},
        })["client_id"]
        enabled = self.api.call("GET", f"/connections/{self.connection['id']}")["enabled_clients"]
        if self.client_id not in enabled:
            self.api.call("PATCH", f"/connections/{self.connection['id']}", {"enabled_clients": [*enabled, self.client_id]})

    @property
    def host(self):
        return f"{self.name}.localhost"

    def connect(self):
        """Anew after each start of the service, which chooses another port."""
        self.api = ManagementClient(self.running.client(self.host), self.running.service.domain(self.name),
                                    self.credentials)

    def send_import(self, path):
        """Uploads a file as the form of an import; returns the job's id."""
        boundary = "bench-boundary"
        before = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"connection_id\"\r\n\r\n{self.connection['id']}"
                  f"\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"users\"; filename=\"users.json\"\r\n"
                  "Content-Type: application/json\r\n\r\n").encode()
        after = f"\r\n--{boundary}--\r\n".encode()
        client = self.running.client(self.host)
        connection = client._connect()
        connection.putrequest("POST", "/api/v2/jobs/users-imports")
        for name, value in {**self.api.headers, "Content-Type": f"multipart/form-data; boundary={boundary}",
                            "Content-Length": str(len(before) + path.stat().st_size + len(after))}.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(before)
        with open(path, "rb") as file:
            while piece := file.read(1 << 20):
                connection.send(piece)
        connection.send(after)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        if response.status != 202:
            raise SystemExit(f"the import answered {response.status}: {text}")
        return json.loads(text)["id"]

    def import_people(self, path, count):
        """Users per second from the first byte of the upload to the finished job."""
        began = time.monotonic()
        job = self.send_import(path)
        uploaded = time.monotonic() - began
        while True:
            state = self.api.call("GET", f"/jobs/{job}")
            if state["status"] in ("completed", "failed"):
                break
            progress(f"importing {count:,} users: {state.get('percentage_done', 0)} %")
            time.sleep(0.25 if count > FEW else 0.02)
        seconds = time.monotonic() - began
        if state["status"] != "completed" or state["summary"]["inserted"] != count:
            raise SystemExit(f"the import ended as {state}")
        if count > FEW:
            say(f"imported {count:,} users in {seconds:.0f} s, of which the upload took {uploaded:.1f} s")
        return count / seconds

    def file(self):
        """The tenant's database; the service is stopped."""
        folder = self.running.service.data / "tenants"
        for path in folder.glob("??/*.sqlite"):
            database = sqlite3.connect(path)
            found = database.execute("SELECT 1 FROM clients WHERE client_id = ?", (self.client_id,)).fetchone()
            database.close()
            if found:
                return path
        raise SystemExit(f"no database of the tenant {self.name}")

    def log_in(self, emails):
        """Logs people in, by the slow browsers of `login`."""
        login.log_in_few(self.running, self.client_id, emails, self.host)


# The log


def log_id(milliseconds, number):
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return f"900{moment:%Y%m%d%H%M%S}{milliseconds % 1000:03}0{number:035}"


def templates(database):
    """What the service itself has written, with room for another moment and another person."""
    found = []
    for kind, user_id, client_id, text in database.execute("SELECT type, user_id, client_id, document FROM logs"):
        event = json.loads(text)
        event.update(date="\0date", _id="\0id", log_id="\0id")
        if user_id:
            event.update(user_id="\0user", user_name="\0email")
        text = json.dumps(event, separators=(",", ":"), ensure_ascii=False).replace("%", "%%")
        for name in ("date", "id", "user", "email"):
            text = text.replace(f"\\u0000{name}", f"%({name})s")
        found.append((kind, client_id, bool(user_id), text))
    # As a tenant's days go: mostly logins and their tokens, some failures, some changes by API.
    wanted = {"s": 8, "seacft": 8, "fp": 2, "slo": 1, "sapi": 1}
    return [one for one in found if one[0] in wanted for _ in range(wanted[one[0]])]


def events(kinds, people, count, end):
    chance = random.Random(5)
    step = DAYS * 86_400_000 / count
    for number in range(count):
        moment = int(end - (count - number) * step)
        kind, client_id, is_personal, text = chance.choice(kinds)
        identifier = log_id(moment, number)
        user_id, email = chance.choice(people) if is_personal else (None, None)
        seconds = datetime.fromtimestamp(moment // 1000, timezone.utc)
        date = f"{seconds:%Y-%m-%dT%H:%M:%S}.{moment % 1000:03}Z"
        yield (identifier, moment, kind, user_id, client_id,
               text % {"date": date, "id": identifier, "user": user_id, "email": email})
        if number % 50_000 == 0:
            progress(f"writing {count:,} log events: {number * 100 // count} %")


def fill_log(path, count):
    """Writes events into the tenant's file as the service writes them, and the facts that it notes with them. Returns
    some of the people, with their ids."""
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000"):
        database.execute(f"PRAGMA {pragma}").fetchall()
    people = database.execute("SELECT user_id, email FROM users").fetchall()
    oldest = database.execute("SELECT min(date) FROM logs").fetchone()[0]
    kinds = templates(database)
    database.execute("BEGIN")
    database.executemany(
        "INSERT INTO logs (log_id, date, type, user_id, client_id, document) VALUES (?, ?, ?, ?, ?, ?)",
        events(kinds, people, count, oldest - 1000))
    progress("noting who was active")
    database.execute("""
        INSERT INTO active_users (month, client_id, user_id, kind, last_day)
        SELECT strftime('%Y-%m', date / 1000, 'unixepoch') AS month, client_id, user_id, 'database',
            max(strftime('%Y-%m-%d', date / 1000, 'unixepoch'))
        FROM logs WHERE type = 's' AND user_id IS NOT NULL GROUP BY 1, 2, 3
        ON CONFLICT (month, client_id, user_id) DO NOTHING""")
    database.execute("""
        INSERT INTO daily_counts (day, logins, signups, leaked_passwords)
        SELECT strftime('%Y-%m-%d', date / 1000, 'unixepoch'), count(*), 0, 0 FROM logs WHERE type = 's' GROUP BY 1
        ON CONFLICT (day) DO NOTHING""")
    database.execute("COMMIT")
    database.execute("PRAGMA journal_mode = WAL").fetchall()
    database.close()
    return random.Random(9).sample(people, min(len(people), LOOKUPS))


# Measuring


def milliseconds(api, paths):
    """How long each of some GETs takes on one kept connection."""
    times = []
    for path in paths:
        began = time.perf_counter()
        api.call("GET", path)
        times.append((time.perf_counter() - began) * 1e3)
    return times


def p95(times):
    return sorted(times)[int(len(times) * 0.95)]


def search_path(text, more="&include_totals=true"):
    return f"/users?search_engine=v3&q={quote(text)}{more}"


def lookups(api, sample, count):
    chance = random.Random(7)
    numbers = [chance.randrange(count) for _ in range(LOOKUPS)]
    forms = {
        "by id": [f"/users/{quote(user_id, safe='')}" for user_id, _ in sample],
        "by e-mail": [f"/users-by-email?email={quote(email)}" for _, email in sample],
        "by indexed field, with total": [search_path(f'app_metadata.customer:"c{number:07}"') for number in numbers],
    }
    rows = []
    for name, paths in forms.items():
        progress(f"looking users up {name}")
        milliseconds(api, paths[:50])
        rows.append(at_most(f"look-up of a user {name}: p95, ms", p95(milliseconds(api, paths)), 5))
    return rows


def searches(api, sample):
    chance = random.Random(11)

    def city():
        return chance.choice(CITIES)

    forms = {
        "city": lambda: f'user_metadata.city:"{city()}"',
        "city AND plan": lambda: f'user_metadata.city:"{city()}" AND app_metadata.plan:"gold"',
        "city AND range": lambda: f'user_metadata.city:"{city()}" AND app_metadata.score:[500 TO *]',
        "one in ten": lambda: 'app_metadata.plan:"gold"',
        "six in ten": lambda: 'app_metadata.plan:"free"',
        "NOT": lambda: 'NOT app_metadata.plan:"free"',
        "narrow range": lambda: f"app_metadata.score:[{(low := chance.randrange(990))} TO {low + 9}]",
        "wildcard": lambda: f"user_metadata.city:{city()[:5]}*",
        "OR": lambda: f'user_metadata.city:("{city()}" OR "{city()}")',
    }
    found = {}
    for name, form in forms.items():
        progress(f"searching: {name}")
        found[name] = p95(milliseconds(api, [search_path(form()) for _ in range(SEARCHES)]))
    worst = max(found, key=found.get)
    say(f"searches, p95 in ms: {', '.join(f'{name} {value:.1f}' for name, value in found.items())}")
    rows = [at_most("q on metadata with total, the slowest form's p95, ms", found[worst], 100, "{:.1f}", f"  ({worst})")]
    bare = p95(milliseconds(api, [search_path(email.split("@")[0]) for _, email in sample[:SEARCHES]]))
    rows.append(at_most("q of a bare term with total: p95, ms", bare, 100, "{:.1f}"))
    for name, text in (("a range of half of all", "app_metadata.score:[500 TO *]"),
                       ("two wide conditions", 'app_metadata.plan:"gold" AND app_metadata.score:[500 TO *]')):
        rows.append(record(f"q on metadata, {name}, with total: p95, ms", p95(milliseconds(api, [search_path(text)] * 20))))
    return rows


def record(name, value):
    return Row(name, f"{value:.1f}", "(for the record)", True)


def log_pages(api, path):
    """Checkpoint pages from the first event on, from the middle, and up to the last; and pages of a search."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    count = database.execute("SELECT count(*) FROM logs").fetchone()[0]
    starts = {
        name: database.execute("SELECT log_id FROM logs ORDER BY log_id LIMIT 1 OFFSET ?", (offset,)).fetchone()[0]
        for name, offset in (("first", 0), ("middle", count // 2), ("last", count - PAGES * PAGE - 1))
    }
    database.close()
    times = {name: [] for name in starts}

    def walk(name, pages):
        last = starts[name]
        for _ in range(pages):
            began = time.perf_counter()
            page = api.call("GET", f"/logs?from={last}&take={PAGE}")
            times[name].append((time.perf_counter() - began) * 1e3)
            last = page[-1]["log_id"]
        starts[name] = last

    progress("reading the log")
    walk("middle", 5)
    times["middle"].clear()
    # In turns, so that all see the same machine.
    for _ in range(PAGES // 10):
        for name in starts:
            walk(name, 9)
    medians = {name: statistics.median(values) for name, values in times.items()}
    note = "  (" + " : ".join(f"{medians[name]:.2f}" for name in ("first", "middle", "last")) + " ms)"
    pages = {page: [] for page in (0, 9)}
    for _ in range(40):
        for page in pages:
            pages[page] += milliseconds(api, [f"/logs?page={page}&per_page={PAGE}"])
    first, tenth = (statistics.median(pages[page]) for page in (0, 9))
    totals = p95(milliseconds(api, ["/logs?include_totals=true&per_page=50"] * 40))
    return [
        at_most("log from a checkpoint: last page × first page", medians["last"] / medians["first"], 1.2, note=note),
        at_most("log by page number: tenth page of 100 × first", tenth / first, 1.2, note=f"  ({tenth:.2f} : {first:.2f} ms)"),
        record("log with a total: p95, ms", totals),
    ]


def client_reads(running, tenant, options, folder):
    file = wrk.script(folder, "client", f'wrk.headers["Authorization"] = "{tenant.api.headers["Authorization"]}"\n')

    def read(seconds):
        return wrk.answers(wrk.run(running.service.https_port, file, seconds, host=tenant.host,
                                   path=f"/api/v2/clients/{tenant.client_id}"))

    progress("reading a client")
    read(1)
    costs = []
    for _ in range(options.rounds):
        cpu, count = running.cpu_of(lambda: read(options.seconds))
        costs.append(cpu / count * 1e3)
    return [at_most("GET of a client: ms of server CPU", statistics.median(costs), 0.25, "{:.3f}")]


def logins(running, small, large, few, sample, options):
    """The same logins to either tenant in turns; the hash is left out, which would hide a growth."""
    people = {small: few, large: [email for _, email in sample]}
    for tenant, emails in people.items():
        progress(f"logging in to the {tenant.name} tenant")
        tenant.log_in(emails[:LOGINS // 2])
    found = []
    for number in range(options.rounds):
        hashing = login.hash_seconds()
        costs = []
        for tenant, emails in people.items():
            some = random.Random(number).sample(emails, min(LOGINS, len(emails)))
            cpu, _ = running.cpu_of(lambda: tenant.log_in(some))
            costs.append(cpu / len(some) - hashing)
        found.append((costs[1] / costs[0], costs[1], costs[0]))
    ratio, many, one = sorted(found)[len(found) // 2]
    return [at_most(f"server CPU of a login, {options.users:,} users × {len(few):,}", ratio, 1.15,
                    note=f"  ({many * 1e3:.2f} : {one * 1e3:.2f} ms without the hash)")]


def measure(options, folder):
    few_file, many_file = folder / "few.json", folder / "many.json"
    write_people(few_file, FEW)
    write_people(many_file, options.users)
    few = [Person(number).email for number in range(FEW)]
    cheap = ["--password-cost", str(login.COST)]
    with Installation(options, folder, cheap) as running:
        small, large = Tenant(running, SMALL), Tenant(running, LARGE)
        small.import_people(few_file, FEW)
        running.settle()
        rate = large.import_people(many_file, options.users)
        many_file.unlink()
        # What the log is then made of.
        large.log_in(few[:20])
        client = running.client(large.host)
        for email in few[:20]:
            fail_login(client, large.client_id, email)
        client.send("GET", f"/v2/logout?client_id={large.client_id}")
        client.close()
    path = large.file()
    began = time.monotonic()
    sample = fill_log(path, options.logs)
    say(f"wrote {options.logs:,} log events in {time.monotonic() - began:.0f} s; "
        f"the database has {path.stat().st_size / 1e9:.1f} GB")
    with Installation(options, folder, cheap) as running:
        for tenant in (small, large):
            tenant.running = running
            tenant.connect()
        running.settle()
        rows = [at_least(f"import of {options.users:,} users with ready hashes: users/s, upload included", rate, 8_000,
                         "{:,.0f}")]
        rows += lookups(large.api, sample, options.users)
        rows += searches(large.api, sample)
        rows += log_pages(large.api, path)
        rows += client_reads(running, large, options, folder)
        rows += logins(running, small, large, few, sample, options)
    say(f"done: {options.users:,} users, {options.logs:,} log events")
    return rows


def fail_login(client, client_id, email):
    """A wrong password, which the log reports too."""
    browser = login.Browser(client)
    try:
        browser.log_in(client_id, email, password=PASSWORD + "x")
    except (AttributeError, KeyError, TypeError, http.client.HTTPException):
        return
    raise SystemExit("a wrong password was accepted")
