"""Guests that are forked ahead: used once, ended when nobody takes them, never trusted dead."""

from __future__ import annotations

import asyncio
from typing import Any

from alma_safe.errors import SessionError
from alma_safe.sandbox.zygote.ahead import Ahead


class Made:
    """A session as far as this goes."""

    def __init__(self) -> None:
        self.alive = True
        self.closed = False

    async def close(self) -> None:
        self.closed, self.alive = True, False


def play(count: int, *, failing: frozenset[int] = frozenset()) -> tuple[list[Any], list[Made]]:
    """Take so many guests in a row; return what came of each, and all that were made."""
    made: list[Made] = []
    asked = 0

    async def make() -> Any:
        nonlocal asked
        asked += 1
        if asked in failing:
            raise SessionError("no")
        made.append(Made())
        return made[-1]

    async def main() -> list[Any]:
        ahead = Ahead()
        found: list[Any] = []
        for _ in range(count):
            try:
                found.append(await ahead.take("kind", make))
            except SessionError as error:
                found.append(error)
            await asyncio.sleep(0)
        await ahead.aclose()
        return found

    return asyncio.run(main()), made


def test_one_design_pays_for_no_spare():
    found, made = play(2)
    assert found == made


def test_a_spare_is_used_once_and_the_last_one_is_ended():
    found, made = play(6)
    assert len({id(one) for one in found}) == 6
    assert len(made) == 7
    assert [one.closed for one in made] == [False] * 6 + [True]


def test_a_spare_that_could_not_be_made_is_made_when_asked_for():
    found, _ = play(5, failing=frozenset({4}))
    assert all(isinstance(one, Made) for one in found)


def test_what_cannot_be_made_is_said_to_who_asks():
    found, _ = play(1, failing=frozenset({1}))
    assert isinstance(found[0], SessionError)


def test_a_dead_spare_is_put_away():
    async def main() -> None:
        made: list[Made] = []

        async def make() -> Any:
            made.append(Made())
            return made[-1]

        ahead = Ahead()
        for _ in range(3):
            await ahead.take("kind", make)
        await asyncio.sleep(0)
        spare = made[-1]
        spare.alive = False
        got = await ahead.take("kind", make)
        assert got is not spare
        assert spare.closed
        await ahead.aclose()

    asyncio.run(main())


def test_kinds_do_not_mix():
    async def main() -> None:
        async def make(kind: str) -> Any:
            one = Made()
            one.kind = kind  # type: ignore[attr-defined]
            return one

        ahead = Ahead()
        for number in range(12):
            kind = "ab"[number % 2]
            got: Any = await ahead.take(kind, lambda kind=kind: make(kind))  # type: ignore[misc]
            assert got.kind == kind
        await ahead.aclose()

    asyncio.run(main())
