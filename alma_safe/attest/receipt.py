"""Receipts on disk: two signed envelopes, one on each line. Made here, and checked here.

Nothing of a receipt is believed before its signature holds, and after that only what
fits the design, the policy and itself. Source: Dead Simple Signing Envelope v1.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alma_safe.attest.refused import ReceiptRefused
from alma_safe.attest.statement import (
    EVIDENCE,
    LEVEL,
    PAYLOAD,
    STATEMENT,
    SUMMARY,
    VERIFIER,
    encoded,
    moment,
    summary,
)
from alma_safe.report import STAGES
from alma_safe.text import visible

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, Key

MAX_BYTES = 4 * 2**20
_SKEW = datetime.timedelta(minutes=5)
_KINDS = (("evidence", EVIDENCE), ("summary", SUMMARY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt that holds: for these bytes, under this policy, until then."""

    name: str
    digest: str
    policy: str
    policy_digest: str
    domain: str | None
    seed: int
    report: Mapping[str, Any]
    tools: Mapping[str, str]
    verified: datetime.datetime
    expires: datetime.datetime


def signed(evidence: Mapping[str, Any], signer: CryptoSigner, tool_version: str) -> str:
    """Sign an evidence statement and its summary; return the text of the receipt."""
    from securesystemslib.dsse import Envelope

    first = encoded(evidence)
    second = encoded(summary(evidence, hashlib.sha256(first).hexdigest(), tool_version))
    lines = []
    for payload in (first, second):
        envelope = Envelope(payload, PAYLOAD, {})
        envelope.sign(signer)
        lines.append(json.dumps(envelope.to_dict(), sort_keys=True))
    return "\n".join(lines) + "\n"


def checked(
    data: bytes,
    *,
    digest: str,
    keys: Sequence[Key],
    policy_digest: str | None = None,
    now: datetime.datetime | None = None,
) -> Receipt:
    """Check a receipt for the bytes with ``digest`` (``sha256:...``).

    ``policy_digest``: of the policy that it has to be of; None takes any. Raises
    ReceiptRefused that names the field that does not hold.
    """
    if len(data) > MAX_BYTES:
        raise ReceiptRefused("receipt", f"it is larger than {MAX_BYTES} bytes")
    lines = [line for line in data.split(b"\n") if line.strip()]
    if len(lines) != len(_KINDS):
        raise ReceiptRefused("statements", f"{len(lines)} of them, not {len(_KINDS)}")
    payloads, statements = [], []
    for line, (what, kind) in zip(lines, _KINDS, strict=True):
        payload = _payload(line, what, keys)
        payloads.append(payload)
        statements.append(_statement(payload, what, kind, digest))
    told, summed = (each["predicate"] for each in statements)
    receipt = _evidence(told, statements[0]["subject"][0]["name"], digest, policy_digest, now)
    _summary(summed, told, hashlib.sha256(payloads[0]).hexdigest())
    return receipt


def _payload(line: bytes, what: str, keys: Sequence[Key]) -> bytes:
    """The payload of an envelope, once its signature holds."""
    from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
    from securesystemslib.signer import Signature

    envelope = _object(line, what)
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
    payload = _bytes(envelope["payload"], f"{what}.payload")
    raw = _bytes(found["sig"], f"{what}.signatures.sig")
    known = [key for key in keys if key.keyid == found["keyid"]]
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


def _statement(payload: bytes, what: str, kind: str, digest: str) -> dict[str, Any]:
    statement = _object(payload, what)
    if statement.get("_type") != STATEMENT:
        raise ReceiptRefused(f"{what}._type", visible(str(statement.get("_type")), 80))
    if statement.get("predicateType") != kind:
        raise ReceiptRefused(
            f"{what}.predicateType",
            f"{visible(str(statement.get('predicateType')), 80)}, not {kind}",
        )
    subjects = statement.get("subject")
    try:
        [subject] = subjects  # type: ignore[misc]
        found, name = subject["digest"]["sha256"], subject["name"]
    except (TypeError, ValueError, KeyError):
        raise ReceiptRefused(f"{what}.subject", "there is not one, with a sha256") from None
    if f"sha256:{found}" != digest or not isinstance(name, str):
        raise ReceiptRefused(
            f"{what}.subject.digest",
            f"it is of other bytes: {visible(str(found), 80)}",
            hint="the design was changed, or the receipt is of another one",
        )
    if not isinstance(statement.get("predicate"), dict):
        raise ReceiptRefused(f"{what}.predicate", "it is no object")
    return statement


