"""The power may fail at any moment: what was acknowledged is there, and nothing is half there."""
import os
import random
import secrets
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
import requests

from product import Person, Tenant
from service import Service
from test_mfa import GRANT, GRANTS, enable, mfa, mfa_token

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "20"))
LOGINS, CREATIONS, ENROLMENTS = 100, 100, 16
GONE = (requests.RequestException, AssertionError, KeyError, IndexError)


def databases(data):
    """Every SQLite file under the data directory."""
    for path in Path(data).rglob("*"):
        if path.is_file() and path.stat().st_size >= 100:
            with open(path, "rb") as file:
                if file.read(16) == b"SQLite format 3\0":
                    yield path


def check_integrity(data):
    found = 0
    for path in databases(data):
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], path
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == [], path
        connection.close()
        found += 1
    assert found >= 2, "no databases found"


class Round:
    """Concurrent work on one tenant that the process does not live to finish."""

    def __init__(self, tenant, client, people, strict):
        self.tenant, self.client, self.people = tenant, client, people
        self.refresh_tokens, self.clients = [], []
        self.enrolments = Enrolments(*strict)
        self.lock = threading.Lock()

    def work(self, number):
        try:
            if number % 2:
                person = Person(self.tenant.service.ca_file)
                tokens = person.tokens(self.tenant, self.client, self.people[number % len(self.people)]["email"],
                                       scope="openid offline_access")
                self.acknowledge(tokens["refresh_token"])
                # Some go on renewing: of a chain that was rotated, the newest token is what has to be there.
                while number % 4 == 1:
                    newest = self.take(tokens["refresh_token"])
                    tokens = self.tenant.refresh(self.client, newest, http=person.http).json()
                    self.acknowledge(tokens["refresh_token"])
            else:
                name = f"crash {secrets.token_hex(6)}"
                answer = self.tenant.api("POST", "/clients", {"name": name}, http=Person(self.tenant.service.ca_file).http)
                if answer.status_code == 201:
                    with self.lock:
                        self.clients.append((answer.json()["client_id"], name))
        except GONE:
            pass

    def acknowledge(self, token):
        with self.lock:
            self.refresh_tokens.append(token)

    def take(self, token):
        """A token under way is nobody's: the process may die after it was rotated and before it has said so."""
        with self.lock:
            self.refresh_tokens.remove(token)
        return token

    def run_until_killed(self):
        with ThreadPoolExecutor(LOGINS + CREATIONS + ENROLMENTS) as pool:
            work = [pool.submit(self.enrolments.work, number) for number in range(ENROLMENTS)]
            work += [pool.submit(self.work, number) for number in range(LOGINS + CREATIONS)]
            time.sleep(random.uniform(0.2, 3.0))
            self.tenant.service.kill()
            for item in work:
                item.cancel()


