"""The consent dialog by its rules, and a password reset by the link of a real mail, in a real browser."""
import secrets

import pytest
from playwright.sync_api import expect

from application_pages import address_of, callback, origin, port, told  # noqa: F401 - fixtures
from mailbox_server import MailServer
from product import PASSWORD
from test_browser import browser, fill_in, home, page  # noqa: F401 - fixtures
from test_mail import NEW_PASSWORD, running

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


def test_consent_is_asked_once_for_each_scope_and_kept(page, acme, api, ada, callback, artifacts):  # noqa: F811
    client, audience = acme.create_client(callbacks=[callback]), api(skips=False)
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


def test_consent_is_skipped_where_the_rules_say_so(page, acme, api, ada, callback):  # noqa: F811
    client, audience = acme.create_client(callbacks=[callback]), api(skips=True)
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


def test_a_password_is_reset_by_the_mail_that_arrived(browser, post, mails, callback, artifacts):  # noqa: F811
    client, user = post.create_client(callbacks=[callback]), post.create_user()
    # This service has an authority of its own, which the browser has not been told to trust.
    context = browser.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 800})
    page = context.new_page()  # noqa: F811
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
