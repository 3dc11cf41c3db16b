from __future__ import annotations

import base64
import datetime
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alma_safe.attest import keys
from alma_safe.attest.envelope import KeyHand, KeyTrust, bytes_of
from alma_safe.attest.receipt import Receipt, checked, signed
from alma_safe.attest.refused import ReceiptRefused
from alma_safe.attest.statement import EVIDENCE, PAYLOAD, SUMMARY, evidence
from alma_safe.errors import UsageError
from alma_safe.report import STAGES

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
BYTES = b"class Memory: ...\n"
DIGEST = "sha256:" + hashlib.sha256(BYTES).hexdigest()
RECORDERS = "sha256:" + "cd" * 32
POLICY = "sha256:" + "ab" * 32


def report(**values: Any) -> dict[str, Any]:
    stages = [{"name": n, "status": "passed", "checks": 5, "findings": []} for n in STAGES]
    found = {
        "path": "memory.py",
        "digest": DIGEST,
        "policy": {"name": "strict", "digest": POLICY},
        "verdict": "accepted",
        "stages": stages,
    }
    return {**found, **values}


def told(**values: Any) -> dict[str, Any]:
    return evidence(
        **{
            "name": "memory.py",
            "report": report(),
            "policy": "strict",
            "domain": None,
            "recorders": RECORDERS,
            "seed": 0,
            "tools": {"python": "3.12"},
            "environment": {"backend": "nsjail", "doctor": None},
            "at": NOW,
            "days": 90,
            **values,
        }
    )


def test_a_statement_does_not_tell_the_folders_of_its_signer() -> None:
    found = told(report=report(path="/a/secret project/memory.py"))
    assert found["predicate"]["report"]["path"] == "memory.py"
    assert "secret" not in json.dumps(found)


def receipt(pair: tuple[Any, Any], **values: Any) -> str:
    return signed(told(**values), KeyHand(pair[0]), "0.1.0")


def check(text: str | bytes, pair: tuple[Any, Any], **values: Any) -> Receipt:
    data = text.encode() if isinstance(text, str) else text
    trust = KeyTrust(values.pop("keys", [pair[1]]))
    asked = {"digest": DIGEST, "trust": trust, "policy_digest": POLICY, "now": NOW, **values}
    return checked(data, **asked)


def refused(text: str | bytes, pair: tuple[Any, Any], **values: Any) -> str:
    with pytest.raises(ReceiptRefused) as caught:
        check(text, pair, **values)
    assert caught.value.exit_code == 1
    assert caught.value.field in caught.value.message
    return caught.value.field


def resigned(
    pair: tuple[Any, Any],
    change: Callable[[dict[str, Any], dict[str, Any]], None],
    infinite: str = "Infinity",
) -> str:
    """A receipt whose statements were changed by somebody who holds the key."""
    from securesystemslib.dsse import Envelope

    lines = receipt(pair).splitlines()
    first, second = (json.loads(base64.b64decode(json.loads(each)["payload"])) for each in lines)
    change(first, second)
    found = []
    for statement in (first, second):
        told = json.dumps(statement).replace("Infinity", infinite)
        envelope = Envelope(told.encode(), PAYLOAD, {})
        envelope.sign(pair[0])
        found.append(json.dumps(envelope.to_dict()))
    return "\n".join(found)


def test_a_receipt_says_for_what_it_holds(pair: tuple[Any, Any]) -> None:
    found = check(receipt(pair, domain="textworld", seed=7), pair)
    assert (found.digest, found.policy, found.policy_digest) == (DIGEST, "strict", POLICY)
    assert (found.domain, found.seed, found.name) == ("textworld", 7, "memory.py")
    assert found.expires - found.verified == datetime.timedelta(days=90)


def test_statements_have_the_shapes_that_others_read(pair: tuple[Any, Any]) -> None:
    first, second = (json.loads(line) for line in receipt(pair).splitlines())
    assert first["payloadType"] == second["payloadType"] == PAYLOAD
    one, two = (json.loads(base64.b64decode(each["payload"])) for each in (first, second))
    assert one["_type"] == two["_type"] == "https://in-toto.io/Statement/v1"
    assert (one["predicateType"], two["predicateType"]) == (EVIDENCE, SUMMARY)
    assert (
        one["subject"]
        == two["subject"]
        == [{"name": "memory.py", "digest": {"sha256": DIGEST.removeprefix("sha256:")}}]
    )
    assert two["predicate"]["verificationResult"] == "PASSED"
    payload = base64.b64decode(first["payload"])
    [read] = two["predicate"]["inputAttestations"]
    assert read["digest"]["sha256"] == hashlib.sha256(payload).hexdigest()


@settings(max_examples=200)
@given(data=st.data())
def test_a_flipped_byte_anywhere_is_refused(pair: tuple[Any, Any], data: st.DataObject) -> None:
    text = receipt(pair).encode()
    place = data.draw(st.integers(0, len(text) - 1))
    flipped = bytearray(text)
    flipped[place] ^= data.draw(st.sampled_from([1, 2, 4, 16, 64, 128]))
    try:
        found = check(bytes(flipped), pair)
    except ReceiptRefused:
        return
    # What is no part of what was signed may change: spaces between keys, or the last newline.
    assert found == check(text, pair)


