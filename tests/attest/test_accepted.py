from __future__ import annotations

import asyncio
import datetime
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import alma_safe
from alma_safe.attest import keys
from alma_safe.attest.accepted import AcceptedMemory, MemoryLost
from alma_safe.attest.envelope import KeyHand
from alma_safe.attest.receipt import signed
from alma_safe.attest.refused import ReceiptRefused
from alma_safe.attest.statement import evidence
from alma_safe.contract import Basic_Recorder
from alma_safe.design import Design
from alma_safe.domains.memory import DesignFailed
from alma_safe.errors import SessionError, UsageError
from alma_safe.policy import load_policy
from alma_safe.recorders import material_digest, recorder_schema
from alma_safe.report import STAGES
from alma_safe.sandbox.nsjail.backend import NsjailBackend
from tests.domains.designs import LEARNER
from tests.sandbox.jail import descendants

# A design that ends its guest on one word, which no gate would let through: what is tested
# is what comes after a receipt that holds.
FRAGILE = LEARNER.replace(
    "        for step in recorder.steps:",
    '        if "crash" in str(recorder.init):\n'
    "            import os\n"
    "            os._exit(3)\n"
    '        if "raise" in str(recorder.init):\n'
    "            raise ValueError(recorder.init)\n"
    "        for step in recorder.steps:",
)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    keys.generate(tmp_path / "key", None)
    return tmp_path / "key"


@pytest.fixture
def loaded(tmp_path: Path, key: Path) -> Callable[..., AcceptedMemory]:
    """Write a design, sign for it whatever it is, and load it."""

    def load(text: str = LEARNER, **options: Any) -> AcceptedMemory:
        path = tmp_path / "memory.py"
        path.write_text(text)
        write_receipt(path, tmp_path / "receipt", key)
        found: AcceptedMemory = alma_safe.load_accepted(
            path, tmp_path / "receipt", [f"{key}.pub"], **options
        )
        return found

    return load


def write_receipt(
    path: Path,
    receipt: Path,
    key: Path,
    *,
    policy: str = "strict",
    domain: str | None = None,
) -> None:
    design, rules = Design.from_file(path), load_policy(policy)
    stages = [{"name": n, "status": "passed", "checks": 5, "findings": []} for n in STAGES]
    report = {
        "path": "memory.py",
        "digest": design.digest,
        "policy": {"name": rules.name, "digest": rules.digest},
        "verdict": "accepted",
        "stages": stages,
    }
    told = evidence(
        name="memory.py",
        report=report,
        policy=rules.name,
        domain=domain,
        recorders=material_digest(recorder_schema(domain)),
        seed=0,
        tools={},
        environment=None,
        at=datetime.datetime.now(datetime.UTC),
        days=1,
    )
    receipt.write_text(signed(told, KeyHand(keys.signer(key, None)), "0.1.0"))


def used(memory: AcceptedMemory, work: Callable[[AcceptedMemory], Awaitable[Any]]) -> Any:
    async def go() -> Any:
        async with memory:
            return await work(memory)

    return asyncio.run(go())


def episode(action: str, **init: str) -> Basic_Recorder:
    step = {"action_took": action, "obs": "a treasure", "scores": 1.0, "dones": True}
    return Basic_Recorder(init={"obs": "doors", **init}, steps=[step], reward=1.0)


def test_an_accepted_design_learns_and_answers_in_its_session(
    loaded: Callable[..., AcceptedMemory],
) -> None:
    async def work(memory: AcceptedMemory) -> Any:
        before = await memory.general_retrieve(episode("x"))
        await memory.general_update(episode("open green door"))
        return before, await memory.general_retrieve(episode("x"))

    before, after = used(loaded(), work)
    assert before == {"advice": []}
    assert after == {"advice": ["prefer: open green door"]}


def test_a_guest_that_crashes_is_started_again_and_knows_what_it_knew(
    loaded: Callable[..., AcceptedMemory],
) -> None:
    async def work(memory: AcceptedMemory) -> Any:
        await memory.general_update(episode("open green door"))
        with pytest.raises(DesignFailed) as caught:
            await memory.general_update(episode("open red door", goal="crash"))
        return caught.value.failure.ending, await memory.general_retrieve(episode("x"))

    memory = loaded(FRAGILE)
    ending, after = used(memory, work)
    assert ending == "exit"
    assert after == {"advice": ["prefer: open green door"]}
    assert memory.restarts == 1


