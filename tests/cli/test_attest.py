from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_search import ran

DESIGN = "designs/risk_table.py"


@pytest.fixture
def key(tmp_path: Path) -> str:
    path = str(tmp_path / "key")
    assert ran("attest", "keygen", "--output", path).returncode == 0
    return path


@pytest.mark.slow
def test_an_accepted_design_is_signed_and_its_receipt_holds_and_is_derived_again(
    tmp_path: Path, key: str
) -> None:
    receipt = str(tmp_path / "receipt.jsonl")
    asked = ("attest", "sign", DESIGN, "--key", key, "--domain", "textworld", "--seed", "3")
    signed = ran(*asked, "--output", receipt)
    assert signed.returncode == 0, signed.stderr
    verify = ("attest", "verify", DESIGN, "--receipt", receipt, "--key", f"{key}.pub")
    found = ran(*verify, "--policy", "strict")
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith(f"accepted  {DESIGN}")
    again = ran(*verify, "--rederive")
    assert again.returncode == 0, again.stderr
    assert "derived again" in again.stdout

    # A wall that is missing here says nothing about the design.
    nowhere = f"unix://{tmp_path}/nowhere"
    fault = ran(*verify, "--rederive", "--sandbox", "docker", DOCKER_HOST=nowhere)
    assert fault.returncode == 3, fault.stderr
    assert "could not be derived again" in fault.stderr

    tampered = tmp_path / "risk_table.py"
    tampered.write_text(Path(DESIGN).read_text() + "\n# one line more\n")
    refused = ran("attest", "verify", str(tampered), *verify[3:])
    assert refused.returncode == 1
    assert "evidence.subject.digest" in refused.stderr
    other = ran(*verify, "--policy", "standard")
    assert other.returncode == 1
    assert "evidence.policy.digest" in other.stderr


@pytest.mark.slow
def test_a_refused_design_is_not_signed(tmp_path: Path, key: str) -> None:
    receipt = tmp_path / "receipt"
    sample = "tests/assets/buggy/missing_await_on_layer.py"
    found = ran("attest", "sign", sample, "--key", key, "--output", str(receipt))
    assert found.returncode == 1
    assert "mypy.unused-coroutine" in found.stdout
    assert "not signed" in found.stderr
    assert not receipt.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "no action"),
        (("sign", DESIGN, "--key", "nowhere", "--output", "r"), "cannot read the key"),
        (("sign", DESIGN, "--key", DESIGN, "--output", "r"), "is no private key"),
        (("verify", DESIGN, "--receipt", "r", "--key", "nowhere"), "cannot read the key"),
        (("verify", DESIGN, "--receipt", "nowhere", "--key", "KEY.pub"), "cannot read the receipt"),
        (("verify", "nowhere.py", "--receipt", "r", "--key", "KEY.pub"), "nowhere.py"),
        (("verify", DESIGN, "--receipt", "r", "--key", "KEY"), "is no public key"),
        (("keygen", "--output", "KEY"), "is there already"),
        (("keygen", "--output", ""), "is no name of a file"),
        (("keygen", "--output", "/"), "is no name of a file"),
    ],
)
def test_what_cannot_be_done_is_told(key: str, arguments: tuple[str, ...], told: str) -> None:
    found = ran("attest", *(each.replace("KEY", key) for each in arguments))
    assert found.returncode == 2
    assert told in found.stderr
