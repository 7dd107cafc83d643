"""A door before the server: with TLS for clients that speak to nothing else, or shut for a while with 503."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


class Front(ThreadingHTTPServer):
    """Passes each POST on as it came. While `is_shut`, it answers 503 and counts."""

    daemon_threads = True

    def __init__(self, base_url: str) -> None:
        super().__init__((HOST, 0), Passing)
        self.base_url = base_url
        self.is_shut = Event()
        self.turned_away = 0


class Passing(BaseHTTPRequestHandler):
    server: Front

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.is_shut.is_set():
            self.server.turned_away += 1
            self._answer(503, b"")
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        request = urllib.request.Request(f"{self.server.base_url}{self.path}", body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                self._answer(answer.status, answer.read())
        except urllib.error.HTTPError as refusal:
            self._answer(refusal.code, refusal.read())

    def log_message(self, *_args: object) -> None:
        """The log of the test run is no place for it."""

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def front(base_url: str) -> Iterator[Front]:
    with Front(base_url) as door:
        Thread(target=door.serve_forever, daemon=True).start()
        yield door
        door.shutdown()


@contextmanager
def tls_front(base_url: str, folder: Path) -> Iterator[tuple[str, ssl.SSLContext]]:
    """The https address of a front, and what makes a client trust it."""
    certificate = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with front(base_url) as door:
        door.socket = context.wrap_socket(door.socket, server_side=True)
        yield f"https://{HOST}:{door.server_address[1]}", ssl.create_default_context(cafile=str(certificate))


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "front.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path
