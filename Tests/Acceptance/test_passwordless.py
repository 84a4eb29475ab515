"""Logging in by a code or a link: as auth0-python asks for it, as the wire carries it, as a person follows it."""
import secrets
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from outbox import messages, newest
from product import CONNECTION, callback_of, claims_of, is_error_page, session
from test_browser import PHONE, browser, fits, home, page  # noqa: F401 - fixtures

OTP = "http://auth0.com/oauth/grant-type/passwordless/otp"
GRANTS = ["authorization_code", "refresh_token", OTP]


@pytest.fixture(scope="module")
def hall(create_tenant):
    """A tenant people enter by codes."""
    return create_tenant("hall")


@pytest.fixture(scope="module")
def app(hall):
    client = hall.create_client(name="Concert hall", grant_types=GRANTS)
    for strategy, options in (
        ("email", {"totp": {"time_step": 180, "length": 6}, "email": {"subject": "Your code", "body": "{% if link %}{{ link }}{% else %}{{ code }}{% endif %}"}}),
        ("sms", {"totp": {"time_step": 180, "length": 6}, "template": "Your verification code is: @@password@@"}),
    ):
        made = hall.api("POST", "/connections", {
            "name": strategy, "strategy": strategy, "options": options, "enabled_clients": [client.client_id],
        })
        assert made.status_code == 201, made.text
    return client


@pytest.fixture
def email():
    return f"guest-{secrets.token_hex(5)}@example.com"


