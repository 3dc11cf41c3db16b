from __future__ import annotations

import pytest

from alma_safe.policy import load_policy
from alma_safe.recorders import recorder_schema
from alma_safe.verifier.properties.deck import deck
from alma_safe.verifier.properties.steps import FRESH, RESET, recall, retrieve, update


@pytest.fixture(scope="module")
def cards():
    policy = load_policy()
    return deck(recorder_schema(None), policy.properties, policy.execution, 0)


def test_a_story_is_sent_as_its_steps_would_be(cards):
    one, other = cards.training[:2]
    steps = [FRESH, update(one, key="k"), retrieve(other, pause=False), RESET, recall(one, "k")]

    story = cards.story("of a test", lambda: steps)

    assert story.steps == tuple(steps)
    assert dict(story.payload) == {"calls": list(cards.wired(steps, 0))}


def test_a_story_is_made_once(cards):
    made = []

    def steps():
        made.append(True)
        return [FRESH]

    assert cards.story("made once", steps) is cards.story("made once", steps)
    assert made == [True]


def test_a_step_after_a_fresh_instance_is_about_that_one(cards):
    question = retrieve(cards.queries[0])

    instances = [call[1].get("instance") for call in cards.wired([question, FRESH, question], 7)]

    assert instances == [7, None, 0]
