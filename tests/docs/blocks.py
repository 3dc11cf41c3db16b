"""What the documents show: blocks of code, and the commands in them with their output."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_COMMAND = re.compile(r"(\$ )?((?:\w+=\S+ )*(?:cat \S+ \| )?(?:alma-safe|echo) .*)")


@dataclass(frozen=True, slots=True)
class Command:
    """One command line as a document shows it, and what it says that it prints."""

    document: str
    line: int
    text: str
    output: str = ""

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def blocks(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Indented blocks: the number of the first line, and the lines without the indent."""
    block: list[str] = []
    start, before = 0, ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("    ") and (block or not before.strip()):
            start = start if block else number
            block.append(line[4:])
        elif block and not line.strip():
            block.append("")
        elif block:
            yield start, block
            block = []
        before = line
    if block:
        yield start, block


def commands(path: Path) -> Iterator[Command]:
    """All commands of a document, in their order."""
    for start, block in blocks(path):
        number = 0
        while number < len(block):
            first = number
            match = _COMMAND.fullmatch(block[number].rstrip())
            number += 1
            if match is None:
                continue
            text = match[2]
            while text.endswith("\\"):
                text = text[:-1] + block[number].strip()
                number += 1
            output = []
            while match[1] and number < len(block) and not block[number].startswith("$ "):
                output.append(block[number])
                number += 1
            text = re.sub(r"\s{2,}#.*", "", text)
            yield Command(path.name, start + first, text.strip(), "\n".join(output).strip())


def spans(path: Path) -> Iterator[str]:
    """Commands within the text: code between back-ticks that begins with `alma-safe `."""
    text = re.sub(r"(?m)^ {4}.*$", "", path.read_text("utf-8"))
    for match in re.finditer(r"`(alma-safe [^`]+)`", text):
        yield " ".join(match[1].split())
