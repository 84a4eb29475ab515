"""Recorded authentication traffic of the original, replayed: each recording gets the tenant it takes for granted.

Every preparation returns what stands for the recording's stand-ins (`bind`), and says what it had to change of a
recording and why (`complete`, `leaving_out`, `level`); a request or an answer that is not mentioned is replayed as it is.
"""
import gzip
import inspect
import json
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import jwt
import pyotp
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from outbox import newest
from product import CONNECTION, PASSWORD, Person, Pkce, claims_of, session

SHARED = Path(__file__).resolve().parents[3] / "shared"
REPLAY = SHARED / "tools/replay.py"
RECORDED = SHARED / "corpus/authentication-2026.jsonl.gz"

pytestmark = pytest.mark.skipif(not REPLAY.exists(), reason="the recordings are not here")

GRANT = "http://auth0.com/oauth/grant-type/"
MFA_GRANTS = [f"{GRANT}mfa-otp", f"{GRANT}mfa-oob", f"{GRANT}mfa-recovery-code", "password", f"{GRANT}password-realm"]
PASSWORDLESS_GRANTS = ["refresh_token", f"{GRANT}passwordless/otp"]
LOCALHOST = "http://localhost:3000"
API = "https://api.example.com"


def recordings():
    """The recordings by name."""
    if not RECORDED.exists():
        return {}
    found = {}
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            found.setdefault(record["cassette"].removeprefix("authentication/"), []).append(record)
    return found


RECORDINGS = recordings()
PREPARATIONS = {}


def prepares(*names):
    def register(prepare):
        PREPARATIONS.update(dict.fromkeys(names, prepare))
        return prepare

    return register


@dataclass
class Prepared:
    """What stands for what in a recording."""

    bind: dict
    # Parameters the recorder has taken out of the request.
    complete: dict = field(default_factory=dict)
    # Properties of the recorded answer that cannot come, each with the reason.
    leaving_out: dict = field(default_factory=dict)
    # The grade to reach, and why not the highest.
    level: tuple = ("value", "")
    access_token: str = "none"


@dataclass
class Stage:
    tenant: object
    service: object

    @property
    def person(self):
        return Person(self.service.ca_file)

    def bound(self, client, **values):
        bind = {"test-client_id": client.client_id}
        if client.client_secret:
            bind["test-client_secret"] = client.client_secret
        return bind | values

    def connection(self, name=None, strategy="auth0", clients=(), **options):
        answer = self.tenant.api("POST", "/connections", {
            "name": name or f"replay-{secrets.token_hex(4)}", "strategy": strategy, "options": options,
            "enabled_clients": [client.client_id for client in clients]})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def api_for(self, client, identifier, scope=("read:things",), **access):
        """An API, and the client's right to call it."""
        made = self.tenant.api("POST", "/resource-servers", {
            "identifier": identifier, "name": identifier, "scopes": [{"value": value} for value in scope],
            "allow_offline_access": True})
        assert made.status_code in (201, 409), made.text
        granted = self.tenant.api("POST", "/client-grants", {
            "client_id": client.client_id, "audience": identifier, "scope": list(scope), **access})
        assert granted.status_code == 201, granted.text

    def client_with_key(self):
        """A client that proves itself by a key, and what makes an assertion of it."""
        private = rsa.generate_private_key(65537, 2048)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
        client = self.tenant.create_web_client(client_authentication_methods={
            "private_key_jwt": {"credentials": [{"pem": public, "alg": "RS256"}]}})

        def assertion(**claims):
            return jwt.encode({
                "iss": client.client_id, "sub": client.client_id, "aud": self.tenant.issuer,
                "exp": int(time.time()) + 120, "jti": secrets.token_hex(8), **claims}, private, "RS256")

        return client, assertion


@pytest.fixture(scope="module")
def stage(create_tenant, service):
    return Stage(create_tenant("replayed"), service)


@pytest.fixture(scope="module")
def strict(create_tenant, service):
    """A tenant that asks everybody for a second factor."""
    tenant = create_tenant("replayed-mfa")
    for path, body in (
        ("factors/otp", {"enabled": True}), ("factors/email", {"enabled": True}), ("policies", ["all-applications"]),
    ):
        assert tenant.api("PUT", f"/guardian/{path}", body).status_code == 200
    return Stage(tenant, service)


