"""The product as its users see it: a tenant, its clients and users, and a person with a browser."""
import base64
import hashlib
import json
import secrets
import socket
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

CONNECTION = "Username-Password-Authentication"
PASSWORD = "Correct-Horse-9"
CALLBACK = "https://app.example.com/cb"
LOOPBACK_SUFFIXES = (".localhost", ".auth0.com", ".test")

_resolve = socket.getaddrinfo


def resolve_to_loopback():
    """Leads the host names of the tests to this machine; names, SNI and Host stay as they are."""

    def resolve(host, *arguments, **options):
        name = host.decode() if isinstance(host, bytes) else host
        if name and name.lower().rstrip(".").endswith(LOOPBACK_SUFFIXES):
            host = "127.0.0.1"
        return _resolve(host, *arguments, **options)

    socket.getaddrinfo = resolve


class FromAddress(HTTPAdapter):
    """Connects from a loopback address of its own, so that one caller's limits are not another's."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


_last_address = 0


def fresh_address():
    """A loopback address nobody has called from yet."""
    global _last_address
    _last_address += 1
    return f"127.{1 + _last_address // 65025}.{_last_address // 255 % 255}.{1 + _last_address % 254}"


def session(ca_file, address=None):
    """An HTTP session that trusts the service's authority and comes from its own address."""
    made = requests.Session()
    made.verify = ca_file
    made.trust_env = False
    made.mount("https://", FromAddress(address or fresh_address()))
    return made


