"""Users, the audit trail, statistics and jobs, as the vendor's Python SDK uses them."""
import csv
import gzip
import io
import json
import os
import secrets
import signal
import time
from datetime import datetime, timezone

import pytest
from auth0.exceptions import Auth0Error
from auth0.management import Auth0

from log_collector import LogCollector
from product import CONNECTION, PASSWORD, Person, eventually
from service import Service


@pytest.fixture(autouse=True)
def trust_the_authority(service, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca_file)


@pytest.fixture(scope="module")
def tenant(create_tenant):
    return create_tenant()


@pytest.fixture
def management(tenant):
    return Auth0(tenant.domain, tenant.management_token())


def connection_id(tenant):
    return tenant.api("GET", f"/connections?name={CONNECTION}").json()[0]["id"]


def new_user(management, **more):
    return management.users.create({
        "connection": CONNECTION, "email": f"u{secrets.token_hex(5)}@example.com", "password": PASSWORD, **more})


def refused(status, call, *arguments, **options):
    with pytest.raises(Auth0Error) as refusal:
        call(*arguments, **options)
    assert refusal.value.status_code == status, refusal.value
    return refusal.value


def finished(management, job, within=30):
    assert eventually(lambda: management.jobs.get(job["id"])["status"] in ("completed", "failed"), within)
    return management.jobs.get(job["id"])


# Users


def test_a_user_is_made_changed_found_and_deleted(management):
    user = new_user(management, user_metadata={"color": "teal", "size": 3})
    assert management.users.get(user["user_id"], fields=["email"]) == {"email": user["email"]}
    changed = management.users.update(user["user_id"], {"user_metadata": {"size": None, "shape": "round"}})
    assert changed["user_metadata"] == {"color": "teal", "shape": "round"}
    assert management.users_by_email.search_users_by_email(user["email"].upper())[0]["user_id"] == user["user_id"]
    found = management.users.list(q="user_metadata.shape:round", search_engine="v3")
    assert [one["user_id"] for one in found["users"]] == [user["user_id"]] and found["total"] == 1
    management.users.delete(user["user_id"])
    management.users.delete(user["user_id"])
    refused(404, management.users.get, user["user_id"])
    assert management.users_by_email.search_users_by_email(user["email"]) == []


def test_what_a_user_may_not_be_is_refused(management):
    user = new_user(management)
    refused(409, management.users.create,
            {"connection": CONNECTION, "email": user["email"], "password": PASSWORD})
    refused(400, management.users.update, user["user_id"], {"user_id": "auth0|other"})
    refused(400, management.users_by_email.search_users_by_email, "")
    syntax = refused(400, management.users.list, q="name:(a AND")
    assert syntax.error_code == "invalid_query_string" and "character 12" in syntax.message


def test_a_linked_identity_logs_in_as_the_primary_user_until_it_is_unlinked(tenant, management, someone):
    client = tenant.create_client()
    first, second = new_user(management), new_user(management)
    identities = management.users.link_user_account(
        first["user_id"], {"provider": "auth0", "user_id": second["user_id"]})
    assert [one["profileData"]["email"] for one in identities] == [first["email"], second["email"]]
    refused(409, management.users.link_user_account, first["user_id"],
            {"provider": "auth0", "user_id": second["user_id"]})
    refused(404, management.users.link_user_account, first["user_id"], {"provider": "auth0", "user_id": "nobody"})

    def subject(email):
        tokens = someone().tokens(tenant, client, email)
        return tenant.http.get(
            tenant.url("userinfo"), headers={"Authorization": f"Bearer {tokens['access_token']}"}).json()["sub"]

    assert subject(second["email"]) == first["user_id"] == subject(first["email"])
    left = management.users.unlink_user_account(first["user_id"], "auth0", second["user_id"].split("|")[1])
    assert len(left) == 1
    assert subject(second["email"]) == second["user_id"]


def test_users_are_linked_by_an_id_token_of_the_other_account(tenant, management, someone):
    client = tenant.create_client()
    first, second = new_user(management), new_user(management)
    token = someone().tokens(tenant, client, second["email"])["id_token"]
    identities = management.users.link_user_account(first["user_id"], {"link_with": token})
    assert len(identities) == 2
    head, body, signature = token.split(".")
    refused(400, management.users.link_user_account, first["user_id"],
            {"link_with": f"{head}.{body}.{signature[::-1]}"})


