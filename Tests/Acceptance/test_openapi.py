"""The OpenAPI document of the Management API, and whether the service keeps to it."""
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from product import CONNECTION, PASSWORD

HERE = Path(__file__).resolve().parent
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance," \
         "response_schema_conformance"
# `make schema` runs many more.
EXAMPLES = os.environ.get("SCHEMA_EXAMPLES", "4")
# How long the run may take.
SECONDS = os.environ.get("SCHEMA_SECONDS", "3600")
# Nothing could be asked of users afterwards.
LEFT_OUT = ["delete_users"]


@pytest.fixture(scope="module")
def tenant(create_tenant):
    return create_tenant(dedicated=True)


@pytest.fixture(scope="module")
def document(tenant, service):
    answer = requests.get(f"https://{tenant.domain}/api/v2/openapi.json", verify=service.ca_file, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    return answer.json()


def operations(document):
    return [(method, path, operation) for path, item in document["paths"].items() for method, operation in item.items()]


def test_the_document_is_for_everyone_and_names_every_family(document):
    assert document["openapi"] == "3.1.0"
    assert {"/clients", "/clients/{id}", "/users", "/connections/{id}", "/logs"} <= set(document["paths"])
    identifiers = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(identifiers) == len(set(identifiers))


def test_every_operation_says_what_it_answers(document):
    for method, path, operation in operations(document):
        successes = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
        assert successes, f"{method} {path}"
        for status, answer in successes.items():
            assert (status == "204") == ("content" not in answer), f"{method} {path} {status}"
            if status != "204":
                schema = answer["content"]["application/json"]["schema"]
                assert {"$ref", "type", "anyOf"} & set(schema), f"{method} {path} {status}: {schema}"


def test_what_many_operations_answer_is_described_once(document):
    components = document["components"]["schemas"]
    assert {"User", "Identity", "Client", "Connection", "ResourceServer", "LogEvent", "Role", "Job"} <= set(components)
    shown = document["paths"]["/users/{id}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert shown == {"$ref": "#/components/schemas/UserFields"}
    assert components["User"]["$ref"] == "#/components/schemas/UserFields"
    assert {"user_id", "identities", "created_at", "updated_at"} <= set(components["User"]["required"])
    assert components["UserFields"]["properties"]["created_at"]["format"] == "date-time"
    assert "password" not in components["UserFields"]["properties"]
    token = components["RefreshToken"]["$ref"].rpartition("/")[2]
    assert components[token]["properties"]["expires_at"]["type"] == ["string", "null"]


def test_schemathesis_finds_no_server_error_no_unknown_status_and_no_violation(document, tenant, service, tmp_path):
    seeds, answers = tmp_path / "seeds.json", tmp_path / "answers.txt"
    seeds.write_text(json.dumps(objects_of(tenant)))
    answers.touch()
    excluded = [word for name in LEFT_OUT for word in ("--exclude-operation-id", name)]
    done = subprocess.run(
        [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run",
         f"https://{tenant.domain}/api/v2/openapi.json", "--checks", CHECKS, "--max-examples", EXAMPLES,
         "--phases", "examples,coverage,fuzzing", "--mode", "all", "--tls-verify", service.ca_file, "--seed", "1",
         "--header", f"Authorization: Bearer {tenant.management_token()}", "--continue-on-failure", "--no-shrink",
         "--warnings", "off", "--suppress-health-check", "all",
         # A machine that stands still for some seconds is no fault of the service; one that hangs is seen all the same.
         "--request-timeout", "60", *excluded],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "schema_hooks", "SCHEMA_SEEDS": str(seeds),
             "SCHEMA_ANSWERS": str(answers), "PYTHONPATH": f"{HERE}:{HERE.parents[1] / 'scripts'}"},
        cwd=tmp_path, capture_output=True, text=True, timeout=int(SECONDS),
    )
    (tmp_path / "schemathesis.txt").write_text(done.stdout)
    assert done.returncode == 0, f"{done.stdout[-20000:]}\n{done.stderr[-2000:]}"
    assert_much_succeeded(document, answers.read_text())


def assert_much_succeeded(document, answers):
    """Refusals alone would prove nothing about the schemas of answers."""
    succeeded = {line.rpartition(" ")[0] for line in answers.splitlines() if line.rpartition(" ")[2].startswith("2")}
    known = {f"{method.upper()} {path}" for method, path, operation in operations(document)
             if operation["operationId"] not in LEFT_OUT}
    print(f"{len(answers.splitlines())} answers; {len(succeeded)} of {len(known)} operations have succeeded; not:",
          *sorted(known - succeeded), sep="\n")
    assert len(succeeded & known) >= 0.8 * len(known), sorted(known - succeeded)


def objects_of(tenant):
    """What schemathesis cannot guess: the parameters that name objects, by path template, and bodies that name some."""

    def make(path, body, id_property="id"):
        answer = tenant.api("POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()[id_property]

    def several(path, body, id_property="id", **named):
        """Three objects; `named` says which property has to differ, and how."""
        return [{"id": make(path, {**body, **{key: form.format(secrets.token_hex(4)) for key, form in named.items()}},
                            id_property)} for _ in range(3)]

    connection = tenant.connection()["id"]
    assert tenant.api("POST", "/keys/signing/rotate").status_code == 201
    users = several("/users", {"connection": CONNECTION, "password": PASSWORD}, "user_id", email="{}@example.com")
    clients = several("/clients", {"initiate_login_uri": "https://a.example/login"}, "client_id", name="app {}")
    apis = several("/resource-servers", {"scopes": [{"value": "read:x"}]}, identifier="https://{}.example")
    roles = several("/roles", {}, name="role {}")
    organizations = several("/organizations", {}, name="org-{}")
    for organization in organizations:
        path = f"/organizations/{organization['id']}"
        organization["member"] = users[0]["id"]
        assert tenant.api("POST", f"{path}/members", {"members": [users[0]["id"]]}).status_code == 204
        make(f"{path}/enabled_connections", {"connection_id": connection, "assign_membership_on_login": True},
             "connection_id")
    invitations = [
        {**organization, "member": make(f"/organizations/{organization['id']}/invitations", {
            "inviter": {"name": "Ada"}, "invitee": {"email": "bob@example.com"}, "client_id": clients[0]["id"]})}
        for organization in organizations]
    make("/emails/provider", {"name": "smtp", "credentials": {"smtp_host": "localhost", "smtp_port": 25}}, "name")
    make("/email-templates", {"template": "welcome_email", "body": "b", "from": "a@example.com", "subject": "s",
                              "syntax": "liquid", "enabled": False}, "template")
    theme = {"borders": {}, "colors": {}, "fonts": {}, "page_background": {}, "widget": {}}
    seeds = {
        "/users/{id}": users, "/clients/{id}": clients, "/resource-servers/{id}": apis, "/roles/{id}": roles,
        "/user-blocks/{id}": users,
        "/connections/{id}": several("/connections", {"strategy": "auth0"}, name="db-{}"),
        "/client-grants/{id}": [
            {"id": make("/client-grants", {"client_id": client["id"], "scope": [],
                                           "audience": tenant.api("GET", f"/resource-servers/{apis[0]['id']}").json()["identifier"]})}
            for client in clients],
        "/organizations/{id}": organizations,
        "/organizations/{id}/enabled_connections/{member}": [{**o, "member": connection} for o in organizations],
        "/organizations/{id}/invitations/{member}": invitations,
        "/organizations/name/{id}": [
            {"id": tenant.api("GET", f"/organizations/{o['id']}").json()["name"]} for o in organizations],
        "/rules/{id}": several("/rules", {"script": "x"}, name="rule {}"),
        "/hooks/{id}": several("/hooks", {"script": "x", "triggerId": "credentials-exchange"}, name="hook {}"),
        "/rules-configs/{id}": [{"id": "KEY"}],
        "/custom-domains/{id}": several("/custom-domains", {"type": "auth0_managed_certs"}, "custom_domain_id",
                                        domain="d{}.example.com"),
        "/branding/themes/{id}": several("/branding/themes", theme, "themeId", displayName="{}"),
        "/log-streams/{id}": several("/log-streams", {"type": "http", "sink": {"httpEndpoint": "https://a.invalid/"}},
                                     name="stream {}"),
        "/jobs/{id}": [{"id": make("/jobs/verification-email", {"user_id": users[0]["id"]})},
                       {"id": make("/jobs/users-exports", {"format": "json"})}],
        "/email-templates/{id}": [{"id": "welcome_email"}],
        "/prompts/{id}": [{"id": "login", "member": "en"}],
        # Not the one that signs: revoked after a rotation, it would take the token of this very run with it.
        "/keys/signing/{id}": [{"id": key["kid"]} for key in tenant.api("GET", "/keys/signing").json() if key["next"]],
        "/logs/{id}": [{"id": event["_id"]} for event in tenant.logs()[:5]],
        "/users/{id}/multifactor/{member}": [{**user, "member": "google-authenticator"} for user in users],
    }
    later, bodies = later_objects_of(tenant, make, several, clients, organizations, seeds)
    seeds.update(later)
    user = {"user_id": users[0]["id"]}
    bodies |= {
        "POST /users": {"connection": CONNECTION, "email": "UNIQUE@example.com", "password": PASSWORD},
        "POST /tickets/email-verification": user, "POST /tickets/password-change": user,
        "POST /jobs/verification-email": user,
        "POST /custom-domains": {"domain": "dUNIQUE.example.com", "type": "self_managed_certs"},
        "POST /log-streams": {"type": "http", "sink": {"httpEndpoint": "https://a.invalid/"}},
        "PUT /branding/templates/universal-login": {"template": "{%- auth0:head -%}{%- auth0:widget -%}"},
    }
    # A more particular path has the last word.
    return {"paths": dict(sorted(seeds.items(), key=lambda item: len(item[0]))), "bodies": bodies}


def later_objects_of(tenant, make, several, clients, organizations, seeds):
    """The same of what the later contract has added."""
    trigger = {"supported_triggers": [{"id": "post-login", "version": "v3"}], "code": "x"}
    actions = several("/actions/actions", trigger, name="action {}")
    versions = [{**action, "member": make(f"/actions/actions/{action['id']}/deploy", {})} for action in actions]
    exchange = make("/actions/actions", {"name": f"exchange {secrets.token_hex(4)}", "supported_triggers": [
        {"id": "custom-token-exchange", "version": "v1"}]})
    make(f"/actions/actions/{exchange}/deploy", {})
    profile = {"type": "custom_authentication", "action_id": exchange}
    rule = {"action": {"block": True}, "match": {"asns": [1]}, "scope": "tenant"}
    acl = {"description": "d", "active": True, "priority": 1, "rule": rule}
    stream = {"subscriptions": [], "destination": {"type": "webhook", "configuration": {
        "webhook_endpoint": "https://a.invalid/", "webhook_authorization": {"method": "bearer", "token": "x"}}}}
    attribute = {"description": "d", "label": "l", "profile_required": True, "auth0_mapping": "email"}
    attributes = {"user_attributes": {"email": attribute}}
    phone = {"name": "twilio", "configuration": {"sid": "s"}, "credentials": {"auth_token": "x"}}
    key = {"credential_type": "public_key", "pem": ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()}
    okta = several("/connections", {"strategy": "okta", "options": {"domain": "a.okta.com"}}, name="okta-{}")
    for connection in okta[:2]:
        make(f"/connections/{connection['id']}/scim-configuration", {}, "connection_id")
    grant = seeds["/client-grants/{id}"][0]["id"]
    assert tenant.api("PATCH", f"/client-grants/{grant}", {"organization_usage": "allow"}).status_code == 200
    domains, credentials, profiles = [], [], several("/self-service-profiles", {}, name="profile {}")
    for organization, client in zip(organizations, clients):
        name = f"d{secrets.token_hex(4)}.example.com"
        path = f"/organizations/{organization['id']}/discovery-domains"
        domains.append(({**organization, "member": make(path, {"domain": name})}, name))
        credentials.append({**client, "member": make(f"/clients/{client['id']}/credentials", key)})
    domain = tenant.api("GET", f"/custom-domains/{seeds['/custom-domains/{id}'][0]['id']}").json()["domain"]
    return {
        "/actions/actions/{id}": actions, "/actions/actions/{id}/versions/{member}": versions,
        "/actions/triggers/{id}": [{"id": "post-login"}],
        "/forms/{id}": several("/forms", {}, name="form {}"), "/flows/{id}": several("/flows", {}, name="flow {}"),
        "/flows/vault/connections/{id}": several("/flows/vault/connections", {"app_id": "HTTP"}, name="vault {}"),
        "/network-acls/{id}": several("/network-acls", acl),
        "/event-streams/{id}": several("/event-streams", stream, name="stream {}"),
        "/self-service-profiles/{id}": [{**item, "member": "en"} for item in profiles],
        "/token-exchange-profiles/{id}": several("/token-exchange-profiles", profile, name="p {}",
                                                 subject_token_type="https://a.example/{}"),
        "/user-attribute-profiles/{id}": several("/user-attribute-profiles", attributes, name="profile {}"),
        "/branding/phone/providers/{id}": [{"id": make("/branding/phone/providers", phone)}],
        "/branding/phone/templates/{id}": [{"id": make("/branding/phone/templates", {"type": "otp_verify"})}],
        "/keys/encryption/{id}": [
            {"id": make("/keys/encryption", {"type": "customer-provided-root-key"}, "kid")} for _ in range(3)],
        "/connections/{id}/scim-configuration": okta,
        "/clients/{id}/credentials/{member}": credentials,
        "/organizations/{id}/discovery-domains/{member}": [item for item, _ in domains],
        "/organizations/{id}/discovery-domains/name/{member}": [{**item, "member": name} for item, name in domains],
        "/organizations/{id}/client-grants/{member}": [{**item, "member": grant} for item in organizations],
    }, {
        "POST /actions/actions": {"name": "action UNIQUE", **trigger},
        "POST /network-acls": acl, "PATCH /network-acls/{id}": {"rule": rule}, "PUT /network-acls/{id}": acl,
        "POST /event-streams": stream, "PATCH /event-streams/{id}": stream,
        "POST /user-attribute-profiles": {"name": "profile UNIQUE", **attributes},
        "PATCH /user-attribute-profiles/{id}": attributes,
        "POST /token-exchange-profiles": {"name": "p UNIQUE", "subject_token_type": "https://a.example/UNIQUE", **profile},
        "PATCH /token-exchange-profiles/{id}": {"subject_token_type": "https://a.example/UNIQUE"},
        "POST /clients/{id}/credentials": key, "PATCH /clients/{id}/credentials/{member}": {"expires_at": None},
        "PATCH /branding/phone/templates/{id}": {"disabled": True},
        "PATCH /branding/phone/providers/{id}": {"disabled": True},
        "PATCH /prompts/rendering": {"configs": [{"prompt": "login", "screen": "login"}]},
        "POST /organizations/{id}/client-grants": {"grant_id": grant},
        "POST /organizations/{id}/discovery-domains": {"domain": "dUNIQUE.example.com"},
        "PATCH /custom-domains/default": {"domain": domain},
        "PATCH /connections/{id}/clients": [{"client_id": clients[0]["id"], "status": True}],
        "PATCH /actions/triggers/{id}/bindings": {
            "bindings": [{"ref": {"type": "action_id", "value": actions[0]["id"]}}]},
        "POST /guardian/enrollments/ticket": {"user_id": seeds["/users/{id}"][1]["id"]},
    }
