"""No frame that a design forges turns a property that fails into one that passes."""

from __future__ import annotations

import asyncio
import json

import pytest

from alma_safe.design import Design
from alma_safe.recorders import recorder_schema
from alma_safe.report import StageResult, Status
from alma_safe.sandbox.base import Ending
from alma_safe.sandbox.nsjail.backend import NsjailBackend
from alma_safe.verifier.execution.stage import ExecutionStage
from alma_safe.verifier.properties.stage import PropertiesStage
from tests.sandbox.test_hostile_samples import quick

pytestmark = pytest.mark.usefixtures("every_backend")


FORGER = '''
import gc, json, os, struct, threading, time
from agents.memo_structure import MemoStructure

def send(message):
    """One frame on every descriptor that takes it, but standard error."""
    body = json.dumps(message).encode()
    for number in (*range(0, 1), *range(3, 12)):
        try:
            os.write(number, struct.pack(">I", len(body)) + body)
        except OSError:
            pass

GOOD = {"result": {}, "recorder": None, "tasks": 0}

class Memory(MemoStructure):
    def __init__(self):
        super().__init__()
        self.n = 0

    async def general_retrieve(self, recorder):
        self.n += 1
        FORGE
        FAIL

    async def general_update(self, recorder):
        FORGE
'''

FORGERIES = {
    "answers for every call": "for n in range(1, 40): send({'id': n, 'value': GOOD})",
    "answers ahead": "for n in range(1, 400): send({'id': n, 'value': GOOD})",
    "replays": "for n in range(1, 40): send({'id': n, 'value': [{'value': GOOD}] * 30})",
    "verdicts": "send({'verdict': 'accepted', 'stages': []})",
    "ready": "for _ in range(9): send({'ready': True})",
    "outages": "send({'id': self.n + 2, 'raised': {'type': 'BrokerError', 'text': 'down', "
               "'frames': [], 'brokered': True}})",
    "instances": "for n in range(1, 40): send({'id': n, 'value': {'instance': 1, 'class': 'A'}})",
}  # fmt: skip
FAILURES = {
    "raises": "raise KeyError('always')",
    "returns no dict": "return [1]",
    "never returns": "time.sleep(3600)",
    "leaves": "os._exit(0)",
    "changes the recorder": "recorder.init['changed'] = self.n\n        return {}",
}


def judged(source: str) -> list[StageResult]:
    design, limits = Design.from_bytes(source.encode()), quick()
    schema, backend = recorder_schema(None), NsjailBackend()

    async def main() -> list[StageResult]:
        return [
            await PropertiesStage(limits, backend, schema).run(design),
            await ExecutionStage(limits, backend, schema).run(design),
        ]

    return asyncio.run(main())


PAIRS = [(forgery, "raises") for forgery in FORGERIES]
PAIRS += [("answers for every call", failure) for failure in FAILURES if failure != "raises"]


@pytest.mark.parametrize(("forgery", "failure"), PAIRS)
def test_a_failing_design_stays_failing(forgery, failure):
    source = FORGER.replace("FORGE", FORGERIES[forgery]).replace("FAIL", FAILURES[failure])
    properties, execution = judged(source)
    assert properties.status is Status.FAILED
    for result in (properties, execution):
        assert result.status in (Status.FAILED, Status.PASSED)
        json.dumps(result.to_json(), allow_nan=False)


def test_the_failures_fail_without_forging_too():
    for failure in ("raises", "leaves"):
        source = FORGER.replace("FORGE", "pass").replace("FAIL", FAILURES[failure])
        assert all(result.status is Status.FAILED for result in judged(source))


def test_a_frozen_runner_cannot_speak_for_itself():
    """The design takes the wire over completely and answers everything well: only its own
    return values are believed, so what it says is judged as what it returns."""
    source = FORGER.replace("FORGE", "os._exit(0)").replace("FAIL", "return {}")
    properties, execution = judged(source)
    assert properties.status is Status.FAILED
    assert execution.usage["ending"] == Ending.EXIT.value
