from __future__ import annotations

import importlib.metadata
import os
import shutil
import stat
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import pytest

from alma_safe.errors import BackendUnavailable
from alma_safe.sandbox import rootfs
from tests.sandbox.jail import ROOT

BASE = rootfs.stage(False)


def everything(root: Path) -> list[Path]:
    return [Path(folder) / name for folder, *names in os.walk(root) for name in chain(*names)]


def test_nothing_but_the_listed_distributions_is_importable():
    names = {path.name for path in (BASE.path / "site").iterdir()} - {"__pycache__"}
    allowed: set[str] = set()
    for name in rootfs.BASE_LIBRARIES:
        files = importlib.metadata.distribution(name).files or ()
        allowed |= {file.parts[0] for file in files}
    assert names <= allowed
    assert {"numpy", "networkx", "scipy"} <= names
    assert not list((BASE.path / "py").rglob("site-packages"))


def test_the_root_holds_no_program_but_the_interpreter():
    programs = [
        path.relative_to(BASE.path)
        for path in everything(BASE.path)
        if path.is_file() and path.parent.name in ("bin", "sbin", "Scripts")
    ]
    assert [str(path) for path in programs] == [rootfs.PYTHON.lstrip("/")]
    for name in ("sh", "bash", "busybox", "perl", "gcc", "su", "sudo", "mount"):
        assert not list(BASE.path.rglob(name))


def test_there_is_no_proc_no_etc_and_no_home():
    assert {path.name for path in BASE.path.iterdir()} <= {
        "tmp", "dev", "lib", "lib64", "site", "guest", "py",
    }  # fmt: skip
    assert {path.name for path in (BASE.path / "dev").iterdir()} == {"null", "urandom"}


@pytest.mark.parametrize("root", [BASE.path, BASE.guest], ids=["runtime", "guest"])
def test_files_are_plain_readable_by_all_and_special_to_nobody(root):
    for path in everything(root):
        mode = path.lstat().st_mode
        assert stat.S_ISREG(mode) or stat.S_ISDIR(mode), path
        assert not mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IWOTH | stat.S_IWGRP), path
        assert mode & stat.S_IROTH, path
        assert not stat.S_ISDIR(mode) or mode & stat.S_IXOTH, path


