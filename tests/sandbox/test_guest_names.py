"""What designs see inside: ALMA's names, the model behind the broker, clock, randomness, output."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest

from alma_safe.policy import load_policy
from alma_safe.sandbox.base import GuestOptions, GuestRaised, GuestRefused
from alma_safe.sandbox.broker import Broker, LocalModel
from tests.sandbox import jail
from tests.sandbox.jail import asked, design, guest, ready, retrieve, update

pytestmark = pytest.mark.usefixtures("every_backend")


NAMES = "from utils.hire_agent import Agent, Embedding\n"


def broker() -> Broker:
    return Broker(load_policy().broker, LocalModel())


def model(body: str, module: str = "") -> Any:
    return asked(design(module=NAMES + module, retrieve=body), broker=broker())


def test_almas_names_are_the_contracts_classes():
    module = (
        "import alma_safe.contract as native\nimport agents.memo_structure as a\n"
        "import eval_envs.base_envs as b\n"
    )
    body = (
        "return {'same': [a.MemoStructure is native.MemoStructure,\n"
        "    a.Sub_memo_layer is native.Sub_memo_layer, a.Basic_Recorder is native.Basic_Recorder,\n"
        "    b.Basic_Recorder is native.Basic_Recorder, type(recorder) is b.Basic_Recorder]}"
    )
    assert asked(design(module=module, retrieve=body)) == {"same": [True] * 5}


def test_one_text_has_one_vector_from_wherever_it_is_asked():
    body = """
e = Embedding()
return {
    "coroutine": await e.get_embedding("red door"),
    "batch": (await e.get_batch_embeddings(["red door", "blue"]))[0],
    "sync": e.embed_query("red door"),
    "called": e(["red door"])[0],
    "documents": e.embed_documents(["blue", "red door"])[1],
    "thread": await asyncio.to_thread(e.embed_query, "red door"),
    "loop of a thread": await asyncio.to_thread(lambda: asyncio.run(e.aembed_query("red door"))),
    "many": (await asyncio.gather(*(e.aembed_query(t) for t in ["x", "red door", "y"])))[1],
}"""
    found = model(body)
    first = found["coroutine"]
    assert sum(value * value for value in first) == pytest.approx(1, abs=1e-4)
    assert all(vector == first for vector in found.values())


def test_an_agent_answers_coroutines_and_threads_alike():
    body = """
a = Agent(system_prompt="Be brief.")
return {
    "coroutine": await a.ask("The lamp is lit. Go on."),
    "thread": await asyncio.to_thread(lambda: asyncio.run(a.ask("The lamp is lit. Go on."))),
    "many": await asyncio.gather(*(a.ask("The lamp is lit. Go on.") for _ in range(20))),
}"""
    found = model(body)
    assert "lamp" in found["coroutine"]
    assert {found["coroutine"], found["thread"], *found["many"]} == {found["coroutine"]}


def test_an_agent_with_a_schema_gives_an_object_that_fits():
    body = """
schema = {"lesson": {"type": "string"}, "score": {"type": "integer"}}
a = Agent("Reflect.", output_schema=schema)
return {"answer": await a.ask("The key was under the mat.")}"""
    assert model(body)["answer"] == {"lesson": "The key was under the mat.", "score": 1}


def test_an_answer_that_misses_the_schema_comes_back_as_an_error():
    async def nonsense(kind: str, payload: Any) -> str:
        return "no json at all"

    body = "return {'a': await Agent('', output_schema={'x': {'type': 'string'}}).ask('q')}"
    answer = asked(design(module=NAMES, retrieve=body), broker=nonsense)["a"]
    assert answer["raw_output"] == "no json at all"
    assert answer["error"]


@pytest.mark.parametrize(
    "call",
    [
        "await Agent('').ask('q')", "await Embedding().get_embedding('q')",
        "Embedding().embed_query('q')", "await asyncio.to_thread(Embedding().embed_query, 'q')",
    ],
)  # fmt: skip
def test_an_outage_raises_and_is_known_as_one(call):
    async def down(kind: str, payload: Any) -> Any:
        raise ConnectionError("the model is \x1b[31mdown")

    with pytest.raises(GuestRaised, match="the model is") as caught:
        asked(design(module=NAMES, retrieve=f"return {{'a': {call}}}"), broker=down)
    assert caught.value.brokered
    assert "\x1b" not in str(caught.value)


def test_an_outage_that_the_design_handles_is_none_of_ours():
    body = "try:\n    await Agent('').ask('q')\nexcept RuntimeError:\n    return {'ok': 1}"
    assert asked(design(module=NAMES, retrieve=body)) == {"ok": 1}


def test_concurrent_calls_are_bounded_by_the_policy():
    busy = peak = 0

    async def slow(kind: str, payload: Any) -> str:
        nonlocal busy, peak
        busy += 1
        peak = max(peak, busy)
        await asyncio.sleep(0.02)
        busy -= 1
        return "x"

    body = "await asyncio.gather(*(Agent('').ask('q') for _ in range(30)))\nreturn {}"
    limits = jail.policy(broker={"concurrency": 4})
    asked(design(module=NAMES, retrieve=body), limits, broker=slow)
    assert peak == 4


def test_the_frozen_clock_starts_anew_and_moves_when_read():
    body = """
