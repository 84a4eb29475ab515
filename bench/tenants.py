"""Creating tenants, and a service that has many of them."""
import random
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import installation
from installation import NAME, Installation
from report import at_least, at_most

# Fewer than the service has spare keys.
CREATIONS = 12
OPENED = 1000
FIRST_REQUESTS = 60
PATH = "/.well-known/jwks.json"


def creation_milliseconds(running):
    times = []
    for number in range(CREATIONS):
        began = time.perf_counter()
        running.admin("POST", "/tenants", {"name": f"made-{number}", "region": "us"})
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


def fill(running, count):
    """Makes many tenants quickly: forks with the same key, since keys are not what is measured."""
    def fork(number):
        client = installation.LoopbackClient("127.0.0.1", running.service.admin_port, running.service.ca_file)
        headers = {"Authorization": f"Bearer {running.service.admin_token}"}
        for index in range(number, count, 4):
            client.json("POST", f"/tenants/{NAME}/fork", {"name": f"many-{index}", "keep_keys": True}, headers)
        client.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fork, range(4)))


def first_requests(running, indexes):
    times = []
    for index in random.sample(indexes, min(FIRST_REQUESTS, len(indexes))):
        client = running.client(f"many-{index}.localhost")
        began = time.perf_counter()
        client.json("GET", PATH)
        times.append((time.perf_counter() - began) * 1e3)
        client.close()
    return statistics.median(times)


def throughput(running, options, folder, hosts):
    path = folder / "hosts"
    path.write_text("\n".join(hosts) + "\n")
    return installation.load(folder / "load", "requests", running.service.https_port, path, options.seconds, 8, PATH)


def measure(options, folder):
    installation.compile_loader(folder)
    with Installation(options, folder, data="one") as running:
        running.create_tenant()
        running.settle()
        creation = creation_milliseconds(running)
    with Installation(options, folder, data="single") as running:
        running.create_tenant()
    with Installation(options, folder, data="single") as running:
        running.settle()
        small = running.service.resident_bytes()

    with Installation(options, folder, data="many") as running:
        running.create_tenant()
        fill(running, options.tenants)
    # Room for the open tenants and the few that the first requests open.
    roomy = ["--open-shards", str(OPENED + FIRST_REQUESTS + 40)]
    with Installation(options, folder, roomy, data="many") as running:
        start = running.start_seconds
        running.settle()
        large = running.service.resident_bytes()
        opened = min(OPENED, options.tenants // 2)
        first = first_requests(running, range(opened, options.tenants))
        many_hosts = [f"many-{index}.localhost" for index in range(opened)]
        # As many connections to one tenant: only the number of tenants differs.
        one_host = ["many-0.localhost"] * opened
        throughput(running, options, folder, many_hosts)
        ratios = []
        for _ in range(options.rounds):
            one = throughput(running, options, folder, one_host)
            many = throughput(running, options, folder, many_hosts)
            ratios.append((many / one, many, one))
        ratio, many, one = sorted(ratios)[len(ratios) // 2]
    count = f"{options.tenants:,} tenants"
    return [
        at_most("creating a tenant, median ms", creation, 10, "{:.1f}"),
        at_most(f"{count}: start to ready, s", start, 1),
        at_most(f"{count}: memory above one tenant, MB", (large - small) / 1e6, 25, "{:.1f}",
                f"  ({large / 1e6:.0f} : {small / 1e6:.0f} MB)"),
        at_most(f"{count}: first request to a tenant not yet open, median ms", first, 10, "{:.1f}"),
        at_least(f"{opened:,} open tenants: throughput × one tenant", ratio, 0.8, note=f"  ({many:,.0f} : {one:,.0f} /s)"),
    ]
