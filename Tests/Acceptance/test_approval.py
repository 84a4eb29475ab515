"""Approval at another screen: back-channel logins (CIBA, polled) as the Python SDK asks for them, and the second factor
whose mailbox approves instead of receiving a code."""
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from auth0.authentication import GetToken
from auth0.authentication.back_channel_login import BackChannelLogin
from auth0.exceptions import Auth0Error, RateLimitError
from playwright.sync_api import expect

from outbox import newest
from product import PASSWORD, claims_of, page_of
from test_browser import PHONE, browser, fill_in, fits, home, page  # noqa: F401 - fixtures
from test_mfa import GRANT as MFA_GRANT, enable, mfa, mfa_token

GRANT = "urn:openid:params:grant-type:ciba"
MESSAGE = "Desk 7: transfer #12"


@pytest.fixture(autouse=True)
def trust_the_authority(service, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca_file)


@pytest.fixture(scope="module")
def desk(acme):
    return acme.create_web_client(name="Bank desk", grant_types=[GRANT, "refresh_token"])


def hint(tenant, user):
    return json.dumps({"format": "iss_sub", "iss": tenant.issuer, "sub": user["user_id"]})


@pytest.fixture
def customer(acme):
    return acme.create_user()


@pytest.fixture(scope="module")
def ask(acme, desk):
    def begin(user, client=desk, **changed):
        login = BackChannelLogin(acme.domain, client.client_id, client_secret=client.client_secret)
        return login.back_channel_login(**{
            "binding_message": MESSAGE, "login_hint": hint(acme, user), "scope": "openid profile offline_access",
            **changed})

    return begin


@pytest.fixture(scope="module")
def poll(acme, desk):
    """As the SDK polls."""
    def ask(asked, client=desk):
        tokens = GetToken(acme.domain, client.client_id, client_secret=client.client_secret)
        return tokens.backchannel_login(asked["auth_req_id"])

    return ask


def refused(code, method, *arguments, status=400, **named):
    with pytest.raises(Auth0Error) as refusal:
        method(*arguments, **named)
    assert (refusal.value.error_code, refusal.value.status_code) == (code, status), refusal.value


def test_discovery_names_the_endpoint_the_mode_and_the_grant(acme):
    document = acme.discovery()
    assert document["backchannel_authentication_endpoint"] == acme.url("bc-authorize")
    assert document["backchannel_token_delivery_modes_supported"] == ["poll"]
    assert document["backchannel_user_code_parameter_supported"] is False
    assert GRANT in document["grant_types_supported"]


def test_the_python_sdk_asks_for_a_login_and_gets_tokens_once_it_is_approved(
        acme, desk, ask, poll, customer, person, service):
    asked = ask(customer, requested_expiry=120)
    assert set(asked) == {"auth_req_id", "expires_in", "interval"}
    assert (asked["expires_in"], asked["interval"]) == (120, 5)
    refused("authorization_pending", poll, asked)
    with pytest.raises(RateLimitError) as early:
        poll(asked)
    assert early.value.status_code == 429
    mail = newest(service, customer["email"])
    assert MESSAGE in mail["text"] and "Bank desk" in mail["text"] and asked["auth_req_id"] not in mail["text"]
    login = person.open(mail["link"])
    question = person.submit(login, username=customer["email"], password=PASSWORD)
    assert MESSAGE in question.text and "Bank desk" in question.text and "offline_access" in question.text
    assert "}}" not in question.text
    person.open(mail["link"])
    assert "approved" in person.submit(question, decision="accept").text
    with ThreadPoolExecutor(4) as parallel:
        answers = list(parallel.map(lambda _: acme.token(
            grant_type=GRANT, auth_req_id=asked["auth_req_id"], **desk.credentials), range(4)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1, [answer.text for answer in answers]
    tokens = won[0].json()
    assert claims_of(tokens["id_token"])["sub"] == customer["user_id"]
    assert acme.userinfo(tokens["access_token"]).json()["sub"] == customer["user_id"]
    assert acme.refresh(desk, tokens["refresh_token"]).status_code == 200
    refused("invalid_grant", poll, asked, status=403)
    types = acme.log_types(client_id=desk.client_id)
    assert {"ciba_start_succeeded", "ciba_exchange_succeeded", "ciba_exchange_failed", "s"} <= set(types)


def test_the_sdks_poll_itself_returns_the_tokens(ask, poll, customer, person, service):
    asked = ask(customer)
    question = person.submit(person.open(newest(service, customer["email"])["link"]), username=customer["email"],
                             password=PASSWORD)
    person.submit(question, decision="accept")
    assert claims_of(poll(asked)["id_token"])["sub"] == customer["user_id"]


def test_the_python_sdk_is_told_that_the_user_declined(ask, poll, customer, person, service):
    asked = ask(customer)
    link = newest(service, customer["email"])["link"]
    question = person.submit(person.open(link), username=customer["email"], password=PASSWORD)
    assert "declined" in person.submit(question, decision="deny").text
    refused("access_denied", poll, asked)
    assert person.open(link).status_code == 400


def test_a_request_that_nobody_answers_expires(ask, poll, customer):
    asked = ask(customer, requested_expiry=1)
    time.sleep(1.2)
    refused("expired_token", poll, asked)


def test_somebody_else_cannot_answer(acme, ask, poll, customer, ada, person, service):
    asked = ask(customer)
    link = newest(service, customer["email"])["link"]
    answer = person.submit(person.open(link), username=ada["email"], password=PASSWORD)
    assert answer.status_code == 403 and "another account" in answer.text
    # The link asks again, although somebody is logged in.
    login = person.open(link)
    assert "password" in page_of(login).forms[0]["fields"]
    refused("authorization_pending", poll, asked)


@pytest.mark.parametrize("changed,code", [
    ({"scope": "profile"}, "invalid_scope"),
    ({"binding_message": "go to https://evil.example/"}, "invalid_binding_message"),
    ({"binding_message": "x" * 65}, "invalid_binding_message"),
    ({"login_hint": "jane@example.com"}, "invalid_request"),
    ({"login_hint": json.dumps({"format": "iss_sub", "iss": "https://other.example/", "sub": "x"})}, "invalid_request"),
    ({"authorization_details": [{"type": "money_transfer"}]}, "invalid_authorization_details"),
])
def test_mistakes_are_told_as_ciba_tells_them(ask, customer, changed, code):
    refused(code, ask, customer, **changed)


def test_an_unknown_user_and_a_client_without_the_grant(acme, ask, customer, web):
    refused("unknown_user_id", ask, {"user_id": "auth0|nobody"})
    refused("unauthorized_client", ask, customer, client=web)


def test_an_approval_in_a_browser(page, ask, poll, customer, service, artifacts):
    asked = ask(customer)
    page.goto(newest(service, customer["email"])["link"])
    fill_in(page, customer["email"])
    expect(page.get_by_text(MESSAGE)).to_be_visible()
    page.screenshot(path=artifacts / "approval.png")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="You have approved the request")).to_be_visible()
    page.screenshot(path=artifacts / "approval-done.png")
    assert poll(asked)["access_token"]
    assert page.console_errors == []


