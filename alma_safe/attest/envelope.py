"""Signed envelopes: who signs, and who is trusted to have signed.

A hand signs payloads; a trust opens what was signed, and gives the payload only where the
signature is of somebody who counts. Source: Dead Simple Signing Envelope v1.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from alma_safe.attest.refused import ReceiptRefused
from alma_safe.attest.statement import PAYLOAD
from alma_safe.text import visible

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, Key


class Hand(Protocol):
    """Who signs."""

    def sign(self, payload: bytes) -> str:
        """Return the signed payload as one line of JSON."""


class Trust(Protocol):
    """Who may have signed."""

    def opened(self, line: bytes, what: str) -> bytes:
        """Return the payload. Raises ReceiptRefused, whose field begins with ``what``."""


class KeyHand:
    """Signs with a private key."""

    def __init__(self, signer: CryptoSigner) -> None:
        self._signer = signer

    def sign(self, payload: bytes) -> str:
        """See :class:`Hand`."""
        from securesystemslib.dsse import Envelope

        envelope = Envelope(payload, PAYLOAD, {})
        envelope.sign(self._signer)
        return json.dumps(envelope.to_dict(), sort_keys=True)


class KeyTrust:
    """Trusts public keys: one signature, of one of them."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = tuple(keys)

    def opened(self, line: bytes, what: str) -> bytes:
        """See :class:`Trust`."""
        from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
        from securesystemslib.signer import Signature

        envelope = object_of(line, what)
        if envelope.keys() != {"payload", "payloadType", "signatures"}:
            raise ReceiptRefused(what, "its keys are not those of an envelope")
        if envelope["payloadType"] != PAYLOAD:
            raise ReceiptRefused(f"{what}.payloadType", visible(str(envelope["payloadType"]), 80))
        signatures = envelope["signatures"]
        if not isinstance(signatures, list) or len(signatures) != 1:
            count = len(signatures) if isinstance(signatures, list) else 0
            raise ReceiptRefused(f"{what}.signatures", f"{count} of them, not one")
        found = signatures[0]
        if not isinstance(found, dict) or not found.get("sig") or found.keys() != {"keyid", "sig"}:
            raise ReceiptRefused(f"{what}.signatures", "it is empty or has another shape")
        payload = bytes_of(envelope["payload"], f"{what}.payload")
        raw = bytes_of(found["sig"], f"{what}.signatures.sig")
        known = [key for key in self._keys if key.keyid == found["keyid"]]
        if not known:
            raise ReceiptRefused(
                f"{what}.signatures.keyid",
                f"no key that is trusted here: {visible(str(found['keyid']), 80)}",
                hint="give the public key of who signed it",
            )
        signature = Signature(keyid=known[0].keyid, sig=raw.hex())
        kind = PAYLOAD.encode()
        pae = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
        try:
            known[0].verify_signature(signature, pae)
        except (UnverifiedSignatureError, VerificationError):
            raise ReceiptRefused(f"{what}.signatures.sig", "it is not of this payload") from None
        return payload


def object_of(data: bytes, what: str) -> dict[str, Any]:
    """A JSON object without doubtful parts. Raises ReceiptRefused."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ReceiptRefused(what, "a key is there twice")
        return found

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_constant=_none)
    except (ValueError, RecursionError):
        raise ReceiptRefused(what, "it is no JSON") from None
    if not isinstance(value, dict):
        raise ReceiptRefused(what, "it is no JSON object")
    return value


def _none(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def bytes_of(value: object, field: str) -> bytes:
    """What base64 stands for. Raises ReceiptRefused."""
    try:
        return base64.b64decode(str(value), validate=True)
    except ValueError:
        raise ReceiptRefused(field, "it is no base64") from None