class Enrolments:
    """People of a tenant that asks for second factors get one, until the process dies."""

    def __init__(self, tenant, client):
        self.tenant, self.client = tenant, client
        # (user, authenticator app, recovery code), once the service has said that it is enrolled.
        self.acknowledged = []
        # Users who were shown a key and have proved nothing.
        self.half_done = []
        # Who they are is settled before; then each of them is two requests away from a factor.
        self.waiting = []
        for _ in range(ENROLMENTS):
            user = tenant.create_user()
            self.waiting.append((user, mfa_token(tenant, client, user)))

    def work(self, number):
        user, token = self.waiting[number]
        # They come one after another, so that some of them are at each step when the process dies.
        time.sleep(number * 0.03)
        try:
            made = mfa(self.tenant, "POST", "associate", token, authenticator_types=["otp"]).json()
            app = pyotp.parse_uri(made["barcode_uri"])
            if number % 4 == 0:
                self.half_done.append(user)
                return
            answer = self.tenant.token(grant_type=f"{GRANT}mfa-otp", mfa_token=token, otp=app.now(),
                                       **self.client.credentials)
            if answer.status_code == 200:
                self.acknowledged.append((user, app, made["recovery_codes"][0]))
        except GONE:
            pass

    def check(self, tenant, number):
        """By the service that was started again."""
        for user, app, recovery in self.acknowledged:
            active = self.active(tenant, user)
            assert active == {"otp", "recovery-code"}, f"round {number}: {user['email']} was enrolled and has {active}"
            # The code of the next step: the one of the enrolment is used up, whatever has happened since.
            answer = tenant.token(grant_type=f"{GRANT}mfa-otp", mfa_token=mfa_token(tenant, self.client, user),
                                  otp=app.at(time.time() + 30), **self.client.credentials)
            assert answer.status_code == 200, f"round {number}: the factor of {user['email']} does not work: {answer.text}"
            answer = tenant.token(grant_type=f"{GRANT}mfa-recovery-code", recovery_code=recovery,
                                  mfa_token=mfa_token(tenant, self.client, user), **self.client.credentials)
            assert answer.status_code == 200, f"round {number}: a recovery code is gone: {answer.text}"
        for user in self.half_done:
            active = self.active(tenant, user) - {"recovery-code"}
            assert not active, f"round {number}: {user['email']} has proved nothing and has {active}"
            # It does not stand in the way of an enrolment that is finished.
            token = mfa_token(tenant, self.client, user)
            made = mfa(tenant, "POST", "associate", token, authenticator_types=["otp"]).json()
            answer = tenant.token(grant_type=f"{GRANT}mfa-otp", mfa_token=token,
                                  otp=pyotp.parse_uri(made["barcode_uri"]).now(), **self.client.credentials)
            assert answer.status_code == 200, f"round {number}: {answer.text}"
        return len(self.acknowledged)

    def active(self, tenant, user):
        listed = mfa(tenant, "GET", "authenticators", mfa_token(tenant, self.client, user)).json()
        return {entry["authenticator_type"] for entry in listed if entry["active"]}


@pytest.mark.skipif(ROUNDS == 0, reason="switched off by CRASH_ROUNDS=0")
def test_O4_what_was_acknowledged_survives_kill_9(binary, tmp_path, artifacts):
    with open(artifacts / "gatehouse-crash.log", "w") as log:
        # Cheap passwords: it is the writing that is to be interrupted, not the hashing.
        service = Service(binary, tmp_path / "data", log=log, arguments=["--password-cost", "4"])
        service.start()
        made = service.operate("tenant", "create", "acme", "--management-client")
        # The issuer holds the port: restarts keep it.
        service.ports = {"https": service.https_port, "http": service.http_port, "admin": service.admin_port}
        tenant = Tenant(service, "acme", service.domain("acme"), made["management_client"])
        client = tenant.create_client()
        people = [tenant.create_user() for _ in range(8)]
        asking = service.operate("tenant", "create", "strict", "--management-client")
        strict = Tenant(service, "strict", service.domain("strict"), asking["management_client"])
        enable(strict, "otp")
        strict_client = strict.create_client(grant_types=GRANTS)
        acknowledged = enrolled = 0
        try:
            for number in range(ROUNDS):
                this = Round(tenant, client, people, (strict, strict_client))
                this.run_until_killed()
                created = f"crash{number}"
                service.start()
                tenant = Tenant(service, "acme", service.domain("acme"), made["management_client"])
                for client_id, name in this.clients:
                    answer = tenant.api("GET", f"/clients/{client_id}")
                    assert answer.status_code == 200, f"round {number}: client {client_id} was acknowledged and is gone"
                    assert answer.json()["name"] == name
                for token in this.refresh_tokens:
                    answer = tenant.refresh(client, token)
                    assert answer.status_code == 200, f"round {number}: a refresh token is gone: {answer.text}"
                half = [c for c in everything(tenant, "/clients") if c["name"].startswith("crash ") and not c.get("client_secret")]
                assert not half, f"round {number}: half a client: {half}"
                check_log(tenant, number)
                strict = Tenant(service, "strict", service.domain("strict"), asking["management_client"])
                enrolled += this.enrolments.check(strict, number)
                acknowledged += len(this.clients) + len(this.refresh_tokens)
                # A tenant can be created while others are damaged by nothing.
                service.operate("tenant", "create", created)
            assert acknowledged > 0 and enrolled > 0
        finally:
            service.stop()
        check_integrity(service.data)
        print(f"{ROUNDS} crashes, {acknowledged} acknowledged things and {enrolled} second factors, all there")


