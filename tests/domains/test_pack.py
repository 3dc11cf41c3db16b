from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alma_safe.domains.pack import find_pack, read_pack
from alma_safe.errors import UsageError
from alma_safe.recorders import DOMAINS
from tests.domains.conftest import DOMAINS as SAMPLES


@pytest.mark.parametrize("name", DOMAINS)
def test_shipped_domains_say_what_they_are(name: str) -> None:
    pack = find_pack(name)
    assert pack.name == pack.recorder.domain == name
    assert "Answer with exactly" in pack.prompt
    assert len(pack.description) > 200
    pack.require()


def test_step_limits_are_those_of_alma() -> None:
    limits = {name: find_pack(name).max_steps for name in DOMAINS}
    assert limits == {"alfworld": 30, "textworld": 80, "babaisai": 20, "minihack": 100}


def test_folder_is_a_domain_by_its_path() -> None:
    assert find_pack(str(SAMPLES / "doors")).title == "Doors"


def test_digest_changes_with_the_code(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "doors", tmp_path / "doors")
    before = read_pack(tmp_path / "doors").digest
    (tmp_path / "doors" / "pack.py").write_text("# other\n")
    assert read_pack(tmp_path / "doors").digest != before


@pytest.mark.parametrize("name", ["nowhere", "", "text world\x1b", "x" * 400])
def test_unknown_domain_names_those_that_there_are(name: str) -> None:
    with pytest.raises(UsageError, match="unknown domain") as caught:
        find_pack(name)
    assert caught.value.message.isprintable()
    assert "textworld" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('schema = "alma-safe/domain/v1"', "", "schema"),
        ('name = "doors"', "", "name is missing"),
        ('name = "doors"', "name = 3", "name must be a text"),
        ('name = "doors"', 'name = "no name"', "identifier"),
        ('["all"]', "[]", "task_sets is empty"),
        ('["all"]', "[1]", "list of texts"),
        ('["all"]', '"all"', "must be a list"),
        ("prompt =", "promt =", "prompt is missing"),
        ("prompt =", 'colour = "red"\nprompt =', "unknown keys colour"),
        ('["all"]', '["all"', "not a TOML file"),
    ],
)
def test_errors_of_a_pack_name_the_file_and_what_is_wrong(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    folder = tmp_path / "doors"
    shutil.copytree(SAMPLES / "doors", folder)
    path = folder / "pack.toml"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(UsageError, match=told) as caught:
        read_pack(folder)
    assert str(path) in caught.value.message


@pytest.mark.parametrize("missing", ["pack.toml", "pack.py", "recorder.toml"])
def test_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    folder = tmp_path / "doors"
    shutil.copytree(SAMPLES / "doors", folder)
    (folder / missing).unlink()
    with pytest.raises(UsageError, match=missing):
        read_pack(folder)


def test_missing_package_names_the_extra(tmp_path: Path) -> None:
    folder = tmp_path / "doors"
    shutil.copytree(SAMPLES / "doors", folder)
    path = folder / "pack.toml"
    path.write_text(path.read_text() + 'requires = ["no_such_package"]\nextra = "doors"\n')
    with pytest.raises(UsageError, match="no_such_package") as caught:
        read_pack(folder).require()
    assert caught.value.hint == "pip install 'alma-safe[doors]'"
