"""Numbers beyond every float: the rule that they break is named, and no check gives up."""

from __future__ import annotations

import pytest

from tests.verifier.static.conftest import DESIGN, judge_all

HUGE = f"1{'0' * 400}"


@pytest.mark.parametrize(
    ("rule", "expression"),
    [
        ("S801", "2 ** {}"),
        ("S801", "'a' * {}"),
        ("S801", "'a' * -{} or 1 << {}"),
        ("S801", "'a'.ljust({})"),
        ("S801", "bytes({})"),
        ("S801", "f'{{1:{{{}}}}}'"),
        ("S801", "math.factorial({})"),
        ("S801", "numpy.zeros({})"),
        ("S801", "numpy.zeros(({}, {}))"),
        ("S802", "list(range({}))"),
        ("S802", "[each for each in range({})]"),
        ("S802", "sum(range(-{}, {}, 2))"),
    ],
)
def test_a_number_beyond_every_float_breaks_the_rule_of_bombs(rule: str, expression: str) -> None:
    text = expression.replace("{}", HUGE).replace("{{", "{").replace("}}", "}")
    source = f"import math\nimport numpy\n{DESIGN}\n\ndef large():\n    return {text}\n"
    (result,) = judge_all([source.encode()])
    assert {finding.rule for finding in result.findings if finding.blocks} == {rule}


def test_a_huge_number_that_builds_nothing_is_a_number(design: str) -> None:
    source = f"{design}\n\nBEYOND = {HUGE}\n\n\ndef within(value):\n    return value < BEYOND * 2\n"
    (result,) = judge_all([source.encode()])
    assert [finding.rule for finding in result.findings if finding.blocks] == []
