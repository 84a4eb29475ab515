"""A receiver of log streams on loopback."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LogCollector:
    """Takes events by HTTP; answers what it is told to, and fails as often as it is told to."""

    def __init__(self, status=200):
        self.events, self.headers, self.calls, self.failures = [], [], 0, 0
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                collector.calls += 1
                failing = collector.failures > 0
                if failing:
                    collector.failures -= 1
                else:
                    collector.headers.append(dict(self.headers))
                    collector.events += [json.loads(line) for line in body.splitlines()]
                self.send_response(503 if failing else status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/logs"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        """Nobody is called in vain by a port that is there and answers no more."""
        self.server.shutdown()
        self.server.server_close()

    def has(self, text):
        return any(text in json.dumps(event) for event in self.events)
