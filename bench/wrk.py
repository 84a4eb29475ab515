"""wrk, by which most of what is measured is asked for."""
import re
import subprocess

from installation import HERE, HOST

CONNECTIONS = 32
# How often a round measures what is set beside something else: both in turn, because a ratio is only as good as the moment
# its two figures share, and a machine that others use as well is another one some seconds later.
MOMENTS = 3


def script(folder, name, text=""):
    """A file of Lua for wrk, which leads every host name to this machine."""
    file = folder / f"{name}.lua"
    file.write_text((HERE / "loopback.lua").read_text() + text)
    return file


def run(port, file, seconds, connections=CONNECTIONS, threads=1, host=HOST, path="/", extra=(), arguments=(),
        started=None):
    """What wrk prints. Ends everything where something was refused.

    arguments: what the script is given; started: called with the process, which then has a session of its own."""
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds:g}s", "-s", str(file), *extra,
               f"https://{host}:{port}{path}", *(["--", *arguments] if arguments else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=started is not None)
    if started:
        started(process)
    printed, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"wrk ended with {process.returncode}")
    if "Non-2xx" in printed:
        raise SystemExit(f"wrk was refused:\n{printed}")
    return printed


def answers(printed):
    """How many answers came."""
    return int(re.search(r"(\d+) requests in", printed)[1])


def rate(printed):
    """Answers a second."""
    return float(re.search(r"Requests/sec:\s+([\d.]+)", printed)[1])
