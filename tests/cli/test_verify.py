from __future__ import annotations

import json
import os
import stat
from types import SimpleNamespace

import pytest

from alma_safe.errors import BackendUnavailable, SessionError

pytestmark = pytest.mark.usefixtures("gate")


@pytest.mark.usefixtures("sandbox")
def test_accepted_exits_0(run, honest):
    code, out, err = run("verify", honest)
    assert (code, err) == (0, "")
    assert out.startswith(f"accepted  {honest}")


@pytest.mark.usefixtures("sandbox")
def test_rejected_exits_1(run, honest, refused):
    code, out, _ = run("verify", honest, refused)
    assert code == 1
    assert "error[S101]" in out
    assert out.endswith("2 designs: 1 accepted, 1 rejected\n")


@pytest.mark.usefixtures("no_sandbox")
def test_static_and_types_need_no_sandbox(run, honest, gate):
    code, out, _ = run("verify", "--stages", "static,types", honest)
    assert code == 0
    assert out.startswith("partial")
    assert gate.made[0]["backend"] is None


@pytest.mark.usefixtures("no_sandbox")
def test_no_sandbox_exits_3_with_the_doctors_advice(run, honest):
    code, out, err = run("verify", honest)
    assert (code, out) == (3, "")
    assert err.splitlines() == [
        "error: no sandbox can be used",
        "hint: run `alma-safe setup`",
        "hint: sysctl -w user.max_user_namespaces=9",
        "hint: `alma-safe doctor` says what this host can enforce",
        "hint: `--stages static,types` needs no sandbox",
    ]


@pytest.mark.usefixtures("no_sandbox")
def test_sandbox_that_fails_in_the_gate_gets_the_same_advice(run, honest, gate, monkeypatch):
    import alma_safe.sandbox.select

    monkeypatch.setattr(
        alma_safe.sandbox.select, "backend", lambda name: SimpleNamespace(name="nsjail")
    )
    gate.failure = BackendUnavailable("cannot create namespaces")
    code, _, err = run("verify", honest)
    assert code == 3
    assert "hint: sysctl" in err


@pytest.mark.usefixtures("no_sandbox")
def test_guest_stage_that_could_not_judge_gets_the_report_and_the_advice(
    run, honest, gate, monkeypatch
):
    import alma_safe.sandbox.select

    monkeypatch.setattr(
        alma_safe.sandbox.select, "backend", lambda name: SimpleNamespace(name="nsjail")
    )
    gate.broken = "properties"
    code, out, err = run("verify", "--format", "json", honest)
    assert code == 3
    assert json.loads(out)["verdict"] == "error"
    assert "hint: sysctl" in err


def test_sandbox_is_chosen_by_name(run, honest, sandbox):
    run("verify", "--sandbox", "nsjail", honest)
    run("verify", honest)
    assert sandbox == ["nsjail", "auto"]


@pytest.mark.usefixtures("sandbox")
def test_options_reach_the_gate(run, honest, gate):
    run("verify", "--all-stages", "--domain", "textworld", "--seed", "7", honest)
    [made] = gate.made
    assert (made["all_stages"], made["domain"], made["seed"]) == (True, "textworld", 7)


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("jobs", [1, 3, 64])
def test_reports_come_in_input_order(run, tmp_path, jobs):
    names = [tmp_path / f"{letter}.py" for letter in "cabed"]
    for name in names:
        name.write_text(f"# {name}\n")
    _, out, _ = run("verify", "--format", "json", "--jobs", jobs, *names)
    assert [design["path"] for design in json.loads(out)["designs"]] == [str(n) for n in names]


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("form", ["json", "sarif", "junit"])
def test_formats_for_machines_are_all_of_stdout(run, refused, form):
    code, out, err = run("verify", "--format", form, refused)
    assert (code, err) == (1, "")
    if form == "junit":
        assert out.startswith("<?xml")
    else:
        json.loads(out)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "names no stage"),
        (" ", "names no stage"),
        ("static,", "no stage named (empty)"),
        ("static,static", "names static twice"),
        ("lint", "no stage named lint"),
        ("static,Types", "no stage named Types"),
    ],
)
def test_bad_stages_exit_2(run, honest, value, message):
    code, out, err = run("verify", "--stages", value, honest)
    assert (code, out) == (2, "")
    assert message in err
    assert "hint: stages: static, types, properties, execution" in err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--format", "pdf"],
        ["--sandbox", "none"],
        ["--seed", "-1"],
        ["--seed", "1e3"],
        ["--seed", "9" * 5000],
        ["--jobs", "0"],
        ["--jobs", "65"],
        ["--form", "json"],
        ["--nonsense"],
    ],
)
def test_bad_options_exit_2(run, honest, arguments):
    paths = [honest] if arguments else []
    code, out, err = run("verify", *arguments, *paths)
    assert (code, out) == (2, "")
    assert "error:" in err


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--jobs", "-1", "expected 1 to 64, found -1"),
        ("--seed", "-1", f"expected 0 to {2**53 - 1}, found -1"),
        ("--seed", "9" * 23, f"expected 0 to {2**53 - 1}, found {'9' * 23}"),
        ("--seed", "9" * 5000, f"expected 0 to {2**53 - 1}, found 999"),
        ("--jobs", "two", "expected a whole number, found two"),
        ("--jobs", "--1", "argument --jobs"),
    ],
)
def test_a_number_out_of_its_range_is_told_with_the_range(run, honest, option, value, told):
    code, _, err = run("verify", option, value, honest)
    assert code == 2
    assert told in err