def test_a_page_reads_and_writes_its_own_user_by_the_id_token_where_the_tenant_lets_it(create_tenant, someone):
    tenant = create_tenant()
    client, user = tenant.create_client(), tenant.create_user()
    other = tenant.create_user()
    token = someone().tokens(tenant, client, user["email"])["id_token"]
    myself = Auth0(tenant.domain, token)
    assert refused(401, myself.users.get, user["user_id"]).message == "Invalid token"
    settings = tenant.api("PATCH", "/tenants/settings", {"flags": {"enable_idtoken_api2": True}})
    assert settings.status_code == 200, settings.text
    assert myself.users.get(user["user_id"])["email"] == user["email"]
    changed = myself.users.update(user["user_id"], {"user_metadata": {"color": "teal"}})
    assert changed["user_metadata"] == {"color": "teal"}
    refused(403, myself.users.update, user["user_id"], {"app_metadata": {"admin": True}})
    refused(403, myself.users.get, other["user_id"])
    refused(403, myself.users.list)

    def from_page(origin):
        headers = {"Authorization": f"Bearer {token}", "Origin": origin}
        path = f"api/v2/users/{user['user_id'].replace('|', '%7C')}"
        return tenant.http.get(tenant.url(path), headers=headers, timeout=30)

    seen = from_page("https://app.example.com")
    assert seen.status_code == 200 and seen.json()["email"] == user["email"]
    assert seen.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "origin" in seen.headers["Vary"].lower()
    assert from_page("https://evil.example").status_code == 403


# The audit trail


def test_logs_are_searched_and_read_from_checkpoints(tenant, management, someone):
    client = tenant.create_client()
    user = new_user(management)
    someone().tokens(tenant, client, user["email"])
    events = management.users.get_log_events(user["user_id"])
    assert {"s", "seacft"} <= {event["type"] for event in events}
    found = management.logs.search(q=f'type:s AND client_id:"{client.client_id}"')["logs"]
    assert [event["user_id"] for event in found] == [user["user_id"]]
    assert found[0]["strategy_type"] == "database" and found[0]["connection"] == CONNECTION
    assert management.logs.get(found[0]["log_id"])["_id"] == found[0]["_id"]
    refused(404, management.logs.get, "9" * 56)
    refused(400, management.logs.search, page=10, per_page=100)
    refused(400, management.logs.search, q="type:(s")

    seen, last = [], None
    while page := management.logs.search(from_param=last, take=7):
        seen += [event["log_id"] for event in page]
        last = page[-1]["log_id"]
        if len(page) < 7:
            break
    assert seen == sorted(set(seen)) and found[0]["log_id"] in seen


def test_statistics_count_each_user_once(tenant, management, someone):
    client = tenant.create_client()
    before = management.stats.active_users()
    user = new_user(management)
    for _ in range(2):
        someone().tokens(tenant, client, user["email"])
    assert management.stats.active_users() == before + 1
    now = datetime.now(timezone.utc)
    today = management.stats.daily_stats(now.strftime("%Y%m%d"), now.strftime("%Y%m%d"))
    assert today[0]["logins"] >= 2 and today[0]["date"].startswith(now.strftime("%Y-%m-%d"))
    report = tenant.api("GET", f"/stats/active-users/by-client?month={now:%Y-%m}").json()
    mine = next(one for one in report["clients"] if one["client_id"] == client.client_id)
    assert mine["by_type"]["database"] == mine["total"] == 1
    assert report["total"] == sum(one["total"] for one in report["clients"])
    refused(400, management.stats.daily_stats, "yesterday", "today")


# Jobs


def test_users_are_imported_and_exported(tenant, management):
    users = [{"email": f"i{number}@import.example", "app_metadata": {"batch": "one", "number": number}}
             for number in range(300)]
    users[7]["email"] = "no address"
    job = management.jobs.import_users(connection_id(tenant), io.StringIO(json.dumps(users)),
                                       send_completion_email=False)
    assert job["status"] == "pending" and job["type"] == "users_import"
    done = finished(management, job)
    assert done["status"] == "completed" and done["summary"] == {
        "failed": 1, "updated": 0, "inserted": 299, "total": 300}
    errors = management.jobs.get_failed_job(job["id"])
    assert len(errors) == 1 and errors[0]["user"]["email"] == "no address"
    assert management.users.list(q="app_metadata.batch:one AND app_metadata.number:[0 TO 9]")["total"] == 9

    job = management.jobs.export_users({
        "connection_id": connection_id(tenant), "format": "csv",
        "fields": [{"name": "email"}, {"name": "app_metadata.number", "export_as": "number"}]})
    location = finished(management, job)["location"]
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(tenant.http.get(location).content).decode())))
    numbers = {row["email"]: row["number"] for row in rows}
    assert numbers["i8@import.example"] == "8" and len(numbers) >= 299
    assert tenant.http.get(location[:-1] + ("0" if location[-1] != "0" else "1")).status_code == 404


def test_jobs_that_cannot_be(tenant, management, globex):
    refused(404, management.jobs.get, "job_0000000000000000")
    refused(400, management.jobs.import_users, "con_0000000000000000", io.StringIO("[]"))
    refused(404, management.jobs.send_verification_email, {"user_id": "auth0|nobody"})
    job = management.jobs.export_users({"connection_id": connection_id(tenant)})
    location = finished(management, job)["location"]
    # M4: neither the job nor its file is anybody else's.
    assert globex.api("GET", f"/jobs/{job['id']}").status_code == 404
    assert globex.http.get(globex.url(location.split("/", 3)[3])).status_code == 404


