"""The OpenAPI document of the Management API, and whether the service keeps to it."""
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

HERE = Path(__file__).resolve().parent
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance," \
         "response_schema_conformance"
# `make schema` runs many more.
EXAMPLES = os.environ.get("SCHEMA_EXAMPLES", "4")


@pytest.fixture(scope="module")
def tenant(create_tenant):
    return create_tenant()


def test_the_document_is_for_everyone_and_names_every_family(tenant, service):
    answer = requests.get(f"https://{tenant.domain}/api/v2/openapi.json", verify=service.ca_file, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    document = answer.json()
    assert document["openapi"] == "3.1.0"
    assert {"/clients", "/clients/{id}", "/users", "/connections/{id}", "/logs"} <= set(document["paths"])
    identifiers = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(identifiers) == len(set(identifiers))


def test_schemathesis_finds_no_server_error_no_unknown_status_and_no_violation(tenant, service, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run",
         f"https://{tenant.domain}/api/v2/openapi.json", "--checks", CHECKS, "--max-examples", EXAMPLES,
         "--phases", "examples,coverage,fuzzing", "--mode", "all", "--tls-verify", service.ca_file, "--seed", "1",
         "--header", f"Authorization: Bearer {tenant.management_token()}", "--continue-on-failure", "--no-shrink",
         "--warnings", "off", "--suppress-health-check", "all"],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "loopback_hooks", "PYTHONPATH": f"{HERE}:{HERE.parents[1] / 'scripts'}"},
        cwd=tmp_path, capture_output=True, text=True, timeout=3600,
    )
    (tmp_path / "schemathesis.txt").write_text(done.stdout)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
