"""What counts as changed since a revision: the bytes that are judged, whatever the repository says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from alma_safe.cli.changed import changed_since
from alma_safe.design import MAX_BYTES, Design, collect
from alma_safe.errors import UsageError

SOURCE = "x = 1\n"
OTHER = "import os\n"


def git(*arguments: str, **environment: str) -> str:
    ran = subprocess.run(
        ["git", "-c", "user.name=n", "-c", "user.email=e@x", *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    return ran.stdout


def commit() -> None:
    git("add", "-A", "-f")
    git("commit", "-q", "-m", "more")


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a design in one commit, as the working directory."""
    folder = tmp_path / "repository"
    (folder / "designs").mkdir(parents=True)
    (folder / "designs" / "a.py").write_text(SOURCE)
    (folder / "data").mkdir()
    (folder / "data" / "notes.txt").write_text(OTHER)
    monkeypatch.chdir(folder)
    git("init", "-q")
    commit()
    return folder


def judged(*paths: str, since: str = "HEAD") -> list[str]:
    return [each.path for each in changed_since(since, collect(list(paths or ("designs",))))]


def edit() -> None:
    Path("designs/a.py").write_text(OTHER)


def hidden_by_a_filter() -> None:
    git("config", "filter.x.clean", "git show HEAD:designs/a.py")
    Path(".git/info/attributes").write_text("*.py filter=x\n")
    edit()


def hidden_by_the_index() -> None:
    git("update-index", "--assume-unchanged", "designs/a.py")
    edit()


def hidden_by_attributes() -> None:
    # The object stays the same, and what is checked out does not.
    Path(".gitattributes").write_text("*.py text eol=crlf\n")
    commit()
    Path("designs/a.py").unlink()
    git("checkout", "--", "designs/a.py")


def hidden_by_another_worktree() -> None:
    edit()
    git("config", "core.worktree", str(Path("designs").resolve()))


def hidden_by_a_replacement() -> None:
    edit()
    forged = git("hash-object", "-w", "designs/a.py").strip()
    git("replace", git("rev-parse", "HEAD:designs/a.py").strip(), forged)


def a_link_to_what_is_unchanged() -> None:
    Path("designs/a.py").unlink()
    Path("designs/a.py").symlink_to("../data/notes.txt")
    commit()


@pytest.mark.parametrize(
    "hide",
    [
        edit,
        hidden_by_a_filter,
        hidden_by_the_index,
        hidden_by_attributes,
        hidden_by_another_worktree,
        hidden_by_a_replacement,
        a_link_to_what_is_unchanged,
    ],
)
def test_what_is_changed_is_judged_whatever_the_repository_says(hide: Callable[[], None]) -> None:
    hide()
    assert judged() == ["designs/a.py"]


def test_what_git_is_told_to_ignore_is_judged() -> None:
    Path(".gitignore").write_text("new*\n")
    Path("designs/new.py").write_text(OTHER)
    assert judged() == ["designs/new.py"]


def test_what_came_with_a_submodule_is_judged(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "inside.py").write_text(OTHER)
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "one")):
        git("-C", str(other), *arguments)
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "designs/s")
    commit()
    assert judged() == ["designs/s/inside.py"]


def test_what_is_in_no_repository_is_judged(tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text(SOURCE)
    assert judged(str(tmp_path / "outside.py")) == [str(tmp_path / "outside.py")]
    [stdin] = changed_since("HEAD", [Design.from_bytes(SOURCE.encode(), path="<stdin>")])
    assert stdin.path == "<stdin>"


def test_what_is_too_large_to_be_read_whole_is_judged() -> None:
    Path("designs/a.py").write_text("#" * (MAX_BYTES + 9))
    commit()
    assert judged() == ["designs/a.py"]


@pytest.mark.parametrize("name", ["-x.py", "a\nb.py", 'q"uo\\te.py', "ü\t.py", "--output=y.py"])
def test_any_name_of_a_file_is_found_again(name: str) -> None:
    (Path("designs") / name).write_text(SOURCE)
    assert judged() == [f"designs/{name}"]
    commit()
    assert judged() == []


def test_repositories_with_longer_object_names_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    git("init", "-q", "--object-format=sha256")
    Path("a.py").write_text(SOURCE)
    commit()
    assert judged("a.py") == []
    Path("a.py").write_text(OTHER)
    assert judged("a.py") == ["a.py"]


def test_no_program_of_the_repository_is_run(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho $0 >> {tmp_path}/was-run\ncat\n")
    program.chmod(0o755)
    for key in ("core.fsmonitor", "filter.x.clean", "filter.x.process", "diff.external"):
        git("config", key, str(program))
    git("config", "diff.x.textconv", str(program))
    git("config", "alias.rev-parse", f"!{program}")
    git("config", "core.hooksPath", str(tmp_path))
    Path(".git/info/attributes").write_text("*.py filter=x diff=x\n")
    edit()
    (tmp_path / "was-run").unlink(missing_ok=True)
    assert judged() == ["designs/a.py"]
    assert not (tmp_path / "was-run").exists()


def test_missing_objects_are_not_fetched(tmp_path: Path) -> None:
    tree = git("rev-parse", "HEAD^{tree}").strip()
    Path(".git/objects", tree[:2], tree[2:]).unlink()
    for key, value in (
        ("core.repositoryformatversion", "1"),
        ("extensions.partialclone", "origin"),
        ("remote.origin.url", f"ext::sh -c touch% {tmp_path}/was-run"),
        ("remote.origin.promisor", "true"),
        ("protocol.ext.allow", "always"),
    ):
        git("config", key, value)
    with pytest.raises(UsageError):
        judged()
    assert not (tmp_path / "was-run").exists()
