"""Signing mail by S/MIME, where a certificate is configured."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from django.conf import settings

_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class CertificateError(Exception):
    """The certificate or its key cannot be used; the text says why."""


@dataclass(frozen=True)
class Signer:
    """A certificate with its key and the certificates above it."""

    certificate: x509.Certificate
    key: _Key
    above: tuple[x509.Certificate, ...]

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses that the certificate is for, in lower case."""
        try:
            names = self.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return frozenset()
        return frozenset(name.lower() for name in names.get_values_for_type(x509.RFC822Name))

    def is_for(self, address: str) -> bool:
        """Whether mail from this address may be signed: another's signature would only alarm its reader."""
        return address.lower() in self.addresses

    def signed(self, mail: bytes) -> bytes:
        """The mail with its content signed, lines ending as on the wire."""
        outer, inner = _taken_apart(mail)
        builder = pkcs7.PKCS7SignatureBuilder().set_data(inner)
        builder = builder.add_signer(self.certificate, self.key, hashes.SHA256())
        for certificate in self.above:
            builder = builder.add_certificate(certificate)
        content = builder.sign(serialization.Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])
        return outer + b"\r\n".join(content.splitlines()) + b"\r\n"


def signer() -> Signer | None:
    """The configured signer; None when mail is not signed. Raises CertificateError."""
    if not (settings.SMIME_CERTIFICATE and settings.SMIME_KEY):
        return None
    paths = Path(settings.SMIME_CERTIFICATE), Path(settings.SMIME_KEY)
    try:
        changed = tuple(path.stat().st_mtime_ns for path in paths)
    except OSError as error:
        raise CertificateError(str(error)) from error
    return _read(*paths, settings.SMIME_KEY_PASSWORD, changed)


@lru_cache(maxsize=1)
def _read(certificate: Path, key: Path, password: str, changed: tuple[int, ...]) -> Signer:
    try:
        first, *above = x509.load_pem_x509_certificates(certificate.read_bytes())
        loaded = serialization.load_pem_private_key(key.read_bytes(), password.encode() or None)
    except (OSError, ValueError, TypeError) as error:
        raise CertificateError(str(error)) from error
    if not isinstance(loaded, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise CertificateError("The key is neither RSA nor EC.")
    if loaded.public_key() != first.public_key():
        raise CertificateError("The key is not the one of the first certificate in the file.")
    return Signer(first, loaded, tuple(above))


def _taken_apart(mail: bytes) -> tuple[bytes, bytes]:
    """The headers that stay outside, and the part that is signed: what describes the content, and the content."""
    head, _blank, body = mail.partition(b"\r\n\r\n")
    outer: list[bytes] = []
    inner: list[bytes] = []
    place: list[bytes] | None = None
    for line in head.split(b"\r\n"):
        if not line.startswith((b" ", b"\t")):
            name = line.partition(b":")[0].lower()
            place = inner if name.startswith(b"content-") else None if name == b"mime-version" else outer
        if place is not None:
            place.append(line)
    return b"".join(line + b"\r\n" for line in outer), b"\r\n".join(inner) + b"\r\n\r\n" + body
