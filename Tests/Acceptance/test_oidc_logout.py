"""Logging out: by the application's wish, by the user's, and telling the others (OpenID Connect logout)."""
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

import jwt
import pytest
from playwright.sync_api import expect

from black_hole import black_hole
from product import Person, callback_of, claims_of, eventually, is_error_page
from service import Service
from test_browser import browser, fill_in, fits, home, page  # noqa: F401

BYE = "https://app.example.com/bye"


def logout_url(tenant, **parameters):
    return tenant.url(f"oidc/logout?{urlencode(parameters)}")


def has_session(person, tenant, client):
    return "code" in callback_of(person.authorize(tenant, client, prompt="none"))


def test_discovery_names_the_endpoint(acme):
    document = acme.discovery()
    assert document["end_session_endpoint"] == acme.url("oidc/logout")
    assert document["backchannel_logout_supported"] is True and document["backchannel_logout_session_supported"] is True


def test_an_application_logs_its_user_out(acme, spa, person, ada):
    tokens = person.tokens(acme, spa, ada["email"])
    answer = person.open(logout_url(acme, id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE, state="x"))
    assert answer.headers["Location"] == f"{BYE}?state=x"
    assert not has_session(person, acme, spa)
    assert eventually(lambda: "slo" in acme.log_types(client_id=spa.client_id))


def test_without_a_proof_the_user_is_asked(acme, spa, person, ada):
    person.log_in(acme, spa, ada["email"])
    question = person.open(logout_url(acme, client_id=spa.client_id, post_logout_redirect_uri=BYE))
    assert "Log out?" in question.text and has_session(person, acme, spa)
    assert "still logged in" in person.submit(question, decision="deny").text and has_session(person, acme, spa)
    assert person.submit(question, decision="accept").headers["Location"] == BYE
    assert not has_session(person, acme, spa)


@pytest.mark.parametrize("parameters", [
    {"post_logout_redirect_uri": "https://evil.example/"},
    {"post_logout_redirect_uri": f"{BYE}.evil.example"},
    {"post_logout_redirect_uri": "https://app.example.com@evil.example/bye"},
    {"id_token_hint": "e30.e30.e30"},
])
def test_u9_a_logout_that_may_not_lead_there_ends_nothing(acme, spa, person, ada, parameters):
    person.log_in(acme, spa, ada["email"])
    assert is_error_page(person.open(logout_url(acme, client_id=spa.client_id, **parameters)))
    assert has_session(person, acme, spa)


def test_t20_an_id_token_of_another_tenant_is_no_hint(acme, globex, spa, person, someone, ada):
    foreign = globex.create_client()
    user = globex.create_user()
    hint = someone().tokens(globex, foreign, user["email"])["id_token"]
    person.log_in(acme, spa, ada["email"])
    assert is_error_page(person.open(logout_url(acme, id_token_hint=hint)))
    assert has_session(person, acme, spa)


def test_v2_logout_accepts_federated(acme, spa, person, ada):
    person.log_in(acme, spa, ada["email"])
    answer = person.open(acme.url(f"v2/logout?federated&client_id={spa.client_id}&returnTo={BYE}"))
    assert answer.headers["Location"] == BYE
    assert not has_session(person, acme, spa)


def test_the_question_in_a_browser(page, acme, spa, ada, artifacts):
    page.route("https://app.example.com/**", lambda route: route.fulfill(body="arrived"))
    page.goto(acme.url(f"authorize?client_id={spa.client_id}&response_type=code&scope=openid&state=s"
                       f"&redirect_uri={spa.callback}"))
    fill_in(page, ada["email"])
    expect(page.get_by_text("arrived")).to_be_visible()
    page.goto(logout_url(acme, client_id=spa.client_id, post_logout_redirect_uri=BYE))
    expect(page.get_by_role("heading")).to_have_text("Log out?")
    assert fits(page)
    page.screenshot(path=artifacts / "logout-question.png")
    assert page.get_by_role("button", name="Stay").is_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("arrived")).to_be_visible()
    assert page.url == BYE


# The back channel, on a service whose operator has opened this machine to it


class Receiver:
    """An application's back-channel endpoint."""

    def __init__(self):
        self.forms, self.paths, self.failures = [], [], 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                receiver.paths.append(self.path)
                self.send_error(405)

            def do_POST(self):
                receiver.paths.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.forms.append(parse_qs(body))
                if receiver.failures > 0:
                    receiver.failures -= 1
                    self.send_response(503)
                elif self.path == "/redirect":
                    self.send_response(302)
                    self.send_header("Location", "/elsewhere")
                else:
                    self.send_response(204)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def tokens(self):
        return [form["logout_token"][0] for form in self.forms]


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def opened(binary, artifacts, tmp_path_factory):
    """A service that may call this machine."""
    with open(artifacts / "gatehouse-egress.log", "w") as log:
        running = Service(binary, tmp_path_factory.mktemp("egress") / "data", log=log,
                          arguments=["--allow-egress", "127.0.0.1"])
        running.start()
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def tenant(opened, create_tenant):
    return create_tenant("backchannel", on=opened)


