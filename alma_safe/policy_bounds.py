"""What the values of a policy may be: numbers that tools can hold, names that exist."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from alma_safe.errors import PolicyError
from alma_safe.text import visible

_DAY_S = 24 * 60 * 60
_TIB_MB = 1024 * 1024
_FILE = 256 * 1024

HIGHEST: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "source": {
            "max_bytes": _FILE,
            # Deeper ones end the parser's stack; more digits than these Python does not read.
            "max_depth": 1_000,
            "max_nodes": 1_000_000,
            "max_literal_chars": _FILE,
            "max_number_digits": 4_300,
            "max_line_chars": _FILE,
            "max_lines": _FILE,
            "timeout_s": _DAY_S,
        },
        "static": {"max_constant_size": 1_000_000_000},
        "types": {"timeout_s": _DAY_S, "memory_mb": _TIB_MB},
        "properties": {
            "examples": 10_000,
            "max_operations": 200,
            "budget_s": _DAY_S,
            "call_deadline_s": _DAY_S,
            "max_output_bytes": 1024**3,
            "bulk_episodes": 100_000,
            "max_growth_kb": 1024 * _TIB_MB,
            "long_episode_steps": 100_000,
            "long_text_chars": 10_000_000,
            "concurrency": 1_000,
        },
        "execution": {
            "collection_episodes": 100_000,
            "deployment_episodes": 100_000,
            "concurrency": 1_000,
            "call_deadline_s": _DAY_S,
            "max_wall_s": 7 * _DAY_S,
            "max_cpu_s": 7 * _DAY_S,
            "max_memory_mb": _TIB_MB,
            "max_llm_calls": 1_000_000_000,
            "max_llm_chars": 1_000_000_000_000,
        },
        "sandbox": {
            "memory_mb": _TIB_MB,
            "address_space_mb": _TIB_MB,
            "cpu_s": 7 * _DAY_S,
            "wall_s": 7 * _DAY_S,
            "processes": 32_768,
            "open_files": 4_096,
            "file_mb": _TIB_MB,
            "tmp_mb": _TIB_MB,
            "tmp_inodes": 100_000_000,
            "output_bytes": 1024**3,
            "frame_bytes": 1024**3,
            "traffic_bytes": 1024**4,
        },
        "broker": {
            "concurrency": 10_000,
            "timeout_s": _DAY_S,
            "max_call_chars": 1_000_000_000,
            "max_output_tokens": 10_000_000,
            "episode_calls": 1_000_000_000,
            "episode_tokens": 1_000_000_000_000,
            "episode_usd": 1_000_000,
            "run_calls": 1_000_000_000,
            "run_tokens": 1_000_000_000_000,
            "run_usd": 1_000_000,
            "transcript_entries": 100_000,
            "transcript_chars": 1_000_000,
        },
    }
)
"""The highest value of every number: far above any use, and below what clocks, resource
limits and allocations overflow at, so that an honest design is not refused for a typo."""

_STATIC = """
S101 S102 S103 S104 S105 S106 S107 S108 S109 S110 S111 S201 S202 S203 S204 S205 S301 S302 S303
S304 S305 S306 S307 S308 S309 S310 S311 S312 S313 S314 S315 S401 S402 S403 S404 S501 S502 S503 S601
S602 S603 S604 S605 S701 S702 S703 S704 S801 S802 S803 S804 S851 S852 S853 S854 S901 S902 S903
S904 S905
"""
STATIC_RULES = frozenset(_STATIC.split())
"""Rules that ``warn`` and ``off`` may name: those of intake (``S0..``) are above any policy.
The same as in ``alma_safe.verifier.catalogue`` (tested), which is above this module."""


def check_number(where: str, section: str, key: str, value: float) -> None:
    """Raise PolicyError unless a number is above zero and not beyond its bound."""
    # Written so that NaN is refused too: it is above nothing.
    if not 0 < value < math.inf:
        raise PolicyError(f"{where}: [{section}] {key} must be above zero and finite")
    highest = HIGHEST[section][key]
    if value > highest:
        raise PolicyError(f"{where}: [{section}] {key} is at most {highest}")


def check_rules(where: str, key: str, names: Sequence[str]) -> None:
    """Raise PolicyError for a name in ``warn`` or ``off`` that is no rule it can change."""
    from alma_safe.linter import linter_rules

    for name in names:
        if name in STATIC_RULES or name == "ruff.syntax":
            continue
        code = name.removeprefix("ruff.")
        if code != name and code in linter_rules():
            continue
        hint = "`alma-safe explain --list` lists the rules of the static stage"
        if name.startswith("S0"):
            hint = "rules of intake (S0..) are above any policy"
        elif name.startswith("mypy."):
            hint = "[types] block names what refuses in the types stage"
        elif code != name:
            hint = _near(code, linter_rules(), "ruff.") or "`ruff rule --all` lists them"
        else:
            hint = "\n".join(filter(None, (_near(name, STATIC_RULES), hint)))
        raise PolicyError(
            f"{where}: [static] {key}: no rule {visible(name, 80) or '(empty)'} that it can change",
            hint=hint,
        )


def check_selectors(where: str, key: str, names: Sequence[str], shipped: Collection[str]) -> None:
    """Raise PolicyError for a code that ruff does not know. What is shipped costs nothing."""
    everything = {"ALL"} if key == "ruff_warn" else set()
    others = tuple(name for name in names if name not in shipped and name not in everything)
    if not others:
        return
    from alma_safe.linter import linter_rules, unselectable

    name = unselectable(others)
    if name is not None:
        raise PolicyError(
            f"{where}: [static] {key}: ruff has no rule {visible(name, 80) or '(empty)'}",
            hint=_near(name, linter_rules()) or "`ruff rule --all` lists them",
        )


def check_codes(where: str, names: Sequence[str], known: Collection[str]) -> None:
    """Raise PolicyError for a code in ``types.block`` that is none, or that never refuses."""
    for name in names:
        if name not in known:
            near = _near(name, known)
            listed = f"codes that can refuse: {', '.join(sorted(known))}"
            raise PolicyError(
                f"{where}: [types] block: no code {visible(name, 80) or '(empty)'} of mypy "
                "that can refuse",
                hint=f"{near}\n{listed}" if near else listed,
            )


def _near(name: str, known: Collection[str], prefix: str = "") -> str:
    import difflib  # only an error needs it

    near = difflib.get_close_matches(name[:80], known, n=3)
    return f"did you mean {', '.join(prefix + each for each in near)}?" if near else ""
