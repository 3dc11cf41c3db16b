from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from alma_safe.search.archive import Archive
from tests.domains.conftest import DOMAINS
from tests.domains.designs import LEARNER
from tests.sandbox.broker.endpoint_server import Cut, Endpoint, completion, counted
from tests.search import makers

ALMA_SAFE = str(Path(sys.executable).with_name("alma-safe"))
DOORS = str(DOMAINS / "doors")
QUICK = ("--domain", DOORS, "--repeats", "1", "--parents", "3")


def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [ALMA_SAFE, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def ran(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    process = started(*arguments, **environment)
    try:
        out, err = process.communicate(timeout=300)
    finally:
        process.kill()
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def exported(run: Path) -> dict[str, Any]:
    found = ran("archive", "export", str(run))
    assert found.returncode == 0, found.stderr
    document: dict[str, Any] = json.loads(found.stdout)
    return document


SHY = LEARNER.replace("class Learner", "class Shy").replace("[:20]", "[:1]")
EARLY = LEARNER.replace("class Learner", "class Early").replace(
    'if step.get("scores"):', 'if step.get("dones"):'
)


@pytest.fixture
def seeds(tmp_path: Path) -> list[str]:
    paths = []
    for name, text in (("learner", LEARNER), ("shy", SHY), ("early", EARLY)):
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        paths.append(str(path))
    return [*paths, "designs/risk_table.py"]


@pytest.mark.slow
def test_a_keyless_search_finds_a_design_and_confirms_it(tmp_path: Path, seeds: list[str]) -> None:
    run = tmp_path / "run"
    found = ran("search", *QUICK, "--seeds", *seeds, "--steps", "2", "--run", str(run))
    assert found.returncode == 0, found.stderr
    assert "winner: " in found.stdout
    assert "against no memory" in found.stdout
    assert "better" in found.stdout
    assert "step 2" in found.stderr

    listed = ran("archive", "list", str(run), "--format", "json")
    rows = json.loads(listed.stdout)
    assert rows[0]["score"] == 1.0
    assert {row["name"] for row in rows} >= {"0.0", "0.1", "0.2", "0.3", "1.0", "2.0"}
    evaluated = ran("archive", "list", str(run), "--state", "evaluated").stdout
    assert evaluated.count("evaluated") == sum(row["state"] == "evaluated" for row in rows)
    child = next(row["name"] for row in rows if row["parent"] and row["digest"])
    assert f"{child}: " in ran("archive", "show", str(run), child).stdout
    assert "class " in ran("archive", "show", str(run), child, "--source").stdout
    assert "@@" in ran("archive", "diff", str(run), child).stdout
    page = tmp_path / "report.html"
    assert ran("report", str(run), "--output", str(page)).returncode == 0
    assert ran("report", str(run)).stdout == page.read_text()
    assert "Evolution tree" in page.read_text()
    refused = ran("report", str(run), "--output", str(tmp_path / "nowhere" / "r.html"))
    assert refused.returncode == 2
    tree = ran("archive", "tree", str(run)).stdout.splitlines()
    assert tree[0].startswith("0.0 ")
    assert any(line.startswith("  1.") for line in tree)


@pytest.mark.slow
def test_a_run_that_is_killed_at_random_goes_on_to_the_same_archive(
    tmp_path: Path, seeds: list[str]
) -> None:
    asked = ("search", *QUICK, "--seeds", *seeds, "--steps", "2")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert ran(*asked, "--run", str(whole), "--jobs", "2").returncode == 0
    kills, chance = 0, random.Random()
    process = started(*asked, "--run", str(killed), "--jobs", "1", PYTHONHASHSEED="1")
    for _ in range(40):
        try:
            # Early at first, so that a quick machine is interrupted, too.
            process.communicate(timeout=chance.uniform(0.4, 1.0 if kills < 2 else 4.0))
            if process.returncode == 0:
                break
            # The settings may not have been there yet.
            again = () if (killed / "archive.sqlite").exists() else asked[1:]
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            kills += 1
            again = () if _begun(killed) else asked[1:]
        resume = ("--resume",) if _begun(killed) else ()
        process = started("search", *again, "--run", str(killed), *resume)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert kills >= 2
    assert exported(killed) == exported(whole)


def _begun(run: Path) -> bool:
    return ran("archive", "list", str(run)).returncode == 0


@pytest.mark.slow
def test_a_run_that_is_stopped_ends_its_guests_and_goes_on(
    tmp_path: Path, seeds: list[str]
) -> None:
    run = tmp_path / "run"
    process = started("search", *QUICK, "--seeds", *seeds, "--steps", "5", "--run", str(run))
    deadline = time.monotonic() + 60
    while not _begun(run) and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(1)
    process.terminate()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 143
    assert "--resume" in err
    again = ran("search", "--run", str(run), "--resume", "--steps", "1")
    assert again.returncode == 0, again.stderr


# -- a meta agent that makes typical mistakes --------------------------------------

REFLECTION = json.dumps(
    {
        "learned_from_suggestion_example": "-",
        "trajectory_score_assessment": [{"label": "Useful", "how_it_can_help": "-"}],
        "content_quality_issues": "-",
        "structure_and_coherence": "-",
        "suggested_changes": [{"priority": "High", "what": "keep less", "why": "-"}],
    }
)
IMPORTS = "import os\n" + LEARNER
MISTYPED = LEARNER.replace("in self.paid]", "in self.piad]")
RAISES = LEARNER.replace(
    "self.paid: list[str] = []", "self.paid: list[str] = []\n        self.n = 0"
)
RAISES = RAISES.replace(
    '        return {"advice"', '        first = self.paid[0]\n        return {"advice"'
)
HUNGRY = Path("tests/assets/rules/E207/refused.py").read_text()
FIXED = LEARNER.replace("class Learner", "class Fixed").replace("[:20]", "[:3]")
BETTER = LEARNER.replace("class Learner", "class Better").replace("prefer: {", "always: {")


class MetaAgent:
    """Answers by what is asked; makes the next mistake of its list at each code that is asked."""

    def __init__(self, codes: list[str], troubles: list[Any]) -> None:
        self.codes = codes
        self.troubles = troubles
        self.prompts: list[str] = []

    def __call__(self, path: str, body: Any) -> Any:
        if self.troubles:
            return self.troubles.pop(0)
        prompt = body["messages"][-1]["content"]
        self.prompts.append(prompt)
        if "Say what this memory does well" in prompt:
            return completion(REFLECTION, counted(2000, 100))
        text = self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]
        return completion(f"```python\n{text}```", counted(3000, 500))


@pytest.mark.slow
def test_the_loop_recovers_from_every_stage_with_its_feedback_and_from_every_trouble(
    tmp_path: Path,
) -> None:
    codes = [IMPORTS, MISTYPED, FIXED, RAISES, HUNGRY, BETTER, BETTER]
    troubles: list[Any] = [
        (429, {}),
        (500, {}),
        (200, Cut(b'{"choices"')),
        (200, b"no JSON"),
        completion("I would rather not."),
        (429, {}),
    ]
    agent = MetaAgent(codes, troubles)
    run = tmp_path / "run"
    with Endpoint(agent).serving() as endpoint:
        found = ran(
            *("search", "--domain", DOORS, "--repeats", "1", "--steps", "1", "--run", str(run)),
            *("--proposer", "openai", "--meta-model", "gpt-5/medium", "--base-url", endpoint.url),
            OPENAI_API_KEY="sk-canary",
        )
        headers = [headers for _, headers, _ in endpoint.asked]
    assert found.returncode == 0, found.stderr
    assert all(each["authorization"] == "Bearer sk-canary" for each in headers)

    document = exported(run)
    first, second = document["candidates"]
    stages = [
        stage["name"]
        for each in (first, second)
        for proposal in each["proposals"]
        for stage in proposal["judgement"]["stages"]
        if stage["status"] == "failed"
    ]
    assert stages == ["static", "types", "properties", "execution"]
    assert (first["state"], second["state"]) == ("evaluated", "evaluated")
    assert second["reflection"]["reflection"]["suggested_changes"][0]["what"] == "keep less"
    repairs = [prompt for prompt in agent.prompts if "Why it was refused" in prompt]
    assert "S101" in repairs[0]
    assert "line 1" in repairs[0]
    assert "The last repair changed this" in repairs[1]
    for prompt, stage in zip(repairs, stages, strict=True):
        assert f"refused by the stage {stage}" in prompt

    calls = document["calls"]
    assert {call["role"] for call in calls} == {"reflect", "propose", "repair"}
    assert sum(call["usd"] for call in calls) > 0
    kept = (run / "archive.sqlite").read_bytes()
    assert b"sk-canary" not in kept
    assert "sk-canary" not in found.stdout + found.stderr

    replayed = tmp_path / "again"
    again = ran(
        *("search", "--domain", DOORS, "--repeats", "1", "--steps", "1", "--run", str(replayed)),
        *("--proposer", "replay", "--replay", str(run)),
        OPENAI_API_KEY="",
    )
    assert again.returncode == 0, again.stderr
    theirs = exported(replayed)
    assert [each["digest"] for each in theirs["candidates"]] == [first["digest"], second["digest"]]
    assert theirs["evaluations"] == document["evaluations"]
    assert theirs["calls"] == []


@pytest.mark.slow
@pytest.mark.parametrize("proposer", ["openai", "genetic"])
def test_one_address_is_that_of_all_models(tmp_path: Path, proposer: str, seeds: list[str]) -> None:
    def answer(path: str, body: Any) -> Any:
        acting = "You design memories" not in body["messages"][0]["content"]
        return completion("open green door" if acting else f"```python\n{LEARNER}```")

    # Another prompt than any before: answers are kept from run to run.
    domain = shutil.copytree(DOORS, tmp_path / "doors")
    pack = (domain / "pack.toml").read_text()
    (domain / "pack.toml").write_text(pack.replace("Answer with", f"({uuid.uuid4()}) Answer with"))
    named, other = Endpoint(answer), Endpoint(answer)
    who = {
        "openai": ("--proposer", "openai", "--meta-model", "gpt-5/low"),
        "genetic": ("--proposer", "genetic", "--seeds", seeds[0]),
    }
    with named.serving(), other.serving():
        found = ran(
            *("search", "--domain", str(domain), "--repeats", "1", "--steps", "0", "--tasks", "1"),
            *("--train-size", "1", "--no-confirmation", "--run", str(tmp_path / "run")),
            *("--agent", "llm", "--model", "gpt-5-nano/low", "--jobs", "1"),
            *("--base-url", named.url, *who[proposer]),
            OPENAI_API_KEY="sk-canary",
            OPENAI_BASE_URL=other.url,
        )
    assert other.asked == []
    assert found.returncode == 0, found.stderr
    models = {body["model"] for _, _, body in named.asked}
    assert models == ({"gpt-5-nano", "gpt-5"} if proposer == "openai" else {"gpt-5-nano"})


def test_a_candidate_is_shown_with_what_was_found_out_about_its_parent(tmp_path: Path) -> None:
    seed = b"x = 1\n"
    told = {"content_quality_issues": "raw\x1b text " * 30, "suggested_changes": [
        {"priority": "High", "what": "count more", "why": "noise"},
    ]}  # fmt: skip
    with Archive.create(tmp_path / "run", makers.settings(), [seed]) as archive:
        for slot, kept in enumerate([{"reflection": told}, {"reflection": {}, "note": "no: why"}]):
            archive.put_reflection(1, slot, kept, ())
        archive.put_proposal(makers.proposal(1, 1, digest="", detail={"note": "no idea"}), ())
        archive.end_step([makers.candidate("1.0"), makers.candidate("1.1")])
    first, second = (ran("archive", "show", str(tmp_path / "run"), f"1.{n}") for n in range(2))
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert "reflection on the parent:\n  content_quality_issues:\n    raw\\x1b text" in first.stdout
    assert "    priority: High; what: count more; why: noise\n" in first.stdout
    assert max(map(len, first.stdout.split("\n"))) < 120
    assert "reflection on the parent: no: why" in second.stdout
    assert "attempt 0 (propose): nothing written" in second.stdout


# -- what is asked for wrongly -----------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--domain is missing"),
        (("--domain", "chess"), "unknown domain"),
        (("--domain", "babaisai", "--sampler", "best"), "invalid choice"),
        (("--domain", "babaisai", "--task-set", "x"), "no task set"),
        (("--domain", "babaisai", "--proposer", "replay"), "--replay DIR"),
        (("--domain", "babaisai", "--proposer", "openai"), "--meta-model"),
        (("--domain", "babaisai", "--proposer", "openai", "--meta-model", "x"), "no price"),
        (("--domain", "babaisai", "--proposer", "openai", "--meta-model", "gpt-5"), "no key"),
        (("--domain", "babaisai", "--agent", "llm"), "no key"),
        (("--domain", "babaisai", "--seeds", "nowhere.py"), "nowhere.py"),
        (("--domain", "babaisai", "--max-usd", "-1"), "above 0"),
        (("--domain", "babaisai", "--policy", "lax"), "lax"),
        (("--resume",), "holds no run"),
    ],
)
def test_what_cannot_be_done_is_told_and_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    run = tmp_path / "run"
    found = ran("search", *arguments, "--run", str(run), OPENAI_API_KEY="")
    assert found.returncode == 2, found.stderr
    assert told in found.stderr
    assert not (run / "archive.sqlite").exists()


def test_a_folder_that_cannot_be_a_run_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = ran("search", "--domain", "babaisai", "--run", str(tmp_path / "file" / "run"))
    assert found.returncode == 2
    assert "cannot write the run folder" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "no action"),
        (("list", "nowhere"), "holds no run"),
        (("show", "nowhere", "1.0"), "holds no run"),
    ],
)
def test_an_archive_that_is_not_there_is_told(arguments: tuple[str, ...], told: str) -> None:
    found = ran("archive", *arguments)
    assert found.returncode == 2
    assert told in found.stderr
