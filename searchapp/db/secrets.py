"""Encryption at rest, and keyed hashes for look-up.

Keys are rotated by putting a new one in front: the first encrypts and hashes, all of them decrypt
and look up.  Hashing keys are derived from the same secrets (HKDF, RFC 5869), one a purpose, so
that a hash of a phone number says nothing about a hash of a job id.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from searchapp.errors import MissingKey, OperatorError
from searchapp.settings import Settings

_HINT = (
    "Make one with: python -c "
    "'import os, base64; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
)


class Secrets:
    """What the secret keys can do.

    :param keys: urlsafe base64 of 32 bytes each, the newest first.
    :raises OperatorError: when a key is missing or malformed.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise OperatorError(f"SEARCHAPP_SECRET_KEY is empty. {_HINT}")
        self._raw = [_decoded(key) for key in keys]
        boxes = [Fernet(key) for key in keys]
        self._newest, self._box = boxes[0], MultiFernet(boxes)

    @property
    def key_names(self) -> list[str]:
        """A short public name of each key, the newest first."""
        return [hashlib.sha256(b"name:" + raw).hexdigest()[:8] for raw in self._raw]

    def encrypt(self, text: str) -> bytes:
        """``text`` as ciphertext under the newest key."""
        return self._box.encrypt(text.encode())

    def decrypt(self, cipher: bytes) -> str:
        """The text of ``cipher``.

        :raises MissingKey: when none of the keys made it.
        """
        try:
            return self._box.decrypt(cipher).decode()
        except InvalidToken:
            raise MissingKey(
                "SEARCHAPP_SECRET_KEY lacks a key that stored data needs: append the old one."
            ) from None

    def is_newest(self, cipher: bytes) -> bool:
        """Whether the newest key made ``cipher``."""
        try:
            self._newest.decrypt(cipher)
        except InvalidToken:
            return False
        return True

    def hash(self, purpose: str, text: str) -> bytes:
        """The keyed hash (HMAC-SHA256, 32 bytes) of ``text`` under the newest key."""
        return _keyed(self._raw[0], purpose, text)

    def hashes(self, purpose: str, text: str) -> list[bytes]:
        """The keyed hash under each key, the newest first: for looking up older rows."""
        return [_keyed(raw, purpose, text) for raw in self._raw]


def _decoded(key: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(key)
    except (ValueError, binascii.Error):
        raw = b""
    if len(raw) != 32:
        raise OperatorError(f"SEARCHAPP_SECRET_KEY: a key is not 32 bytes of base64. {_HINT}")
    return raw


def _keyed(raw: bytes, purpose: str, text: str) -> bytes:
    derived = HKDF(SHA256(), 32, salt=None, info=f"searchapp:{purpose}".encode()).derive(raw)
    return hmac.digest(derived, text.encode(), "sha256")


def load_secrets(settings: Settings) -> Secrets:
    """The secrets of ``settings``; made once in the data folder on the embedded default.

    :raises OperatorError: when DATABASE_URL is set and no key is given, or the file cannot be used.
    """
    if settings.secret_key is not None:
        value = settings.secret_key.get_secret_value()
        return Secrets([key.strip() for key in value.split(",") if key.strip()])
    if not settings.embedded or settings.production:
        raise OperatorError(f"SEARCHAPP_SECRET_KEY must be set. {_HINT}")
    path = settings.data_dir / "secret.key"
    try:
        return Secrets([_own_key(path)])
    except OSError as error:
        raise OperatorError(
            f"The key {path} cannot be read or made: {error.strerror}. Let this user write there, "
            "or set SEARCHAPP_DATA_DIR to another folder."
        ) from error
    except OperatorError as error:
        raise OperatorError(
            f"The key {path} is damaged: put it back from a backup. Without it the stored phone "
            "numbers are lost; remove the file to go on with a new one."
        ) from error


def _own_key(path: Path) -> str:
    """The key in ``path``, made by whichever process comes first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.urlsafe_b64encode(os.urandom(32)))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)  # Fails if another process was first: then its key counts.
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()
