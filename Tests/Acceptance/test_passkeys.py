"""Passkeys as people use them: Chromium with a virtual authenticator."""
import base64
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import expect

from product import PASSWORD, claims_of
from test_browser import PHONE, browser, fill_in, fits, home, page  # noqa: F401 - fixtures

MULTI_FACTOR = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"


@pytest.fixture(scope="module")
def hall(create_tenant):
    """A tenant whose users may have passkeys."""
    tenant = create_tenant()
    allow_passkeys(tenant)
    return tenant


@pytest.fixture(scope="module")
def app(hall):
    return hall.create_client(name="Payroll")


def allow_passkeys(tenant):
    connection = tenant.connection()
    options = {**connection["options"], "authentication_methods": {"passkey": {"enabled": True}}}
    answer = tenant.api("PATCH", f"/connections/{connection['id']}", {"options": options})
    assert answer.status_code == 200, answer.text


class Phone:
    """The authenticator of a device, at the developer's end of the browser."""

    def __init__(self, page, verifies=True):  # noqa: F811
        self.devtools = page.context.new_cdp_session(page)
        self.devtools.send("WebAuthn.enable")
        self.id = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": verifies, "automaticPresenceSimulation": True,
        }})["authenticatorId"]

    @property
    def credentials(self):
        return self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def set_count(self, count):
        """What a copy of an older state of the device would do."""
        for credential in self.credentials:
            self.devtools.send("WebAuthn.removeCredential", {
                "authenticatorId": self.id, "credentialId": credential["credentialId"]})
            self.devtools.send("WebAuthn.addCredential", {
                "authenticatorId": self.id, "credential": {**credential, "signCount": count}})


def begin(page, tenant, client, **parameters):  # noqa: F811
    if not hasattr(page, "arrivals"):
        page.route("https://app.example.com/**", lambda route: route.fulfill(body="arrived"))
        page.on("request", lambda request: request.url.startswith(client.callback) and page.arrivals.append(request.url))
    page.arrivals = []
    query = "".join(f"&{name}={quote(value, safe='')}" for name, value in parameters.items())
    page.goto(tenant.url(f"authorize?client_id={client.client_id}&response_type=code&scope=openid%20email&state=s"
                         f"&prompt=login&redirect_uri={quote(client.callback, safe='')}{query}"))


def claims_at(page, tenant, client):  # noqa: F811
    """The id_token's claims at the end of a login in the browser."""
    expect(page.get_by_text("arrived")).to_be_visible()
    code = parse_qs(urlsplit(page.arrivals[-1]).query)["code"][0]
    return claims_of(tenant.redeem(client, code).json()["id_token"])


def continue_with_passkey(page):  # noqa: F811
    page.get_by_role("button", name="Continue with a passkey").click()


def make_passkey(page, tenant, client, user):  # noqa: F811
    begin(page, tenant, client)
    fill_in(page, user["email"])
    page.get_by_role("button", name="Create a passkey").click()
    return claims_at(page, tenant, client)


def test_a_person_makes_a_passkey_and_logs_in_by_it_alone(page, hall, app, artifacts):  # noqa: F811
    user, phone = hall.create_user(), Phone(page)
    begin(page, hall, app)
    expect(page.get_by_label("Email address")).to_be_focused()
    page.screenshot(path=artifacts / "passkey-login.png", full_page=True)
    fill_in(page, user["email"])
    expect(page.get_by_role("heading")).to_have_text("Log in faster next time")
    expect(page.get_by_role("button", name="Create a passkey")).to_be_focused()
    page.screenshot(path=artifacts / "passkey-offer.png", full_page=True)
    assert fits(page)
    page.get_by_role("button", name="Create a passkey").click()
    claims = claims_at(page, hall, app)
    assert claims["sub"] == user["user_id"]
    assert "amr" not in claims, "making a passkey is not logging in by one"

    made, = phone.credentials
    assert made["isResidentCredential"] and made["rpId"] == hall.host
    assert user["user_id"] not in base64.b64decode(made["userHandle"]).decode("latin-1")

    for _ in range(2):
        begin(page, hall, app, acr_values=MULTI_FACTOR)
        continue_with_passkey(page)
        claims = claims_at(page, hall, app)
        assert (claims["sub"], claims["email"]) == (user["user_id"], user["email"])
        assert claims["amr"] == ["mfa", "pop", "user"] and claims["acr"] == MULTI_FACTOR
    begin(page, hall, app)
    fill_in(page, user["email"])
    claims_at(page, hall, app)  # who has a passkey is not asked again
    events = [event for event in hall.logs() if event.get("user_id") == user["user_id"]]
    assert "gd_enrollment_complete" in {event["type"] for event in events}
    prompts = [event["details"]["prompts"] for event in events if event["type"] == "s"]
    assert [{"name": "passkey"}] in prompts
    assert page.console_errors == []


def test_whoever_wants_none_is_not_asked_again(page, hall, app):  # noqa: F811
    user = hall.create_user()
    Phone(page)
    begin(page, hall, app)
    fill_in(page, user["email"])
    page.get_by_role("button", name="Not now").click()
    assert claims_at(page, hall, app)["sub"] == user["user_id"]
    begin(page, hall, app)
    fill_in(page, user["email"])
    assert claims_at(page, hall, app)["sub"] == user["user_id"]


