"""Loading the one design of this guest and calling its methods."""

import asyncio
import builtins
import json
import math
import sys
import types
from typing import Any

from alma_safe.contract import Basic_Recorder, MemoStructure
from almaguest import clock as clocks
from almaguest.material import Material

FILE_NAME = "design.py"
_MAX_KEPT = 64


class Refused(Exception):
    """The call cannot be carried out; ``kind`` is one of the protocol's words."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class LoadedDesign:
    """The design's module, its one concrete class, its instances and kept recorders."""

    def __init__(self, options: dict[str, Any], material: Material) -> None:
        self._material = material
        self._clock = clocks.FrozenClock() if options["frozen_clock"] else None
        self._seed = options["random_seed"]
        self._class: type[MemoStructure] | None = None
        self._instances: dict[int, MemoStructure | None] = {}
        self._kept: dict[str, tuple[Basic_Recorder, Any]] = {}
        self._known_tasks: set[asyncio.Task[Any]] = set()
        self._seen_tasks: set[Any] | None = None
        self._latest = 0

    def load(self, source: bytes) -> dict[str, Any]:
        """Run the design's module and return the name of its concrete class."""
        module = types.ModuleType("design")
        module.__dict__["__builtins__"] = self._builtins()
        sys.modules["design"] = module
        self.reset()
        code = compile(source, FILE_NAME, "exec", dont_inherit=True)
        exec(code, module.__dict__)
        self._class = _only_concrete(module)
        return {"class": str(self._class.__name__)[:200]}

    def _builtins(self) -> dict[str, Any]:
        """The design's own builtins: imports of the clock modules give the frozen ones."""
        if self._clock is None:
            return dict(vars(builtins))
        frozen = self._clock.modules()
        plain_import = builtins.__import__

        def importer(
            name: str,
            globals: Any = None,
            locals: Any = None,
            fromlist: Any = (),
            level: int = 0,
        ) -> Any:
            if level == 0 and name in frozen:
                return frozen[name]
            known = "numpy" in sys.modules
            module = plain_import(name, globals, locals, fromlist, level)
            if not known and "numpy" in sys.modules:
                clocks.seed_randomness(self._seed, numpy_only=True)
            return module

        return {**vars(builtins), "__import__": importer}

    def reset(self) -> None:
        """Put clock and random generators back to their start."""
        if self._clock is not None:
            self._clock.restart()
            clocks.seed_randomness(self._seed)

    def construct(self) -> dict[str, Any]:
        """Make an instance and return its number."""
        if self._class is None:
            raise Refused("no_design", "no design is loaded")
        number = len(self._instances) + 1
        self._instances[number] = self._class()
        self._latest = number
        return {"instance": number}

    async def retrieve(self, payload: dict[str, Any]) -> str:
        """Call general_retrieve; return the outcome as JSON text."""
        instance, recorder = self._prepare(payload)
        result = await instance.general_retrieve(recorder)
        if not isinstance(result, dict):
            raise Refused("bad_result", f"general_retrieve returned {_type_name(result)}, not dict")
        return f'{{"result":{json_text(result)},"recorder":{self._after(recorder, payload)}}}'

    async def update(self, payload: dict[str, Any]) -> str:
        """Call general_update; return the outcome as JSON text."""
        instance, recorder = self._prepare(payload)
        update: Any = instance.general_update
        result = await update(recorder)
        returned = "null" if result is None else json_text(_type_name(result))
        after = self._after(recorder, payload)
        return f'{{"result":{returned},"recorder":{after},"tasks":{self._left()}}}'

    def expect(self, task: asyncio.Task[Any]) -> None:
        """Take note of a task of our own, which no design has left behind."""
        self._known_tasks = {known for known in self._known_tasks if not known.done()} | {task}

    def _left(self) -> int:
        """How many tasks are running that were not before."""
        # Asked after every update; mostly there is nothing new, and to list them all is dear.
        registered = _registered()
        if registered is not None and registered == self._seen_tasks:
            return 0
        new = asyncio.all_tasks() - self._known_tasks
        self._known_tasks |= new
        self._seen_tasks = registered
        return len(new)

    def _prepare(self, payload: dict[str, Any]) -> tuple[MemoStructure, Basic_Recorder]:
        number = payload["instance"]
        instance = self._instances.get(number or self._latest)
        if instance is None:
            raise Refused("no_design", "there is no such instance")
        if self._clock is not None and payload.get("pause", True):
            self._clock.pause()
        init, steps, reward = self._given(payload)
        recorder = Basic_Recorder(init=init, steps=steps, reward=reward)
        key = payload.get("key")
        if key is not None and len(self._kept) < _MAX_KEPT:
            self._kept[key] = recorder, payload["recorder"]
        return instance, recorder

    def _given(self, payload: dict[str, Any]) -> tuple[Any, Any, Any]:
        given, start = payload["recorder"], payload.get("start")
        if isinstance(given, int):
            if start:
                return self._material.beginning(given), [], 0.0
            given = self._material.copy(given)
        if start:
            return given["init"], [], 0.0
        return given["init"], given["steps"], given["reward"]

    def _after(self, recorder: Basic_Recorder, payload: dict[str, Any]) -> str:
        """The recorder after the call as JSON text: ``true`` if it is what was given."""
        if not payload.get("echo"):
            return "null"
        given = payload["recorder"]
        if isinstance(given, int) and self._unchanged(recorder, given, payload.get("start")):
            return "true"
        return json_text(_shown(recorder))

    def _unchanged(self, recorder: Basic_Recorder, position: int, start: Any = None) -> bool:
        init, steps, reward = recorder.init, recorder.steps, recorder.reward
        return self._material.holds(position, init, steps, reward, begun=start)

    def recall(self, key: str) -> Any:
        """Return a kept recorder as it is now; true if it is what was given."""
        recorder, given = self._kept.get(key, (None, None))
        if recorder is None:
            return None
        if isinstance(given, int) and self._unchanged(recorder, given):
            return True
        return _shown(recorder)

    def forget(self, number: int) -> None:
        """Drop an instance and all kept recorders."""
        self._instances[number] = None
        self._kept.clear()


