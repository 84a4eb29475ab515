"""A television, a command line: devices whose users log in elsewhere (RFC 8628)."""
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from product import PASSWORD, claims_of, eventually, page_of, session
from test_browser import PHONE, browser, fill_in, fits, home, page  # noqa: F401

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def tv(acme):
    return acme.create_client(name="Living room TV", app_type="native", grant_types=[GRANT, "refresh_token"])


@pytest.fixture(scope="module")
def begin(acme, tv, service):
    def ask(client=tv, scope="openid profile offline_access", **parameters):
        answer = session(service.ca_file).post(acme.url("oauth/device/code"), timeout=30, data={
            **client.credentials, "scope": scope, **parameters})
        assert answer.status_code == 200, answer.text
        assert "no-store" in answer.headers["Cache-Control"]
        return answer.json()

    return ask


@pytest.fixture(scope="module")
def poll(acme, tv):
    return lambda device, client=tv: acme.token(
        grant_type=GRANT, device_code=device["device_code"], **client.credentials)


def log_in(person, device, email):
    """Through the pages up to the consent dialog."""
    question = person.submit(person.open(device["verification_uri_complete"]))
    assert device["user_code"] in question.text
    answer = person.submit(question, decision="accept")
    if "password" in page_of(answer).forms[0]["fields"]:
        answer = person.submit(answer, username=email, password=PASSWORD)
    return answer


def test_discovery_names_the_endpoint_and_the_grant(acme):
    document = acme.discovery()
    assert document["device_authorization_endpoint"] == acme.url("oauth/device/code")
    assert GRANT in document["grant_types_supported"]


def test_a_device_gets_tokens_once_its_user_has_consented(acme, begin, poll, tv, person, ada):
    device = begin()
    assert device["interval"] == 5 and device["expires_in"] == 900
    waiting = poll(device)
    assert (waiting.status_code, waiting.json()["error"]) == (400, "authorization_pending")
    consent = log_in(person, device, ada["email"])
    done = person.submit(consent, decision="accept")
    assert done.status_code == 200 and "connected" in done.text
    with ThreadPoolExecutor(4) as parallel:
        answers = list(parallel.map(lambda _: poll(device), range(4)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1, [answer.text for answer in answers]
    tokens = won[0].json()
    assert claims_of(tokens["id_token"])["sub"] == ada["user_id"]
    assert acme.userinfo(tokens["access_token"]).json()["sub"] == ada["user_id"]
    assert acme.refresh(tv, tokens["refresh_token"]).status_code == 200
    types = acme.log_types(client_id=tv.client_id)
    assert "sede" in types and "fede" in types and "s" in types


def test_t35_polling_faster_than_the_interval_is_slowed_down(begin, poll):
    device = begin()
    poll(device)
    answer = poll(device)
    assert (answer.status_code, answer.json()["error"]) == (429, "slow_down")


def test_t35_user_codes_cannot_be_searched(begin, person, someone, ada):
    device = begin()
    form = person.open(device["verification_uri"])
    for index in range(10):
        answer = person.submit(form, user_code=f"BBBB-BB{'BCDFGHJKLM'[index]}B")
        assert answer.status_code == 400
    assert person.submit(form, user_code=device["user_code"]).status_code == 429
    # Another address is not locked out.
    assert "Authorize Living room TV" in log_in(someone(), device, ada["email"]).text


def test_t35_a_form_from_elsewhere_is_refused(acme, begin, person, someone):
    device = begin()
    stranger = someone()
    stranger.open(device["verification_uri"])
    form = page_of(person.open(device["verification_uri"])).forms[0]["fields"]
    answer = stranger.http.post(acme.url("activate"), data={**form, "user_code": device["user_code"]}, timeout=30)
    assert answer.status_code == 403


def test_declining_is_told_to_the_device(acme, begin, poll, person, ada, tv):
    device = begin()
    person.submit(log_in(person, device, ada["email"]), decision="deny")
    answer = poll(device)
    assert (answer.status_code, answer.json()["error"]) == (403, "access_denied")
    assert "fdecc" in acme.log_types(client_id=tv.client_id)


def test_an_audience_and_its_scopes(acme, begin, poll, person, ada):
    identifier = f"https://api.example.com/{time.time_ns()}"
    made = acme.api("POST", "/resource-servers", {
        "identifier": identifier, "scopes": [{"value": "read:shows", "description": "See your shows"}]})
    assert made.status_code == 201, made.text
    device = begin(scope="openid read:shows write:everything", audience=identifier)
    consent = log_in(person, device, ada["email"])
    assert "See your shows" in consent.text and "write:everything" not in consent.text
    person.submit(consent, decision="accept")
    claims = claims_of(poll(device).json()["access_token"])
    assert identifier in claims["aud"] and claims["scope"] == "openid read:shows"


def test_a_device_is_activated_in_a_browser(page, begin, poll, ada, artifacts):
    device = begin()
    page.goto(device["verification_uri"])
    expect(page.get_by_label("Code")).to_be_focused()
    page.screenshot(path=artifacts / "device-code.png")
    page.get_by_label("Code").fill("BCDF-GHJK")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("not valid")
    page.screenshot(path=artifacts / "device-code-refused.png")
    page.get_by_label("Code").fill(device["user_code"].lower().replace("-", " "))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading")).to_have_text("Is this your device?")
    expect(page.get_by_text(device["user_code"])).to_be_visible()
    page.screenshot(path=artifacts / "device-confirm.png")
    page.get_by_role("button", name="Confirm").click()
    fill_in(page, ada["email"])
    expect(page.get_by_role("heading")).to_have_text("Authorize Living room TV")
    page.screenshot(path=artifacts / "device-consent.png")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("heading")).to_have_text("Your device is connected")
    page.screenshot(path=artifacts / "device-done.png")
    assert poll(device).status_code == 200
    # The refused code's status is reported by the browser itself.
    assert all("400" in error for error in page.console_errors), page.console_errors


def test_the_activation_fits_a_phone(browser, begin, artifacts):
    device = begin()
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, color_scheme="dark")
    page = context.new_page()
    page.goto(device["verification_uri_complete"])
    expect(page.get_by_label("Code")).to_have_value(device["user_code"])
    assert fits(page)
    page.screenshot(path=artifacts / "device-code-phone.png")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Cancel").wait_for()
    assert fits(page)
    page.screenshot(path=artifacts / "device-confirm-phone.png")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading")).to_have_text("Your device was not connected")
    context.close()


def test_the_grant_survives_the_management_api_and_must_be_listed(acme, spa, service, tv):
    assert GRANT in acme.api("GET", f"/clients/{tv.client_id}").json()["grant_types"]
    answer = session(service.ca_file).post(acme.url("oauth/device/code"), timeout=30, data=spa.credentials)
    assert (answer.status_code, answer.json()["error"]) == (403, "unauthorized_client")
    assert eventually(lambda: "fdeaz" in acme.log_types(client_id=spa.client_id))
