"""What is printed for programs is whole, and no command to a runner that shows it."""

from __future__ import annotations

import json

from alma_safe.cli.console import document


def test_json_keeps_every_text_and_commands_nobody() -> None:
    value = {"##[add-mask]a": ["###vso[task.x]", "::error::x\n::y::", "\x1b[31m\u202e", "## a [b]"]}
    text = document(value)
    assert json.loads(text) == value
    assert text.isascii()
    assert "##[" not in text
    assert "##vso[" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
