"""The second factor: the MFA API as clients use it, the hosted pages as people do; pyotp is the authenticator app."""
import time
from urllib.parse import parse_qs, quote, urlsplit

import pyotp
import pytest
from playwright.sync_api import expect

from outbox import newest
from product import CONNECTION, PASSWORD, callback_of, claims_of, is_error_page, page_of, session
from test_browser import PHONE, browser, fill_in, fits, home, page  # noqa: F401 - fixtures

GRANT = "http://auth0.com/oauth/grant-type/"
GRANTS = ["password", f"{GRANT}password-realm", "authorization_code", "refresh_token", f"{GRANT}mfa-otp", f"{GRANT}mfa-oob",
          f"{GRANT}mfa-recovery-code"]
MULTI_FACTOR = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"


def enable(tenant, *factors, policies=("all-applications",)):
    for factor in factors:
        answer = tenant.api("PUT", f"/guardian/factors/{factor}", {"enabled": True})
        assert answer.status_code == 200 and answer.json() == {"enabled": True}, answer.text
    answer = tenant.api("PUT", "/guardian/policies", list(policies))
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def strict(create_tenant):
    """A tenant that asks everybody for a second factor."""
    tenant = create_tenant("strict")
    enable(tenant, "otp", "sms", "email")
    return tenant


@pytest.fixture(scope="module")
def app_only(create_tenant):
    """A tenant whose only factor is an authenticator app."""
    tenant = create_tenant("app-only")
    enable(tenant, "otp")
    return tenant


def password_grant(tenant, client, user, **extra):
    return tenant.token(grant_type=f"{GRANT}password-realm", username=user["email"], password=PASSWORD, realm=CONNECTION,
                        scope="openid profile", **client.credentials, **extra)


def mfa_token(tenant, client, user):
    answer = password_grant(tenant, client, user)
    assert answer.status_code == 403, answer.text
    told = answer.json()
    assert (told["error"], told["error_description"]) == ("mfa_required", "Multifactor authentication required")
    return told["mfa_token"]


def mfa(tenant, method, path, token=None, **body):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return session(tenant.service.ca_file).request(method, tenant.url(f"mfa/{path}"), headers=headers,
                                                   json=body or None, timeout=30)


def enroll(tenant, client, user):
    """An authenticator app and the recovery code, by the MFA API."""
    token = mfa_token(tenant, client, user)
    made = mfa(tenant, "POST", "associate", token, authenticator_types=["otp"]).json()
    app = pyotp.parse_uri(made["barcode_uri"])
    assert app.secret == made["secret"] and app.issuer and app.name == user["email"]
    answer = tenant.token(grant_type=f"{GRANT}mfa-otp", mfa_token=token, otp=app.now(), **client.credentials)
    assert answer.status_code == 200, answer.text
    return app, made["recovery_codes"][0], answer.json()


def fresh(app):
    """A code nobody has used: that of the next step, which the service takes early."""
    return app.at(time.time() + 30)


@pytest.fixture
def enrolled(strict):
    client = strict.create_client(grant_types=GRANTS)
    user = strict.create_user()
    return client, user, *enroll(strict, client, user)


def test_a_factor_is_enrolled_and_asked_for(strict, enrolled):
    client, user, app, recovery, tokens = enrolled
    assert len(recovery) == 24 and recovery.isalnum()
    claims = claims_of(tokens["id_token"])
    assert claims["amr"] == ["mfa"] and claims["acr"] == MULTI_FACTOR and claims["sub"] == user["user_id"]
    token = mfa_token(strict, client, user)
    challenge = mfa(strict, "POST", "challenge", mfa_token=token, challenge_type="oob otp", **client.credentials)
    assert challenge.json() == {"challenge_type": "otp"}
    answer = strict.token(grant_type=f"{GRANT}mfa-otp", mfa_token=token, otp=fresh(app), **client.credentials)
    assert answer.status_code == 200
    types = strict.log_types(user_id=user["user_id"])
    assert {"gd_start_enroll", "gd_enrollment_complete", "gd_start_auth", "seotpft", "fepft"} <= set(types)
    assert token not in str(strict.logs()) and recovery not in str(strict.logs()) and app.secret not in str(strict.logs())


def test_authenticators_are_listed_and_not_removed_by_the_password_alone(strict, enrolled):
    client, user, *_ = enrolled
    token = mfa_token(strict, client, user)
    listed = mfa(strict, "GET", "authenticators", token).json()
    assert {"otp", "recovery-code"} == {entry["authenticator_type"] for entry in listed}
    totp = next(entry for entry in listed if entry["authenticator_type"] == "otp")
    assert totp["id"].startswith("totp|dev_") and totp["active"] is True
    assert mfa(strict, "DELETE", f"authenticators/{quote(totp['id'], safe='')}", token).status_code == 403
    assert mfa(strict, "POST", "associate", token, authenticator_types=["otp"]).status_code == 403


