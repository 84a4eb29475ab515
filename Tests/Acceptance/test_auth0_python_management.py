"""Every method of the Python SDK's management package: those of users, logs and jobs are in test_users_logs_jobs, the
commonest of clients and connections in test_auth0_python, all others here. The last tests find what nobody has called."""
import ast
import inspect
import secrets
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from auth0.authentication import GetToken
from auth0.exceptions import Auth0Error
from auth0.management import Auth0

from product import CONNECTION, PASSWORD

SCRIPT = "function (user, context, callback) { callback(null, user, context); }"


@pytest.fixture(autouse=True)
def trust_the_authority(service, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca_file)


@pytest.fixture(scope="module")
def tenant(create_tenant):
    """A dedicated tenant of the tests' own: settings change here."""
    return create_tenant(dedicated=True)


@pytest.fixture(scope="module")
def token(tenant, service):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", service.ca_file)
        made = tenant.management_client
        get_token = GetToken(tenant.domain, made["client_id"], client_secret=made["client_secret"])
        return get_token.client_credentials(tenant.url("api/v2/"))["access_token"]


@pytest.fixture
def api(tenant, token):
    return Auth0(tenant.domain, token)


@pytest.fixture
def user(api):
    email = f"{secrets.token_hex(6)}@example.com"
    return api.users.create({"connection": CONNECTION, "email": email, "password": PASSWORD})


def refused(status, method, *arguments, **named):
    with pytest.raises(Auth0Error) as refusal:
        method(*arguments, **named)
    assert refusal.value.status_code == status, refusal.value
    return refusal.value


def test_tenants(api):
    changed = api.tenants.update({"friendly_name": "Acme", "session_lifetime": 0.5, "flags": {"enable_sso": True}})
    assert changed["friendly_name"] == "Acme" and changed["session_lifetime"] == 0.5
    assert api.tenants.get(fields=["friendly_name"])["friendly_name"] == "Acme"
    assert "friendly_name" not in api.tenants.get(fields=["friendly_name"], include_fields=False)
    assert "unheard_of" in refused(400, api.tenants.update, {"unheard_of": 1}).message


def test_emails(api):
    refused(404, api.emails.get)
    credentials = {"smtp_host": "smtp.example.com", "smtp_port": 587, "smtp_user": "u", "smtp_pass": "hidden"}
    made = api.emails.config({"name": "smtp", "enabled": False, "credentials": credentials})
    assert made["name"] == "smtp" and "smtp_pass" not in made["credentials"]
    refused(409, api.emails.config, {"name": "smtp", "credentials": credentials})
    assert api.emails.get(fields=["credentials"])["credentials"]["smtp_host"] == "smtp.example.com"
    assert api.emails.update({"default_from_address": "a@example.com"})["default_from_address"] == "a@example.com"
    api.emails.delete()
    refused(404, api.emails.update, {"enabled": True})


def test_email_templates(api):
    template = {"template": "welcome_email", "body": "Hello {{ user.email }}", "from": "a@example.com",
                "subject": "Hello", "syntax": "liquid", "enabled": False}
    assert api.email_templates.create(template)["template"] == "welcome_email"
    refused(409, api.email_templates.create, template)
    assert api.email_templates.get("welcome_email")["subject"] == "Hello"
    assert api.email_templates.update("welcome_email", {"subject": "Hi"})["subject"] == "Hi"
    refused(404, api.email_templates.get, "blocked_account")


def test_rules_and_their_configuration(api):
    made = api.rules.create({"name": "a rule", "script": SCRIPT, "enabled": False})
    assert made["id"].startswith("rul_") and made["stage"] == "login_success"
    assert made["id"] in [rule["id"] for rule in api.rules.all(enabled=False)]
    assert api.rules.get(made["id"], fields=["name"]) == {"name": "a rule"}
    assert api.rules.update(made["id"], {"order": 40})["order"] == 40
    api.rules.delete(made["id"])
    refused(404, api.rules.get, made["id"])
    api.rules_configs.set("KEY", "hidden")
    assert api.rules_configs.all() == [{"key": "KEY"}]
    api.rules_configs.unset("KEY")
    assert api.rules_configs.all() == []


