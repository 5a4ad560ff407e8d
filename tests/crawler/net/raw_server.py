"""A server that sends bytes as they are, over TCP or TLS, and logs what crossed the wire."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
HOME = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nhome"


@dataclass(frozen=True)
class Answer:
    """Bytes to send, whether the connection is closed after them, and when they go out."""

    data: bytes
    close: bool = False
    after: float = 0.0


@dataclass(frozen=True)
class Logged:
    """One exchange as the server saw it: ``at`` is when the request had come (monotonic)."""

    path: str
    request: bytes
    sent: bytes
    connection: int
    at: float


@dataclass
class RawServer:
    """Answers by path: the answers in turn, the last one for ever. 404 for what it does not know.

    :param answers: by path; "/robots.txt" and "/" have something harmless
    :param certificate: a PEM file with key and certificate, for TLS
    """

    answers: dict[str, list[Answer]]
    certificate: Path | None = None
    log: list[Logged] = field(default_factory=list)

    def __enter__(self) -> RawServer:
        self.answers.setdefault("/", [Answer(HOME)])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._tls: ssl.SSLContext | None = None
        if self.certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(self.certificate)
        self._asked: dict[str, int] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Wakes the thread that waits in accept(); close() alone would not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def base(self) -> str:
        """Its address."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/"

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [entry.path for entry in self.log]

    def _accept(self) -> None:
        number = 0
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                connection.settimeout(60)
                while self._exchange(connection, number):
                    pass
        except OSError:
            pass  # the crawler went away

    def _exchange(self, connection: socket.socket, number: int) -> bool:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            data = connection.recv(65_536)
            if not data:
                return False
            request += data
        at = time.monotonic()
        path = request.split(b" ", 2)[1].decode()
        with self._lock:
            answers = self.answers.get(path, [Answer(MISSING)])
            turn = self._asked.get(path, 0)
            self._asked[path] = turn + 1
            answer = answers[min(turn, len(answers) - 1)]
            self.log.append(Logged(path, request, answer.data, number, at))
        time.sleep(answer.after)
        connection.sendall(answer.data)
        if answer.close and isinstance(connection, ssl.SSLSocket):
            connection.unwrap()
        return not answer.close


def self_signed(folder: Path) -> Path:
    """A new key and its own certificate for 127.0.0.1, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
