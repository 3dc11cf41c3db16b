from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from alma_safe.errors import BackendUnavailable, UsageError
from alma_safe.sandbox import doctor, select
from alma_safe.sandbox.base import Capabilities, Guard
from alma_safe.sandbox.cgroups import find_hierarchy
from alma_safe.sandbox.nsjail import probe
from alma_safe.sandbox.nsjail.backend import NsjailBackend
from tests.sandbox.jail import nothing_left

REQUIRED = ("nsjail binary", "jail", "namespaces", "no privileges", "seccomp", "read-only root")
OPTIONAL = ("cgroup memory", "cgroup pids", "cgroup cpu")


def examined() -> Capabilities:
    (found,) = asyncio.run(doctor.examine(("nsjail",)))
    return found


def by_name(found: Capabilities) -> Mapping[str, Guard]:
    return {guard.name: guard for guard in found.guards}


@pytest.fixture(scope="module")
def here() -> Capabilities:
    with nothing_left():
        return examined()


def test_every_required_guard_is_witnessed_on_this_host(here):
    guards = by_name(here)
    assert set(guards) == {*REQUIRED, *OPTIONAL}
    for name in REQUIRED:
        assert guards[name].active, guards[name]
        assert guards[name].required
    assert here.usable


def test_control_groups_are_reported_as_they_are(here):
    hierarchy = find_hierarchy()
    have = hierarchy.controllers if hierarchy else ()
    missing = tuple(name for name in OPTIONAL if name.removeprefix("cgroup ") not in have)
    assert here.degraded == missing
    for name in missing:
        assert "takes over" in by_name(here)[name].detail
        assert by_name(here)[name].remedy


def test_sessions_report_the_same(here):
    from alma_safe.design import Design
    from alma_safe.policy import load_policy
    from tests.sandbox.jail import design, guest

    assert isinstance(design(), Design)

    async def main() -> tuple[str, ...]:
        async with guest(design(), load_policy()) as session:
            return session.degraded

    assert asyncio.run(main()) == here.degraded


@pytest.mark.parametrize("kind", ["missing", "script", "broken"])
def test_without_a_binary_nothing_is_usable_and_the_remedy_is_named(kind, tmp_path, monkeypatch):
    path = tmp_path / "nsjail"
    if kind != "missing":
        path.write_bytes(b"#!/bin/sh\n" if kind == "script" else b"\x7fELF broken")
        path.chmod(0o755)
    monkeypatch.setenv("ALMA_SAFE_NSJAIL", str(path))
    found = examined()
    assert not found.usable
    guard = by_name(found)["nsjail binary"]
    assert not guard.active
    assert str(path) in guard.detail
    assert guard.remedy == "run: alma-safe setup"
    assert "jail" not in by_name(found)


def test_opening_without_a_binary_says_so(tmp_path, monkeypatch):
    from alma_safe.policy import load_policy
    from tests.sandbox.jail import design, no_model

    monkeypatch.setenv("ALMA_SAFE_NSJAIL", str(tmp_path / "none"))
    with pytest.raises(BackendUnavailable, match="no usable nsjail binary") as caught:
        asyncio.run(NsjailBackend().open(design(), load_policy(), broker=no_model))
    assert caught.value.exit_code == 3
    assert "alma-safe setup" in caught.value.hint


def test_a_guest_that_keeps_privileges_is_found_out():
    good = {
        "CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2",
        "Uid": "65534 65534 65534 65534",
    }  # fmt: skip
    assert probe._unprivileged({"status": good}).active
    for key, value in (
        ("CapEff", "0" * 15 + "1"), ("CapBnd", "000001ffffffffff"), ("NoNewPrivs", "0"),
        ("Seccomp", "0"), ("Uid", "0 0 0 0"),
    ):  # fmt: skip
        guard = probe._unprivileged({"status": {**good, key: value}})
        assert not guard.active
        assert guard.required
        assert guard.detail


def test_a_shared_namespace_is_found_out():
    own = dict.fromkeys(probe._NAMESPACES, True)
    assert probe._namespaces({"namespaces": own}).active
    guard = probe._namespaces({"namespaces": {**own, "net": False}})
    assert not guard.active
    assert guard.detail == "shares net"


def test_a_filter_that_does_not_hold_is_found_out(monkeypatch):
    monkeypatch.setattr(probe, "_ASKS_FOR_NAMESPACE", probe.IDLE)
    guards = by_name(asyncio.run(NsjailBackend().probe()))
    assert not guards["seccomp"].active
    assert "completed" in guards["seccomp"].detail


def test_a_jail_that_does_not_start_is_one_missing_guard(monkeypatch):
    from alma_safe.errors import SessionError

    async def fails(*_: object, **__: object) -> None:
        raise SessionError("the guest did not start: infrastructure")

    monkeypatch.setattr(NsjailBackend, "open", fails)
    found = examined()
    assert not found.usable
    assert "user namespaces" in by_name(found)["jail"].remedy


def test_unknown_and_absent_backends_are_told_apart(monkeypatch):
    with pytest.raises(UsageError, match="unknown sandbox"):
        select.backend("gvisor\x1b")
    assert select.backend("docker").name == "docker"
    monkeypatch.setattr("sys.platform", "darwin")
    assert select.backend("auto").name == "docker"
    with pytest.raises(BackendUnavailable, match="needs Linux") as caught:
        select.backend("nsjail")
    assert "static,types" in caught.value.hint