@pytest.fixture(scope="module")
def passwordless(stage):
    """A client whose users come by codes."""
    client = stage.tenant.create_client(grant_types=PASSWORDLESS_GRANTS)
    code = {"time_step": 180, "length": 6}
    stage.connection("email", "email", [client], totp=code, email={"subject": "Code", "body": "{{ code }}"})
    stage.connection("sms", "sms", [client], totp=code, template="@@password@@")
    answer = stage.tenant.api("POST", "/resource-servers", {
        "identifier": API, "name": "API", "allow_offline_access": True})
    assert answer.status_code == 201, answer.text
    return client


def replay(stage, name, prepared, folder):
    """Replays one recording; asserts that everything in it passes."""
    cassette, report = folder / "recording.jsonl", folder / "report.json"
    with open(cassette, "w", encoding="utf-8") as lines:
        for record in RECORDINGS[name]:
            if prepared.complete:
                record = {**record, "request_body": {**record["request_body"], **prepared.complete}}
            if prepared.leaving_out:
                told = {key: value for key, value in record["response_body"].items() if key not in prepared.leaving_out}
                record = {**record, "response_body": told}
            lines.write(json.dumps(record) + "\n")
    bind = [part for old, new in prepared.bind.items() for part in ("--bind", f"{old}={new}")]
    done = subprocess.run(
        [sys.executable, str(REPLAY), f"https://{stage.tenant.domain}", prepared.access_token, str(cassette),
         "--cacert", stage.service.ca_file, "--resolve", f"{stage.tenant.host}:{stage.service.https_port}:127.0.0.1",
         "--level", prepared.level[0], "--force", "--no-cleanup", "--json", str(report), *bind],
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
    results = json.loads(report.read_text())["results"]
    assert [result["result"] for result in results] == ["PASS"] * len(RECORDINGS[name]), done.stdout


# Databases: sign-up and forgotten passwords


@prepares("TestDatabaseChangePassword")
def forgotten_password(stage):
    stage.tenant.create_user(email="mytestaccount@example.com")
    return Prepared(stage.bound(stage.tenant.create_client()))


def identified_by(**statuses):
    """`attributes` of a connection whose users have these names."""
    return {
        name: {"identifier": {"active": True}, "signup": {"status": status}} for name, status in statuses.items()
    }


@prepares(*(f"TestDatabaseSignUp_{name}" for name in (
    "RequiresUsername", "WithEmailIdentifier", "WithUsernameIdentifier", "WithPhoneNumberIdentifier",
    "WithUsernameAndEmailIdentifiers", "WithUsernameAndPhoneNumberIdentifiers",
    "WithUsernameEmailAndPhoneNumberIdentifiers")))
def sign_up(name, stage):
    """A database of its own for each, whose users have the names the recording gives."""
    if name.endswith("RequiresUsername"):
        options = {"requires_username": True}
    else:
        sent = RECORDINGS[name][0]["request_body"]
        options = {"attributes": identified_by(**{
            key: "required" for key in ("email", "username", "phone_number") if key in sent})}
    client = stage.tenant.create_client()
    made = stage.connection(clients=[client], passwordPolicy="none", **options)
    return Prepared({**stage.bound(client), CONNECTION: made["name"]})


# Codes


def log_in(stage, client, redirect_uri, **parameters):
    email = stage.tenant.create_user()["email"]
    return stage.person.log_in(stage.tenant, client, email, redirect_uri=redirect_uri, scope=None, **parameters)["code"]


@prepares("TestLoginWithAuthCode/Should_return_tokens", "TestLoginWithAuthCode/Should_support_setting_a_redirect_uri",
          "TestLoginWithAuthCode/Should_throw_for_an_invalid_code")
def code_of_a_client_with_a_secret(name, stage):
    client = stage.tenant.create_web_client(callbacks=[LOCALHOST])
    sent = RECORDINGS[name][0]["request_body"]
    if sent["code"] == "my-invalid-code":
        return Prepared(stage.bound(client))
    return Prepared({**stage.bound(client), sent["code"]: log_in(stage, client, sent.get("redirect_uri"))})


@prepares("TestLoginWithAuthCodeWithPKCE/Should_return_tokens",
          "TestLoginWithAuthCodeWithPKCE/Should_support_setting_a_redirect_uri",
          "TestLoginWithAuthCodeWithPKCE/Should_throw_for_an_invalid_code")
def code_with_a_challenge(name, stage):
    client = stage.tenant.create_client(callbacks=[LOCALHOST])
    sent = RECORDINGS[name][0]["request_body"]
    pkce = Pkce()
    code = log_in(stage, client, sent.get("redirect_uri"), code_challenge=pkce.challenge, code_challenge_method="S256")
    # The verifier first: the code's stand-in is the beginning of its own.
    return Prepared({**stage.bound(client), "test-code-verifier": pkce.verifier, "test-code": code})


@prepares("TestLoginWithAuthCodeWithPKCE/Should_throw_for_an_invalid_code_verifier")
def code_with_a_wrong_verifier(stage):
    """The recorded answer is 401, which a client with a secret gets that does not send it. A wrong verifier alone is
    `invalid_grant`, with 403 as the contract has it: the test makes that request itself."""
    public = stage.tenant.create_client(callbacks=[LOCALHOST])
    code = log_in(stage, public, LOCALHOST, code_challenge=Pkce().challenge, code_challenge_method="S256")
    answer = stage.tenant.redeem(public, code, Pkce(), redirect_uri=LOCALHOST)
    assert (answer.status_code, answer.json()) == (403, {
        "error": "invalid_grant", "error_description": "Failed to verify code verifier"})
    client = stage.tenant.create_web_client(callbacks=[LOCALHOST])
    code = log_in(stage, client, None, code_challenge=Pkce().challenge, code_challenge_method="S256")
    return Prepared({"test-client_id": client.client_id, "test-code-verifier": Pkce().verifier, "test-code": code})


# Programs


@prepares("TestLoginWithClientCredentials/Should_allow_overriding_clientid",
          "TestLoginWithClientCredentials/Should_allow_sending_extra_parameters",
          "TestLoginWithClientCredentials/Should_return_tokens")
def program(stage):
    client = stage.tenant.create_web_client()
    stage.api_for(client, "test-audience")
    return Prepared(stage.bound(client, **{"test-other-clientid": client.client_id}))


@prepares("TestLoginWithClientCredentials/Should_support_passing_private_key_jwt_auth",
          "TestLoginWithClientCredentials/Should_support_using_private_key_jwt_auth")
def program_with_a_key(stage):
    """The recorded assertion is a stand-in, and its key nobody has: a fresh one of a key of our own takes its place."""
    client, assertion = stage.client_with_key()
    stage.api_for(client, "test-audience")
    return Prepared({"test-client_id": client.client_id, "test-client_assertion": assertion()})


@prepares("TestLoginWithClientCredentials/Should_support_passing_an_organization")
def program_in_an_organization(stage):
    name = f"org-{secrets.token_hex(4)}"
    made = stage.tenant.api("POST", "/organizations", {"name": name})
    assert made.status_code == 201, made.text
    client = stage.tenant.create_web_client()
    stage.api_for(client, "my-api", organization_usage="allow", allow_any_organization=True)

    def ask(client, **parameters):
        return stage.tenant.token(grant_type="client_credentials", audience="my-api", **client.credentials, **parameters)

    assert claims_of(ask(client, organization=name).json()["access_token"])["org_id"] == made.json()["id"]
    assert "org_id" not in claims_of(ask(client).json()["access_token"])
    assert ask(client, organization="org_unknown").json()["error"] == "invalid_request"
    other = stage.tenant.create_web_client()
    stage.api_for(other, "my-api")
    denied = ask(other, organization=name)
    assert (denied.status_code, denied.json()["error"]) == (403, "access_denied"), "a grant allows none unless it says so"
    return Prepared(stage.bound(client, org_test=made.json()["id"]))


# Codes by mail and text message

TELLS_NOBODY = ("shape", "whether the address was verified before would tell whether it has a user: always false here")


@prepares("TestSendEmail", "TestSendSMS")
def send_code(stage, passwordless):
    return Prepared(stage.bound(passwordless), level=TELLS_NOBODY)


@prepares("TestPasswordlessWithClientAssertion/Should_support_passing_private_key_jwt_auth",
          "TestPasswordlessWithClientAssertion/Should_support_using_private_key_jwt_auth")
def send_code_for_a_client_with_a_key(stage, passwordless):
    client, assertion = stage.client_with_key()
    listed = stage.tenant.api("GET", "/connections?strategy=sms").json()
    sms = next(connection for connection in listed if connection["name"] == "sms")
    changed = stage.tenant.api("PATCH", f"/connections/{sms['id']}", {
        "enabled_clients": [*sms["enabled_clients"], client.client_id]})
    assert changed.status_code == 200, changed.text
    body = {"client_id": client.client_id, "connection": "sms", "phone_number": "+4915100000001",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}

    def start(proof):
        return session(stage.service.ca_file).post(
            stage.tenant.url("passwordless/start"), json={**body, "client_assertion": proof}, timeout=30).status_code

    used = assertion()
    assert [start(used), start(used)] == [200, 401], "an assertion is good once"
    for wrong in (assertion(aud="https://elsewhere.example/"), assertion(exp=int(time.time()) - 1), "no token"):
        assert start(wrong) == 401
    return Prepared({"test-client_id": client.client_id, "test-client_assertion": assertion()}, level=TELLS_NOBODY)


@prepares("TestLoginWithEmail", "TestLoginWithSMS")
def login_by_code(name, stage, passwordless):
    email = name == "TestLoginWithEmail"
    recipient = RECORDINGS[name][0]["request_body"]["username"]
    body = {"connection": "email", "email": recipient, "send": "code"} if email else {
        "connection": "sms", "phone_number": recipient}
    answer = session(stage.service.ca_file).post(
        stage.tenant.url("passwordless/start"), json={"client_id": passwordless.client_id, **body}, timeout=30)
    assert answer.status_code == 200, answer.text
    newest_code = newest(stage.service, recipient)["code"]
    return Prepared(stage.bound(passwordless, **{"123456": newest_code}))


# Second factors


def enrolled(strict):
    """A client, the app and the recovery code of a new user, and the token of a login that waits for one of them."""
    client = strict.tenant.create_web_client(grant_types=MFA_GRANTS)
    user = strict.tenant.create_user()

    def begin():
        asked = strict.tenant.token(grant_type=f"{GRANT}password-realm", username=user["email"], password=PASSWORD,
                                    realm=CONNECTION, scope="openid profile", **client.credentials)
        assert asked.json()["error"] == "mfa_required", asked.text
        return asked.json()["mfa_token"]

    token = begin()
    made = session(strict.service.ca_file).post(
        strict.tenant.url("mfa/associate"), headers={"Authorization": f"Bearer {token}"},
        json={"authenticator_types": ["otp"]}, timeout=30).json()
    app = pyotp.parse_uri(made["barcode_uri"])
    confirmed = strict.tenant.token(grant_type=f"{GRANT}mfa-otp", mfa_token=token, otp=app.now(), **client.credentials)
    assert confirmed.status_code == 200, confirmed.text
    return client, app, made["recovery_codes"][0], begin()


@prepares("TestMFAVerifyWithOTP/Should_return_tokens_for_a_valid_request")
def one_time_code(strict):
    client, app, _, token = enrolled(strict)
    # The code of the next step, which the service takes early: that of this one has been used.
    return Prepared(strict.bound(client, **{"mfa-token": token, "853860": app.at(time.time() + 30)}))


@prepares("TestMFAVerifyWithRecoveryCode/Should_return_tokens_for_a_valid_request")
def recovery_code(strict):
    client, _, recovery, token = enrolled(strict)
    return Prepared(strict.bound(client, **{"mfa-token": token}), complete={"recovery_code": recovery})


def approval(strict, decision):
    """A login whose second factor is asked for in the user's mailbox, and answered there. The recordings' requests lack
    `oob_code`, which their SDK leaves out where it is empty."""
    client, user = strict.tenant.create_web_client(grant_types=MFA_GRANTS), strict.tenant.create_user()

    def begin():
        asked = strict.tenant.token(grant_type=f"{GRANT}password-realm", username=user["email"], password=PASSWORD,
                                    realm=CONNECTION, scope="openid profile", **client.credentials)
        assert asked.json()["error"] == "mfa_required", asked.text
        return asked.json()["mfa_token"]

    def mfa(method, path, token=None, **body):
        answer = session(strict.service.ca_file).request(
            method, strict.tenant.url(f"mfa/{path}"), json=body or None, timeout=30,
            headers={"Authorization": f"Bearer {token}"} if token else {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    token = begin()
    made = mfa("POST", "associate", token, authenticator_types=["oob"], oob_channels=["email"])
    confirmed = strict.tenant.token(
        grant_type=f"{GRANT}mfa-oob", mfa_token=token, oob_code=made["oob_code"],
        binding_code=newest(strict.service, user["email"])["code"], **client.credentials)
    assert confirmed.status_code == 200, confirmed.text
    token = begin()
    push = next(one for one in mfa("GET", "authenticators", token) if one.get("oob_channel") == "auth0")
    asked = mfa("POST", "challenge", mfa_token=token, challenge_type="oob", authenticator_id=push["id"],
                **client.credentials)
    if decision:
        person = Person(strict.service.ca_file)
        person.submit(person.open(newest(strict.service, user["email"])["link"]), decision=decision)
    return Prepared(strict.bound(client, **{"mfa-token": token}), complete={"oob_code": asked["oob_code"]})


@prepares("TestMFAVerifyWithOOB/Should_return_an_error_when_requesting_before_authorizing")
def approval_pending(strict):
    return approval(strict, None)


@prepares("TestMFAVerifyWithOOB/Should_return_an_error_when_requesting_when_authorization_has_been_denied")
def approval_denied(strict):
    return approval(strict, "deny")


@prepares("TestMFAVerifyWithOOB/Should_return_tokens_when_authorization_is_approved")
def approval_given(strict):
    return approval(strict, "accept")


# Passwords


@prepares("TestOAuthLoginWithPassword/Should_return_tokens", "TestOAuthLoginWithPassword/Should_support_passing_extra_options")
def password(stage):
    client = stage.tenant.create_client(grant_types=["password"])
    made = stage.connection(clients=[client], requires_username=True)
    stage.tenant.create_user(connection=made["name"], username="test-user", password="Testpassword123!")
    settings = stage.tenant.api("PATCH", "/tenants/settings", {"default_directory": made["name"]})
    assert settings.status_code == 200, settings.text
    return Prepared(stage.bound(client))


# Refresh tokens


@prepares("TestRefreshToken/Should_return_tokens", "TestRefreshToken/Should_return_tokens_with_reduced_scopes")
def refresh_token(stage):
    client = stage.tenant.create_client(refresh_token={
        "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 0, "token_lifetime": 3600,
        "idle_token_lifetime": 600})
    email = stage.tenant.create_user()["email"]
    tokens = stage.person.tokens(stage.tenant, client, email, scope="openid profile email offline_access")
    return Prepared(stage.bound(client, **{"test-refresh-token": tokens["refresh_token"]}))


@prepares("TestRevokeRefreshToken/Should_revoke_token", "TestRevokeRefreshToken/Should_support_passing_a_ClientID_and_ClientSecret")
def revocation(name, stage):
    proves = "client_secret" in RECORDINGS[name][0]["request_body"]
    client = stage.tenant.create_web_client() if proves else stage.tenant.create_client()
    email = stage.tenant.create_user()["email"]
    tokens = stage.person.tokens(stage.tenant, client, email, scope="openid offline_access")
    return Prepared(stage.bound(client, **{"test-refresh-token": tokens["refresh_token"]}))


# The profile


@prepares("TestUserInfo")
def profile(stage):
    user = stage.tenant.create_user(email="test-user@example.com")
    tokens = stage.person.tokens(stage.tenant, stage.tenant.create_client(), user["email"])
    return Prepared(
        {"test-sub": user["user_id"]}, access_token=tokens["access_token"],
        leaving_out={"unknown-param": "no claim of the service: the recording's authors put it there for their own test"})


# The replay


def test_every_recording_is_replayed():
    assert set(RECORDINGS) == set(PREPARATIONS)


@pytest.mark.parametrize("name", sorted(PREPARATIONS))
def test_a_recording_replays(name, tmp_path, request):
    """A preparation names the fixtures it needs, its tenant among them."""
    prepare = PREPARATIONS[name]
    needed = inspect.signature(prepare).parameters
    values = {key: name if key == "name" else request.getfixturevalue(key) for key in needed}
    replay(values.get("strict") or values["stage"], name, prepare(**values), tmp_path)