def test_the_guest_folder_holds_the_guest_and_nothing_more():
    source = Path(rootfs.__file__).parent / "guest"
    expected = {
        path.relative_to(source)
        for path in source.rglob("*.py")
        if not any(part.startswith(".") for part in path.relative_to(source).parts)
    }
    names = Path("names") / "alma_safe"
    expected |= {names / "__init__.py", names / "contract.py"}
    found = {
        path.relative_to(BASE.guest)
        for path in everything(BASE.guest)
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert found == expected


def test_the_contract_inside_is_the_one_outside():
    inside = BASE.guest / "names" / "alma_safe" / "contract.py"
    assert inside.read_bytes() == rootfs._CONTRACT.read_bytes()


def test_code_is_compiled_because_a_guest_cannot_keep_its_own():
    for path in (BASE.guest / "almaguest").glob("*.py"):
        assert list(path.parent.glob(f"__pycache__/{path.stem}.*.pyc"))


def test_staging_again_gives_the_same_folder_without_filling_it(monkeypatch):
    monkeypatch.setattr(rootfs, "_fill", lambda *_: pytest.fail("filled again"))
    rootfs.stage.cache_clear()
    assert rootfs.stage(False) == BASE


def test_the_runtime_with_chroma_is_a_folder_of_its_own():
    if not rootfs.chroma_installed():
        pytest.fail("the extra chroma is part of the test environment")
    staged = rootfs.stage(True)
    assert staged.path != BASE.path
    assert staged.guest == BASE.guest
    assert (staged.path / "site-chroma" / "langchain_chroma").is_dir()
    assert "/site-chroma" in staged.python_path()
    assert "standin" not in staged.python_path()
    assert "/guest/standin" in BASE.python_path()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ALMA_SAFE_CACHE", str(tmp_path))
    return tmp_path / "rootfs"


def test_a_folder_appears_whole_or_not_at_all(home):
    def half(root: Path) -> None:
        (root / "first").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rootfs._staged("kind", "0" * 24, half)
    assert list(home.iterdir()) == []


def test_a_folder_that_another_gate_staged_meanwhile_is_taken(home):
    digest = "1" * 24

    def overtaken(root: Path) -> None:
        (root / "mine").touch()
        other = home / f"kind-{digest}"
        other.mkdir()
        (other / "theirs").touch()

    final = rootfs._staged("kind", digest, overtaken)
    assert [path.name for path in final.iterdir()] == ["theirs"]
    assert [path.name for path in home.iterdir()] == [final.name]


def test_two_gates_can_stage_at_once(home):
    code = (
        "from alma_safe.sandbox import rootfs\n"
        "print(rootfs._staged('guest', rootfs._guest_digest(), rootfs._copy_guest))"
    )
    gates = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = {gate.communicate()[0].strip() for gate in gates}
    assert [gate.returncode for gate in gates] == [0, 0]
    assert said == {str(home / f"guest-{rootfs._guest_digest()[:24]}")}
    assert len(list(home.iterdir())) == 1


def test_what_nobody_used_for_long_is_removed_and_what_is_used_stays(home):
    home.mkdir()
    for name, days in (("kind-old", 30), ("kind-new", 1), ("other-old", 30)):
        (home / name).mkdir()
        os.utime(home / name, (time.time() - days * 86400,) * 2)
    rootfs._staged("kind", "2" * 24, lambda root: None)
    assert {path.name for path in home.iterdir()} == {"kind-new", "other-old", f"kind-{'2' * 24}"}


def test_another_guest_is_another_folder(tmp_path, monkeypatch):
    before = rootfs._guest_digest()
    copy = tmp_path / "sandbox" / "guest"
    shutil.copytree(rootfs._GUEST, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    monkeypatch.setattr(rootfs, "_GUEST", copy)
    monkeypatch.setattr(rootfs, "_CONTRACT", tmp_path / "contract.py")
    shutil.copy2(Path(rootfs.__file__).parent.parent / "contract.py", tmp_path)
    assert rootfs._guest_digest() == before
    (copy / "almaguest" / "clock.py").rename(copy / "names" / "clock.py")
    assert rootfs._guest_digest() != before


def test_a_missing_library_is_named_with_its_remedy():
    with pytest.raises(BackendUnavailable, match="no-such-library") as caught:
        rootfs._required("no-such-library")
    assert "pip install no-such-library" in caught.value.hint


MUSL = """\
/py/bin/python3:
\t/lib/ld-musl-x86_64.so.1 (0x7f0000000000)
\tlibpython3.12.so.1.0 => /usr/local/lib/libpython3.12.so.1.0 (0x7f0000000000)
\tlibc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f0000000000)
"""


def musl(command, **_):
    return subprocess.CompletedProcess(command, 0, MUSL, "")


def static(command, **_):
    return subprocess.CompletedProcess(command, 1, "\tnot a dynamic executable\n", "")


def without_ldd(command, **_):
    raise FileNotFoundError(2, "No such file or directory", "ldd")


@pytest.mark.parametrize(
    ("ldd", "told"),
    [(musl, "against musl"), (static, "dynamic loader"), (without_ldd, "ldd: No such file")],
)
def test_an_interpreter_that_no_guest_can_have_is_told_with_what_one_needs(
    tmp_path, monkeypatch, ldd, told
):
    monkeypatch.setattr(rootfs.subprocess, "run", ldd)
    with pytest.raises(BackendUnavailable, match=told) as caught:
        rootfs._copy_shared_libraries(tmp_path)
    assert "glibc" in caught.value.hint


@pytest.mark.skipif(not ROOT, reason="only root can look with other eyes")
def test_an_ordinary_user_can_read_it():
    listing = f"import os; print(len(os.listdir({str(BASE.guest)!r})))"
    python = BASE.path / rootfs.PYTHON.lstrip("/")
    run = subprocess.run(
        [python, "-S", "-c", listing],
        user=65534,
        group=65534,
        extra_groups=[],
        cwd="/",
        env={"LD_LIBRARY_PATH": str(BASE.path / "py" / "lib")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(run.stdout) >= 3


def test_modules_of_the_folder_that_we_are_run_from_are_not_run(tmp_path, monkeypatch):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "some.py").write_text("x = 1\n")
    monkeypatch.chdir(Path(__file__).resolve().parents[1] / "assets" / "checkout")
    monkeypatch.setenv("WAS_RUN", str(tmp_path / "was-run"))
    rootfs._compile(tmp_path / "code")
    assert not (tmp_path / "was-run").exists()
    assert list((tmp_path / "code" / "__pycache__").iterdir())