def client_for(tenant, url):
    return tenant.create_client(oidc_logout={"backchannel_logout_urls": [url]})


def log_out(tenant, client, person=None):
    person = person or Person(tenant.service.ca_file)
    user = tenant.create_user()
    tokens = person.tokens(tenant, client, user["email"])
    person.open(tenant.url("v2/logout"))
    return user, tokens


def test_a_logout_reaches_the_application(tenant, receiver):
    client = client_for(tenant, f"{receiver.url}/logout")
    user, tokens = log_out(tenant, client)
    assert eventually(lambda: receiver.forms)
    token = receiver.tokens[0]
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "logout+jwt"
    key = next(key for key in tenant.jwks()["keys"] if key["kid"] == header["kid"])
    claims = jwt.decode(token, jwt.PyJWK(key).key, algorithms=["RS256"], audience=client.client_id,
                        issuer=tenant.issuer)
    assert claims["sub"] == user["user_id"] and claims["sid"] == claims_of(tokens["id_token"])["sid"]
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}} and "nonce" not in claims
    assert eventually(lambda: "oidc_backchannel_logout_succeeded" in tenant.log_types(client_id=client.client_id))


def test_an_application_that_is_away_is_told_later(tenant, receiver):
    client = client_for(tenant, f"{receiver.url}/logout")
    receiver.failures = 1
    log_out(tenant, client)
    assert eventually(lambda: len(receiver.forms) == 2, 10)
    first, second = map(claims_of, receiver.tokens)
    assert first["jti"] == second["jti"]


def test_a_notice_survives_a_crash(binary, tmp_path, create_tenant, receiver, artifacts):
    with open(artifacts / "gatehouse-crash.log", "w") as log:
        running = Service(binary, tmp_path / "data", log=log, arguments=["--allow-egress", "127.0.0.1"])
        running.start()
        tenant = create_tenant("crash", on=running)
        client = client_for(tenant, f"{receiver.url}/logout")
        receiver.failures = 1
        log_out(tenant, client)
        assert eventually(lambda: receiver.forms)
        running.kill()
        running.start()
        assert eventually(lambda: len(receiver.forms) == 2, 10)
        assert running.stop() == 0


def test_receivers_that_never_answer_hold_up_nobody_else(opened, create_tenant, receiver):
    """Neither an application of the same tenant nor one of another."""
    with black_hole() as (nowhere, held):
        tenants = [create_tenant(on=opened) for _ in range(2)]
        for tenant in tenants:
            for number in range(6):
                log_out(tenant, client_for(tenant, f"{nowhere}/{number}"))
        # Until all are known to hang, each of them has two seconds of everybody's turns; from then on ten of their own.
        assert eventually(lambda: len(held) > 12, 60), "nobody has been to the receivers that never answer"
        for tenant in [*tenants, create_tenant(on=opened)]:
            user, _ = log_out(tenant, client_for(tenant, f"{receiver.url}/logout"))
            assert eventually(
                lambda: any(claims_of(token)["sub"] == user["user_id"] for token in receiver.tokens), 8), "was not told"


def test_a_redirect_is_not_followed(tenant, receiver):
    client = client_for(tenant, f"{receiver.url}/redirect")
    log_out(tenant, client)
    # What is led astray counts as not delivered, and comes again.
    assert eventually(lambda: len(receiver.paths) > 1)
    assert set(receiver.paths) == {"/redirect"}


def test_m10_nothing_inside_is_called_unless_the_operator_opens_it(acme, receiver, person, ada):
    """The shared service has no exceptions."""
    client = client_for(acme, f"{receiver.url}/logout")
    person.log_in(acme, client, ada["email"])
    person.open(acme.url("v2/logout"))
    assert eventually(lambda: "oidc_backchannel_logout_failed" in acme.log_types(client_id=client.client_id))
    assert receiver.forms == []


@pytest.mark.parametrize("url", ["http://app.example.com/logout", "ftp://app.example.com/", "javascript:alert(1)", "/x"])
def test_the_management_api_takes_https_urls_alone(acme, spa, url):
    answer = acme.api("PATCH", f"/clients/{spa.client_id}", {"oidc_logout": {"backchannel_logout_urls": [url]}})
    assert answer.status_code == 400, answer.text


def test_a_block_and_a_deletion_reach_the_application(tenant, receiver):
    for method, body in (("PATCH", {"blocked": True}), ("DELETE", None)):
        client = client_for(tenant, f"{receiver.url}/logout")
        user = tenant.create_user()
        tokens = Person(tenant.service.ca_file).tokens(tenant, client, user["email"])
        assert tenant.api(method, f"/users/{user['user_id']}", body).status_code < 300
        assert eventually(lambda: any(claims_of(token)["sub"] == user["user_id"] for token in receiver.tokens))
        assert claims_of(receiver.tokens[-1])["sid"] == claims_of(tokens["id_token"])["sid"]