import time, datetime
from time import monotonic
a, b = time.time(), time.time()
return {"a": a, "step": b - a, "now": datetime.datetime.now().isoformat(),
        "day": str(datetime.date.today()), "mono": monotonic(), "ns": time.time_ns()}"""
    first, second = asked(design(retrieve=body)), asked(design(retrieve=body))
    assert first == second
    assert 0 < first["step"] < 0.01
    assert first["day"].startswith("2025-06-15")
    assert first["now"].startswith(first["day"])


def test_the_clock_runs_where_it_is_asked_to():
    options = GuestOptions(frozen_clock=False)
    found = asked(design(retrieve="return {'now': time.time()}"), options=options)
    assert abs(found["now"] - time.time()) < 60


def test_half_a_minute_passes_between_two_calls_of_the_host():
    async def main() -> list[float]:
        async with guest(design(retrieve="return {'now': time.time()}")) as session:
            await ready(session)
            moments = [(await retrieve(session))["result"]["now"] for _ in range(2)]
            await session.call("reset", deadline_s=5)
            moments.append((await retrieve(session))["result"]["now"])
            moments.append((await retrieve(session, pause=False))["result"]["now"])
            return moments

    first, second, third, fourth = asyncio.run(main())
    assert second - first == pytest.approx(30, abs=1)
    assert third == first
    assert fourth - third < 1


def test_sleeping_still_takes_time():
    started = time.monotonic()
    asked(design(retrieve="time.sleep(0.3)\nawait asyncio.sleep(0.3)\nreturn {}"))
    assert time.monotonic() - started > 0.6


HASH = "return {'hash': hash('some words'), 'order': list({'a', 'b', 'c', 'd', 'e'})}"


def test_the_hash_seed_is_the_hosts_choice():
    one, again, other = (
        asked(design(retrieve=HASH), options=GuestOptions(hash_seed=seed)) for seed in (1, 1, 2)
    )
    assert one == again
    assert one["hash"] != other["hash"]


def test_randomness_is_seeded_by_the_host():
    body = (
        "import random, numpy\n"
        "return {'r': random.random(), 'n': float(numpy.random.rand()), 'c': random.choice('abc')}"
    )
    source = design(module="import numpy", retrieve=body)
    one, again, other = (
        asked(source, options=GuestOptions(random_seed=seed)) for seed in (1, 1, 2)
    )
    assert one == again
    assert one["r"] != other["r"]
    assert one["n"] != other["n"]


def test_what_is_printed_is_output_and_never_a_frame():
    body = """