def test_a_logged_in_user_removes_a_factor(strict, enrolled):
    client, user, app, *_ = enrolled
    asked = password_grant(strict, client, user, audience=strict.url("mfa/")).json()
    access = strict.token(grant_type=f"{GRANT}mfa-otp", mfa_token=asked["mfa_token"], otp=fresh(app),
                          **client.credentials).json()["access_token"]
    # It was asked for without the scopes of the API.
    assert mfa(strict, "GET", "authenticators", access).status_code == 403


def test_L16_a_code_is_good_once(strict, enrolled):
    client, user, app, *_ = enrolled
    code = fresh(app)
    for expected in (200, 403):
        answer = strict.token(grant_type=f"{GRANT}mfa-otp", mfa_token=mfa_token(strict, client, user), otp=code,
                              **client.credentials)
        assert answer.status_code == expected, answer.text


def test_L16_a_token_of_one_user_takes_no_code_of_another(strict, enrolled):
    client, _, app, *_ = enrolled
    other = strict.create_user()
    enroll(strict, client, other)
    answer = strict.token(grant_type=f"{GRANT}mfa-otp", mfa_token=mfa_token(strict, client, other), otp=fresh(app),
                          **client.credentials)
    assert answer.status_code == 403 and answer.json()["error"] == "invalid_grant"


def test_L16_ten_wrong_codes_are_enough(strict, enrolled):
    client, user, app, *_ = enrolled
    token = mfa_token(strict, client, user)
    wrong = "000000" if app.now() != "000000" else "111111"
    for _ in range(10):
        answer = strict.token(grant_type=f"{GRANT}mfa-otp", mfa_token=token, otp=wrong, **client.credentials)
        assert answer.status_code == 403
    answer = strict.token(grant_type=f"{GRANT}mfa-otp", mfa_token=token, otp=fresh(app), **client.credentials)
    assert answer.status_code == 429 and answer.json()["error"] == "too_many_attempts"
    assert "gd_otp_rate_limit_exceed" in strict.log_types(user_id=user["user_id"])


def test_L16_a_recovery_code_is_good_once(strict, enrolled):
    client, user, _, recovery, _ = enrolled

    def recover(code):
        return strict.token(grant_type=f"{GRANT}mfa-recovery-code", mfa_token=mfa_token(strict, client, user),
                            recovery_code=code, **client.credentials)

    first = recover(recovery)
    assert first.status_code == 200 and first.json()["recovery_code"] != recovery
    assert recover(recovery).status_code == 403
    assert recover(first.json()["recovery_code"]).status_code == 200


def test_T20_a_token_of_one_tenant_is_nothing_at_another(strict, globex, enrolled):
    client, user, app, *_ = enrolled
    there = globex.create_client(grant_types=GRANTS)
    answer = globex.token(grant_type=f"{GRANT}mfa-otp", mfa_token=mfa_token(strict, client, user), otp=fresh(app),
                          **there.credentials)
    assert answer.status_code == 403 and answer.json()["error"] == "invalid_grant"
    assert mfa(globex, "GET", "authenticators", mfa_token(strict, client, user)).status_code == 403


@pytest.mark.parametrize("channel,field,recipient", [("sms", "phone_number", "+15550123"), ("email", None, None)])
def test_a_code_is_sent_and_typed(strict, service, channel, field, recipient):
    client, user = strict.create_client(grant_types=GRANTS), strict.create_user()
    token = mfa_token(strict, client, user)
    extra = {field: recipient} if field else {}
    made = mfa(strict, "POST", "associate", token, authenticator_types=["oob"], oob_channels=[channel], **extra).json()
    assert made["binding_method"] == "prompt" and made["oob_channel"] == channel
    code = newest(service, recipient or user["email"])["code"]
    grant = {"grant_type": f"{GRANT}mfa-oob", "mfa_token": token, "oob_code": made["oob_code"], **client.credentials}
    assert strict.token(**grant).json()["error"] == "invalid_request"
    assert strict.token(**grant, binding_code="12").status_code == 403
    assert strict.token(**grant, binding_code=code).status_code == 200
    token = mfa_token(strict, client, user)
    challenge = mfa(strict, "POST", "challenge", mfa_token=token, challenge_type="oob", **client.credentials).json()
    grant = {**grant, "mfa_token": token, "oob_code": challenge["oob_code"]}
    assert strict.token(**grant, binding_code=newest(service, recipient or user["email"])["code"]).status_code == 200
    assert code not in str(strict.logs(per_page=100))


