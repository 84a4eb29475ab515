"""What only a real browser can prove: frames and messages, the consent dialog by its rules, a link out of a real mail."""
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from mailbox_server import MailServer
from product import PASSWORD, claims_of
from test_browser import browser, fill_in, home, page  # noqa: F401 - fixtures
from test_mail import NEW_PASSWORD, running

ORIGIN = "https://app.example.com"
CALLBACK = f"{ORIGIN}/cb"

# A page of the application that renews its tokens in a hidden frame, as auth0-spa-js does.
RENEWING_PAGE = """<!doctype html><title>Application</title><script>
function renew(address, origin) {
  return new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.hidden = true;
    const patience = setTimeout(() => resolve("nothing came"), 10_000);
    addEventListener("message", function answer(event) {
      if (event.data?.type !== "authorization_response") return;
      clearTimeout(patience);
      removeEventListener("message", answer);
      frame.remove();
      resolve({ origin: event.origin, fromFrame: event.source !== window, response: event.data.response });
    });
    frame.src = address;
    document.body.append(frame);
  });
}
</script><body>application</body>"""


def address_of(tenant, client, **parameters):
    query = {"client_id": client.client_id, "response_type": "code", "redirect_uri": client.callback,
             "scope": "openid profile email", "state": "s", **parameters}
    return tenant.url(f"authorize?{urlencode(query)}")


def at_application(page):  # noqa: F811
    """Serves the application's pages; where the browser arrived last."""
    page.route(f"{ORIGIN}/**", lambda route: route.fulfill(body=RENEWING_PAGE, content_type="text/html"))


def told(page, client):  # noqa: F811
    page.wait_for_url(lambda url: url.startswith(client.callback))
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


# Silent renewal


@pytest.fixture(scope="module")
def renewing(acme):
    return acme.create_client(callbacks=[CALLBACK], web_origins=[ORIGIN], allowed_origins=[ORIGIN],
                              grant_types=["authorization_code", "implicit", "refresh_token"])


def renew(page, tenant, client, **parameters):  # noqa: F811
    address = address_of(tenant, client, prompt="none", response_mode="web_message", state="renewal", **parameters)
    return page.evaluate("address => renew(address)", address)


def test_tokens_are_renewed_in_a_hidden_frame(page, acme, renewing, ada):  # noqa: F811
    at_application(page)
    page.goto(f"{ORIGIN}/")
    before = renew(page, acme, renewing)
    assert before["response"]["error"] == "login_required" and before["response"]["state"] == "renewal"

    page.goto(address_of(acme, renewing))
    fill_in(page, ada["email"])
    told(page, renewing)
    page.goto(f"{ORIGIN}/")
    by_code = renew(page, acme, renewing)
    assert by_code["origin"] == acme.issuer.rstrip("/") and by_code["fromFrame"]
    assert by_code["response"]["state"] == "renewal"
    tokens = acme.redeem(renewing, by_code["response"]["code"]).json()
    assert claims_of(tokens["id_token"])["sub"] == ada["user_id"]

    nonce = secrets.token_hex(8)
    by_token = renew(page, acme, renewing, response_type="token id_token", nonce=nonce)["response"]
    assert claims_of(by_token["id_token"])["nonce"] == nonce
    assert acme.userinfo(by_token["access_token"]).json()["sub"] == ada["user_id"]
    assert {"ssa", "fsa"} <= set(acme.log_types(client_id=renewing.client_id))
    assert page.console_errors == []


def test_a_page_of_another_origin_gets_no_message(page, acme, renewing, ada):  # noqa: F811
    at_application(page)
    page.route("https://evil.example/**", lambda route: route.fulfill(body=RENEWING_PAGE, content_type="text/html"))
    page.goto(address_of(acme, renewing))
    fill_in(page, ada["email"])
    told(page, renewing)
    page.goto("https://evil.example/")
    page.evaluate("window.setTimeout = ((later) => (work) => later(work, 1500))(window.setTimeout)")
    assert renew(page, acme, renewing) == "nothing came"


def test_a_page_of_a_login_is_never_framed(page, acme, renewing):  # noqa: F811
    at_application(page)
    page.goto(f"{ORIGIN}/")
    page.evaluate("address => { const frame = document.createElement('iframe'); frame.src = address;"
                  " document.body.append(frame); }", address_of(acme, renewing))
    page.wait_for_timeout(1000)
    assert "Welcome back" not in "".join(frame.content() for frame in page.frames)
    assert any("frame-ancestors" in error or "X-Frame-Options" in error for error in page.console_errors)


# Consent


