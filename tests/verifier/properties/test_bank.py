"""What Hypothesis draws: once per seed, the same everywhere, shrunk when it fails."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest

from alma_safe.policy import load_policy
from alma_safe.recorders import DOMAINS, recorder_schema
from alma_safe.verifier.properties import bank, rules
from alma_safe.verifier.properties.bank import generate, load_bank, shrink_live
from alma_safe.verifier.properties.texts import AWKWARD
from alma_safe.verifier.properties.violation import Violation
from tests.verifier.guests import changed

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = changed("properties", examples=8, max_operations=5).properties
SCHEMA = recorder_schema("textworld")


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALMA_SAFE_CACHE", str(tmp_path))
    return tmp_path / "banks"


def forbid(*_: object) -> None:
    raise AssertionError("generated again")


@pytest.mark.usefixtures("own_cache")
def test_bank_is_generated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_bank(SCHEMA, SETTINGS, 3)
    monkeypatch.setattr(bank, "generate", forbid)
    assert load_bank(SCHEMA, SETTINGS, 3) == first
    assert first


def test_every_setting_that_matters_has_a_bank_of_its_own(own_cache: Path) -> None:
    load_bank(SCHEMA, SETTINGS, 3)
    load_bank(SCHEMA, SETTINGS, 4)
    load_bank(recorder_schema("minihack"), SETTINGS, 3)
    load_bank(SCHEMA, changed("properties", examples=8, max_operations=6).properties, 3)
    load_bank(SCHEMA, changed("properties", examples=9, max_operations=5).properties, 3)
    assert len(list(own_cache.iterdir())) == 5


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_damaged_bank_is_drawn_again(content: bytes, own_cache: Path) -> None:
    first = load_bank(SCHEMA, SETTINGS, 3)
    (path,) = own_cache.iterdir()
    path.write_bytes(content)
    assert load_bank(SCHEMA, SETTINGS, 3) == first
    assert json.loads(path.read_bytes()) == first


def test_a_disk_that_is_full_costs_time_and_no_verdict(own_cache: Path) -> None:
    first = load_bank(SCHEMA, SETTINGS, 3)
    (path,) = own_cache.iterdir()
    path.unlink()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file grows beyond this.
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        assert load_bank(SCHEMA, SETTINGS, 3) == first
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(own_cache.iterdir()) == []


def digest_elsewhere(folder: Path, **environment: str) -> str:
    """What another process draws that is run in ``folder``."""
    program = (
        "import hashlib, json\n"
        "from alma_safe.recorders import recorder_schema\n"
        "from alma_safe.verifier.properties.bank import generate\n"
        "from tests.verifier.properties.test_bank import SETTINGS\n"
        "drawn = generate(recorder_schema('textworld'), SETTINGS, 3)\n"
        "print(hashlib.sha256(json.dumps(drawn).encode()).hexdigest())\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def digest_here() -> str:
    return hashlib.sha256(json.dumps(generate(SCHEMA, SETTINGS, 3)).encode()).hexdigest()


def test_bank_is_the_same_in_every_process() -> None:
    digests = {digest_elsewhere(ROOT, PYTHONHASHSEED=seed) for seed in ("0", "77")}
    assert digests == {digest_here()}


def test_what_else_is_loaded_changes_nothing(tmp_path: Path) -> None:
    # Hypothesis by itself draws on the constants of the modules that it finds.
    before = generate(SCHEMA, SETTINGS, 3)
    module = tmp_path / "full_of_constants.py"
    module.write_text("\n".join(f"X{n} = 'constant {n}', {n}" for n in range(300)))
    spec = importlib.util.spec_from_file_location("full_of_constants", module)
    assert spec is not None
    sys.modules["full_of_constants"] = importlib.util.module_from_spec(spec)
    try:
        assert generate(SCHEMA, SETTINGS, 3) == before
    finally:
        del sys.modules["full_of_constants"]


def test_what_is_drawn_is_not_chosen_by_the_folder_that_we_are_run_from(tmp_path: Path) -> None:
    table = tmp_path / ".hypothesis" / "unicode_data" / unicodedata.unidata_version
    table.mkdir(parents=True)
    letters = [["Lu", [[65, 90]]], ["Ll", [[97, 122]]], ["Nd", [[48, 57]]]]
    (table / "charmap.json.gz").write_bytes(gzip.compress(json.dumps(letters).encode()))
    cache = str(tmp_path / "cache")
    assert digest_elsewhere(tmp_path, ALMA_SAFE_CACHE=cache) == digest_here()


@pytest.mark.parametrize("place", [0, 3, -1])
def test_any_failure_of_the_bank_is_found_again_live(place: int) -> None:
    target = generate(SCHEMA, SETTINGS, 3)[place]
    violation = shrunk(lambda sequence: sequence == target, budget_s=0.5)
    assert violation is not None
    assert violation.trail == target


def test_seeds_draw_different_sequences() -> None:
    assert generate(SCHEMA, SETTINGS, 3) != generate(SCHEMA, SETTINGS, 4)


@pytest.mark.parametrize("domain", [None, *DOMAINS])
def test_sequences_keep_to_the_documented_shape(domain: str | None) -> None:
    schema = recorder_schema(domain)
    sequences = generate(schema, SETTINGS, 0)
    assert 1 < len(sequences) <= SETTINGS.examples
    operations = [operation for sequence in sequences for operation in sequence]
    assert {operation["op"] for operation in operations} == {"update", "retrieve"}
    assert max(len(sequence) for sequence in sequences) <= SETTINGS.max_operations
    for operation in operations:
        recorder = operation["recorder"]
        assert set(recorder["init"]) == set(schema.init)
        assert all(set(step) == set(schema.step) for step in recorder["steps"])
        assert operation["op"] == "update" or recorder["steps"] == []
        json.dumps(recorder).encode("utf-8")


def test_policy_draws_awkward_texts_and_others() -> None:
    drawn = json.dumps(load_bank(recorder_schema(None), load_policy().properties, 0))
    assert sum(json.dumps(text)[1:-1] in drawn for text in AWKWARD if len(text) > 5) > 3
    assert "\\u" in drawn


def shrunk(fails, budget_s: float = 5.0) -> Violation | None:
    """Shrink the first sequence of the bank that fails."""
    failing = next((sequence for sequence in generate(SCHEMA, SETTINGS, 3) if fails(sequence)), [])

    async def run(sequence):
        await asyncio.sleep(0)
        if fails(sequence):
            return Violation(rule=rules.RAISED, message="it failed")
        return None

    async def search():
        return await shrink_live(SCHEMA, SETTINGS, 3, run, failing=failing, budget_s=budget_s)

    return asyncio.run(search())


def test_failing_sequence_is_shrunk_to_what_is_needed() -> None:
    def two_updates(sequence) -> bool:
        return sum(operation["op"] == "update" for operation in sequence) >= 2

    violation = shrunk(two_updates)
    assert violation is not None
    sequence = violation.trail
    assert [operation["op"] for operation in sequence] == ["update", "update"]
    assert all(operation["recorder"]["steps"] == [] for operation in sequence)
    assert violation.message == "it failed"


def test_what_does_not_fail_again_is_said() -> None:
    assert shrunk(lambda _: False) is None


def test_shrinking_ends_in_time_with_the_smallest_so_far() -> None:
    def slow(sequence) -> bool:
        time.sleep(0.02)
        return len(sequence) > 1

    started = time.monotonic()
    violation = shrunk(slow, budget_s=0.6)
    assert violation is not None
    assert len(violation.trail) > 1
    assert time.monotonic() - started < 10


def test_old_banks_are_forgotten(tmp_path, monkeypatch):
    from alma_safe.verifier.properties import bank

    monkeypatch.setattr(bank, "_KEPT_BANKS", 3)
    for number in range(6):
        path = tmp_path / f"{number}.json"
        path.write_text("[]")
        os.utime(path, (number, number))
    bank._forget_old(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["3.json", "4.json", "5.json"]
