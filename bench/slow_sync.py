"""Syncs as slow as those of a disk that has to write to a medium (see slow_sync.c)."""
import os
import subprocess

from installation import HERE

# Between a server's solid-state disk with power-loss protection (below 0.1 ms) and a hard disk (8 ms): a common
# network volume of a cloud.
MILLISECONDS = 2


def environment(folder):
    """What a program's environment has to be for its syncs to be slow."""
    library = folder / "slow_sync.so"
    subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", str(library), str(HERE / "slow_sync.c"),
                    "-ldl"], check=True)
    return {**os.environ, "LD_PRELOAD": str(library), "SLOW_SYNC_MICROSECONDS": str(int(MILLISECONDS * 1000))}
