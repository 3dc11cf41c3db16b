from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.search.archive import Archive, Reader
from alma_safe.search.archive.schema import FILE, connected, emptied
from tests.search.makers import settings

SOURCES = [f"x = {number}\n".encode() * 50 for number in range(40)]
NAMED = tuple(
    (f"{number}.py", "sha256:" + hashlib.sha256(data).hexdigest())
    for number, data in enumerate(SOURCES)
)
CREATES = """
import sys
from pathlib import Path
from alma_safe.search.archive import Archive
from tests.search.test_making import NAMED, SOURCES
from tests.search.makers import settings
print("ready", flush=True)
Archive.create(Path(sys.argv[1]), settings(seeds=NAMED), SOURCES)
print("made", flush=True)
sys.stdin.read()
"""


def gone_on_or_begun(folder: Path) -> Archive:
    """The run that is there, or a new one where none is."""
    if (folder / FILE).exists():
        return Archive.open(folder)
    with pytest.raises(UsageError, match="holds no run") as told:
        Archive.open(folder)
    assert "--resume" in told.value.hint
    return Archive.create(folder, settings(seeds=NAMED), SOURCES)


def test_a_run_that_is_killed_while_it_is_made_is_one_or_none(tmp_path: Path) -> None:
    chance = random.Random()
    for number in range(25):
        folder = tmp_path / str(number)
        process = subprocess.Popen(
            [sys.executable, "-c", CREATES, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.0, 0.06))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        with gone_on_or_begun(folder) as archive:
            assert archive.settings == settings(seeds=NAMED)
            assert [archive.source(digest) for _, digest in NAMED] == SOURCES
        assert not list(folder.glob(f"{FILE}.part*"))


def test_an_archive_without_settings_is_no_run(tmp_path: Path) -> None:
    emptied(tmp_path / FILE).close()
    with pytest.raises(UsageError, match="holds no run"):
        Archive.open(tmp_path)
    with Archive.create(tmp_path, settings(seed=7)) as archive:
        assert archive.settings.seed == 7


@pytest.mark.parametrize("beside", ["", "-journal"])
def test_a_file_that_nothing_was_written_to_is_no_run(tmp_path: Path, beside: str) -> None:
    (tmp_path / FILE).write_bytes(b"")
    (tmp_path / f"{FILE}{beside}").write_bytes(b"")
    with Archive.create(tmp_path, settings(seed=7)) as archive:
        assert archive.settings.seed == 7


def test_a_file_that_is_not_ours_is_not_replaced(tmp_path: Path) -> None:
    kept = b"what somebody keeps under this name" * 100
    (tmp_path / FILE).write_bytes(kept)
    with pytest.raises(UsageError, match="holds a run already"):
        Archive.create(tmp_path, settings())
    assert (tmp_path / FILE).read_bytes() == kept


def test_links_where_the_parts_of_a_run_go_are_not_followed(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("kept")
    (tmp_path / "run").mkdir()
    for name in ("", "-journal", "-wal", "-shm"):
        (tmp_path / "run" / f"{FILE}.part{name}").symlink_to(theirs)
    Archive.create(tmp_path / "run", settings()).close()
    assert theirs.read_text() == "kept"


def test_a_new_run_needs_no_journal_when_it_is_opened(tmp_path: Path) -> None:
    Archive.create(tmp_path, settings()).close()
    base = sqlite3.connect(tmp_path / FILE)
    assert base.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    base.close()
    connected(tmp_path, write=True).close()


@pytest.mark.parametrize("name", ["n" * 300, "/".join(["d" * 200] * 30)])
def test_names_that_no_folder_can_have_hold_no_run(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="holds no run"):
        Reader.read(tmp_path / name)
    with pytest.raises(UsageError, match="holds no run"):
        Archive.open(tmp_path / name)
    with pytest.raises(UsageError, match="cannot write the run folder"):
        Archive.create(tmp_path / name, settings())


def written(run: Path) -> None:
    """Begin a run and write to it until the disk is full."""
    with Archive.create(run, settings(seeds=NAMED), SOURCES) as archive:
        for _ in range(1000):
            archive.event("began")


@contextlib.contextmanager
def disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A file system of that size."""
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)], check=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
@pytest.mark.parametrize("kilobytes", [8, 32, 64, 100, 140, 180])
def test_a_disk_that_is_full_is_said_so_and_leaves_nothing_in_the_way(
    tmp_path: Path, kilobytes: int
) -> None:
    with disk(tmp_path / "disk", kilobytes) as folder:
        run = folder / "run"
        with pytest.raises(InfrastructureError, match="cannot write") as told:
            written(run)
        assert str(folder) in told.value.message
        subprocess.run(["mount", "-o", "remount,size=4096k", str(folder)], check=True)
        with gone_on_or_begun(run) as archive:
            assert [archive.source(digest) for _, digest in NAMED] == SOURCES
            archive.event("went on")