def test_hooks(api):
    made = api.hooks.create({"name": "a hook", "script": "x", "triggerId": "post-change-password"})
    hook = made["id"]
    assert hook in [item["id"] for item in api.hooks.all(enabled=False)]
    assert api.hooks.get(hook)["name"] == "a-hook"
    assert api.hooks.update(hook, {"enabled": True})["enabled"] is True
    api.hooks.add_secrets(hook, {"ONE": "1", "TWO": "2"})
    api.hooks.update_secrets(hook, {"ONE": "3"})
    assert api.hooks.get_secrets(hook) == {"ONE": "_VALUE_NOT_SHOWN_", "TWO": "_VALUE_NOT_SHOWN_"}
    api.hooks.delete_secrets(hook, ["ONE"])
    assert api.hooks.get_secrets(hook) == {"TWO": "_VALUE_NOT_SHOWN_"}
    api.hooks.delete(hook)
    refused(404, api.hooks.get, hook)


def test_grants_and_device_credentials(api, user):
    assert api.grants.all() == []
    api.grants.delete("5f9f9f9f9f9f9f9f9f9f9f9f")
    assert api.device_credentials.get(user["user_id"], None, "refresh_token") == []
    api.device_credentials.delete("dcr_0000000000000001")
    body = {"device_name": "d", "type": "public_key", "value": "k", "device_id": "1"}
    refused(403, api.device_credentials.create, body)


def test_blacklists(api, tenant):
    api.blacklists.create("some-token", tenant.url("api/v2/"))
    assert api.blacklists.get(tenant.url("api/v2/")) == [{"aud": tenant.url("api/v2/"), "jti": "some-token"}]


def test_custom_domains(api, acme):
    made = api.custom_domains.create_new({"domain": "login.example.com", "type": "auth0_managed_certs"})
    domain = made["custom_domain_id"]
    assert domain.startswith("cd_") and made["status"] == "pending_verification"
    assert [item["domain"] for item in api.custom_domains.all()] == ["login.example.com"]
    assert api.custom_domains.get(domain)["domain"] == "login.example.com"
    assert api.custom_domains.verify(domain)["custom_domain_id"] == domain
    refused(409, api.custom_domains.create_new, {"domain": "LOGIN.example.com", "type": "auth0_managed_certs"})
    api.custom_domains.delete(domain)
    refused(404, api.custom_domains.get, domain)
    shared = acme.api("POST", "/custom-domains", {"domain": "login.example.com", "type": "auth0_managed_certs"})
    assert shared.status_code == 403 and shared.json()["errorCode"] == "insufficient_entitlement"


def test_user_blocks(api, user):
    assert api.user_blocks.get(user["user_id"]) == {"blocked_for": []}
    assert api.user_blocks.get_by_identifier(user["email"]) == {"blocked_for": []}
    api.user_blocks.unblock(user["user_id"])
    api.user_blocks.unblock_by_identifier(user["email"])


def test_tickets(api, user, tenant):
    ticket = api.tickets.create_email_verification({"user_id": user["user_id"]})["ticket"]
    assert ticket.startswith(tenant.url("lo/verify_email?ticket=")) and ticket.endswith("#")
    assert tenant.http.get(ticket, timeout=30).status_code == 200
    ticket = api.tickets.create_pswd_change({"user_id": user["user_id"], "ttl_sec": 60})["ticket"]
    assert tenant.http.get(ticket, timeout=30).status_code == 200
    refused(404, api.tickets.create_pswd_change, {"user_id": "auth0|nobody"})


def test_guardian(api):
    assert api.guardian.update_factor("otp", {"enabled": True}) == {"enabled": True}
    assert {"name": "otp", "enabled": True, "trial_expired": False} in api.guardian.all_factors()
    texts = {"enrollment_message": "{{code}} to enrol", "verification_message": "{{code}}"}
    assert api.guardian.update_templates(texts) == texts
    assert api.guardian.get_templates() == texts
    refused(404, api.guardian.get_enrollment, "dev_0000000000000001")
    refused(404, api.guardian.delete_enrollment, "dev_0000000000000001")
    account = {"from": "1234", "auth_token": "hidden", "sid": "AC1"}
    api.guardian.update_factor_providers("sms", "twilio", account)
    assert api.guardian.get_factor_providers("sms", "twilio")["sid"] == "AC1"
    assert api.guardian.update_factor("otp", {"enabled": False}) == {"enabled": False}


