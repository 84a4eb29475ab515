"""The operator's port and commands, and abuse cases O."""
import json
import secrets
import socket
import stat
import subprocess
from pathlib import Path

import pytest
import requests

from product import Person, Tenant, session
from service import Service


class AdminPort:
    """The admin port, spoken to directly."""

    def __init__(self, service):
        self.service = service

    def send(self, method, path, token=None, **options):
        headers = options.pop("headers", {})
        if token is not False:
            headers = {"Authorization": f"Bearer {token or self.service.admin_token}", **headers}
        with requests.Session() as http:
            http.trust_env = False
            return http.request(method, f"https://127.0.0.1:{self.service.admin_port}{path}", headers=headers,
                                verify=self.service.ca_file, timeout=30, **options)


@pytest.fixture(scope="module")
def admin(service):
    return AdminPort(service)


def certificate(folder, name, days=5, key="rsa:2048"):
    """A self-signed certificate and its key, as files."""
    certificate_file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", key, "-nodes", "-days", str(days), "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key_file), "-out", str(certificate_file)],
                   check=True, capture_output=True)
    return certificate_file, key_file


def test_a_tenant_is_created_listed_shown_and_deleted(service):
    name = f"op{secrets.token_hex(4)}"
    made = service.operate("tenant", "create", name, "--region", "eu")
    assert (made["name"], made["region"], made["deployment"]) == (name, "eu", "shared")
    assert f"{name}.eu.localhost" in str(made["domains"])
    assert "management_client" not in made
    assert name in [tenant["name"] for tenant in service.operate("tenant", "list")]
    assert service.operate("tenant", "show", f"{name}.eu")["id"] == made["id"]


def test_a_new_tenant_has_its_default_objects(create_tenant):
    tenant = create_tenant()
    names = {client["name"]: client for client in tenant.api("GET", "/clients").json()}
    assert "Default App" in names
    default_app = names["Default App"]
    assert default_app["jwt_configuration"]["alg"] == "RS256"
    connection = tenant.connection()
    assert connection["strategy"] == "auth0"
    assert default_app["client_id"] in connection["enabled_clients"]


def test_a_name_is_given_once_in_a_region(service, acme):
    done = service.operate("tenant", "create", acme.name, check=False)
    assert done.returncode != 0
    assert acme.name in done.stderr


def test_commands_explain_themselves(binary):
    for command in ([], ["tenant"], ["tenant", "create"], ["domain"], ["cert"], ["serve"], ["config"]):
        done = subprocess.run([binary, *command, "--help"], capture_output=True, text=True)
        assert done.returncode == 0 and "USAGE" in done.stdout, command


def test_a_command_without_a_service_says_so(binary, tmp_path):
    (tmp_path / "token").write_text("x")
    done = subprocess.run([binary, "tenant", "list", "--admin-url", "https://127.0.0.1:9", "--admin-token-file",
                           str(tmp_path / "token")], capture_output=True, text=True)
    assert done.returncode != 0
    assert "127.0.0.1:9" in done.stderr


def test_tables_are_for_people(service, acme, binary):
    done = subprocess.run([binary, "tenant", "list", "--admin-url", f"https://127.0.0.1:{service.admin_port}",
                           "--admin-token-file", str(service.data / "admin-token"), "--ca-file", service.ca_file],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert acme.name in done.stdout and "{" not in done.stdout


def test_the_configuration_tells_where_values_come_from(binary, tmp_path):
    file = tmp_path / "gatehouse.yaml"
    file.write_text("https-port: 9443\nadmin-port: 9444\n")
    done = subprocess.run([binary, "config", "--config", str(file), "--admin-port", "9555"], capture_output=True, text=True,
                          env={"GATEHOUSE_HTTP_PORT": "9080", "PATH": "/usr/bin"})
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line.split()}
    assert "9443" in lines["https-port"] and "gatehouse.yaml" in lines["https-port"]
    assert "9555" in lines["admin-port"] and "--admin-port" in lines["admin-port"]
    assert "9080" in lines["http-port"] and "GATEHOUSE_HTTP_PORT" in lines["http-port"]


