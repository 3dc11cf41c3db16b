"""The subprocess of the stage ``types``: one design on stdin, JSON lines on stdout.

Run as ``python -I -c BOOT`` (see ``stage``) with the arguments CACHE MEMORY_MB CPU_S,
where CACHE ``-`` means none. The last line is ``{"done": n}``: without it the run
counts as crashed. Exit status 3 says that mypy itself is missing.
"""

from __future__ import annotations

import gc
import json
import os
import re
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy.build import BuildResult
    from mypy.modulefinder import BuildSource
    from mypy.options import Options

MISSING_TOOL = 3
MAX_MESSAGES = 4000
_MAX_CHARS = 1500
_MAX_CACHE_FILE_MB = 64
_RECURSION_LIMIT = 4000

_HERE = Path(__file__).resolve().parent
STUBS = _HERE / "stubs"
CONTRACT = _HERE.parent.parent / "contract.py"

# What mypy would obey in a comment: `# type: ...` and `# mypy: ...`. mypy looks for the
# latter at the start of any line, inside strings too, so a tokeniser would miss some.
# Only the colon is taken out: lines and columns stay as they are.
_DIRECTIVE = re.compile(r"(#[ \t]*(?:type|mypy)[ \t]*):")

OPTIONS: dict[str, Any] = {
    # Nothing but our stubs, the contract and typeshed can be found.
    "mypy_path": [str(STUBS)],
    "python_executable": None,
    "python_version": (3, 12),
    "platform": "linux",
    "plugins": [],
    # Unannotated code is checked, loose annotations are not held against anybody.
    "check_untyped_defs": True,
    "implicit_optional": True,
    "allow_redefinition": True,
    "disable_bytearray_promotion": False,
    "disable_memoryview_promotion": False,
    "enable_error_code": ["truthy-bool", "unused-awaitable", "possibly-undefined"],
    # CPython's own parser: the checker reads exactly the grammar that will run.
    "native_parser": False,
    # One file per module, each replaced atomically: two gates may share the cache.
    "sqlite_cache": False,
    "export_types": True,
    "output": "json",
    "show_error_end": True,
    "show_column_numbers": True,
}


type Build = Callable[[str], tuple[list[str], BuildResult | None]]
"""Source text -> mypy's messages, and its result unless something stopped it early."""


def main() -> None:
    """Check the design on stdin."""
    cache, memory_mb, cpu_s = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    limit(memory_mb, cpu_s)
    # The process ends with os._exit: collecting garbage would only cost time.
    gc.disable()
    data = sys.stdin.buffer.read()
    try:
        import mypy.build
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        _leave(MISSING_TOOL)
    prepare()
    lines = report(data, lambda text: _built(text, cache, mypy.build))
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    _leave(0)


def prepare() -> None:
    """Set this process up for mypy: where it looks for modules, how deep it may go."""
    sys.setrecursionlimit(_RECURSION_LIMIT)
    # The stubs folder as working directory: mypy always searches that one too.
    os.chdir(STUBS)


def report(data: bytes, build: Build) -> list[str]:
    """Check one design and return the lines to say; whatever goes wrong is one of them."""
    try:
        # Python takes a byte order mark for a mark, not for text.
        text = neutralised(data.decode("utf-8").removeprefix("\ufeff"))
        return _checked(text, build)
    except (MemoryError, RecursionError) as error:
        return [json.dumps({"crash": type(error).__name__})]
    except SystemExit:
        # mypy's way to end after an INTERNAL ERROR.
        return [json.dumps({"crash": "internal error"})]
    except Exception as error:
        # Ours or mypy's fault, met on this text: what is not checked is not accepted.
        return [json.dumps({"crash": f"{type(error).__name__}: {error}"[:_MAX_CHARS]})]


def neutralised(text: str) -> str:
    """Return ``text`` with every comment directive switched off, geometry unchanged."""
    return _DIRECTIVE.sub(r"\1 ", text)


def limit(memory_mb: int, cpu_s: int) -> None:
    """Bound this process: address space, CPU seconds, size of the files it writes."""
    memory = memory_mb * 1024 * 1024
    file_size = _MAX_CACHE_FILE_MB * 1024 * 1024
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (bound, bound))
        except (ValueError, OSError):
            # macOS takes none of the address space: there the clocks alone bound a run.
            if sys.platform == "linux" or kind != resource.RLIMIT_AS:
                raise
    # SIGXCPU first: the host tells it from a kill for other reasons.
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    ceiling = cpu_s + 2 if hard == resource.RLIM_INFINITY else min(cpu_s + 2, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (min(cpu_s, ceiling), ceiling))


def _built(text: str, cache: str, build: Any) -> tuple[list[str], BuildResult | None]:
    from mypy.errors import CompileError

    try:
        result: BuildResult = build.build(design_sources(text), options(cache))
    except CompileError as error:
        return error.messages, None
    return result.errors, result


def design_sources(text: str) -> list[BuildSource]:
    """What mypy is given: the design and the contract that it is checked against."""
    from mypy.modulefinder import BuildSource

    return [
        # Without a path a module is neither read from the cache nor written to it, so
        # no design can leave anything there for the next one.
        BuildSource(None, "design", text),
        BuildSource(str(CONTRACT), "alma_safe.contract", None),
    ]


def _checked(text: str, build: Build) -> list[str]:
    from alma_safe.verifier.types.judge import judged

    messages, result = build(text)
    observed = [_parsed(message) for message in messages[:MAX_MESSAGES]]
    lines = [json.dumps(entry) for entry in judged(text, observed, result)]
    too_many = len(messages) > MAX_MESSAGES
    used = resource.getrusage(resource.RUSAGE_SELF)
    usage = {
        "cpu_s": round(used.ru_utime + used.ru_stime, 3),
        "peak_memory_bytes": used.ru_maxrss * 1024,
        "messages": len(messages),
    }
    return [*lines, json.dumps({"done": len(lines), "flood": too_many, "usage": usage})]


def options(cache: str) -> Options:
    """Return mypy's options for one run; ``cache`` is a folder or ``-`` for none."""
    from mypy.options import Options

    chosen = Options()
    for name, value in OPTIONS.items():
        setattr(chosen, name, value)
    chosen.cache_dir = os.devnull if cache == "-" else cache
    chosen.incremental = cache != "-"
    return chosen


def _parsed(message: str) -> dict[str, Any]:
    """Turn one message of mypy into a dict; a blocker may come as plain text."""
    try:
        entry = json.loads(message)
    except ValueError:
        entry = {"message": message, "code": "syntax", "severity": "error"}
    return {
        "file": str(entry.get("file") or ""),
        "severity": entry.get("severity") or "error",
        "code": entry.get("code") or "misc",
        "message": str(entry.get("message") or "")[:_MAX_CHARS],
        "note": str(entry.get("hint") or "")[:_MAX_CHARS],
        "line": max(0, int(entry.get("line") or 0)),
        "column": max(0, int(entry.get("column") or 0)),
        "end_line": int(entry.get("end_line") or 0),
        "end_column": int(entry.get("end_column") or 0),
    }


def _leave(status: int) -> None:
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