def _evidence(
    told: Mapping[str, Any],
    name: str,
    digest: str,
    policy_digest: str | None,
    now: datetime.datetime | None,
) -> Receipt:
    try:
        report, policy = told["report"], told["policy"]
        verified, expires = moment(told["timeVerified"]), moment(told["expires"])
        receipt = Receipt(
            name=name,
            digest=digest,
            policy=str(policy["name"]),
            policy_digest=str(policy["digest"]),
            domain=told["domain"],
            seed=int(told["seed"]),
            report=report,
            tools=dict(told["tools"]),
            verified=verified,
            expires=expires,
        )
        same_policy = report["policy"]["digest"] == policy["digest"]
        same_bytes = report["digest"] == digest
        stages = {stage["name"]: stage["status"] for stage in report["stages"]}
        blocked = [
            finding["rule"]
            for stage in report["stages"]
            for finding in stage["findings"]
            if finding["severity"] == "error"
        ]
        unchecked = [stage["name"] for stage in report["stages"] if not stage["checks"] > 0]
    except (KeyError, TypeError, ValueError) as error:
        raise ReceiptRefused(
            "evidence.predicate", f"it has another shape: {visible(str(error), 80)}"
        ) from None
    if not same_bytes:
        raise ReceiptRefused("evidence.report.digest", "the report is of other bytes")
    if not same_policy:
        raise ReceiptRefused("evidence.policy.digest", "the report is of another policy")
    if policy_digest is not None and receipt.policy_digest != policy_digest:
        raise ReceiptRefused(
            "evidence.policy.digest",
            f"it is of another policy than the one asked for: {visible(receipt.policy, 80)}",
            hint="give the --policy that it was judged by, or have it judged again",
        )
    if report["verdict"] != "accepted":
        raise ReceiptRefused("evidence.report.verdict", visible(str(report["verdict"]), 40))
    # The verdict is derived again from what it is said to follow from.
    lacking = [stage for stage in STAGES if stages.get(stage) != "passed"]
    if lacking or blocked or unchecked:
        why = [f"{stage} did not pass" for stage in lacking] + blocked + unchecked
        raise ReceiptRefused(
            "evidence.report.verdict", f"its own evidence is against it: {visible(why[0], 80)}"
        )
    moment_now = now or datetime.datetime.now(datetime.UTC)
    if receipt.verified > moment_now + _SKEW:
        raise ReceiptRefused("evidence.timeVerified", "it is in the future")
    if receipt.expires <= moment_now:
        raise ReceiptRefused(
            "evidence.expires",
            f"it expired: {told['expires']}",
            hint="have the design judged and signed again",
        )
    return receipt


def _summary(summed: Mapping[str, Any], told: Mapping[str, Any], digest: str) -> None:
    try:
        inputs = [(each["uri"], each["digest"]["sha256"]) for each in summed["inputAttestations"]]
        policy = summed["policy"]["digest"]["sha256"]
        verifier, result = summed["verifier"]["id"], summed["verificationResult"]
        levels, at = summed["verifiedLevels"], summed["timeVerified"]
    except (KeyError, TypeError) as error:
        raise ReceiptRefused(
            "summary.predicate", f"it has another shape: {visible(str(error), 80)}"
        ) from None
    wrong = {
        "summary.inputAttestations": inputs != [(EVIDENCE, digest)],
        "summary.policy.digest": f"sha256:{policy}" != told["policy"]["digest"],
        "summary.verifier.id": verifier != VERIFIER,
        "summary.verificationResult": result != "PASSED",
        "summary.verifiedLevels": levels != [LEVEL],
        "summary.timeVerified": at != told["timeVerified"],
    }
    for field, bad in wrong.items():
        if bad:
            raise ReceiptRefused(field, "it does not fit the evidence")


def _object(data: bytes, what: str) -> dict[str, Any]:
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


def _bytes(value: object, field: str) -> bytes:
    try:
        return base64.b64decode(str(value), validate=True)
    except binascii.Error:
        raise ReceiptRefused(field, "it is no base64") from None
