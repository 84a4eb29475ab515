"""An application of another site: its pages, served on this machine under any name."""
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

# A page of the application that renews its tokens in a hidden frame, as auth0-spa-js does.
RENEWING_PAGE = """<!doctype html><title>Application</title><script>
function renew(address, origin) {
  return new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.hidden = true;
    const patience = setTimeout(() => resolve("nothing came"), 10_000);
    addEventListener("message", function answer(event) {
      if (event.data?.type !== "authorization_response") return;
      clearTimeout(patience);
      removeEventListener("message", answer);
      frame.remove();
      resolve({ origin: event.origin, fromFrame: event.source !== window, response: event.data.response });
    });
    frame.src = address;
    document.body.append(frame);
  });
}
</script><body>application</body>"""


def address_of(tenant, client, **parameters):
    query = {"client_id": client.client_id, "response_type": "code", "redirect_uri": client.callback,
             "scope": "openid profile email", "state": "s", **parameters}
    return tenant.url(f"authorize?{urlencode(query)}")


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        body = RENEWING_PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def port():
    """Where the pages of applications are served, whatever they are called."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def origin(port):
    """The application's: another site than the tenant, and not this machine's own name, where consent is never skipped."""
    return f"http://app.localhost:{port}"


@pytest.fixture(scope="module")
def callback(origin):
    return f"{origin}/cb"


def told(page, client):  # noqa: F811
    page.wait_for_url(lambda url: url.startswith(client.callback))
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
