"""``alma-safe doctor``: what this host can enforce, seen to be real, and how to get the rest."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from alma_safe import __version__
from alma_safe.cli.console import put, say
from alma_safe.errors import UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.sandbox.base import Capabilities, Guard
    from alma_safe.sandbox.witness.run import Testimony

SCHEMA = "alma-safe/doctor/v2"

_FAILED = 1
_UNUSABLE = 3

type Witnessed = Mapping[str, Sequence[Testimony]]
"""Backend -> what was witnessed of it."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "doctor",
        help="say what this host can enforce, and prove it",
        description="Try every sandbox on this host. What it has to deny is attempted twice: "
        "without the guard it has to succeed, with the guard it has to fail.",
        epilog="exit codes: 0 a sandbox is usable and no denial failed, 1 a denial failed "
        "(with --strict: or was not witnessed), 3 no sandbox is usable",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to report (default: text)"
    )
    parser.add_argument(
        "--sandbox",
        choices=("auto", "nsjail", "docker"),
        default="auto",
        help="which sandbox to examine (default: all that are here)",
    )
    parser.add_argument("--quick", action="store_true", help="attempt nothing, only look")
    parser.add_argument(
        "--strict", action="store_true", help="a guard that could not be witnessed fails, too"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Examine the host and print what was found."""
    if options.quick and options.strict:
        raise UsageError(
            "--quick and --strict exclude each other: what is not attempted is not witnessed",
            hint="give --strict alone",
        )
    found = _examined(options.sandbox)
    witnessed: dict[str, Sequence[Testimony]] = {}
    if not options.quick:
        for capabilities in found:
            if capabilities.usable:
                say(f"witnessing what {capabilities.backend} denies; some seconds")
                witnessed[capabilities.backend] = _witnessed(capabilities.backend)
    if options.format == "json":
        import json

        put(json.dumps(_to_json(found, witnessed), indent=2) + "\n")
    else:
        put("\n".join(_lines(found, witnessed)) + "\n")
    if not any(capabilities.usable for capabilities in found):
        return _UNUSABLE
    return _FAILED if _failures(witnessed, strict=options.strict) else 0


def remedies() -> list[str]:
    """Return what to install or set so that a sandbox becomes usable, each once."""
    return _remedies(_examined("auto"), required_only=True)


def _failures(witnessed: Witnessed, *, strict: bool) -> int:
    bad = {"FAIL", "UNWITNESSED"} if strict else {"FAIL"}
    return sum(one.outcome.value in bad for found in witnessed.values() for one in found)


def _examined(sandbox: str) -> Sequence[Capabilities]:
    import asyncio

    from alma_safe.sandbox import doctor

    if sandbox != "auto":
        return asyncio.run(doctor.examine((sandbox,)))
    return asyncio.run(doctor.examine())


def _witnessed(backend: str) -> Sequence[Testimony]:
    import asyncio

    from alma_safe.sandbox import doctor

    return asyncio.run(doctor.witnessed(backend))


def _remedies(found: Sequence[Capabilities], *, required_only: bool) -> list[str]:
    lines: dict[str, None] = {}
    for capabilities in found:
        for guard in capabilities.guards:
            if guard.remedy and not guard.active and (guard.required or not required_only):
                lines.setdefault(guard.remedy)
    return list(lines)


def _lines(found: Sequence[Capabilities], witnessed: Witnessed) -> Iterator[str]:
    for capabilities in found:
        state = "usable" if capabilities.usable else "not usable"
        if capabilities.usable and capabilities.degraded:
            state += ", degraded: " + ", ".join(capabilities.degraded)
        yield f"{capabilities.backend}: {state}"
        width = max((len(guard.name) for guard in capabilities.guards), default=0)
        for guard in capabilities.guards:
            yield _guard(guard, width)
        yield from _denials(witnessed.get(capabilities.backend, ()))
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


def _denials(found: Sequence[Testimony]) -> Iterator[str]:
    if not found:
        return
    yield "  denials, each attempted without and with its guard:"
    width = max(len(one.name) for one in found)
    for one in found:
        line = f"    {one.outcome.value:<11}  {one.name:<{width}}  {visible(one.detail)}"
        yield line.rstrip()


def _guard(guard: Guard, width: int) -> str:
    state = "on" if guard.active else "MISSING" if guard.required else "off"
    return f"  {guard.name:<{width}}  {state:<7}  {visible(guard.detail)}".rstrip()


def _to_json(found: Sequence[Capabilities], witnessed: Witnessed) -> dict[str, object]:
    from alma_safe.sandbox.witness.run import digest_of

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
                "digest": digest_of(witnessed[capabilities.backend])
                if capabilities.backend in witnessed
                else None,
                "denials": [
                    {
                        "name": one.name,
                        "layer": one.layer,
                        "outcome": one.outcome.value,
                        "detail": visible(one.detail),
                    }
                    for one in witnessed.get(capabilities.backend, ())
                ],
            }
            for capabilities in found
        ],
    }
