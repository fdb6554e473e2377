"""Passwords of mailboxes, encrypted with a key of their own: who reads the database can sign in nowhere."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealedForeverError(Exception):
    """No key of MAILBOX_KEYS opens a kept secret."""


def seal(text: str) -> str:
    """The secret as it is kept; nothing stays nothing."""
    return _keys().encrypt(text.encode()).decode() if text else ""


def unseal(kept: str) -> str:
    """The secret itself; raises SealedForeverError when no key opens it."""
    try:
        return _keys().decrypt(kept.encode()).decode() if kept else ""
    except InvalidToken as error:
        raise SealedForeverError from error


def _keys() -> MultiFernet:
    """The first key encrypts; each of them decrypts, so that a key can be replaced."""
    return MultiFernet([Fernet(_derived(key)) for key in settings.MAILBOX_KEYS])


def _derived(key: str) -> bytes:
    digest = hmac.new(key.encode(), b"mailboxes", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest)
