"""A receipt is of what its design was given of a domain, not of the domain's name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import alma_safe
from alma_safe.attest import keys
from alma_safe.attest.refused import ReceiptRefused
from alma_safe.cli import main as entry
from alma_safe.errors import UsageError
from alma_safe.recorders import material_digest, read_schema, recorder_schema
from tests.attest.test_accepted import write_receipt
from tests.domains.designs import LEARNER

DOORS = Path(__file__).resolve().parents[1] / "assets" / "domains" / "doors"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    shutil.copytree(DOORS, tmp_path / "doors")
    return tmp_path / "doors"


@pytest.fixture
def verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Sign for the recorders of a domain as they are; check, and return the code and words."""
    key, design, receipt = (tmp_path / name for name in ("key", "memory.py", "receipt"))
    keys.generate(key, None)
    design.write_text(LEARNER)

    def verify(*options: str, sign: str | None = None) -> tuple[int, str]:
        if sign is not None:
            write_receipt(design, receipt, key, domain=sign)
        code = entry.run([
            "attest", "verify", str(design), "--receipt", str(receipt), "--key", f"{key}.pub",
            *options,
        ])  # fmt: skip
        return code, capsys.readouterr().err

    return verify


def changed(pack: Path, old: str = "red door", new: str = "black door") -> None:
    path = pack / "recorder.toml"
    path.write_text(path.read_text().replace(old, new))


def test_a_receipt_does_not_hold_for_recorders_that_were_changed(
    verified: Callable[..., tuple[int, str]], pack: Path
) -> None:
    assert verified(sign=str(pack)) == (0, "")
    changed(pack)
    code, told = verified()
    assert code == 1
    assert "evidence.recorders.digest" in told
    code, told = verified("--rederive")
    assert code == 1
    assert "evidence.recorders.digest" in told


def test_what_a_verdict_does_not_follow_from_may_change(
    verified: Callable[..., tuple[int, str]], pack: Path
) -> None:
    assert verified(sign=str(pack)) == (0, "")
    (pack / "pack.py").write_text("# other games\n")
    changed(pack, "schema =", "# a comment\nschema =")
    assert verified() == (0, "")


def test_recorders_that_are_elsewhere_are_named_on_the_command_line(
    verified: Callable[..., tuple[int, str]], pack: Path
) -> None:
    verified(sign=str(pack))
    moved = pack.rename(pack.with_name("moved"))
    code, told = verified()
    assert code == 0
    assert "were not compared" in told
    assert verified("--domain", str(moved)) == (0, "")
    changed(moved)
    assert verified("--domain", str(moved))[0] == 1
    code, told = verified("--rederive")
    assert code == 2
    assert str(pack) in told


def test_a_domain_that_is_asked_for_has_to_be_the_one(
    verified: Callable[..., tuple[int, str]],
) -> None:
    assert verified(sign="textworld") == (0, "")
    assert verified("--domain", "textworld") == (0, "")
    assert verified("--domain", "minihack")[0] == 1


def test_a_memory_is_not_loaded_for_recorders_that_were_changed(tmp_path: Path, pack: Path) -> None:
    key, design = tmp_path / "key", tmp_path / "memory.py"
    keys.generate(key, None)
    design.write_text(LEARNER)
    write_receipt(design, tmp_path / "receipt", key, domain=str(pack))

    def loaded(**options: Any) -> Any:
        return alma_safe.load_accepted(design, tmp_path / "receipt", [f"{key}.pub"], **options)

    assert loaded().receipt.domain == str(pack)
    changed(pack)
    for options in ({}, {"domain": str(pack)}):
        with pytest.raises(ReceiptRefused, match=r"evidence\.recorders\.digest"):
            loaded(**options)
    (pack / "recorder.toml").write_text("")
    with pytest.raises(UsageError, match="schema"):
        loaded()


@pytest.mark.parametrize(
    "change",
    [
        ("max_steps = 3", "max_steps = 4"),
        ("The task, the same", "The task,  the same"),
        ("samples = [0.0, 1.0]", "samples = [1.0, 0.0]"),
        ("[step.scores]", "[step.score]"),
        ('domain = "doors"', 'domain = "textworld"'),
        ("samples = [0.0, 1.0]", "samples = [2026-01-01, 1.0]"),
    ],
)
def test_all_that_guests_are_given_counts(pack: Path, change: tuple[str, str]) -> None:
    before = material_digest(read_schema(pack / "recorder.toml"))
    changed(pack, *change)
    assert material_digest(read_schema(pack / "recorder.toml")) != before


def test_recorded_episodes_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of every domain where none is asked for."""
    from alma_safe import recorders

    named, generic = (material_digest(recorder_schema(name)) for name in ("textworld", None))
    other = {name: recorders.recorded(name) for name in recorders.DOMAINS}
    other["textworld"] = other["minihack"]
    monkeypatch.setattr(recorders, "recorded", other.get)
    assert material_digest(recorder_schema("textworld")) != named
    assert material_digest(recorder_schema(None)) != generic