def test_roles(api, user):
    api.resource_servers.create({"identifier": "https://roles.example", "scopes": [{"value": "read:x"}]})
    permissions = [{"resource_server_identifier": "https://roles.example", "permission_name": "read:x"}]
    role = api.roles.create({"name": "reader", "description": "reads"})["id"]
    assert api.roles.list(name_filter="read")["roles"][0]["id"] == role
    assert api.roles.get(role)["name"] == "reader"
    assert api.roles.update(role, {"description": "only reads"})["description"] == "only reads"
    api.roles.add_users(role, [user["user_id"]])
    assert [item["user_id"] for item in api.roles.list_users(role)["users"]] == [user["user_id"]]
    api.roles.add_permissions(role, permissions)
    assert api.roles.list_permissions(role)["permissions"][0]["permission_name"] == "read:x"
    api.roles.remove_permissions(role, permissions)
    assert api.users.list_roles(user["user_id"])["roles"][0]["id"] == role
    api.users.remove_roles(user["user_id"], [role])
    api.users.add_roles(user["user_id"], [role])
    api.users.add_permissions(user["user_id"], permissions)
    assert api.users.list_permissions(user["user_id"])["total"] == 1
    api.users.remove_permissions(user["user_id"], permissions)
    api.roles.delete(role)
    refused(404, api.roles.get, role)


def test_organizations(api, user):
    made = api.organizations.create_organization({"name": "acme", "display_name": "Acme"})
    organization = made["id"]
    assert api.organizations.all_organizations()["organizations"][0]["id"] == organization
    assert api.organizations.get_organization(organization)["name"] == "acme"
    assert api.organizations.get_organization_by_name("acme")["id"] == organization
    assert api.organizations.update_organization(organization, {"display_name": "A"})["display_name"] == "A"
    connection = api.connections.all(name=CONNECTION)[0]["id"]
    api.organizations.create_organization_connection(organization, {"connection_id": connection})
    assert api.organizations.get_organization_connection(organization, connection)["connection"]["name"] == CONNECTION
    changed = {"assign_membership_on_login": True}
    api.organizations.update_organization_connection(organization, connection, changed)
    assert api.organizations.all_organization_connections(organization)[0]["assign_membership_on_login"] is True
    api.organizations.delete_organization_connection(organization, connection)
    api.organizations.create_organization_members(organization, {"members": [user["user_id"]]})
    assert api.organizations.all_organization_members(organization)["members"][0]["user_id"] == user["user_id"]
    role = api.roles.create({"name": f"member {secrets.token_hex(4)}"})["id"]
    api.organizations.create_organization_member_roles(organization, user["user_id"], {"roles": [role]})
    roles = api.organizations.all_organization_member_roles(organization, user["user_id"])
    assert [item["id"] for item in roles] == [role]
    api.organizations.delete_organization_member_roles(organization, user["user_id"], {"roles": [role]})
    client = api.clients.create({"name": "app", "initiate_login_uri": "https://app.example/login"})["client_id"]
    invitation = api.organizations.create_organization_invitation(organization, {
        "inviter": {"name": "Ada"}, "invitee": {"email": "bob@example.com"}, "client_id": client})
    assert api.organizations.get_organization_invitation(organization, invitation["id"])["invitee"]["email"] == "bob@example.com"
    api.organizations.all_organization_invitations(organization)
    api.organizations.delete_organization_invitation(organization, invitation["id"])
    assert api.users.list_organizations(user["user_id"])["total"] == 1
    api.organizations.delete_organization_members(organization, {"members": [user["user_id"]]})
    api.organizations.delete_organization(organization)
    refused(404, api.organizations.get_organization, organization)


def test_branding_and_prompts(api):
    assert api.branding.update({"colors": {"primary": "#ea5323"}})["colors"]["primary"] == "#ea5323"
    assert api.branding.get()["colors"]["primary"] == "#ea5323"
    refused(404, api.branding.get_template_universal_login)
    refused(404, api.branding.get_default_branding_theme)
    assert api.prompts.update({"identifier_first": True})["identifier_first"] is True
    assert api.prompts.get()["identifier_first"] is True
    api.prompts.update_custom_text("login", "en", {"login": {"title": "Welcome"}})
    assert api.prompts.get_custom_text("login", "en") == {"login": {"title": "Welcome"}}


