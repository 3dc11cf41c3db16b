"""Run samples of ``tests/assets/static/escapes`` for real and print what each of them gained.

    python -m tests.verifier.static.escape_proof FOLDER SAMPLE...

Nothing guards them: each runs in a forked child of this throw-away process, and what it
gains is looked at and dropped. The path that it may write to is in FOLDER.
"""

from __future__ import annotations

import io
import json
import os
import socket
import sys
import threading
import types
from pathlib import Path
from typing import Any

GUEST = Path(__file__).resolve().parents[3] / "alma_safe" / "sandbox" / "guest"


def gained(value: Any) -> str:
    """Name the kind of thing that a sample got at."""
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__}"
    if isinstance(value, dict):
        return "namespace" if "__builtins__" in value else "dict"
    if isinstance(value, io.IOBase):
        return "file"
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType):
        return f"function {value.__name__}"
    if isinstance(value, type):
        return f"class {value.__name__}"
    if isinstance(value, threading.Thread):
        return "thread"
    if isinstance(value, socket.socket):
        return "socket"
    return type(value).__name__


def attempt(sample: Path, path: str) -> str:
    """What ``attack(path)`` returned or wrote."""
    module = types.ModuleType("design")
    sys.modules["design"] = module
    try:
        code = compile(sample.read_text("utf-8"), str(sample), "exec", dont_inherit=True)
        exec(code, module.__dict__)
        found = gained(module.attack(path))
    except Exception as error:
        found = f"nothing: {error!r}"
    return "file written" if os.path.exists(path) else found


def main() -> None:
    """Each sample in a child of its own."""
    sys.path[:0] = [str(GUEST), str(GUEST / "names"), str(GUEST / "standin")]
    import networkx
    import numpy

    assert networkx, numpy  # Loaded once, for all children.
    folder, *samples = sys.argv[1:]
    for name in samples:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            path = os.path.join(folder, Path(name).stem)
            os.write(writing, attempt(Path(name), path).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as stream:
            print(json.dumps([Path(name).stem, stream.read().decode()]), flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
