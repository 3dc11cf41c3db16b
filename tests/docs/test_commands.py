"""Every command that a document shows is carried out, in the order of the document.

Long ones get options that make them short; what they print is compared where a document
says what that is.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alma_safe.cli.main import build_parser
from alma_safe.design import Design
from tests.docs.blocks import ROOT, Command, blocks, commands, spans
from tests.domains.designs import LEARNER
from tests.sandbox.broker.endpoint_server import Endpoint, completion, counted
from tests.search.test_meta import REFLECTION

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = [each for path in DOCUMENTS for each in commands(path)]
BIN = Path(sys.executable).parent

_TINY = "--train-size 2 --tasks 2 --repeats 1 --max-steps 4"
_RUN = f"--steps 1 --parents 1 --finalists 1 --no-confirmation --max-failures 3 {_TINY}"
SHORTER = (
    # Both arms of every denial, in every sandbox: tests/sandbox/test_doctor.py.
    (r"alma-safe doctor .*--strict", "--sandbox nsjail"),
    (r"alma-safe doctor(?!.*--quick)", "--quick"),
    (r"alma-safe evaluate .*--domain (textworld|alfworld|minihack)", _TINY),
    (r".*alma-safe evaluate .*(--also|--agent llm)", _TINY),
    (r"alma-safe search .*--proposer openai", _RUN),
    (r"alma-safe search ", f"{_RUN} --seeds designs/induced_rules.py designs/risk_table.py"),
)
"""The first that matches adds its options; whoever gives an option twice means the last."""

ELSEWHERE = {
    r"alma-safe search .*--executor ray": "a cluster: tests/search/executors",
    r"alma-safe setup( --docker)?$": "what `make test` begins with",
    r"alma-safe setup --docker --build$": "a registry: tests/sandbox/docker/test_build.py",
}


def answer(path: str, body: dict) -> tuple[int, object]:
    """A model that writes one design, whatever it is asked, and acts as it likes."""
    if path.endswith("/embeddings"):
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        data = [
            {"index": n, "object": "embedding", "embedding": [0.1] * 8} for n in range(len(texts))
        ]
        return 200, {"object": "list", "model": "m", "data": data, "usage": counted(1, 0)}
    asked = body["messages"][-1]["content"]
    if "Say what this memory does well" in asked:
        return completion(json.dumps(REFLECTION), counted(2000, 100))
    return completion(f"```python\n{LEARNER}```", counted(3000, 500))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as a reader of the guide has it: some designs, and the files of the guide."""
    home = tmp_path / "reader"
    (home / "designs").mkdir(parents=True)
    for name in sorted({*re.findall(r"designs/(\w+\.py)", "\n".join(c.text for c in SHOWN))}):
        shutil.copy(ROOT / "designs" / name, home / "designs")
    shutil.copy(ROOT / "designs" / "risk_table.py", home / "design.py")
    (home / "runs" / "old").mkdir(parents=True)
    shutil.copy(ROOT / "designs" / "risk_table.py", home / "runs" / "old" / "design.py")
    (home / "tests").symlink_to(ROOT / "tests")
    broker = ""
    for _, block in blocks(ROOT / "docs" / "guide.md"):
        text = "\n".join(line for line in block if not line.startswith("alma-safe"))
        if "alma-safe/policy/v1" in text:
            (home / "mine.toml").write_text(text)
        elif text.startswith("[broker]"):
            broker = text
        elif "alma-safe/prices/v1" in text:
            prices = (ROOT / "policies" / "prices.toml").read_text("utf-8")
            own = text.replace('schema = "alma-safe/prices/v1"', "")
            (home / "my-prices.toml").write_text(own + "\n" + prices)
        elif "alma-safe/known/v1" in text:
            digest = Design.from_file(home / "design.py").digest or ""
            (home / "known.toml").write_text(text.replace("sha256:...", digest))
    # The block of models belongs to the same policy.
    (home / "mine.toml").write_text(f"{(home / 'mine.toml').read_text()}\n{broker}\n")
    prices_file = home / "my-prices.toml"
    head = 'schema = "alma-safe/prices/v1"\n'
    prices_file.write_text(head + prices_file.read_text().replace(head, ""))
    return home


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with Endpoint(answer).serving() as served:
        yield served


