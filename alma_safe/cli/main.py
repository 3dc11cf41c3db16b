"""Entry point: finds the command, and turns how it ended into an exit code.

    0    accepted, or partial: everything that was asked for passed
    1    rejected
    2    usage, input or policy error: nothing was judged
    3    infrastructure: no usable sandbox, a broken tool, a fault of ours
    130  interrupted, 141 the reader of our output went away, 143 terminated

A fault of ours is never 0 or 1.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from alma_safe import __version__
from alma_safe.cli.console import say
from alma_safe.errors import AlmaSafeError, UsageError
from alma_safe.text import visible

_COMMANDS = (
    "verify",
    "audit",
    "evaluate",
    "search",
    "archive",
    "report",
    "attest",
    "policy",
    "explain",
    "doctor",
    "setup",
)
"""Each a module beside this one, with ``add_parser``."""

_COLLECTIONS = (20_000, 10, 50)
"""When garbage is collected: what a command imports lives as long as it, and is looked
through a dozen times by the interpreter's own thresholds."""

_INTERNAL_FAULT = 3
_INTERRUPTED = 130
_PIPE_CLOSED = 141


def main() -> None:
    """Run the command of ``sys.argv`` and exit the process."""
    code: int | str | None
    gc.set_threshold(*_COLLECTIONS)
    # Whoever starts us may ignore it, and we would inherit that: the kernel would then reap
    # our children itself, and how mypy or a guest ended could not be read any more.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        code = run(sys.argv[1:])
    except SystemExit as ending:
        code = ending.code
    # Nothing may fail any more: the interpreter's own last flush would print a traceback
    # and change the exit code when the reader of our output is gone.
    try:
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        _drop_stdout()
    # The process ends: that it collects once more would only cost time.
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line and return its exit code; errors go to stderr."""
    try:
        _refuse_files_as_options(arguments)
        parser = build_parser(*arguments[:1])
        options = parser.parse_args(arguments)
        if options.run is None:
            parser.print_help(sys.stderr)
            return 2
        code: int = options.run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except AlmaSafeError as error:
        return _report_error(error)
    except KeyboardInterrupt:
        say("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_stdout()
        return _PIPE_CLOSED
    except Exception as error:
        return _report_fault(error)


def _refuse_files_as_options(arguments: Sequence[str]) -> None:
    """Raise UsageError for an option that is the name of a file as well.

    A glob and the hooks of pre-commit put names of files that a checkout chose on the
    command line: one called ``--policy=mine/designs/x.py`` is not to choose the policy.
    """
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    for each in options:
        if each.startswith("-") and each != "-" and os.path.lexists(each):
            raise UsageError(
                f"{visible(each, 200)} is an option and the name of a file",
                hint="put -- before the names of files, or rename it",
            )


def build_parser(named: str = "") -> argparse.ArgumentParser:
    """Return the parser of all commands, or of the one that is ``named``: that is cheaper."""
    parser = argparse.ArgumentParser(
        prog="alma-safe",
        description="Vets agent-memory designs written as Python code before they are trusted.",
        epilog="exit codes: 0 accepted, 1 rejected, 2 usage or policy error, 3 infrastructure",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"alma-safe {__version__}")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name in (named,) if named in _COMMANDS else _COMMANDS:
        import_module(f"alma_safe.cli.{name}").add_parser(commands)
    return parser


def _report_error(error: AlmaSafeError) -> int:
    say(f"error: {visible(error.message, newlines=True)}")
    for line in error.hint.splitlines():
        say(f"hint: {visible(line)}")
    if os.environ.get("ALMA_SAFE_DEBUG"):
        _print_traceback(error)
    return error.exit_code


def _report_fault(error: Exception) -> int:
    say(f"error: internal fault: {type(error).__name__}: {visible(str(error))}")
    if os.environ.get("ALMA_SAFE_DEBUG"):
        _print_traceback(error)
    else:
        say("hint: set ALMA_SAFE_DEBUG=1 to see where, and report it")
    return _INTERNAL_FAULT


def _print_traceback(error: Exception) -> None:
    import traceback

    for line in traceback.format_exception(error):
        say(visible(line.rstrip("\n"), 4_000, newlines=True))


def _drop_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush cannot fail."""
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.close(sink)
    except OSError:
        pass
