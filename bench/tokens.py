"""CPU of one client_credentials token beside one bare RSA signature."""
import re
import statistics
import subprocess
from concurrent.futures import ThreadPoolExecutor

from installation import Installation
from report import at_most

AUDIENCE = "https://api.example.com/"
SCOPES = ["read:orders", "write:orders"]

TOKENS = 3200
WORKERS = 32


def signature_seconds(seconds):
    """CPU of one RSA-2048 signature by OpenSSL's own benchmark."""
    done = subprocess.run(["openssl", "speed", "-seconds", str(int(max(1, seconds))), "rsa2048"], check=True,
                          capture_output=True, text=True).stdout
    return float(re.search(r"rsa 2048 bits ([\d.]+)s", done)[1])


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


def measure(options, folder):
    with Installation(options, folder) as running:
        running.create_tenant()
        body = {"grant_type": "client_credentials", "audience": AUDIENCE, **machine(running.management)}

        def worker(_):
            client = running.client()
            for _ in range(TOKENS // WORKERS):
                client.json("POST", "/oauth/token", body)
            client.close()

        def all_workers():
            with ThreadPoolExecutor(WORKERS) as pool:
                list(pool.map(worker, range(WORKERS)))

        all_workers()  # connections, caches and the threads' stacks are there when it counts
        ratios, tokens, signatures = [], [], []
        for _ in range(options.rounds):
            signature = signature_seconds(options.seconds)
            cpu, _ = running.cpu_of(all_workers)
            tokens.append(cpu / TOKENS)
            signatures.append(signature)
            ratios.append(cpu / TOKENS / signature)
        note = f"  ({statistics.median(tokens) * 1e3:.3f} : {statistics.median(signatures) * 1e3:.3f} ms)"
        return [at_most("client_credentials: CPU per token × one RSA-2048 signature", statistics.median(ratios), 1.6,
                        note=note)]