def test_a_verification_mail_is_a_job(management):
    user = new_user(management)
    job = management.jobs.send_verification_email({"user_id": user["user_id"]})
    assert finished(management, job)["status"] == "completed"


def test_a_big_import_is_refused_before_it_is_read_and_never_held_in_memory(tenant, service):
    form = b"--x\r\nContent-Disposition: form-data; name=\"users\"; filename=\"u\"\r\n\r\n"

    def body():
        yield form
        for _ in range(300):
            yield b" " * (1 << 20)
        yield b"[]\r\n--x\r\nContent-Disposition: form-data; name=\"connection_id\"\r\n\r\n"
        yield connection_id(tenant).encode() + b"\r\n--x--\r\n"

    before = service.resident_bytes()
    answer = tenant.http.post(
        tenant.url("api/v2/jobs/users-imports"), data=body(), timeout=300,
        headers={"Authorization": f"Bearer {tenant.management_token()}",
                 "Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 202, answer.text
    assert service.resident_bytes() - before < 150 << 20
    refusal = tenant.http.post(
        tenant.url("api/v2/jobs/users-imports"), data=b"x" * 1000,
        headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert refusal.status_code == 401


def test_an_import_survives_kill(binary, artifacts, tmp_path, create_tenant, monkeypatch):
    with open(artifacts / "gatehouse-import.log", "w") as log:
        running = Service(binary, tmp_path / "data", log=log)
        running.start()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", running.ca_file)
        tenant = create_tenant(on=running)
        management = Auth0(tenant.domain, tenant.management_token())
        users = [{"email": f"k{number}@import.example"} for number in range(20_000)]
        job = management.jobs.import_users(connection_id(tenant), io.StringIO(json.dumps(users)),
                                           send_completion_email=False)
        assert eventually(lambda: management.jobs.get(job["id"])["status"] == "processing", 30)
        os.kill(running.pid, signal.SIGKILL)
        running.stop()
        running.start()
        tenant.domain = running.domain(tenant.name)
        tenant.http.close()
        management = Auth0(tenant.domain, Tenant_token(tenant))
        done = finished(management, job, 180)
        assert done["summary"] == {"failed": 0, "updated": 0, "inserted": 20_000, "total": 20_000}
        assert management.users.list(per_page=1)["total"] == 20_000
        running.stop()


def Tenant_token(tenant):
    tenant._token = None
    return tenant.management_token()


# Log streams


def sink(url):
    return {"httpEndpoint": url, "httpContentType": "application/json", "httpContentFormat": "JSONLINES",
            "httpAuthorization": "Bearer collector"}


def test_log_streams_are_managed(management):
    made = management.log_streams.create({"name": "one", "type": "http", "sink": sink("https://example.com/logs")})
    assert made["status"] == "active" and made["id"].startswith("lst_")
    assert management.log_streams.get(made["id"]) == made and made in management.log_streams.list()
    assert management.log_streams.update(made["id"], {"status": "paused"})["status"] == "paused"
    management.log_streams.delete(made["id"])
    refused(404, management.log_streams.get, made["id"])
    refused(400, management.log_streams.create, {"name": "two", "type": "http", "sink": {}})
    refused(400, management.log_streams.create, {"name": "two", "type": "pigeon", "sink": {}})


def test_a_collector_receives_every_event_through_failures_and_kill(binary, artifacts, tmp_path, create_tenant,
                                                                    monkeypatch):
    collector = LogCollector()
    with open(artifacts / "gatehouse-streams.log", "w") as log:
        running = Service(binary, tmp_path / "data", log=log, arguments=["--allow-egress", "127.0.0.1"])
        running.start()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", running.ca_file)
        tenant = create_tenant(on=running)
        management = Auth0(tenant.domain, tenant.management_token())
        management.log_streams.create({"name": "c", "type": "http", "sink": sink(collector.url)})
        collector.failures = 2
        for _ in range(20):
            new_user(management)
        os.kill(running.pid, signal.SIGKILL)
        running.stop()
        running.start()
        tenant.domain = running.domain(tenant.name)
        management = Auth0(tenant.domain, Tenant_token(tenant))
        expected = {event["log_id"] for event in management.logs.search(q='description:"Create a user"')["logs"]}
        assert len(expected) == 20
        assert eventually(lambda: expected <= {event["log_id"] for event in collector.events}, 20)
        assert collector.headers[0]["Authorization"] == "Bearer collector"
        assert all(event["data"]["log_id"] == event["log_id"] for event in collector.events)
        running.stop()
    collector.stop()


def test_m10_a_stream_reaches_nothing_inside(management, tenant):
    collector = LogCollector()
    made = management.log_streams.create({"name": "inside", "type": "http", "sink": sink(collector.url)})
    new_user(management)
    time.sleep(2)
    assert collector.events == [] and collector.headers == []
    management.log_streams.delete(made["id"])
    collector.stop()