def test_the_policy_is_the_administrator_s(create_tenant, someone):
    tenant = create_tenant()
    client, user = tenant.create_client(grant_types=GRANTS), tenant.create_user()
    assert {"otp", "sms", "email", "webauthn-roaming"} <= {f["name"] for f in tenant.api("GET", "/guardian/factors").json()}
    assert password_grant(tenant, client, user).status_code == 200
    enable(tenant, "otp", policies=())
    assert password_grant(tenant, client, user).status_code == 200
    assert tenant.api("PUT", "/guardian/policies", ["sometimes"]).status_code == 400
    assert tenant.api("PUT", "/guardian/factors/pigeon", {"enabled": True}).status_code in (400, 404)
    assert tenant.api("PUT", "/guardian/policies/clients", [client.client_id]).status_code == 200
    assert password_grant(tenant, client, user).status_code == 403
    other = tenant.create_client(grant_types=GRANTS)
    assert password_grant(tenant, other, user).status_code == 200
    # A client may ask by itself.
    visitor = someone()
    visitor.tokens(tenant, other, user["email"])
    silent = visitor.authorize(tenant, other, prompt="none", acr_values=MULTI_FACTOR)
    assert callback_of(silent)["error"] == "interaction_required"


def test_L16_nothing_leads_past_the_page(strict, enrolled, someone):
    client, user, app, *_ = enrolled
    visitor = someone()
    page = visitor.submit(visitor.authorize(strict, client), username=user["email"], password=PASSWORD)
    assert "Verify your identity" in page.text
    assert "auth0" not in {cookie.name for cookie in visitor.http.cookies}
    fields = page_of(page).forms[0]["fields"]
    for path in ("decision", "continue", "login", "signup", "u/mfa/recovery-code"):
        answer = visitor.open(strict.url(f"{path}?state={fields['state']}"))
        assert "Location" not in answer.headers and answer.status_code >= 400, path
    posted = visitor.http.post(strict.url("u/mfa/recovery-code"), data=fields, allow_redirects=False)
    assert is_error_page(posted)
    assert callback_of(visitor.authorize(strict, client, prompt="none"))["error"] == "login_required"
    assert page_of(visitor.authorize(strict, client)).forms[0]["fields"].get("password") == ""
    assert "code" in callback_of(visitor.submit(page, code=fresh(app)))


def test_L16_a_remembered_browser_is_one_user_s(strict, enrolled, someone):
    client, user, app, *_ = enrolled
    visitor = someone()
    page = visitor.submit(visitor.authorize(strict, client), username=user["email"], password=PASSWORD)
    assert "code" in callback_of(visitor.submit(page, code=fresh(app), remember="1"))
    assert "code" in visitor.log_in(strict, client, user["email"], prompt="login")
    other = strict.create_user()
    enroll(strict, client, other)
    page = visitor.submit(visitor.authorize(strict, client, prompt="login"), username=other["email"], password=PASSWORD)
    assert "Verify your identity" in page.text


def code_at(page, client):  # noqa: F811
    """The code at the end of a login in the browser. The application itself need not be there."""
    expect(page.get_by_text("arrived")).to_be_visible(timeout=30_000)
    return parse_qs(urlsplit(page.arrivals[-1]).query)["code"][0]


def begin(page, tenant, client, user):  # noqa: F811
    if not hasattr(page, "arrivals"):
        page.route("https://app.example.com/**", lambda route: route.fulfill(body="arrived"))
        page.on("request", lambda request: request.url.startswith(client.callback) and page.arrivals.append(request.url))
    page.arrivals = []
    page.goto(tenant.url(f"authorize?client_id={client.client_id}&response_type=code&scope=openid&state=s&prompt=login"
                         f"&redirect_uri={quote(client.callback, safe='')}"))
    fill_in(page, user["email"])