def test_missing_path_exits_2_with_path(run, tmp_path):
    code, _, err = run("verify", tmp_path / "missing.py")
    assert code == 2
    assert str(tmp_path / "missing.py") in err


def test_empty_folder_exits_2(run, tmp_path):
    (tmp_path / "empty").mkdir()
    code, _, err = run("verify", tmp_path / "empty")
    assert code == 2
    assert "holds no *.py file" in err


def test_unknown_policy_exits_2(run, honest):
    code, _, err = run("verify", "--policy", "lax", honest)
    assert code == 2
    assert "no policy named lax" in err


def test_control_characters_of_a_path_are_not_sent(run, tmp_path):
    _, _, err = run("verify", tmp_path / "\x1b[31mred.py")
    assert "\x1b" not in err
    assert r"\x1b[31mred.py" in err


def test_fault_of_ours_exits_3_and_hides_the_traceback(run, honest, gate, monkeypatch):
    monkeypatch.delenv("ALMA_SAFE_DEBUG", raising=False)
    gate.failure = RuntimeError("boom \x1b[2J")
    code, out, err = run("verify", "--stages", "static", honest)
    assert (code, out) == (3, "")
    assert err.splitlines()[0] == r"error: internal fault: RuntimeError: boom \x1b[2J"
    assert "Traceback" not in err


def test_debug_shows_the_traceback(run, honest, gate, monkeypatch):
    monkeypatch.setenv("ALMA_SAFE_DEBUG", "1")
    gate.failure = RuntimeError("boom")
    _, _, err = run("verify", "--stages", "static", honest)
    assert "Traceback" in err


def test_interrupt_exits_130(run, honest, gate):
    gate.failure = KeyboardInterrupt()
    code, _, err = run("verify", "--stages", "static", honest)
    assert (code, err) == (130, "interrupted\n")