def test_a_receipt_of_another_design_is_refused(pair: tuple[Any, Any]) -> None:
    assert refused(receipt(pair), pair, digest="sha256:" + "0" * 64) == "evidence.subject.digest"


def test_a_subject_that_was_swapped_is_refused(pair: tuple[Any, Any]) -> None:
    def swap(first: dict[str, Any], second: dict[str, Any]) -> None:
        second["subject"][0]["digest"]["sha256"] = "0" * 64

    assert refused(resigned(pair, swap), pair) == "summary.subject.digest"


def test_a_dropped_statement_is_refused(pair: tuple[Any, Any]) -> None:
    first, second = receipt(pair).splitlines()
    assert refused(first, pair) == "statements"
    assert refused(second, pair) == "statements"
    assert refused("", pair) == "statements"


def test_statements_in_another_order_are_refused(pair: tuple[Any, Any]) -> None:
    first, second = receipt(pair).splitlines()
    assert refused(f"{second}\n{first}\n", pair) == "evidence.predicateType"


def test_a_statement_of_another_receipt_is_refused(pair: tuple[Any, Any]) -> None:
    first, _ = receipt(pair).splitlines()
    _, later = receipt(pair, at=NOW - datetime.timedelta(days=1)).splitlines()
    assert refused(f"{first}\n{later}\n", pair) == "summary.inputAttestations"
    assert refused(f"{first}\n{first}\n", pair) == "summary.predicateType"
    three = receipt(pair) + later
    assert refused(three, pair) == "statements"


@pytest.mark.parametrize("signatures", [[], [{}], [{"keyid": "x", "sig": ""}], None, "all", 7])
def test_empty_signatures_are_refused(pair: tuple[Any, Any], signatures: Any) -> None:
    first, second = receipt(pair).splitlines()
    envelope = {**json.loads(first), "signatures": signatures}
    assert refused(f"{json.dumps(envelope)}\n{second}", pair) == "evidence.signatures"


def test_several_signatures_are_refused(pair: tuple[Any, Any], other: tuple[Any, Any]) -> None:
    mine, theirs = (json.loads(receipt(each).splitlines()[0]) for each in (pair, other))
    both = {**mine, "signatures": mine["signatures"] + theirs["signatures"]}
    second = receipt(pair).splitlines()[1]
    assert refused(f"{json.dumps(both)}\n{second}", pair) == "evidence.signatures"


def test_a_key_that_is_not_trusted_is_refused(
    pair: tuple[Any, Any], other: tuple[Any, Any]
) -> None:
    assert refused(receipt(other), pair) == "evidence.signatures.keyid"
    assert check(receipt(other), pair, keys=[pair[1], other[1]])


def test_a_signature_of_one_key_under_the_name_of_another_is_refused(
    pair: tuple[Any, Any], other: tuple[Any, Any]
) -> None:
    first, second = (json.loads(line) for line in receipt(other).splitlines())
    for each in (first, second):
        each["signatures"][0]["keyid"] = pair[1].keyid
    text = f"{json.dumps(first)}\n{json.dumps(second)}"
    assert refused(text, pair) == "evidence.signatures.sig"


def test_another_payload_type_is_refused(pair: tuple[Any, Any]) -> None:
    first, second = receipt(pair).splitlines()
    envelope = {**json.loads(first), "payloadType": "text/plain"}
    assert refused(f"{json.dumps(envelope)}\n{second}", pair) == "evidence.payloadType"


def test_an_unknown_predicate_is_refused(pair: tuple[Any, Any]) -> None:
    def unknown(first: dict[str, Any], second: dict[str, Any]) -> None:
        first["predicateType"] = "tag:alma-safe,2026:evidence/v9"

    assert refused(resigned(pair, unknown), pair) == "evidence.predicateType"


def test_a_key_that_is_there_twice_is_refused(pair: tuple[Any, Any]) -> None:
    first, second = receipt(pair).splitlines()
    twice = first[:-1] + ', "payloadType": "application/vnd.in-toto+json"}'
    assert refused(f"{twice}\n{second}", pair) == "evidence"


def test_an_expired_receipt_is_refused(pair: tuple[Any, Any]) -> None:
    late = NOW + datetime.timedelta(days=90)
    assert refused(receipt(pair), pair, now=late) == "evidence.expires"
    assert check(receipt(pair), pair, now=late - datetime.timedelta(seconds=1))
    early = NOW - datetime.timedelta(hours=1)
    assert refused(receipt(pair), pair, now=early) == "evidence.timeVerified"


