"""The page of commands: what the parser of the command line knows of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from alma_safe.cli.main import build_parser

HEAD = """# Commands

Made by `make docs` from the parser; `alma-safe COMMAND --help` says the same. What they mean
together: [guide](guide.md). Data go to standard output, talk to standard error, progress bars
to terminals only.
"""


def page() -> str:
    """Return the page."""
    return HEAD + "".join(_command(build_parser())) + "\n"


def _command(parser: argparse.ArgumentParser, level: int = 1, help_text: str = "") -> Iterator[str]:
    inner = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if level > 1:
        about = _text(parser.description or _sentence(help_text))
        yield f"\n{'#' * level} {parser.prog}\n\n{about}\n"
        if rows := [row for action in parser._actions for row in _row(action)]:
            yield "\n| option | meaning | default |\n|---|---|---|\n"
            yield from rows
    for action in inner:
        # Actions of a command have no description of their own, but say what they are in its list.
        told = {each.dest: each.help or "" for each in action._choices_actions}
        for name, each in action.choices.items():
            yield from _command(each, level + 1, told.get(name, ""))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _row(action: argparse.Action) -> Iterator[str]:
    if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
        return
    name = ", ".join(action.option_strings) or str(action.metavar or action.dest)
    value = "" if action.nargs == 0 or not action.option_strings else f" {_metavar(action)}"
    # A `|` would end the cell, a `_` in code is a `_`.
    choices = ""
    if action.choices is not None:
        choices = f" One of {', '.join(f'`{each}`' for each in action.choices)}."

    told = _text((action.help or "").split(" (default:")[0])
    stop = "." if told and choices else ""
    yield f"| `{name}{value}` | {told}{stop}{choices} | {_default(action)} |\n"


def _metavar(action: argparse.Action) -> str:
    metavar = action.metavar or action.dest.upper()
    name = metavar if isinstance(metavar, str) else " ".join(metavar)
    return f"{name}..." if action.nargs in ("+", "*") else name


def _default(action: argparse.Action) -> str:
    told = (action.help or "").partition(" (default:")[2].removesuffix(")").strip()
    if told:
        return _text(told)
    if action.required or (not action.option_strings and action.nargs != "?"):
        return "required"
    if action.nargs == 0 or action.default in (None, [], "", argparse.SUPPRESS):
        return ""
    return f"`{action.default}`"


def _text(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
