"""Where the shipped folders ``policies/``, ``designs/``, ``envs/`` and the rules' samples are.

In a wheel they lie inside the package; in a checkout they are at its top.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent

# Folders whose place in a checkout is not their name: the samples of the rules are test
# assets first, and are shipped so that `explain` can show them.
_CHECKOUT = {"rules": "tests/assets/rules"}


def resource_dir(name: str) -> Path:
    """Return the folder ``name`` (policies, designs, envs or rules) of this installation."""
    bundled = _PACKAGE / "_resources" / name
    return bundled if bundled.is_dir() else _PACKAGE.parent / _CHECKOUT.get(name, name)
