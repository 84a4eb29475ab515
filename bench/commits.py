#!/usr/bin/env python3
"""How many single-row commits a second one writer makes with synchronous=FULL: what group commit is measured against.

    bench/commits.py FILE SECONDS
"""
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path


def commits_per_second(folder, seconds, environment=None):
    """Measured by a program of its own, so that an environment may change what its disk does."""
    done = subprocess.run([sys.executable, __file__, str(folder / "commits.sqlite"), f"{seconds:g}"], check=True,
                          capture_output=True, text=True, env=environment)
    return float(done.stdout)


def count(path, seconds):
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
                      "CREATE TABLE rows (id TEXT PRIMARY KEY, text TEXT)"):
        database.execute(statement)
    began, commits = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        database.execute("INSERT INTO rows VALUES (?, ?)", (os.urandom(16).hex(), "x" * 200))
        commits += 1
    rate = commits / (time.monotonic() - began)
    database.close()
    return rate


if __name__ == "__main__":
    print(count(Path(sys.argv[1]), float(sys.argv[2])))
