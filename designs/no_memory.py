"""No memory: the null design that every other design is measured against.

Source: the no-memory arm of ALMA (arXiv 2602.07755).
Corrected: the port carries the class name of another design; nothing else was wrong with it.
"""

from __future__ import annotations

from typing import Any

from alma_safe.contract import Basic_Recorder, MemoStructure


class NoMemory(MemoStructure):
    """Remembers nothing and advises nothing."""

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        """Return an empty object: the agent acts on what it sees."""
        return {}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        """Let the episode pass."""
