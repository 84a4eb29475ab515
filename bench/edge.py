"""Answers from ready-made bytes, and TLS handshakes, beside nginx, HAProxy and Caddy."""
import re
import statistics
import subprocess

import installation
import peers
import wrk
from installation import HOST, Installation
from report import Row, at_least

PATH = "/.well-known/jwks.json"
# Headers nginx sends by itself, and those that describe the body.
OWN_HEADERS = {"content-type", "content-length", "date", "connection", "server"}


def h2load(port, seconds):
    done = subprocess.run(["h2load", "-t2", "-c8", "-m8", f"-D{seconds:g}", f"--connect-to=127.0.0.1:{port}",
                           f"https://{HOST}:{port}{PATH}"], check=True, capture_output=True, text=True).stdout
    return float(re.search(r"([\d.]+) req/s", done)[1])


def interleaved(rounds, programs, measure):
    """name -> median of the rounds."""
    found = {name: [] for name in programs}
    for _ in range(rounds):
        for name, port in programs.items():
            found[name].append(measure(port))
    return {name: statistics.median(values) for name, values in found.items()}


def install_certificates(running, certificates):
    for certificate, key in (certificates.rsa, certificates.ecdsa):
        running.admin("PUT", f"/certificates/{HOST}", {"certificate": certificate.read_text(), "key": key.read_text()})


def measure(options, folder):
    with Installation(options, folder) as running:
        running.create_tenant()
        certificates = peers.Certificates(folder, HOST)
        install_certificates(running, certificates)
        running.settle()
        status, headers, body = running_answer(running)
        if status != 200:
            raise SystemExit(f"{PATH} answered {status}: {body}")
        (folder / "body.json").write_text(body)
        same_headers = [(name, value) for name, value in headers.items() if name.lower() not in OWN_HEADERS]
        with (
            peers.start_nginx(folder, certificates, HOST, PATH, same_headers) as nginx,
            peers.start_haproxy(folder, certificates, HOST, nginx.plain_port) as haproxy,
            peers.start_caddy(folder, certificates, HOST, PATH) as caddy,
        ):
            ports = {"gatehouse": running.service.https_port, "nginx": nginx.port, "haproxy": haproxy.port,
                     "caddy": caddy.port}
            return compare(options, folder, ports)


def running_answer(running):
    client = installation.LoopbackClient(HOST, running.service.https_port, running.service.ca_file)
    # The certificate under test is signed by nobody.
    client.tls.check_hostname = False
    client.tls.verify_mode = 0
    return client.send("GET", PATH)


def compare(options, folder, ports):
    script = wrk.script(folder, "jwks")
    kept = interleaved(options.rounds, ports, lambda port: wrk.rate(
        wrk.run(port, script, options.seconds, threads=2, path=PATH)))
    http2 = interleaved(options.rounds, {name: ports[name] for name in ("gatehouse", "nginx")},
                        lambda port: h2load(port, max(1, options.seconds)))
    loader = installation.compile_loader(folder)
    hosts = folder / "hosts"
    hosts.write_text(f"{HOST}\n")
    pair = {name: ports[name] for name in ("gatehouse", "nginx")}

    def handshakes(name, signatures):
        # Many short turns, each of them the first as often: what else the machine does lasts for seconds, and strikes both.
        found = []
        for number in range(max(1, round(options.rounds * wrk.MOMENTS * options.seconds))):
            turn = sorted(pair.items(), reverse=number % 2 == 1)
            found.append({program: installation.load(loader, "handshakes", port, hosts, 1, 8, signatures)
                          for program, port in turn})
        ratios = [each["gatehouse"] / each["nginx"] for each in found]
        medians = {program: statistics.median(each[program] for each in found) for program in pair}
        return at_least(f"full TLS handshakes/s, {name}: × nginx", statistics.median(ratios), 0.8,
                        note=rates(medians, "nginx", "/s, medians"))

    mine = kept["gatehouse"]
    return [
        at_least("JWKS, TLS keep-alive, 32 connections: × nginx", mine / kept["nginx"], 0.6, note=rates(kept, "nginx")),
        at_least("… × HAProxy proxying to nginx", mine / kept["haproxy"], 1.0, note=rates(kept, "haproxy")),
        at_least("… × Caddy", mine / kept["caddy"], 1.5, note=rates(kept, "caddy")),
        Row("… over HTTP/2: × nginx", f"{http2['gatehouse'] / http2['nginx']:.2f}{rates(http2, 'nginx')}", "(for the record)",
            True),
        handshakes("RSA-2048", "RSA-PSS+SHA256"),
        handshakes("P-256", "ECDSA+SHA256"),
    ]


def rates(found, other, unit="/s"):
    return f"  ({found['gatehouse']:,.0f} : {found[other]:,.0f} {unit})"
