from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from alma_safe.resources import resource_dir
from alma_safe.search.proposers.base import Attempt, Brief, Known, Written
from alma_safe.search.proposers.genetic import GeneticProposer, ranked
from alma_safe.search.trees.client import Trees
from tests.search.makers import candidate, judgement, proposal, report

NAMES = ("risk_table", "induced_rules", "bm25_notes", "spatial_graph")


def known(name: str, number: int, **values: Any) -> Known:
    source = Path(resource_dir("designs") / f"{name}.py").read_bytes()
    return Known(
        candidate=candidate(f"0.{number}", digest=f"sha256:{name}", **values), source=source
    )


POOL = [known(name, number, score=1 - number / 10) for number, name in enumerate(NAMES)]


def brief(slot: int = 0, step: int = 1, **values: Any) -> Brief:
    return Brief(
        **{"step": step, "slot": slot, "seed": 7, "parent": POOL[0], "pool": POOL, **values}
    )


def asked[T](work: Callable[[GeneticProposer], Any]) -> Any:
    async def go() -> Any:
        proposer = GeneticProposer(Trees())
        try:
            return await work(proposer)
        finally:
            await proposer.aclose()

    return asyncio.run(go())


def attempt(written: Written, number: int, *lines: int, verdict: str = "rejected") -> Attempt:
    body = report("mypy.index")
    finding = body["stages"][1]["findings"][0]
    body["stages"][1]["findings"] = [{**finding, "line": line} for line in lines]
    return Attempt(
        proposal=proposal(1, 0, number, detail=written.detail),
        source=written.source,
        judgement=judgement(1, 0, number, verdict=verdict, report=body),
    )


def mutations(written: Written) -> list[dict[str, Any]]:
    return [
        {key: m.get(key) for key in ("op", "seed", "donor")} for m in written.detail["mutations"]
    ]


def test_slots_and_steps_get_designs_of_their_own_and_the_same_again() -> None:
    async def work(proposer: GeneticProposer) -> list[bytes]:
        asked = [brief(slot, step) for step in (1, 2) for slot in range(5)] + [brief(0, 1)]
        return [(await proposer.propose(each, {})).source for each in asked]

    *found, again = asked(work)
    assert all(found)
    assert len(set(found)) >= 8
    assert again == found[0]


def test_what_was_done_is_told() -> None:
    written = asked(lambda proposer: proposer.propose(brief(), {}))
    assert 1 <= len(written.detail["mutations"]) <= 4
    assert all(each["did"] for each in written.detail["mutations"])


def test_without_a_parent_nothing_is_proposed_and_the_reason_is_told() -> None:
    written = asked(lambda proposer: proposer.propose(brief(parent=None), {}))
    assert written.source == b""
    assert "--seeds" in written.note


async def several(proposer: GeneticProposer) -> tuple[Written, int]:
    """A proposal of several mutations, and a line that only the first is near to."""
    for slot in range(300):
        written = await proposer.propose(brief(slot), {})
        first, *rest = [each["lines"] for each in written.detail["mutations"]]
        others = {line for lines in rest for line in lines}
        for line in first if others else ():
            if min(abs(line - other) for other in others) > 5:
                return written, line
    raise AssertionError("no such proposal in 300")


def test_the_mutation_at_the_line_of_the_finding_is_changed_and_the_others_stay() -> None:
    async def work(proposer: GeneticProposer) -> tuple[Written, Written]:
        first, line = await several(proposer)
        return first, await proposer.repair(brief(), [attempt(first, 0, line)])

    first, second = asked(work)
    before, after = mutations(first), mutations(second)
    assert second.source != first.source
    assert before[1] in after
    assert before[0] not in after


def test_the_second_repair_leaves_it_out() -> None:
    async def work(proposer: GeneticProposer) -> tuple[Written, Written]:
        first, line = await several(proposer)
        tries: Sequence[Attempt] = [attempt(first, 0, line), attempt(first, 1, line)]
        return first, await proposer.repair(brief(), tries)

    first, second = asked(work)
    assert len(mutations(second)) < len(mutations(first))


def test_a_finding_without_a_line_is_laid_to_some_mutation() -> None:
    async def work(proposer: GeneticProposer) -> tuple[Written, Written]:
        first = await proposer.propose(brief(), {})
        return first, await proposer.repair(brief(), [attempt(first, 0)])

    first, second = asked(work)
    assert second.source
    assert second.source != first.source


def test_what_says_the_same_as_another_gets_a_further_mutation() -> None:
    async def work(proposer: GeneticProposer) -> tuple[Written, Written]:
        first = await proposer.propose(brief(3), {})
        assert len(first.detail["mutations"]) < 4
        return first, await proposer.repair(brief(3), [attempt(first, 0, verdict="duplicate")])

    first, second = asked(work)
    assert mutations(first) == mutations(second)[: len(mutations(first))]
    assert len(mutations(second)) == len(mutations(first)) + 1


def test_what_came_of_no_mutation_cannot_be_repaired() -> None:
    empty = Written(source=b"x", detail={})
    written = asked(lambda proposer: proposer.repair(brief(), [attempt(empty, 0)]))
    assert written.source == b""


def test_the_best_give_parts_first() -> None:
    pool = [known("risk_table", n, score=score) for n, score in enumerate((0.2, 0.9, 0.2))]
    assert [each.candidate.name for each in ranked(pool)] == ["0.1", "0.0", "0.2"]
