from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.domains.conftest import DOMAINS
from tests.domains.designs import LEARNER, RAISER
from tests.sandbox.broker.endpoint_server import Endpoint, completion, counted

COMMAND = [str(Path(sys.executable).with_name("alma-safe")), "evaluate"]
DOORS = str(DOMAINS / "doors")


def ran(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
        timeout=300,
    )


@pytest.fixture
def learner(tmp_path: Path) -> str:
    path = tmp_path / "learner.py"
    path.write_text(LEARNER)
    return str(path)


@pytest.mark.slow
def test_designs_are_compared_and_told(tmp_path: Path, learner: str) -> None:
    output = tmp_path / "found.json"
    found = ran(
        *(learner, "--compare", "designs/no_memory.py", "--domain", DOORS),
        *("--update-sizes", "0,10", "--output", str(output)),
        *("--plot", str(tmp_path / "found.svg")),
    )
    assert found.returncode == 0, found.stderr
    assert "no memory" in found.stdout
    document = json.loads(output.read_text())
    assert document["schema"] == "alma-safe/evaluation/v1"
    picture = (tmp_path / "found.svg").read_text()
    assert "<svg" in picture
    mine, none = document["results"]
    assert mine["score"]["mean"] == 1.0
    assert mine["difference_to_no_memory"]["low"] > 0
    assert none["difference_to_no_memory"]["mean"] == 0.0
    sizes = [point["train_size"] for point in document["curves"][learner]]
    assert sizes == [0, 10]


@pytest.mark.slow
def test_one_task_is_no_verdict(tmp_path: Path, learner: str) -> None:
    output = tmp_path / "found.json"
    found = ran(
        *(learner, "--domain", DOORS, "--tasks", "1", "--repeats", "1", "--output", str(output)),
        *("--jobs", "1", "--plot", str(tmp_path / "found.svg")),
    )
    assert found.returncode == 0, found.stderr
    assert "1 task x 1 repeat," in found.stdout
    assert "*" not in found.stdout
    assert "too few tasks" in found.stdout
    [mine] = json.loads(output.read_text())["results"]
    assert mine["difference_to_no_memory"]["tasks"] == 1
    assert mine["difference_to_no_memory"]["excludes_zero"] is False


def test_sizes_that_are_not_collected_are_refused(learner: str) -> None:
    found = ran(learner, "--domain", DOORS, "--update-sizes", "2,50", "--train-size", "6")
    assert found.returncode == 2
    assert "--update-sizes 50 is more than the 6 episodes" in found.stderr


LLM = ("--domain", DOORS, "--agent", "llm", "--model", "gpt-5", "--tasks", "1", "--repeats", "1")


def test_an_address_of_an_endpoint_that_is_none_is_refused(learner: str) -> None:
    found = ran(learner, *LLM, OPENAI_API_KEY="sk-canary", OPENAI_BASE_URL="foo")
    assert found.returncode == 2
    assert "address of the model endpoint is not one: foo" in found.stderr


@pytest.mark.slow
def test_an_endpoint_that_is_down_is_waited_for_by_name_and_hinted_at(learner: str) -> None:
    found = ran(
        *(learner, *LLM, "--train-size", "1", "--jobs", "1", "--fresh-answers"),
        OPENAI_API_KEY="sk-canary",
        OPENAI_BASE_URL="http://me:hidden@127.0.0.1:1/v1",
    )
    assert found.returncode == 3, found.stderr
    assert found.stderr.count("waiting for the endpoint http://127.0.0.1:1 ...") == 1
    assert "1 episode could not be played" in found.stderr
    assert "OPENAI_BASE_URL" in found.stderr
    assert "hidden" not in found.stdout + found.stderr
    assert "canary" not in found.stdout + found.stderr


@pytest.mark.slow
def test_designs_are_compared_with_a_rival(tmp_path: Path, learner: str) -> None:
    rival = "designs/trajectory_retrieval.py"
    output = tmp_path / "found.json"
    found = ran(
        *(learner, rival, "--against", rival, "--domain", DOORS, "--output", str(output)),
        *("--train-size", "10"),
    )
    assert found.returncode == 0, found.stderr
    assert "against trajectory_retrieval.py (95 %)" in found.stdout
    assert found.stdout.count("trajectory_retrieval.py") == 3  # scores, types, the head of duels
    document = json.loads(output.read_text())
    mine, other = document["results"]
    expected = mine["score"]["mean"] - document["rival"]["score"]["mean"]
    assert mine["difference_to_rival"]["mean"] == pytest.approx(expected, abs=1e-6)
    assert other["difference_to_rival"]["mean"] == 0.0
    assert other["score"] == document["rival"]["score"]


@pytest.mark.slow
def test_numbers_are_the_same_for_another_hash_seed_and_other_jobs(learner: str) -> None:
    def scores(jobs: str, hash_seed: str) -> list[dict[str, object]]:
        found = ran(
            *(learner, "--domain", "babaisai", "--tasks", "12", "--train-size", "8"),
            *("--format", "json", "--jobs", jobs),
            PYTHONHASHSEED=hash_seed,
        )
        document = json.loads(found.stdout)
        return [each["score"] for each in (document["baseline"], *document["results"])]

    assert scores("1", "1") == scores("2", "2")


