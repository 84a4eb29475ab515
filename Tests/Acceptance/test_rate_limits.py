"""Callers that call too often are refused for a moment, and nobody else is."""
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from product import CONNECTION, Tenant, fresh_address, session
from service import Service

HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@pytest.fixture(scope="module")
def limited(binary, artifacts, tmp_path_factory):
    """A service that limits, as it does unless it is told otherwise."""
    with open(artifacts / "gatehouse-limited.log", "w") as log:
        running = Service(binary, tmp_path_factory.mktemp("limited") / "data", log=log, rate_limits=True)
        running.start()
        yield running
        assert running.stop() == 0


@pytest.fixture(scope="module")
def tenants(limited):
    made = []
    for name in ("first", "second"):
        client = limited.operate("tenant", "create", name, "--management-client")["management_client"]
        made.append(Tenant(limited, name, limited.domain(name), client))
    return made


@pytest.fixture
def flood(limited):
    """Sends a request until it is refused; how many went through, and the refusal.

    Where fifty a second are forgiven, one caller on a slow machine never gets there: several at once, from one address, do.
    """

    def send(method, url, most=400, at_once=1, **request):
        address, refusals, passed = fresh_address(), [], []

        def one(_):
            http = session(limited.ca_file, address)
            while not refusals and len(passed) < most:
                answer = http.request(method, url, timeout=30, **request)
                if answer.status_code == 429:
                    refusals.append(answer)
                    return
                assert method == "OPTIONS" or all(name in answer.headers for name in HEADERS), answer.headers
                passed.append(answer.status_code)

        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(one, range(at_once)))
        assert refusals, f"{len(passed)} requests went through"
        return len(passed), refusals[0]

    return send


def check(refusal, limit, remaining=0):
    assert refusal.headers["X-RateLimit-Limit"] == str(limit)
    assert int(refusal.headers["X-RateLimit-Remaining"]) <= remaining
    assert int(refusal.headers["X-RateLimit-Reset"]) >= int(time.time())
    assert int(refusal.headers["Retry-After"]) >= 1


def test_the_user_info_endpoint(tenants, flood, limited):
    first, second = tenants
    passed, refusal = flood("GET", first.url("userinfo"), headers={"Authorization": "Bearer x"})
    assert passed >= 20
    check(refusal, 20)
    assert refusal.json()["message"].startswith("Too many requests.")
    assert refusal.headers["Access-Control-Allow-Origin"] == "*"
    # M12: another tenant, and another address, are not affected.
    assert session(limited.ca_file).get(second.url("userinfo"), timeout=30).status_code == 401
    assert session(limited.ca_file).get(first.url("userinfo"), timeout=30).status_code == 401
    assert first.log_types().count("limit_ui") == 1
    assert "limit_ui" not in second.log_types()


def test_the_sign_up_endpoint(tenants, flood):
    client = tenants[0].create_client()
    body = {"client_id": client.client_id, "connection": CONNECTION, "email": "no address", "password": "x"}
    passed, refusal = flood("POST", tenants[0].url("dbconnections/signup"), json=body)
    assert passed >= 50
    # The limit of the endpoint, or the shield against sign-ups, which allows as many: whichever is reached first. Meanwhile
    # the endpoint has forgiven some, as time goes by.
    check(refusal, 50, remaining=50)
    assert refusal.json()["code"] == "too_many_requests"
    assert {"api_limit", "limit_mu"} & set(tenants[0].log_types())


def test_the_management_api(tenants, limited, flood):
    first, second = tenants
    headers = {"Authorization": f"Bearer {first.management_token()}"}
    passed, refusal = flood("GET", first.url("api/v2/clients"), most=2_000, at_once=8, headers=headers)
    assert passed >= 50
    check(refusal, 50)
    assert refusal.json() == {"statusCode": 429, "error": "Too Many Requests", "errorCode": "too_many_requests",
                              "message": "Global limit has been reached"}
    assert second.api("GET", "/clients").status_code == 200


def test_pages_that_nobody_allows_are_counted_by_the_management_api_too(tenants, limited, flood):
    url, evil = tenants[0].url("api/v2/clients"), {"Origin": "https://evil.example"}
    passed, refusal = flood("GET", url, most=2_000, at_once=8, headers=evil)
    assert passed >= 50 and "Access-Control-Allow-Origin" not in refusal.headers
    _, refused = flood("OPTIONS", url, most=2_000, at_once=8, headers=evil)
    assert refused.status_code == 429, "what is refused is written down, so there is an end to it"


def test_the_token_endpoint_has_room_for_an_sdk(tenants, limited):
    http = session(limited.ca_file)
    for _ in range(100):
        answer = tenants[0].token(http=http, grant_type="authorization_code", client_id="nobody", code="x")
        assert answer.status_code == 401 and answer.headers["X-RateLimit-Limit"] == "100"


def test_a_caller_who_waits_may_go_on(tenants, limited):
    http = session(limited.ca_file)
    url = tenants[0].url("userinfo")
    while http.get(url, timeout=30).status_code != 429:
        pass
    time.sleep(1)
    assert http.get(url, timeout=30).status_code == 401


def test_a_service_may_be_told_not_to_limit(acme, service):
    http = session(service.ca_file)
    for _ in range(60):
        answer = http.get(acme.url("userinfo"), timeout=30)
        assert answer.status_code == 401 and "X-RateLimit-Limit" not in answer.headers
