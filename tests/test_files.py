"""Only regular files are read, only so much of them, and nothing is waited for."""

from __future__ import annotations

import os
import socket

import pytest

from alma_safe.errors import InputError, PolicyError
from alma_safe.files import read_regular, read_start


def test_a_file_is_read_up_to_its_limit(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_regular(path, 5) == b"12345"
    assert read_start(path, 3) == (b"123", 5)
    with pytest.raises(InputError, match="larger than 4 bytes"):
        read_regular(path, 4)


def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path):
    pipe, loop, bound = tmp_path / "pipe", tmp_path / "loop", tmp_path / "socket"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(bound))
        for path in (pipe, loop, bound, tmp_path, "/dev/zero", tmp_path / "missing", "a\0b"):
            with pytest.raises(InputError, match="cannot read"):
                read_regular(path, 10)


def test_descriptors_are_closed_again(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    before = len(os.listdir("/proc/self/fd"))
    for path in (tmp_path, tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(InputError, match="not a regular file"):
            read_regular(path, 10)
    assert len(os.listdir("/proc/self/fd")) == before


def test_an_error_names_the_part_of_the_file_and_what_to_do(tmp_path):
    with pytest.raises(PolicyError, match=r"cannot read policy .*: not a regular file") as caught:
        read_regular(tmp_path, 10, what="policy", hint="give a file", error=PolicyError)
    assert caught.value.hint == "give a file"
    assert caught.value.exit_code == 2


def test_the_hint_fits_what_is_wrong(tmp_path):
    for path, told in ((tmp_path / "missing", "check the path"), (tmp_path, "out of a pipe")):
        with pytest.raises(InputError) as caught:
            read_regular(path, 10)
        assert told in caught.value.hint
