"""A policy as one file, with the comments of all that it extends: for those who review it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alma_safe.policy import load_policy
from alma_safe.policy_file import COMPANIONS, companion, is_shipped, locate, text_of

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def commented(name_or_path: str) -> str:
    """Return the effective policy as TOML that loads to the same rules and limits.

    What a policy changes says where it was changed. Files that it names (imports, prices,
    system calls) stay files of their own, by their whole paths. Raises PolicyError as
    ``load_policy`` does.
    """
    policy = load_policy(name_or_path)
    head = f"# {policy.name}: all that it amounts to. {policy.digest}\n\n"
    return head + _document(locate(name_or_path, base=None)).as_string()


def _document(path: Path) -> TOMLDocument:
    # Costs more to import than any other command needs.
    import tomlkit
    from tomlkit.items import Table

    own = tomlkit.parse(text_of(path))
    _name_companions(own, path)
    base = own.pop("extends", None)
    if base is None:
        return own
    whole = _document(locate(str(base), base=path.parent))
    for key, value in own.items():
        table = whole.get(key)
        if isinstance(value, Table) and isinstance(table, Table):
            for name, item in value.items():
                table[name] = item
                table[name].comment(f"changed by {path.name}{_said(item)}")
        else:
            whole[key] = value
    return whole


def _name_companions(own: TOMLDocument, path: Path) -> None:
    """Write out where the files lie that a policy names: the text may be saved elsewhere."""
    import tomlkit

    for key in () if is_shipped(path) else COMPANIONS:
        section, _, field = key.partition(".")
        table = own.get(section)
        if table is None or field not in table:
            continue
        found = companion(str(table[field]), key, path.parent)
        if not is_shipped(found):
            whole = tomlkit.string(str(found.absolute()))
            whole.trivia.comment_ws = table[field].trivia.comment_ws
            whole.trivia.comment = table[field].trivia.comment
            table[field] = whole


def _said(item: object) -> str:
    trivia = getattr(item, "trivia", None)
    return f": {trivia.comment.lstrip('# ')}" if trivia is not None and trivia.comment else ""
