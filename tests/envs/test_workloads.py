"""The recorded workloads keep to their schema, their limits and a mix of outcomes."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from alma_safe.recorders import DOMAINS, RecorderSchema, recorder_schema

ENVS = Path(__file__).resolve().parents[2] / "envs"
STEP_LIMITS = {"textworld": 40, "alfworld": 30, "babaisai": 20, "minihack": 60}
MOST_BYTES = 350_000
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def load(domain: str) -> dict[str, Any]:
    return json.loads((ENVS / domain / "workload.json").read_text("utf-8"))


@pytest.fixture(params=DOMAINS, scope="module")
def domain(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def document(domain: str) -> dict[str, Any]:
    return load(domain)


@pytest.fixture(scope="module")
def episodes(document: dict[str, Any]) -> list[dict[str, Any]]:
    return document["episodes"]


@pytest.fixture(scope="module")
def schema(domain: str) -> RecorderSchema:
    return recorder_schema(domain)


def fits(value: object, kind: str) -> bool:
    if kind == "list[str]":
        return type(value) is list and bool(value) and all(type(item) is str for item in value)
    if kind == "dict[str,str]":
        return type(value) is dict and all(
            type(part) is str for pair in value.items() for part in pair
        )
    return type(value).__name__ == kind and (kind != "float" or math.isfinite(value))


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts(part)]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else []


def test_head(document: dict[str, Any], domain: str) -> None:
    assert document.keys() == {"schema", "domain", "how", "episodes"}
    assert document["schema"] == "alma-safe/workload/v1"
    assert document["domain"] == domain
    assert len(document["how"]) > 200
    assert "\n" not in document["how"]


def test_compact_and_sorted(document: dict[str, Any], domain: str) -> None:
    raw = (ENVS / domain / "workload.json").read_text("utf-8")
    assert raw == json.dumps(document, sort_keys=True, separators=(",", ":")) + "\n"
    assert len(raw.encode()) <= MOST_BYTES


def test_number_and_lengths(episodes: list[dict[str, Any]], domain: str) -> None:
    lengths = [len(episode["steps"]) for episode in episodes]
    assert 24 <= len(episodes) <= 32
    assert min(lengths) >= 1
    assert max(lengths) <= min(STEP_LIMITS[domain], recorder_schema(domain).max_steps)
    assert len(set(lengths)) >= 5


def test_fields_are_those_of_the_recorder(
    episodes: list[dict[str, Any]], schema: RecorderSchema
) -> None:
    for episode in episodes:
        assert episode.keys() == {"init", "steps", "reward"}
        assert type(episode["reward"]) is float
        for table, record in [
            (schema.init, episode["init"]),
            *((schema.step, step) for step in episode["steps"]),
        ]:
            assert record.keys() == table.keys()
            for key, field in table.items():
                # The list of possible commands may be empty when a game is over.
                over = record.get("dones") is True and record[key] == []
                assert over or fits(record[key], field.kind), key


def test_no_control_characters(document: dict[str, Any]) -> None:
    assert [text for text in texts(document) if CONTROL.search(text)] == []


def test_over_only_at_the_end(episodes: list[dict[str, Any]], domain: str) -> None:
    for episode in episodes:
        *before, last = episode["steps"]
        assert not any(step["dones"] for step in before)
        assert last["dones"] or len(before) < STEP_LIMITS[domain]
        assert last["dones"] or episode["reward"] < 1.0


def test_rewards_are_mixed_and_follow_the_last_step(
    episodes: list[dict[str, Any]], domain: str
) -> None:
    for episode in episodes:
        last = episode["steps"][-1]["scores"]
        assert 0.0 <= episode["reward"] <= 1.0
        expected = {"babaisai": float(last > 0), "minihack": float(last == 1.0)}
        assert episode["reward"] == expected.get(domain, last)
    won = sum(episode["reward"] == 1.0 for episode in episodes) / len(episodes)
    lost = sum(episode["reward"] == 0.0 for episode in episodes) / len(episodes)
    assert won >= 0.2
    assert lost >= 0.2


def test_both_halves_have_won_and_not_won(episodes: list[dict[str, Any]]) -> None:
    half = len(episodes) // 2
    for part in (episodes[:half], episodes[half:]):
        assert len({episode["reward"] == 1.0 for episode in part}) == 2


def test_episodes_differ(episodes: list[dict[str, Any]]) -> None:
    assert len({json.dumps(episode, sort_keys=True) for episode in episodes}) == len(episodes)


def test_partial_scores_occur_where_a_game_counts() -> None:
    assert any(0.0 < episode["reward"] < 1.0 for episode in load("textworld")["episodes"])


def test_commands_are_possible_ones() -> None:
    for episode in load("alfworld")["episodes"]:
        possible = episode["init"]["actions_list"]
        for step in episode["steps"]:
            assert step["action_took"] in possible
            possible = step["actions_list"]
    for episode in load("minihack")["episodes"]:
        took = {step["action_took"] for step in episode["steps"]}
        assert took <= episode["init"]["action_dict"].keys()
    for episode in load("babaisai")["episodes"]:
        took = {step["action_took"] for step in episode["steps"]}
        assert took <= {"idle", "up", "right", "down", "left"}
