"""Keys of ed25519: made, kept as PEM files, the private one only for its owner.

Source: RFC 8032 (ed25519), RFC 5958 (PKCS #8).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from alma_safe.errors import UsageError
from alma_safe.files import read_regular
from alma_safe.text import visible

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, Key

_MAX_BYTES = 16_384


def require() -> None:
    """Raise UsageError where the extra that signs is not installed."""
    import importlib.util

    if any(importlib.util.find_spec(name) is None for name in ("securesystemslib", "cryptography")):
        raise UsageError(
            "receipts need the packages securesystemslib and cryptography",
            hint="pip install 'alma-safe[attest]'",
        )


def generate(path: Path, passphrase: bytes | None) -> str:
    """Write a private key to ``path`` and its public one to ``path.pub``; return its id.

    Raises UsageError for a place that cannot be written, or where something is already:
    a key that is overwritten is lost.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from securesystemslib.signer import SSlibKey

    if not path.name:
        raise UsageError(
            f"{visible(str(path))} is no name of a file", hint="--output FILE, as in --output key"
        )
    private = Ed25519PrivateKey.generate()
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        protection = serialization.BestAvailableEncryption(passphrase)
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _write_new(path, secret, 0o600)
    try:
        _write_new(path.with_name(path.name + ".pub"), public, 0o644)
    except BaseException:
        # Half a pair is of no use, and would be in the way of the next attempt.
        path.unlink()
        raise
    key = SSlibKey.from_crypto(private.public_key())
    return str(key.keyid)


def _write_new(place: Path, data: bytes, mode: int) -> None:
    """Write a file that is not there yet, whole or not at all."""
    try:
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError:
        raise UsageError(
            f"{visible(str(place))} is there already", hint="give --output another name"
        ) from None
    except OSError as error:
        raise UsageError(f"cannot write {visible(str(place))}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
    except OSError as error:
        place.unlink()
        raise UsageError(f"cannot write {visible(str(place))}: {error.strerror}") from None


def signer(path: Path, passphrase: bytes | None) -> CryptoSigner:
    """Read a private key. Raises UsageError for one that cannot be used."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    try:
        private = load_pem_private_key(_read(path), password=passphrase or None)
    except TypeError:
        wanted = "has a passphrase" if passphrase is None else "has no passphrase"
        raise UsageError(
            f"the key {visible(str(path))} {wanted}",
            hint="ALMA_SAFE_PASSPHRASE holds the passphrase, where there is one",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(
            f"{visible(str(path))} is no private key, or its passphrase is another one",
            hint="`alma-safe attest keygen --output FILE` makes one",
        ) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise UsageError(f"{visible(str(path))} is no key of ed25519")
    return CryptoSigner(private)


def public(path: Path) -> Key:
    """Read a public key. Raises UsageError for one that cannot be used."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    try:
        key = load_pem_public_key(_read(path))
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(
            f"{visible(str(path))} is no public key",
            hint="give FILE.pub, which `alma-safe attest keygen --output FILE` made",
        ) from None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{visible(str(path))} is no key of ed25519")
    return SSlibKey.from_crypto(key)


def _read(path: Path) -> bytes:
    return read_regular(
        path,
        _MAX_BYTES,
        what="the key",
        hint="give a key that `alma-safe attest keygen --output FILE` made",
    )
