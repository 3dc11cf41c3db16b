"""``alma-safe doctor``: what this host can enforce, and how to get the rest."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from alma_safe import __version__
from alma_safe.cli.console import put
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.sandbox.base import Capabilities, Guard

SCHEMA = "alma-safe/doctor/v1"

_UNUSABLE = 3


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "doctor",
        help="say what this host can enforce",
        description="Try every sandbox on this host and say what it can enforce.",
        epilog="exit codes: 0 a sandbox is usable, 3 none is",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to report (default: text)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Examine the host and print what was found. Returns 3 when no sandbox is usable."""
    found = _examined()
    if options.format == "json":
        import json

        put(json.dumps(_to_json(found), indent=2) + "\n")
    else:
        put("\n".join(_lines(found)) + "\n")
    return 0 if any(capabilities.usable for capabilities in found) else _UNUSABLE


def remedies() -> list[str]:
    """Return what to install or set so that a sandbox becomes usable, each once."""
    return _remedies(_examined(), required_only=True)


def _examined() -> Sequence[Capabilities]:
    import asyncio

    from alma_safe.sandbox.doctor import examine

    return asyncio.run(examine())


def _remedies(found: Sequence[Capabilities], *, required_only: bool) -> list[str]:
    lines: dict[str, None] = {}
    for capabilities in found:
        for guard in capabilities.guards:
            if guard.remedy and not guard.active and (guard.required or not required_only):
                lines.setdefault(guard.remedy)
    return list(lines)


def _lines(found: Sequence[Capabilities]) -> Iterator[str]:
    for capabilities in found:
        state = "usable" if capabilities.usable else "not usable"
        if capabilities.usable and capabilities.degraded:
            state += ", degraded: " + ", ".join(capabilities.degraded)
        yield f"{capabilities.backend}: {state}"
        width = max((len(guard.name) for guard in capabilities.guards), default=0)
        for guard in capabilities.guards:
            yield _guard(guard, width)
        yield ""
    advice = _remedies(found, required_only=False)
    if advice:
        yield "to get the rest:"
        for remedy in advice:
            yield from (f"  {visible(line)}" for line in remedy.splitlines())
    elif any(capabilities.usable for capabilities in found):
        yield "nothing is missing"
    else:
        yield "no sandbox can be used on this host"


def _guard(guard: Guard, width: int) -> str:
    state = "on" if guard.active else "MISSING" if guard.required else "off"
    return f"  {guard.name:<{width}}  {state:<7}  {visible(guard.detail)}".rstrip()


def _to_json(found: Sequence[Capabilities]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "tool": {"name": "alma-safe", "version": __version__},
        "usable": any(capabilities.usable for capabilities in found),
        "backends": [
            {
                "name": capabilities.backend,
                "usable": capabilities.usable,
                "degraded": list(capabilities.degraded),
                "guards": [
                    {
                        "name": guard.name,
                        "active": guard.active,
                        "required": guard.required,
                        "detail": visible(guard.detail),
                        "remedy": visible(guard.remedy, newlines=True),
                    }
                    for guard in capabilities.guards
                ],
            }
            for capabilities in found
        ],
    }
