"""The sample application in a real browser, as a newcomer meets it."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from product import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PICTURE = ROOT / "Sources/Authentication/Pages/Assets/icon.svg"
PHONE = {"width": 390, "height": 844}
SMALLEST = {"width": 320, "height": 568}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually_serves(url, seconds=10):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return urllib.request.urlopen(url, timeout=2).status == 200
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


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


@pytest.fixture(scope="module")
def browser(home):
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=CHROMIUM, env={**os.environ, "HOME": str(home)},
            # The sandbox needs a kernel feature that containers seldom have.
            args=["--no-sandbox", "--host-resolver-rules=MAP *.localhost 127.0.0.1",
                  # Applications of the tests are served by interception, from nowhere; their frames show pages on loopback.
                  "--disable-features=LocalNetworkAccessChecks"],
        )
        yield made
        made.close()


@pytest.fixture(scope="module")
def application(acme, service):
    """The sample application, served for a client of acme."""
    port = free_port()
    origin = f"http://localhost:{port}"
    client = acme.create_client(name="Sample application", callbacks=[f"{origin}/"], allowed_logout_urls=[f"{origin}/"],
                                allowed_origins=[origin])
    process = subprocess.Popen([
        sys.executable, str(ROOT / "Examples/spa/serve.py"), "--quiet", "--domain", acme.domain, "--client-id",
        client.client_id, "--ca-file", service.ca_file, "--port", str(port),
    ])
    try:
        eventually_serves(f"{origin}/config.json")
        yield origin
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    made = context.new_page()
    # Default pictures are at gravatar.com, which is not asked here.
    made.route("https://*.gravatar.com/**", lambda route: route.fulfill(path=PICTURE))
    made.console_errors = []
    made.on("console", lambda message: message.type == "error" and made.console_errors.append(message.text))
    made.on("pageerror", lambda error: made.console_errors.append(str(error)))
    yield made
    context.close()


def fill_in(page, email, password=PASSWORD):
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()


def arrive(page):
    """Ends a login at the application. The first time at a callback on localhost, the user is asked for consent."""
    accept = page.get_by_role("button", name="Accept")
    profile = page.locator("#profile-name")
    expect(accept.or_(profile).locator("visible=true").first).to_be_visible()
    if accept.is_visible():
        accept.click()
    expect(profile).to_be_visible()


def fits(page):
    """Nothing sticks out to the side, once the style sheets are there: what a page says is found before they are."""
    page.wait_for_load_state()
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_newcomer_logs_in_calls_the_api_renews_and_logs_out(page, application, acme, ada, artifacts):
    page.goto(application)
    page.screenshot(path=artifacts / "spa-logged-out.png")
    page.get_by_role("button", name="Log in").click()

    expect(page).to_have_title("Log in to Sample application")
    assert page.url.startswith(acme.issuer)
    page.screenshot(path=artifacts / "login-desktop.png")
    fill_in(page, ada["email"])

    # Spec 01 R21: a callback on localhost always meets the consent dialog.
    expect(page.get_by_role("heading")).to_have_text("Authorize Sample application")
    page.screenshot(path=artifacts / "consent-desktop.png")
    page.get_by_role("button", name="Accept").click()

    expect(page.get_by_text("Ada Lovelace").first).to_be_visible()
    assert page.url == f"{application}/", "the code stays in the address bar"
    page.get_by_role("button", name="Call the API").click()
    expect(page.locator("#api-answer")).to_contain_text("Hello Ada Lovelace, your token is good.")
    page.get_by_role("button", name="Ask /userinfo").click()
    expect(page.locator("#api-answer")).to_contain_text(ada["user_id"])
    page.get_by_role("button", name="Renew now").click()
    expect(page.locator("#renewals")).to_have_text("1")
    page.get_by_role("button", name="Call the API").click()
    expect(page.locator("#api-answer")).to_contain_text("Hello Ada")
    page.screenshot(path=artifacts / "spa-logged-in.png", full_page=True)

    page.reload()
    expect(page.get_by_text("Ada Lovelace").first).to_be_visible()

    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    assert page.url == f"{application}/"
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    assert page.console_errors == []


def test_a_second_login_needs_no_form(page, application, ada):
    page.goto(application)
    page.get_by_role("button", name="Log in").click()
    fill_in(page, ada["email"])
    arrive(page)
    page.evaluate("sessionStorage.clear()")
    page.reload()
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Ada Lovelace").first).to_be_visible()


def test_a_wrong_password_is_explained_and_the_address_kept(page, application, ada, artifacts):
    page.goto(application)
    page.get_by_role("button", name="Log in").click()
    fill_in(page, ada["email"], "Not-The-Password-1")
    expect(page.get_by_role("alert")).to_contain_text("Wrong email or password.")
    expect(page.get_by_label("Email address")).to_have_value(ada["email"])
    page.screenshot(path=artifacts / "login-refused.png")
    fill_in(page, ada["email"])
    arrive(page)


def test_whoever_declines_comes_back_without_a_login(page, application, acme):
    user = acme.create_user()
    page.goto(application)
    page.get_by_role("button", name="Log in").click()
    fill_in(page, user["email"])
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("alert")).to_contain_text("access_denied")
    assert page.url == f"{application}/"


def test_a_person_signs_up(page, application, artifacts):
    page.goto(application)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Create an account").click()
    expect(page.get_by_role("heading")).to_have_text("Create your account")
    page.screenshot(path=artifacts / "signup-desktop.png")
    email = f"grace-{time.time_ns()}@example.com"
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    arrive(page)
    expect(page.locator("#profile-email")).to_have_text(email)


@pytest.mark.parametrize("viewport,dark,name", [
    (PHONE, False, "login-phone"), (PHONE, True, "login-phone-dark"), (SMALLEST, False, "login-320"),
])
def test_the_login_page_fits_a_phone(browser, application, artifacts, viewport, dark, name):
    context = browser.new_context(viewport=viewport, device_scale_factor=2, color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.goto(application)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    assert fits(page)
    page.screenshot(path=artifacts / f"{name}.png")
    for control in (page.get_by_label("Email address"), page.get_by_role("button", name="Log in")):
        assert control.bounding_box()["height"] >= 44
    context.close()


def test_the_login_page_works_with_scripts_off(browser, application, acme, spa, ada):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.route("https://app.example.com/**", lambda route: route.fulfill(body="arrived"))
    page.goto(acme.url(f"authorize?client_id={spa.client_id}&response_type=code&scope=openid&state=s"
                       f"&redirect_uri={spa.callback}"))
    fill_in(page, ada["email"])
    expect(page.get_by_text("arrived")).to_be_visible()
    context.close()


def test_the_login_page_is_used_by_keyboard_alone(page, application, ada):
    page.goto(application)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Email address")).to_be_focused()
    page.wait_for_load_state()  # the script puts a button beside the password, which moves it
    page.keyboard.type(ada["email"])
    while not page.evaluate("document.activeElement.id === 'password'"):
        page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    arrive(page)


def test_the_password_can_be_shown(page, application):
    page.goto(application)
    page.get_by_role("button", name="Log in").click()
    password = page.get_by_label("Password", exact=True)
    password.fill("visible?")
    page.get_by_role("button", name="Show password").click()
    assert password.get_attribute("type") == "text"
    page.get_by_role("button", name="Hide password").click()
    assert password.get_attribute("type") == "password"


def test_an_unlisted_callback_ends_on_the_error_page(page, acme, spa, artifacts):
    answer = page.goto(acme.url(f"authorize?client_id={spa.client_id}&response_type=code&scope=openid"
                                "&redirect_uri=https://evil.example/cb"))
    assert 400 <= answer.status < 500
    expect(page.get_by_role("heading")).to_contain_text("Oops!")
    expect(page.get_by_role("alert")).to_contain_text("https://evil.example/cb")
    page.screenshot(path=artifacts / "error-page.png")
    assert fits(page)


def test_the_policy_of_the_pages_blocks_what_is_injected(page, application):
    page.goto(application)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'pwned'";
        document.body.append(script);
    }""")
    assert page.title() != "pwned"


