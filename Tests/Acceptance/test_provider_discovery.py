"""A connection learns from its identity provider's own documents."""
import json
import time

import pytest

from identity_providers import IdentityProviders, SigningCertificate, federation_metadata
from service import Service

DISCOVERY = "https://idp.example.net/.well-known/openid-configuration"
METADATA = {
    "issuer": "https://idp.example.net", "authorization_endpoint": "https://idp.example.net/authorize",
    "token_endpoint": "https://idp.example.net/token", "userinfo_endpoint": "https://idp.example.net/me",
    "jwks_uri": "https://idp.example.net/keys", "scopes_supported": ["openid", "email"],
}
MICROSOFT = "https://login.microsoftonline.com/{}/FederationMetadata/2007-06/FederationMetadata.xml"


@pytest.fixture(scope="module")
def outside():
    providers = IdentityProviders()
    yield providers
    providers.close()


@pytest.fixture(scope="module")
def tenant(binary, artifacts, tmp_path_factory, create_tenant, outside):
    with open(artifacts / "gatehouse-discovery.log", "w") as log:
        running = Service(binary, tmp_path_factory.mktemp("discovery") / "data", log=log, arguments=outside.arguments)
        running.start()
        yield create_tenant("discovery", on=running)
        assert running.stop() == 0


@pytest.fixture
def connect(tenant, outside, request):
    """Makes a connection; its options as they were answered."""
    outside.documents.clear()
    outside.asked.clear()
    outside.tunnels.clear()
    names = iter(f"c{abs(hash(request.node.name)) % 10**9}-{number}" for number in range(99))

    def make(strategy, **options):
        answer = tenant.api("POST", "/connections", {"name": next(names), "strategy": strategy, "options": options})
        assert answer.status_code == 201, answer.text
        make.id = answer.json()["id"]
        return answer.json()["options"]

    return make


def change(tenant, connection, **options):
    answer = tenant.api("PATCH", f"/connections/{connection}", {"options": options})
    assert answer.status_code == 200, answer.text
    return answer.json()["options"]


def test_an_openid_provider_tells_its_endpoints_and_what_is_given_stays(connect, outside):
    outside.documents[DISCOVERY] = json.dumps(METADATA)
    options = connect("oidc", client_id="c", discovery_url=DISCOVERY, issuer="https://given.example.net",
                      token_endpoint=None)
    assert outside.asked == [DISCOVERY] and outside.tunnels == ["idp.example.net:443"]
    assert options["issuer"] == "https://given.example.net"
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert options[name] == METADATA[name]
    assert options["oidc_metadata"].items() >= METADATA.items()
    assert options["oidc_metadata"]["request_uri_parameter_supported"] is False


def test_a_changed_address_is_asked_and_an_unchanged_one_keeps_what_is_known(connect, outside, tenant):
    outside.documents[DISCOVERY] = json.dumps(METADATA)
    options = connect("oidc", client_id="c", discovery_url=DISCOVERY)
    other = "https://other.example.net/.well-known/openid-configuration"
    outside.documents[other] = json.dumps(METADATA).replace("idp.example.net", "other.example.net")
    # Read, one address changed, and written back.
    moved = change(tenant, connect.id, **{**options, "discovery_url": other})
    assert moved["token_endpoint"] == "https://other.example.net/token"
    assert moved["oidc_metadata"]["issuer"] == "https://other.example.net"
    outside.documents.clear()
    kept = change(tenant, connect.id, client_id="d", discovery_url=other)
    assert kept["client_id"] == "d" and kept["jwks_uri"] == "https://other.example.net/keys"


@pytest.mark.parametrize("document", [
    404, 302, "no JSON", "[]", json.dumps({**METADATA, "jwks_uri": None}),
    json.dumps({**METADATA, "token_endpoint": "http://idp.example.net/token"}),
    json.dumps({**METADATA, "userinfo_endpoint": "javascript:alert(1)"}),
    json.dumps({**METADATA, "padding": "x" * 70_000}),
], ids=["missing", "redirect", "text", "list", "incomplete", "plain", "script", "long"])
def test_a_document_of_no_use_leaves_the_connection_with_what_was_given(connect, outside, document):
    outside.documents[DISCOVERY] = document
    options = connect("oidc", client_id="c", discovery_url=DISCOVERY, issuer="https://given.example.net")
    assert outside.asked == [DISCOVERY]
    assert options["issuer"] == "https://given.example.net"
    assert "oidc_metadata" not in options and "token_endpoint" not in options


