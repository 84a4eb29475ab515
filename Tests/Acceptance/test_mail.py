"""Mails that arrive at a real server, and what their links do."""
import base64
import json
import os
import re
import secrets
import sqlite3
import stat
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from equal_times import as_long
from mailbox_server import MailServer
from product import CONNECTION, PASSWORD, Person, eventually, is_error_page, page_of
from service import Service

NEW_PASSWORD = "Another-Horse-7"
SENT = "We've just sent you an email to reset your password."


@pytest.fixture(scope="module")
def mails(tmp_path_factory):
    server = MailServer(tmp_path_factory.mktemp("smtp")).start()
    yield server
    server.stop()


def running(binary, folder, mails, artifacts, *arguments):
    log = open(artifacts / "gatehouse-mail.log", "a")
    config = folder / "gatehouse.yaml"
    # The password of the relay stands in a file, not where `ps` shows it.
    config.write_text(f"smtp-url: {mails.url}\nsmtp-ca-file: {mails.ca_file}\nmail-from: Gatehouse <no-reply@idp.example>\n")
    config.chmod(0o600)
    return Service(binary, folder / "data", log=log, arguments=["--config", str(config), *arguments])


@pytest.fixture(scope="module")
def mailing(binary, artifacts, mails, tmp_path_factory):
    service = running(binary, tmp_path_factory.mktemp("mailing"), mails, artifacts)
    service.start()
    yield service
    assert service.stop() == 0


@pytest.fixture(scope="module")
def post(create_tenant, mailing):
    return create_tenant(on=mailing)


@pytest.fixture(scope="module")
def app(post):
    return post.create_client()


def address():
    return f"user-{secrets.token_hex(5)}@example.com"


def ask_for_reset(tenant, client, email, http=None):
    person = Person(tenant.service.ca_file)
    return person.http.post(tenant.url("dbconnections/change_password"), json={
        "client_id": client.client_id, "email": email, "connection": CONNECTION}, timeout=30)


def sign_up(tenant, client, email):
    person = Person(tenant.service.ca_file)
    return person.http.post(tenant.url("dbconnections/signup"), json={
        "client_id": client.client_id, "email": email, "password": PASSWORD, "connection": CONNECTION}, timeout=30)


def reset(person, link, password, confirmation=None):
    return person.submit(person.open(link), password=password, password_confirmation=confirmation or password)


def test_a_sign_up_is_verified_by_its_mail_and_welcomed(post, app, mails):
    email = address()
    assert sign_up(post, app, email).status_code == 200
    mail = mails.wait(email, "Verify")
    assert mail.recipients == [email] and mail.sender == "no-reply@idp.example"
    assert mail.message["From"] == "Gatehouse <no-reply@idp.example>"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    link = mail.link("verify_email")
    assert link in mail.html

    person = Person(post.service.ca_file)
    for _ in range(2):  # a scanner looks, twice
        assert person.http.head(link).status_code == 200
        assert person.http.get(link).headers["Referrer-Policy"] == "no-referrer"
    user = post.api("GET", f"/users-by-email?email={email}").json()[0]
    assert user["email_verified"] is False
    assert "verified" in person.submit(person.open(link)).text
    assert post.api("GET", f"/users/{user['user_id']}").json()["email_verified"] is True
    assert is_error_page(person.open(link))
    mails.wait(email, "Welcome")
    assert {"ss", "svr", "sv"} <= set(post.log_types(user_id=user["user_id"]))
    assert "fv" in post.log_types()


