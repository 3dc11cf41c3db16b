"""Receipts on disk: two signed statements, one on each line. Made here, and checked here.

Nothing of a receipt is believed before its signature holds, and after that only what
fits the design, the policy and itself.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alma_safe.attest.envelope import Hand, Trust, object_of
from alma_safe.attest.refused import ReceiptRefused
from alma_safe.attest.statement import (
    EVIDENCE,
    LEVEL,
    STATEMENT,
    SUMMARY,
    VERIFIER,
    encoded,
    moment,
    summary,
)
from alma_safe.files import read_start
from alma_safe.report import STAGES
from alma_safe.text import visible

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
    recorders: str
    seed: int
    report: Mapping[str, Any]
    tools: Mapping[str, str]
    verified: datetime.datetime
    expires: datetime.datetime


def signed(evidence: Mapping[str, Any], hand: Hand, tool_version: str) -> str:
    """Sign an evidence statement and its summary; return the text of the receipt."""
    first = encoded(evidence)
    second = encoded(summary(evidence, hashlib.sha256(first).hexdigest(), tool_version))
    return "".join(f"{hand.sign(payload)}\n" for payload in (first, second))


def read_receipt(path: str | Path) -> bytes:
    """Return the bytes of a receipt, one more than it may have at most. Raises UsageError."""
    data, _ = read_start(
        path,
        MAX_BYTES + 1,
        what="the receipt",
        hint="`alma-safe attest sign` makes one; without one nothing is accepted",
    )
    return data


def checked(
    data: bytes,
    *,
    digest: str,
    trust: Trust,
    policy_digest: str | None = None,
    now: datetime.datetime | None = None,
) -> Receipt:
    """Check a receipt for the bytes with ``digest`` (``sha256:...``).

    ``trust``: by whom it has to be signed; ``policy_digest``: of the policy that it has to
    be of; None takes any. Raises ReceiptRefused that names the field that does not hold.
    """
    if len(data) > MAX_BYTES:
        raise ReceiptRefused("receipt", f"it is larger than {MAX_BYTES} bytes")
    lines = [line for line in data.split(b"\n") if line.strip()]
    if len(lines) != len(_KINDS):
        raise ReceiptRefused("statements", f"{len(lines)} of them, not {len(_KINDS)}")
    payloads, statements = [], []
    for line, (what, kind) in zip(lines, _KINDS, strict=True):
        payload = trust.opened(line, what)
        payloads.append(payload)
        statements.append(_statement(payload, what, kind, digest))
    told, summed = (each["predicate"] for each in statements)
    receipt = _evidence(told, statements[0]["subject"][0]["name"], digest, policy_digest, now)
    _summary(summed, told, hashlib.sha256(payloads[0]).hexdigest())
    return receipt


def _statement(payload: bytes, what: str, kind: str, digest: str) -> dict[str, Any]:
    statement = object_of(payload, what)
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
            domain=_domain(told["domain"]),
            recorders=str(told["recorders"]["digest"]),
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
    except (KeyError, TypeError, ValueError, OverflowError) as error:
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


def _domain(name: object) -> str | None:
    if name is None or isinstance(name, str):
        return name
    raise TypeError("domain")


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
