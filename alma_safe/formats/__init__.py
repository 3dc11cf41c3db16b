"""How a report is shown: one file per format behind one interface."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from alma_safe.errors import UsageError

if TYPE_CHECKING:
    from alma_safe.formats.base import Format

NAMES = ("text", "json", "sarif", "junit", "html", "github", "markdown")
"""The formats, as the command line names them."""

_CLASSES = {
    "text": "TextFormat",
    "json": "JsonFormat",
    "sarif": "SarifFormat",
    "junit": "JunitFormat",
    "html": "HtmlFormat",
    "github": "GithubFormat",
    "markdown": "MarkdownFormat",
}

__all__ = ["NAMES", "by_name"]


def by_name(name: str) -> Format:
    """Return the format called ``name``. Raises UsageError for an unknown one.

    Only the module of that format is imported.
    """
    if name not in _CLASSES:
        raise UsageError(f"no format named {name}", hint="formats: " + ", ".join(NAMES))
    made: Format = getattr(import_module(f"alma_safe.formats.{name}"), _CLASSES[name])()
    return made
