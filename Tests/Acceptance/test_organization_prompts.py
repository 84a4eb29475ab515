"""Being asked for an organization, in a real browser: before the login by name or address, after it by choosing."""
import json
import secrets

import pytest
from auth0.authentication import GetToken
from auth0.authentication.back_channel_login import BackChannelLogin
from playwright.sync_api import expect

from application_pages import address_of, callback, origin, port, told  # noqa: F401 - fixtures
from outbox import newest
from product import PASSWORD, claims_of, is_error_page
from test_browser import PHONE, SMALLEST, browser, fits, home  # noqa: F401 - fixtures
from test_browser_branding import LOGO, colour

CIBA = "urn:openid:params:grant-type:ciba"


@pytest.fixture(scope="module")
def tenant(create_tenant):
    made = create_tenant()
    answer = made.api("PATCH", "/tenants/settings", {"friendly_name": "Acme", "enabled_locales": ["en", "de"]})
    assert answer.status_code == 200, answer.text
    return made


@pytest.fixture(scope="module")
def organization(tenant):
    def make(display, members=(), **fields):
        connection = {"connection_id": tenant.connection()["id"]}
        made = tenant.api("POST", "/organizations", {
            "name": f"{display.split()[0].lower()}-{secrets.token_hex(3)}", "display_name": display,
            "enabled_connections": [connection], **fields})
        assert made.status_code == 201, made.text
        made = made.json()
        if members:
            answer = tenant.api("POST", f"/organizations/{made['id']}/members",
                                {"members": [member["user_id"] for member in members]})
            assert answer.status_code == 204, answer.text
        return made

    return make


@pytest.fixture
def opened(browser):  # noqa: F811
    """Opens pages in a window of a size, a scheme and a language."""
    contexts = []

    def make(size=None, scheme="light", locale="en-GB", scripts=True):
        context = browser.new_context(viewport=size or {"width": 1280, "height": 800}, color_scheme=scheme, locale=locale,
                                      java_script_enabled=scripts)
        contexts.append(context)
        page = context.new_page()
        page.route("https://cdn.example.com/**", lambda route: route.fulfill(body=LOGO, content_type="image/svg+xml"))
        page.errors = []
        page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
        return page

    yield make
    for context in contexts:
        context.close()


def app(tenant, callback, behaviour, usage="require", **fields):  # noqa: F811
    return tenant.create_client(name="Storefront", callbacks=[callback], organization_usage=usage,
                                organization_require_behavior=behaviour, **fields)