def test_a_password_is_reset_by_mail_from_the_login_page(post, app, mails):
    user = post.create_user()
    before = Person(post.service.ca_file)
    tokens = before.tokens(post, app, user["email"], scope="openid offline_access")

    person = Person(post.service.ca_file)
    page = person.authorize(post, app)
    forgot = person.open(post.url(next(link for link in page_of(page).links if "forgot" in link)))
    answer = person.submit(forgot, email=user["email"])
    assert answer.status_code == 200 and "mailbox" in answer.text
    link = mails.wait(user["email"], "Reset").link("reset")

    form = person.open(link)
    assert "At least" in form.text
    weak = reset(person, link, "short")
    assert weak.status_code == 400 and "too weak" in weak.text
    assert "not the same" in reset(person, link, NEW_PASSWORD, PASSWORD).text
    done = reset(person, link, NEW_PASSWORD)
    assert done.status_code == 200 and "reset successfully" in done.text

    assert is_error_page(person.open(link)), "L12: the ticket is good once"
    assert "login_required" in before.authorize(post, app, prompt="none").headers["Location"]
    assert post.refresh(app, tokens["refresh_token"]).status_code == 403
    assert "code" in Person(post.service.ca_file).log_in(post, app, user["email"], NEW_PASSWORD)
    old = person.submit(person.authorize(post, app), username=user["email"], password=PASSWORD)
    assert "Location" not in old.headers
    assert {"scpr", "scp"} <= set(post.log_types(user_id=user["user_id"]))
    assert NEW_PASSWORD not in str(post.logs()) and link.split("ticket=")[1][:32] not in str(post.logs())


def test_L12_a_new_request_ends_the_old_ticket_and_parallel_use_succeeds_once(post, app, mails):
    user = post.create_user()
    assert ask_for_reset(post, app, user["email"]).text == SENT
    first = mails.wait(user["email"], "Reset").link("reset")
    assert ask_for_reset(post, app, user["email"]).text == SENT
    second = mails.wait(user["email"], "Reset", count=2).link("reset")
    assert first != second
    assert is_error_page(Person(post.service.ca_file).open(first))

    people = [Person(post.service.ca_file) for _ in range(5)]
    pages = [person.open(second) for person in people]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(
            lambda pair: pair[0].submit(pair[1], password=NEW_PASSWORD, password_confirmation=NEW_PASSWORD),
            zip(people, pages)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400]


def test_L12_a_form_from_elsewhere_uses_nothing_up(post, app, mails):
    user = post.create_user()
    ask_for_reset(post, app, user["email"])
    link = mails.wait(user["email"], "Reset").link("reset")
    ticket = re.search("ticket=([A-Za-z0-9]+)", link).group(1)
    forged = Person(post.service.ca_file).http.post(post.url("lo/reset"), data={
        "ticket": ticket, "password": NEW_PASSWORD, "password_confirmation": NEW_PASSWORD, "_csrf": "x"})
    assert is_error_page(forged)
    person = Person(post.service.ca_file)
    assert reset(person, link, NEW_PASSWORD).status_code == 200


def test_L12_links_name_the_tenants_own_host(post, app, mails):
    user = post.create_user()
    person = Person(post.service.ca_file)
    person.http.post(post.url("dbconnections/change_password"), headers={"X-Forwarded-Host": "evil.example"}, json={
        "client_id": app.client_id, "email": user["email"], "connection": CONNECTION})
    assert mails.wait(user["email"], "Reset").link("reset").startswith(post.issuer)


def test_L3_change_password_says_the_same_of_everybody(post, app):
    user = post.create_user()
    answers = [ask_for_reset(post, app, email) for email in (user["email"], address())]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content == SENT.encode()
    assert answers[0].headers["Content-Type"] == answers[1].headers["Content-Type"]
    assert {"scpr", "fcpr"} <= set(post.log_types(client_id=app.client_id))


def test_L4_change_password_takes_as_long_for_nobody(post, app, mails):
    known = [post.create_user()["email"] for _ in range(15)]
    people = [Person(post.service.ca_file).http for _ in range(2)]
    for http in people:
        http.get(post.url(".well-known/jwks.json"))

    def took(http, email):
        began = time.perf_counter()
        http.post(post.url("dbconnections/change_password"), timeout=30, json={
            "client_id": app.client_id, "email": email, "connection": CONNECTION})
        return time.perf_counter() - began

    def known_took(number):
        sent = len(mails.to(known[number]))
        time_taken = took(people[0], known[number])
        mails.wait(known[number], "Reset", count=sent + 1)  # or its delivery would disturb the next
        return time_taken

    as_long(known_took, lambda _: took(people[1], address()), least=0.005)


def test_L8_a_result_url_must_be_one_of_the_clients(post, app, mails):
    email = address()
    assert sign_up(post, app, email).status_code == 200
    link = mails.wait(email, "Verify").link("verify_email")
    person = Person(post.service.ca_file)
    page = person.open(link.replace("#", "&result_url=https://evil.example/&returnTo=//evil.example#"))
    answer = person.submit(page)
    assert "Location" not in answer.headers


