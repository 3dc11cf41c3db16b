"""What doctor witnessed is kept for the host as it runs, and reports refer to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alma_safe.sandbox.witness import record
from alma_safe.sandbox.witness.record import Record, environment, keep, kept

SEEN = Record(digest="sha256:" + "0" * 64, outcomes={"PASS": 3, "FAIL": 1})


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALMA_SAFE_CACHE", str(tmp_path))
    return tmp_path / "doctor"


def test_the_last_examination_of_a_backend_is_found_again(cache):
    keep("nsjail", Record(digest="sha256:" + "1" * 64, outcomes={"PASS": 4}))
    keep("nsjail", SEEN)
    assert kept("nsjail") == SEEN
    assert kept("docker") is None
    assert [path.name for path in cache.iterdir()] == ["nsjail.json"]
    assert environment("nsjail").to_json() == {
        "backend": "nsjail", "doctor": SEEN.digest, "outcomes": {"FAIL": 1, "PASS": 3},
    }  # fmt: skip


def test_without_an_examination_a_report_says_so():
    assert environment("docker").to_json() == {"backend": "docker", "doctor": None, "outcomes": {}}


@pytest.mark.parametrize("key", ["version", "kernel", "boot", "user"])
def test_an_examination_does_not_hold_for_another_host(cache, key, monkeypatch):
    keep("nsjail", SEEN)
    now = dict(record._host("nsjail"))
    monkeypatch.setattr(record, "_host", lambda backend: {**now, key: "other"})
    assert kept("nsjail") is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ALMA_SAFE_DOCKER_RUNTIME", "runsc"), ("DOCKER_HOST", "unix:///elsewhere.sock")],
)
def test_an_examination_of_docker_does_not_hold_for_another_runtime_or_engine(
    variable, value, monkeypatch
):
    monkeypatch.delenv(variable, raising=False)
    for backend in ("docker", "nsjail"):
        keep(backend, SEEN)
    monkeypatch.setenv(variable, value)
    assert kept("docker") is None
    assert kept("nsjail") == SEEN


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"host": 1}', "\xff", "[" * 9999])
def test_a_spoilt_file_is_no_examination(cache, text):
    keep("nsjail", SEEN)
    (cache / "nsjail.json").write_text(text, encoding="latin-1")
    assert kept("nsjail") is None
    keep("nsjail", SEEN)
    assert kept("nsjail") == SEEN


def test_outcomes_must_be_there(cache):
    keep("nsjail", SEEN)
    content = json.loads((cache / "nsjail.json").read_text())
    del content["outcomes"]
    (cache / "nsjail.json").write_text(json.dumps(content))
    assert kept("nsjail") is None
