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
    #: Why the interactions that match do not pass: a pattern of "family METHOD template reasons", and the most there
    #: may be. None of the original's files is said to replay by this; what is not named here must.
    exceptions: dict = field(default_factory=dict)


#: Recorded with another tenant's past in it, or with what a third party said that day.
CORPORA = [
    Corpus("management-2022", 0.98, 0, ("--profile", str(PROFILE), "--strip-later", *TENANT_STANDS_FOR_ITSELF)),
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