@pytest.fixture
def python_sdk(monkeypatch, service):
    """auth0-python trusts the service's authority."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(service.ca_file))


def start(tenant, **body):
    return session(tenant.service.ca_file).post(tenant.url("passwordless/start"), json=body, timeout=30)


def ask(tenant, client, email, send="code", **params):
    answer = start(tenant, client_id=client.client_id, connection="email", email=email, send=send, authParams=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def redeem(tenant, client, username, otp, realm="email", **extra):
    return tenant.token(grant_type=OTP, username=username, otp=otp, realm=realm, scope="openid email", **client.credentials,
                        **extra)


def test_auth0_python_asks_for_a_code_and_redeems_it(hall, app, email, service, python_sdk):
    from auth0.authentication import GetToken, Passwordless

    asked = Passwordless(hall.domain, app.client_id).email(email, send="code")
    assert asked["email"] == email and len(asked["_id"]) == 24 and asked["email_verified"] is False
    code = newest(service, email)["code"]
    assert len(code) == 6 and code.isdigit()
    tokens = GetToken(hall.domain, app.client_id).passwordless_login(email, code, "email", "openid email", "")
    claims = claims_of(tokens["id_token"])
    assert claims["sub"] == f"email|{asked['_id']}" and claims["email_verified"] is True
    assert {"cls", "ss", "sepft"} <= set(hall.log_types(user_name=email))
    assert code not in str(hall.logs())


def test_auth0_python_asks_for_an_sms(hall, app, service, python_sdk):
    from auth0.authentication import GetToken, Passwordless

    number = f"+1555{secrets.randbelow(10**7):07}"
    asked = Passwordless(hall.domain, app.client_id).sms(number)
    assert asked == {"_id": asked["_id"], "phone_number": number, "phone_verified": False}
    code = newest(service, number)["code"]
    tokens = GetToken(hall.domain, app.client_id).passwordless_login(number, code, "sms", "openid", "")
    assert claims_of(tokens["id_token"])["sub"] == f"sms|{asked['_id']}"


def test_the_user_is_made_at_the_first_use_and_found_at_the_second(hall, app, email, service):
    ask(hall, app, email)
    newest(service, email)
    users = {user["email"] for user in hall.api("GET", "/users?per_page=100").json() if "email" in user}
    assert email not in users
    for _ in range(2):
        ask(hall, app, email)
        assert redeem(hall, app, email.upper(), newest(service, email)["code"]).status_code == 200
    found = [user for user in hall.api("GET", "/users?per_page=100").json() if user.get("email") == email]
    assert len(found) == 1 and found[0]["logins_count"] == 2
    assert found[0]["identities"][0]["provider"] == "email"


@pytest.mark.parametrize("strategy", ["email", "sms"])
def test_a_user_an_administrator_has_made_is_the_one_who_logs_in(hall, app, service, strategy):
    def recipient():
        return f"guest-{secrets.token_hex(5)}@example.com" if strategy == "email" else f"+1555{secrets.randbelow(10**7):07}"

    def log_in(address):
        asked = start(hall, client_id=app.client_id, connection=strategy, send="code", **{attribute: address})
        assert asked.status_code == 200, asked.text
        tokens = redeem(hall, app, address, newest(service, address)["code"], realm=strategy)
        assert tokens.status_code == 200, tokens.text
        return claims_of(tokens.json()["id_token"])["sub"]

    attribute = "email" if strategy == "email" else "phone_number"
    first, second = recipient(), recipient()
    body = {"connection": strategy, attribute: first}
    made = hall.api("POST", "/users", body)
    assert made.status_code == 201, made.text
    user = made.json()["user_id"]
    assert user.startswith(f"{strategy}|")
    again = hall.api("POST", "/users", body)
    assert (again.status_code, again.json()["message"]) == (409, "The user already exists.")
    assert log_in(first) == user

    path = f"/users/{quote(user)}"
    moved = hall.api("PATCH", path, {"connection": strategy, attribute: second})
    assert moved.status_code == 200, moved.text
    assert log_in(second) == user
    stranger = log_in(first)
    assert stranger != user and stranger.startswith(f"{strategy}|")
    assert hall.api("DELETE", path).status_code == 204
    assert hall.api("GET", path).status_code == 404


def test_L13_a_code_is_good_once_even_in_parallel(hall, app, email, service):
    ask(hall, app, email)
    code = newest(service, email)["code"]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: redeem(hall, app, email, code).status_code, range(8)))
    assert sorted(statuses) == [200] + [403] * 7


def test_L13_three_wrong_codes_kill_the_right_one(hall, app, email, service):
    ask(hall, app, email)
    for wrong in ("1", "22", "333"):
        answer = redeem(hall, app, email, wrong)
        assert (answer.status_code, answer.json()["error_description"]) == (403, "Wrong email or verification code.")
    assert redeem(hall, app, email, newest(service, email)["code"]).status_code == 403


def test_L13_a_new_code_kills_the_old_one(hall, app, email, service):
    ask(hall, app, email)
    old = newest(service, email)["code"]
    ask(hall, app, email)
    new = newest(service, email)["code"]
    assert old == new or redeem(hall, app, email, old).status_code == 403
    assert redeem(hall, app, email, new).status_code == 200


@pytest.mark.parametrize("recipient", [
    {"email": "a@x.example\r\nBcc: b@x.example"}, {"email": "a@x.example,b@x.example"}, {"email": "a@x\u3002example"},
    {"email": "\"a b\"@x.example"}, {"email": ""}, {"email": "x" * 300 + "@x.example"}, {"phone_number": "+1555;ext=1"},
    {"phone_number": "+1555\r\nFrom: 1"}, {"phone_number": "5550100"}, {"phone_number": "+" + "1" * 16},
    {"phone_number": "+\u0661\u0662\u0663"},
], ids=lambda value: ascii(str(value))[:40])
def test_L13_a_recipient_is_one_address_and_nothing_else(hall, app, recipient):
    answer = start(hall, client_id=app.client_id, connection="email" if "email" in recipient else "sms", **recipient)
    assert answer.status_code == 400
    assert answer.json()["error"] == ("bad.email" if "email" in recipient else "bad.phone_number")
    assert answer.json()["statusCode"] == 400


@pytest.mark.parametrize("body,code,text", [
    ({"client_id": None}, "bad.client_id", "Missing required property: client_id"),
    ({"connection": None}, "bad.connection", "Missing required property: connection"),
    ({"connection": "nothing"}, "bad.connection", "Connection does not exist"),
    ({"connection": CONNECTION}, "bad.connection",
     "Invalid connection strategy. It must either be a passwordless connection"),
    ({"authParams": ["scope"]}, "bad.authParams", None), ({"authParams": {"scope": 1}}, "bad.authParams", None),
    ({"is_admin": True}, "bad.request", "the following properties are not allowed: is_admin"),
])
def test_what_is_refused_is_refused_in_the_contract_s_words(hall, app, email, body, code, text):
    complete = {"client_id": app.client_id, "connection": "email", "email": email, **body}
    answer = start(hall, **{key: value for key, value in complete.items() if value is not None})
    assert (answer.status_code, answer.json()["error"]) == (400, code)
    assert text is None or answer.json()["error_description"] == text


def test_a_client_without_the_connection_is_refused(hall, app, email):
    other = hall.create_client(grant_types=GRANTS)
    connection = hall.api("GET", "/connections?name=email").json()[0]
    enabled = [known for known in connection["enabled_clients"] if known != other.client_id]
    assert hall.api("PATCH", f"/connections/{connection['id']}", {"enabled_clients": enabled}).status_code == 200
    answer = start(hall, client_id=other.client_id, connection="email", email=email)
    assert answer.json()["error_description"] == "Connection is disabled"


def test_L3_where_signup_is_disabled_nobody_learns_who_has_an_account(create_tenant, service):
    tenant = create_tenant()
    client = tenant.create_client(grant_types=GRANTS)
    connection = tenant.api("POST", "/connections", {
        "name": "email", "strategy": "email", "enabled_clients": [client.client_id], "options": {},
    }).json()
    ask(tenant, client, "known@example.com")
    code = newest(service, "known@example.com")["code"]
    assert redeem(tenant, client, "known@example.com", code).status_code == 200
    changed = tenant.api("PATCH", f"/connections/{connection['id']}", {"options": {"disable_signup": True}})
    assert changed.status_code == 200
    answers = [start(tenant, client_id=client.client_id, connection="email", email=f"{name}@example.com", send="code")
               for name in ("known", "other")]
    known, other = [(answer.status_code, sorted(answer.headers), {**answer.json(), "_id": "", "email": ""})
                    for answer in answers]
    assert known == other
    assert messages(service, "other@example.com") == {}
    assert "fs" in tenant.log_types(user_name="other@example.com")
    code = newest(service, "known@example.com")["code"]
    assert redeem(tenant, client, "known@example.com", code).status_code == 200


def test_the_widget_checks_a_code_before_it_navigates(hall, app, email, service):
    ask(hall, app, email)
    code = newest(service, email)["code"]
    http = session(service.ca_file)

    def verify(code):
        return http.post(hall.url("passwordless/verify"), timeout=30, json={
            "connection": "email", "email": email, "verification_code": code,
        })

    assert verify(code).status_code == 200
    assert (verify("1").status_code, verify("1").json()["error"]) == (401, "invalid_user_password")
    assert redeem(hall, app, email, code).status_code == 200


def test_T20_a_code_of_one_tenant_is_nothing_at_another(hall, app, email, service, globex):
    ask(hall, app, email)
    client = globex.create_client(grant_types=GRANTS)
    answer = redeem(globex, client, email, newest(service, email)["code"])
    assert answer.status_code == 400


def test_a_link_logs_in_the_browser_that_opens_it_once(hall, app, email, service, someone):
    ask(hall, app, email, send="link", scope="openid email", state="s1", redirect_uri=app.callback)
    link = newest(service, email)["link"]
    assert link.startswith(hall.url("passwordless/verify_redirect?"))
    # A program that looks through mail opens every link.
    assert session(service.ca_file).get(link, timeout=30).status_code == 200
    visitor, other = someone(), someone()
    shown = visitor.open(link)
    assert email in shown.text and "auth0" not in {cookie.name for cookie in visitor.http.cookies}
    # L13: the page of one browser is refused in another.
    refused = other.submit(shown)
    assert is_error_page(refused) and "auth0" not in {cookie.name for cookie in other.http.cookies}
    answered = callback_of(visitor.submit(shown))
    assert answered["state"] == "s1"
    assert claims_of(hall.redeem(app, answered["code"]).json()["id_token"])["email"] == email
    assert is_error_page(visitor.submit(shown))
    assert "code" in callback_of(visitor.authorize(hall, app, prompt="none"))


def test_U1_a_link_to_a_foreign_address_is_an_error_page(hall, app, email, service, person):
    ask(hall, app, email, send="link", redirect_uri="https://evil.example/cb")
    assert is_error_page(person.open(newest(service, email)["link"]))


def test_a_person_follows_the_link(page, hall, app, email, service, artifacts):  # noqa: F811
    ask(hall, app, email, send="link", scope="openid email", state="s1", redirect_uri=app.callback)
    page.route("https://app.example.com/**", lambda route: route.fulfill(body="arrived"))
    page.goto(newest(service, email)["link"])
    expect(page.get_by_text(email)).to_be_visible()
    page.screenshot(path=artifacts / "passwordless-link.png")
    assert fits(page)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("arrived")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["state"] == ["s1"]
    page.go_back()
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading")).to_have_text("This link no longer works")
    page.screenshot(path=artifacts / "passwordless-link-used.png")


def authorize_url(tenant, client, **parameters):
    query = {"client_id": client.client_id, "response_type": "code", "redirect_uri": client.callback, "scope": "openid email",
             "state": "s1", **parameters}
    return tenant.url(f"authorize?{urlencode(query)}")


def arrive(page, hall, app):  # noqa: F811
    expect(page.get_by_text("arrived")).to_be_visible()
    told = parse_qs(urlsplit(page.url).query)
    assert told["state"] == ["s1"]
    return claims_of(hall.redeem(app, told["code"][0]).json()["id_token"])


def test_a_person_types_the_code_on_the_hosted_page(page, hall, app, email, service, artifacts):  # noqa: F811
    page.route("https://app.example.com/**", lambda route: route.fulfill(body="arrived"))
    page.goto(authorize_url(hall, app))
    page.screenshot(path=artifacts / "login-ways.png", full_page=True)
    page.get_by_role("link", name="Continue with a code by email").click()
    expect(page.get_by_label("Email address")).to_be_focused()
    page.screenshot(path=artifacts / "passwordless-email.png", full_page=True)
    page.get_by_label("Email address").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_label("Code")).to_be_focused()
    page.get_by_label("Code").fill("000000" if newest(service, email)["code"] != "000000" else "111111")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("The code is wrong")
    page.screenshot(path=artifacts / "passwordless-code-refused.png", full_page=True)
    assert fits(page)
    page.get_by_role("button", name="Send another code").click()
    page.get_by_label("Code").fill(newest(service, email)["code"])
    page.keyboard.press("Enter")
    claims = arrive(page, hall, app)
    assert (claims["email"], claims["email_verified"]) == (email, True)
    assert [error for error in page.console_errors if "401" not in error] == []


def test_a_person_asks_for_a_link_on_the_hosted_page(page, hall, app, email, service, artifacts):  # noqa: F811
    page.route("https://app.example.com/**", lambda route: route.fulfill(body="arrived"))
    page.goto(authorize_url(hall, app, connection="email", login_hint=email, code_challenge_method="S256",
                            code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"))
    expect(page.get_by_label("Email address")).to_have_value(email)
    expect(page.get_by_role("link", name="Use a password")).to_be_hidden()  # the client wants this connection
    page.get_by_role("button", name="Send me a link instead").click()
    expect(page.get_by_role("heading")).to_have_text("Check your mailbox")
    page.screenshot(path=artifacts / "passwordless-link-sent.png", full_page=True)
    page.goto(newest(service, email)["link"])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("arrived")).to_be_visible()
    code = parse_qs(urlsplit(page.url).query)["code"][0]
    # The challenge of the first request still binds (RFC 7636, appendix B).
    tokens = hall.redeem(app, code, code_verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert tokens.status_code == 200, tokens.text


@pytest.mark.parametrize("dark", [False, True])
def test_the_hosted_page_on_a_telephone(browser, hall, app, service, artifacts, dark):  # noqa: F811
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, color_scheme="dark" if dark else "light",
                                  java_script_enabled=not dark)
    page = context.new_page()  # noqa: F811
    page.route("https://app.example.com/**", lambda route: route.fulfill(body="arrived"))
    number, name = f"+1555{secrets.randbelow(10**7):07}", "phone-dark" if dark else "phone"
    page.goto(authorize_url(hall, app))
    page.screenshot(path=artifacts / f"login-ways-{name}.png", full_page=True)
    assert fits(page)
    page.get_by_role("link", name="Continue with a code by SMS").click()
    page.get_by_label("Phone number").fill("0555 12")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("alert")).to_contain_text("country code")
    page.screenshot(path=artifacts / f"passwordless-sms-{name}.png", full_page=True)
    page.get_by_label("Phone number").fill(f"{number[:2]} ({number[2:5]}) {number[5:]}")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_text(number)).to_be_visible()
    page.screenshot(path=artifacts / f"passwordless-code-{name}.png", full_page=True)
    assert fits(page)
    page.get_by_label("Code").fill(newest(service, number)["code"])
    page.get_by_role("button", name="Log in").click()
    assert arrive(page, hall, app)["sub"].startswith("sms|")
    context.close()


def test_a_client_that_has_nothing_else_gets_the_hosted_page_at_once(page, create_tenant):  # noqa: F811
    tenant = create_tenant()
    client = tenant.create_client()
    made = tenant.api("POST", "/connections", {"name": "email", "strategy": "email",
                                               "enabled_clients": [client.client_id]})
    assert made.status_code == 201, made.text
    database = tenant.connection()
    others = [known for known in database["enabled_clients"] if known != client.client_id]
    assert tenant.api("PATCH", f"/connections/{database['id']}", {"enabled_clients": others}).status_code == 200
    page.goto(authorize_url(tenant, client))
    expect(page.get_by_role("button", name="Send me a code")).to_be_visible()
    assert page.get_by_role("link").count() == 0
