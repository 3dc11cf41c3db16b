"""Options that several commands have mean the same in each, and take the same values."""

from __future__ import annotations

import argparse
import contextlib

import pytest

from alma_safe.cli.main import run as run_command
from alma_safe.formats.base import clean

SEEDED = (
    ("verify", "x.py"),
    ("audit", "x.py"),
    ("attest", "sign", "x.py", "--key", "k", "--output", "r"),
    ("evaluate", "x.py", "--domain", "textworld"),
    ("search", "--run", "r"),
)
LAST = 2**53 - 1


@pytest.fixture
def asked(monkeypatch):
    """What a command line amounts to, without carrying it out; None where it is refused."""

    def read(*arguments: str) -> argparse.Namespace | None:
        seen: list[argparse.Namespace] = []
        parse = argparse.ArgumentParser.parse_args

        def watched(self, *given, **named):
            found = parse(self, *given, **named)
            seen.append(argparse.Namespace(**vars(found)))
            found.run = lambda options: 0
            return found

        monkeypatch.setattr(argparse.ArgumentParser, "parse_args", watched)
        with contextlib.suppress(SystemExit):
            run_command(arguments)
        return seen[0] if seen else None

    return read


@pytest.mark.parametrize("command", SEEDED, ids=lambda command: command[0])
def test_a_seed_that_one_command_takes_is_one_for_all_of_them(asked, command):
    found = asked(*command, "--seed", str(LAST))
    assert found is not None
    assert found.seed == LAST
    assert asked(*command, "--seed", str(LAST + 1)) is None


def test_the_last_seed_is_a_number_in_every_report():
    assert clean(LAST) == LAST == int(float(LAST))


@pytest.mark.parametrize("option", ["--policy", "--domain"])
@pytest.mark.parametrize("command", SEEDED, ids=lambda command: command[0])
def test_a_name_that_is_empty_is_told_as_such(asked, capsys, command, option):
    # As a rule it is a variable of the shell that is not set.
    assert asked(*command, option, "") is None
    assert "found nothing" in capsys.readouterr().err
