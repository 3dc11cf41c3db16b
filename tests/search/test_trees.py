from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.report import Verdict
from alma_safe.resources import resource_dir
from alma_safe.sandbox.select import backend
from alma_safe.search.trees import breeding
from alma_safe.search.trees.breeding import child, fingerprint
from alma_safe.search.trees.client import Trees
from alma_safe.search.trees.mutations import MUTATIONS
from alma_safe.verifier.pipeline import Gate

DESIGNS = {
    path.stem: path.read_text("utf-8")
    for path in sorted(resource_dir("designs").glob("*.py"))
    if path.stem != "no_memory"
}


def bred(op: str, parent: str, donor: str, seed: int) -> dict[str, Any]:
    mutation = {"op": op, "seed": seed, "donor": donor}
    return child(DESIGNS[parent], [mutation], {donor: DESIGNS[donor]})


def pairs() -> Iterator[tuple[str, str]]:
    names = list(DESIGNS)
    for number, name in enumerate(names):
        yield name, names[(number * 7 + 3) % len(names)]


@pytest.mark.parametrize("op", MUTATIONS)
def test_each_mutation_changes_most_shipped_designs_and_says_what_and_where(op: str) -> None:
    found = [bred(op, parent, donor, 5) for parent, donor in pairs()]
    changed = [each for each in found if each["mutations"][0]["did"]]
    assert len(changed) >= len(found) // 2
    assert sum(bool(each["mutations"][0]["lines"]) for each in changed) >= len(changed) // 2
    for each in changed:
        lines = each["source"].count("\n")
        assert all(1 <= line <= lines for line in each["mutations"][0]["lines"])


@pytest.mark.parametrize("op", MUTATIONS)
def test_a_mutation_with_the_same_seed_is_the_same(op: str) -> None:
    one, other = (bred(op, "induced_rules", "risk_table", 11) for _ in range(2))
    assert one == other


def test_seeds_are_different_mutations() -> None:
    found = {bred("tune", "induced_rules", "risk_table", seed)["source"] for seed in range(20)}
    assert len(found) > 10


def test_what_finds_nothing_to_change_says_so_and_leaves_the_design() -> None:
    mutation = {"op": "graft", "seed": 1}
    found = child(DESIGNS["risk_table"], [mutation], {})
    assert found["mutations"][0]["did"] == ""
    assert (
        fingerprint(found["source"])["fingerprint"]
        == (fingerprint(DESIGNS["risk_table"])["fingerprint"])
    )


def test_children_do_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bred("graft", "g_memory", "layered_hybrid", 1)["source"]
    monkeypatch.setattr(breeding, "MAX_LINES", 300)
    assert bred("graft", "g_memory", "layered_hybrid", 1)["source"] == ""


@pytest.mark.slow
def test_most_children_of_every_mutation_pass_the_gate() -> None:
    made = [
        Design.from_bytes(found["source"].encode(), path=f"{op}/{parent}/{donor}/{seed}")
        for op in MUTATIONS
        for seed in (3, 4)
        for number, (parent, donor) in enumerate(pairs())
        if number % 3 == 0
        for found in [bred(op, parent, donor, seed)]
        if found["mutations"][0]["did"]
    ]

    async def judged() -> list[tuple[str, Verdict]]:
        policy = load_policy()
        async with Gate(policy, backend=backend("nsjail"), domain="textworld") as gate:
            return [(each.path, each.verdict) async for each in gate.verify_many(made)]

    verdicts = asyncio.run(judged())
    assert {verdict for _, verdict in verdicts} <= {Verdict.ACCEPTED, Verdict.REJECTED}
    for op in MUTATIONS:
        mine = [verdict for path, verdict in verdicts if path.startswith(f"{op}/")]
        refused = [path for path, verdict in verdicts if verdict is Verdict.REJECTED]
        assert mine.count(Verdict.ACCEPTED) >= 0.75 * len(mine), refused


def test_both_halves_of_a_join_are_told_and_places_in_lists_are_no_amounts() -> None:
    joined = [bred("graft", "risk_table", "induced_rules", seed)["source"] for seed in range(6)]
    assert any("return {**second, **first}" in source for source in joined)
    assert any("return dict(first or second)" in source for source in joined)
    tuned = [bred("tune", "induced_rules", "risk_table", seed)["source"] for seed in range(60)]
    assert all("steps[-1][0]" in source for source in tuned)


def test_layout_comments_and_docstrings_are_no_difference() -> None:
    plain = 'class A:\n    """One."""\n    x = 1\n'
    other = "# a comment\nclass A:\n\n    x = (1)\n"
    assert fingerprint(plain)["fingerprint"] == fingerprint(other)["fingerprint"]
    assert fingerprint(plain)["fingerprint"] != fingerprint(plain.replace("1", "2"))["fingerprint"]


def test_designs_are_described_by_what_they_store_in_and_how_they_find_it() -> None:
    graph = fingerprint(DESIGNS["affordance_graph"])["descriptors"]
    assert "graph" in graph["stores"]
    assert graph["model_calls"] == 0
    vectors = fingerprint(DESIGNS["trajectory_retrieval"])["descriptors"]
    assert vectors["embedding_calls"] > 0
    assert fingerprint(DESIGNS["reasoning_bank"])["descriptors"]["model_calls"] > 0
    assert all(fingerprint(text)["descriptors"]["layers"] >= 2 for text in DESIGNS.values())


HOSTILE = {
    "not python": "def",
    "nul": "x = 1\0",
    "deep": "(" * 5000 + ")" * 5000,
    "long chain": "x = " + "-" * 20_000 + "1",
    "surrogates": "x = '\\ud800'",
    "no class": "x = 1\n",
    "empty": "",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_one_answer_and_never_the_host(name: str) -> None:
    async def asked() -> tuple[Any, Any, Any]:
        trees = Trees()
        try:
            form = await trees.form(HOSTILE[name].encode("utf-8", "replace"))
            made = await trees.child(HOSTILE[name], [{"op": "tune", "seed": 1}], {})
            after = await trees.form(b"class A:\n    pass\n")
            return form, made, after
        finally:
            await trees.aclose()

    form, _, after = asyncio.run(asked())
    assert form.fingerprint
    assert after.fingerprint.startswith("tree:")


def test_bytes_that_are_no_text_have_a_fingerprint_of_their_own() -> None:
    async def asked() -> list[str]:
        trees = Trees()
        try:
            return [(await trees.form(data)).fingerprint for data in (b"\xff", b"\xfe")]
        finally:
            await trees.aclose()

    one, other = asyncio.run(asked())
    assert one != other


def test_sources_are_parsed_and_never_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    source = f"open({str(mark)!r}, 'w').write('x')\n" + DESIGNS["risk_table"]
    found = child(source, [{"op": "tune", "seed": 1}], {})
    assert found["mutations"][0]["did"]
    assert not mark.exists()
