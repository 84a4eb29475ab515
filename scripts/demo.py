#!/usr/bin/env python3
"""Starts the service with a demo tenant and the sample application, and tells where everything is.

Called by `make run`. Ends both when interrupted.
"""
import argparse
import email
import email.policy
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from service import LoopbackClient, ManagementClient, Service, ServiceError

ROOT = Path(__file__).resolve().parent.parent
TENANT = "demo"
EMAIL = "ada@example.com"


class Interrupted(Exception):
    """Somebody wants the demo to end."""


def interrupt(*_):
    raise Interrupted


class Notes:
    """What the demo must remember between runs: the management credentials and the demo user's password."""

    def __init__(self, path):
        self.path = path
        self.values = json.loads(path.read_text()) if path.exists() else {}

    def __contains__(self, key):
        return key in self.values

    def __getitem__(self, key):
        return self.values[key]

    def keep(self, key, value):
        self.values[key] = value
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(self.values, file, indent=2)


def ensure_tenant(service, notes):
    if service.operate("tenant", "show", TENANT, check=False).returncode == 0:
        if "management_client" not in notes:
            raise ServiceError(
                f"The tenant '{TENANT}' is there, but {notes.path} with its management client is gone. "
                f"Remove {service.data} to begin afresh."
            )
        return
    created = service.operate("tenant", "create", TENANT, "--management-client")
    notes.keep("management_client", created["management_client"])


def ensure_client(api, origin):
    """The sample application's registration, brought up to date with the port it is served on."""
    wanted = {
        "callbacks": [f"{origin}/"],
        "allowed_logout_urls": [f"{origin}/"],
        "allowed_origins": [origin],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        "oidc_conformant": True,
        "jwt_configuration": {"alg": "RS256", "lifetime_in_seconds": 36000},
    }
    name = "Sample application"
    for client in api.call("GET", "/clients?fields=client_id,name&per_page=100"):
        if client["name"] == name:
            api.call("PATCH", f"/clients/{client['client_id']}", wanted)
            return client["client_id"]
    return api.call("POST", "/clients", {"name": name, "app_type": "spa", **wanted})["client_id"]


def ensure_connection(api, client_id):
    connection = next(c for c in api.call("GET", "/connections?strategy=auth0"))
    enabled = connection.get("enabled_clients", [])
    if client_id not in enabled:
        api.call("PATCH", f"/connections/{connection['id']}", {"enabled_clients": [*enabled, client_id]})
    return connection["name"]


def ensure_user(api, connection, notes):
    if "password" not in notes:
        notes.keep("password", f"Demo-{secrets.token_hex(4)}")
    api.call("POST", "/users", {
        "connection": connection, "email": EMAIL, "password": notes["password"], "email_verified": True,
        "name": "Ada Lovelace", "nickname": "ada",
    }, expect=(201, 409))


def start_application(service, options, client_id):
    command = [sys.executable, str(ROOT / "Examples/spa/serve.py"), "--quiet", "--domain", service.domain(TENANT),
               "--client-id", client_id, "--ca-file", service.ca_file, "--port", str(options.spa_port)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", options.spa_port), 1).close()
            return process
        except OSError:
            time.sleep(0.05)
    raise ServiceError(f"The sample application did not start; is port {options.spa_port} in use?")


def greet(service, options, notes):
    data = os.path.relpath(service.data)
    print(f"""
  Gatehouse is up. Stop it with Ctrl-C.

    Sample application   http://localhost:{options.spa_port}/
    Log in as            {EMAIL}
    Password             {notes['password']}

    Tenant               https://{service.domain(TENANT)}/
    Discovery            https://{service.domain(TENANT)}/.well-known/openid-configuration
    Admin port           https://127.0.0.1:{service.admin_port}/   (bearer token in {data}/admin-token)
    Management client    client id and secret in {data}/demo.json
    Log                  {data}/gatehouse.log
    Mails                {data}/outbox, and here as they come

  Browsers must trust {data}/ca.pem first; README.md says how.
""", flush=True)


def print_mails(service):
    """Shows each message the service would have sent, for ever."""
    folder = service.data / "outbox"
    known = set(folder.glob("*")) if folder.exists() else set()
    while True:
        time.sleep(0.5)
        for file in sorted(set(folder.glob("*")) - known) if folder.exists() else []:
            known.add(file)
            print(f"  {describe_mail(file)}", flush=True)


def describe_mail(file):
    if file.suffix == ".txt":
        return f"SMS: {' '.join(file.read_text().split())}"
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    text = message.get_body(("plain",)).get_content()
    link = re.search(r"https://[^\s<>]+", text)
    return f"Mail to {message['To']}: {message['Subject']}" + (f"\n    {link.group(0)}" if link else "")


def start(service):
    print("Starting …", flush=True)
    beginning = Path(service.log.name).stat().st_size
    try:
        service.start(timeout=60)
    except ServiceError as error:
        with open(service.log.name) as log:
            log.seek(beginning)
            raise ServiceError(f"{error}\n{log.read()[-2000:]}") from None


def run(options):
    data = Path(options.data)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(data / "gatehouse.log", "a") as log:
        service = Service(options.binary, data, https_port=options.https_port, http_port=options.http_port,
                          admin_port=options.admin_port, log=log)
        return run_with(service, options)


def run_with(service, options):
    application = None
    try:
        start(service)
        notes = Notes(service.data / "demo.json")
        ensure_tenant(service, notes)
        domain = service.domain(TENANT)
        http_client = LoopbackClient(domain.partition(":")[0], service.https_port, service.ca_file)
        api = ManagementClient(http_client, domain, notes["management_client"])
        client_id = ensure_client(api, f"http://localhost:{options.spa_port}")
        ensure_user(api, ensure_connection(api, client_id), notes)
        http_client.close()
        application = start_application(service, options, client_id)
        greet(service, options, notes)
        threading.Thread(target=print_mails, args=(service,), daemon=True).start()
        return wait_for_either(service.process, application)
    except Interrupted:
        print("\nStopping …", flush=True)
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if application and application.poll() is None:
            application.terminate()
            application.wait()
        service.stop()


def wait_for_either(*processes):
    """Returns the status of the process that ends first."""
    ended = threading.Event()
    for process in processes:
        threading.Thread(target=lambda p=process: (p.wait(), ended.set()), daemon=True).start()
    ended.wait()
    return next(process.returncode for process in processes if process.poll() is not None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--data", default="data")
    parser.add_argument("--https-port", type=int, default=8443)
    parser.add_argument("--http-port", type=int, default=8080)
    parser.add_argument("--admin-port", type=int, default=8444)
    parser.add_argument("--spa-port", type=int, default=3000)
    options = parser.parse_args()
    # What is written here is for its owner alone.
    os.umask(0o077)
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        return run(options)
    except ServiceError as error:
        print(f"make run: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
