"""Keyless receipts: the real client against a Sigstore on this machine."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alma_safe.attest.keyless import TOKEN, IdentityHand, IdentityTrust
from alma_safe.attest.receipt import checked, signed
from alma_safe.attest.refused import ReceiptRefused
from alma_safe.errors import BackendUnavailable, UsageError
from tests.attest.local_sigstore import ISSUER, Sigstore, token
from tests.attest.test_receipt import DIGEST, NOW, POLICY, receipt, told
from tests.cli.test_search import ran

WHO = "releases@example.org"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def sigstore() -> Iterator[Sigstore]:
    with Sigstore().serving() as services:
        yield services


@pytest.fixture(scope="module")
def config(sigstore: Sigstore, tmp_path_factory: pytest.TempPathFactory) -> str:
    return sigstore.write_config(tmp_path_factory.mktemp("trust") / "config.json")


@pytest.fixture
def as_somebody(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return lambda who=WHO, **more: monkeypatch.setenv(TOKEN, token(who, **more))


@pytest.fixture
def text(config: str, as_somebody: Callable[..., None]) -> str:
    as_somebody()
    return signed(told(), IdentityHand.of(config), "0.1.0")


def check(text: str, config: str, who: str = WHO, issuer: str = ISSUER) -> Any:
    trust = IdentityTrust(who, issuer, config)
    return checked(text.encode(), digest=DIGEST, trust=trust, policy_digest=POLICY, now=NOW)


def refused(text: str, config: str, **who: str) -> str:
    with pytest.raises(ReceiptRefused) as caught:
        check(text, config, **who)
    return caught.value.field


def test_who_signed_is_checked_without_asking_anybody(
    text: str, config: str, sigstore: Sigstore
) -> None:
    asked = len(sigstore.asked)
    assert check(text, config).digest == DIGEST
    assert len(sigstore.asked) == asked
    # One certificate for both statements, and both in the log.
    assert sigstore.asked[-3:] == ["/api/v2/signingCert", *["/api/v1/log/entries"] * 2]


def test_another_identity_or_issuer_is_refused_by_name(text: str, config: str) -> None:
    assert refused(text, config, who="else@example.org") == "evidence.certificate.identity"
    assert refused(text, config, issuer="https://else.test") == "evidence.certificate.identity"


def test_another_sigstore_is_not_believed(text: str, tmp_path: Path) -> None:
    with Sigstore().serving() as other:
        theirs = other.write_config(tmp_path / "theirs.json")
    assert refused(text, theirs) == "evidence.signatures.sig"
    # Nor the public one, whose root comes with the package.
    with pytest.raises(ReceiptRefused) as caught:
        checked(
            text.encode(), digest=DIGEST, trust=IdentityTrust(WHO, ISSUER), policy_digest=POLICY
        )
    assert caught.value.field == "evidence.signatures.sig"


def changed(text: str, number: int, change: Callable[[Any], None]) -> str:
    lines = text.splitlines()
    bundle = json.loads(lines[number])
    change(bundle)
    lines[number] = json.dumps(bundle)
    return "\n".join(lines) + "\n"


def payload(bundle: Any) -> None:
    envelope = bundle["dsseEnvelope"]
    found = base64.b64decode(envelope["payload"]).replace(b"strict", b"looser")
    envelope["payload"] = base64.b64encode(found).decode()


def signature(bundle: Any) -> None:
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(b"x" * 70).decode()


def no_log(bundle: Any) -> None:
    bundle["verificationMaterial"]["tlogEntries"] = []


def other_log_time(bundle: Any) -> None:
    bundle["verificationMaterial"]["tlogEntries"][0]["integratedTime"] = "1"


def twice(bundle: Any) -> None:
    bundle["dsseEnvelope"]["signatures"] *= 2


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("change", [payload, signature, no_log, other_log_time, twice])
def test_a_changed_bundle_is_refused(
    text: str, config: str, number: int, change: Callable[[Any], None]
) -> None:
    what = ("evidence", "summary")[number]
    assert refused(changed(text, number, change), config).startswith(what)


def test_statements_are_neither_dropped_nor_swapped(text: str, config: str, pair: Any) -> None:
    first, second = text.splitlines()
    assert refused(f"{first}\n", config) == "statements"
    assert refused(f"{second}\n{first}\n", config) == "evidence.predicateType"
    assert refused(f"{first}\n{receipt(pair).splitlines()[1]}\n", config) == "summary"
    assert refused(f'{first[:-1]},"dsseEnvelope":{{}}}}\n{second}\n', config) == "evidence"


def test_a_receipt_of_another_run_is_not_mixed_in(
    text: str, config: str, as_somebody: Callable[..., None]
) -> None:
    as_somebody()
    other = signed(told(seed=7), IdentityHand.of(config), "0.1.0")
    mixed = f"{text.splitlines()[0]}\n{other.splitlines()[1]}\n"
    assert refused(mixed, config) == "summary.inputAttestations"


def test_nobody_and_the_expired_cannot_sign(
    config: str, as_somebody: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI", TOKEN):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UsageError, match="nothing says who"):
        IdentityHand.of(config)
    as_somebody(minutes=-10)
    with pytest.raises(UsageError, match="token is refused"):
        IdentityHand.of(config)


def test_an_outage_is_ours_and_tells_no_token(
    config: str, sigstore: Sigstore, as_somebody: Callable[..., None], monkeypatch: Any
) -> None:
    as_somebody()
    monkeypatch.setattr(sigstore, "broken", True)
    with pytest.raises(BackendUnavailable) as caught:
        IdentityHand.of(config)
    assert caught.value.exit_code == 3
    assert token(WHO)[:30] not in str(caught.value)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"mediaType": 1}'])
def test_a_trust_config_that_is_none_is_said_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="no client trust config"):
        IdentityTrust(WHO, ISSUER, str(path))
    with pytest.raises(UsageError, match="cannot read"):
        IdentityTrust(WHO, ISSUER, str(tmp_path / "none.json"))


@pytest.mark.slow
def test_signed_by_name_and_checked_on_another_checkout(config: str, tmp_path: Path) -> None:
    design = str(ROOT / "designs" / "risk_table.py")
    output = tmp_path / "receipt"
    made = ran(
        *("attest", "sign", design, "--keyless", "--trust-config", config),
        *("--output", str(output)),
        **{TOKEN: token(WHO)},
    )
    assert made.returncode == 0, made.stderr
    check = ("attest", "verify", design, "--receipt", str(output), "--trust-config", config)
    found = ran(*check, "--identity", WHO, "--issuer", ISSUER)
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("accepted")
    wrong = ran(*check, "--identity", "else@example.org", "--issuer", ISSUER)
    assert wrong.returncode == 1
    assert "evidence.certificate.identity" in wrong.stderr
    assert ran(*check).returncode == 2
    assert ran(*check, "--identity", WHO).returncode == 2
