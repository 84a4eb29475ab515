"""Recorded management traffic of the original, replayed."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
REPLAY = SHARED / "tools/replay.py"


@pytest.mark.skipif(not REPLAY.exists(), reason="the recordings are not here")
def test_the_recorded_client_interactions_of_2017_replay(create_tenant, service, tmp_path):
    tenant = create_tenant()
    report = tmp_path / "report.json"
    done = subprocess.run(
        [sys.executable, str(REPLAY), f"https://{tenant.domain}", tenant.management_token(),
         str(SHARED / "corpus/management-2022.jsonl.gz"), "--cacert", service.ca_file,
         "--resolve", f"{tenant.host}:{service.https_port}:127.0.0.1", "--profile", str(SHARED / "tools/profile2017.json"),
         "--strip-later", "--quiet", "--family", "clients", "--json", str(report)],
        capture_output=True, text=True, timeout=600,
    )
    print(done.stdout)
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
    assert json.loads(report.read_text())
