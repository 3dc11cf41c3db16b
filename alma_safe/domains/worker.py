"""A process that runs the code of one domain: episodes in, views out, one JSON line each.

    python -P -m alma_safe.domains.worker FOLDER CACHE

It has no key and nothing of a design. Requests are served one after the other; several
episodes may be open. An answer holds ``value``, or ``fault`` with what went wrong.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import traceback
import types
from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any, TextIO

from alma_safe.domains.base import Domain, Environment, Manner, View

_PACKAGE = "alma_safe_domain"
_MAX_TEXT = 2_000


def load(folder: Path, cache: Path) -> Domain:
    """Import a domain's code. Its modules import each other relatively, or from ``envs``."""
    package = types.ModuleType(_PACKAGE)
    package.__path__ = [str(folder)]
    sys.modules[_PACKAGE] = package
    spec = importlib.util.spec_from_file_location(f"{_PACKAGE}.pack", folder / "pack.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    domain: Domain = module.domain(cache)
    return domain


class Worker:
    """The episodes that are open."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._open: dict[int, Environment] = {}

    def answer(self, request: Mapping[str, Any]) -> Any:
        """Carry out one request and return plain JSON values."""
        match request["op"]:
            case "tasks":
                found = self._domain.tasks(request["split"], request["task_set"])
                return [asdict(task) for task in found]
            case "prepare":
                return self._domain.prepare(request["task"])
            case "open":
                environment = self._domain.open(request["task"], Manner(**request["manner"]))
                self._open[request["episode"]] = environment
                return checked(environment.reset())
            case "step":
                return checked(self._open[request["episode"]].step(request["action"]))
            case "close":
                closed = self._open.pop(request["episode"], None)
                return closed.close() if closed is not None else None
        raise ValueError(request["op"])


def checked(view: View) -> dict[str, Any]:
    """Return a view as plain JSON values. Raises ValueError for numbers that are no scores.

    Averages are made of them, and recorders; NaN would come out far from who returned it.
    """
    if not 0.0 <= view.reward <= 1.0:
        raise ValueError(f"the reward of a view is from 0 to 1, not {view.reward}")
    if not isfinite(view.score):
        raise ValueError(f"the score of a view is finite, not {view.score}")
    return view.to_json()


def described(error: BaseException, folder: Path) -> dict[str, str]:
    """What went wrong, and where in the domain's own files."""
    where = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).is_relative_to(folder):
            where = f"{frame.filename}:{frame.lineno}"
    if isinstance(error, SyntaxError) and error.filename:
        where = f"{error.filename}:{error.lineno}"
    return {"kind": type(error).__name__, "text": str(error)[:_MAX_TEXT], "where": where}


def serve(folder: Path, cache: Path, requests: TextIO, answers: TextIO) -> None:
    """Answer requests until there are no more."""

    def say(message: Mapping[str, Any]) -> None:
        answers.write(json.dumps(message, allow_nan=False) + "\n")
        answers.flush()

    try:
        worker = Worker(load(folder, cache))
    # A pack that calls exit() is to be named too.
    except (Exception, SystemExit) as error:
        say({"fault": described(error, folder)})
        return
    say({"ready": True})
    for line in requests:
        request = json.loads(line)
        try:
            say({"id": request["id"], "value": worker.answer(request)})
        except (Exception, SystemExit) as error:
            say({"id": request["id"], "fault": described(error, folder)})


def main() -> None:
    """Serve standard input. What the domain's packages print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    serve(Path(sys.argv[1]), Path(sys.argv[2]), requests, answers)


if __name__ == "__main__":
    main()
