"""alma-safe: evolves and vets agent-memory designs; none of them runs unvetted."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

_LATER = {
    "load_accepted": "alma_safe.attest.accepted",
    "AcceptedMemory": "alma_safe.attest.accepted",
}
"""What users import from here, and where it is: looked up when it is first used."""


def __getattr__(name: str) -> Any:
    """Return what :data:`_LATER` lists."""
    if name not in _LATER:
        raise AttributeError(f"module 'alma_safe' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATER[name]), name)