@pytest.fixture(scope="module")
def careful(create_tenant):
    tenant = create_tenant("careful")
    enable(tenant, "email")
    return tenant


@pytest.fixture
def mailbox(careful, service):
    """A user whose mailbox is the second factor, and a login of theirs that waits for its approval."""
    client = careful.create_client(name="Wallet", grant_types=[
        "password", f"{MFA_GRANT}password-realm", f"{MFA_GRANT}mfa-oob"])
    user = careful.create_user(email=f"approver-{secrets.token_hex(4)}@example.com")
    token = mfa_token(careful, client, user)
    made = mfa(careful, "POST", "associate", token, authenticator_types=["oob"], oob_channels=["email"]).json()
    grant = {"grant_type": f"{MFA_GRANT}mfa-oob", **client.credentials}
    code = newest(service, user["email"])["code"]
    answer = careful.token(mfa_token=token, oob_code=made["oob_code"], binding_code=code, **grant)
    assert answer.status_code == 200, answer.text
    token = mfa_token(careful, client, user)
    listed = mfa(careful, "GET", "authenticators", token).json()
    push = next(item for item in listed if item.get("oob_channel") == "auth0")
    assert push["id"].startswith("push|dev_") and push["active"]
    challenge = mfa(careful, "POST", "challenge", mfa_token=token, challenge_type="oob", authenticator_id=push["id"],
                    **client.credentials).json()
    assert challenge["binding_method"] == "none"
    mail = newest(service, user["email"])
    assert challenge["binding_message"] in mail["text"] and challenge["oob_code"] not in mail["text"]
    poll = lambda: careful.token(mfa_token=token, oob_code=challenge["oob_code"], **grant)  # noqa: E731
    return poll, mail["link"], challenge["binding_message"], user


def test_a_second_factor_is_approved_in_the_mailbox(mailbox, person):
    poll, link, number, user = mailbox
    waiting = poll()
    assert (waiting.status_code, waiting.json()) == (400, {
        "error": "authorization_pending",
        "error_description": "Authorization pending: please repeat the request in a few seconds."})
    question = person.open(link)
    assert number in question.text and "Wallet" in question.text
    person.submit(question, decision="accept")
    tokens = poll()
    assert tokens.status_code == 200 and claims_of(tokens.json()["id_token"])["amr"] == ["mfa"]
    assert poll().json()["error"] == "invalid_grant"


def test_a_second_factor_is_rejected_in_the_mailbox(mailbox, person):
    poll, link, _, _ = mailbox
    person.submit(person.open(link), decision="deny")
    answer = poll()
    assert (answer.status_code, answer.json()) == (400, {
        "error": "access_denied", "error_description": "MFA Authorization rejected."})


def test_a_second_factors_question_fits_a_phone(browser, mailbox, artifacts):
    _, link, number, _ = mailbox
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, color_scheme="dark")
    page = context.new_page()
    page.goto(link)
    expect(page.get_by_text(number)).to_be_visible()
    assert fits(page)
    page.screenshot(path=artifacts / "approval-phone.png")
    context.close()


def test_l1_a_form_from_elsewhere_is_refused(careful, mailbox, person, someone):
    poll, link, _, _ = mailbox
    fields = page_of(person.open(link)).forms[0]["fields"]
    stranger = someone()
    stranger.open(link)
    answer = stranger.http.post(careful.url("u/approve"), data={**fields, "decision": "accept"}, timeout=30)
    assert answer.status_code == 403
    assert poll().json()["error"] == "authorization_pending"
