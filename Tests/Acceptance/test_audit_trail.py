"""The audit trail under load, from outside: readers by checkpoints, and receivers that never answer."""
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from black_hole import black_hole
from log_collector import LogCollector
from product import CONNECTION, PASSWORD, eventually, session
from service import Service


# Checkpoints


def test_no_event_is_lost_and_none_comes_twice_while_others_write(create_tenant):
    tenant = create_tenant()
    writers, each, takes = 6, 25, (1, 7, 50, 100)
    expected = {f"W{writer}-{number}" for writer in range(writers) for number in range(each)}
    start = tenant.api("GET", "/logs?per_page=1").json()[0]["log_id"]
    writing = threading.Event()

    def write(writer):
        http = session(tenant.service.ca_file)
        for number in range(each):
            answer = tenant.api("PUT", f"/rules-configs/W{writer}-{number}", {"value": "x"}, http=http)
            assert answer.status_code == 200, answer.text

    def read(take):
        http, seen, last, deadline = session(tenant.service.ca_file), [], start, time.monotonic() + 90
        # One more look after the last writer has been answered must show everything.
        while time.monotonic() < deadline:
            is_over = writing.is_set()
            answer = tenant.api("GET", f"/logs?from={last}&take={take}", http=http)
            assert answer.status_code == 200 and len(answer.json()) <= take, answer.text
            if answer.json():
                seen += answer.json()
                last = seen[-1]["log_id"]
            elif is_over:
                return seen
        raise AssertionError(f"take {take}: no end after {len(seen)} events")

    tenant.management_token()
    with ThreadPoolExecutor(writers + len(takes)) as pool:
        readers = [pool.submit(read, take) for take in takes]
        for done in [pool.submit(write, writer) for writer in range(writers)]:
            done.result()
        writing.set()
        orders = []
        for take, reader in zip(takes, readers):
            events = reader.result()
            ids = [event["log_id"] for event in events]
            assert ids == sorted(set(ids)), f"take {take}: out of order, or twice"
            keys = [event["details"]["request"]["path"].rsplit("/", 1)[1] for event in events if event["type"] == "sapi"]
            assert len(keys) == len(expected) and set(keys) == expected, f"take {take}"
            orders.append(ids)
    assert all(order == orders[0] for order in orders)


# Log streams


@pytest.fixture(scope="module")
def streaming(binary, artifacts, tmp_path_factory):
    with open(artifacts / "gatehouse-audit.log", "w") as log:
        running = Service(binary, tmp_path_factory.mktemp("audit") / "data", log=log,
                          arguments=["--allow-egress", "127.0.0.1", "--password-cost", "4"])
        running.start()
        yield running
        assert running.stop() == 0


def add_stream(tenant, url, **more):
    answer = tenant.api("POST", "/log-streams", {
        "name": f"s{secrets.token_hex(4)}", "type": "http", **more,
        "sink": {"httpEndpoint": url, "httpContentType": "application/json", "httpContentFormat": "JSONLINES"}})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_receivers_that_never_answer_hold_up_nobody_elses_stream(streaming, create_tenant):
    collector = LogCollector()
    with black_hole() as (nowhere, held):
        good = create_tenant(on=streaming)
        add_stream(good, collector.url)
        # Beside it, in its own tenant as in others, far more receivers hang than there are calls at once.
        add_stream(good, f"{nowhere}/logs")
        others = [create_tenant(on=streaming) for _ in range(6)]
        for tenant in others:
            for _ in range(10):
                add_stream(tenant, f"{nowhere}/logs")
        slowest = 0
        for number in range(8):
            for tenant in others:
                tenant.api("PUT", f"/rules-configs/BUSY{number}", {"value": "x"})
            began = time.monotonic()
            assert good.api("PUT", f"/rules-configs/GOOD{number}", {"value": "x"}).status_code == 200
            assert eventually(lambda: collector.has(f"GOOD{number}"), 30), f"event {number} has not come"
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.5)
        assert held, "nobody has been to the receivers that never answer"
        # One receiver that takes ten seconds is more than this.
        assert slowest < 9, slowest
        print(f"the slowest of 8 events took {slowest:.2f} s beside 61 receivers that never answer")
    ids = [event["log_id"] for event in collector.events]
    assert ids == sorted(set(ids)), "without a crash no event comes twice"
    collector.stop()


def test_a_stream_sends_only_the_groups_of_events_it_was_asked_for(streaming, create_tenant):
    tenant = create_tenant(on=streaming)
    collector, everything = LogCollector(), LogCollector()
    app = tenant.create_client(grant_types=["http://auth0.com/oauth/grant-type/password-realm"])
    user = tenant.create_user()
    made = add_stream(tenant, collector.url, filters=[
        {"type": "category", "name": "auth.login.fail"}, {"type": "category", "name": "auth.token_exchange.success"}])
    assert tenant.api("GET", f"/log-streams/{made['id']}").json()["filters"] == made["filters"]
    add_stream(tenant, everything.url, startFrom="2020-01-01T00:00:00.000Z")
    for password in ("Not-The-Password-1", PASSWORD):
        tenant.token(username=user["email"], password=password, realm=CONNECTION, scope="openid",
                     grant_type="http://auth0.com/oauth/grant-type/password-realm", **app.credentials)
    assert eventually(lambda: {"fp", "sepft"} <= {event["data"]["type"] for event in everything.events}, 15)
    assert eventually(lambda: len(collector.events) >= 2, 15)
    assert {event["data"]["type"] for event in collector.events} == {"fp", "sepft"}
    # From the beginning: what was before the stream as well.
    assert everything.has("Create a client")
    assert tenant.api("POST", "/log-streams", {
        "type": "http", "sink": {"httpEndpoint": collector.url},
        "filters": [{"type": "category", "name": "auth.login"}]}).status_code == 400
    for one in (collector, everything):
        one.stop()
