"""A policy as one file, with the comments of all that it extends: for those who review it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alma_safe.policy import load_policy
from alma_safe.policy_file import locate, text_of

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


def commented(name_or_path: str) -> str:
    """Return the effective policy as TOML that loads to the same rules and limits.

    What a policy changes says where it was changed. Files that it names (imports, prices,
    system calls) stay files of their own. Raises PolicyError as ``load_policy`` does.
    """
    policy = load_policy(name_or_path)
    head = f"# {policy.name}: all that it amounts to. {policy.digest}\n\n"
    return head + _document(locate(name_or_path, base=None)).as_string()


def _document(path: Path) -> TOMLDocument:
    # Costs more to import than any other command needs.
    import tomlkit
    from tomlkit.items import Table

    own = tomlkit.parse(text_of(path))
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


def _said(item: object) -> str:
    trivia = getattr(item, "trivia", None)
    return f": {trivia.comment.lstrip('# ')}" if trivia is not None and trivia.comment else ""
