"""What `deploy/` gives operators runs."""
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from product import Person
from service import Service

UNIT = ROOT / "deploy/gatehouse.service"


@pytest.fixture
def confined(binary, tmp_path):
    """A service that may call of the system what the unit allows."""
    script = Path(__file__).with_name("under_unit_filter.py")
    program = tmp_path / "gatehouse"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {script} {UNIT} {binary} "$@"\n')
    program.chmod(0o755)
    running = Service(program, tmp_path / "data", log=open(tmp_path / "log", "w"))
    running.start()
    yield running
    assert running.running, (tmp_path / "log").read_text()
    assert running.stop() == 0


def test_a_login_under_the_filter_of_the_unit(confined, create_tenant):
    tenant = create_tenant(on=confined)
    client = tenant.create_client()
    user = tenant.create_user()
    tokens = Person(confined.ca_file).tokens(tenant, client, user["email"])
    assert tokens["id_token"]
    assert 10 in nice_values(confined.pid), "threads that hash passwords stand back for all others"


def nice_values(pid):
    """Of all threads of a process."""
    stats = (task / "stat" for task in Path(f"/proc/{pid}/task").iterdir())
    return {int(stat.read_text().rpartition(")")[2].split()[16]) for stat in stats}
