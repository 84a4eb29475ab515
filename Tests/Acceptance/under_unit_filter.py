"""Runs a program under the system calls that a systemd unit allows it: under_unit_filter.py UNIT PROGRAM ARGUMENT…

The lines `SystemCallFilter=` and `SystemCallErrorNumber=` are read as systemd.exec(5) says: the first list decides what
happens to a call that is in none, later ones add, and those with `~` take away. systemd itself tells what is in a set.
"""
import ctypes
import errno
import os
import re
import subprocess
import sys

ALLOW, TRAP, ERROR = 0x7FFF0000, 0x00030000, 0x00050000


def sets():
    """The names in each set; sets may name others."""
    text = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], check=True, capture_output=True,
                          text=True).stdout
    found, current = {}, None
    for line in text.splitlines():
        if line.startswith("@"):
            current = found.setdefault(line.strip(), [])
        elif current is not None and re.fullmatch(r"    [@a-z_0-9-]+", line):
            current.append(line.strip())
    return found


def expanded(name, known):
    if not name.startswith("@"):
        return {name}
    return set().union(*(expanded(inner, known) for inner in known[name]))


def settings(unit):
    """What may be called, and what a call that may not is answered."""
    known = sets()
    # systemd starts the program by itself.
    allowed, answer = expanded("@default", known) | {"execve"}, TRAP
    with open(unit) as file:
        for name, _, value in (line.strip().partition("=") for line in file):
            if name == "SystemCallErrorNumber":
                answer = ERROR | getattr(errno, value)
            if name == "SystemCallFilter":
                names = set().union(*(expanded(word, known) for word in value.lstrip("~").split()))
                allowed = allowed - names if value.startswith("~") else allowed | names
    return allowed, answer


def confine(allowed, answer):
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_rule_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    context = library.seccomp_init(answer)
    for name in allowed:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            assert library.seccomp_rule_add(context, ALLOW, number, 0) == 0, name
    assert library.seccomp_load(context) == 0, "the filter could not be loaded"


if __name__ == "__main__":
    unit, *command = sys.argv[1:]
    confine(*settings(unit))
    os.execv(command[0], command)