@pytest.fixture(scope="module")
def api(acme):
    def make(skips):
        answer = acme.api("POST", "/resource-servers", {
            "name": "Books", "identifier": f"https://{secrets.token_hex(4)}.example.com",
            "scopes": [{"value": "read:books", "description": "Read your books"},
                       {"value": "write:books", "description": "Change your books"}],
            "skip_consent_for_verifiable_first_party_clients": skips})
        assert answer.status_code == 201, answer.text
        return answer.json()["identifier"]

    return make


def test_consent_is_asked_once_for_each_scope_and_kept(page, acme, api, ada, artifacts):  # noqa: F811
    at_application(page)
    client, audience = acme.create_client(callbacks=[CALLBACK]), api(skips=False)
    page.goto(address_of(acme, client, audience=audience, scope="openid read:books"))
    fill_in(page, ada["email"])
    expect(page.get_by_text("Read your books")).to_be_visible()
    expect(page.get_by_text("Change your books")).to_be_hidden()
    page.screenshot(path=artifacts / "consent-api.png")
    page.get_by_role("button", name="Accept").click()
    assert "code" in told(page, client)

    page.goto(address_of(acme, client, audience=audience, scope="openid read:books"))
    assert "code" in told(page, client), "what was allowed is not asked again"
    page.goto(address_of(acme, client, audience=audience, scope="openid read:books write:books"))
    expect(page.get_by_text("Change your books")).to_be_visible()
    page.get_by_role("button", name="Decline").click()
    assert told(page, client)["error"] == "access_denied"
    page.goto(address_of(acme, client, audience=audience, scope="openid read:books write:books", prompt="none"))
    assert told(page, client)["error"] == "consent_required"
    page.goto(address_of(acme, client, audience=audience, scope="openid read:books", prompt="consent"))
    expect(page.get_by_role("button", name="Accept")).to_be_visible()


def test_consent_is_skipped_where_the_rules_say_so(page, acme, api, ada):  # noqa: F811
    at_application(page)
    client, audience = acme.create_client(callbacks=[CALLBACK]), api(skips=True)
    page.goto(address_of(acme, client, audience=audience, scope="openid read:books"))
    fill_in(page, ada["email"])
    assert "code" in told(page, client), "the owner's own client and an API that skips"
    local = acme.create_client(callbacks=["http://localhost:3999/cb"])
    page.goto(address_of(acme, local, audience=audience, scope="openid read:books"))
    expect(page.get_by_role("button", name="Accept")).to_be_visible()  # R21: never skipped at localhost


# A password reset, through the mail


@pytest.fixture(scope="module")
def mails(tmp_path_factory):
    server = MailServer(tmp_path_factory.mktemp("smtp")).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def post(binary, artifacts, mails, create_tenant, tmp_path_factory):
    """A tenant of a service that sends its mail to the test's server."""
    service = running(binary, tmp_path_factory.mktemp("post"), mails, artifacts)
    service.start()
    yield create_tenant(on=service)
    assert service.stop() == 0


def test_a_password_is_reset_by_the_mail_that_arrived(browser, post, mails, artifacts):  # noqa: F811
    client, user = post.create_client(callbacks=[CALLBACK]), post.create_user()
    # This service has an authority of its own, which the browser has not been told to trust.
    context = browser.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 800})
    page = context.new_page()  # noqa: F811
    at_application(page)
    page.goto(address_of(post, client))
    page.get_by_role("link", name="Forgot password?").click()
    page.screenshot(path=artifacts / "forgot-password.png")
    page.get_by_label("Email address").fill(user["email"])
    page.get_by_role("button").click()
    expect(page.get_by_role("heading")).to_have_text("Check your mailbox")

    mail = mails.wait(user["email"], "Reset")
    link = mail.link("reset")
    # The mail as the mailbox would show it: the link is clicked in it.
    mailbox = context.new_page()
    mailbox.set_content(mail.html)
    mailbox.screenshot(path=artifacts / "mail-reset.png", full_page=True)
    mailbox.locator(f'a[href="{link}"]').first.click()
    expect(mailbox.get_by_role("heading")).to_have_text("Choose a new password")
    mailbox.screenshot(path=artifacts / "reset-password.png")
    mailbox.get_by_label("New password").fill("short")
    mailbox.get_by_label("The same once more").fill("short")
    mailbox.get_by_role("button", name="Change my password").click()
    expect(mailbox.get_by_role("alert")).to_contain_text("weak")
    mailbox.get_by_label("New password").fill(NEW_PASSWORD)
    mailbox.get_by_label("The same once more").fill(NEW_PASSWORD)
    mailbox.get_by_role("button", name="Change my password").click()
    expect(mailbox.get_by_text("reset successfully")).to_be_visible()
    mailbox.goto(link)
    expect(mailbox.get_by_label("New password")).to_be_hidden()

    page.goto(address_of(post, client))
    fill_in(page, user["email"], PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("Wrong email or password.")
    fill_in(page, user["email"], NEW_PASSWORD)
    assert "code" in told(page, client)
    context.close()
