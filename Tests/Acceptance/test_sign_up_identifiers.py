"""Users without an e-mail address: they sign up and log in by a username or a telephone number."""
import secrets

import pytest

from product import PASSWORD, callback_of, page_of, session

REALM_GRANT = "http://auth0.com/oauth/grant-type/password-realm"


@pytest.fixture(scope="module")
def harbour(create_tenant):
    """A tenant whose database knows usernames and telephone numbers, and no e-mail addresses."""
    return create_tenant()


@pytest.fixture(scope="module")
def app(harbour):
    client = harbour.create_client(grant_types=["authorization_code", REALM_GRANT])
    connection = harbour.connection()
    attributes = {
        "username": {"identifier": {"active": True}, "signup": {"status": "optional"},
                     "validation": {"min_length": 3, "max_length": 20}},
        "phone_number": {"identifier": {"active": True}, "signup": {"status": "optional"}},
    }
    answer = harbour.api("PATCH", f"/connections/{connection['id']}", {
        "options": {**connection["options"], "attributes": attributes}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["options"]["attributes"] == attributes
    return client


@pytest.fixture
def number():
    return f"+49151{secrets.randbelow(10**8):08}"


def sign_up(tenant, client, **names):
    body = {"client_id": client.client_id, "connection": tenant.connection()["name"], "password": PASSWORD, **names}
    return session(tenant.service.ca_file).post(tenant.url("dbconnections/signup"), json=body, timeout=30)


def log_in(tenant, client, name):
    return tenant.token(grant_type=REALM_GRANT, username=name, password=PASSWORD, realm=tenant.connection()["name"],
                        scope="openid phone", **client.credentials)


def test_a_number_is_a_name_to_log_in_by(harbour, app, number):
    made = sign_up(harbour, app, phone_number=number, email="not-looked-at@example.com")
    assert made.status_code == 200, made.text
    told = made.json()
    assert set(told) == {"_id", "phone_number", "phone_verified"}
    assert (told["phone_number"], told["phone_verified"]) == (number, False)
    assert log_in(harbour, app, number).status_code == 200
    again = sign_up(harbour, app, phone_number=number)
    assert (again.status_code, again.json()["code"]) == (400, "user_exists")
    user = harbour.api("GET", f"/users/auth0|{told['_id']}").json()
    assert user["phone_number"] == user["name"] == number and "email" not in user


def test_a_changed_number_logs_in_in_place_of_the_old_one(harbour, app, number):
    user_id = "auth0|" + sign_up(harbour, app, phone_number=number).json()["_id"]
    other = number[:-1] + str((int(number[-1]) + 1) % 10)
    changed = harbour.api("PATCH", f"/users/{user_id}", {
        "phone_number": other, "connection": harbour.connection()["name"], "client_id": app.client_id})
    assert changed.status_code == 200, changed.text
    assert log_in(harbour, app, number).status_code == 403
    assert log_in(harbour, app, other).status_code == 200


def test_L14_no_username_passes_for_a_number_and_the_other_way_round(harbour, app, number):
    refused = sign_up(harbour, app, username=number)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_signup")
    name = f"ann-{secrets.token_hex(3)}"
    assert sign_up(harbour, app, username=name).status_code == 200
    assert sign_up(harbour, app, username=name.upper()).json()["code"] == "username_exists"
    assert log_in(harbour, app, name).status_code == 200
    for wrong in ("0151 12345", "+49x", "+" + "1" * 16):
        assert sign_up(harbour, app, phone_number=wrong).json()["code"] == "invalid_signup"
    assert sign_up(harbour, app).status_code == 400, "one name there must be"


def test_an_administrator_makes_such_users_too(harbour, app, number):
    connection = harbour.connection()["name"]
    made = harbour.api("POST", "/users", {"connection": connection, "phone_number": number, "password": PASSWORD})
    assert made.status_code == 201, made.text
    assert log_in(harbour, app, number).status_code == 200
    twice = harbour.api("POST", "/users", {"connection": connection, "phone_number": number, "password": PASSWORD})
    assert twice.status_code == 409


@pytest.mark.parametrize("attributes", [
    {"email": {"identifier": {"active": "yes"}}}, {"username": {"signup": {"status": "maybe"}}},
    {"username": {"validation": {"min_length": 0}}}, {"phone_number": []}, "email",
])
def test_attributes_of_another_make_are_refused(harbour, attributes):
    answer = harbour.api("POST", "/connections", {
        "name": f"c-{secrets.token_hex(4)}", "strategy": "auth0", "options": {"attributes": attributes}})
    assert answer.status_code == 400, answer.text


def test_the_hosted_pages_ask_for_what_the_connection_wants(harbour, app, number, someone):
    newcomer = someone()
    login = newcomer.authorize(harbour, app)
    assert "Phone number or username" in login.text
    link = next(link for link in page_of(login).links if "/signup" in link)
    page = newcomer.open(harbour.url(link))
    assert {"username", "phone_number"} <= set(page_of(page).forms[0]["fields"])
    assert "email" not in page_of(page).forms[0]["fields"]
    wrong = newcomer.submit(page, phone_number="0151", password=PASSWORD)
    assert wrong.status_code == 400 and page_of(wrong).forms[0]["fields"]["phone_number"] == "0151"
    assert callback_of(newcomer.submit(wrong, phone_number=number, password=PASSWORD))["code"]
    assert someone().log_in(harbour, app, number)["code"]
