"""Recorders as bytes: what the host writes is what a guest reads, and nobody can change it."""

from __future__ import annotations

import errno
import mmap
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from alma_safe.sandbox import material as materials
from alma_safe.sandbox.material import NO_MATERIAL, Material

GUEST = Path(materials.__file__).parent / "guest"

SHARED = {"obs": "o", "tags": ["a", "ü", "\ud800"]}
RECORDERS: list[dict[str, Any]] = [
    {"init": {"goal": "g", "n": 2**70}, "steps": [SHARED, SHARED], "reward": 0.5},
    {"init": {}, "steps": [], "reward": 0},
    {"steps": [{"x": None}], "reward": 1.0, "init": {"b": True, "f": 1e300}},
]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ALMA_SAFE_CACHE", str(tmp_path))
    return tmp_path / "material"


@pytest.fixture
def guest(monkeypatch) -> Any:
    monkeypatch.setattr(sys, "path", [str(GUEST), *sys.path])
    from almaguest import material

    yield material.Material
    sys.modules.pop("almaguest.material", None)


def mapped(guest: Any, material: Material) -> Any:
    descriptor = material.sealed()
    try:
        return guest.mapped(descriptor)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("way", ["mapped", "as JSON"])
def test_a_guest_reads_what_the_host_wrote(guest, way):
    kept = mapped(guest, Material.of(RECORDERS)) if way == "mapped" else guest.of(RECORDERS)
    for position, recorder in enumerate(RECORDERS):
        assert kept.copy(position) == recorder
        assert kept.beginning(position) == recorder["init"]


def test_copies_share_nothing_with_each_other_or_within(guest):
    kept = mapped(guest, Material.of(RECORDERS))
    one, other = kept.copy(0), kept.copy(0)
    assert one["steps"][0] is not one["steps"][1]
    assert one["steps"][0]["tags"] is not one["steps"][1]["tags"]
    one["steps"][0]["tags"].append("mine")
    assert other == RECORDERS[0] == kept.copy(0)


def test_whether_a_recorder_is_unchanged_is_told_by_value(guest):
    kept = mapped(guest, Material.of(RECORDERS))
    for position in range(len(RECORDERS)):
        own = kept.copy(position)
        parts = own["init"], own["steps"], own["reward"]
        assert kept.holds(position, *parts, begun=False)
        assert kept.holds(position, own["init"], [], 0.0, begun=True)
        assert not kept.holds(position, {**own["init"], "new": 1}, *parts[1:], begun=False)
        assert not kept.holds(position, {**own["init"], "new": 1}, [], 0.0, begun=True)
        assert not kept.holds(position, own["init"], [{}], 0.0, begun=True)
    own = kept.copy(0)
    turned = dict(reversed(own["init"].items()))
    assert kept.holds(0, turned, own["steps"], 0.5, begun=False)
    assert kept.holds(1, {}, [], 0.0, begun=False)
    assert not kept.holds(0, own["init"], own["steps"][:1], 0.5, begun=False)


def test_objects_of_a_design_are_changes_and_nothing_worse(guest):
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("no")

        __hash__ = None  # type: ignore[assignment]

    kept = mapped(guest, Material.of(RECORDERS))
    circle: list[Any] = []
    circle.append(circle)
    for value in (Odd(), circle, object(), {1: Odd()}):
        assert not kept.holds(0, value, [], 0.5, begun=False)
        assert not kept.holds(0, value, [], 0.0, begun=True)


def test_no_material_is_an_image_too(guest):
    mapped(guest, NO_MATERIAL)


def test_what_is_no_json_is_refused():
    with pytest.raises(TypeError):
        Material.of([{"init": {"x": (1, 2)}, "steps": [], "reward": 0.0}]).image()


def test_the_image_is_sealed():
    descriptor = Material.of(RECORDERS).sealed()
    try:
        for attempt in (
            lambda: os.write(descriptor, b"x"),
            lambda: os.ftruncate(descriptor, 1),
            lambda: mmap.mmap(descriptor, 0, flags=mmap.MAP_SHARED, prot=mmap.PROT_WRITE),
        ):
            with pytest.raises(PermissionError):
                attempt()
    finally:
        os.close(descriptor)


def test_a_damaged_file_is_made_again(cache):
    material = Material.of(RECORDERS)
    image = material.image()
    (file,) = cache.iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert material.image() == image
    file.write_bytes(b"")
    assert Material.of(RECORDERS).image() == image


def test_a_cache_without_room_costs_time_and_no_run(cache, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    image = Material.of(RECORDERS).image()
    for file in cache.iterdir():
        file.unlink()
    monkeypatch.setattr(os, "replace", full)
    assert Material.of(RECORDERS).image() == image
    assert list(cache.iterdir()) == []


def test_the_digest_tells_values_and_types_apart():
    def digest(value: Any) -> str:
        return Material.of([{"init": {"x": value}, "steps": [], "reward": 0.0}]).digest

    assert digest(1) == digest(1)
    assert len({digest(value) for value in (1, 1.0, True, "1", [1], None)}) == 6
