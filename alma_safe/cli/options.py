"""Values of options, checked while the command line is read."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from alma_safe.errors import InputError, UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.design import Design

# The same as alma_safe.report.STAGES (tested); that module costs more to import than --help.
STAGE_NAMES = ("static", "types", "properties", "execution")


def at_least(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from ``low`` to ``high``."""

    def number(text: str) -> int:
        # int() alone would take ' 1_0 ' and other scripts' digits, and be slow on long ones.
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            raise argparse.ArgumentTypeError(f"expected a whole number, found {visible(text, 40)}")
        if len(digits) > 40 or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"expected {low} to {high}, found {visible(text, 40)}")
        return int(text)

    return number


MAX_SEED = 2**53 - 1
"""What every reader of JSON keeps exactly, those with doubles too: reports, receipts and
audits hold the seed, and another number would draw something else."""

seed = at_least(0, MAX_SEED)
"""A parser of ``--seed``, of all commands: what one has judged, another can sign."""


def named(what: str) -> Callable[[str], str]:
    """Return a parser of names and paths: any but an empty one, an unset variable as a rule."""

    def name(text: str) -> str:
        if not text.strip():
            raise argparse.ArgumentTypeError(f"expected the name or path of {what}, found nothing")
        return text

    return name


def stages(text: str | None) -> tuple[str, ...]:
    """Read ``--stages a,b``; None means all. The result is in the gate's order.

    Raises UsageError for an unknown, repeated or missing name: an empty set of stages
    would be a check of nothing.
    """
    if text is None:
        return STAGE_NAMES
    hint = "stages: " + ", ".join(STAGE_NAMES)
    names = [name.strip() for name in text.split(",")]
    if names == [""]:
        raise UsageError("--stages names no stage", hint=hint)
    for name in names:
        if name not in STAGE_NAMES:
            raise UsageError(f"no stage named {visible(name, 80) or '(empty)'}", hint=hint)
        if names.count(name) > 1:
            raise UsageError(f"--stages names {name} twice", hint=hint)
    return tuple(name for name in STAGE_NAMES if name in names)


def one_design(path: str) -> Design:
    """Read the design of a command that takes one file. Raises InputError."""
    from alma_safe.design import Design

    try:
        return Design.from_file(path)
    except InputError as error:
        # Other commands take folders, globs and standard input, and their hint says so.
        raise InputError(
            error.message, hint="give the path of one design, a file on disk"
        ) from None
