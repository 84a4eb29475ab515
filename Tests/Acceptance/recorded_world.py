"""What stood around the recorded traffic when it was recorded: the tenant as it was, and the identity providers."""
import gzip
import json
import os
import threading
from collections import defaultdict
from datetime import datetime

from identity_providers import SigningCertificate, federation_metadata

DISCOVERY = "https://{}/.well-known/openid-configuration"
MICROSOFT = "https://login.microsoftonline.com/{}/FederationMetadata/2007-06/FederationMetadata.xml"
# The last page of recorded custom domains shows the first of them, with when it was made, and that another follows.
OTHER_DOMAINS = ("acul.acmetest.org", "another.acmetest.org")
OTHER_DOMAINS_SINCE = datetime.fromisoformat("2025-09-08T07:01:05Z")
# Families whose answers tell what else the tenant has, or what has happened in it.
ABOUT_THE_WHOLE_TENANT = {"logs", "custom-domains"}


class Recordings:
    """A file of recorded interactions, with what cannot be had again replaced throughout."""

    def __init__(self, path):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            recorded = [json.loads(line) for line in lines]
        #: By thumbprint: Microsoft's keys are Microsoft's, so certificates made here stand for theirs.
        self._certificates = {}
        self.interactions = []
        for interaction in recorded:
            self._stand_in(interaction)
            interaction["response_body"] = self._named(interaction.get("response_body"))
            self.interactions.append(interaction)
        self.cassettes = defaultdict(list)
        for interaction in self.interactions:
            self.cassettes[f"{interaction['source']}/{interaction['cassette']}"].append(interaction)

    def write(self, path):
        path.write_text("".join(json.dumps(interaction) + "\n" for interaction in self.interactions))
        return path

    def _named(self, value, name=None):
        """Each redacted value is named after its property: the tool binds a client secret to what was recorded for it, and
        would take every other "[REDACTED]" for the same secret. The record of a custom domain loses the tenant's name:
        the tool says what {{TENANT}} stands for before it looks for a value it has learnt, so it never finds one that has
        it inside. Thumbprints are those of the certificates that stand in."""
        if isinstance(value, dict):
            return {key: self._named(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._named(inner, name) for inner in value]
        if value == "[REDACTED]":
            return f"[REDACTED {name}]"
        if name == "record" and isinstance(value, str):
            return value.replace("{{TENANT}}-cd-", "recorded-cd-")
        if name == "thumbprints" and value in self._certificates:
            return self._certificates[value].thumbprint
        return value

    def _stand_in(self, interaction):
        for connection in connections_of(interaction):
            if connection.get("strategy") == "waad":
                for thumbprint in connection.get("options", {}).get("thumbprints", []):
                    if thumbprint not in self._certificates:
                        self._certificates[thumbprint] = SigningCertificate("stands for a key of Microsoft's")

    def documents(self, cassette):
        """What identity providers published when a cassette was recorded, as far as it shows: what the original has read
        out of their documents stands in the options it answered. Where a client brought a document along, that is taken
        for the one at its address, for the option itself is newer than the product and is taken out of requests."""
        by_thumbprint = {made.thumbprint: made for made in self._certificates.values()}
        documents = {}
        for interaction in self.cassettes[cassette]:
            asked = interaction.get("request_body")
            given = (asked.get("options") or {}) if isinstance(asked, dict) else {}
            for connection in connections_of(interaction):
                options = connection.get("options") or {}
                metadata = given.get("oidc_metadata") or options.get("oidc_metadata")
                if connection.get("strategy") in ("oidc", "okta") and metadata:
                    address = options.get("discovery_url") or DISCOVERY.format(options.get("domain"))
                    documents.setdefault(address, json.dumps(metadata))
                if connection.get("strategy") == "waad" and options.get("thumbprints"):
                    address = MICROSOFT.format(options.get("tenant_domain"))
                    documents[address] = federation_metadata([by_thumbprint[each] for each in options["thumbprints"]])
        return documents

    def wants_own_tenant(self, cassette):
        return any(each["family"] in ABOUT_THE_WHOLE_TENANT for each in self.cassettes[cassette])

    def had_other_domains(self, cassette):
        """Whether the tenant had custom domains when the cassette made its own."""
        moments = [each["response_body"]["created_at"] for each in self.cassettes[cassette]
                   if each["template"] == "/api/v2/custom-domains" and each["method"] == "POST"
                   and "created_at" in (each["response_body"] or {})]
        return any(datetime.fromisoformat(moment) > OTHER_DOMAINS_SINCE for moment in moments)


def connections_of(interaction):
    """The connections that an answer shows."""
    body = interaction.get("response_body")
    if interaction["family"] != "connections" or interaction["status"] >= 300:
        return []
    rows = body if isinstance(body, list) else body.get("connections", [body]) if isinstance(body, dict) else []
    return [row for row in rows if isinstance(row, dict)]


class Stage:
    """Sets the scene for each cassette, as the tool asks for it (`--tenant-cmd`): the identity providers publish what they
    did, and what is about a tenant as a whole plays in a tenant of its own, so that nothing else has happened there."""

    def __init__(self, recordings, providers, make_tenant, folder):
        self._recordings, self._providers, self._make_tenant = recordings, providers, make_tenant
        self.main = make_tenant()
        self._pipes = [folder / "cassette", folder / "tenant"]
        for pipe in self._pipes:
            os.mkfifo(pipe)
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def command(self):
        return 'printf %s "$CASSETTE" > {} && cat {}'.format(*self._pipes)

    def _serve(self):
        while True:
            cassette = self._pipes[0].read_text()
            try:
                tenant = self._set(cassette)
                answer = json.dumps(
                    {"base": tenant.issuer.rstrip("/"), "token": tenant.management_token(), "host": tenant.domain})
            except Exception as error:
                # The tool waits for an answer, and ends with one that it cannot read.
                answer = f"no tenant for {cassette}: {error!r}"
            self._pipes[1].write_text(answer)

    def _set(self, cassette):
        self._providers.documents = self._recordings.documents(cassette)
        if not self._recordings.wants_own_tenant(cassette):
            return self.main
        tenant = self._make_tenant()
        if self._recordings.had_other_domains(cassette):
            for domain in OTHER_DOMAINS:
                made = tenant.api("POST", "/custom-domains", {"domain": domain, "type": "auth0_managed_certs"})
                assert made.status_code == 201, made.text
        return tenant