def check_log(tenant, number):
    """Whatever is there has its event: both are in one transaction."""
    events = every_event(tenant)
    created = {event["details"]["response"]["body"]["client_id"] for event in events if "Create a client" in str(event)}
    unlogged = {c["client_id"] for c in everything(tenant, "/clients") if c["name"].startswith("crash ")} - created
    assert not unlogged, f"round {number}: clients without an event: {unlogged}"


def every_event(tenant):
    """The whole log, by checkpoints: pages end at a thousand events."""
    found = []
    while True:
        start = f"&from={found[-1]['log_id']}" if found else ""
        answer = tenant.api("GET", f"/logs?take=100{start}")
        assert answer.status_code == 200, answer.text
        if not answer.json():
            return found
        found += answer.json()


def everything(tenant, path):
    page, found = 0, []
    while True:
        answer = tenant.api("GET", f"{path}?page={page}&per_page=100")
        assert answer.status_code == 200, answer.text
        found += answer.json()
        if len(answer.json()) < 100:
            return found
        page += 1


def test_O4_a_damaged_tenant_is_out_of_service_alone(binary, tmp_path):
    log_path = tmp_path / "log"
    with open(log_path, "w") as log:
        service = Service(binary, tmp_path / "data", log=log)
        service.start()
        broken, well = (
            Tenant(service, name, service.domain(name),
                   service.operate("tenant", "create", name, "--management-client")["management_client"])
            for name in ("broken", "well")
        )
        marker = broken.create_client().client_id
        well.create_client()
        service.ports = {"https": service.https_port, "http": service.http_port, "admin": service.admin_port}
        service.stop()
        damaged = [path for path in databases(service.data) if holds(path, marker)]
        assert len(damaged) == 1, damaged
        for path in damaged:
            path.write_bytes(b"this is not a database, not any more" * 1000)
        service.start()
        try:
            assert broken.http.get(broken.url("authorize?client_id=x"), allow_redirects=False).status_code == 503
            assert broken.http.get(broken.url(".well-known/jwks.json")).status_code == 503
            assert well.http.get(well.url(".well-known/jwks.json")).status_code == 200
            assert well.api("GET", "/clients").status_code == 200
        finally:
            service.stop()
    assert "broken" in log_path.read_text()


def holds(path, text):
    return any(text.encode() in file.read_bytes() for file in path.parent.glob(path.name + "*"))


def test_O5_a_restart_in_order_loses_nothing_and_revives_nothing(binary, tmp_path):
    service = Service(binary, tmp_path / "data", log=open(tmp_path / "log", "w"))
    service.start()
    made = service.operate("tenant", "create", "acme", "--management-client")
    service.ports = {"https": service.https_port, "http": service.http_port, "admin": service.admin_port}
    tenant = Tenant(service, "acme", service.domain("acme"), made["management_client"])
    client, user = tenant.create_client(), tenant.create_user()
    person = Person(service.ca_file)
    tokens = person.tokens(tenant, client, user["email"], scope="openid offline_access")
    used = person.log_in(tenant, client, user["email"])["code"]
    assert tenant.redeem(client, used).status_code == 200
    unused = person.log_in(tenant, client, user["email"])["code"]
    assert service.stop() == 0
    service.start()
    try:
        assert "code" in person.log_in(tenant, client, user["email"], prompt="none")
        assert tenant.userinfo(tokens["access_token"]).status_code == 200
        assert tenant.refresh(client, tokens["refresh_token"]).status_code == 200
        assert tenant.redeem(client, used).status_code == 403
        assert tenant.redeem(client, unused).status_code in (200, 403)
    finally:
        service.stop()
