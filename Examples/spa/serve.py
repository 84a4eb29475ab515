#!/usr/bin/env python3
"""Serves the sample application on loopback, with its configuration and a tiny API of its own.

    serve.py --domain demo.localhost:8443 --client-id ID --ca-file data/ca.pem [--port 3000] [--audience URL]

The API, GET /api/greeting, lets in whoever brings an access token that the tenant's /userinfo accepts.
"""
import argparse
import http.client
import json
import socket
import ssl
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = {"/", "/index.html", "/app.js", "/app.css", "/oidc.js"}


class LoopbackConnection(http.client.HTTPSConnection):
    """HTTPS to a name under .localhost, which not every C library resolves by itself."""

    def __init__(self, host, port, context, timeout):
        super().__init__(host, port, context=context, timeout=timeout)
        self.tls = context

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)


class Tenant:
    """The identity service as the API sees it."""

    def __init__(self, domain, ca_file):
        self.host, _, port = domain.partition(":")
        self.port = int(port or 443)
        self.tls = ssl.create_default_context(cafile=ca_file)

    def user_of(self, authorization):
        """The claims of the bearer, or None when the token is not good."""
        connection_type = LoopbackConnection if self.host.endswith("localhost") else http.client.HTTPSConnection
        connection = connection_type(self.host, self.port, context=self.tls, timeout=10)
        try:
            connection.request("GET", "/userinfo", headers={"Authorization": authorization})
            response = connection.getresponse()
            return json.load(response) if response.status == 200 else None
        finally:
            connection.close()


class Handler(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}

    def __init__(self, *arguments, config, tenant, quiet, **options):
        self.config, self.tenant, self.quiet = config, tenant, quiet
        super().__init__(*arguments, directory=str(HERE), **options)

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/config.json":
            self.answer(200, self.config)
        elif path == "/api/greeting":
            self.greet()
        elif path in FILES:
            super().do_GET()
        else:
            self.answer(404, {"error": "not_found"})

    def greet(self):
        authorization = self.headers.get("Authorization", "")
        try:
            user = self.tenant.user_of(authorization) if authorization.startswith("Bearer ") else None
        except OSError as error:
            self.answer(502, {"error": "tenant_unreachable", "error_description": str(error)})
            return
        if user is None:
            self.answer(401, {"error": "invalid_token"})
        else:
            name = user.get("name") or user.get("nickname") or user["sub"]
            self.answer(200, {"greeting": f"Hello {name}, your token is good.", "sub": user["sub"]})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *arguments):
        if not self.quiet:
            super().log_message(*arguments)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--domain", required=True, help="the tenant's host name, with its port unless 443")
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--ca-file", help="the certificate authority the tenant's certificate comes from")
    parser.add_argument("--audience", default="")
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument("--quiet", action="store_true", help="no line for each request")
    options = parser.parse_args()
    config = {
        "domain": options.domain,
        "client_id": options.client_id,
        "audience": options.audience,
        "api": "/api/greeting",
    }
    handler = partial(
        Handler, config=config, tenant=Tenant(options.domain, options.ca_file), quiet=options.quiet
    )
    with ThreadingHTTPServer(("127.0.0.1", options.port), handler) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
