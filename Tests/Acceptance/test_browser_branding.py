"""A branded tenant as people see it: in light and dark, on a desk and on a phone."""
import re

import pytest
from playwright.sync_api import expect

from application_pages import address_of, callback, origin, port, told  # noqa: F401 - fixtures
from product import PASSWORD
from test_browser import PHONE, browser, fits, home  # noqa: F401 - fixtures

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 180 56"><rect width="56" height="56" rx="14"
fill="#0a7d5a"/><path d="M16 40 28 14l12 26h-7l-5-11-5 11z" fill="#fff"/><text x="68" y="38" font-family="sans-serif"
font-size="30" font-weight="700" fill="#0a7d5a">Acme</text></svg>"""
CANARY = "document.title='PWNED'"


@pytest.fixture(scope="module")
def branded(create_tenant):
    tenant = create_tenant()
    answer = tenant.api("PATCH", "/branding", {
        "logo_url": "https://cdn.example.com/logo.svg",
        "colors": {"primary": "#0a7d5a", "page_background": {
            "type": "linear-gradient", "start": "#e9f7ef", "end": "#cfe5f5", "angle_deg": 160}}})
    assert answer.status_code == 200, answer.text
    answer = tenant.api("PATCH", "/tenants/settings", {
        "friendly_name": "Acme", "enabled_locales": ["en", "de"], "support_url": "https://help.example.com",
        "support_email": "help@example.com", "default_redirection_uri": "https://app.example.com/start"})
    assert answer.status_code == 200, answer.text
    return tenant


@pytest.fixture
def opened(browser):  # noqa: F811
    """Opens pages in a window of a size and a scheme."""
    contexts = []

    def make(size=None, scheme="light", locale="en-GB"):
        context = browser.new_context(viewport=size or {"width": 1280, "height": 800}, color_scheme=scheme, locale=locale)
        contexts.append(context)
        page = context.new_page()
        page.route("https://cdn.example.com/**", lambda route: route.fulfill(body=LOGO, content_type="image/svg+xml"))
        page.errors = []
        page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
        return page

    yield make
    for context in contexts:
        context.close()


def colour(page, selector, name):
    """A colour as it is shown, once the style sheets are there: what a page says is found before they are."""
    page.wait_for_load_state()
    return page.locator(selector).first.evaluate(f"e => getComputedStyle(e).{name}")


LOOKS = [("desktop", None, "light"), ("dark", None, "dark"), ("phone", PHONE, "light"), ("phone-dark", PHONE, "dark")]


@pytest.mark.parametrize(("name", "size", "scheme"), LOOKS, ids=[look[0] for look in LOOKS])
def test_the_brand_in_every_light(branded, opened, callback, artifacts, name, size, scheme):  # noqa: F811
    page = opened(size, scheme)
    client = branded.create_client(name="Storefront", callbacks=[callback, "http://localhost:3000/cb"])
    page.goto(address_of(branded, client))
    if scheme == "light":
        assert colour(page, "button.primary", "backgroundColor") == "rgb(10, 125, 90)"
    else:
        assert colour(page, "button.primary", "backgroundColor") != "rgb(169, 177, 255)"
    expect(page.locator("img.logo")).to_be_visible()
    assert fits(page)
    page.screenshot(path=artifacts / f"brand-login-{name}.png")

    page.get_by_label("Email address").fill("nobody@example.com")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Wrong email or password.")).to_be_visible()
    page.screenshot(path=artifacts / f"brand-refused-{name}.png")
    # Browsers report the status of the refusal; the policy of the pages was kept.
    assert not [error for error in page.errors if "Content Security Policy" in error]

    user = branded.create_user()
    page.goto(address_of(branded, client, redirect_uri="http://localhost:3000/cb"))
    page.get_by_label("Email address").fill(user["email"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Accept")).to_be_visible()
    assert fits(page)
    page.screenshot(path=artifacts / f"brand-consent-{name}.png")

    ticket = branded.api("POST", "/tickets/password-change", {"user_id": user["user_id"]}).json()["ticket"]
    page.goto(ticket)
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    assert fits(page)
    page.screenshot(path=artifacts / f"brand-reset-{name}.png")

    page.goto(branded.url("/login?state=lost"))
    expect(page.get_by_role("link", name="Start again")).to_be_visible()
    assert fits(page)
    page.screenshot(path=artifacts / f"brand-error-{name}.png")


def test_a_german_browser_reads_german(branded, opened, callback, artifacts):  # noqa: F811
    page = opened(locale="de-DE")
    client = branded.create_client(name="Storefront", callbacks=[callback])
    page.goto(address_of(branded, client))
    assert page.locator("html").get_attribute("lang") == "de"
    page.get_by_label("E-Mail-Adresse").fill(branded.create_user()["email"])
    page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Passwort zeigen").click()
    expect(page.get_by_role("button", name="Passwort verbergen")).to_be_visible()
    page.screenshot(path=artifacts / "brand-login-german.png")
    page.get_by_role("button", name="Anmelden").click()
    assert "code" in told(page, client)


def test_nothing_an_administrator_types_runs_on_our_pages(create_tenant, opened, callback):  # noqa: F811
    tenant = create_tenant()
    payload = f"\"'><script>{CANARY}</script><img src=x onerror=\"{CANARY}\">"
    tenant.api("PATCH", "/branding", {"logo_url": "https://cdn.example.com/" + payload,
                                      "favicon_url": "https://cdn.example.com/" + payload})
    answer = tenant.api("PUT", "/prompts/login/custom-text/en", {"login": {
        "title": payload, "pageTitle": "</title>" + payload, "description": payload + "${clientName}",
        "buttonText": payload, "busyText": payload}})
    assert answer.status_code == 200
    page = opened()
    client = tenant.create_client(name="Shop ${companyName}", callbacks=[callback])
    page.goto(address_of(tenant, client))
    expect(page.get_by_role("heading")).to_contain_text("<script>")
    assert "PWNED" != page.title() and page.locator("img[src='x']").count() == 0
    assert page.evaluate("document.title") != "PWNED"


def test_a_layout_of_the_tenants_own(create_tenant, opened, callback, artifacts):  # noqa: F811
    tenant = create_tenant()
    tenant.api("PATCH", "/branding", {"colors": {"primary": "#b3261e"}})
    answer = tenant.api("PUT", "/branding/templates/universal-login", {"template": """<!doctype html>
<html lang="{{ locale }}"><head>{%- auth0:head -%}
<style>
body { margin: 0; display: grid; grid-template-columns: 1fr 1fr; min-height: 100vh; background: #faf3e7; }
aside { background: #2b1d0e; color: #faf3e7; padding: 3rem; font: 600 2rem/1.3 serif; }
section { display: grid; place-items: center; padding: 2rem; }
@media (max-width: 40rem) { body { grid-template-columns: 1fr; } aside { padding: 1.5rem; font-size: 1.25rem; } }
</style></head>
<body><aside>Good bread since 1911</aside><section>{%- auth0:widget -%}</section></body></html>"""})
    assert answer.status_code == 201, answer.text
    client = tenant.create_client(name="Bakery", callbacks=[callback])
    for name, size in (("desktop", None), ("phone", PHONE)):
        page = opened(size)
        page.goto(address_of(tenant, client))
        expect(page.get_by_text("Good bread since 1911")).to_be_visible()
        assert re.match(r"rgb\(250, 243, 231\)", colour(page, "body", "backgroundColor"))
        assert fits(page)
        page.screenshot(path=artifacts / f"brand-layout-{name}.png")
    page.get_by_label("Email address").fill(tenant.create_user()["email"])
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    assert "code" in told(page, client)
