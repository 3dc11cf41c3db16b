"""alma-safe: evolves and vets agent-memory designs; none of them runs unvetted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alma_safe.attest.accepted import AcceptedMemory, load_accepted

__all__ = ["AcceptedMemory", "__version__", "load_accepted"]
__version__ = "0.1.0"

_LATER = {
    "load_accepted": "alma_safe.attest.accepted",
    "AcceptedMemory": "alma_safe.attest.accepted",
}
"""What users import from here, and where it is: looked up when it is first used."""

# Unseen by type checkers, to which it would make any name one of this package.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Return what :data:`_LATER` lists."""
        if name not in _LATER:
            raise AttributeError(f"module 'alma_safe' has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_LATER[name]), name)
