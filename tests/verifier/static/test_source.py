"""Checks on the bytes, before anything parses them."""

from __future__ import annotations

import dataclasses
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.verifier.static.source import check_bytes

POLICY = load_policy("strict").source


def rules(data: bytes) -> list[str]:
    return [finding.rule for finding in check_bytes(Design.from_bytes(data), POLICY)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"x = 1\n", []),
        (b"x = 1\r\ny = 2\r\n", []),
        ("x = 'Größe 你好 🧠'  # שלום\n".encode(), []),
        ("x = '👨\u200d👩\u200d👧'\n".encode(), []),
        (b"# -*- coding: utf-8 -*-\nx = 1\n", []),
        (b"# vim: set fileencoding=UTF_8 :\nx = 1\n", []),
        (b"x = 1\n# coding: latin-1\n", []),
        (b"", ["S002"]),
        (b" \n\t\n", ["S002"]),
        (b"x = '\xff'\n", ["S003"]),
        (b"# \xed\xa0\x80\n", ["S003"]),
        (b"# overlong \xc0\xaf\n", ["S003"]),
        (b"\xef\xbb\xbfx = 1\n", ["S004"]),
        (b"\xff\xfex\x00", ["S004"]),
        (b"x = 1\x00\n", ["S005"]),
        (b"# coding: latin-1\nx = 1\n", ["S006"]),
        (b"#!/usr/bin/python\n# coding=cp1252\nx = 1\n", ["S006"]),
        (b"\n# coding=utf-7\nx = 1\n", ["S006"]),
        (b"x = 1\ry = 2\n", ["S007"]),
        (b"x = 1\n\x0cy = 2\n", ["S007"]),
        (b"x = '\x1b[2J'\n", ["S007"]),
        ("x = 1\x85y = 2\n".encode(), ["S007"]),
        (b"x = 1\n" * 9000, ["S008"]),
        (b"x = '" + b"a" * 30000 + b"'\n", ["S008"]),
        ("x = 'a\u202eb'\n".encode(), ["S701"]),
        ("x = 'a\u200bb'\n".encode(), ["S701"]),
        ("x = 'a\u200db'\n".encode(), ["S701"]),
        ("x = 1 # a\u2028b\n".encode(), ["S701"]),
        ("x = 1\n\ufeffy = 2\n".encode(), ["S701"]),
        ("ㅤ = 1\n".encode(), ["S701"]),
    ],
)
def test_bytes(data: bytes, expected: list[str]) -> None:
    assert rules(data) == expected


def test_a_file_above_the_limit_is_refused_without_being_read() -> None:
    design = Design(path="d.py", data=b"x = 1\n", size=10**9)
    findings = check_bytes(design, POLICY)
    assert [finding.rule for finding in findings] == ["S001"]
    assert "1000000000" in findings[0].message


def test_the_limit_is_that_of_the_policy() -> None:
    small = dataclasses.replace(POLICY, max_bytes=10)
    assert [f.rule for f in check_bytes(Design.from_bytes(b"x = 1  # longer\n"), small)] == ["S001"]


def test_places_are_those_of_the_character() -> None:
    (finding,) = check_bytes(Design.from_bytes("x = 1\ny = 'ü\u202e'\n".encode()), POLICY)
    assert (finding.line, finding.column) == (2, 7)


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_judged_and_what_passes_decodes(data: bytes) -> None:
    if not rules(data):
        text = data.decode("utf-8", errors="strict")
        assert "\0" not in text
        assert text.strip()


def test_time_is_linear_in_the_size() -> None:
    data = ("x = 'é" + "\u200d" * 9000 + "'\n").encode() * 9
    started = time.process_time()
    assert rules(data)
    assert time.process_time() - started < 0.5