def test_a_person_enrolls_an_app_and_uses_it(page, app_only, artifacts):  # noqa: F811
    client, user = app_only.create_client(grant_types=GRANTS, name="Payroll"), app_only.create_user()
    begin(page, app_only, client, user)
    expect(page.get_by_role("heading")).to_have_text("Secure your account")
    page.wait_for_load_state()
    image = page.get_by_alt_text("QR code of the key below")
    assert image.evaluate("image => image.complete && image.naturalWidth > 0"), "the policy blocks the QR code"
    page.screenshot(path=artifacts / "mfa-enroll.png", full_page=True)
    image.screenshot(path=artifacts / "mfa-qr.png")
    assert fits(page)
    app = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
    page.get_by_label("Code").fill("12")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("The code is wrong.")
    app = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
    page.get_by_label("Code").fill(app.now())
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("heading")).to_have_text("Your recovery code")
    recovery = page.locator("#recovery-code").inner_text()
    assert len(recovery) == 24
    page.screenshot(path=artifacts / "mfa-recovery-code.png", full_page=True)
    page.get_by_label("I have saved the code").check()
    page.get_by_role("button", name="Continue").click()
    tokens = app_only.redeem(client, code_at(page, client)).json()
    assert claims_of(tokens["id_token"])["amr"] == ["mfa"]

    begin(page, app_only, client, user)
    expect(page.get_by_role("heading")).to_have_text("Verify your identity")
    expect(page.get_by_label("Code")).to_be_focused()
    page.screenshot(path=artifacts / "mfa-challenge.png", full_page=True)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work")
    page.get_by_role("link", name="Use the recovery code").click()
    page.get_by_label("Recovery code").fill(recovery.lower())
    page.screenshot(path=artifacts / "mfa-use-recovery-code.png", full_page=True)
    page.get_by_role("button", name="Continue").click()
    assert page.locator("#recovery-code").inner_text() != recovery
    page.get_by_label("I have saved the code").check()
    page.get_by_role("button", name="Continue").click()
    assert code_at(page, client)

    begin(page, app_only, client, user)
    page.get_by_label("Code").fill(fresh(app))
    page.get_by_label("Remember this browser for 30 days").check()
    page.get_by_role("button", name="Continue").click()
    assert code_at(page, client)
    begin(page, app_only, client, user)
    assert code_at(page, client), "the browser is not remembered"
    # The answers with status 401 are the two codes that were wrong.
    assert [error for error in page.console_errors if "401" not in error] == []


def test_a_person_enrolls_a_telephone_on_a_telephone(browser, strict, service, artifacts):  # noqa: F811
    client, user = strict.create_client(grant_types=GRANTS, name="Payroll"), strict.create_user()
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, color_scheme="dark")
    page = context.new_page()
    begin(page, strict, client, user)
    page.screenshot(path=artifacts / "mfa-choice-phone.png")
    assert fits(page)
    page.get_by_role("link", name="SMS").click()
    page.get_by_label("Phone number").fill("+1 555 0177")
    page.screenshot(path=artifacts / "mfa-phone-number.png")
    page.get_by_role("button", name="Send code").click()
    page.get_by_label("Code").fill(newest(service, "+15550177")["code"])
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("I have saved the code").check()
    page.get_by_role("button", name="Continue").click()
    assert code_at(page, client)
    begin(page, strict, client, user)
    expect(page.get_by_text("XXXXX0177")).to_be_visible()
    page.get_by_role("button", name="Send code").click()
    newest(service, "+15550177")  # or the next one that is looked for could still be this
    page.get_by_role("button", name="Send another code").click()
    page.get_by_label("Code").fill(newest(service, "+15550177")["code"])
    page.screenshot(path=artifacts / "mfa-challenge-phone.png")
    assert fits(page)
    page.get_by_role("button", name="Continue").click()
    assert code_at(page, client)
    context.close()


@pytest.mark.parametrize("algorithms", ["all", "RS256"])
def test_a_person_adds_a_security_key_and_uses_it(browser, create_tenant, artifacts, algorithms):  # noqa: F811
    tenant = create_tenant()
    enable(tenant, "webauthn-roaming")
    client, user = tenant.create_client(grant_types=GRANTS, name="Payroll"), tenant.create_user()
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }})["authenticatorId"]
    if algorithms == "RS256":
        # The virtual authenticator makes keys of the first algorithm it knows.
        page.add_init_script("""const create = navigator.credentials.create.bind(navigator.credentials);
            navigator.credentials.create = (options) => {
                options.publicKey.pubKeyCredParams = [{type: "public-key", alg: -257}];
                return create(options);
            };""")
    begin(page, tenant, client, user)
    expect(page.get_by_role("heading")).to_have_text("Secure your account")
    page.screenshot(path=artifacts / "mfa-add-security-key.png")
    page.get_by_role("button", name="Add security key").click()
    page.get_by_label("I have saved the code").check()
    page.get_by_role("button", name="Continue").click()
    assert code_at(page, client)
    for _ in range(2):
        begin(page, tenant, client, user)
        page.get_by_role("button", name="Use security key").click()
        tokens = tenant.redeem(client, code_at(page, client)).json()
        assert claims_of(tokens["id_token"])["amr"] == ["mfa"]
    assert {"gd_enrollment_complete", "gd_auth_succeed"} <= set(tenant.log_types(user_id=user["user_id"]))
    # Somebody with the password and another key.
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }})
    begin(page, tenant, client, user)
    page.get_by_role("button", name="Use security key").click()
    expect(page.get_by_role("alert")).to_contain_text("The security key did not answer")
    page.screenshot(path=artifacts / "mfa-security-key.png")
    context.close()
