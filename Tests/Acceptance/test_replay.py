"""Recorded management traffic of the original, replayed."""
import gzip
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
REPLAY = SHARED / "tools/replay.py"
PROFILE = SHARED / "tools/profile2017.json"
# The tool says what {{TENANT}} stands for before it looks for a value it has learnt, so it never finds one that has
# the tenant's name inside (the record of a custom domain). Where nothing else asks for the name, it stands for itself.
TENANT_STANDS_FOR_ITSELF = ("--tenant", "{{TENANT}}")

pytestmark = pytest.mark.skipif(not REPLAY.exists(), reason="the recordings are not here")


@dataclass
class Corpus:
    """One file of recordings and what of it has to replay."""
    name: str
    #: The least share of the interactions that can run.
    floor: float
    #: The least number of interactions that pass: it falls when fewer of them can run.
    passes: int
    arguments: tuple = ()
    #: Why interactions do not pass, by a pattern of "family METHOD template reasons", with the most there may be. Where
    #: there are any, everything else has to pass.
    exceptions: dict = field(default_factory=dict)


LOGS = "what stands in the recorded tenant's own log, by whatever ran there before"
THIRD_PARTY = "read out of a third party's metadata when it was recorded: keys of Microsoft (two recordings have two lists)"
DISCOVERY = "read out of a discovery document that is not where the recording says"
OKTA = ("recorded both ways for the same request: in May 2025 the given authorization endpoint gave way to the domain's, "
        "before (October 2024) and after it (2025, 2026) it stayed")
PARTNER = "a name with chance in it, in a property the tool takes for one with a meaning"
DOMAINS = "the record of a custom domain is CNAME in recordings from 2024 on and cname before, and not the tenant's primary one"
RECORD = "the tool never finds a value it has learnt with the tenant's name inside"
STRIPPED = "refused for an option that the profile takes out of the request"
BUILDING = "recorded while the original was building what is built at once here"
NOT_RUN = "nothing runs actions, sends event streams or notifications, or imports keys: there is no such route"
ELSEWHERE = "a session, token, user or client of the recorded tenant"
OLDER = "answered 200 until the middle of September 2024, 201 since"
METADATA = "the original has read the identity provider's metadata; nothing here does yet"
CONNECTOR = "a ticket of the AD connector, which is not there"
GUARDIAN = "approvals go by mail here, and a client is not said to have another channel"

PROFILED = ("--profile", str(PROFILE), "--strip-later")

CORPORA = [
    Corpus("management-2022", 0.98, 465, (*PROFILED, *TENANT_STANDS_FOR_ITSELF), {
        r"^logs GET ": (2, LOGS),
        r"^clients GET .*clients\.tenant": (1, "the tenant's name, which the tool is not told here"),
    }),
    Corpus("management-2026", 0.94, 472, PROFILED, {
        r"^connections POST .*status 201, recorded 400": (4, STRIPPED),
        r"^connections .*options\.thumbprints": (5, THIRD_PARTY),
        r"^connections .*options\.(userinfo|token)_endpoint: type null": (5, DISCOVERY),
        r"^connections .*options\.authorization_endpoint: https://example.com, recorded https://domain.okta.com": (5, OKTA),
        r"^custom-domains (POST|GET) .*(recorded CNAME|next: key missing)": (4, DOMAINS),
        r"^client-grants GET .*item missing": (1, "a grant the original makes with a client of another product's"),
        r"^logs GET ": (1, LOGS),
    }),
    Corpus("later-2022", 0.94, 375, (), {
        r"^actions GET .*status: built, recorded building": (8, BUILDING),
        r"^actions POST .*/test status 404": (1, NOT_RUN),
        r"^custom-domains POST .*verification\.methods\.record": (1, RECORD),
        r"^log-streams .*awsPartnerEventSource": (7, PARTNER),
        r"^organizations GET .*limit: 50, recorded 1": (2, "two listings that tell their length as the limit"),
    }),
    Corpus("later-2026", 0.87, 1080, (), {
        r"^actions (GET|POST) .*(built|BUILT), recorded (building|pending|PENDING)": (16, BUILDING),
        r"^actions POST .*/test status 404": (1, NOT_RUN),
        r"^authentication ": (12, ELSEWHERE),
        r"^branding POST .*/try status 404": (2, NOT_RUN),
        r"^clients .*async_approval_notification_channels": (11, GUARDIAN),
        r"^(clients|connections) .*oidc_metadata": (14, METADATA),
        r"^clients POST .*/cimd/register status 404": (1, "clients are not read out of documents of their own"),
        r"^clients GET .*not allowed: q'": (1, "clients are not searched by grants"),
        r"^connections .*provisioning_ticket_url": (6, CONNECTOR),
        r"^connections .*/keys(/rotate)? status 404": (5, "connections have no keys of their own"),
        r"^custom-domains POST .*(recorded CNAME|verification\.methods\.record)": (14, f"{DOMAINS}; {RECORD}"),
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


def prepared(corpus, folder):
    """The recordings with each redacted value named after its property: the tool binds a client secret to what was
    recorded for it, and would take every other "[REDACTED]" for the same secret."""

    def named(value, name=None):
        if isinstance(value, dict):
            return {key: named(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [named(inner, name) for inner in value]
        return f"[REDACTED {name}]" if value == "[REDACTED]" else value

    path = folder / f"{corpus}.jsonl"
    with gzip.open(SHARED / f"corpus/{corpus}.jsonl.gz", "rt", encoding="utf-8") as recorded, open(path, "w") as file:
        for line in recorded:
            interaction = json.loads(line)
            interaction["response_body"] = named(interaction.get("response_body"))
            file.write(json.dumps(interaction) + "\n")
    return path


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.name)
def test_recorded_traffic_replays(corpus, create_tenant, service, tmp_path):
    tenant = create_tenant(dedicated=True)
    # The recorded tenant's own setting, which no recording makes.
    tenant.api("PATCH", "/tenants/settings", {"default_redirection_uri": "https://mycompany.org/login"})
    report = tmp_path / "report.json"
    done = subprocess.run(
        [sys.executable, str(REPLAY), f"https://{tenant.domain}", tenant.management_token(),
         str(prepared(corpus.name.partition(":")[0], tmp_path)), "--cacert", service.ca_file,
         "--resolve", f"{tenant.host}:{service.https_port}:127.0.0.1", "--quiet", "--json", str(report),
         *corpus.arguments],
        capture_output=True, text=True, timeout=600,
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
