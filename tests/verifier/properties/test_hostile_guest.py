"""Whatever a guest answers, the stages come to a result: nothing it says is believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alma_safe.errors import SessionError
from alma_safe.report import StageResult, Status
from alma_safe.sandbox.base import (
    Ending,
    GuestFrame,
    GuestRaised,
    GuestRefused,
    SessionEnded,
)
from alma_safe.text import visible
from tests.verifier.fakes import FakeBackend, ended, honest
from tests.verifier.guests import blocking, changed, execution, memory, properties

POLICY = changed("properties", examples=3, max_operations=4, bulk_episodes=20, long_episode_steps=9)
DESIGN = memory()
METHODS = ("load", "reset", "fresh", "retrieve", "update", "replay", "together", "recall")
ENDINGS = [ending for ending in Ending if ending is not Ending.INFRASTRUCTURE]

TEXTS = st.text(st.characters(exclude_categories=()), max_size=10)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["value", "raised", "refused", "result", "recorder", "instance", "class"]
            )
            | TEXTS,
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
FAULTS = st.one_of(
    JSON,
    st.builds(GuestRaised, TEXTS, TEXTS, st.just((GuestFrame(line=3, function="f"),))),
    st.builds(GuestRefused, st.sampled_from(["no_design", "not_json", "bad_result", "x"]), TEXTS),
    st.builds(SessionEnded, st.builds(ended, st.sampled_from(ENDINGS))),
)


SLOW = settings(
    max_examples=60,
    deadline=None,
    # The properties use Hypothesis themselves.
    suppress_health_check=[HealthCheck.nested_given, HealthCheck.too_slow],
)


class Liar:
    """Answers honestly, but for one method from its n-th call on."""

    def __init__(self, method: str, after: int, fault: Any) -> None:
        self._method, self._after, self._fault = method, after, fault

    def __call__(self, method: str, payload: Mapping[str, Any]) -> Any:
        if method == self._method:
            self._after -= 1
            if self._after < 0:
                if isinstance(self._fault, Exception):
                    raise self._fault
                return self._fault
        return honest(method, payload)


def check(result: StageResult) -> None:
    assert result.status in (Status.PASSED, Status.FAILED)
    assert result.checks > 0 or result.status is Status.FAILED
    for finding in result.findings:
        assert visible(finding.message, 1000) == finding.message


def test_fake_guest_of_an_honest_design_passes() -> None:
    for result in (
        properties(DESIGN, POLICY, within=FakeBackend(honest)),
        execution(DESIGN, POLICY, within=FakeBackend(honest)),
    ):
        check(result)
        assert blocking(result) == []


@given(method=st.sampled_from(METHODS), after=st.integers(0, 30), fault=FAULTS)
@SLOW
def test_properties_come_to_a_result(method: str, after: int, fault: Any) -> None:
    check(properties(DESIGN, POLICY, within=FakeBackend(Liar(method, after, fault))))


@given(
    method=st.sampled_from(["load", "fresh", "retrieve", "update", "replay", "together"]),
    after=st.integers(0, 30),
    fault=FAULTS,
)
@SLOW
def test_execution_comes_to_a_result(method: str, after: int, fault: Any) -> None:
    check(execution(DESIGN, POLICY, within=FakeBackend(Liar(method, after, fault))))


@pytest.mark.parametrize("method", [method for method in METHODS if method != "replay"])
@pytest.mark.parametrize("ending", ENDINGS, ids=str)
def test_guest_that_dies_in_a_call_fails_the_properties(method: str, ending: Ending) -> None:
    liar = Liar(method, 0, SessionEnded(ended(ending)))
    result = properties(DESIGN, POLICY, within=FakeBackend(liar))
    assert result.status is Status.FAILED


def test_guest_that_dies_in_every_replay_is_given_up() -> None:
    backend = FakeBackend(Liar("replay", 0, SessionEnded(ended(Ending.EXIT))))
    result = properties(DESIGN, POLICY, within=backend)
    assert blocking(result) in (["P121"], [])
    assert len(backend.sessions) <= 12


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("answer", [None, [], "x", 7, {}, {"instance": None}], ids=repr)
def test_answer_out_of_protocol_is_never_a_crash(method: str, answer: Any) -> None:
    check(properties(DESIGN, POLICY, within=FakeBackend(Liar(method, 0, answer))))


@pytest.mark.parametrize("method", ["fresh", "retrieve", "update", "replay"])
@pytest.mark.parametrize("stage", [properties, execution])
def test_fault_of_our_side_is_no_verdict(method: str, stage: Any) -> None:
    liar = Liar(method, 0, SessionEnded(ended(Ending.INFRASTRUCTURE)))
    with pytest.raises(SessionError):
        stage(DESIGN, POLICY, within=FakeBackend(liar))


@pytest.mark.parametrize("stage", [properties, execution])
def test_guest_that_cannot_be_started_is_no_verdict(stage: Any) -> None:
    class Broken(FakeBackend):
        async def open(self, *_: Any, **__: Any) -> Any:
            raise SessionError("the guest did not start")

    with pytest.raises(SessionError):
        stage(DESIGN, POLICY, within=Broken(honest))
