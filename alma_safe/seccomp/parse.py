"""Reads the part of Kafel that our policies use; anything else is an error.

POLICY name { ALLOW { call, call(arg, arg) { condition } }, ERRNO(n) { ... } }
USE name DEFAULT ERRNO(n)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from alma_safe.errors import PolicyError
from alma_safe.seccomp import numbers
from alma_safe.seccomp.conditions import FULL, All, Any, Compare, Condition
from alma_safe.text import visible

_TOKEN = re.compile(r"\s+|//[^\n]*|(0[xX][0-9a-fA-F]+|\d+|\w+|&&|\|\||==|!=|[{}(),&])")
_MAX_ARGUMENTS = 6
_MAX_ERRNO = 4095
_MAX_DIGITS = 100
"""Far more than 64 bits have: Python refuses to read numbers of thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What the kernel does with a call: ``allow``, ``errno`` (with a number) or ``kill``."""

    kind: str
    errno: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One call by its common name, the condition under which the action is taken, or None."""

    name: str
    action: Action
    condition: Condition | None = None


def parse(text: str) -> tuple[tuple[Rule, ...], Action]:
    """Return the rules in order and the default action. Raises PolicyError."""
    reader = _Reader(text)
    policies: dict[str, list[Rule]] = {}
    while reader.peek() == "POLICY":
        reader.take("POLICY")
        name = reader.word()
        policies[name] = _policy(reader)
    reader.take("USE")
    used = [reader.word()]
    while reader.accept(","):
        used.append(reader.word())
    reader.take("DEFAULT")
    default = _action(reader)
    if reader.peek() is not None:
        raise reader.error("the end")
    for name in used:
        if name not in policies:
            raise PolicyError(f"seccomp policy: there is no POLICY {visible(name)}")
    return tuple(rule for name in used for rule in policies[name]), default


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, int]] = []
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                line = text.count("\n", 0, position) + 1
                raise PolicyError(f"seccomp policy, line {line}: {visible(text[position])}?")
            if match[1]:
                self._tokens.append((match[1], text.count("\n", 0, position) + 1))
            position = match.end()
        self._next = 0

    def peek(self) -> str | None:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else None

    def accept(self, token: str) -> bool:
        if self.peek() != token:
            return False
        self._next += 1
        return True

    def take(self, token: str) -> None:
        if not self.accept(token):
            raise self.error(token)

    def word(self) -> str:
        token = self.peek()
        if token is None or not token.isidentifier():
            raise self.error("a name")
        self._next += 1
        return token

    def number(self) -> int:
        token = self.peek()
        # Digits of other scripts are none here, whatever Python makes of them.
        if token is None or not (token.isascii() and token[0].isdigit()):
            raise self.error("a number")
        if token[0] == "0" and token.isdigit() and token.strip("0"):
            # For some readers it would be octal.
            raise self.error("a number without a 0 before it")
        if len(token) > _MAX_DIGITS or int(token, 0) > FULL:
            raise self.error("a number of 64 bits")
        self._next += 1
        return int(token, 0)

    def error(self, expected: str) -> PolicyError:
        found, line = self._tokens[self._next] if self._next < len(self._tokens) else ("the end", 0)
        return PolicyError(
            f"seccomp policy, line {line}: expected {expected}, found {visible(found, 40)}"
        )


def _policy(reader: _Reader) -> list[Rule]:
    rules: list[Rule] = []
    reader.take("{")
    while not reader.accept("}"):
        action = _action(reader)
        reader.take("{")
        while not reader.accept("}"):
            rules.append(_rule(reader, action))
            if not reader.accept(",") and reader.peek() != "}":
                raise reader.error(", or }")
        if not reader.accept(",") and reader.peek() != "}":
            raise reader.error(", or }")
    return rules


def _action(reader: _Reader) -> Action:
    name = reader.word()
    if name == "ALLOW":
        return Action(kind="allow")
    if name == "KILL_PROCESS":
        return Action(kind="kill")
    if name == "ERRNO":
        reader.take("(")
        code = reader.number()
        reader.take(")")
        if not 0 < code <= _MAX_ERRNO:
            raise PolicyError(f"seccomp policy: there is no error number {code}")
        return Action(kind="errno", errno=code)
    raise PolicyError(
        f"seccomp policy: unknown action {visible(name)}",
        hint="actions: ALLOW, ERRNO(n), KILL_PROCESS",
    )


def _rule(reader: _Reader, action: Action) -> Rule:
    name = numbers.common_name(reader.word())
    if not numbers.known(name):
        raise PolicyError(f"seccomp policy: unknown system call {visible(name)}")
    if not reader.accept("("):
        return Rule(name=name, action=action)
    arguments = [reader.word()]
    while reader.accept(","):
        arguments.append(reader.word())
    if len(arguments) > _MAX_ARGUMENTS:
        raise PolicyError(f"seccomp policy: {name} with more than {_MAX_ARGUMENTS} arguments")
    reader.take(")")
    reader.take("{")
    condition = _any(reader, arguments)
    reader.take("}")
    return Rule(name=name, action=action, condition=condition)


def _any(reader: _Reader, arguments: list[str]) -> Condition:
    parts = [_all(reader, arguments)]
    while reader.accept("||"):
        parts.append(_all(reader, arguments))
    return parts[0] if len(parts) == 1 else Any(tuple(parts))


def _all(reader: _Reader, arguments: list[str]) -> Condition:
    parts = [_comparison(reader, arguments)]
    while reader.accept("&&"):
        parts.append(_comparison(reader, arguments))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _comparison(reader: _Reader, arguments: list[str]) -> Compare:
    mask = FULL
    masked = reader.accept("(")
    name = reader.word()
    if name not in arguments:
        raise PolicyError(f"seccomp policy: {visible(name)} is no argument here")
    if masked:
        reader.take("&")
        mask = reader.number()
        reader.take(")")
    equal = reader.accept("==")
    if not equal:
        reader.take("!=")
    value = reader.number()
    if value & ~mask:
        raise PolicyError("seccomp policy: a comparison that no argument can fulfil")
    return Compare(argument=arguments.index(name), value=value, mask=mask, equal=equal)
