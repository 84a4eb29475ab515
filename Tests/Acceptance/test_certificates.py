"""The authority in the data directory, and what an operator installs, where the sample file sets the service up."""
import json
import os
import re
import shlex
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
import requests

from product import session
from service import Service

ROOT = Path(__file__).resolve().parents[2]
# No variable of whoever runs the tests says where the service is.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_")}


@pytest.fixture(scope="module")
def production(binary, artifacts, tmp_path_factory):
    """A service whose public names have installed certificates alone."""
    with open(artifacts / "gatehouse-certificates.log", "w") as log:
        running = Service(binary, tmp_path_factory.mktemp("certificates") / "data", log=log,
                          arguments=["--config", str(ROOT / "deploy/gatehouse.yaml"), "--bind", "127.0.0.1"],
                          environment=ENVIRONMENT)
        running.start()
        yield running
        running.stop()


def gatehouse(service, *arguments):
    """An operator's command that knows the data directory alone, as the service says when it is ready."""
    return subprocess.run([service.binary, *map(str, arguments), "--data", str(service.data)], capture_output=True,
                          text=True, timeout=60, env=ENVIRONMENT)


def serve(binary, data):
    """Starts a service that is not expected to become ready."""
    ports = [word for name in ("https", "http", "admin") for word in (f"--{name}-port", "0")]
    return subprocess.run([binary, "serve", "--data", str(data), *ports], capture_output=True, text=True, timeout=60,
                          env=ENVIRONMENT)


def run(*command):
    subprocess.run([str(word) for word in command], check=True, capture_output=True, timeout=60)