def test_page_templates_and_themes(api):
    page = "<html><head>{%- auth0:head -%}</head><body>{%- auth0:widget -%}</body></html>"
    api.branding.update_template_universal_login(page)
    assert api.branding.get_template_universal_login() == {"body": page}
    refused(400, api.branding.update_template_universal_login, "<html></html>")
    api.branding.delete_template_universal_login()
    refused(404, api.branding.get_template_universal_login)
    parts = {"borders": {"button_border_radius": 3}, "colors": {"error": "#d03c38"}, "fonts": {},
             "page_background": {}, "widget": {}}
    theme = api.branding.create_branding_theme({"displayName": "Dark", **parts})
    assert api.branding.get_branding_theme(theme["themeId"]) == theme == api.branding.get_default_branding_theme()
    changed = api.branding.update_branding_theme(theme["themeId"], {**parts, "displayName": "Light"})
    assert changed == {**theme, "displayName": "Light"}
    api.branding.delete_branding_theme(theme["themeId"])
    refused(404, api.branding.get_branding_theme, theme["themeId"])


def test_resource_servers_and_client_grants(api):
    identifier = f"https://{secrets.token_hex(4)}.example"
    made = api.resource_servers.create({"identifier": identifier, "scopes": [{"value": "read:x"}]})
    assert made["token_lifetime"] == 86400
    assert made in api.resource_servers.get_all()
    assert api.resource_servers.get_all(page=0, per_page=1, include_totals=True)["total"] >= 2
    assert api.resource_servers.get(made["id"]) == made
    assert api.resource_servers.update(made["id"], {"token_lifetime": 60}) == {**made, "token_lifetime": 60}
    refused(409, api.resource_servers.create, {"identifier": identifier})
    client = api.clients.create({"name": "machine", "app_type": "non_interactive"})["client_id"]
    grant = api.client_grants.create({"client_id": client, "audience": identifier, "scope": ["read:x"]})
    assert grant == {"id": grant["id"], "client_id": client, "audience": identifier, "scope": ["read:x"],
                     "subject_type": "client"}
    assert api.client_grants.all(client_id=client) == [grant] == api.client_grants.all(audience=identifier)
    assert api.client_grants.update(grant["id"], {"scope": []}) == {**grant, "scope": []}
    refused(409, api.client_grants.create, {"client_id": client, "audience": identifier, "scope": []})
    api.client_grants.delete(grant["id"])
    assert api.client_grants.all(client_id=client) == []
    api.resource_servers.delete(made["id"])
    refused(404, api.resource_servers.get, made["id"])


def test_a_user_of_a_database_is_deleted_by_email(api, user):
    connection = api.connections.all(name=CONNECTION)[0]["id"]
    api.connections.delete_user_by_email(connection, user["email"])
    refused(404, api.users.get, user["user_id"])


def test_what_a_user_logs_in_by_is_told_and_removed(api, user):
    # Passkeys are made by browsers (test_passkeys).
    assert api.users.get_authentication_methods(user["user_id"]) == []
    api.users.delete_authentication_methods(user["user_id"])