class Pkce:
    """A verifier and its S256 challenge."""

    def __init__(self):
        self.verifier = secrets.token_urlsafe(32)
        self.challenge = base64url(hashlib.sha256(self.verifier.encode()).digest())


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class _Forms(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms, self.links = [], []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "form":
            self.forms.append({"action": values.get("action", ""), "method": values.get("method", "get"), "fields": {}})
        elif tag == "input" and self.forms and values.get("name"):
            self.forms[-1]["fields"][values["name"]] = values.get("value") or ""
        elif tag == "a" and values.get("href"):
            self.links.append(values["href"])


def page_of(response):
    """The forms and links of an HTML answer."""
    assert "text/html" in response.headers.get("Content-Type", ""), f"{response.status_code}: {response.text[:300]}"
    parser = _Forms()
    parser.feed(response.text)
    return parser


@dataclass
class Client:
    """An application registered at a tenant."""

    client_id: str
    client_secret: str | None = None
    callback: str = CALLBACK

    @property
    def credentials(self):
        if self.client_secret is None:
            return {"client_id": self.client_id}
        return {"client_id": self.client_id, "client_secret": self.client_secret}


@dataclass
class Tenant:
    """A tenant by one of its host names."""

    service: object
    name: str
    domain: str
    management_client: dict
    http: requests.Session = field(init=False)

    def __post_init__(self):
        self.http = session(self.service.ca_file)
        self._token = None

    @property
    def issuer(self):
        return f"https://{self.domain}/"

    @property
    def host(self):
        return self.domain.partition(":")[0]

    def url(self, path):
        return urljoin(self.issuer, path)

    def at(self, domain):
        """The same tenant by another of its names."""
        return Tenant(self.service, self.name, domain, self.management_client)

    # Management

    def management_token(self):
        if self._token is None:
            answer = self.token(grant_type="client_credentials", audience=self.url("api/v2/"), **self.management_client)
            assert answer.status_code == 200, answer.text
            self._token = answer.json()["access_token"]
        return self._token

    def api(self, method, path, body=None, token=None, http=None):
        headers = {"Authorization": f"Bearer {token or self.management_token()}"}
        # Every call from an address of its own would be slow; the tenant's session is one administrator.
        return (http or self.http).request(method, self.url(f"api/v2{path}"), json=body, headers=headers, timeout=30)

    def create_client(self, **fields):
        fields = {
            "name": f"app {secrets.token_hex(4)}", "app_type": "spa", "token_endpoint_auth_method": "none",
            "callbacks": [CALLBACK], "allowed_logout_urls": ["https://app.example.com/bye"],
            "grant_types": ["authorization_code", "refresh_token"], "oidc_conformant": True,
            "jwt_configuration": {"alg": "RS256", "lifetime_in_seconds": 36000}, **fields,
        }
        answer = self.api("POST", "/clients", fields)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        self.enable(made["client_id"])
        public = fields["token_endpoint_auth_method"] == "none"
        callbacks = fields["callbacks"] or [None]
        return Client(made["client_id"], None if public else made["client_secret"], callbacks[0])

    def create_web_client(self, **fields):
        """A confidential client that sends its secret in the form."""
        return self.create_client(**{
            "app_type": "regular_web", "token_endpoint_auth_method": "client_secret_post",
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"], **fields,
        })

    def enable(self, client_id):
        """Opens the database connection to a client, unless new clients get it anyway."""
        connection = self.connection()
        if client_id not in connection["enabled_clients"]:
            enabled = [*connection["enabled_clients"], client_id]
            answer = self.api("PATCH", f"/connections/{connection['id']}", {"enabled_clients": enabled})
            assert answer.status_code == 200, answer.text

    def connection(self):
        answer = self.api("GET", f"/connections?name={CONNECTION}")
        assert answer.status_code == 200, answer.text
        return next(c for c in answer.json() if c["name"] == CONNECTION)

    def create_user(self, **fields):
        fields = {
            "connection": CONNECTION, "email": f"user-{secrets.token_hex(5)}@example.com", "password": PASSWORD,
            "email_verified": True, **fields,
        }
        answer = self.api("POST", "/users", fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def logs(self, **query):
        answer = self.api("GET", f"/logs?{urlencode({'per_page': 100, **query})}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def log_types(self, **match):
        """The types of the newest events whose fields are as given."""
        return [event["type"] for event in self.logs() if all(event.get(k) == v for k, v in match.items())]

    # Authentication

    def token(self, http=None, **parameters):
        return (http or session(self.service.ca_file)).post(self.url("oauth/token"), data=parameters, timeout=30)

    def redeem(self, client, code, pkce=None, redirect_uri=None, http=None, **extra):
        parameters = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri or client.callback,
            **client.credentials, **extra,
        }
        if pkce:
            parameters["code_verifier"] = pkce.verifier
        return self.token(http=http, **parameters)

    def refresh(self, client, refresh_token, **extra):
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **client.credentials, **extra)

    def userinfo(self, access_token, http=None):
        headers = {"Authorization": f"Bearer {access_token}"}
        return (http or session(self.service.ca_file)).get(self.url("userinfo"), headers=headers, timeout=30)

    def discovery(self):
        return self.http.get(self.url(".well-known/openid-configuration"), timeout=30).json()

    def jwks(self):
        return self.http.get(self.url(".well-known/jwks.json"), timeout=30).json()


class Person:
    """Somebody with a browser: follows redirects, fills in forms, keeps cookies."""

    def __init__(self, ca_file, address=None):
        self.http = session(ca_file, address)

    def open(self, url):
        """Opens an address and follows redirects as long as they stay on the tenant's host."""
        return self._follow(self.http.get(url, allow_redirects=False, timeout=30))

    def authorize(self, tenant, client, **parameters):
        """Starts a login. Ends at a page, or at the redirect that leaves the tenant."""
        query = {
            "client_id": client.client_id, "response_type": "code", "redirect_uri": client.callback,
            "scope": "openid profile email", "state": secrets.token_urlsafe(12), **parameters,
        }
        query = {key: value for key, value in query.items() if value is not None}
        return self.open(tenant.url(f"authorize?{urlencode(query, quote_via=quote)}"))

    def submit(self, page, **fields):
        """Fills in the first form of a page and sends it."""
        form = page_of(page).forms[0]
        assert form["method"].lower() == "post"
        target = urljoin(page.url, form["action"])
        # What a browser sends with a form of the same site.
        headers = {"Origin": "{0.scheme}://{0.netloc}".format(urlsplit(page.url)), "Referer": page.url}
        answer = self.http.post(target, data={**form["fields"], **fields}, headers=headers, allow_redirects=False,
                                timeout=60)
        return self._follow(answer)

    def log_in(self, tenant, client, email, password=PASSWORD, **parameters):
        """A whole login; the parameters of the callback."""
        answer = self.authorize(tenant, client, **parameters)
        if answer.status_code == 200:
            answer = self.submit(answer, username=email, password=password)
        return callback_of(answer)

    def tokens(self, tenant, client, email, password=PASSWORD, **parameters):
        """A whole login by code and PKCE; the token endpoint's answer."""
        pkce = Pkce()
        answered = self.log_in(tenant, client, email, password, code_challenge=pkce.challenge,
                               code_challenge_method="S256", **parameters)
        answer = tenant.redeem(client, answered["code"], pkce)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _follow(self, answer):
        for _ in range(10):
            location = answer.headers.get("Location")
            if location is None or answer.status_code not in (301, 302, 303):
                return answer
            target = urljoin(answer.url, location)
            if urlsplit(target).netloc != urlsplit(answer.url).netloc:
                return answer
            answer = self.http.get(target, allow_redirects=False, timeout=30)
        raise AssertionError(f"too many redirects, the last one to {answer.url}")


def callback_of(answer):
    """The parameters a redirect to the application carries."""
    assert answer.status_code in (302, 303), f"{answer.status_code}: {answer.text[:800]}"
    query = parse_qs(urlsplit(answer.headers["Location"]).query, keep_blank_values=True, strict_parsing=False)
    return {key: values[0] for key, values in query.items()}


def is_error_page(answer):
    """An HTML page with a 4xx status that leads nowhere."""
    return (
        400 <= answer.status_code < 500
        and "Location" not in answer.headers
        and answer.headers.get("Content-Type", "").startswith("text/html")
    )


def eventually(condition, seconds=30):
    """Waits until the condition holds; the last value otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.05)


def claims_of(token):
    """The claims of a JWT, unchecked."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
