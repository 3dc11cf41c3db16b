"""From source text to a bounded tree: every way in which that can fail is a finding."""

from __future__ import annotations

import ast
import warnings

from alma_safe.text import visible
from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static.collector import Collector
from alma_safe.verifier.static.settings import Settings
from alma_safe.verifier.static.tree import COMPREHENSIONS, TooBig, Tree

SYNTAX = Rule(
    id="S009",
    stage="static",
    title="not Python 3.12",
    reason="What cannot be parsed cannot be checked or run.",
    remedy="Fix the syntax on the named line.",
)
TOO_COMPLEX = Rule(
    id="S010",
    stage="static",
    title="nested too deeply or too many parts",
    reason="Deep or huge expressions exhaust the stack or the time of every checker.",
    remedy="Split the expression or the function; build long texts with one literal.",
)
LITERAL = Rule(
    id="S011",
    stage="static",
    title="literal too large",
    reason="Huge literals slow every tool down and are a place to hide payloads.",
    remedy="Shorten the literal.",
)

RULES = (SYNTAX, TOO_COMPLEX, LITERAL)

_MAX_ARGUMENTS = 1000
_MAX_CLAUSES = 12
_BITS_PER_DIGIT = 3.33


def parse(source: str, settings: Settings, collector: Collector) -> Tree | None:
    """Parse ``source`` and check the caps; None when the tree cannot be used further."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(source, filename="design.py")
        tree = Tree(source, module, settings)
    except SyntaxError as error:
        line, column = error.lineno or 0, max(error.offset or 0, 0)
        if "too many nested" in (error.msg or "") or "too many static" in (error.msg or ""):
            collector.add(TOO_COMPLEX, (line, column), f"{visible(error.msg)}")
        elif "digits) for integer" in (error.msg or ""):
            collector.add(LITERAL, (line, column), "a number has more than 4300 digits")
        else:
            collector.add(SYNTAX, (line, column), f"syntax error: {visible(error.msg or '')}")
        return None
    except ValueError as error:
        collector.add(SYNTAX, (0, 0), f"cannot be parsed: {visible(str(error))}")
        return None
    except (RecursionError, MemoryError):
        collector.add(TOO_COMPLEX, (0, 0), "the source is nested too deeply to be parsed")
        return None
    except TooBig as error:
        limit = settings.max_depth if error.what == "depth" else settings.max_nodes
        what = f"nested deeper than {limit} levels"
        if error.what == "nodes":
            what = f"more than {limit} syntax nodes"
        elif error.what == "scopes":
            what = "functions, classes and comprehensions nested more than 30 deep"
        collector.add(TOO_COMPLEX, (error.line, 0), what)
        return None
    check_literals(tree, settings, collector)
    return tree


def check_literals(tree: Tree, settings: Settings, collector: Collector) -> None:
    """Refuse literals above the caps."""
    for node in tree.nodes(ast.Call):
        if len(node.args) + len(node.keywords) > _MAX_ARGUMENTS:
            collector.add(TOO_COMPLEX, node, f"a call with more than {_MAX_ARGUMENTS} arguments")
    for kind in COMPREHENSIONS:
        for node in tree.nodes(kind):
            if len(node.generators) > _MAX_CLAUSES:
                message = f"a comprehension with {len(node.generators)} for clauses"
                collector.add(TOO_COMPLEX, node, message)
    max_bits = int(settings.max_number_digits * _BITS_PER_DIGIT)
    for node in tree.nodes(ast.Constant):
        value = node.value
        if isinstance(value, str | bytes):
            if len(value) > settings.max_literal_chars:
                message = f"a literal of {len(value)} characters, the limit is "
                collector.add(LITERAL, node, message + str(settings.max_literal_chars))
        elif type(value) is int and value.bit_length() > max_bits:
            message = f"a number of more than {settings.max_number_digits} digits"
            collector.add(LITERAL, node, message)
