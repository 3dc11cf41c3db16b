"""Why a finding of mypy blocks a design, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from alma_safe.verifier.rule import Rule

STAGE = "types"

_AWAIT_REASON = (
    "Calling an async method only makes a coroutine. Without an await its body never runs and "
    "what is used in its place is a coroutine object."
)
_AWAIT_REMEDY = 'write "await" before the call, as in "await self.layer.retrieve(query=...)"'


def _rule(code: str, title: str, reason: str, remedy: str, *, warns: bool = False) -> Rule:
    return Rule(
        id=f"mypy.{code}", stage=STAGE, title=title, reason=reason, remedy=remedy, warns=warns
    )


RULES: tuple[Rule, ...] = (
    _rule(
        "override",
        "a contract method has the wrong shape",
        "general_retrieve and general_update are awaited with one recorder, and the layers' "
        "retrieve and update are awaited too. A method that is not async, needs other arguments "
        "or returns something else fails on its first call.",
        'keep "async def general_retrieve(self, recorder) -> dict" and '
        '"async def general_update(self, recorder) -> None"; layers: "async def retrieve(self, '
        '**kwargs)" and "async def update(self, **kwargs)"; give further parameters a default',
    ),
    _rule(
        "abstract",
        "an abstract class is constructed",
        "A class that leaves a contract method undefined raises TypeError when it is constructed.",
        "define every missing method under exactly that name, as an async method",
    ),
    _rule(
        "call-arg",
        "a call does not fit the function it calls",
        "Missing, surplus or unknown arguments raise TypeError.",
        "pass exactly the parameters that the function defines; the MemoStructure itself must be "
        "constructible without arguments, so give every parameter of its __init__ a default",
    ),
    _rule(
        "call-overload",
        "a coroutine is passed where a value is needed",
        _AWAIT_REASON,
        _AWAIT_REMEDY,
    ),
    _rule(
        "name-defined",
        "a name is not defined",
        "Using a name that nothing defines or imports raises NameError.",
        "define or import the name, or correct its spelling",
    ),
    _rule(
        "attr-defined",
        "an attribute does not exist",
        "Reading an attribute that the object or module does not have raises AttributeError.",
        "use a name that the class or module really defines, or set it in __init__",
    ),
    _rule(
        "return",
        "general_retrieve can end without a return",
        "Falling off the end returns None, but the agent's prompt needs a dict.",
        'end every path with a return of a dict, "return {}" when there is nothing to say',
    ),
    _rule(
        "empty-body",
        "general_retrieve has no body",
        "An empty body returns None, but the agent's prompt needs a dict.",
        'write the body, at least "return {}"',
    ),
    _rule(
        "return-value",
        "a contract method returns the wrong thing",
        "general_retrieve must return a dict that becomes JSON, general_update returns nothing.",
        'return a dict from general_retrieve, "return {}" when there is nothing to say; '
        'use a bare "return" in general_update; await a coroutine before returning it',
    ),
    _rule(
        "func-returns-value",
        "the result of a method that returns None is kept",
        "Methods such as list.sort and list.append change the object and return None.",
        "call the method on a line of its own, then use the object; or use sorted(...)",
    ),
    _rule(
        "unused-coroutine",
        "a coroutine is never awaited",
        _AWAIT_REASON,
        _AWAIT_REMEDY,
    ),
    _rule(
        "unused-awaitable",
        "a future is never awaited",
        "asyncio.gather without an await returns at once: its work may be cut off or overtaken, "
        "and its exceptions are lost.",
        'write "await asyncio.gather(...)"',
    ),
    _rule(
        "truthy-bool",
        "a coroutine is used as a condition",
        "A coroutine object is always true, so the condition never fails. " + _AWAIT_REASON,
        _AWAIT_REMEDY,
    ),
    _rule(
        "index",
        "something is indexed that cannot be",
        "Indexing an object without __getitem__ raises TypeError. Recorders have attributes, "
        "coroutines must be awaited first.",
        'read attributes ("recorder.init", "recorder.steps", "recorder.reward"); ' + _AWAIT_REMEDY,
    ),
    _rule(
        "operator",
        "an operator or a call does not fit its value",
        "Calling what is not callable, or computing with a coroutine, raises TypeError.",
        "check what the name is bound to; import the class from its module; " + _AWAIT_REMEDY,
    ),
    _rule("arg-type", "a coroutine is passed as a value", _AWAIT_REASON, _AWAIT_REMEDY),
    _rule("assignment", "a coroutine is stored as a value", _AWAIT_REASON, _AWAIT_REMEDY),
    _rule("dict-item", "a coroutine is stored in a dict", _AWAIT_REASON, _AWAIT_REMEDY),
    _rule("list-item", "a coroutine is stored in a list", _AWAIT_REASON, _AWAIT_REMEDY),
    _rule(
        "str-format",
        "a format string asks for values that are not there",
        "A placeholder without a value raises IndexError, KeyError or TypeError.",
        "give every placeholder a value; write {{ and }} for literal braces",
    ),
    _rule(
        "misc",
        "a statement that raises",
        "Awaiting a plain value, a field without a default after one with a default (every field "
        "of Sub_memo_layer has one), or an impossible class body raises TypeError.",
        "await only coroutines; give each dataclass field of a layer a default "
        "or use @dataclass(kw_only=True); call methods of super() that exist",
    ),
    _rule(
        "await-not-async",
        "await outside an async function",
        "Python refuses to compile the file.",
        'write "async def" for the function around it',
    ),
    _rule(
        "top-level-await",
        "await outside a function",
        "Python refuses to compile the file.",
        "move the await into an async method",
    ),
    _rule(
        "syntax",
        "mypy cannot read the file",
        "What cannot be parsed cannot be checked, and what is not checked is not accepted.",
        "correct the syntax at the given line",
    ),
    _rule(
        "crash",
        "mypy did not survive the design",
        "A design that crashes the type checker, exhausts its memory or floods it with errors "
        "has not been checked.",
        "write simpler code: less nesting, shorter expressions, no huge constants",
    ),
    _rule(
        "timeout",
        "mypy did not finish in time",
        "A design that the type checker cannot finish has not been checked.",
        "write simpler code: less nesting, shorter expressions, no huge constants",
    ),
    _rule(
        "other",
        "a type looks wrong",
        "mypy sees values that do not fit their annotations. Often that is only a loose "
        "annotation, so it informs and does not block.",
        "correct the annotation or the value if the message points at a real mistake",
        warns=True,
    ),
)

_BY_CODE: Mapping[str, Rule] = MappingProxyType(
    {rule.id.removeprefix("mypy."): rule for rule in RULES}
)
OTHER = _BY_CODE["other"]
CRASH = _BY_CODE["crash"]
TIMEOUT = _BY_CODE["timeout"]


def rule_of(code: str) -> Rule:
    """Return the rule of one of mypy's error codes; ``mypy.other`` for those without."""
    return _BY_CODE.get(code, OTHER)
