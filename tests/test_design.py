"""What counts as a design to read, and what is refused with a path and a hint."""

from __future__ import annotations

import hashlib
import io
import os
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe import design as module
from alma_safe.design import MAX_BYTES, Design, collect
from alma_safe.errors import InputError

SOURCE = "class Notes: ...\n"


def write(path: Path, text: str = SOURCE) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def names(designs: list[Design], root: Path) -> list[str]:
    return [os.path.relpath(design.path, root) for design in designs]


def refused(path: str) -> InputError:
    """The error for a path; it names the path on one line."""
    with pytest.raises(InputError) as caught:
        collect([path])
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 2
    return caught.value


@given(data=st.binary(max_size=500))
def test_digest_is_that_of_the_bytes_and_the_bytes_are_kept(data: bytes) -> None:
    design = Design.from_bytes(data, path="x")
    assert design.data == data
    assert design.digest == "sha256:" + hashlib.sha256(data).hexdigest()


def test_bytes_of_a_file_are_not_normalised(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbfx = 1\r\ny = 2\r\x0cz\n"
    path = tmp_path / "design.py"
    path.write_bytes(data)
    design = Design.from_file(path)
    assert (design.data, design.size, design.path) == (data, len(data), str(path))


def test_text_is_strict_and_shown_text_never_fails() -> None:
    design = Design.from_bytes(b"caf\xe9")
    with pytest.raises(UnicodeDecodeError):
        _ = design.text
    assert design.shown_text == "caf\N{REPLACEMENT CHARACTER}"


def test_file_of_the_largest_size_has_a_digest(tmp_path: Path) -> None:
    path = tmp_path / "design.py"
    path.write_bytes(b"#" * MAX_BYTES)
    assert Design.from_file(path).digest is not None


def test_huge_file_is_read_up_to_one_byte_over_the_cap(tmp_path: Path) -> None:
    path = tmp_path / "huge.py"
    path.touch()
    os.truncate(path, 1 << 33)
    design = Design.from_file(path)
    assert len(design.data) == MAX_BYTES + 1
    assert design.size == 1 << 33
    assert design.digest is None


def test_source_in_memory_is_cut_and_still_known_as_too_large() -> None:
    design = Design.from_bytes(b"#" * (MAX_BYTES + 5000))
    assert len(design.data) == MAX_BYTES + 1
    assert design.size == MAX_BYTES + 5000
    assert design.digest is None


def test_folder_stands_for_its_python_files_in_order(tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "sub/c.py", "sub/deep/d.py"):
        write(tmp_path / name)
    for name in (
        "notes.txt", "sub/__init__.py", "__pycache__/x.py", ".hidden/y.py", "sub/.git/z.py",
    ):  # fmt: skip
        write(tmp_path / name)
    found = names(collect([str(tmp_path)]), tmp_path)
    assert found == ["a.py", "b.py", "sub/c.py", "sub/deep/d.py"]
    assert found == sorted(found)


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "designs" / "a.py")
    write(tmp_path / "elsewhere" / "b.py")
    (tmp_path / "designs" / "loop").symlink_to(tmp_path / "designs")
    (tmp_path / "designs" / "other").symlink_to(tmp_path / "elsewhere")
    assert names(collect([str(tmp_path / "designs")]), tmp_path) == ["designs/a.py"]


def test_link_to_a_file_is_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")
    (tmp_path / "b.py").symlink_to(path)
    assert Design.from_file(tmp_path / "b.py").data == SOURCE.encode()


def test_glob_stands_for_the_files_that_match(tmp_path: Path) -> None:
    for name in ("b.py", "a.py", "c.txt", "sub/a.py"):
        write(tmp_path / name)
    (tmp_path / "folder.py").mkdir()
    assert names(collect([str(tmp_path / "*.py")]), tmp_path) == ["a.py", "b.py"]
    assert len(collect([str(tmp_path / "**" / "*.py")])) == 3


def test_file_whose_name_looks_like_a_pattern_is_a_file(tmp_path: Path) -> None:
    write(tmp_path / "[draft] a?.py")
    assert len(collect([str(tmp_path / "[draft] a?.py")])) == 1


def test_each_file_is_taken_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")
    (tmp_path / "link.py").symlink_to(path)
    given = [path, str(tmp_path), str(tmp_path / "*.py"), str(tmp_path / "." / "a.py")]
    assert names(collect(given), tmp_path) == ["a.py"]


def test_order_of_the_command_line_is_kept(tmp_path: Path) -> None:
    paths = [write(tmp_path / name) for name in ("z.py", "a.py", "m.py")]
    assert [design.path for design in collect(paths)] == paths


def piped(monkeypatch: pytest.MonkeyPatch, data: bytes) -> io.BytesIO:
    stream = io.BytesIO(data)
    monkeypatch.setattr(module.sys, "stdin", SimpleNamespace(buffer=stream))
    return stream


def test_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, SOURCE.encode())
    (design,) = collect(["-"])
    assert (design.path, design.data) == ("<stdin>", SOURCE.encode())


