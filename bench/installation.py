"""A Gatehouse set up to be measured."""
import subprocess
import time
from pathlib import Path

from service import LoopbackClient, ManagementClient, Service

HERE = Path(__file__).resolve().parent
NAME = "bench"
HOST = f"{NAME}.localhost"
PASSWORD = "Bench-Password-1"
CALLBACK = "https://app.example.com/cb"


class Installation:
    """A running service with one tenant, used as a context."""

    def __init__(self, options, folder, arguments=(), data="data", environment=None):
        self.service = Service(options.binary, folder / data, arguments=arguments,
                               log=open(folder / "gatehouse.log", "a"), environment=environment)

    def __enter__(self):
        self.start_seconds = self.service.start()
        return self

    def __exit__(self, *_):
        self.service.stop()

    def create_tenant(self):
        made = self.service.operate("tenant", "create", NAME, "--management-client")
        self.credentials = made["management_client"]
        self.management = ManagementClient(self.client(), self.service.domain(NAME), self.credentials)

    def client(self, host=HOST):
        return LoopbackClient(host, self.service.https_port, self.service.ca_file)

    def admin(self, method, path, body=None, expect=(200, 201, 204)):
        if not hasattr(self, "admin_client"):
            self.admin_client = LoopbackClient("127.0.0.1", self.service.admin_port, self.service.ca_file)
            self.admin_headers = {"Authorization": f"Bearer {self.service.admin_token}"}
        return self.admin_client.json(method, path, body, self.admin_headers, expect)

    def settle(self, seconds=60):
        """Waits until the service is idle: after a start it makes spare signing keys, which is not what is measured."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            before = self.service.cpu_seconds()
            time.sleep(0.5)
            if self.service.cpu_seconds() - before < 0.02:
                return
        raise SystemExit(f"the service is still busy with itself after {seconds} s")

    def cpu_of(self, work):
        """The server's CPU seconds spent on some work, and what the work returned."""
        self.settle()
        before = self.service.cpu_seconds()
        result = work()
        time.sleep(0.2)
        return self.service.cpu_seconds() - before, result


def compile_loader(folder):
    """Builds the load generator that opens connections to many names."""
    binary = folder / "load"
    subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-o", str(binary), str(HERE / "load.c"), "-lssl", "-lcrypto",
                    "-lpthread"], check=True)
    return binary


def load(binary, kind, port, hosts_file, seconds, threads, last):
    done = subprocess.run([str(binary), kind, str(port), str(hosts_file), str(seconds), str(threads), last], check=True,
                          capture_output=True, text=True)
    return float(done.stdout)