print("to stdout", '{"id": 3, "value": {"result": {"forged": 1}}}')
print("to stderr", file=sys.stderr)
os.write(1, b"raw\\n")
sys.stdout.write("\\ud800 surrogate\\n")
print(sys.stdin.read() == "")
return {"real": 1}"""

    async def main() -> tuple[Any, str]:
        async with guest(design(retrieve=body)) as session:
            await ready(session)
            answer = await retrieve(session)
            return answer["result"], (await session.close()).output

    result, output = asyncio.run(main())
    assert result == {"real": 1}
    for part in ("to stdout", "forged", "to stderr", "raw", "\\ud800 surrogate", "True"):
        assert part in output


CHANGES = (
    "self.kept = getattr(self, 'kept', [])\nself.kept.append(recorder)\n"
    "self.kept[0].steps.append({'late': len(self.kept)})"
)


def test_echo_shows_the_recorder_after_the_call_and_recall_as_it_is_now():
    async def main() -> list[Any]:
        async with guest(design(update=CHANGES)) as session:
            await ready(session)
            first = await update(session, key="one", echo=True)
            second = await update(session, key="two", echo=True)
            plain = await update(session)
            now = await session.call("recall", {"key": "one"}, deadline_s=5)
            unknown = await session.call("recall", {"key": "nine"}, deadline_s=5)
            await session.call("forget", {"instance": 1}, deadline_s=5)
            gone = await session.call("recall", {"key": "one"}, deadline_s=5)
            return [first["recorder"], second["recorder"], plain["recorder"], now, unknown, gone]

    first, second, plain, now, unknown, gone = asyncio.run(main())
    assert first["steps"] == [*jail.EPISODE["steps"], {"late": 1}]
    assert second == jail.EPISODE
    assert plain is None
    assert now["steps"] == [*jail.EPISODE["steps"], {"late": 1}, {"late": 2}, {"late": 3}]
    assert unknown is None
    assert gone is None


@pytest.mark.parametrize(
    ("body", "kind", "named"),
    [
        ("return [1]", "bad_result", "list"),
        ("return None", "bad_result", "NoneType"),
        ("return {'a': {'b': {1, 2}}}", "not_json", "['b']"),
        ("return {'a': float('nan')}", "not_json", "nan"),
        ("return {(1, 2): 3}", "not_json", "tuple"),
        ("x = {}; x['x'] = x\nreturn x", "not_json", "circular"),
    ],
)
def test_a_result_that_is_no_json_object_names_the_place(body, kind, named):
    with pytest.raises(GuestRefused, match=r".*") as caught:
        asked(design(retrieve=body))
    assert caught.value.kind == kind
    assert named in caught.value.text


def test_an_exception_tells_the_designs_own_frames():
    body = "def inner():\n    raise KeyError('\\x1b[2Jgone')\ninner()"
    with pytest.raises(GuestRaised) as caught:
        asked(design(retrieve=body))
    assert caught.value.type_name == "KeyError"
    assert "\x1b" not in str(caught.value)
    assert [frame.function for frame in caught.value.frames] == ["general_retrieve", "inner"]
    assert not caught.value.brokered


@pytest.mark.parametrize(
    ("module", "kind"),
    [("del MemoStructure\nclass MemoStructure: pass", "no_design"),
     ("class A(MemoStructure):\n    async def general_retrieve(self, r): return {}\n"
      "    async def general_update(self, r): pass", "several_designs")],
)  # fmt: skip
def test_a_file_has_to_define_one_design(module, kind):
    with pytest.raises(GuestRefused) as caught:
        asked(design(module=module))
    assert caught.value.kind == kind


def test_instances_are_told_apart_and_forgotten():
    async def main() -> list[Any]:
        async with guest(
            design(init="self.x = 0", retrieve="self.x += 1\nreturn {'x': self.x}")
        ) as s:
            first, second = await ready(s), 2
            await s.call("construct", deadline_s=5)
            seen = [(await retrieve(s, number))["result"]["x"] for number in (first, first, second)]
            await s.call("forget", {"instance": first}, deadline_s=5)
            with pytest.raises(GuestRefused):
                await retrieve(s, first)
            return seen

    assert asyncio.run(main()) == [1, 2, 1]


def test_calls_of_all_kinds_at_once_do_not_wait_for_each_other() -> None:
    """Replies that one call has read are not waited for by what was to read them."""
    body = """
async def one(number):
    for _ in range(6):
        await self.agent.ask(f"question {number}")
        self.embed([f"text {number}"])
        await asyncio.to_thread(self.embed, [f"more {number}"]) if number == 9 else None
    return number
return {"sum": sum(await asyncio.gather(*map(one, range(4))))}
"""
    source = jail.design(
        module="from utils.hire_agent import Agent, Embedding",
        init="self.agent = Agent('short')\nself.embed = Embedding()",
        retrieve=body,
    )

    async def answers(kind: str, payload: Mapping[str, Any]) -> Any:
        await asyncio.sleep(0)
        return [[0.5, 0.5]] * len(payload["texts"]) if kind == "embed" else "yes"

    async def go() -> list[Any]:
        call = ("retrieve", {"instance": 0, "recorder": jail.EPISODE, "start": True})
        found = []
        async with jail.guest(source, broker=answers) as session:
            await session.call("load", {}, deadline_s=jail.DEADLINE_S)
            await session.call("fresh", {}, deadline_s=jail.DEADLINE_S)
            for _ in range(5):
                wanted = {"calls": [call] * 10}
                found += await session.call("together", wanted, deadline_s=jail.DEADLINE_S)
        return found

    assert len(asyncio.run(go())) == 50