def test_health_and_readiness_need_no_token(admin):
    assert admin.send("GET", "/health", token=False).status_code == 200
    assert admin.send("GET", "/ready", token=False).status_code == 200


def test_a_load_balancer_asks_by_head(admin):
    """RFC 9110 9.1: whoever has GET has HEAD; the connection stays good for the next request."""
    with requests.Session() as http:
        http.trust_env, http.verify = False, admin.service.ca_file
        url = f"https://127.0.0.1:{admin.service.admin_port}"
        for path in ("/health", "/ready", "/health"):
            head = http.head(url + path, timeout=30)
            assert head.status_code == 200 and not head.content
            whole = http.get(url + path, timeout=30)
            assert head.headers["Content-Length"] == whole.headers["Content-Length"] == str(len(whole.content))
        assert http.options(f"{url}/health", timeout=30).headers["Allow"] == "GET, HEAD, OPTIONS"
    asked = admin.send("OPTIONS", "/tenants")
    assert asked.status_code == 204 and asked.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert "Content-Length" not in asked.headers
    assert "HEAD" in admin.send("PUT", "/health").headers["Allow"]


def test_the_admin_port_answers_under_the_names_it_is_given(binary, tmp_path):
    """As in a container: bound to every address, called by a name from elsewhere."""
    with open(tmp_path / "log", "w") as log:
        running = Service(binary, tmp_path / "data", log=log, arguments=[
            "--admin-bind", "0.0.0.0", "--admin-host", "127.0.0.2", "--admin-host", "gatehouse.test"])
        running.start()
        try:
            for host in ("127.0.0.2", "127.0.0.1"):
                done = subprocess.run(
                    [running.binary, "tenant", "list", "--data", str(running.data), "--admin-url",
                     f"https://{host}:{running.admin_port}"], capture_output=True, text=True, timeout=60)
                assert done.returncode == 0, done.stderr
            with requests.Session() as http:
                http.trust_env, http.verify = False, running.ca_file
                health = f"https://gatehouse.test:{running.admin_port}/health"
                assert http.get(health, timeout=30).status_code == 200
                refused = http.get(health, headers={"Host": "other.test"}, timeout=30)
                assert refused.status_code == 403 and refused.json()["error"] == "forbidden_host"
                # The certificate is for no name the port would refuse.
                with pytest.raises(requests.exceptions.SSLError):
                    http.get(f"https://127.0.0.3:{running.admin_port}/health", timeout=30)
        finally:
            assert running.stop() == 0


@pytest.fixture
def start(binary, tmp_path):
    """Starts a service that does not come up: start("--bind", "nonsense")."""

    def start(*arguments):
        data = tmp_path / "data"
        ports = [part for name in ("https", "http", "admin") if f"--{name}-port" not in arguments
                 for part in (f"--{name}-port", "0")]
        return subprocess.run([binary, "serve", "--data", str(data), *ports, *arguments], capture_output=True,
                              text=True, timeout=60)

    return start


def refusal(done, status, *parts):
    """A start ends with one sentence for people and a number for scripts, and nothing else is said."""
    assert done.returncode == status, f"{done.returncode}: {done.stderr}"
    assert done.stderr.startswith("gatehouse: ") and done.stderr.count("\n") == 1, done.stderr
    for part in parts:
        assert part in done.stderr, done.stderr


def test_a_listener_that_cannot_be_is_named(start):
    refusal(start("--bind", "nonsense"), 78, 'bind is "nonsense" (--bind)', "IP address")
    refusal(start("--admin-bind", "127.0.0.1:80"), 78, "admin-bind", "IP address")
    refusal(start("--bind", "203.0.113.77"), 78, "203.0.113.77", "for HTTPS", "setting bind ")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refusal(start("--admin-port", str(port)), 70, f"127.0.0.1:{port} for the admin port", "admin-port")
        refusal(start("--http-port", str(port)), 70, f"127.0.0.1:{port} for HTTP:", "http-port")


