"""The package's engine, with what it computes again and again computed once.

Transcripts are the same as without (tested); a step takes a third of the time. The engine's
grammar evaluates expressions from the game file: only games that are generated here, or
that the operator has named, are loaded.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

import fast_downward
import textworld.envs.pddl.logic as logic
import textworld.envs.pddl.textgen as textgen
from alfworld.agents.environment.alfred_tw_env import AlfredDemangler
from textworld import EnvInfos
from textworld.envs.pddl import PddlEnv

_KEPT = 256
_PLANNERS: list[Any] = []
"""Copies of the planner's library that no environment has."""


def start(content: dict[str, Any] | str) -> Any:
    """Return the environment of a game: the content of its file, or its path."""
    environment = AlfredDemangler(
        PddlEnv(EnvInfos(admissible_commands=True, won=True)), shuffle=False
    )
    environment.load(content)
    return environment


def finish(environment: Any) -> None:
    """Give back the planner's library, so that the next environment takes it.

    Every environment loads a copy of its own, on disk and in memory, and never lets it go.
    To unload one is no way out: it has handlers for the end of the process. Nothing may be
    asked of the environment afterwards.
    """
    environment.close()
    planner = environment.unwrapped.downward_lib
    environment.unwrapped.downward_lib = None
    planner.cleanup()
    _PLANNERS.append(planner)


@functools.cache
def install_speedups() -> None:
    """Have grammars, queries and translations of problems kept. Once for the process."""
    parse = functools.lru_cache(maxsize=4096)(textgen._parse_and_convert)

    def parsed(text: str, rule_name: str = "symbols", trace: bool = False) -> list[Any]:
        return [_cloned(symbol) for symbol in parse(text, rule_name=rule_name)]

    textgen._parse_and_convert = parsed
    deep = textgen.deepcopy

    def copied(value: Any) -> Any:
        if isinstance(value, list) and value and isinstance(value[0], textgen.Symbol):
            return [_cloned(symbol) for symbol in value]
        return deep(value)

    textgen.deepcopy = copied
    query = functools.lru_cache(maxsize=4096)(textgen.Rule.parse_conjunctive_query)
    textgen.Rule.parse_conjunctive_query = staticmethod(query)
    translate = fast_downward.pddl2sas

    @functools.lru_cache(maxsize=_KEPT)
    def translated(domain: str, problem: str) -> Any:
        # Nothing is replanned here: the plain translation serves for the optimised one too.
        return translate(domain, problem, verbose=False, optimize=False)

    def pddl2sas(domain: str, problem: str, verbose: bool = False, optimize: bool = False) -> Any:
        return translated(domain, problem)

    logic.fast_downward.pddl2sas = pddl2sas
    load = fast_downward.load_lib
    fast_downward.load_lib = lambda: _PLANNERS.pop() if _PLANNERS else load()


def _cloned(symbol: Any) -> Any:
    """A symbol that can be given a context of its own; what is never changed is shared."""
    new = copy.copy(symbol)
    new.context = {}
    if isinstance(symbol, textgen.ListSymbol):
        new.symbol = _cloned(symbol.symbol)
    if isinstance(symbol, textgen.ConditionalSymbol) and not isinstance(symbol.expression, str):
        new.expression = _cloned(symbol.expression)
    return new
