"""Cross-origin authentication: a page of the application's own asks for the password."""
import http.server
import json
import os
import subprocess
import threading
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import sync_playwright

from product import CONNECTION, PASSWORD, callback_of, session

ORIGIN = "https://app.example.com"
REALM = "http://auth0.com/oauth/grant-type/password-realm"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="module")
def co_client(acme):
    return acme.create_client(cross_origin_auth=True)


def authenticate(acme, client, email, http, origin=ORIGIN, **changes):
    body = {"client_id": client.client_id, "credential_type": REALM, "username": email, "password": PASSWORD,
            "realm": CONNECTION, **changes}
    body = {name: value for name, value in body.items() if value is not None}
    return http.post(acme.url("co/authenticate"), json=body, headers={"Origin": origin}, timeout=30)


def redeem(acme, client, http, ticket, referer=ORIGIN + "/login", **changes):
    query = {"client_id": client.client_id, "response_type": "code", "redirect_uri": client.callback,
             "scope": "openid profile", "state": "s", "login_ticket": ticket, "realm": CONNECTION, **changes}
    headers = {"Referer": referer} if referer else {}
    return http.get(acme.url(f"authorize?{urlencode(query)}"), headers=headers, allow_redirects=False, timeout=30)


def test_a_ticket_leads_to_a_code_and_the_code_to_tokens(acme, co_client, ada, someone):
    http = someone().http
    answer = authenticate(acme, co_client, ada["email"], http)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"login_ticket", "co_verifier", "co_id"}
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    told = callback_of(redeem(acme, co_client, http, answer.json()["login_ticket"]))
    assert told["state"] == "s"
    tokens = acme.redeem(co_client, told["code"])
    assert tokens.status_code == 200 and tokens.json()["id_token"]
    assert {"scoa", "s"} <= set(acme.log_types(client_id=co_client.client_id))


def test_t34_a_ticket_is_good_once_for_its_browser_client_realm_and_origin(acme, co_client, ada, someone):
    http = someone().http
    ticket = authenticate(acme, co_client, ada["email"], http).json()["login_ticket"]
    other = acme.create_client(cross_origin_auth=True)
    for refused in [
        redeem(acme, co_client, someone().http, ticket),
        redeem(acme, other, http, ticket),
        redeem(acme, co_client, http, ticket, realm="other"),
        redeem(acme, co_client, http, ticket, referer="https://evil.example/"),
        redeem(acme, co_client, http, "unknown"),
    ]:
        assert callback_of(refused)["error"] == "access_denied"
    assert "code" in callback_of(redeem(acme, co_client, http, ticket))
    assert callback_of(redeem(acme, co_client, http, ticket))["error"] == "access_denied"


def test_refusals_have_the_shape_of_the_contract_and_can_be_read_by_the_page(acme, co_client, spa, ada, someone):
    cases = [
        (dict(password="wrong"), 403, "access_denied"), (dict(username="nobody@example.com"), 403, "access_denied"),
        (dict(realm="nowhere"), 400, "invalid_request"), (dict(realm=None), 400, "invalid_request"),
        (dict(credential_type="magic"), 400, "unsupported_credential_type"), (dict(extra="x"), 400, "invalid_request"),
        (dict(client_id=spa.client_id), 401, "unauthorized_client"),
    ]
    for changes, status, error in cases:
        answer = authenticate(acme, co_client, ada["email"], someone().http, **changes)
        assert (answer.status_code, answer.json()["error"]) == (status, error), changes
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "fcoa" in acme.log_types(client_id=co_client.client_id)


def test_u11_pages_of_other_origins_are_refused(acme, co_client, ada, someone):
    answer = authenticate(acme, co_client, ada["email"], someone().http, origin="https://evil.example")
    assert answer.status_code == 403 and answer.text == "Origin https://evil.example is not allowed."
    assert "Access-Control-Allow-Origin" not in answer.headers


# In a browser