def _registered() -> set[Any] | None:
    """References to all tasks that asyncio knows of; None where it keeps them elsewhere."""
    if sys.version_info >= (3, 14):
        return None
    tasks: Any = asyncio.tasks
    return {*tasks._scheduled_tasks.data, *tasks._eager_tasks}


def _only_concrete(module: types.ModuleType) -> type[MemoStructure]:
    found = {
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, MemoStructure)
        and value is not MemoStructure
        and not value.__abstractmethods__
    }
    if not found:
        raise Refused("no_design", "the file defines no concrete MemoStructure subclass")
    if len(found) > 1:
        names = ", ".join(sorted(cls.__name__ for cls in found))
        raise Refused("several_designs", f"several concrete MemoStructure subclasses: {names}")
    return found.pop()


def _shown(recorder: Basic_Recorder) -> Any:
    """The recorder as JSON values; what cannot be shown has been changed by the design."""
    try:
        return as_json({"init": recorder.init, "steps": recorder.steps, "reward": recorder.reward})
    except Refused as refused:
        return {"unserialisable": str(refused)[:200]}


def as_json(value: Any) -> Any:
    """Return ``value`` as plain JSON values; raise Refused(not_json) naming the place."""
    return json.loads(json_text(value))


_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def json_text(value: Any) -> str:
    """Return ``value`` as JSON text; raise Refused(not_json) naming the place."""
    try:
        return _encode(value)
    except RecursionError:
        raise Refused("not_json", "the result is circular or nested too deeply") from None
    except (TypeError, ValueError) as error:
        where = _offender(value, "result", 0)
        raise Refused("not_json", where or f"the result is not JSON: {error}") from None


def _offender(value: Any, path: str, depth: int) -> str:
    """Name the first part that json cannot write."""
    if depth > 50:
        return f"{path[:60]}... is circular or nested too deeply"
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, (str, int, float, bool, type(None))):
                return f"{path} has a key of type {_type_name(key)}"
            found = _offender(inner, f"{path}[{str(key)[:40]!r}]", depth + 1)
            if found:
                return found
        return ""
    if isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            found = _offender(inner, f"{path}[{index}]", depth + 1)
            if found:
                return found
        return ""
    if isinstance(value, float) and not math.isfinite(value):
        return f"{path} is {value}, which JSON cannot hold"
    if value is None or isinstance(value, (str, int, float, bool)):
        return ""
    return f"{path} is of type {_type_name(value)}, which JSON cannot hold"


def _type_name(value: Any) -> str:
    module = str(type(value).__module__)
    prefix = "" if module in ("builtins", "design") else f"{module}."
    return f"{prefix}{type(value).__name__}"[:80]