def test_actions(api):
    name = f"action {secrets.token_hex(4)}"
    made = api.actions.create_action({"name": name, "supported_triggers": [{"id": "post-login", "version": "v3"}],
                                      "code": "one", "secrets": [{"name": "KEY", "value": "hidden"}]})
    action = made["id"]
    assert "hidden" not in str(made) and made["all_changes_deployed"] is False
    assert [item["id"] for item in api.actions.get_actions(action_name=name)["actions"]] == [action]
    first = api.actions.deploy_action(action)
    assert first["number"] == 1 and first["action"]["id"] == action
    assert api.actions.get_action(action)["all_changes_deployed"] is True
    assert api.actions.update_action(action, {"code": "two"})["code"] == "two"
    api.actions.deploy_action(action)
    assert api.actions.get_action_version(action, first["id"])["code"] == "one"
    assert api.actions.rollback_action_version(action, first["id"])["number"] == 3
    versions = api.actions.get_action_versions(action)["versions"]
    assert [(item["number"], item["code"], item["deployed"]) for item in versions] == [
        (3, "one", True), (2, "two", False), (1, "one", False)]
    assert "post-login" in {trigger["id"] for trigger in api.actions.get_triggers()["triggers"]}
    binding = {"ref": {"type": "action_id", "value": action}, "display_name": "first"}
    bound = api.actions.update_trigger_bindings("post-login", {"bindings": [binding]})["bindings"]
    assert bound[0]["display_name"] == "first" and bound[0]["action"]["id"] == action
    assert api.actions.get_trigger_bindings("post-login")["bindings"][0]["id"] == bound[0]["id"]
    refused(404, api.actions.get_execution, "nothing-has-run")
    refused(409, api.actions.delete_action, action)
    api.actions.delete_action(action, force=True)
    refused(404, api.actions.get_action, action)
    assert api.actions.get_trigger_bindings("post-login")["bindings"] == []


def test_client_credentials(api):
    client = api.clients.create({"name": "keys"})["client_id"]
    pem = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    made = api.client_credentials.create(client, {"credential_type": "public_key", "name": "first", "pem": pem})
    assert made["credential_type"] == "public_key" and "pem" not in made
    assert [item["id"] for item in api.client_credentials.all(client)] == [made["id"]]
    assert api.client_credentials.get(client, made["id"])["name"] == "first"
    api.client_credentials.delete(client, made["id"])
    refused(404, api.client_credentials.get, client, made["id"])


def test_grants_of_an_organization(api):
    organization = api.organizations.create_organization({"name": f"org-{secrets.token_hex(4)}"})["id"]
    identifier = f"https://{secrets.token_hex(4)}.example"
    api.resource_servers.create({"identifier": identifier})
    client = api.clients.create({"name": "machine", "app_type": "non_interactive"})["client_id"]
    grant = api.client_grants.create(
        {"client_id": client, "audience": identifier, "scope": [], "organization_usage": "allow"})["id"]
    assert api.organizations.add_client_grant(organization, grant)["grant_id"] == grant
    assert [item["id"] for item in api.organizations.get_client_grants(organization)] == [grant]
    assert api.organizations.get_client_grants(organization, audience="https://other.example") == []
    assert [item["id"] for item in api.client_grants.get_organizations(grant)] == [organization]
    api.organizations.delete_client_grant(organization, grant)
    assert api.client_grants.get_organizations(grant) == []


def test_network_acls(api):
    def acl(number):
        return {"description": "acl", "active": True, "priority": 1,
                "rule": {"action": {"block": True}, "match": {"asns": [number]}, "scope": "tenant"}}

    made = api.network_acls.create(acl(1))["id"]
    assert [item["id"] for item in api.network_acls.all()["network_acls"]] == [made]
    assert api.network_acls.update(made, acl(2))["rule"]["match"] == {"asns": [2]}
    assert api.network_acls.update_partial(made, {"active": False})["active"] is False
    assert api.network_acls.get(made)["priority"] == 1
    api.network_acls.delete(made)
    refused(404, api.network_acls.get, made)


def test_self_service_profiles(api):
    made = api.self_service_profiles.create({"name": "customers", "allowed_strategies": ["oidc"]})["id"]
    assert [item["id"] for item in api.self_service_profiles.all()["self_service_profiles"]] == [made]
    assert api.self_service_profiles.update(made, {"description": "theirs"})["description"] == "theirs"
    assert api.self_service_profiles.get(made)["name"] == "customers"
    texts = {"introduction": "Welcome"}
    assert api.self_service_profiles.update_custom_text(made, "en", "get-started", texts) == texts
    assert api.self_service_profiles.get_custom_text(made, "en", "get-started") == texts
    api.self_service_profiles.delete(made)
    refused(404, api.self_service_profiles.get, made)


def test_a_link_adds_a_second_factor(api, user, tenant):
    ticket = api.guardian.create_enrollment_ticket({"user_id": user["user_id"]})
    assert ticket["ticket_url"].startswith(tenant.url("")) and ticket["ticket_id"] in ticket["ticket_url"]
    refused(404, api.guardian.create_enrollment_ticket, {"user_id": "auth0|nobody"})


