"""A real mail server for the tests: STARTTLS, AUTH, and a transcript of every envelope."""
import datetime
import email
import email.policy
import ipaddress
import re
import socket
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from product import eventually

USER, PASSWORD = "gatehouse", "s3cret-of-the-relay"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(folder):
    """A self-signed certificate for localhost; the path of certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "smtp.pem", folder / "smtp.key"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return cert_file, key_file


class Mail:
    """One envelope with its message."""

    def __init__(self, envelope):
        self.sender, self.recipients = envelope.mail_from, list(envelope.rcpt_tos)
        self.raw = envelope.original_content
        self.message = email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def html(self):
        return self.message.get_body(("html",)).get_content()

    @property
    def text(self):
        return self.message.get_body(("plain",)).get_content()

    @property
    def subject(self):
        return self.message["Subject"]

    def link(self, page):
        found = re.search(rf"https://[^\s<>\"]+/lo/{page}\?ticket=[A-Za-z0-9]+#", self.text)
        assert found, self.text
        return found.group(0)


class MailServer:
    """Requires encryption and a password before it takes anything."""

    def __init__(self, folder, is_implicit=False):
        """With TLS from the first byte, or by STARTTLS."""
        self.is_implicit = is_implicit
        self.ca_file, self.key_file = certificate(folder)
        self.port = free_port()
        self.mails = []
        self.refused = set()
        self.lock = threading.Lock()
        self.controller = None

    @property
    def url(self):
        return f"{'smtps' if self.is_implicit else 'smtp'}://{USER}:{PASSWORD}@localhost:{self.port}"

    def start(self):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.ca_file, self.key_file)
        security = (
            # The library knows of encryption by STARTTLS alone.
            {"ssl_context": context, "auth_require_tls": False} if self.is_implicit
            else {"tls_context": context, "require_starttls": True}
        )
        self.controller = Controller(
            self, hostname="127.0.0.1", port=self.port, auth_required=True, authenticator=self._authenticate,
            ready_timeout=60, **security)
        self.controller.start()
        return self

    def stop(self):
        if self.controller:
            self.controller.stop()
            self.controller = None

    @staticmethod
    def _authenticate(server, session, envelope, mechanism, data):
        right = data.login.decode() == USER and data.password.decode() == PASSWORD
        return AuthResult(success=right)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        with self.lock:
            self.mails.append(Mail(envelope))
        return "250 accepted"

    def to(self, address):
        with self.lock:
            return [mail for mail in self.mails if address in mail.recipients]

    def wait(self, address, subject, count=1, seconds=20):
        """The newest mail to an address whose subject contains a text."""
        def found():
            mails = [mail for mail in self.to(address) if subject in mail.subject]
            return mails if len(mails) >= count else None
        mails = eventually(found, seconds)
        assert mails, f"no mail '{subject}' to {address}; there are {[(m.recipients, m.subject) for m in self.mails]}"
        return mails[-1]