def test_a_passkey_is_two_factors(page, create_tenant):  # noqa: F811
    tenant = create_tenant()
    allow_passkeys(tenant)
    client, user = tenant.create_client(), tenant.create_user()
    Phone(page)
    make_passkey(page, tenant, client, user)
    assert tenant.api("PUT", "/guardian/factors/otp", {"enabled": True}).status_code == 200
    assert tenant.api("PUT", "/guardian/policies", ["all-applications"]).status_code == 200
    begin(page, tenant, client)
    continue_with_passkey(page)
    assert claims_at(page, tenant, client)["amr"] == ["mfa", "pop", "user"]
    begin(page, tenant, client)
    fill_in(page, user["email"])
    expect(page.get_by_role("heading")).to_have_text("Secure your account")


def test_a_key_that_does_not_know_who_touches_it_is_no_passkey(page, hall, app):  # noqa: F811
    user = hall.create_user()
    Phone(page, verifies=False)
    begin(page, hall, app)
    fill_in(page, user["email"])
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was made.")
    page.get_by_role("button", name="Not now").click()
    assert claims_at(page, hall, app)["sub"] == user["user_id"]


def test_a_copy_and_a_stranger_are_refused(page, hall, app, artifacts):  # noqa: F811
    user, phone = hall.create_user(), Phone(page)
    make_passkey(page, hall, app, user)
    begin(page, hall, app)
    continue_with_passkey(page)
    claims_at(page, hall, app)
    phone.set_count(0)  # the next signature counts 1, as the first did
    begin(page, hall, app)
    continue_with_passkey(page)
    expect(page.get_by_role("alert")).to_contain_text("This passkey is not known here.")
    page.screenshot(path=artifacts / "passkey-refused.png", full_page=True)
    assert fits(page)
    # The page goes on: the password still works.
    fill_in(page, user["email"])
    claims_at(page, hall, app)
    assert "f" in hall.log_types(client_id=app.client_id)


def test_an_administrator_removes_the_passkeys_of_a_lost_device(page, hall, app):  # noqa: F811
    user = hall.create_user()
    Phone(page)
    make_passkey(page, hall, app, user)
    path = f"/users/{user['user_id']}/authentication-methods"
    shown, = hall.api("GET", path).json()
    assert (shown["type"], shown["relying_party_identifier"]) == ("passkey", hall.host)
    assert hall.api("DELETE", path).status_code == 204
    assert hall.api("GET", path).json() == []
    begin(page, hall, app)
    continue_with_passkey(page)
    expect(page.get_by_role("alert")).to_contain_text("This passkey is not known here.")
    assert hall.api("GET", "/users/auth0%7C000000000000000000000000/authentication-methods").status_code == 404


def test_a_passkey_of_one_tenant_is_nothing_at_another(page, hall, app, create_tenant):  # noqa: F811
    other = create_tenant()
    allow_passkeys(other)
    client, user = other.create_client(), hall.create_user()
    phone = Phone(page)
    make_passkey(page, hall, app, user)
    begin(page, other, client)
    continue_with_passkey(page)
    # The browser itself knows of none for this host.
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used.")
    assert len(phone.credentials) == 1


def test_a_blocked_user_s_passkey_opens_nothing(page, hall, app):  # noqa: F811
    user = hall.create_user()
    Phone(page)
    make_passkey(page, hall, app, user)
    assert hall.api("PATCH", f"/users/{user['user_id']}", {"blocked": True}).status_code == 200
    begin(page, hall, app)
    continue_with_passkey(page)
    expect(page.get_by_text("arrived")).to_be_visible()
    assert parse_qs(urlsplit(page.arrivals[-1]).query)["error_description"] == ["user is blocked"]


@pytest.mark.parametrize("dark", [False, True])
def test_the_pages_fit_a_phone(browser, hall, app, artifacts, dark):  # noqa: F811
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, color_scheme="dark" if dark else "light")
    page = context.new_page()
    Phone(page)
    user, name = hall.create_user(), "phone-dark" if dark else "phone"
    begin(page, hall, app)
    button = page.get_by_role("button", name="Continue with a passkey")
    assert fits(page) and button.bounding_box()["height"] >= 44
    page.screenshot(path=artifacts / f"passkey-login-{name}.png", full_page=True)
    fill_in(page, user["email"])
    expect(page.get_by_role("heading")).to_have_text("Log in faster next time")
    page.screenshot(path=artifacts / f"passkey-offer-{name}.png", full_page=True)
    assert fits(page)
    context.close()


def test_without_scripts_there_is_a_password(browser, hall, app):  # noqa: F811
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    user = hall.create_user()
    begin(page, hall, app)
    expect(page.get_by_role("button", name="Continue with a passkey")).to_be_hidden()
    fill_in(page, user["email"])
    expect(page.get_by_role("heading")).to_have_text("Log in faster next time")
    page.wait_for_load_state()
    assert "Passkeys need scripts" in page.content()
    page.get_by_role("button", name="Not now").click()
    expect(page.get_by_text("arrived")).to_be_visible()
    context.close()


def test_the_switch_is_a_switch(hall):
    connection = hall.connection()
    for value in ({"passkey": {"enabled": "yes"}}, {"passkey": True}, []):
        options = {**connection["options"], "authentication_methods": value}
        assert hall.api("PATCH", f"/connections/{connection['id']}", {"options": options}).status_code == 400
    assert hall.connection()["options"]["authentication_methods"] == {"passkey": {"enabled": True}}


def test_where_passkeys_are_off_nothing_speaks_of_them(page, acme, spa, ada):  # noqa: F811
    begin(page, acme, spa)
    assert "passkey" not in page.content()
    fill_in(page, ada["email"], PASSWORD)
    expect(page.get_by_text("arrived")).to_be_visible()
