from __future__ import annotations

import json

import pytest

from alma_safe.sandbox.base import Capabilities, Guard

BINARY = Guard(name="binary", active=True, detail="/opt/nsjail 3.6")
NO_CGROUP = Guard(
    name="cgroup", active=False, detail="not writable", remedy="run as root", required=False
)
NO_USERNS = Guard(
    name="namespaces", active=False, detail="EPERM", remedy="sysctl -w a=1\nsysctl -w b=2"
)


@pytest.fixture
def host(monkeypatch):
    import alma_safe.sandbox.doctor

    def have(*guards):
        async def examine():
            return [Capabilities(backend="nsjail", guards=guards)]

        monkeypatch.setattr(alma_safe.sandbox.doctor, "examine", examine)

    return have


def test_all_there_exits_0(run, host):
    host(BINARY)
    code, out, _ = run("doctor")
    assert code == 0
    assert out == "nsjail: usable\n  binary  on       /opt/nsjail 3.6\n\nnothing is missing\n"


def test_degraded_is_usable_and_said(run, host):
    host(BINARY, NO_CGROUP)
    code, out, _ = run("doctor")
    assert code == 0
    assert "nsjail: usable, degraded: cgroup" in out
    assert "to get the rest:\n  run as root" in out


def test_unusable_exits_3_with_one_command_per_line(run, host):
    host(BINARY, NO_USERNS)
    code, out, _ = run("doctor")
    assert code == 3
    assert "namespaces  MISSING  EPERM" in out
    assert "  sysctl -w a=1\n  sysctl -w b=2\n" in out


def test_no_backend_at_all_exits_3(run, monkeypatch):
    import alma_safe.sandbox.doctor

    async def examine():
        return []

    monkeypatch.setattr(alma_safe.sandbox.doctor, "examine", examine)
    code, out, _ = run("doctor")
    assert code == 3
    assert "no sandbox can be used" in out


def test_json_says_the_same(run, host):
    host(BINARY, NO_USERNS)
    code, out, _ = run("doctor", "--format", "json")
    assert code == 3
    value = json.loads(out)
    assert value["schema"] == "alma-safe/doctor/v1"
    assert value["usable"] is False
    assert [guard["name"] for guard in value["backends"][0]["guards"]] == ["binary", "namespaces"]
