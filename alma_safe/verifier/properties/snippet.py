"""A failing sequence as a program that a person can run."""

from __future__ import annotations

from typing import Any

from alma_safe.text import visible
from alma_safe.verifier.properties.episodes import Operation

_MAX_CALLS = 20
_LONG = 200
_LIMIT = 6000


def snippet(class_name: str, trail: list[Operation], message: str) -> str:
    """Return the calls of ``trail`` as Python, the last one marked with what happened."""
    name = class_name if class_name.isidentifier() else "TheDesign"
    lines = [
        "import asyncio",
        "from alma_safe.contract import Basic_Recorder",
        f"from design import {name}",
        "",
        "async def main():",
        f"    memory = {name}()",
    ]
    left_out = len(trail) - _MAX_CALLS
    if left_out > 0:
        lines.append(f"    # {left_out} earlier calls left out")
    for operation in trail[-_MAX_CALLS:]:
        lines.append(f"    await memory.general_{operation['op']}({_recorder(operation)})")
    lines.append(f"    # {visible(message, 200)}")
    lines += ["", "asyncio.run(main())"]
    text = "\n".join(lines)
    return text if len(text) <= _LIMIT else text[:_LIMIT] + "\n# ... cut"


def _recorder(operation: Operation) -> str:
    recorder = operation["recorder"]
    parts = [f"init={_literal(recorder['init'])}"]
    if operation["op"] == "update":
        parts += [f"steps={_literal(recorder['steps'])}", f"reward={recorder['reward']!r}"]
    return f"Basic_Recorder({', '.join(parts)})"


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!a}: {_literal(value[key])}" for key in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, str) and len(value) > _LONG:
        return f"{value[:40]!a} + 'x' * {len(value) - 40}"
    return ascii(value)