@pytest.mark.parametrize("email", ["a@x.example\r\nBcc: b@x.example", "a@x.example\nRCPT TO:<b@x.example>", "<a@x.example>"])
def test_L13_an_address_with_a_line_end_reaches_no_server(post, app, mails, email):
    assert ask_for_reset(post, app, email).text == SENT
    assert sign_up(post, app, email).status_code == 400
    time.sleep(0.5)
    assert not any("x.example" in recipient for mail in mails.mails for recipient in mail.recipients)
    assert all(len(mail.recipients) == 1 for mail in mails.mails)


def test_a_mailbox_is_not_flooded(post, app, mails):
    user = post.create_user()
    for _ in range(8):
        assert ask_for_reset(post, app, user["email"]).text == SENT
    mails.wait(user["email"], "Reset", count=5)
    time.sleep(0.5)
    assert len([mail for mail in mails.to(user["email"]) if "Reset" in mail.subject]) == 5


def test_a_mailbox_that_does_not_exist_is_logged(post, app, mails):
    user = post.create_user()
    mails.refused.add(user["email"])
    ask_for_reset(post, app, user["email"])
    assert eventually(lambda: "fn" in post.log_types(user_id=user["user_id"]), 15)
    event = next(event for event in post.logs() if event["type"] == "fn" and event["user_id"] == user["user_id"])
    assert event["details"]["email_type"] == "reset_email" and event["details"]["to"] == user["email"]
    assert "550" in event["details"]["error"]


def test_waiting_mails_survive_kill_9(binary, artifacts, create_tenant, tmp_path):
    mails = MailServer(tmp_path)  # not answering yet
    service = running(binary, tmp_path, mails, artifacts)
    service.start()
    try:
        tenant = create_tenant(on=service)
        client = tenant.create_client()
        users = [tenant.create_user() for _ in range(5)]
        for user in users:
            assert ask_for_reset(tenant, client, user["email"]).text == SENT
        time.sleep(1)
        service.kill()
        mails.start()
        service.start()
        for user in users:
            mails.wait(user["email"], "Reset", seconds=60)
        time.sleep(1)
        assert all(len(mails.to(user["email"])) == 1 for user in users)
        # Nothing is left that would be looked at after the next start.
        assert eventually(lambda: not os.listdir(service.data / "tenants" / "waiting"), 10)
    finally:
        service.stop()
        mails.stop()


def test_without_a_server_mails_go_to_a_folder(acme, spa, service):
    email = address()
    assert sign_up(acme, spa, email).status_code == 200
    folder = service.data / "outbox"

    def arrived():
        return [file for file in folder.glob("[!.]*.eml") if email in file.read_text()] if folder.exists() else []

    files = eventually(arrived, 10)
    assert files and stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert "/lo/verify_email?ticket=" in files[0].read_text()


def waiting_tenant(create_tenant, service):
    """A tenant whose database may be written to while the service is down."""
    tenant = create_tenant(on=service)
    known = tenant.create_user()
    service.stop()
    for path in (service.data / "tenants").rglob("*.sqlite"):
        with sqlite3.connect(path) as database:
            found = path.name != "template.sqlite" and database.execute(
                "SELECT 1 FROM users WHERE user_id = ?", (known["user_id"],)).fetchone()
        database.close()
        if found:
            return tenant, path
    raise AssertionError("no database has the user")


def wait_in(path, channel, recipient, kind="mfa_oob_code", connection=None):
    """Leaves a message in the outbox of a service that is down, as a crash would."""
    now = int(time.time() * 1000)
    with sqlite3.connect(path) as database:
        database.execute(
            'INSERT INTO outbox (id, channel, recipient, kind, "values", connection, attempts, due_at, created_at) '
            "VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)",
            (secrets.token_hex(16), channel, recipient, kind, '{"code":"123456"}', connection, now, now))
    database.close()
    (path.parents[1] / "waiting" / path.stem).touch()


