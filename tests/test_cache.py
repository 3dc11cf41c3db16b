"""Where caches lie and whose they must be."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from alma_safe import cache
from alma_safe.errors import InfrastructureError


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("ALMA_SAFE_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return monkeypatch


def test_chosen_folder_wins(tmp_path: Path, nothing_set: pytest.MonkeyPatch) -> None:
    nothing_set.setenv("ALMA_SAFE_CACHE", str(tmp_path / "x" / ".." / "mine"))
    assert cache.cache_root() == tmp_path / "mine"


def test_chosen_relative_folder_is_made_absolute(
    tmp_path: Path, nothing_set: pytest.MonkeyPatch
) -> None:
    nothing_set.chdir(tmp_path)
    nothing_set.setenv("ALMA_SAFE_CACHE", "mine")
    assert cache.cache_root() == tmp_path / "mine"


def test_root_uses_the_system_folder(nothing_set: pytest.MonkeyPatch) -> None:
    nothing_set.setattr(os, "geteuid", lambda: 0)
    assert cache.cache_root() == Path("/var/cache/alma-safe")


def test_others_use_their_own_folder(tmp_path: Path, nothing_set: pytest.MonkeyPatch) -> None:
    nothing_set.setattr(os, "geteuid", lambda: 1000)
    nothing_set.setenv("HOME", str(tmp_path))
    assert cache.cache_root() == tmp_path / ".cache" / "alma-safe"
    nothing_set.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.cache_root() == tmp_path / "xdg" / "alma-safe"


def test_folder_is_created_and_returned_again(
    tmp_path: Path, nothing_set: pytest.MonkeyPatch
) -> None:
    nothing_set.setenv("ALMA_SAFE_CACHE", str(tmp_path / "a" / "b"))
    made = cache.cache_dir("banks")
    assert made == tmp_path / "a" / "b" / "banks"
    assert made.is_dir()
    assert cache.cache_dir("banks") == made


def test_folder_is_writable_for_its_owner_alone(
    tmp_path: Path, nothing_set: pytest.MonkeyPatch
) -> None:
    nothing_set.setenv("ALMA_SAFE_CACHE", str(tmp_path / "c"))
    assert cache.cache_dir("x").stat().st_mode & 0o022 == 0


def test_folder_of_somebody_else_is_refused(
    tmp_path: Path, nothing_set: pytest.MonkeyPatch
) -> None:
    nothing_set.setenv("ALMA_SAFE_CACHE", str(tmp_path))
    cache.cache_dir("x")
    stranger = os.geteuid() + 1
    nothing_set.setattr(os, "geteuid", lambda: stranger)
    with pytest.raises(InfrastructureError, match="another user") as caught:
        cache.cache_dir("x")
    assert "ALMA_SAFE_CACHE" in caught.value.hint


def test_folder_that_cannot_be_made_is_refused(
    tmp_path: Path, nothing_set: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    nothing_set.setenv("ALMA_SAFE_CACHE", str(tmp_path / "file"))
    with pytest.raises(InfrastructureError, match="cannot use the cache folder"):
        cache.cache_dir("x")


@pytest.mark.parametrize(("place", "mode"), [(".", 0o777), ("x", 0o777), ("x", 0o1777)])
def test_folder_that_everybody_can_write_to_is_refused(
    tmp_path: Path, nothing_set: pytest.MonkeyPatch, place: str, mode: int
) -> None:
    nothing_set.setenv("ALMA_SAFE_CACHE", str(tmp_path))
    cache.cache_dir("x")
    (tmp_path / place).chmod(mode)
    with pytest.raises(InfrastructureError, match="can be written by everybody"):
        cache.cache_dir("x")


def test_folder_of_ours_in_a_shared_one_is_taken(
    tmp_path: Path, nothing_set: pytest.MonkeyPatch
) -> None:
    nothing_set.setenv("ALMA_SAFE_CACHE", str(tmp_path))
    tmp_path.chmod(0o1777)
    assert cache.cache_dir("x").is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to another")
def test_link_or_root_of_somebody_else_is_refused(
    tmp_path: Path, nothing_set: pytest.MonkeyPatch
) -> None:
    nothing_set.setenv("ALMA_SAFE_CACHE", str(tmp_path / "c"))
    (tmp_path / "filled-by-strangers").mkdir()
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "x").symlink_to(tmp_path / "filled-by-strangers")
    assert cache.cache_dir("x").is_dir()
    os.lchown(tmp_path / "c" / "x", 4242, 4242)
    with pytest.raises(InfrastructureError, match="another user"):
        cache.cache_dir("x")
    cache.cache_dir("y")
    os.chown(tmp_path / "c", 4242, 4242)
    with pytest.raises(InfrastructureError, match="another user"):
        cache.cache_dir("y")


@pytest.fixture
def no_room() -> Iterator[None]:
    """No file of this process grows beyond a kilobyte, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("no_room")
def test_what_cannot_be_written_whole_leaves_nothing_behind(tmp_path: Path) -> None:
    cache.write_atomically(tmp_path / "kept", b"before")
    with pytest.raises(InfrastructureError) as caught:
        cache.write_atomically(tmp_path / "kept", b"x" * 100_000)
    assert str(tmp_path) in caught.value.message
    assert "ALMA_SAFE_CACHE" in caught.value.hint
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("kept", b"before")]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match="nowhere"):
        cache.write_atomically(tmp_path / "nowhere" / "x", b"")
