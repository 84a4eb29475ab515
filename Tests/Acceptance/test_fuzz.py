"""A short run of the fuzzer (`make fuzz` runs the long one): no 5xx but 503, no crash, no growth of memory."""
import subprocess
import sys
from pathlib import Path

FUZZ = Path(__file__).resolve().parents[1] / "Fuzz" / "fuzz.py"


def test_random_requests_break_nothing(binary):
    done = subprocess.run([sys.executable, str(FUZZ), "--binary", str(binary), "--requests", "4000"],
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
