"""CPU of one client_credentials token beside one bare RSA signature."""
import json
import os
import re
import statistics
import subprocess

import wrk
from installation import Installation
from report import Row, at_most

AUDIENCE = "https://api.example.com/"
SCOPES = ["read:orders", "write:orders"]
# How often a round measures a signature and tokens beside it: more often than what has more room to its limit.
MOMENTS = 7


def signature_seconds(seconds, cores=1):
    """CPU of one RSA-2048 signature by OpenSSL's own benchmark, on so many cores at once."""
    many = ["-multi", str(cores)] if cores > 1 else []
    done = subprocess.run(["openssl", "speed", *many, "-seconds", str(int(max(1, seconds))), "rsa2048"], check=True,
                          capture_output=True, text=True).stdout
    return float(re.search(r"rsa 2048 bits\s+([\d.]+)s", done)[1]) * cores


def machine(api):
    """The credentials of a client with a token for an ordinary API."""
    api.call("POST", "/resource-servers", {
        "identifier": AUDIENCE, "name": "Orders", "signing_alg": "RS256",
        "scopes": [{"value": scope, "description": scope} for scope in SCOPES],
    })
    client = api.call("POST", "/clients", {
        "name": "machine", "app_type": "non_interactive", "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "client_secret_post",
    })
    api.call("POST", "/client-grants", {"client_id": client["client_id"], "audience": AUDIENCE, "scope": SCOPES})
    return {"client_id": client["client_id"], "client_secret": client["client_secret"]}


def script(folder, body):
    """What wrk sends: one form of the request, again and again."""
    return wrk.script(folder, "token", f'''
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = {json.dumps(json.dumps(body))}
''')


def issue(port, file, seconds):
    """How many tokens were issued, at as many connections as in the comparison of JWKS."""
    return wrk.answers(wrk.run(port, file, seconds, path="/oauth/token"))


def measure(options, folder):
    with Installation(options, folder) as running:
        running.create_tenant()
        body = {"grant_type": "client_credentials", "audience": AUDIENCE, **machine(running.management)}
        file, port = script(folder, body), running.service.https_port
        issue(port, file, 1)  # caches and the threads' stacks are there when it counts
        ratios, busy_ratios, tokens, signatures = [], [], [], []
        for _ in range(options.rounds * MOMENTS):
            busy = signature_seconds(1, os.cpu_count())
            signature = signature_seconds(1)
            cpu, count = running.cpu_of(lambda: issue(port, file, options.seconds))
            tokens.append(cpu / count)
            signatures.append(signature)
            ratios.append(cpu / count / signature)
            busy_ratios.append(cpu / count / busy)
        note = f"  ({statistics.median(tokens) * 1e3:.3f} : {statistics.median(signatures) * 1e3:.3f} ms)"
        # A core may be slower while its neighbour is busy, as it is while tokens are issued.
        return [at_most("client_credentials: CPU per token × one RSA-2048 signature", statistics.median(ratios), 1.6,
                        note=note),
                Row("… × one signature while every core signs", f"{statistics.median(busy_ratios):.2f}", "(for the record)",
                    good=True)]
