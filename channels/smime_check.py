"""The system check of the certificate that signs mail."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from channels.email.signing import CertificateError, signer


@register
def check_certificate(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a certificate or key that cannot sign: every mail would fail."""
    if bool(settings.SMIME_CERTIFICATE) != bool(settings.SMIME_KEY):
        return [
            Error(
                "Only one of SMIME_CERTIFICATE and SMIME_KEY is set.",
                hint="Set both to have mail signed, or none.", id="channels.E001",
            )
        ]  # fmt: skip
    try:
        by = signer()
    except CertificateError as error:
        return [
            Error(
                f"SMIME_CERTIFICATE and SMIME_KEY cannot be used: {error}",
                hint="Name two readable files in PEM: the certificate, with those above it, and its RSA or EC key; "
                "SMIME_KEY_PASSWORD opens the key.",
                id="channels.E001",
            )
        ]  # fmt: skip
    if by is not None and not by.addresses:
        return [
            Error(
                "The certificate in SMIME_CERTIFICATE names no e-mail address, so no mail would be signed.",
                hint="Use one that is made for the address mail comes from.", id="channels.E001",
            )
        ]  # fmt: skip
    return []