def shown(service, name):
    """The certificate a client sees that asks for a name, in DER."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", service.https_port), 30) as plain:
        with context.wrap_socket(plain, server_hostname=name) as connection:
            return connection.getpeercert(binary_form=True)


def der(path):
    return ssl.PEM_cert_to_DER_cert(path.read_text())


class Issuer:
    """A root, an authority below it, and certificates of that: NAME.pem and NAME.key in a folder."""

    def __init__(self, folder):
        self.folder = folder
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "5",
            "-subj", "/CN=Root", "-keyout", folder / "root.key", "-out", folder / "root.pem")
        self.sign("between", "root", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign")

    def sign(self, name, issuer, extensions):
        files = {kind: self.folder / f"{name}.{kind}" for kind in ("key", "csr", "cnf", "pem")}
        identifiers = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        files["cnf"].write_text(f"{extensions}\n{identifiers}")
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", files["key"], "-out", files["csr"])
        run("openssl", "x509", "-req", "-in", files["csr"], "-CA", self.folder / f"{issuer}.pem", "-CAkey",
            self.folder / f"{issuer}.key", "-CAcreateserial", "-days", "5", "-extfile", files["cnf"], "-out",
            files["pem"])
        return files["pem"], files["key"]

    def certificate(self, host):
        return self.sign("leaf", "between", f"subjectAltName=DNS:{host}")


@pytest.fixture
def issuer(tmp_path):
    return Issuer(tmp_path)


def test_commands_work_where_public_names_have_no_development_certificates(production):
    made = gatehouse(production, "tenant", "create", "acme")
    assert made.returncode == 0, made.stderr
    authority = Path(json.loads((production.data / "ready.json").read_text())["ca_file"])
    trusted = authority.read_text()
    # Nothing of the authority is shown to the public.
    with pytest.raises(requests.exceptions.SSLError):
        session(str(authority)).get(f"https://acme.localhost:{production.https_port}/.well-known/jwks.json", timeout=30)
    production.stop()
    production.start()
    assert authority.read_text() == trusted
    listed = gatehouse(production, "tenant", "list")
    assert listed.returncode == 0 and "acme" in listed.stdout, listed.stderr


@pytest.mark.parametrize("missing,beside", [("ca-key.pem", "ca.pem"), ("ca.pem", "ca-key.pem")])
def test_half_an_authority_is_not_replaced(binary, tmp_path, missing, beside):
    data = tmp_path / "data"
    run(ROOT / "certs/make-dev-ca.sh", data)
    (data / missing).unlink()
    kept = (data / beside).read_bytes()
    done = serve(binary, data)
    assert done.returncode == 78, done.stderr
    assert f"{data / missing} is missing" in done.stderr
    assert (data / beside).read_bytes() == kept and not (data / missing).exists()


@pytest.mark.parametrize("damaged", ["ca.pem", "ca-key.pem"])
def test_a_damaged_authority_is_named(binary, tmp_path, damaged):
    data = tmp_path / "data"
    run(ROOT / "certs/make-dev-ca.sh", data)
    (data / damaged).write_text("damaged\n")
    done = serve(binary, data)
    assert done.returncode == 78, done.stderr
    assert f"{data / damaged} is damaged" in done.stderr


def test_an_authority_of_the_operators_own_that_nears_its_end_is_renewed_aloud(binary, tmp_path):
    data, log = tmp_path / "data", tmp_path / "log"
    data.mkdir()
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "100", "-subj", "/CN=Our CA", "-keyout",
        data / "ca-key.pem", "-out", data / "ca.pem")
    old = tmp_path / "old.pem"
    old.write_text((data / "ca.pem").read_text())
    with open(log, "w") as output:
        service = Service(binary, data, log=output, environment=ENVIRONMENT)
        service.start()
        try:
            assert "WARNING" in log.read_text() and str(data / "ca.pem") in log.read_text()
            assert (data / "ca.pem").read_text() != old.read_text()
            for authority in (old, data / "ca.pem"):
                listed = gatehouse(service, "tenant", "list", "--ca-file", authority)
                assert listed.returncode == 0, listed.stderr
        finally:
            service.stop()


def test_a_chain_that_does_not_hang_together_is_refused(production, issuer, tmp_path):
    host = "chain.localhost"
    leaf, key = issuer.certificate(host)
    stranger = tmp_path / "stranger.pem"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "5", "-subj", "/CN=Stranger", "-keyout",
        tmp_path / "stranger.key", "-out", stranger)
    install = ["cert", "install", host, "--certificate", leaf, "--key", key, "--chain"]
    for chain, name in [(stranger, "Stranger"), (tmp_path / "root.pem", "Root")]:
        refused = gatehouse(production, *install, chain)
        assert refused.returncode == 1 and f"certificate 2 of the chain ({name})" in refused.stderr, refused.stderr
    assert host not in gatehouse(production, "cert", "list").stdout
    installed = gatehouse(production, *install, tmp_path / "between.pem")
    assert installed.returncode == 0, installed.stderr
    assert shown(production, host) == der(leaf)


@pytest.mark.parametrize("order", [("root", "between"), ("between", "root")])
def test_the_order_in_a_pkcs12_file_means_nothing(production, issuer, tmp_path, order):
    host = "pfx.localhost"
    leaf, key = issuer.certificate(host)
    others, bundle, password = tmp_path / "others.pem", tmp_path / "login.pfx", tmp_path / "password"
    others.write_text("".join((tmp_path / f"{name}.pem").read_text() for name in order))
    password.write_text("s3cret\n")
    run("openssl", "pkcs12", "-export", "-in", leaf, "-inkey", key, "-certfile", others, "-out", bundle, "-passout",
        "pass:s3cret")
    installed = gatehouse(production, "cert", "install", host, "--pkcs12", bundle, "--key-password-file", password)
    assert installed.returncode == 0, installed.stderr
    seen = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{production.https_port}", "-servername", host,
                           "-showcerts"], input="", capture_output=True, text=True, timeout=60).stdout
    assert re.findall(r" s:CN ?= ?(\w+)", seen) == ["leaf", "between", "Root"]


def test_a_wildcard_below_a_domain_of_one_label_is_used(production, issuer):
    leaf, key = issuer.certificate("*.localhost")
    try:
        installed = gatehouse(production, "cert", "install", "*.localhost", "--cert", leaf, "--key", key)
        assert installed.returncode == 0, installed.stderr
        assert "most clients refuse" in installed.stderr
        assert shown(production, "anybody.localhost") == der(leaf)
        assert shown(production, "anybody.eu.localhost") != der(leaf)
    finally:
        gatehouse(production, "cert", "remove", "*.localhost")
    refused = gatehouse(production, "cert", "install", "*.corp", "--cert", leaf, "--key", key)
    assert refused.returncode == 1 and "does not cover *.corp, only *.localhost" in refused.stderr


def test_a_reload_that_refuses_a_certificate_says_so_in_its_exit_code(production, issuer):
    host = "reload.localhost"
    leaf, key = issuer.certificate(host)
    installed = gatehouse(production, "cert", "install", host, "--cert", leaf, "--key", key)
    assert installed.returncode == 0, installed.stderr
    assert gatehouse(production, "cert", "reload").returncode == 0
    file = production.data / "certificates" / host / "ecdsa.crt"
    file.write_text("damaged\n")
    told = gatehouse(production, "cert", "reload")
    assert told.returncode == 1 and f"Not taken: {host}" in told.stdout, told
    listed = gatehouse(production, "cert", "reload", "--json")
    assert listed.returncode == 1, listed
    assert [refused["host"] for refused in json.loads(listed.stdout)["refused"]] == [host]
    assert shown(production, host) == der(leaf)
    assert gatehouse(production, "cert", "remove", host).returncode == 0
    assert gatehouse(production, "cert", "reload").returncode == 0


def test_wrong_usage_shows_the_usage_of_the_very_command(binary):
    done = subprocess.run([binary, "cert", "install", "login.acme.test", "--key", "rsa.key"], capture_output=True,
                          text=True, timeout=60, env=ENVIRONMENT)
    assert done.returncode == 64
    assert "--certificate" in done.stderr and "Usage: gatehouse cert install" in done.stderr


def test_the_example_of_make_server_cert_works(production, tmp_path):
    script = ROOT / "certs/make-server-cert.sh"
    run(ROOT / "certs/make-dev-ca.sh", tmp_path / "ca")
    run(script, tmp_path / "ca", tmp_path / "out", "script.localhost")
    examples = re.findall(r"^#\s+gatehouse (cert install .*)$", script.read_text(), re.MULTILINE)
    assert examples
    for example in examples:
        words = example.replace("NAME", "script.localhost").replace("OUTPUT-DIRECTORY", str(tmp_path / "out"))
        done = gatehouse(production, *shlex.split(words))
        assert done.returncode == 0, done.stderr
    assert shown(production, "script.localhost") in [der(tmp_path / "out" / f"{kind}.crt") for kind in ("rsa", "ecdsa")]
