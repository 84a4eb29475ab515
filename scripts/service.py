"""Starts and operates a Gatehouse from a script: shared by the demo, the acceptance tests and the benchmark."""
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path


class ServiceError(Exception):
    """The service or one of its commands did not do what it was asked."""


class Service:
    """One Gatehouse process on a data directory; port 0 lets it choose."""

    def __init__(self, binary, data, base_domains=("localhost", "auth0.com"), https_port=0, http_port=0, admin_port=0,
                 arguments=(), log=None, rate_limits=False, environment=None):
        self.binary = str(Path(binary).resolve())
        self.data = Path(data).resolve()
        self.base_domains = base_domains
        self.ports = {"https": https_port, "http": http_port, "admin": admin_port}
        self.arguments = list(arguments)
        # Scripts send thousands of requests from one address.
        self.rate_limits = rate_limits
        # None for this script's own.
        self.environment = environment
        self.log = log
        self.process = None

    def start(self, timeout=30):
        """Starts the process and waits until it serves. Returns the seconds that took."""
        self.data.mkdir(parents=True, exist_ok=True)
        ready_file = self.data / "ready.json"
        ready_file.unlink(missing_ok=True)
        command = [self.binary, "serve", "--data", str(self.data), "--ready-file", str(ready_file)]
        for name, port in self.ports.items():
            command += [f"--{name}-port", str(port)]
        command += ["--rate-limits", "on" if self.rate_limits else "off"]
        for domain in self.base_domains:
            command += ["--base-domain", domain]
        began = time.monotonic()
        # A session of its own: an interrupt typed at the terminal reaches the starter alone, which then stops
        # the service in order.
        self.process = subprocess.Popen(command + self.arguments, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT if self.log else None, start_new_session=True,
                                        env=self.environment)
        while True:
            ready = self._read(ready_file)
            if ready:
                break
            if self.process.poll() is not None:
                raise ServiceError(f"gatehouse ended with status {self.process.returncode} before it was ready")
            if time.monotonic() - began > timeout:
                self.kill()
                raise ServiceError(f"gatehouse was not ready after {timeout} s")
            time.sleep(0.005)
        self.https_port, self.http_port = ready["https_port"], ready["http_port"]
        self.admin_port = ready["admin_port"]
        return time.monotonic() - began

    @staticmethod
    def _read(ready_file):
        try:
            return json.loads(ready_file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def ca_file(self):
        return str(self.data / "ca.pem")

    @property
    def admin_token(self):
        return (self.data / "admin-token").read_text().strip()

    def domain(self, name, base="localhost", region=None):
        """The tenant's host name as its issuer shows it."""
        labels = [name, region, base] if region else [name, base]
        host = ".".join(labels)
        return host if self.https_port == 443 else f"{host}:{self.https_port}"

    def stop(self, timeout=40):
        """Asks the process to finish its work and end; the way an operator stops it."""
        if self.running:
            self.process.terminate()
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise ServiceError(f"gatehouse did not end within {timeout} s") from None
        return self.process.returncode if self.process else None

    def kill(self):
        """Ends the process at once, as a power cut would."""
        if self.running:
            os.kill(self.pid, signal.SIGKILL)
            self.process.wait()

    def operate(self, *arguments, check=True):
        """Runs an operator command, such as ("tenant", "create", "acme"), and returns its JSON."""
        command = [self.binary, *arguments, "--json", "--admin-url", f"https://127.0.0.1:{self.admin_port}",
                   "--admin-token-file", str(self.data / "admin-token"), "--ca-file", self.ca_file]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        if not check:
            return done
        if done.returncode != 0:
            raise ServiceError(f"gatehouse {' '.join(arguments)}: {(done.stderr or done.stdout).strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def cpu_seconds(self):
        """User and system time the process has spent."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        """Resident memory of the process."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise ServiceError("the process has no resident memory")


class LoopbackClient:
    """JSON over HTTPS to one host name that lives on loopback, over one kept connection."""

    def __init__(self, host, port, ca_file):
        self.host, self.port = host, port
        self.tls = ssl.create_default_context(cafile=ca_file)
        self.connection = None

    def _connect(self):
        connection = http.client.HTTPSConnection(self.host, self.port, context=self.tls, timeout=30)
        plain = socket.create_connection(("127.0.0.1", self.port), 30)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sock = self.tls.wrap_socket(plain, server_hostname=self.host)
        return connection

    def send(self, method, path, body=None, headers=None):
        """Returns (status, headers, text)."""
        self.connection = self.connection or self._connect()
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        try:
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            text = response.read().decode()
        except (http.client.HTTPException, OSError):
            self.close()
            raise
        if response.will_close:
            self.close()
        return response.status, response.headers, text

    def json(self, method, path, body=None, headers=None, expect=(200, 201)):
        status, _, text = self.send(method, path, body, headers)
        if status not in expect:
            raise ServiceError(f"{method} {path} answered {status}: {text}")
        return json.loads(text) if text else None

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None


class ManagementClient:
    """/api/v2 of one tenant with a token by client credentials."""

    def __init__(self, http_client, domain, credentials):
        self.http = http_client
        audience = f"https://{domain}/api/v2/"
        answer = http_client.json("POST", "/oauth/token", {
            "grant_type": "client_credentials", "audience": audience, **credentials,
        })
        self.headers = {"Authorization": f"Bearer {answer['access_token']}"}

    def call(self, method, path, body=None, expect=(200, 201, 204)):
        return self.http.json(method, f"/api/v2{path}", body, self.headers, expect)