class Gateway(BaseHTTPRequestHandler):
    """An SMS gateway that keeps what it is sent."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.seen.append((self.path, self.headers, {k: v[0] for k, v in parse_qs(body).items()}))
        answer = b'{"sid":"SM1"}'
        self.send_response(201)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def gateway():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("is_open", [True, False])
def test_M10_an_sms_goes_by_a_gateway_the_operator_has_opened(binary, artifacts, create_tenant, mails, gateway, tmp_path,
                                                              is_open):
    service = running(binary, tmp_path, mails, artifacts, *(["--allow-egress", "127.0.0.1"] if is_open else []))
    service.start()
    try:
        tenant, path = waiting_tenant(create_tenant, service)
        wait_in(path, "sms", "+491701234567", connection="sms")
        options = {"twilio_sid": "AC1", "twilio_token": "t0ken", "from": "+15550001111",
                   "gateway_url": f"http://127.0.0.1:{gateway.server_port}/send", "template": "Code @@password@@"}
        with sqlite3.connect(path) as database:
            database.execute(
                "INSERT INTO connections (id, name, strategy, document, created_at) VALUES ('con_sms', 'sms', 'sms', ?, 1)",
                (json.dumps({"options": options}),))
        database.close()
        service.start()
        assert bool(eventually(lambda: gateway.seen, 30 if is_open else 5)) == is_open
        if is_open:
            path, headers, form = gateway.seen[0]
            assert path == "/send" and form == {"To": "+491701234567", "From": "+15550001111", "Body": "Code 123456"}
            assert headers["Authorization"] == "Basic " + base64.b64encode(b"AC1:t0ken").decode()
    finally:
        service.stop()


@pytest.mark.parametrize("is_open", [True, False])
def test_M10_a_tenants_own_server_is_used_where_it_may_be(binary, artifacts, create_tenant, mails, tmp_path, is_open):
    elsewhere = tmp_path / "operator"
    elsewhere.mkdir()
    operators = MailServer(elsewhere).start()
    service = running(binary, tmp_path, mails, artifacts, "--smtp-url", f"smtp+plain://localhost:{operators.port}",
                      *(["--allow-egress", "localhost"] if is_open else []))
    service.start()
    try:
        tenant, path = waiting_tenant(create_tenant, service)
        email = address()
        wait_in(path, "email", email)
        provider = {"name": "smtp", "enabled": True, "default_from_address": "Own <own@tenant.example>", "credentials": {
            "smtp_host": "localhost", "smtp_port": mails.port, "smtp_user": "gatehouse",
            "smtp_pass": "s3cret-of-the-relay"}}
        with sqlite3.connect(path) as database:
            database.execute("INSERT INTO settings (name, value) VALUES ('email_provider', ?)", (json.dumps(provider),))
        database.close()
        service.start()
        arrived = eventually(lambda: mails.to(email), 30 if is_open else 5)
        assert bool(arrived) == is_open
        if is_open:
            assert arrived[0].message["From"] == "Own <own@tenant.example>"
        assert not operators.mails
    finally:
        service.stop()
        operators.stop()


def test_tls_from_the_first_byte(binary, artifacts, create_tenant, tmp_path):
    mails = MailServer(tmp_path, is_implicit=True).start()
    service = running(binary, tmp_path, mails, artifacts)
    service.start()
    try:
        tenant = create_tenant(on=service)
        user = tenant.create_user()
        ask_for_reset(tenant, tenant.create_client(), user["email"])
        assert mails.wait(user["email"], "Reset").recipients == [user["email"]]
    finally:
        service.stop()
        mails.stop()


def test_a_server_that_cannot_prove_its_name_gets_nothing(binary, artifacts, create_tenant, mails, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    stranger = MailServer(other)
    service = running(binary, tmp_path, mails, artifacts, "--smtp-ca-file", str(stranger.ca_file))
    service.start()
    try:
        tenant = create_tenant(on=service)
        user = tenant.create_user()
        ask_for_reset(tenant, tenant.create_client(), user["email"])
        time.sleep(3)
        assert not mails.to(user["email"])
    finally:
        service.stop()


def test_the_password_of_the_server_is_not_shown(binary, mails, tmp_path):
    shown = subprocess.run([binary, "config", "--smtp-url", mails.url], capture_output=True, text=True, check=True).stdout
    assert "s3cret-of-the-relay" not in shown and f"smtp://***@localhost:{mails.port}" in shown
