"""What a receipt says: two in-toto statements about the bytes of one design.

The first holds the evidence: the report of the gate with everything that it depends on.
The second is a summary in the shape that others read; it names the first by its digest, so
neither can be left out, swapped or taken from another receipt.
Source: in-toto attestation framework, Statement v1; SLSA, Verification Summary v1.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any

STATEMENT = "https://in-toto.io/Statement/v1"
EVIDENCE = "tag:alma-safe,2026:evidence/v1"
SUMMARY = "https://slsa.dev/verification_summary/v1"
PAYLOAD = "application/vnd.in-toto+json"
LEVEL = "ALMA_SAFE_GATE"
VERIFIER = "tag:alma-safe,2026:gate"


def evidence(
    *,
    name: str,
    report: Mapping[str, Any],
    policy: str,
    domain: str | None,
    recorders: str,
    seed: int,
    tools: Mapping[str, str],
    environment: Mapping[str, Any] | None,
    at: datetime.datetime,
    days: int,
) -> dict[str, Any]:
    """The statement that holds what was done. ``report``: of one design, as JSON.

    ``name``: of the file, without its folders: where it lay on the signer's machine is
    nobody's business, and has no part in what is checked.

    ``recorders``: the digest of what the design was given of the domain, whose name may
    come to stand for something else.
    """
    return {
        "_type": STATEMENT,
        "subject": [_subject(name, str(report["digest"]))],
        "predicateType": EVIDENCE,
        "predicate": {
            "report": {**report, "path": name},
            "policy": {"name": policy, "digest": report["policy"]["digest"]},
            "domain": domain,
            "recorders": {"digest": recorders},
            "seed": seed,
            "tools": dict(sorted(tools.items())),
            "environment": dict(environment) if environment is not None else None,
            "timeVerified": stamp(at),
            "expires": stamp(at + datetime.timedelta(days=days)),
        },
    }


def summary(told: Mapping[str, Any], digest: str, tool_version: str) -> dict[str, Any]:
    """The statement that sums an evidence statement up; ``digest``: of its payload."""
    predicate = told["predicate"]
    accepted = predicate["report"]["verdict"] == "accepted"
    policy = predicate["policy"]
    return {
        "_type": STATEMENT,
        "subject": told["subject"],
        "predicateType": SUMMARY,
        "predicate": {
            "verifier": {"id": VERIFIER, "version": {"alma-safe": tool_version}},
            "timeVerified": predicate["timeVerified"],
            "resourceUri": f"pkg:generic/{told['subject'][0]['name']}",
            "policy": {
                "uri": f"tag:alma-safe,2026:policy/{policy['name']}",
                "digest": {"sha256": policy["digest"].removeprefix("sha256:")},
            },
            "inputAttestations": [{"uri": EVIDENCE, "digest": {"sha256": digest}}],
            "verificationResult": "PASSED" if accepted else "FAILED",
            "verifiedLevels": [LEVEL] if accepted else [],
            "slsaVersion": "1.0",
        },
    }


def encoded(statement: Mapping[str, Any]) -> bytes:
    """The bytes that are signed."""
    return json.dumps(statement, sort_keys=True, separators=(",", ":")).encode()


def stamp(at: datetime.datetime) -> str:
    """A moment as statements have it: UTC, whole seconds."""
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime.datetime:
    """Read a stamp. Raises ValueError."""
    found = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    return found.replace(tzinfo=datetime.UTC)


def _subject(name: str, digest: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}