def test_the_configuration_shows_no_address_that_serve_refuses(binary):
    done = subprocess.run([binary, "config", "--bind", "nonsense"], capture_output=True, text=True)
    refusal(done, 78, "--bind")
    done = subprocess.run([binary, "config", "--admin-host", "a.test", "--admin-host", "b.test", "--json"],
                          capture_output=True, text=True)
    assert json.loads(done.stdout)["admin-host"] == {"value": ["a.test", "b.test"], "origin": "--admin-host"}


def test_a_start_needs_the_files_it_is_told_of(start, tmp_path):
    missing = str(tmp_path / "nowhere" / "file")
    refusal(start("--ready-file", missing), 73, missing, "ready-file")
    refusal(start("--egress-ca-file", missing), 66, missing, "egress-ca-file")
    refusal(start("--smtp-ca-file", missing), 66, missing, "smtp-ca-file")
    no_certificate = tmp_path / "empty.pem"
    no_certificate.write_text("")
    refusal(start("--smtp-ca-file", str(no_certificate)), 66, str(no_certificate), "certificates in PEM")


def test_a_damaged_directory_is_named(start, tmp_path):
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "directory.sqlite"
    file.write_bytes(b"A" * 8192)
    refusal(start(), 78, str(file), "damaged")
    # What is left of it may be worth something: nothing is made in its place.
    assert file.read_bytes() == b"A" * 8192