def test_the_shields_are_switched(api):
    off = api.attack_protection.update_brute_force_protection({"enabled": False, "allowlist": ["10.0.0.0/8"]})
    assert off["enabled"] is False and off["max_attempts"] == 10
    assert api.attack_protection.get_brute_force_protection() == off
    api.attack_protection.update_suspicious_ip_throttling({"shields": ["block"]})
    assert api.attack_protection.get_suspicious_ip_throttling()["shields"] == ["block"]
    api.attack_protection.update_breached_password_detection({"method": "standard"})
    assert api.attack_protection.get_breached_password_detection()["enabled"] is True
    refused(400, api.attack_protection.update_brute_force_protection, {"allowlist": ["everywhere"]})


def test_second_factors_of_a_user_are_reset(api, user):
    assert api.users.get_guardian_enrollments(user["user_id"]) == []
    code = api.users.regenerate_recovery_code(user["user_id"])["recovery_code"]
    assert len(code) == 24
    api.users.delete_multifactor(user["user_id"], "google-authenticator")
    api.users.delete_authenticators(user["user_id"])
    api.users.invalidate_remembered_browsers(user["user_id"])


def test_a_tenants_own_error_page_is_told_what_went_wrong(api, tenant):
    api.tenants.update({"error_page": {"url": "https://errors.example.com/page?a=b"}})
    answer = tenant.http.get(tenant.url("authorize?client_id=nobody&response_type=code"), allow_redirects=False,
                             timeout=30)
    assert answer.status_code == 302, answer.text
    target = answer.headers["Location"]
    assert target.startswith("https://errors.example.com/page?a=b&error=") and "tracking=" in target
    assert "client_id" not in target
    api.tenants.update({"error_page": {"url": ""}})
    answer = tenant.http.get(tenant.url("authorize?client_id=nobody&response_type=code"), allow_redirects=False,
                             timeout=30)
    assert answer.status_code in (400, 403, 404)


# What the package has and nobody has called

# Resources, or parts of them, that the service does not have.
ABSENT = {
    "self_service_profiles": {"create_sso_ticket", "revoke_sso_ticket"},
    "users": {
        "create_authentication_method", "update_authentication_methods", "get_authentication_method_by_id",
        "update_authentication_method_by_id", "delete_authentication_method_by_id", "list_tokensets",
        "delete_tokenset_by_id",
    },
}


def methods_of_the_package():
    """Name of the resource and of the method, for everything the package can ask of the Management API."""
    resources = vars(Auth0("acme.localhost", "token"))
    return {
        (resource, name)
        for resource, methods in resources.items()
        for name, _ in inspect.getmembers(methods, inspect.ismethod)
        # The last is about the connection of the package's asynchronous form.
        if not name.startswith("_") and name != "set_session"
    }


def absent_methods():
    return {(resource, name) for resource, name in methods_of_the_package()
            if resource in ABSENT and (ABSENT[resource] is None or name in ABSENT[resource])}


def test_every_method_of_the_package_is_called():
    named = {
        (node.value.attr, node.attr)
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)
    }
    methods = methods_of_the_package()
    assert len(methods) > 200
    assert sorted(methods - named - absent_methods()) == []
    listed = {(resource, name) for resource, names in ABSENT.items() for name in names or ()}
    assert sorted(listed - methods) == [], "the package does not have these"


@pytest.mark.parametrize("resource, name", sorted(absent_methods()), ids=lambda part: part)
def test_what_is_absent_really_is(api, resource, name):
    method = getattr(getattr(api, resource), name)
    arguments = [
        {} if "dict" in str(parameter.annotation) else [] if "list" in str(parameter.annotation).lower() else "x"
        for parameter in inspect.signature(method).parameters.values()
        if parameter.default is inspect.Parameter.empty
    ]
    with pytest.raises(Auth0Error) as refusal:
        method(*arguments)
    told = (refusal.value.status_code, refusal.value.message)
    assert told == (404, "Not Found") or told[0] == 405, f"{resource}.{name} is there now: walk it, and take it off"
