"""Applications that register themselves (OpenID Connect Dynamic Client Registration)."""
import pytest

from product import CALLBACK, Client, Pkce, callback_of, is_error_page, session


@pytest.fixture(scope="module")
def register(acme, service):
    def send(tenant=acme, **metadata):
        metadata = {"client_name": "Third party", "redirect_uris": [CALLBACK], **metadata}
        return session(service.ca_file).post(tenant.url("oidc/register"), json=metadata, timeout=30)

    return send


def test_t31_registration_is_off_unless_the_tenant_switches_it_on(acme, register):
    answer = register()
    assert answer.status_code in (403, 404) and answer.json()["error"] == "endpoint_disabled"
    assert "registration_endpoint" not in acme.discovery()
    assert "client_id" not in answer.text


def test_only_post_is_answered(acme):
    answer = acme.http.get(acme.url("oidc/register"), timeout=30)
    assert answer.status_code == 405 and "POST" in answer.headers["Allow"]


def test_t31_a_third_party_client_of_the_management_api_sees_domain_connections_alone(acme, person, ada):
    client = acme.create_client(is_first_party=False)
    assert is_error_page(person.authorize(acme, client))
    connection = acme.connection()
    change = acme.api("PATCH", f"/connections/{connection['id']}", {"is_domain_connection": True})
    assert change.status_code == 200, change.text
    try:
        pkce = Pkce()
        consent = person.submit(person.authorize(acme, client, code_challenge=pkce.challenge,
                                                 code_challenge_method="S256"),
                                username=ada["email"], password="Correct-Horse-9")
        assert "asks for access" in consent.text
        code = callback_of(person.submit(consent, decision="accept"))["code"]
        assert acme.redeem(Client(client.client_id), code, pkce).status_code == 200
    finally:
        acme.api("PATCH", f"/connections/{connection['id']}", {"is_domain_connection": False})
    assert callback_of(person.authorize(acme, client, prompt="none"))["error"] == "login_required"


@pytest.fixture(scope="module")
def open_tenant(create_tenant):
    tenant = create_tenant("registration")
    answer = tenant.api("PATCH", "/tenants/settings", {"flags": {"enable_dynamic_client_registration": True}})
    assert answer.status_code == 200, answer.text
    connection = tenant.connection()
    assert tenant.api("PATCH", f"/connections/{connection['id']}", {"is_domain_connection": True}).status_code == 200
    return tenant


def test_an_application_registers_and_logs_a_user_in(open_tenant, register, person):
    assert open_tenant.discovery()["registration_endpoint"] == open_tenant.url("oidc/register")
    answer = register(open_tenant, token_endpoint_auth_method="client_secret_post", is_first_party=True,
                      client_id="chosen", logo_uri='"><script>')
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert set(made) == {"client_name", "client_id", "client_secret", "redirect_uris", "token_endpoint_auth_method",
                         "client_secret_expires_at"}
    assert made["client_secret_expires_at"] == 0 and made["client_id"] != "chosen"
    kept = open_tenant.api("GET", f"/clients/{made['client_id']}").json()
    assert kept["is_first_party"] is False and kept["oidc_conformant"] is True and "logo_uri" not in kept
    client = Client(made["client_id"], made["client_secret"])
    user = open_tenant.create_user()
    pkce = Pkce()
    consent = person.submit(person.authorize(open_tenant, client, code_challenge=pkce.challenge,
                                             code_challenge_method="S256"),
                            username=user["email"], password="Correct-Horse-9")
    code = callback_of(person.submit(consent, decision="accept"))["code"]
    assert open_tenant.redeem(client, code, pkce).status_code == 200


@pytest.mark.parametrize("uris", [["javascript:alert(1)"], ["https://*.example.com/"], [], ["https://a.example/"] * 10000])
def test_t31_bad_redirect_uris_are_refused(open_tenant, register, uris):
    answer = register(open_tenant, redirect_uris=uris)
    assert answer.status_code == 400 and answer.json()["error"] == "invalid_redirect_uri"
