from __future__ import annotations

import pytest

from alma_safe.cli import main as entry
from alma_safe.report import STAGES, DesignReport, Finding, StageResult

HONEST = "class Memory: ...\n"
REFUSED = "import os\n"


class FakeGate:
    """Refuses what imports os. Records how it was made and what it was given."""

    made: list[dict[str, object]]
    failure: BaseException | None
    broken: str

    def __init__(self, policy, **options):
        type(self).made.append(options)
        self._policy = policy
        self._stages = options["stages"]

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc):
        return None

    async def verify_many(self, designs, *, jobs):
        for design in designs:
            yield await self.verify(design)

    async def verify(self, design):
        if type(self).failure is not None:
            raise type(self).failure
        found = ()
        if b"import os" in design.data:
            found = (Finding(rule="S101", message="import of os", line=1, column=8),)
        stages = tuple(
            StageResult.judged(name, found, checks=name != self.broken, duration_s=0.1)
            for name in STAGES
            if name in self._stages
        )
        return DesignReport(
            path=design.path,
            digest=design.digest,
            policy=self._policy.ref,
            stages=stages,
            source=design.shown_text,
        )


@pytest.fixture
def gate(monkeypatch):
    """The gate replaced by a fake, so that only the command line is under test."""
    import alma_safe.cli.run

    fake = type("Gate", (FakeGate,), {"made": [], "failure": None, "broken": ""})
    monkeypatch.setattr(alma_safe.cli.run, "Gate", fake)
    return fake


@pytest.fixture
def sandbox(monkeypatch):
    """A backend that is never opened."""
    import alma_safe.sandbox.select

    chosen = []
    monkeypatch.setattr(alma_safe.sandbox.select, "backend", lambda name: chosen.append(name))
    return chosen


@pytest.fixture
def no_sandbox(monkeypatch):
    """A host on which nothing can be opened; touching it in vain is an error."""
    import alma_safe.sandbox.doctor
    import alma_safe.sandbox.select
    from alma_safe.errors import BackendUnavailable
    from alma_safe.sandbox.base import Capabilities, Guard

    def refuse(name):
        raise BackendUnavailable("no sandbox can be used", hint="run `alma-safe setup`")

    async def examine(names=()):
        guards = (
            Guard(name="binary", active=False, detail="not found", remedy="run `alma-safe setup`"),
            Guard(name="namespaces", active=False, remedy="sysctl -w user.max_user_namespaces=9"),
            Guard(name="cgroup", active=False, remedy="mount cgroups", required=False),
        )
        return [Capabilities(backend="nsjail", guards=guards)]

    monkeypatch.setattr(alma_safe.sandbox.select, "backend", refuse)
    monkeypatch.setattr(alma_safe.sandbox.doctor, "examine", examine)


@pytest.fixture
def run(capsys):
    """Run a command line; returns (exit code, stdout, stderr)."""

    def call(*arguments):
        capsys.readouterr()
        try:
            code = entry.run([str(argument) for argument in arguments])
        except SystemExit as ending:
            code = ending.code
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def honest(tmp_path):
    path = tmp_path / "honest.py"
    path.write_text(HONEST)
    return path


@pytest.fixture
def refused(tmp_path):
    path = tmp_path / "refused.py"
    path.write_text(REFUSED)
    return path