def test_a_call_that_raises_leaves_the_guest_as_it_was(
    loaded: Callable[..., AcceptedMemory],
) -> None:
    async def work(memory: AcceptedMemory) -> Any:
        await memory.general_update(episode("open green door"))
        with pytest.raises(DesignFailed):
            await memory.general_update(episode("open red door", goal="raise"))
        return await memory.general_retrieve(episode("x"))

    memory = loaded(FRAGILE)
    assert used(memory, work) == {"advice": ["prefer: open green door"]}
    assert memory.restarts == 0


def test_a_memory_that_cannot_be_brought_back_is_a_typed_error(
    loaded: Callable[..., AcceptedMemory],
) -> None:
    async def work(memory: AcceptedMemory) -> None:
        await memory.general_update(episode("open green door"))
        memory._history.append({"init": {"goal": "crash"}, "steps": [], "reward": 0.0})
        with pytest.raises(DesignFailed):
            await memory.general_update(episode("x", goal="crash"))
        with pytest.raises(MemoryLost):
            await memory.general_retrieve(episode("x"))

    used(loaded(FRAGILE), work)


def test_a_sandbox_that_fails_is_started_again_and_the_memory_brought_back(
    loaded: Callable[..., AcceptedMemory],
) -> None:
    async def work(memory: AcceptedMemory) -> Any:
        await memory.general_update(episode("open green door"))
        # What the guest was forked from: a fault of ours to whoever calls.
        guest = _guest_of(memory)
        status = (guest / "status").read_text()
        os.kill(int(status.split("PPid:\t")[1].split()[0]), signal.SIGKILL)
        while guest.exists():
            await asyncio.sleep(0.01)
        with pytest.raises(SessionError):
            await memory.general_retrieve(episode("x"))
        return await memory.general_retrieve(episode("x"))

    memory = loaded()
    assert used(memory, work) == {"advice": ["prefer: open green door"]}
    assert memory.restarts == 1


def test_bringing_a_memory_back_that_is_given_up_leaves_no_guest(
    loaded: Callable[..., AcceptedMemory],
) -> None:
    async def work(memory: AcceptedMemory) -> set[int]:
        known = descendants()
        memory._history.append({"init": {"goal": "spin"}, "steps": [], "reward": 0.0})
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(memory.general_retrieve(episode("x")), 2)
        return descendants() - known

    text = FRAGILE.replace("os._exit(3)", "os._exit(3)\n", 1).replace(
        '        if "crash" in', '        while "spin" in str(recorder.init):\n            pass\n'
        '        if "crash" in', 1,
    )  # fmt: skip
    memory = loaded(text, sandbox="nsjail")
    memory._walls = NsjailBackend()
    assert used(memory, work) == set()


def _guest_of(memory: AcceptedMemory) -> Path:
    session: Any = memory._memory._session if memory._memory else None
    return Path(f"/proc/{session.guest_pid()}")


def test_many_retrieves_at_a_time_are_answered(loaded: Callable[..., AcceptedMemory]) -> None:
    async def work(memory: AcceptedMemory) -> Any:
        return await asyncio.gather(*(memory.general_retrieve(episode("x")) for _ in range(10)))

    assert used(loaded(), work) == [{"advice": []}] * 10


def test_a_tampered_copy_is_not_loaded(
    loaded: Callable[..., AcceptedMemory], tmp_path: Path, key: Path
) -> None:
    loaded()
    path = tmp_path / "memory.py"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(ReceiptRefused) as caught:
        alma_safe.load_accepted(path, tmp_path / "receipt", [f"{key}.pub"])
    assert caught.value.field == "evidence.subject.digest"


def test_nothing_is_loaded_without_a_receipt_of_this_policy(
    loaded: Callable[..., AcceptedMemory], tmp_path: Path, key: Path
) -> None:
    loaded()
    path = tmp_path / "memory.py"
    with pytest.raises(UsageError, match="cannot read the receipt"):
        alma_safe.load_accepted(path, tmp_path / "nowhere", [f"{key}.pub"])
    with pytest.raises(ReceiptRefused, match="policy"):
        alma_safe.load_accepted(path, tmp_path / "receipt", [f"{key}.pub"], "standard")
    with pytest.raises(ReceiptRefused, match="keyid"):
        alma_safe.load_accepted(path, tmp_path / "receipt", [])
