"""Makes requests out of seeds that no client would send."""
import base64
import json
import random
from urllib.parse import quote, quote_plus

NASTY = [
    "", " ", "\0", "a\0b", "\r\nX: y", "%00", "%", "%zz", "%c0%af", "../../etc/passwd", "'; DROP TABLE users;--",
    "\" OR 1=1", "<script>alert(1)</script>", "{{7*7}}", "${x}", "é́", "\u202e", "😀" * 50, "A" * 5000, "0", "-1",
    "9" * 30, "1e309", "NaN", "null", "true", "[]", "{}", "javascript:alert(1)", "https://evil.example/",
    "//evil.example", "\\\\evil", "e" * 63 + "." + "e" * 63, "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "..", "*", "code code",
    "urn:ietf:params:oauth:request_uri:" + "x" * 200, "+49", "+" + "1" * 40, "a@b", "a@x\r\nBcc: b@y", "ADA@EXAMPLE.COM",
]
JSON_NASTY = [None, True, False, 0, -1, 1.5, 1e300, [], {}, ["x"], [["x"]], {"$ne": None}, {"a": {"b": {"c": []}}}, "x" * 3000]
TYPES = [
    "application/json", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "text/plain",
    "multipart/form-data; boundary=x", "application/xml", "", "a" * 300, "application/x-www-form-urlencoded; charset=utf-8",
]
# HTTP of this service knows all of them but the last: that is answered by 501 (RFC 9110 §15.6.2, spec 08 P13).
UNKNOWN_METHOD = "PROPFIND"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", UNKNOWN_METHOD]
HEADERS = [
    ("Origin", ["null", "https://app.example.com", "https://evil.example", "file://", "x" * 500]),
    ("Auth0-Client", ["e30=", base64.b64encode(b'{"name":"auth0.js","version":"8"}').decode(), "!!!", "A" * 3000]),
    ("Authorization", ["Bearer {token}", "Bearer {id_token}", "Bearer x", "Basic {basic}", "Basic !!!", "bearer", "DPoP x"]),
    ("Cookie", ["auth0={code}", "auth0=; auth0=x", "__Host-login={code}", "a" * 2000, "=;=;;", "auth0-mf=x; did=y"]),
    ("Accept-Language", ["de", "x" * 500]), ("X-Forwarded-For", ["1.2.3.4"]), ("DPoP", ["a.b.c"]),
    ("auth0-forwarded-for", ["1.2.3.4", "::::", "x"]), ("User-Agent", ["<script>", "x" * 1000]),
    ("X-HTTP-Method-Override", ["DELETE"]), ("Access-Control-Request-Method", ["POST"]), ("If-None-Match", ["*", "\"x\""]),
]


class Mutator:
    def __init__(self, seed, values):
        self.random, self.values = random.Random(seed), values

    def request(self, seed, host):
        """The bytes of one request; its framing is always sound, so that the server goes on reading."""
        method, path, kind, parameters = seed
        chance = self.random.random
        pairs = [(name, self.fill(value)) for name, value in parameters.items() if chance() < 0.85]
        pairs = [self.mutate(pair) if chance() < 0.15 else pair for pair in pairs]
        if pairs and chance() < 0.05:
            pairs.append(self.random.choice(pairs))
        if chance() < 0.03:
            method = self.random.choice(METHODS)
        target, body, headers = self.fill(path), b"", []
        if kind == "query":
            target += "?" + self.query(pairs)
        else:
            if kind == "json":
                body, media = self.json(pairs), TYPES[0]
            else:
                body, media = self.query(pairs).encode(), TYPES[1]
            if chance() < 0.1:
                body = self.damage(body)
            headers.append(("Content-Type", self.random.choice(TYPES) if chance() < 0.05 else media))
        if "{state}" in parameters.values() and chance() < 0.8:
            # The browser the login is under way in.
            headers.append(("Cookie", self.values["cookies"]))
        if "/api/v2/" in path and chance() < 0.8:
            headers.append(("Authorization", "Bearer " + self.values["token"]))
        for name, texts in HEADERS:
            if chance() < 0.06:
                headers.append((name, self.fill(self.random.choice(texts))))
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        return method, ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + body

    def fill(self, value):
        text = self.random.choice(value) if isinstance(value, list) else value
        for name, real in self.values.items():
            text = text.replace("{" + name + "}", real)
        return text

    def mutate(self, pair):
        name, value = pair
        way = self.random.randrange(5)
        if way == 0:
            return self.random.choice([name.upper(), name + "[]", name + ".x", "x" + name, "__proto__"]), value
        if way == 1 and value:
            cut = self.random.randrange(len(value))
            return name, value[:cut] + self.random.choice(NASTY) + value[cut:]
        if way == 2:
            return name, value * self.random.choice([2, 10])
        return name, self.random.choice(NASTY)

    def query(self, pairs):
        encode = self.random.choice([quote, quote_plus, quote_plus])
        text = "&".join(f"{quote_plus(name)}={encode(value)}" for name, value in pairs)
        if self.random.random() < 0.03:
            text += self.random.choice(["&", "&&=", "&=x", "&x", "%", "&a=%f", "&a=%ff%fe", "#x" * 0 + "&a=+"])
        return text

    def json(self, pairs):
        members = []
        for name, value in pairs:
            if self.random.random() < 0.05:
                value = self.random.choice(JSON_NASTY)
            members.append(json.dumps(name) + ":" + json.dumps(value, ensure_ascii=self.random.random() < 0.5))
        return ("{" + ",".join(members) + "}").encode("utf-8", "surrogatepass")

    def damage(self, body):
        data = bytearray(body)
        for _ in range(self.random.choice([1, 1, 3, 20])):
            if not data:
                break
            place = self.random.randrange(len(data))
            way = self.random.randrange(3)
            if way == 0:
                data[place] = self.random.randrange(256)
            elif way == 1:
                del data[place:place + self.random.randrange(1, 20)]
            else:
                data[place:place] = bytes(self.random.randrange(256) for _ in range(self.random.randrange(1, 8)))
        return bytes(data)