def test_standard_input_is_read_up_to_one_byte_over_the_cap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = piped(monkeypatch, b"#" * (2 * MAX_BYTES))
    (design,) = collect(["-"])
    assert stream.tell() == MAX_BYTES + 1
    assert design.digest is None


def test_empty_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, b"")
    error = refused("-")
    assert "empty" in error.message
    assert error.hint


def test_no_path_is_an_error() -> None:
    with pytest.raises(InputError, match="no design"):
        collect([])


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    error = refused(str(tmp_path / "missing.py"))
    assert "missing.py" in error.message
    assert "No such file" in error.message
    assert error.hint


def test_file_used_as_a_folder_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.py")
    assert "a.py/b.py" in refused(f"{path}/b.py").message


def test_unreadable_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "secret.py")

    # Root may read whatever the mode says.
    def denied(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module.os, "open", denied)
    error = refused(path)
    assert "secret.py" in error.message
    assert "Permission denied" in error.message
    assert error.hint


def test_named_pipe_is_an_error_and_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.py"
    os.mkfifo(path)
    error = refused(str(path))
    assert "pipe.py" in error.message
    assert "not a regular file" in error.message
    assert error.hint


def test_pipe_in_a_folder_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    os.mkfifo(tmp_path / "pipe.py")
    assert "pipe.py" in refused(str(tmp_path)).message


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null"])
def test_device_is_an_error(path: str) -> None:
    error = refused(path)
    assert path in error.message
    assert "not a regular file" in error.message
    assert error.hint


def test_socket_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.py")
        error = refused("socket.py")
    assert "socket.py" in error.message
    assert error.hint


def test_folder_read_as_a_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a regular file") as caught:
        Design.from_file(tmp_path)
    assert caught.value.hint


def test_folder_without_python_files_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "notes.txt")
    error = refused(str(tmp_path))
    assert "no *.py file" in error.message
    assert error.hint


def test_pattern_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    error = refused(str(tmp_path / "*.py"))
    assert "matches no file" in error.message
    assert error.hint


def test_loop_of_links_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to(tmp_path / "b.py")
    (tmp_path / "b.py").symlink_to(tmp_path / "a.py")
    assert "a.py" in refused(str(tmp_path / "a.py")).message


@pytest.mark.parametrize("path", ["a\0b.py", "\0", "*\0.py"])
def test_path_with_nul_is_an_error(path: str) -> None:
    error = refused(path)
    assert "\\x00" in error.message
    assert "NUL" in error.message
    assert error.hint


def test_control_characters_of_a_path_are_made_visible(tmp_path: Path) -> None:
    error = refused(str(tmp_path / "\x1b[31m\u202ered.py"))
    assert error.message.isprintable()


def test_path_too_long_for_the_system_is_an_error() -> None:
    assert refused("a" * 5000 + ".py").hint


def bury(folder: Path) -> None:
    """Put a folder so deep below ``folder`` that no path leads there, not even for root."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=here)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("hidden.py", os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    bury(tmp_path)
    error = refused(str(tmp_path))
    assert "cannot read the folder" in error.message
    assert "File name too long" in error.message
    assert error.hint


@pytest.mark.parametrize("pattern", ["*.py", "**", "**/*.py", "*/*.py"])
def test_a_folder_that_a_pattern_cannot_look_into_is_an_error(
    pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path if pattern == "*.py" else tmp_path / "locked"
    write(locked / "b.py")
    real = os.scandir

    # Root may list whatever the mode says.
    def denied(path: str) -> Any:
        if os.fspath(path).rstrip("/") == str(locked):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(module.os, "scandir", denied)
    error = refused(f"{tmp_path}/{pattern}")
    assert str(locked) in error.message
    assert "Permission denied" in error.message


@pytest.mark.parametrize("pattern", ["", "/*.py", "/**/*.py", "/a*"])
def test_a_dangling_link_is_an_error_however_it_is_named(pattern: str, tmp_path: Path) -> None:
    write(tmp_path / "b.py")
    (tmp_path / "a.py").symlink_to(tmp_path / "gone.py")
    error = refused(f"{tmp_path}{pattern}")
    assert "a.py" in error.message
    assert "No such file" in error.message


def test_names_in_other_letters_are_no_designs(tmp_path: Path) -> None:
    write(tmp_path / "a.py")
    write(tmp_path / "b.PY")
    assert names(collect([str(tmp_path)]), tmp_path) == ["a.py"]


def test_folder_of_too_many_files_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_FILES", 3)
    for number in range(4):
        write(tmp_path / f"{number}.py")
    error = refused(str(tmp_path))
    assert "more than 3 files" in error.message
    assert error.hint


@given(path=st.text(max_size=30))
def test_any_text_as_a_path_is_read_or_refused(path: str) -> None:
    if path in ("-", "", ".", "..") or os.path.lexists(path.replace("\0", "_")):
        return
    with pytest.raises(InputError):
        collect(["/nonexistent/" + path])