def carried_out(command: str, folder: Path, endpoint: Endpoint) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "OPENAI_BASE_URL": endpoint.url,
        "COLUMNS": "120",
    }
    if "--proposer openai" in command:
        environment["OPENAI_API_KEY"] = "sk-canary"
    environment.pop("ALMA_SAFE_FRESH", None)
    return subprocess.run(
        ["bash", "-ec", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
    )


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_of_a_document_does_what_it_says(
    document: Path, folder: Path, endpoint: Endpoint, subtests: pytest.Subtests
) -> None:
    for shown in commands(document):
        if any(re.match(pattern, shown.text) for pattern in ELSEWHERE):
            continue
        with subtests.test(str(shown)):
            _check(shown, folder, endpoint)


def _check(shown: Command, folder: Path, endpoint: Endpoint) -> None:
    more = next((m for pattern, m in SHORTER if re.match(pattern, shown.text)), "")
    text = re.sub(r" --seeds \.\.\.", "", f"{shown.text} {more}")
    found = carried_out(text, folder, endpoint)
    refused = shown.output.startswith(("rejected", "error: the receipt is refused"))
    assert found.returncode == (1 if refused else 0), f"{text}\n{found.stdout}\n{found.stderr}"
    if shown.output and not more:
        told = found.stderr if shown.output.startswith("error: ") else found.stdout
        assert plain(told) == plain(shown.output), text


def plain(text: str) -> str:
    """Without what differs from run to run: seconds, MiB, and whether it was judged before."""
    text = re.sub(r"\d[\d,.]* (ms|s|MiB|KiB)\b", "#", text.strip())
    text = re.sub(r"judged before|\b[0-9a-f]{64}\b", "#", text)
    return re.sub(r"[ -]+", " ", text.replace("bytes: ...", "bytes: #"))


def test_the_documents_show_commands() -> None:
    told = {word for each in SHOWN for word in re.findall(r"alma-safe (\w+)", each.text)}
    assert told >= {
        "verify",
        "audit",
        "evaluate",
        "search",
        "report",
        "attest",
        "explain",
        "doctor",
    }
    assert len(SHOWN) > 30


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_options_within_the_text_are_there(document: Path) -> None:
    """Commands in a sentence are shortened, but name no command or option that is not there."""
    known = options(build_parser(), "alma-safe")
    for shown in spans(document):
        words = shlex.split(shown.replace("|", " "))
        name = "alma-safe"
        for word in words[1:]:
            name = f"{name} {word}" if f"{name} {word}" in known else name
        assert name != "alma-safe" or words[1].startswith(("--", "COMMAND")), shown
        flags = {word.strip("[].,") for word in words if word.strip("[").startswith("--")}
        assert flags <= known[name], shown


def options(parser: argparse.ArgumentParser, name: str) -> dict[str, set[str]]:
    """The options of each command."""
    found = {name: {flag for action in parser._actions for flag in action.option_strings}}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for key, each in action.choices.items():
                found |= options(each, f"{name} {key}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "begins"), [("README.md", "import asyncio"), ("docs/guide.md", "import asyncio")]
)
def test_python_of_the_documents_runs(
    document: str, begins: str, folder: Path, endpoint: Endpoint
) -> None:
    [code] = ["\n".join(block) for _, block in blocks(ROOT / document) if block[0] == begins]
    (folder / "example.py").write_text(code)
    if "receipt" in code:
        sign = [
            each.text for each in SHOWN if re.match(r"alma-safe attest (keygen|sign)", each.text)
        ]
        for text in sign:
            assert carried_out(text, folder, endpoint).returncode == 0
    found = carried_out(f"{sys.executable} example.py", folder, endpoint)
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip()