PAGE = """<!doctype html><title>Application</title><h1 id="state">ready</h1><script>
const query = new URLSearchParams(location.search);
if (query.has("code")) document.getElementById("state").textContent = "code " + query.get("code");
if (query.has("error")) document.getElementById("state").textContent = "error " + query.get("error");
// What auth0.js does: fetch with credentials, keep the verifier, navigate with the ticket.
async function authenticate(domain, body) {
  const answer = await fetch(`https://${domain}/co/authenticate`, {
    method: "POST", credentials: "include", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
  const told = await answer.json();
  if (answer.ok) {
    sessionStorage[`co/verifier/${encodeURIComponent("https://" + domain)}/${told.co_id}`] = told.co_verifier;
  }
  return told;
}
function authorize(domain, query) {
  location.assign(`https://${domain}/authorize?` + new URLSearchParams(query));
}
</script>"""
VERIFICATION = """<!doctype html><script>
// What crossOriginVerification of auth0.js does.
const origin = decodeURIComponent(location.hash.slice("#origin=".length));
window.addEventListener("message", (event) => {
  if (event.origin !== origin || event.data.type !== "co_verifier_request") return;
  const key = `co/verifier/${encodeURIComponent(event.origin)}/${event.data.request.id}`;
  event.source.postMessage({type: "co_verifier_response", response: {verifier: sessionStorage[key] ?? null}}, origin);
});
window.parent.postMessage({type: "ready"}, origin);
</script>"""


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = (VERIFICATION if self.path.startswith("/co") else PAGE).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def application():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # A site of its own: 127.0.0.1 has nothing in common with *.localhost.
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def home(service, tmp_path_factory):
    """A home directory whose browsers trust the service's authority."""
    folder = tmp_path_factory.mktemp("home")
    store = folder / ".pki/nssdb"
    store.mkdir(parents=True)
    subprocess.run(["certutil", "-d", f"sql:{store}", "-N", "--empty-password"], check=True)
    subprocess.run(["certutil", "-d", f"sql:{store}", "-A", "-t", "C,,", "-n", "gatehouse", "-i", service.ca_file],
                   check=True)
    return folder


@pytest.fixture
def open_page(home, tmp_path):
    """Opens a page in a browser that keeps what pages of other sites store, or does not."""
    with sync_playwright() as playwright:

        def open_in(allows_other_sites):
            (tmp_path / "Default").mkdir()
            preferences = {"profile": {"cookie_controls_mode": 0 if allows_other_sites else 1,
                                       "block_third_party_cookies": not allows_other_sites}}
            (tmp_path / "Default/Preferences").write_text(json.dumps(preferences))
            context = playwright.chromium.launch_persistent_context(
                tmp_path, executable_path=CHROMIUM, env={**os.environ, "HOME": str(home)},
                # Today's browsers give a frame another storage than its own page; those of the era did not.
                args=["--no-sandbox", "--host-resolver-rules=MAP *.localhost 127.0.0.1",
                      "--disable-features=ThirdPartyStoragePartitioning"])
            page = context.new_page()
            page.set_default_timeout(15_000)
            page.visited = []
            page.on("framenavigated", lambda frame: page.visited.append(frame.url))
            return page

        yield open_in


def ask(page, acme, application, client, email, password=PASSWORD):
    body = {"client_id": client.client_id, "credential_type": REALM, "username": email, "password": password,
            "realm": CONNECTION}
    page.goto(application)
    return page.evaluate("([domain, body]) => authenticate(domain, body)", [acme.domain, body])


def go(page, acme, application, client, told):
    query = {"client_id": client.client_id, "response_type": "code", "redirect_uri": f"{application}/",
             "scope": "openid", "state": "s", "realm": CONNECTION, "login_ticket": told["login_ticket"]}
    page.evaluate("([domain, query]) => authorize(domain, query)", [acme.domain, query])


@pytest.fixture
def page_client(acme, application):
    return acme.create_client(cross_origin_auth=True, callbacks=[f"{application}/"],
                              cross_origin_loc=f"{application}/co")


def arrive(page, application):
    # A callback on this machine is never trusted without the user's consent.
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url(f"{application}/?code=*")
    return parse_qs(urlsplit(page.url).query)["code"][0]


def test_a_browser_logs_in_from_a_page_of_another_site(acme, ada, application, page_client, open_page):
    page = open_page(allows_other_sites=True)
    told = ask(page, acme, application, page_client, ada["email"], "wrong")
    assert told == {"error": "access_denied", "error_description": "Wrong email or password."}
    go(page, acme, application, page_client, ask(page, acme, application, page_client, ada["email"]))
    code = arrive(page, application)
    assert not any("/co/verifier" in url for url in page.visited)
    answer = acme.redeem(page_client, code, redirect_uri=f"{application}/")
    assert answer.status_code == 200, answer.text


def test_a_browser_that_loses_the_cookie_asks_the_verification_page(acme, ada, application, page_client, open_page):
    page = open_page(allows_other_sites=True)
    told = ask(page, acme, application, page_client, ada["email"])
    page.context.clear_cookies()
    go(page, acme, application, page_client, told)
    arrive(page, application)
    assert any("/co/verifier" in url for url in page.visited)


def test_a_browser_that_keeps_nothing_of_other_sites_is_told_so(acme, ada, application, page_client, open_page):
    page = open_page(allows_other_sites=False)
    go(page, acme, application, page_client, ask(page, acme, application, page_client, ada["email"]))
    page.wait_for_url(f"{application}/?error=access_denied*")


def test_an_http_session_without_the_origin_header_is_not_held_against_any_list(acme, co_client, ada, service):
    body = {"client_id": co_client.client_id, "credential_type": REALM, "username": ada["email"], "password": PASSWORD,
            "realm": CONNECTION}
    answer = session(service.ca_file).post(acme.url("co/authenticate"), data=json.dumps(body),
                                           headers={"Content-Type": "application/json"}, timeout=30)
    assert answer.status_code == 200
