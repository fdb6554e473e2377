"""Second factors in the database: their secrets are encrypted, so that who reads them there can make no codes."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

# What an encrypted secret begins with; without it, it was kept before secrets were encrypted.
MARK = "fernet:"


class SecondFactorAdapter(DefaultMFAAdapter):
    """allauth's, with secrets encrypted."""

    def encrypt(self, text: str) -> str:
        """The secret as it is kept."""
        return MARK + _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret itself; raises InvalidToken when no key of SECOND_FACTOR_KEY opens it."""
        if not encrypted_text.startswith(MARK):
            return encrypted_text
        return _keys().decrypt(encrypted_text.removeprefix(MARK).encode()).decode()


def encrypt_what_is_plain(authenticators: Any) -> None:
    """Encrypt the secrets that were kept before; `authenticators` is the model, or a migration's of that name."""
    adapter = SecondFactorAdapter()
    _rewrite(authenticators, lambda kept: kept if kept.startswith(MARK) else adapter.encrypt(kept))


def decrypt_all(authenticators: Any) -> None:
    """Keep all secrets as they were kept before encryption: the way back of the migration."""
    _rewrite(authenticators, SecondFactorAdapter().decrypt)


def _rewrite(authenticators: Any, change: Callable[[str], str]) -> None:
    for one in authenticators.objects.all():
        kept: dict[str, Any] = {
            name: change(one.data[name]) for name in ("secret", "seed") if one.data.get(name)
        }
        if "migrated_codes" in one.data:
            kept["migrated_codes"] = [change(code) for code in one.data["migrated_codes"]]
        one.data = {**one.data, **kept}
        one.save(update_fields=["data"])


def _keys() -> MultiFernet:
    """The first key encrypts; each of them decrypts, so that a key can be replaced."""
    return MultiFernet([Fernet(_derived(key)) for key in settings.SECOND_FACTOR_KEYS])


def _derived(key: str) -> bytes:
    digest = hmac.new(key.encode(), b"second factors", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest)
