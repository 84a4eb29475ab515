"""The peers: nginx, HAProxy and Caddy on loopback, with the same certificates and the same bytes."""
import os
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

BINARIES = {"nginx": "/usr/sbin/nginx", "haproxy": "/usr/sbin/haproxy", "caddy": "/usr/bin/caddy"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_tls(port, host, seconds=10):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    deadline = time.monotonic() + seconds
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as plain:
                context.wrap_socket(plain, server_hostname=host).close()
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


class Certificates:
    """A self-signed RSA-2048 and a P-256 certificate for one host name."""

    def __init__(self, folder, host):
        self.rsa = self._make(folder, "rsa", host, ["rsa:2048"])
        self.ecdsa = self._make(folder, "ecdsa", host, ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])

    @staticmethod
    def _make(folder, kind, host, algorithm):
        certificate, key = folder / f"{kind}.pem", folder / f"{kind}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", *algorithm, "-nodes", "-days", "3", "-subj", f"/CN={host}",
                        "-addext", f"subjectAltName=DNS:{host}", "-keyout", str(key), "-out", str(certificate)],
                       check=True, capture_output=True)
        return certificate, key


class Peer:
    """One running program. Its workers are as many as the machine's cores."""

    def __init__(self, name, command, port, host, folder):
        self.name, self.port = name, port
        with open(folder / f"{name}.log", "w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder,
                                            env={**os.environ, "HOME": str(folder)})
        try:
            wait_for_tls(port, host)
        except OSError:
            self.stop()
            raise SystemExit(f"{name} did not start:\n{(folder / f'{name}.log').read_text()}") from None

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def start_nginx(folder, certificates, host, path, headers):
    """nginx serves the bytes over TLS, and in the clear for HAProxy."""
    port, plain_port = free_port(), free_port()
    extra = "\n".join(f'            add_header {name} "{value}";' for name, value in headers)
    certificate_lines = "\n".join(
        f"        ssl_certificate {certificate};\n        ssl_certificate_key {key};"
        for certificate, key in (certificates.rsa, certificates.ecdsa)
    )
    # Started by root, nginx would give its workers to a user who cannot read the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(f"""
{user}
worker_processes auto;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000000;
    keepalive_timeout 300s;
    tcp_nodelay on;
    server {{
        listen 127.0.0.1:{port} ssl;
        listen 127.0.0.1:{plain_port};
        server_name {host};
        ssl_protocols TLSv1.2 TLSv1.3;
{certificate_lines}
        location = {path} {{
            types {{ }}
            default_type application/json;
            alias {folder}/body.json;
{extra}
        }}
    }}
}}
""")
    peer = Peer("nginx", [BINARIES["nginx"], "-c", str(folder / "nginx.conf"), "-p", str(folder)], port, host, folder)
    peer.plain_port = plain_port
    return peer


def start_haproxy(folder, certificates, host, backend_port):
    port = free_port()
    certificate, key = certificates.rsa
    pair = folder / "haproxy.pem"
    pair.write_text(certificate.read_text() + key.read_text())
    (folder / "haproxy.cfg").write_text(f"""
global
    nbthread {os.cpu_count()}
    tune.ssl.default-dh-param 2048
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    option http-keep-alive
    http-reuse always
frontend public
    bind 127.0.0.1:{port} ssl crt {pair} alpn http/1.1
    default_backend files
backend files
    server nginx 127.0.0.1:{backend_port}
""")
    return Peer("haproxy", [BINARIES["haproxy"], "-db", "-f", str(folder / "haproxy.cfg")], port, host, folder)


def start_caddy(folder, certificates, host, path):
    port = free_port()
    site = folder / "caddy-site"
    file = site / path.lstrip("/")
    file.parent.mkdir(parents=True)
    shutil.copy(folder / "body.json", file)
    certificate, key = certificates.rsa
    (folder / "Caddyfile").write_text(f"""
{{
    admin off
    auto_https off
}}
https://{host}:{port} {{
    bind 127.0.0.1
    tls {certificate} {key}
    root * {site}
    header Content-Type application/json
    file_server
}}
""")
    return Peer("caddy", [BINARIES["caddy"], "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"], port,
                host, folder)


def missing():
    """The peers and tools that are not installed."""
    tools = [name for name in ("wrk", "h2load", "openssl", "cc") if not shutil.which(name)]
    return tools + [path for path in BINARIES.values() if not Path(path).exists()]