def test_metrics_are_prometheus_text(admin, acme):
    acme.discovery()
    answer = admin.send("GET", "/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "# TYPE" in answer.text


@pytest.mark.parametrize("token", [False, "wrong", "", "x" * 10000])
def test_O2_without_the_token_nothing_is_told(admin, token):
    for method, path in [("GET", "/tenants"), ("POST", "/tenants"), ("GET", "/metrics"), ("GET", "/tenants/acme/backup")]:
        headers = {} if token is False else {"Authorization": f"Bearer {token}"}
        answer = admin.send(method, path, token=False, headers=headers)
        assert answer.status_code in (400, 401, 403, 431), path
        assert "acme" not in answer.text


def test_O2_a_name_that_is_not_the_ports_own_is_refused(admin):
    assert admin.send("GET", "/tenants", headers={"Host": "evil.example"}).status_code in (400, 403, 421)


def test_O2_a_form_of_a_foreign_page_is_refused(admin):
    for media_type in ("text/plain", "application/x-www-form-urlencoded", None):
        headers = {"Content-Type": media_type} if media_type else {}
        answer = admin.send("POST", "/tenants", data=json.dumps({"name": "forged"}), headers=headers)
        assert answer.status_code in (400, 403, 415)
    assert admin.send("GET", "/tenants/forged").status_code == 404


def test_the_token_and_the_data_are_for_the_owner_alone(service):
    assert stat.S_IMODE((service.data / "admin-token").stat().st_mode) == 0o600
    for path in service.data.rglob("*"):
        if path.is_file() and path.suffix in (".key", ".sqlite", ".db"):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_tenant_is_backed_up_and_restored(service, create_tenant, tmp_path):
    tenant = create_tenant()
    before = tenant.create_client(name="before the backup")
    file = tmp_path / "tenant.backup"
    service.operate("tenant", "backup", tenant.name, str(file))
    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0
    after = tenant.create_client(name="after the backup")
    service.operate("tenant", "restore", tenant.name, str(file), "--replace")
    assert tenant.api("GET", f"/clients/{before.client_id}").status_code == 200
    assert tenant.api("GET", f"/clients/{after.client_id}").status_code == 404


def test_a_fork_has_the_clients_and_new_keys(service, create_tenant):
    tenant = create_tenant()
    client = tenant.create_client(name="forked along")
    user = tenant.create_user()
    person = Person(service.ca_file)
    tokens = person.tokens(tenant, client, user["email"], scope="openid offline_access")
    name = f"f{secrets.token_hex(4)}"
    service.operate("tenant", "fork", tenant.name, name)
    fork = Tenant(service, name, service.domain(name), tenant.management_client)
    assert fork.api("GET", f"/clients/{client.client_id}").json()["name"] == "forked along"
    assert {key["kid"] for key in fork.jwks()["keys"]}.isdisjoint({key["kid"] for key in tenant.jwks()["keys"]})
    assert Person(service.ca_file).tokens(fork, client, user["email"])
    # What was issued by the original is worth nothing at the fork.
    assert fork.userinfo(tokens["access_token"]).status_code == 401
    assert fork.refresh(client, tokens["refresh_token"]).status_code == 403
    assert fork.api("GET", "/clients", token=tenant.management_token()).status_code == 401
    for cookie in list(person.http.cookies):
        person.http.cookies.set(cookie.name, cookie.value, domain=fork.host, path="/", secure=True)
    assert "login_required" in person.authorize(fork, client, prompt="none").headers["Location"]


def test_a_deleted_tenant_can_be_brought_back(service, create_tenant):
    tenant = create_tenant()
    client = tenant.create_client()
    service.operate("tenant", "delete", tenant.name, "--yes")
    assert tenant.http.get(tenant.url(".well-known/jwks.json")).status_code in (403, 404, 421)
    assert service.operate("tenant", "show", tenant.name)["state"] == "deleted"
    service.operate("tenant", "undelete", tenant.name)
    assert tenant.api("GET", f"/clients/{client.client_id}").status_code == 200


def test_deleted_tenants_of_one_name_are_told_apart(service, binary):
    name = f"tmp{secrets.token_hex(4)}"
    ids = []
    for _ in range(2):
        ids.append(service.operate("tenant", "create", name)["id"])
        service.operate("tenant", "delete", name, "--yes")
    shown = subprocess.run([binary, "tenant", "list", "--state", "deleted", "--data", str(service.data)],
                           capture_output=True, text=True, timeout=60)
    assert shown.returncode == 0, shown.stderr
    heading, *rows = shown.stdout.splitlines()
    assert heading.split()[-3:] == ["GONE", "AFTER", "ID"]
    assert {row.split()[-1] for row in rows if row.split()[0] == name} == set(ids)
    refused = service.operate("tenant", "undelete", name, check=False)
    assert refused.returncode == 1 and all(made in refused.stderr for made in ids), refused.stderr
    assert service.operate("tenant", "undelete", ids[0])["id"] == ids[0]
    assert service.operate("tenant", "show", name)["id"] == ids[0]


def test_H18_a_tenant_comes_back_without_a_domain_that_another_has(service, binary):
    back, rival = f"back{secrets.token_hex(4)}", f"rival{secrets.token_hex(4)}"
    for name in (back, rival):
        service.operate("tenant", "create", name, "--dedicated")
    host = f"login.{back}.test"
    service.operate("domain", "add", back, host)
    service.operate("tenant", "delete", back, "--yes")
    service.operate("domain", "add", rival, host)
    shown = subprocess.run([binary, "tenant", "undelete", back, "--data", str(service.data)], capture_output=True,
                           text=True, timeout=60)
    assert shown.returncode == 0, shown.stderr
    lost, = [line for line in shown.stdout.splitlines() if line.startswith("Lost")]
    assert host in lost and rival in lost
    assert service.operate("tenant", "show", back)["custom_domains"] == []
    assert [domain["host"] for domain in service.operate("domain", "list", rival)] == [host]


def test_a_certificate_is_installed_without_a_restart(service, create_tenant, tmp_path):
    tenant = create_tenant()
    certificate_file, key_file = certificate(tmp_path, tenant.host)
    service.operate("cert", "install", tenant.host, "--cert", str(certificate_file), "--key", str(key_file))
    http = session(str(certificate_file))
    assert http.get(tenant.url(".well-known/jwks.json")).status_code == 200


def test_O3_a_bad_certificate_is_refused_and_the_old_one_stays(service, admin, create_tenant, tmp_path):
    tenant = create_tenant()
    good, key = certificate(tmp_path, tenant.host)
    _, other_key = certificate(tmp_path, "other.localhost")
    foreign, foreign_key = certificate(tmp_path, "foreign.example")
    for certificate_text, key_text in [
        (good.read_text(), other_key.read_text()), (foreign.read_text(), foreign_key.read_text()),
        ("not a certificate", key.read_text()), (good.read_text(), "not a key"), (good.read_text() * 5000, key.read_text()),
    ]:
        answer = admin.send("PUT", f"/certificates/{tenant.host}", json={"certificate": certificate_text, "key": key_text})
        assert 400 <= answer.status_code < 500, answer.text
        assert "PRIVATE KEY" not in answer.text
    assert tenant.http.get(tenant.url(".well-known/jwks.json")).status_code == 200


def test_O6_the_output_of_the_service_holds_no_secret(service, create_tenant):
    tenant = create_tenant()
    client = tenant.create_web_client()
    user = tenant.create_user(password="Very-Secret-Pass-77")
    person = Person(service.ca_file)
    answered = person.log_in(tenant, client, user["email"], password="Very-Secret-Pass-77", scope="openid offline_access")
    tokens = tenant.redeem(client, answered["code"]).json()
    output = Path(service.log.name).read_text()
    assert output, "its log is somewhere else now"
    arguments = open(f"/proc/{service.pid}/cmdline").read() + open(f"/proc/{service.pid}/environ").read()
    for secret in ("Very-Secret-Pass-77", client.client_secret, answered["code"], tokens["access_token"],
                   tokens["refresh_token"], tokens["id_token"], tenant.management_client["client_secret"],
                   service.admin_token):
        assert secret not in output
        assert secret not in arguments
        assert secret not in str(tenant.logs())


def test_signing_keys_are_listed_and_rotated_without_showing_them(admin, service, create_tenant):
    tenant = create_tenant()
    first, = service.operate("keys", "list", tenant.name)
    assert first["current"] is True and first["algorithm"] == "RS256"
    answer = admin.send("POST", f"/tenants/{tenant.name}/keys/rotate")
    assert answer.status_code == 200 and "PRIVATE" not in answer.text
    second, *others = answer.json()
    assert second["current"] is True and first["kid"] != second["kid"] and len(others) == 2
    assert first["kid"] in [key["kid"] for key in others] and not any(key["current"] for key in others)
    published = [key["kid"] for key in tenant.jwks()["keys"]]
    assert published[0] == second["kid"] and set(published) == {second["kid"], *(key["kid"] for key in others)}
    # The next rotation puts the key in charge that has been published as the one to follow.
    following, = {key["kid"] for key in others} - {first["kid"]}
    assert service.operate("keys", "rotate", tenant.name)[0]["kid"] == following
    # Of those that have signed before, three stay: the oldest is revoked by the rotation that would make it four.
    for _ in range(3):
        service.operate("keys", "rotate", tenant.name)
    kept = [key["kid"] for key in tenant.jwks()["keys"]]
    assert len(kept) == 5 and first["kid"] not in kept
    refused = admin.send("POST", f"/tenants/{tenant.name}/keys/rotate?algorithm=ES256")
    assert refused.status_code == 400 and "never signed" in refused.json()["message"]
    assert admin.send("POST", f"/tenants/{tenant.name}/keys/rotate?algorithm=none").status_code == 400
    assert admin.send("POST", "/tenants/nobody/keys/rotate").status_code == 404
    assert admin.send("POST", f"/tenants/{tenant.name}/keys/rotate", token="x").status_code == 401
    assert admin.send("GET", f"/tenants/{tenant.name}/keys/rotate").status_code == 405
