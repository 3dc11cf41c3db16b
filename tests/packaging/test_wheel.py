"""The built wheel, installed into a fresh environment, works from any folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.slow,
    # One worker builds and installs for all of these.
    pytest.mark.xdist_group("wheel"),
]

RESOURCES = {
    "policies": ROOT / "policies",
    "designs": ROOT / "designs",
    "envs": ROOT / "envs",
    "rules": ROOT / "tests" / "assets" / "rules",
}

# Everything that would lead the installed package back to this checkout.
ENVIRONMENT = {
    key: value
    for key, value in os.environ.items()
    if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")
}


def run(*command: object, cwd: Path, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
        **options,
    )


def must(*command: object, cwd: Path) -> str:
    ended = run(*command, cwd=cwd)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".ruff_cache", ".mypy_cache"} & set(path.parts)
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict[str, Path]:
    """Wheel and source distribution, made by the build backend itself."""
    target = tmp_path_factory.mktemp("dist")
    must(sys.executable, "-m", "hatchling", "build", "-d", target, cwd=ROOT)
    [wheel] = target.glob("*.whl")
    [sdist] = target.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


def find_uv() -> str | None:
    local = ROOT / ".tools" / "bin" / "uv"
    return str(local) if local.exists() else shutil.which("uv")


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory) -> Path:
    """The bin folder of a fresh environment that holds the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("fresh")
    environment = folder / "env"
    python = environment / "bin" / "python"
    if uv := find_uv():
        must(uv, "venv", "--quiet", "--python", sys.executable, environment, cwd=folder)
        must(uv, "pip", "install", "--quiet", "--python", python, built["wheel"], cwd=folder)
    else:
        must(sys.executable, "-m", "venv", environment, cwd=folder)
        must(python, "-m", "pip", "install", "--quiet", built["wheel"], cwd=folder)
    return environment / "bin"


@pytest.fixture(scope="module")
def resources(installed, tmp_path_factory) -> dict[str, Path]:
    """Where the installed package says that its folders are."""
    code = (
        "import json, sys\n"
        "from alma_safe.resources import resource_dir\n"
        "json.dump({name: str(resource_dir(name)) for name in sys.argv[1:]}, sys.stdout)\n"
    )
    where = tmp_path_factory.mktemp("elsewhere")
    out = must(installed / "python", "-c", code, *RESOURCES, cwd=where)
    return {name: Path(path) for name, path in json.loads(out).items()}


def test_wheel_holds_every_resource(built):
    names = set(zipfile.ZipFile(built["wheel"]).namelist())
    for name, folder in RESOURCES.items():
        files = files_below(folder)
        assert files
        assert {f"alma_safe/_resources/{name}/{file}" for file in files} <= names


def test_wheel_holds_the_whole_package_and_nothing_else(built):
    names = set(zipfile.ZipFile(built["wheel"]).namelist())
    package = {f"alma_safe/{file}" for file in files_below(ROOT / "alma_safe")}
    assert package <= names
    assert "alma_safe/py.typed" in package
    assert "alma_safe/formats/report.schema.json" in package
    others = {name for name in names - package if not name.startswith("alma_safe/_resources/")}
    assert {name.split("/")[0].rpartition(".")[2] for name in others} == {"dist-info"}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="an unpacked sdist knows no git")
def test_sdist_holds_what_git_tracks_and_nothing_else(built):
    """So every target of the Makefile finds its files in an unpacked sdist as well."""
    tracked = set(must("git", "ls-files", "-z", cwd=ROOT).split("\0")) - {""}
    with tarfile.open(built["sdist"]) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert held - {"PKG-INFO"} == {name for name in tracked if (ROOT / name).is_file()}


def test_sdist_builds_the_same_wheel(built, tmp_path):
    with tarfile.open(built["sdist"]) as archive:
        archive.extractall(tmp_path, filter="data")
    [source] = tmp_path.iterdir()
    for file in ("LICENSE", "README.md", "pyproject.toml", "Makefile", "uv.lock"):
        assert (source / file).is_file()
    must(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=source)
    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names == set(zipfile.ZipFile(built["wheel"]).namelist())


def test_installed_package_brings_its_folders(resources, installed):
    for name, folder in RESOURCES.items():
        assert resources[name].is_relative_to(installed.parent)
        assert files_below(resources[name]) == files_below(folder)


def test_first_stages_run_from_another_folder(installed, resources, tmp_path):
    design = resources["designs"] / "no_memory.py"
    ended = run(
        *(installed / "alma-safe", "verify", "--stages", "static,types"),
        *("--format", "json", design),
        cwd=tmp_path,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    report = json.loads(ended.stdout)
    assert report["verdict"] == "partial"
    stages = {stage["name"]: stage["status"] for stage in report["designs"][0]["stages"]}
    assert (stages["static"], stages["types"]) == ("passed", "passed")


def test_refused_sample_is_refused_from_another_folder(installed, resources, tmp_path):
    sample = min(resources["rules"].glob("S*/refused.py"))
    ended = run(installed / "alma-safe", "verify", "--stages", "static", sample, cwd=tmp_path)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert f"error[{sample.parent.name}]" in ended.stdout


def test_explain_shows_samples_of_the_wheel(installed, resources, tmp_path):
    rule = min(path.name for path in resources["rules"].iterdir() if path.is_dir())
    out = must(installed / "alma-safe", "explain", rule, cwd=tmp_path)
    assert "refused:\n" in out
    assert "accepted:\n" in out


def test_whole_gate_runs_from_another_folder(installed, resources, tmp_path):
    must(installed / "alma-safe", "setup", cwd=tmp_path)
    design = resources["designs"] / "no_memory.py"
    out = must(installed / "alma-safe", "verify", "--format", "json", design, cwd=tmp_path)
    report = json.loads(out)
    assert report["verdict"] == "accepted"
    assert all(stage["status"] == "passed" for stage in report["designs"][0]["stages"])


def test_domain_of_the_wheel_is_played_from_another_folder(installed, resources, tmp_path):
    told = run(
        *(
            installed / "alma-safe",
            "evaluate",
            resources["designs"] / "no_memory.py",
            "--domain",
            "babaisai",
        ),
        *("--tasks", "2", "--train-size", "2", "--format", "json"),
        cwd=tmp_path,
    )
    assert told.returncode == 0, told.stderr
    [result] = json.loads(told.stdout)["results"]
    assert result["difference_to_no_memory"]["mean"] == 0.0


def test_domain_whose_packages_are_missing_names_the_extra(installed, resources, tmp_path):
    told = run(
        *(
            installed / "alma-safe",
            "evaluate",
            resources["designs"] / "no_memory.py",
            "--domain",
            "textworld",
        ),
        cwd=tmp_path,
    )
    assert told.returncode == 2
    assert "pip install 'alma-safe[textworld]'" in told.stderr
