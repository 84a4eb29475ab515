"""A tenant with very much of something: a listing without pages shows all of it (spec 03 §1), and is made while it is
sent, so that the service holds no more of it than a part."""
import json
from pathlib import Path

import pytest

from product import Tenant
from service import Service
from wire import Wire, read_answer

PAGE = "<p>" + "x" * 400_000 + "</p>"
CLIENTS = 150
ANSWER = CLIENTS * len(PAGE)


@pytest.fixture(scope="module")
def alone(binary, tmp_path_factory, artifacts):
    """A service that nobody else asks for anything, so that its memory is what the listings take."""
    with open(artifacts / "gatehouse-listings.log", "w") as log:
        running = Service(binary, tmp_path_factory.mktemp("listings") / "data", log=log)
        running.start()
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def tenant(alone):
    made = alone.operate("tenant", "create", "many", "--management-client")["management_client"]
    tenant = Tenant(alone, "many", alone.domain("many"), made)
    for number in range(CLIENTS):
        answer = tenant.api("POST", "/clients", {"name": f"Client {number}", "custom_login_page": PAGE})
        assert answer.status_code == 201, answer.text
    return tenant


class Peak:
    """How much more memory the service has at most than it had at the beginning."""

    def __init__(self, service):
        self.process = Path(f"/proc/{service.pid}")
        # proc(5): 5 sets the high-water mark to what there is.
        (self.process / "clear_refs").write_text("5")
        self.before = self._of("VmRSS")

    def _of(self, name):
        line = next(line for line in (self.process / "status").read_text().splitlines() if line.startswith(name))
        return int(line.split()[1]) * 1024

    @property
    def growth(self):
        return self._of("VmHWM") - self.before


def test_a_long_listing_is_whole_and_never_held_whole(alone, tenant):
    # What every first request of its kind leaves behind is not what this is about.
    tenant.api("GET", "/clients?fields=name")
    peak = Peak(alone)
    for _ in range(3):
        answer = tenant.api("GET", "/clients")
        assert answer.status_code == 200
        shown = [client for client in answer.json() if client["name"].startswith("Client ")]
        assert [client["name"] for client in shown] == [f"Client {number}" for number in range(CLIENTS)]
        assert all(client["custom_login_page"] == PAGE for client in shown)
    assert peak.growth < ANSWER / 4


def test_nor_is_one_that_shows_little_of_much(alone, tenant):
    peak = Peak(alone)
    names = tenant.api("GET", "/clients?fields=name").json()
    assert len(names) >= CLIENTS
    assert peak.growth < ANSWER / 4


def test_nor_what_origins_are_checked_against(alone, tenant):
    """A preflight is held against the origins of all clients, which are read anew when one has changed."""
    changed = f"/clients/{tenant.management_client['client_id']}"
    peak = Peak(alone)
    for number in range(3):
        assert tenant.api("PATCH", changed, {"description": str(number)}).status_code == 200
        answer = tenant.http.options(tenant.url("oauth/token"), headers={"Origin": "https://nobody.example"})
        assert answer.status_code == 403
    assert peak.growth < ANSWER / 4


def test_HEAD_says_what_GET_would_and_no_more(alone, tenant):
    request = (f"/api/v2/clients?fields=name HTTP/1.1\r\nHost: {tenant.domain}\r\n"
               f"Authorization: Bearer {tenant.management_token()}\r\n\r\n")
    with Wire(alone).connect(tenant.host) as connection:
        connection.sendall(f"HEAD {request}GET {request}".encode())
        head, rest = read_answer(connection, "HEAD")
        assert head.status == 200 and head.header("content-length") is None
        whole, _ = read_answer(connection, "GET", rest)
        assert whole.header("transfer-encoding") == head.header("transfer-encoding") == "chunked"
        assert len(json.loads(whole.body)) >= CLIENTS


def test_a_peer_that_knows_no_chunks_gets_it_to_the_end(alone, tenant):
    answer = Wire(alone).exchange(
        f"GET /api/v2/clients?fields=name HTTP/1.0\r\nHost: {tenant.domain}\r\nConnection: keep-alive\r\n"
        f"Authorization: Bearer {tenant.management_token()}\r\n\r\n", tenant.host)
    assert answer.status == 200
    assert answer.header("transfer-encoding") is None and answer.header("connection") == "close"
    assert len(json.loads(answer.body)) >= CLIENTS
