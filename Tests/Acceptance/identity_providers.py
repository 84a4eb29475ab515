"""Identity providers on loopback, behind the proxy that leads the service to them."""
import datetime
import socket
import ssl
import tempfile
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _certificate(name, issuer=None, is_authority=False):
    """A key and its certificate, by itself or by an issuer (key, certificate)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    issuing_key, issuing = issuer or (key, None)
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuing.subject if issuing else subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if not is_authority:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return key, builder.sign(issuing_key, hashes.SHA256())


def _pem(key, certificate):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)


class SigningCertificate:
    """A certificate that a provider signs with."""

    def __init__(self, name):
        self.certificate = _certificate(name)[1]

    @property
    def thumbprint(self):
        return self.certificate.fingerprint(hashes.SHA1()).hex()

    @property
    def base64(self):
        lines = self.certificate.public_bytes(serialization.Encoding.PEM).decode().strip().splitlines()
        return "".join(lines[1:-1])


def federation_metadata(certificates, sign_in=None, signature=None):
    """Metadata of WS-Federation that names certificates for signatures, each in two roles, as Microsoft's does."""
    keys = "".join(
        f'<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>'
        f"{each.base64}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>" for each in certificates)
    passive = f"<fed:PassiveRequestorEndpoint><wsa:EndpointReference><wsa:Address>{sign_in}</wsa:Address>" \
              "</wsa:EndpointReference></fed:PassiveRequestorEndpoint>" if sign_in else ""
    signed = f"<Signature><KeyInfo><X509Data><X509Certificate>{signature.base64}</X509Certificate></X509Data></KeyInfo>" \
             "</Signature>" if signature else ""
    return f'<?xml version="1.0"?><EntityDescriptor>{signed}<RoleDescriptor xsi:type="fed:SecurityTokenServiceType">' \
           f"{keys}{passive}</RoleDescriptor><IDPSSODescriptor>{keys}</IDPSSODescriptor></EntityDescriptor>"


class IdentityProviders:
    """A proxy that leads every CONNECT to this very process, which answers by TLS in the name of whoever was asked for,
    with certificates of an authority of its own. It stands for the whole outside: nobody else is reached through it."""

    def __init__(self):
        #: What is answered, by address: a text, bytes, a status, or a function of the connection.
        self.documents = {}
        #: The addresses asked for.
        self.asked = []
        #: What the proxy was told to lead to.
        self.tunnels = []
        self._authority = _certificate("the authority of the outside", is_authority=True)
        self._folder = tempfile.TemporaryDirectory()
        self._contexts = {}
        self.ca_file = str(Path(self._folder.name) / "ca.pem")
        Path(self.ca_file).write_bytes(self._authority[1].public_bytes(serialization.Encoding.PEM))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.proxy = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def arguments(self):
        """What the service is started with to find the outside here."""
        return ["--egress-proxy", self.proxy, "--egress-ca-file", self.ca_file]

    def close(self):
        self._listener.close()
        self._folder.cleanup()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _context(self, host):
        if host not in self._contexts:
            path = Path(self._folder.name) / f"{host}.pem"
            path.write_bytes(_pem(*_certificate(host, issuer=self._authority)))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(path)
            self._contexts[host] = context
        return self._contexts[host]

    def _answer(self, connection):
        try:
            with connection:
                line = self._head(connection)
                method, target = line.split()[:2]
                self.tunnels.append(target)
                assert method == "CONNECT", line
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                host = target.rpartition(":")[0]
                with self._context(host).wrap_socket(connection, server_side=True) as secure:
                    path = self._head(secure).split()[1]
                    url = f"https://{host}{path}"
                    self.asked.append(url)
                    self._send(secure, self.documents.get(url, 404))
        except OSError:
            pass

    @staticmethod
    def _head(connection):
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65_536)
            if not piece:
                raise OSError("closed")
            received += piece
        return received.split(b"\r\n")[0].decode()

    @staticmethod
    def _send(connection, document):
        if callable(document):
            return document(connection)
        status, body = (document, b"") if isinstance(document, int) else (200, document)
        body = body.encode() if isinstance(body, str) else body
        connection.sendall(f"HTTP/1.1 {status} Answer\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                           .encode() + body)
