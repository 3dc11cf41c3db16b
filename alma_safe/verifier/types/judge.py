"""Which of mypy's messages are bugs of a design and which are only its style of typing.

One table, first match wins. ``BLOCK`` means: this raises, or breaks the contract, as
sure as a checker can be; the policy's list of codes then decides. What the table does
not name informs. Runs in the subprocess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alma_safe.verifier.types.advice import AWAIT, advise
from alma_safe.verifier.types.bugs import Bugs

if TYPE_CHECKING:
    from mypy.build import BuildResult

BLOCK, WARN, DROP = "block", "warn", "drop"

type Observation = dict[str, Any]
type Test = Callable[[Bugs, Observation, re.Match[str]], bool]


@dataclass(frozen=True, slots=True)
class Row:
    """Messages of ``code`` that match ``pattern`` get ``weight`` if ``test`` agrees.

    ``advice`` tells the repairer what to write; the rule's remedy stands in for an
    empty one.
    """

    code: str
    pattern: str
    weight: str
    test: Test | None = None
    advice: str = ""


_WAITED = r"(?!.*(expected|variable has type).*\b(Awaitable|Coroutine|Future|Task|object)\b)"

TABLE: tuple[Row, ...] = (
    # The contract's own methods are judged by `shape`, more exactly and more leniently.
    Row("override", r'supertype "(alma_safe\.contract\.)?(MemoStructure|Sub_memo_layer)"', DROP),
    # A coroutine where a value is needed: a forgotten await.
    Row("unused-coroutine", r"", BLOCK, advice=AWAIT),
    Row("unused-awaitable", r'"(_?Gathering)?Future\[', BLOCK, advice=AWAIT),
    Row("unused-awaitable", r"", DROP),
    Row("truthy-bool", r'"Coroutine\[', BLOCK, advice=AWAIT),
    Row("truthy-bool", r"", DROP),
    Row("attr-defined", r'^"Coroutine\[', BLOCK, advice=AWAIT),
    Row("index", r'^Value of type "Coroutine\[', BLOCK, advice=AWAIT),
    Row("operator", r'["(]"?Coroutine\[', BLOCK, advice=AWAIT),
    Row("arg-type", _WAITED + r'.*incompatible type "Coroutine\[', BLOCK, advice=AWAIT),
    Row("assignment", _WAITED + r'.*expression has type "Coroutine\[', BLOCK, advice=AWAIT),
    Row("return-value", _WAITED + r'.*got "Coroutine\[', BLOCK, advice=AWAIT),
    Row("dict-item", r'incompatible type "[^:]*": "Coroutine\[', BLOCK, advice=AWAIT),
    Row("list-item", _WAITED + r'.*incompatible type "Coroutine\[', BLOCK, advice=AWAIT),
    Row(
        "call-overload",
        r'variant of "(?!gather|wait|shield|as_completed|ensure_future|run)\w+".*"Coroutine\[',
        BLOCK,
        advice=AWAIT,
    ),
    Row(
        "misc",
        r'^Incompatible types in "await"',
        BLOCK,
        Bugs.awaits_a_plain_value,
        'this is not a coroutine: remove the "await", or make the called method "async def"',
    ),
    Row("await-not-async", r"", BLOCK),
    Row("top-level-await", r"", BLOCK),
    # What an empty container will hold, and keys of the kind ``max(votes, key=votes.get)``.
    Row("var-annotated", r"", DROP),
    Row("arg-type", r'^Argument "key" to "(max|min|sorted|sort|nlargest|nsmallest|groupby)"', DROP),
    # Names and attributes that do not exist.
    Row("name-defined", r'^Name "(?P<name>[^"]+)" is not defined', BLOCK, Bugs.name_is_needed),
    Row("attr-defined", r"^Module .*has no attribute", BLOCK, Bugs.not_guarded),
    Row(
        "attr-defined",
        r'^"(?P<type>Lock|Semaphore|Condition)" has no attribute "(?P<name>__(enter|exit)__)"',
        BLOCK,
        Bugs.attribute_is_missing,
        'asyncio locks need "async with"',
    ),
    Row(
        "attr-defined",
        r'^"(?P<type>.+)" has no attribute "(?P<name>\w+)"',
        BLOCK,
        Bugs.attribute_is_missing,
    ),
    Row(
        "misc",
        r'^"(?P<name>\w+)" undefined in superclass',
        BLOCK,
        Bugs.super_is_known,
        "no base class defines it: remove the call, or call a method that exists",
    ),
    Row("index", r'^Value of type "(?P<type>.+)" is not indexable', BLOCK, Bugs.is_plain_class),
    Row("operator", r"^Module not callable", BLOCK),
    Row("operator", r'^"(?P<type>.+)" not callable', BLOCK, Bugs.is_stable_value),
    # Calls that raise TypeError.
    Row(
        "call-arg",
        r' for ("ask" of )?"Agent"$',
        BLOCK,
        Bugs.call_is_direct,
        "it is Agent(system_prompt, output_schema, model) and ask(user_input, with_full_msg,"
        " with_history, temperature, reasoning_effort)",
    ),
    Row("call-arg", r"", BLOCK, Bugs.call_is_direct),
    Row(
        "arg-type",
        r'^Argument (2|"output_schema") to "Agent" has incompatible type "str";'
        r' expected "Mapping\[str, Any\] \| None"$',
        BLOCK,
        advice="the order is Agent(system_prompt, output_schema, model); the schema is a dict:"
        ' write Agent(system_prompt, model="...") for answers in text',
    ),
    Row("abstract", r"^Cannot instantiate abstract class", BLOCK),
    Row("str-format", r"^(Cannot find replacement|Not enough arguments)", BLOCK),
    # Class bodies that raise on import.
    Row(
        "misc",
        r"^Attributes without a default cannot follow attributes with one",
        BLOCK,
        advice="give the field a default, as the fields of Sub_memo_layer have one,"
        " or use @dataclass(kw_only=True)",
    ),
    Row("misc", r"^Cannot determine consistent method resolution order", BLOCK),
    Row("misc", r"^Cannot extend enum with existing members", BLOCK),
    Row("misc", r'^Property "\w+" defined in "(?P<type>[^"]+)" is read-only', BLOCK),
    Row("misc", r"^Trying to assign name .* not defined in class .* slots", BLOCK),
    Row("misc", r"^'?\"?(await|yield|return|async)\b.*\b(outside|in async generator)", BLOCK),
    # What the contract's methods give back.
    Row("return", r"^Missing return statement", BLOCK, Bugs.in_retrieve),
    Row("empty-body", r"", BLOCK, Bugs.in_retrieve),
    Row("return-value", r"^(No return value expected)", BLOCK, Bugs.in_update),
    Row("return-value", r"^Return value expected", BLOCK, Bugs.in_retrieve),
    Row(
        "return-value",
        r'got "(None|str|int|float|bool|bytes|(list|tuple|set|frozenset|Generator)\[[^|]*)"',
        BLOCK,
        Bugs.in_retrieve,
    ),
    Row("func-returns-value", r'^"(?P<name>\w+)" of "(?P<type>\w+)"', BLOCK, Bugs.nothing_kept),
    Row("syntax", r"", BLOCK),
)

_ROWS: Mapping[str, tuple[tuple[Row, re.Pattern[str]], ...]] = {
    code: tuple((row, re.compile(row.pattern)) for row in TABLE if row.code == code)
    for code in {row.code for row in TABLE}
}


def judged(
    text: str, observed: list[Observation], result: BuildResult | None
) -> Iterator[Observation]:
    """Yield the observations about the design, each with ``weight`` and ``advice``."""
    own = [entry for entry in observed if entry["severity"] == "error"]
    if result is None:
        # Nothing was checked: whatever stopped mypy stops the design.
        for entry in own:
            yield {**entry, "weight": BLOCK, "advice": ""}
        return
    bugs = Bugs(text, own, result)
    blocked: set[int] = set()
    for entry in own:
        weight, advice = _weigh(bugs, entry)
        if weight == BLOCK:
            blocked.add(entry["line"])
            yield advise(bugs, {**entry, "weight": weight, "advice": advice})
        elif weight == WARN:
            yield {**entry, "weight": weight, "advice": ""}
    yield from bugs.shape_faults()
    # What mypy has already said about a line needs no second finding.
    yield from (entry for entry in bugs.forgotten_awaits() if entry["line"] not in blocked)


def _weigh(bugs: Bugs, entry: Observation) -> tuple[str, str]:
    for row, pattern in _ROWS.get(entry["code"], ()):
        match = pattern.search(entry["message"])
        if match:
            agreed = row.test is None or row.test(bugs, entry, match)
            return (row.weight, row.advice) if agreed else (WARN, "")
    return WARN, ""