@pytest.mark.slow
def test_rejected_design_is_not_evaluated(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("import os\n" + LEARNER)
    found = ran(str(path), "--domain", DOORS)
    assert found.returncode == 1
    assert "S101" in found.stdout
    assert "not evaluated" in found.stderr


@pytest.mark.slow
def test_design_that_fails_on_the_way_is_told_with_its_place(tmp_path: Path) -> None:
    # Fails for this domain's words only, which no typical recorder holds.
    path = tmp_path / "late.py"
    path.write_text(
        RAISER.replace(
            "        raise Val", '        if "pink" in str(recorder.init):\n    raise Val'
        ).replace("\n    raise", "\n            raise")
    )
    found = ran(str(path), "--domain", DOORS)
    assert found.returncode == 1, found.stderr
    assert "failed in retrieve, line" in found.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--domain", "nowhere"], "unknown domain"),
        (["--domain", "babaisai", "--task-set", "none"], "no task set none"),
        (["--domain", "babaisai", "--plot", "found.gif"], "endings: svg, png"),
        (["--domain", "babaisai", "--update-sizes", "a"], "whole numbers"),
        (["--domain", "babaisai", "--split", "test"], "invalid choice"),
        (["--domain", "babaisai", "--repeats", "0"], "expected 1 to 100"),
        (["--domain", "babaisai", "--against", "designs"], "--against takes one design"),
    ],
)
def test_wrong_requests_are_usage_errors(learner: str, arguments: list[str], told: str) -> None:
    found = ran(learner, *arguments)
    assert found.returncode == 2
    assert told in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.slow
def test_empty_split_is_a_usage_error(learner: str) -> None:
    found = ran(learner, "--domain", "babaisai", "--task-set", "alma", "--split", "out")
    assert found.returncode == 2
    assert "no tasks in the split out" in found.stderr


@pytest.mark.slow
def test_the_address_that_is_named_is_the_one_that_is_asked(learner: str, tmp_path: Path) -> None:
    endpoint = Endpoint(lambda path, body: completion("open green door", counted(50, 4)))
    with endpoint.serving():
        found = ran(
            *(learner, *LLM, "--train-size", "1", "--base-url", endpoint.url, "--fresh-answers"),
            OPENAI_API_KEY="sk-canary",
            OPENAI_BASE_URL="http://127.0.0.1:1/v1",
        )
    assert found.returncode == 0, found.stderr
    assert endpoint.asked


@pytest.mark.slow
def test_model_of_an_endpoint_acts(learner: str, tmp_path: Path) -> None:
    endpoint = Endpoint(lambda path, body: completion("open green door", counted(50, 4)))
    with endpoint.serving():
        arguments = (
            *(learner, "--domain", DOORS, "--agent", "llm", "--model", "gpt-4o-mini/low"),
            *("--tasks", "2", "--train-size", "2", "--format", "json"),
        )
        environment = {
            "OPENAI_BASE_URL": endpoint.url,
            "OPENAI_API_KEY": "sk-canary",
        }
        found = ran(*arguments, "--fresh-answers", **environment)
        document = json.loads(found.stdout)
        (result,) = document["results"]
        assert document["setting"]["agent_version"].startswith("1 gpt-4o-mini/low ")
        assert result["score"]["mean"] == 1.0
        assert result["agent"] == {
            "calls": 6,
            "input_tokens": 300,
            "output_tokens": 24,
            "usd": result["agent"]["usd"],
        }
        assert result["agent"]["usd"] > 0
        assert "canary" not in found.stdout + found.stderr
        assert endpoint.asked[-1][2]["reasoning_effort"] == "low"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--agent", "llm"], "needs --model"),
        (["--base-url", "http://x"], "--base-url is for --agent llm"),
        (["--agent", "llm", "--model", "gpt-5/huge"], "efforts: none, minimal, low, medium, high"),
        (["--agent", "llm", "--model", "gpt-5-nano/hihg"], "no effort hihg"),
        (["--agent", "llm", "--model", "unheard/of"], "no price"),
        (["--agent", "llm", "--model", "unheard-of"], "no price"),
        (["--model", "gpt-4o-mini"], "--model is for --agent llm"),
    ],
)
def test_wrong_models_are_usage_errors(learner: str, arguments: list[str], told: str) -> None:
    found = ran(learner, "--domain", "babaisai", *arguments, OPENAI_API_KEY="any")
    assert found.returncode == 2
    assert told in found.stderr


def test_missing_key_is_a_usage_error(learner: str) -> None:
    found = ran(
        *(learner, "--domain", "babaisai", "--agent", "llm", "--model", "gpt-4o-mini"),
        OPENAI_API_KEY="",
    )
    assert found.returncode == 2
    assert "OPENAI_API_KEY" in found.stderr


@pytest.mark.slow
def test_transfer_is_one_table(learner: str, tmp_path: Path) -> None:
    output = tmp_path / "found.json"
    found = ran(
        *(learner, "--domain", DOORS, "--also", "split=out", "--also", "domain=babaisai,split=in"),
        *("--tasks", "3", "--train-size", "3", "--output", str(output)),
    )
    assert found.returncode == 0, found.stderr
    assert len(found.stdout.splitlines()) == 4
    document = json.loads(output.read_text())
    assert document["schema"] == "alma-safe/transfer/v1"
    settings = [each["setting"] for each in document["evaluations"]]
    assert [(each["domain"], each["split"]) for each in settings] == [
        *(("doors", "in"), ("doors", "out"), ("babaisai", "in"))
    ]


@pytest.mark.parametrize(
    ("also", "told"),
    [
        ("split", "cannot be read"),
        ("colour=red", "keys: domain, split"),
        ("split=test", "unknown split test"),
        ("domain=nowhere", "unknown domain"),
        ("agent=nobody", "no agent named nobody"),
        ("rollout=none", "unknown rollout none"),
    ],
)
def test_wrong_variations_are_usage_errors(learner: str, also: str, told: str) -> None:
    found = ran(learner, "--domain", "babaisai", "--also", also)
    assert found.returncode == 2
    assert told in found.stderr
