"""The running service and the tenants the tests share."""
import os
import secrets
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from product import Person, Tenant, resolve_to_loopback  # noqa: E402
from service import Service  # noqa: E402
from wire import Wire  # noqa: E402

resolve_to_loopback()
# Each of the many services started here would make sixteen keys at first, which costs seconds of both cores.
os.environ.setdefault("GATEHOUSE_SPARE_KEYS", "1")
# What a page does in time on a quiet machine it does on a busy one as well, later.
expect.set_options(timeout=15_000)


# What takes minutes begins first: the files of tests are dealt out to several workers, each with a service of its own.
LONGEST = ("test_openapi.py", "test_crash.py", "test_fuzz.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def binary():
    path = Path(os.environ.get("GATEHOUSE_BINARY", ROOT / ".build/debug/gatehouse"))
    assert path.exists(), f"{path} is not there: run `make build` first"
    return path


@pytest.fixture(scope="session")
def artifacts():
    """Where screenshots and the server's output go."""
    folder = ROOT / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def service(binary, artifacts, tmp_path_factory, worker_id):
    with open(artifacts / f"gatehouse-{worker_id}.log", "w") as log:
        running = Service(binary, tmp_path_factory.mktemp("gatehouse") / "data", log=log)
        running.start()
        yield running
        pid = running.pid
        alive = running.running
        status = running.stop()
    assert alive, f"process {pid} died during the tests: see artifacts/gatehouse-{worker_id}.log"
    assert status == 0, f"the service ended with status {status} when it was asked to stop"


@pytest.fixture(autouse=True)
def survives(request):
    """No test, however hostile, may end the process."""
    yield
    if "service" in request.fixturenames:
        assert request.getfixturevalue("service").running, "the service died"


@pytest.fixture(scope="session")
def create_tenant(service):
    """Creates tenants: create_tenant(name=None, region=None, dedicated=False)."""

    def create(name=None, region=None, dedicated=False, base="localhost", on=None):
        running = on or service
        name = name or f"t{secrets.token_hex(5)}"
        arguments = ["tenant", "create", name, "--management-client"]
        if region:
            arguments += ["--region", region]
        if dedicated:
            arguments.append("--dedicated")
        made = running.operate(*arguments)
        domain = running.domain(name, base, region if region != "us" else None)
        return Tenant(running, name, domain, made["management_client"])

    return create


@pytest.fixture(scope="session")
def acme(create_tenant):
    """acme in the region without a label."""
    return create_tenant("acme")


@pytest.fixture(scope="session")
def acme_eu(create_tenant):
    """A tenant of the same name in another region, by the service's own domain."""
    return create_tenant("acme", region="eu", base="auth0.com")


@pytest.fixture(scope="session")
def globex(create_tenant):
    """An unrelated tenant."""
    return create_tenant("globex")


@pytest.fixture(scope="session")
def dedicated(create_tenant, service):
    """A dedicated tenant on a domain of its own."""
    tenant = create_tenant("acme-dedicated", dedicated=True)
    service.operate("domain", "add", tenant.name, "login.acme.test")
    service.operate("domain", "verify", tenant.name, "login.acme.test")
    return tenant.at(f"login.acme.test:{service.https_port}")


@pytest.fixture(scope="session")
def spa(acme):
    return acme.create_client(callbacks=[
        "https://app.example.com/cb", "https://*.spa.example.com/cb", "http://localhost:3000/cb",
    ])


@pytest.fixture(scope="session")
def web(acme):
    return acme.create_web_client(callbacks=["https://web.example.com/cb", "https://web.example.com/other"])


@pytest.fixture(scope="session")
def ada(acme):
    """A user of acme."""
    return acme.create_user(email="ada@example.com", name="Ada Lovelace", nickname="ada")


@pytest.fixture
def person(service):
    """Somebody with a fresh browser."""
    return Person(service.ca_file)


@pytest.fixture
def someone(service):
    """Makes people with fresh browsers."""
    return lambda: Person(service.ca_file)


@pytest.fixture(scope="session")
def wire(service):
    return Wire(service)
