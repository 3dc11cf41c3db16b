"""The ``__dict__`` of an instance, taken whole: data where the file shows whose it is."""

from __future__ import annotations

import pytest

from tests.verifier.static.conftest import DESIGN, judge_all

ENTRY = "class Entry:\n    def __init__(self):\n        self.text = ''\n"
READS = "def read(memory):\n    entry = {value}\n    return {used}\n"


def refused(value: str, used: str) -> bool:
    source = "\n".join((DESIGN, ENTRY, READS.format(value=value, used=used)))
    (result,) = judge_all([source.encode()])
    return any("__dict__" in finding.message for finding in result.findings if finding.blocks)


@pytest.mark.parametrize(
    "used", ["dict(entry.__dict__)", "entry.__dict__", "entry.__dict__.copy()"]
)
def test_an_own_instance_is_read_whole(used: str) -> None:
    assert not refused("Entry()", used)


@pytest.mark.parametrize(
    ("value", "used"),
    [
        ("Entry", "dict(entry.__dict__)"),
        ("memory.entries[0]", "dict(entry.__dict__)"),
        ("read", "dict(entry.__dict__)"),
        ("Entry()", "entry.__dict__['text']"),
        ("Entry()", "entry.__dict__.pop('text')"),
    ],
)
def test_anything_else_is_refused(value: str, used: str) -> None:
    assert refused(value, used)