def endless(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b" " * 65_536)


def silent(connection):
    time.sleep(30)


@pytest.mark.parametrize("document", [endless, silent])
def test_M10_an_endless_or_silent_provider_is_left_alone_in_seconds(connect, outside, tenant, document):
    outside.documents[DISCOVERY] = document
    began = time.monotonic()
    options = connect("oidc", client_id="c", discovery_url=DISCOVERY)
    assert "oidc_metadata" not in options and time.monotonic() - began < 9


@pytest.mark.parametrize("url", [
    "https://127.0.0.1/x", "https://[::ffff:127.0.0.1]/x", "https://169.254.169.254/latest/meta-data", "https://localhost/x",
    "https://intranet/x", "https://db.internal/x", "https://[::1]/x", "http://idp.example.net/x",
])
def test_M10_nothing_inside_is_asked_for_by_the_proxy_either(connect, outside, url):
    assert "oidc_metadata" not in connect("oidc", client_id="c", discovery_url=url)
    assert outside.tunnels == []


def test_M10_without_a_proxy_an_inner_provider_is_refused(service, create_tenant, outside):
    tenant = create_tenant()
    port = outside.proxy.rpartition(":")[2]
    outside.tunnels.clear()
    answer = tenant.api("POST", "/connections", {
        "name": "inner", "strategy": "oidc", "options": {"client_id": "c", "discovery_url": f"https://127.0.0.1:{port}/"}})
    assert answer.status_code == 201 and "oidc_metadata" not in answer.json()["options"]
    assert outside.tunnels == []


def test_certificates_of_a_directory_are_told_by_their_thumbprints(connect, outside, tenant):
    old, new, aside = (SigningCertificate(name) for name in ("old", "new", "aside"))
    outside.documents[MICROSOFT.format("acme.example.net")] = federation_metadata([old], signature=aside)
    options = connect("waad", client_id="c", client_secret="s", tenant_domain="acme.example.net")
    assert options["thumbprints"] == [old.thumbprint]
    outside.documents[MICROSOFT.format("acme.example.net")] = federation_metadata([new, old])
    options = change(tenant, connect.id, client_id="c", tenant_domain="acme.example.net")
    assert options["thumbprints"] == [new.thumbprint, old.thumbprint]
    outside.documents.clear()
    options = change(tenant, connect.id, client_id="d", tenant_domain="acme.example.net")
    assert options["thumbprints"] == [new.thumbprint, old.thumbprint], "nobody answers, and what is known stays"


def test_a_federation_server_tells_where_to_sign_in(connect, outside):
    certificate = SigningCertificate("adfs")
    outside.documents["https://adfs.example.net/FederationMetadata/2007-06/FederationMetadata.xml"] = \
        federation_metadata([certificate], sign_in="https://adfs.example.net/adfs/ls/")
    options = connect("adfs", adfs_server="adfs.example.net")
    assert options["signInEndpoint"] == "https://adfs.example.net/adfs/ls/"
    assert options["thumbprints"] == [certificate.thumbprint]


def test_saml_metadata_tells_addresses_and_certificate(connect, outside):
    certificate = SigningCertificate("saml")
    services = "".join(
        f'<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:{binding}" '
        f'Location="https://saml.example.net/{binding}?a=1&amp;b=2"/>' for binding in ("HTTP-POST", "HTTP-Redirect"))
    outside.documents["https://saml.example.net/metadata"] = \
        federation_metadata([certificate]).replace("</IDPSSODescriptor>", services + "</IDPSSODescriptor>")
    options = connect("samlp", metadataUrl="https://saml.example.net/metadata")
    assert options["signInEndpoint"] == "https://saml.example.net/HTTP-Redirect?a=1&b=2"
    assert options["thumbprints"] == [certificate.thumbprint]
    assert options["subject"] == {"commonName": "saml"}