@pytest.mark.skipif(not shutil.which("make"), reason="make is not here")
def test_one_command_ends_with_a_demo_to_log_in_to(binary, browser, tmp_path, artifacts):
    """`make run` on ports of its own, without building again."""
    ports = [free_port() for _ in range(4)]
    process = subprocess.Popen([
        sys.executable, str(ROOT / "scripts/demo.py"), "--binary", str(binary), "--data", str(tmp_path / "data"),
        "--https-port", str(ports[0]), "--http-port", str(ports[1]), "--admin-port", str(ports[2]),
        "--spa-port", str(ports[3]),
    ], stdout=subprocess.PIPE, text=True)
    try:
        lines = {}
        for line in process.stdout:
            label, _, value = line.strip().partition("   ")
            lines[label.strip()] = value.strip()
            if line.startswith("  Browsers must trust"):
                break
        # A browser that has not been told to trust the new authority.
        context = browser.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.goto(lines["Sample application"])
        page.get_by_role("button", name="Log in").click()
        fill_in(page, lines["Log in as"], lines["Password"])
        arrive(page)
        page.get_by_role("button", name="Call the API").click()
        expect(page.locator("#api-answer")).to_contain_text("Hello Ada Lovelace")
        page.screenshot(path=artifacts / "make-run.png", full_page=True)
        context.close()
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