def test_a_receipt_of_another_policy_is_refused(pair: tuple[Any, Any]) -> None:
    assert (
        refused(receipt(pair), pair, policy_digest="sha256:" + "cd" * 32)
        == "evidence.policy.digest"
    )
    assert check(receipt(pair), pair, policy_digest=None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"verdict": "rejected"}, "evidence.report.verdict"),
        ({"stages": []}, "evidence.report.verdict"),
        ({"stages": [{"name": n, "status": "passed", "checks": 0, "findings": []} for n in STAGES]},
         "evidence.report.verdict"),
        ({"stages": [{"name": n, "status": "skipped", "checks": 1, "findings": []} for n in STAGES]},
         "evidence.report.verdict"),
        ({"stages": [{"name": n, "status": "passed", "checks": 1,
                      "findings": [{"rule": "S101", "severity": "error"}]} for n in STAGES]},
         "evidence.report.verdict"),
        ({"digest": "sha256:" + "1" * 64}, "evidence.report.digest"),
        ({"policy": {"name": "lax", "digest": "ef" * 32}}, "evidence.policy.digest"),
        ({"stages": None}, "evidence.predicate"),
    ],
)  # fmt: skip
def test_a_verdict_against_its_own_evidence_is_refused(
    pair: tuple[Any, Any], change: dict[str, Any], field: str
) -> None:
    def contradict(first: dict[str, Any], second: dict[str, Any]) -> None:
        first["predicate"]["report"].update(change)

    assert refused(resigned(pair, contradict), pair) == field


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("verificationResult",), "FAILED", "summary.verificationResult"),
        (("verifiedLevels",), ["SLSA_BUILD_LEVEL_3"], "summary.verifiedLevels"),
        (("verifier", "id"), "somebody", "summary.verifier.id"),
        (("policy", "digest", "sha256"), "00", "summary.policy.digest"),
        (("inputAttestations",), [], "summary.inputAttestations"),
        (("timeVerified",), "2020-01-01T00:00:00Z", "summary.timeVerified"),
        (("policy",), None, "summary.predicate"),
    ],
)
def test_a_summary_that_says_something_else_is_refused(
    pair: tuple[Any, Any], path: tuple[str, ...], value: Any, field: str
) -> None:
    def change(first: dict[str, Any], second: dict[str, Any]) -> None:
        raw = json.dumps(first).encode()
        place = second["predicate"]
        place["inputAttestations"][0]["digest"]["sha256"] = hashlib.sha256(raw).hexdigest()
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    assert refused(resigned(pair, change), pair) == field


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seed", float("1e999")), ("seed", "x"), ("seed", None), ("tools", 7), ("tools", "abc"),
        ("expires", "9999-99-99T00:00:00Z"), ("expires", 7), ("report", []), ("policy", "strict"),
    ],
)  # fmt: skip
def test_evidence_of_any_other_shape_is_a_refusal(
    pair: tuple[Any, Any], key: str, value: Any
) -> None:
    def change(first: dict[str, Any], second: dict[str, Any]) -> None:
        first["predicate"][key] = value

    # json.dumps writes Infinity, which is no JSON; 1e999 is, and is read as infinite.
    text = resigned(pair, change, infinite="1e999")
    assert refused(text, pair) == "evidence.predicate"


@pytest.mark.parametrize("junk", [b"\xff\xfe\n{}", b"[" * 100_000 + b"\n{}", b"{}\n{}", b"1\n2"])
def test_junk_is_refused(pair: tuple[Any, Any], junk: bytes) -> None:
    assert refused(junk, pair).startswith("evidence")


def test_a_receipt_of_any_size_is_not_read(pair: tuple[Any, Any]) -> None:
    assert refused(b" " * (5 * 2**20), pair) == "receipt"


def test_a_private_key_is_for_its_owner_alone_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    keys.generate(path, None)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        keys.generate(path, None)
    assert path.read_bytes() == before


def test_no_half_pair_of_keys_is_left(tmp_path: Path) -> None:
    path = tmp_path / "key"
    (tmp_path / "key.pub").write_text("somebody's")
    with pytest.raises(UsageError, match=r"key.pub is there already"):
        keys.generate(path, None)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["key.pub"]
    assert (tmp_path / "key.pub").read_text() == "somebody's"


@pytest.mark.parametrize("text", ["not base64!", "\ud800", "gr\u00fcn", "AA=A", 7])
def test_what_is_no_base64_is_refused_and_no_fault_of_ours(text: object) -> None:
    with pytest.raises(ReceiptRefused) as caught:
        bytes_of(text, "payload")
    assert caught.value.field == "payload"


def test_a_key_with_a_passphrase_needs_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    keys.generate(path, b"open sesame")
    assert b"ENCRYPTED" in path.read_bytes()
    assert keys.signer(path, b"open sesame")
    with pytest.raises(UsageError, match="has a passphrase"):
        keys.signer(path, None)
    with pytest.raises(UsageError, match="passphrase is another one"):
        keys.signer(path, b"open barley")


def test_files_that_are_no_keys_are_named(tmp_path: Path, pair: tuple[Any, Any]) -> None:
    junk = tmp_path / "junk"
    junk.write_text("no key")
    for read in (lambda: keys.signer(junk, None), lambda: keys.public(junk)):
        with pytest.raises(UsageError, match="junk"):
            read()
    with pytest.raises(UsageError, match="cannot read"):
        keys.public(tmp_path / "nowhere")