class TestOutput:
    @pytest.fixture
    def verify(self, run, refused):
        def call(output, *more):
            arguments = ["--stages", "static", "--format", "json", "--output", output, *more]
            return run("verify", *arguments, refused)

        return call

    def test_file_is_written_and_verdict_told(self, verify, tmp_path):
        target = tmp_path / "report.json"
        code, out, err = verify(target)
        assert (code, out) == (1, "")
        assert err == f"1 design: 1 rejected; report in {target}\n"
        assert json.loads(target.read_text())["verdict"] == "rejected"

    def test_existing_file_is_replaced_in_one_step(self, verify, tmp_path):
        target = tmp_path / "report.json"
        target.write_text("old")
        inode = target.stat().st_ino
        verify(target)
        assert target.stat().st_ino != inode
        assert sorted(os.listdir(tmp_path)) == ["refused.py", "report.json"]

    def test_mode_follows_the_umask(self, verify, tmp_path):
        before = os.umask(0o027)
        try:
            verify(tmp_path / "report.json")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "report.json").stat().st_mode) == 0o640

    def test_link_stays_a_link(self, verify, tmp_path):
        (tmp_path / "link").symlink_to(tmp_path / "real.json")
        verify(tmp_path / "link")
        assert (tmp_path / "link").is_symlink()
        assert json.loads((tmp_path / "real.json").read_text())

    @pytest.mark.parametrize("target", ["../elsewhere.json", "/tmp/elsewhere.json", ".."])
    def test_link_out_of_its_folder_is_refused(self, verify, tmp_path, gate, target):
        # A checkout may hold one, with the name that a report is to have.
        (tmp_path / "link").symlink_to(target)
        code, _, err = verify(tmp_path / "link")
        assert code == 2
        assert "link" in err or "folder" in err
        assert gate.made == []
        assert not os.path.exists("/tmp/elsewhere.json")

    def test_name_of_maximal_length(self, verify, tmp_path):
        assert verify(tmp_path / ("r" * 255))[0] == 1
        assert verify(tmp_path / ("r" * 256))[0] == 2

    def test_folder_is_refused(self, verify, tmp_path, gate):
        code, _, err = verify(tmp_path)
        assert code == 2
        assert "it is a folder" in err
        assert gate.made == []

    @pytest.mark.parametrize("name", ["", "missing/report.json", "refused.py/report.json", "a\0b"])
    def test_impossible_path_is_refused_before_work(self, verify, tmp_path, gate, name):
        code, _, err = verify(f"{tmp_path}/{name}" if name else "")
        assert code == 2
        assert "cannot write" in err
        assert gate.made == []

    def test_device_is_refused_and_left_alone(self, verify):
        assert verify(os.devnull)[0] == 2
        assert stat.S_ISCHR(os.stat(os.devnull).st_mode)

    def test_design_is_not_overwritten(self, verify, refused):
        code, _, err = verify(refused)
        assert code == 2
        assert "would overwrite a design" in err
        assert refused.read_text() == "import os\n"

    def test_no_half_written_file_when_rendering_fails(self, verify, tmp_path, monkeypatch):
        import alma_safe.cli.output

        def fail(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(alma_safe.cli.output.os, "replace", fail)
        target = tmp_path / "report.json"
        code, _, err = verify(target)
        assert code == 3
        assert "hint: make room" in err
        assert "No space left" in err
        assert os.listdir(tmp_path) == ["refused.py"]


def test_fresh_seeds_are_drawn_anew(run, honest, gate, sandbox):
    run("verify", "--fresh-seeds", "--stages", "static", honest)
    run("verify", "--fresh-seeds", "--stages", "static", honest)
    one, two = (made["seed"] for made in gate.made)
    assert one != two


def test_a_seed_and_fresh_ones_exclude_each_other(run, honest):
    code, _, err = run("verify", "--fresh-seeds", "--seed", "3", honest)
    assert code == 2
    assert "exclude each other" in err


@pytest.fixture
def reused(monkeypatch, tmp_path):
    monkeypatch.setenv("ALMA_SAFE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ALMA_SAFE_FRESH")


class Wall:
    """A backend that is asked who it is and nothing else."""

    name = "docker"
    runtime = "runc"

    def identity(self):
        if self.runtime == "broken":
            raise SessionError("the engine failed")
        return {"backend": self.name, "runtime": self.runtime}


def test_a_verdict_of_one_runtime_is_not_believed_under_another(
    run, gate, monkeypatch, honest, reused
):
    import alma_safe.sandbox.select

    monkeypatch.setattr(alma_safe.sandbox.select, "backend", lambda name: Wall())
    arguments = ("verify", honest, "--sandbox", "docker", "--format", "json")

    def was_reused():
        code, out, _ = run(*arguments)
        assert code == 0
        return json.loads(out)["designs"][0]["reused"]

    assert [was_reused(), was_reused()] == [False, True]
    monkeypatch.setattr(Wall, "runtime", "runsc")
    assert [was_reused(), was_reused()] == [False, True]
    # An engine that does not say what it is: nothing is reused, and nothing kept.
    monkeypatch.setattr(Wall, "runtime", "broken")
    assert [was_reused(), was_reused()] == [False, False]


def test_what_was_judged_is_not_judged_again(run, gate, sandbox, honest, refused, reused):
    judged = []
    whole = gate.verify

    async def verify(self, design):
        judged.append(design.path)
        return await whole(self, design)

    gate.verify = verify
    first = run("verify", honest, refused, "--format", "json")
    second = run("verify", refused, honest, "--format", "json")
    assert judged == [str(honest), str(refused)]
    assert (first[0], second[0]) == (1, 1)
    told = json.loads(second[1])["designs"]
    assert [each["path"] for each in told] == [str(refused), str(honest)]
    assert [each["verdict"] for each in told] == ["rejected", "accepted"]
    assert all(each["reused"] for each in told)
    assert "judged before" in run("verify", honest)[1]
    assert len(judged) == 2
    run("verify", honest, "--fresh")
    assert len(judged) == 3
    run("verify", honest, "--fresh-seeds")
    assert len(judged) == 4


def test_a_changed_design_among_known_ones_is_judged_in_its_place(
    run, gate, sandbox, honest, refused, reused
):
    run("verify", honest, refused)
    refused.write_text("class Memory: ...\n\n")
    code, out, _ = run("verify", refused, honest, "--format", "json")
    assert code == 0
    assert [each["reused"] for each in json.loads(out)["designs"]] == [False, True]
