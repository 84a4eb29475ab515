"""A short run of the fuzzer (`make fuzz` runs the long one): no 5xx but 503, no crash, no growth of memory."""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUZZ = ROOT / "Tests/Fuzz/fuzz.py"
sys.path.insert(0, str(FUZZ.parent))

from seeds import GROUPS  # noqa: E402


def test_every_path_of_the_authentication_api_is_fuzzed():
    source = "".join(path.read_text() for path in (ROOT / "Sources/Authentication").rglob("*.swift"))
    routes = set(re.findall(r'Endpoint\(\s*"(/[^"]*)"', source))
    assert len(routes) > 50, "the tables are written another way now"
    seeded = {path for seeds in GROUPS.values() for _, path, _, _ in seeds}
    missing = {
        route for route in routes
        if not any(re.fullmatch(re.sub(r":\w+", "[^/]+", route), path) for path in seeded)
    }
    assert not missing


def test_random_requests_break_nothing(binary):
    done = subprocess.run([sys.executable, str(FUZZ), "--binary", str(binary), "--requests", "4000"],
                          capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout + done.stderr
