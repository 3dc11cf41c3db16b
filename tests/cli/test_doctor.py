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
        async def examine(names=()):
            return [Capabilities(backend="nsjail", guards=guards)]

        monkeypatch.setattr(alma_safe.sandbox.doctor, "examine", examine)

    return have


def test_all_there_exits_0(run, host):
    host(BINARY)
    code, out, _ = run("doctor", "--quick")
    assert code == 0
    assert out == "nsjail: usable\n  binary  on       /opt/nsjail 3.6\n\nnothing is missing\n"


def test_degraded_is_usable_and_said(run, host):
    host(BINARY, NO_CGROUP)
    code, out, _ = run("doctor", "--quick")
    assert code == 0
    assert "nsjail: usable, degraded: cgroup" in out
    assert "to get the rest:\n  run as root" in out


def test_nothing_witnessed_is_not_strict(run, host):
    host(BINARY)
    code, out, err = run("doctor", "--quick", "--strict")
    assert (code, out) == (2, "")
    assert "exclude each other" in err


def test_unusable_exits_3_with_one_command_per_line(run, host):
    host(BINARY, NO_USERNS)
    code, out, _ = run("doctor", "--quick")
    assert code == 3
    assert "namespaces  MISSING  EPERM" in out
    assert "  sysctl -w a=1\n  sysctl -w b=2\n" in out


def test_no_backend_at_all_exits_3(run, monkeypatch):
    import alma_safe.sandbox.doctor

    async def examine(names=()):
        return []

    monkeypatch.setattr(alma_safe.sandbox.doctor, "examine", examine)
    code, out, _ = run("doctor", "--quick")
    assert code == 3
    assert "no sandbox can be used" in out


def test_json_says_the_same(run, host):
    host(BINARY, NO_USERNS)
    code, out, _ = run("doctor", "--quick", "--format", "json")
    assert code == 3
    value = json.loads(out)
    assert value["schema"] == "alma-safe/doctor/v2"
    assert value["usable"] is False
    assert [guard["name"] for guard in value["backends"][0]["guards"]] == ["binary", "namespaces"]


@pytest.fixture
def denials(monkeypatch):
    import alma_safe.sandbox.doctor
    from alma_safe.sandbox.witness.run import Outcome, Testimony

    def are(*outcomes):
        async def witnessed(name):
            return [
                Testimony(
                    name=f"guard {number}", layer="seccomp", outcome=Outcome(outcome),
                    detail="why \x1b[2J",
                )
                for number, outcome in enumerate(outcomes)
            ]  # fmt: skip

        monkeypatch.setattr(alma_safe.sandbox.doctor, "witnessed", witnessed)

    return are


@pytest.mark.parametrize(
    ("outcomes", "plain", "strict"),
    [
        (["PASS", "PASS"], 0, 0),
        (["PASS", "UNWITNESSED"], 0, 1),
        (["PASS", "FAIL"], 1, 1),
    ],
)
def test_a_denial_that_fails_fails_and_an_unseen_one_when_asked(
    run, host, denials, outcomes, plain, strict
):
    host(BINARY)
    denials(*outcomes)
    code, out, _ = run("doctor")
    assert code == plain
    assert all(outcome in out for outcome in outcomes)
    assert "\x1b" not in out
    assert run("doctor", "--strict")[0] == strict


def test_json_has_the_denials_and_their_digest(run, host, denials):
    host(BINARY)
    denials("PASS", "FAIL")
    _, first, _ = run("doctor", "--format", "json")
    denials("PASS", "PASS")
    _, second, _ = run("doctor", "--format", "json")
    one, two = (json.loads(text)["backends"][0] for text in (first, second))
    assert [denial["outcome"] for denial in one["denials"]] == ["PASS", "FAIL"]
    assert one["digest"].startswith("sha256:")
    assert one["digest"] != two["digest"]


def test_what_cannot_be_used_is_not_attempted(run, host, monkeypatch):
    import alma_safe.sandbox.doctor

    async def witnessed(name):
        raise AssertionError("attempted")

    monkeypatch.setattr(alma_safe.sandbox.doctor, "witnessed", witnessed)
    host(BINARY, NO_USERNS)
    assert run("doctor")[0] == 3