def log_in(page, user):
    page.get_by_label("Email address").fill(user["email"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def arrived(page, tenant, client):
    """The id_token's claims of who has arrived at the application."""
    answer = told(page, client)
    assert "code" in answer, answer
    tokens = tenant.redeem(client, answer["code"])
    assert tokens.status_code == 200, tokens.text
    return claims_of(tokens.json()["id_token"])


def none_broke_the_policy(page):
    assert not [error for error in page.errors if "Content Security Policy" in error]


LOOKS = [("desktop", None, "light"), ("dark", None, "dark"), ("phone", PHONE, "light"), ("phone-dark", PHONE, "dark"),
         ("320", SMALLEST, "light")]


@pytest.mark.parametrize(("name", "size", "scheme"), LOOKS, ids=[look[0] for look in LOOKS])
def test_the_organization_is_named_before_the_login(tenant, organization, opened, callback, artifacts,  # noqa: F811
                                                    name, size, scheme):
    client, user = app(tenant, callback, "pre_login_prompt", "allow"), tenant.create_user()
    widgets = organization("Widgets Ltd", [user])
    page = opened(size, scheme)
    page.goto(address_of(tenant, client))
    expect(page.get_by_role("heading")).to_have_text("Your organization")
    field = page.get_by_label("Organization name")
    expect(field).to_be_focused()
    assert fits(page)
    for control in (field, page.get_by_role("button", name="Continue", exact=True)):
        assert control.bounding_box()["height"] >= 44
    page.screenshot(path=artifacts / f"organization-name-{name}.png")

    field.fill("nobody's")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The organization you entered is invalid")
    expect(field).to_have_value("nobody's")
    assert fits(page)
    page.screenshot(path=artifacts / f"organization-name-refused-{name}.png")

    field.fill(widgets["name"].upper())
    page.get_by_role("button", name="Continue", exact=True).click()
    log_in(page, user)
    assert arrived(page, tenant, client)["org_id"] == widgets["id"]
    # Single sign-on from here on, also without any organization.
    page.goto(address_of(tenant, client))
    page.get_by_role("button", name="Use a personal account").click()
    assert "org_id" not in arrived(page, tenant, client)
    none_broke_the_policy(page)


@pytest.mark.parametrize(("name", "size", "scheme"), LOOKS, ids=[look[0] for look in LOOKS])
def test_one_of_several_is_chosen_after_the_login(tenant, organization, opened, callback, artifacts,  # noqa: F811
                                                  name, size, scheme):
    client, user = app(tenant, callback, "post_login_prompt", "allow"), tenant.create_user()
    organization("Widgets Ltd", [user], branding={"logo_url": "https://cdn.example.com/widgets.svg"})
    gadgets = organization("Gadgets & Sons", [user])
    twin = organization("Gadgets & Sons", [user])
    organization("Somebody Else")
    page = opened(size, scheme)
    page.goto(address_of(tenant, client))
    log_in(page, user)
    expect(page.get_by_role("heading")).to_have_text("Choose an organization")
    assert page.get_by_role("button").count() == 4, "three of the user's own, and none"
    expect(page.get_by_role("button", name="Widgets Ltd").locator("img")).to_be_visible()
    assert fits(page)
    for index in range(4):
        assert page.get_by_role("button").nth(index).bounding_box()["height"] >= 44
    page.screenshot(path=artifacts / f"organization-picker-{name}.png")
    page.get_by_role("button", name=twin["name"]).click()
    assert arrived(page, tenant, client)["org_id"] == twin["id"] != gadgets["id"]
    none_broke_the_policy(page)

    page.goto(address_of(tenant, client))
    page.get_by_role("button", name="Personal account").click()
    assert "org_id" not in arrived(page, tenant, client)


def test_the_choice_is_made_by_keyboard_and_without_scripts(tenant, organization, opened, callback):  # noqa: F811
    client, user = app(tenant, callback, "post_login_prompt"), tenant.create_user()
    organization("Widgets Ltd", [user])
    gadgets = organization("Gadgets", [user])
    page = opened(scripts=False)
    page.goto(address_of(tenant, client))
    log_in(page, user)
    expect(page.get_by_role("heading")).to_have_text("Choose an organization")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Widgets Ltd")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert arrived(page, tenant, client)["org_id"] == gadgets["id"]


def test_members_of_one_are_not_asked_and_members_of_none_are_refused(tenant, organization, opened, callback):  # noqa: F811
    client, member, nobody = app(tenant, callback, "post_login_prompt"), tenant.create_user(), tenant.create_user()
    widgets = organization("Widgets Ltd", [member])
    page = opened()
    page.goto(address_of(tenant, client))
    log_in(page, member)
    assert arrived(page, tenant, client)["org_id"] == widgets["id"]

    page = opened()
    page.goto(address_of(tenant, client))
    log_in(page, nobody)
    answer = told(page, client)
    assert answer["error"] == "invalid_request"
    assert answer["error_description"] == (
        "client requires organization membership, but user does not belong to any organization")
    event = next(event for event in tenant.logs() if event["type"] == "f" and event["client_id"] == client.client_id)
    assert event["user_id"] == nobody["user_id"]


def test_a_membership_that_ends_while_the_page_is_open_opens_nothing(tenant, organization, opened, callback):  # noqa: F811
    client, user = app(tenant, callback, "post_login_prompt"), tenant.create_user()
    widgets = organization("Widgets Ltd", [user])
    organization("Gadgets", [user])
    page = opened()
    page.goto(address_of(tenant, client))
    log_in(page, user)
    expect(page.get_by_role("button", name="Widgets Ltd")).to_be_visible()
    gone = tenant.api("DELETE", f"/organizations/{widgets['id']}/members", {"members": [user["user_id"]]})
    assert gone.status_code == 204
    page.get_by_role("button", name="Widgets Ltd").click()
    answer = told(page, client)
    assert answer["error"] == "access_denied" and "is not part of the" in answer["error_description"]
    event = next(event for event in tenant.logs() if event["type"] == "f" and event["client_id"] == client.client_id)
    assert event["organization_id"] == widgets["id"] and event["organization_name"] == widgets["name"]


def test_an_address_finds_the_organization_by_its_domain(tenant, organization, opened, callback, artifacts):  # noqa: F811
    client = app(tenant, callback, "pre_login_prompt", organization_discovery_methods=["email"])
    user = tenant.create_user(email=f"ada-{secrets.token_hex(3)}@widgets.example")
    made = organization("Widgets Ltd", [user])
    path = f"/organizations/{made['id']}/discovery-domains"
    domain = tenant.api("POST", path, {"domain": "widgets.example"})
    assert domain.status_code == 201, domain.text
    page = opened()
    page.goto(address_of(tenant, client))
    page.get_by_label("Email address").fill(user["email"])
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("invalid")  # Nobody has shown yet whose the domain is.
    shown = tenant.api("PATCH", f"{path}/{domain.json()['id']}", {"status": "verified"})
    assert shown.status_code == 200, shown.text
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.get_by_label("Email address")).to_have_value(user["email"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    assert arrived(page, tenant, client)["org_id"] == made["id"]


def test_the_pages_speak_the_tenants_words_in_its_colours(create_tenant, opened, callback, artifacts):  # noqa: F811
    tenant = create_tenant()
    assert tenant.api("PATCH", "/branding", {"colors": {"primary": "#0a7d5a"}}).status_code == 200
    answer = tenant.api("PATCH", "/tenants/settings", {"friendly_name": "Acme", "enabled_locales": ["en", "de"]})
    assert answer.status_code == 200, answer.text
    payload = "<script>document.title='PWNED'</script>"
    answer = tenant.api("PUT", "/prompts/organizations/custom-text/en", {
        "organization-selection": {"title": "Which shop?" + payload, "invalid-organization": "No such shop.",
                                   "placeholder": "Shop"},
        "organization-picker": {"title": "Which of your shops?"}})
    assert answer.status_code == 200, answer.text
    connection = {"connection_id": tenant.connection()["id"]}
    user = tenant.create_user()
    for name in ("one", "two"):
        made = tenant.api("POST", "/organizations", {"name": name, "enabled_connections": [connection]}).json()
        tenant.api("POST", f"/organizations/{made['id']}/members", {"members": [user["user_id"]]})

    page = opened()
    page.goto(address_of(tenant, app(tenant, callback, "pre_login_prompt")))
    expect(page.get_by_role("heading")).to_contain_text("Which shop?<script>")
    assert page.evaluate("document.title") != "PWNED"
    page.get_by_label("Shop").fill("nothing")
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("No such shop.")
    assert colour(page, "button.primary", "backgroundColor") == "rgb(10, 125, 90)"

    page = opened(locale="de-DE")
    page.goto(address_of(tenant, app(tenant, callback, "pre_login_prompt")))
    expect(page.get_by_role("heading")).to_have_text("Ihre Organisation")
    page.get_by_label("Name der Organisation").fill("nichts")
    page.get_by_role("button", name="Weiter", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("Diese Organisation gibt es hier nicht.")
    page.screenshot(path=artifacts / "organization-name-german.png")

    page = opened(PHONE)
    page.goto(address_of(tenant, app(tenant, callback, "post_login_prompt")))
    log_in(page, user)
    expect(page.get_by_role("heading")).to_have_text("Which of your shops?")
    page.screenshot(path=artifacts / "organization-picker-own-words.png")


def test_no_organization_of_another_tenant_is_ever_meant(tenant, create_tenant, organization, person):
    other = create_tenant()
    connection = {"connection_id": other.connection()["id"]}
    foreign = other.api("POST", "/organizations", {"name": "foreign", "enabled_connections": [connection]}).json()
    client, user = tenant.create_client(organization_usage="require",
                                        organization_require_behavior="post_login_prompt"), tenant.create_user()
    organization("Widgets Ltd", [user])
    organization("Gadgets", [user])
    asked = tenant.create_client(organization_usage="require", organization_require_behavior="pre_login_prompt")
    page = person.authorize(tenant, asked)
    assert person.submit(page, organization_name="foreign").status_code == 400
    login = person.authorize(tenant, client)
    picker = person.submit(login, username=user["email"], password=PASSWORD)
    answer = person.submit(picker, organization=foreign["id"])
    assert "error_description=parameter%20organization%20is%20invalid" in answer.headers["Location"]
    # The page of one tenant is nobody's at another.
    lost = person.open(other.url(f"/u/organization/choose?state={picker.url.partition('state=')[2]}"))
    assert is_error_page(lost)


def test_the_python_sdk_asks_elsewhere_for_a_member(tenant, organization, person, service, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca_file)
    desk = tenant.create_web_client(name="Bank desk", grant_types=[CIBA, "refresh_token"], organization_usage="require")
    user = tenant.create_user()
    widgets = organization("Widgets Ltd", [user])
    login = BackChannelLogin(tenant.domain, desk.client_id, client_secret=desk.client_secret)
    asked = login.back_channel_login(
        binding_message="Desk 7", scope="openid offline_access", organization=widgets["id"],
        login_hint=json.dumps({"format": "iss_sub", "iss": tenant.issuer, "sub": user["user_id"]}))
    page = person.open(newest(service, user["email"])["link"])
    page = person.submit(page, username=user["email"], password=PASSWORD)
    assert "You have approved" in person.submit(page, decision="accept").text
    tokens = GetToken(tenant.domain, desk.client_id, client_secret=desk.client_secret).backchannel_login(
        asked["auth_req_id"])
    assert claims_of(tokens["id_token"])["org_id"] == widgets["id"]
    renewed = tenant.refresh(desk, tokens["refresh_token"]).json()
    assert claims_of(renewed["id_token"])["org_id"] == widgets["id"]
    tenant.api("DELETE", f"/organizations/{widgets['id']}/members", {"members": [user["user_id"]]})
    assert tenant.refresh(desk, tokens["refresh_token"]).json()["error"] == "access_denied"
    event = next(event for event in tenant.logs() if event["type"] == "ciba_exchange_succeeded")
    assert event["organization_id"] == widgets["id"] and event["organization_name"] == widgets["name"]


def test_grants_without_organizations_say_so(tenant, organization):
    realm = "http://auth0.com/oauth/grant-type/password-realm"
    device = "urn:ietf:params:oauth:grant-type:device_code"
    user = tenant.create_user()
    widgets = organization("Widgets Ltd", [user])
    client = tenant.create_web_client(grant_types=[realm, device], organization_usage="require")
    form = {"username": user["email"], "password": PASSWORD, "realm": tenant.connection()["name"], "scope": "openid"}
    for named, text in ((None, "required for this client"), (widgets["id"], "not supported by this grant")):
        for answer in (
            tenant.token(grant_type=realm, organization=named, **form, **client.credentials),
            tenant.http.post(tenant.url("oauth/device/code"),
                             data={"scope": "openid", "organization": named, **client.credentials}),
        ):
            assert answer.status_code == 400 and answer.json()["error"] == "invalid_request", answer.text
            assert answer.json()["error_description"] == f"parameter organization is {text}"
