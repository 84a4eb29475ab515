"""Recorded management traffic of the original, replayed."""
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from identity_providers import IdentityProviders
from recorded_world import Recordings, Stage
from service import Service

SHARED = Path(__file__).resolve().parents[3] / "shared"
REPLAY = SHARED / "tools/replay.py"
PROFILE = SHARED / "tools/profile2017.json"
# The tool, in a process where the names of tenants lead to this machine.
PLAY = ("import runpy, sys; from product import resolve_to_loopback; resolve_to_loopback(); sys.argv.pop(0); "
        "runpy.run_path(sys.argv[0], run_name='__main__')")

pytestmark = pytest.mark.skipif(not REPLAY.exists(), reason="the recordings are not here")


@dataclass
class Corpus:
    """One file of recordings and what of it has to replay."""
    name: str
    #: The least share of the interactions that can run.
    floor: float
    #: The least number of interactions that pass: it falls when fewer of them can run.
    passes: int
    #: The least share of each family's.
    family_floor: float = 0
    arguments: tuple = ()
    #: Why interactions do not pass, by a pattern of "family METHOD template reasons", with the most there may be. Where
    #: there are any, everything else has to pass.
    exceptions: dict = field(default_factory=dict)


OKTA = ("recorded both ways for the same request: in May 2025 the given authorization endpoint gave way to the domain's, "
        "before (October 2024) and after it (2025, 2026) it stayed; those answers have no schema_version, of which no "
        "request says anything")
PARTNER = "a name with chance in it, in a property the tool takes for one with a meaning"
DOMAINS = ("a tenant's only domain has CNAME in two recordings of August 2024 and cname in all others; the one of January "
           "2026 was edited by its authors")
STRIPPED = "refused for an option that the profile takes out of the request"
BUILDING = "recorded while the original was building what is built at once here"
NOT_RUN = "nothing runs actions, sends event streams or notifications, or imports keys: there is no such route"
ELSEWHERE = "a session, token, user or client of the recorded tenant"
OLDER = "answered 200 until the middle of September 2024, 201 since"
CONNECTOR = "a ticket of the AD connector, which is not there"
GUARDIAN = "approvals go by mail here, and a client is not said to have another channel"

PROFILED = ("--profile", str(PROFILE), "--strip-later")

CORPORA = [
    Corpus("management-2022", 1, 467, arguments=PROFILED),
    Corpus("management-2026", 0.98, 487, family_floor=0.9, arguments=PROFILED, exceptions={
        r"^connections POST .*status 201, recorded 400": (4, STRIPPED),
        r"^connections .*options\.authorization_endpoint: https://example.com, recorded https://domain.okta.com": (5, OKTA),
    }),
    # Those four with the option they are refused for.
    Corpus("management-2026:refusals", 1, 4, arguments=(
        "--match", "It_handles_Auth0_Connection_(Attribute_required|Cannot_set|With_No_attribute)")),
    Corpus("later-2022", 0.94, 376, exceptions={
        r"^actions GET .*status: built, recorded building": (8, BUILDING),
        r"^actions POST .*/test status 404": (1, NOT_RUN),
        r"^log-streams .*awsPartnerEventSource": (7, PARTNER),
        r"^organizations GET .*limit: 50, recorded 1": (2, "two listings that tell their length as the limit"),
    }),
    Corpus("later-2026", 0.9, 1105, exceptions={
        r"^actions (GET|POST) .*(built|BUILT), recorded (building|pending|PENDING)": (16, BUILDING),
        r"^actions POST .*/test status 404": (1, NOT_RUN),
        r"^authentication ": (12, ELSEWHERE),
        r"^branding POST .*/try status 404": (2, NOT_RUN),
        r"^clients .*async_approval_notification_channels": (11, GUARDIAN),
        r"^clients POST .*/cimd/register status 404": (1, "clients are not read out of documents of their own"),
        r"^clients GET .*not allowed: q'": (1, "clients are not searched by grants"),
        r"^connections .*provisioning_ticket_url": (6, CONNECTOR),
        r"^connections .*/keys(/rotate)? status 404": (5, "connections have no keys of their own"),
        r"^custom-domains POST .*(recorded CNAME|is_default)": (3, DOMAINS),
        r"^event-streams .*status 404": (9, NOT_RUN),
        r"^(event|log)-streams .*(aws_partner_event_source|awsPartnerEventSource)": (16, PARTNER),
        r"^(flows|forms) POST .*status 201, recorded 200": (8, OLDER),
        r"^jobs GET .*/errors status 204": (1, "asked before the job has run: recorded after a wait"),
        r"^keys POST .*/keys/encryption": (4, NOT_RUN),
        r"^organizations GET .*limit: 50, recorded 1": (2, "two listings that tell their length as the limit"),
        r"^organizations (GET|POST) .*/members": (4, "members in an order that nothing says, and one of the recorded tenant"),
        r"^(refresh-tokens|sessions|users) GET .*status 404, recorded 200.*does not exist": (6, ELSEWHERE),
        r"^roles GET .*/users .*item missing": (2, "users who got a role at the same moment, in an order that nothing says"),
        r"^self-service-profiles POST .*/sso-ticket status 404": (2, NOT_RUN),
        r"^self-service-profiles GET .*item missing": (1, "the tool takes another profile of the same name for it"),
        r"^user-attribute-profiles GET .*/templates": (2, "the original's own list of attributes"),
        r"^users (POST|PUT) .*/authentication-methods status 405": (2, "factors are added by their users"),
        r"^users .*(risk-assessments|federated-connections-tokensets|connected-accounts)": (4, NOT_RUN),
    }),
]


@pytest.fixture(scope="module")
def providers():
    """The identity providers of the recordings, which are not to be reached: Microsoft's, Okta's, example.com."""
    made = IdentityProviders()
    yield made
    made.close()


@pytest.fixture(scope="module")
def make_tenant(binary, artifacts, tmp_path_factory, create_tenant, providers):
    """Makes tenants as the recorded one was, of a service that finds the identity providers here."""
    with open(artifacts / "gatehouse-replay.log", "w") as log:
        running = Service(binary, tmp_path_factory.mktemp("replay") / "data", log=log, arguments=providers.arguments)
        running.start()

        def make():
            tenant = create_tenant(dedicated=True, on=running)
            # The recorded tenant's own setting, which no recording makes.
            tenant.api("PATCH", "/tenants/settings", {"default_redirection_uri": "https://mycompany.org/login"})
            return tenant

        yield make
        assert running.stop() == 0


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.name)
def test_recorded_traffic_replays(corpus, make_tenant, providers, tmp_path):
    recordings = Recordings(SHARED / f"corpus/{corpus.name.partition(':')[0]}.jsonl.gz")
    stage = Stage(recordings, providers, make_tenant, tmp_path)
    report = tmp_path / "report.json"
    done = subprocess.run(
        [sys.executable, "-c", PLAY, str(REPLAY), stage.main.issuer.rstrip("/"), stage.main.management_token(),
         str(recordings.write(tmp_path / "recordings.jsonl")), "--cacert", stage.main.service.ca_file,
         "--tenant-cmd", stage.command, "--quiet", "--json", str(report), *corpus.arguments],
        capture_output=True, text=True, timeout=600, cwd=Path(__file__).parent,
    )
    print(done.stdout)
    assert report.exists(), done.stderr[-4000:]
    results = json.loads(report.read_text())
    runnable = [row for row in results["results"] if row["result"] in ("PASS", "FAIL")]
    failed = [row for row in runnable if row["result"] == "FAIL"]
    passed = len(runnable) - len(failed)
    unnamed, found = [], dict.fromkeys(corpus.exceptions, 0)
    for row in failed:
        line = f"{row['family']} {row['method']} {row['template']} {'; '.join(row['reasons'])}"
        pattern = next((pattern for pattern in corpus.exceptions if re.search(pattern, line)), None)
        if pattern:
            found[pattern] += 1
        elif corpus.exceptions:
            unnamed.append(f"{row['cassette']} #{row['seq']} {line[:400]}")
    too_many = [f"{found[pattern]} of {pattern!r}: {reason}" for pattern, (most, reason) in corpus.exceptions.items()
                if found[pattern] > most]
    assert not unnamed and not too_many, "\n".join(unnamed + too_many)
    assert passed >= corpus.passes and passed / len(runnable) >= corpus.floor, f"{passed} of {len(runnable)} passed"
    for family in {row["family"] for row in runnable}:
        results = [row["result"] == "PASS" for row in runnable if row["family"] == family]
        assert sum(results) / len(results) >= corpus.family_floor, f"{family}: {sum(results)} of {len(results)} passed"
