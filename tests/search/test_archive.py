from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.search.archive import Archive, Reader, looked_at, schema
from alma_safe.search.archive.export import exported
from alma_safe.search.archive.schema import FILE, VERSION
from alma_safe.search.records import Call, Purpose, State
from tests.search.makers import candidate, judgement, measured, proposal, settings


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.create(tmp_path / "run", settings(seeds=(("a.py", "sha256:1"),)))


def test_what_was_asked_for_is_read_again_as_it_was(archive: Archive, tmp_path: Path) -> None:
    archive.close()
    with Archive.open(tmp_path / "run") as again:
        assert again.settings == settings(seeds=(("a.py", "sha256:1"),))


def test_records_are_read_as_they_were_written(archive: Archive) -> None:
    call = Call(role="propose", model="m", input_tokens=10, output_tokens=5, usd=0.5)
    archive.put_collection([{"task": {"id": "a", "kind": "b"}, "steps": []}])
    archive.begin_step(1, ["0.0", ""])
    archive.put_reflection(1, 0, {"reflection": {"why": "ü"}, "note": ""}, [call])
    archive.put_proposal(proposal(1, 0, detail={"mutations": [{"op": "tune"}]}), [call, call])
    archive.put_judgement(judgement(1, 0, 0, "S101", "S102"))
    archive.put_evaluation(measured("sha256:1", {"t": 1.0, "u": 0.0}, costs={"usd": 0.25}))
    archive.end_step([candidate("1.0", descriptors={"lines": 3}, note="n")])

    assert archive.collection() == [{"task": {"id": "a", "kind": "b"}, "steps": []}]
    assert archive.steps() == {1: ("0.0", "")}
    assert archive.reflection(1, 0) == {"reflection": {"why": "ü"}, "note": ""}
    assert archive.proposals(1)[0].detail == {"mutations": [{"op": "tune"}]}
    found = archive.judgements(1)[0]
    assert (found.verdict, found.rules, found.stage) == ("rejected", ("S101", "S102"), "types")
    assert [each[3] for each in archive.findings()] == ["S101", "S102"]
    again = archive.evaluation("sha256:1", Purpose.SEARCH)
    assert again is not None
    assert again.tasks == {"t": 1.0, "u": 0.0}
    assert again.score == 0.5
    assert archive.evaluation("sha256:1", Purpose.VALIDATION) is None
    assert archive.candidates() == [candidate("1.0", descriptors={"lines": 3}, note="n")]
    spent = archive.spent()
    assert spent["meta_tokens"] == 45
    assert spent["usd"] == pytest.approx(1.75)
    assert spent["evaluations"] == 1
    assert [kind for _, _, kind, *_ in archive.events()][-1] == "ended"


def test_no_memory_is_no_evaluated_design(archive: Archive) -> None:
    archive.put_evaluation(measured("", {"t": 1.0}))
    archive.put_evaluation(measured("sha256:1", {"t": 1.0}, purpose=Purpose.CONFIRMATION))
    assert archive.spent()["evaluations"] == 0


def test_events_are_only_ever_added(archive: Archive) -> None:
    archive.event("began", steps=3)
    first = archive.events()
    archive.begin_step(0, [""])
    assert archive.events()[: len(first)] == first
    assert archive.events(after=first[-1][0])[0][2] == "step"


def test_sources_are_kept_by_their_bytes(archive: Archive) -> None:
    digest = archive.put_source(b"x = 1\n")
    assert archive.put_source(b"x = 1\n") == digest
    assert archive.source(digest) == b"x = 1\n"
    assert [path.name for path in (archive.folder / "designs").iterdir()] == [f"{digest[7:]}.py"]


def test_a_source_that_was_changed_is_not_read(archive: Archive) -> None:
    digest = archive.put_source(b"x = 1\n")
    (archive.folder / "designs" / f"{digest[7:]}.py").write_bytes(b"x = 2\n")
    with pytest.raises(UsageError, match="was changed"):
        archive.source(digest)


def test_the_first_judgement_of_the_same_form_is_found_in_earlier_steps_alone(
    archive: Archive,
) -> None:
    for step in (1, 2):
        archive.put_proposal(proposal(step, 0, fingerprint="tree:a"), [])
        archive.put_judgement(judgement(step, 0, 0, "S101" if step == 1 else "S102"))
    found = archive.judged("tree:a", 3)
    assert found is not None
    assert found.rules == ("S101",)
    assert archive.judged("tree:a", 1) is None
    assert archive.judged("tree:b", 3) is None


def test_a_fault_of_ours_is_no_judgement_that_is_used_again(archive: Archive) -> None:
    archive.put_proposal(proposal(1, 0, fingerprint="tree:a"), [])
    archive.put_judgement(judgement(1, 0, verdict="error"))
    assert archive.judged("tree:a", 2) is None


def test_one_process_writes_at_a_time_and_others_read(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="another process"):
        Archive.open(tmp_path / "run")
    with Reader.read(tmp_path / "run") as reader:
        assert reader.settings.domain == "doors"
    archive.close()
    Archive.open(tmp_path / "run").close()


def test_a_killed_process_lets_go_of_a_run(archive: Archive, tmp_path: Path) -> None:
    archive.close()
    program = (
        "import sys, time; from pathlib import Path; from alma_safe.search.archive import Archive;"
        "held = Archive.open(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "run")], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(UsageError):
        Archive.open(tmp_path / "run")
    process.kill()
    process.wait()
    process.stdout.close()
    Archive.open(tmp_path / "run").close()


def test_a_folder_with_a_run_is_not_begun_anew(archive: Archive, tmp_path: Path) -> None:
    archive.close()
    with pytest.raises(UsageError, match="holds a run already"):
        Archive.create(tmp_path / "run", settings())


@pytest.mark.parametrize("content", [b"", b"not a database at all, whatever its name says" * 40])
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(UsageError):
        Reader.read(tmp_path)


def test_a_run_of_a_later_version_is_refused_and_not_touched(
    archive: Archive, tmp_path: Path
) -> None:
    archive.close()
    path = tmp_path / "run" / FILE
    base = sqlite3.connect(path)
    base.execute(f"PRAGMA user_version={VERSION + 1}")
    base.close()
    before = path.read_bytes()
    for opening in (Archive.open, Reader.read):
        with pytest.raises(UsageError, match="another version"):
            opening(tmp_path / "run")
    assert path.read_bytes() == before


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no run"):
        Reader.read(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write the run folder"):
        Archive.create(tmp_path / "file", settings())


def test_a_disk_that_fails_is_a_fault_of_ours_and_nothing_is_half_written(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.begin_step(0, [""])
    archive._base.execute("PRAGMA query_only=1")
    with pytest.raises(InfrastructureError, match="cannot write the archive"):
        archive.put_proposal(proposal(0, 0), [])
    archive._base.execute("PRAGMA query_only=0")
    assert archive.proposals() == []

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InfrastructureError, match="No space left"):
        archive.put_source(b"y = 1\n")
    assert list((archive.folder / "designs").iterdir()) == []


def test_half_a_transaction_is_none(archive: Archive) -> None:
    twice = candidate("1.0")
    with pytest.raises(sqlite3.IntegrityError):
        archive.end_step([twice, twice])
    assert archive.candidates() == []
    archive.end_step([twice])
    assert len(archive.candidates()) == 1


def test_ten_thousand_candidates_are_read_at_once(archive: Archive) -> None:
    """What takes how long is measured by `bench`; here it is that nothing is quadratic."""
    found = [
        candidate(
            f"{n // 5}.{n % 5}", State.EVALUATED, descriptors={"lines": n}, fingerprint=str(n)
        )
        for n in range(10_000)
    ]
    archive.end_step(found)
    began = time.process_time()
    assert len(archive.candidates()) == 10_000
    assert time.process_time() - began < 5


def test_settings_that_cannot_be_read_are_named(archive: Archive) -> None:
    archive._base.execute("UPDATE facts SET body=?", (json.dumps({"colour": "red"}),))
    with pytest.raises(UsageError, match="settings cannot be read"):
        _ = archive.settings


HOT = """
import os, sqlite3, sys
base = sqlite3.connect(sys.argv[1], isolation_level=None)
for line in ("journal_mode=DELETE", "cache_size=1", "cache_spill=1"):
    base.execute(f"PRAGMA {line}")
base.execute("BEGIN IMMEDIATE")
base.execute("CREATE TABLE more(body)")
for _ in range(300):
    base.execute("INSERT INTO more VALUES(randomblob(3000))")
os._exit(0)
"""


@pytest.mark.parametrize("how", [Reader.read, Archive.open])
def test_a_journal_that_came_with_a_run_is_not_played_back(
    archive: Archive, tmp_path: Path, how: Callable[[Path], Reader]
) -> None:
    """SQLite deletes the file that a journal names as its master, wherever it lies."""
    folder, precious = archive.folder, tmp_path / "precious"
    archive.close()
    precious.write_text("mine\n")
    name = str(precious).encode()
    base, journal = folder / "archive.sqlite", folder / "archive.sqlite-journal"
    subprocess.run([sys.executable, "-c", HOT, str(base)], check=True)
    with journal.open("ab") as stream:
        stream.write(struct.pack(">I", 2**30 // 4096 + 1) + name)
        stream.write(struct.pack(">II", len(name), sum(name)))
        stream.write(bytes.fromhex("d9d505f920a163d7"))
    with pytest.raises(UsageError, match="journal"):
        how(folder).close()
    assert precious.read_text() == "mine\n"
    assert journal.exists()


def test_a_source_that_is_no_file_is_refused(archive: Archive) -> None:
    digest = archive.put_source(b"x = 1\n")
    path = archive.folder / "designs" / f"{digest.removeprefix('sha256:')}.py"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(UsageError, match="not a regular file"):
        archive.source(digest)


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
ROWS = "SELECT i AS step, i AS slot, '' AS parent, 'evaluated' AS state, '' AS note FROM n"

SPOILT = {
    "a view that never ends": f"DROP TABLE facts; CREATE VIEW facts AS {ENDLESS} "
    "SELECT 'settings' AS key, i AS body FROM n WHERE i < 0;",
    "candidates that never end": f"DROP TABLE candidates; CREATE VIEW candidates AS {ENDLESS} {ROWS};",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON events BEGIN "
    f"INSERT INTO facts {ENDLESS} SELECT i, i FROM n; END;",
    "a view besides": f"CREATE VIEW more AS {ENDLESS} SELECT i FROM n;",
    "a table besides": "CREATE TABLE more(body);",
    "a virtual table": "DROP TABLE events; CREATE VIRTUAL TABLE events USING fts5(at, kind, body);",
    "a computed column": "DROP TABLE facts; CREATE TABLE facts(key TEXT PRIMARY KEY, "
    "body TEXT AS (hex(zeroblob(100000000))));",
    "an index that computes": "CREATE INDEX more ON facts(hex(zeroblob(length(body))));",
    "no candidates": "DROP TABLE candidates;",
    "a table in the pages of another": "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET rootpage="
    "(SELECT rootpage FROM sqlite_schema WHERE name='facts') WHERE name='candidates';",
    "bytes for a text": "UPDATE facts SET body = x'00ff';",
    "text for a number": "INSERT INTO steps VALUES(1, '[]', ''); INSERT INTO evaluations "
    "VALUES('', 'search', '{}', 'long', '');",
}  # fmt: skip


def put_together(folder: Path, script: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "archive.sqlite")) as base:
        base.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, False)
        base.executescript(script)
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.parametrize("how", [Reader.read, Archive.open])
@pytest.mark.parametrize("script", SPOILT.values(), ids=SPOILT)
def test_an_archive_that_somebody_put_together_is_refused_before_it_is_asked(
    archive: Archive, script: str, how: Callable[[Path], Reader]
) -> None:
    archive.close()
    put_together(archive.folder, script)
    with pytest.raises(UsageError, match="cannot be read") as caught:
        how(archive.folder).close()
    assert "somebody else" in caught.value.hint


@pytest.mark.parametrize("command", [("archive", "export"), ("archive", "list"), ("report",)])
@pytest.mark.parametrize("name", ["a view that never ends", "candidates that never end"])
def test_looking_at_a_hostile_run_ends_as_bad_input(
    archive: Archive, command: tuple[str, ...], name: str
) -> None:
    archive.close()
    put_together(archive.folder, SPOILT[name])
    ended = subprocess.run(
        [sys.executable, "-m", "alma_safe", *command, str(archive.folder)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: ")
    assert "hint: " in ended.stderr


def test_an_answer_that_does_not_come_in_time_is_given_up(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_QUERY_S", 0.2)
    with pytest.raises(UsageError, match="interrupted"):
        archive._all(f"{ENDLESS} SELECT max(i) FROM n")
    assert archive.settings


@pytest.mark.parametrize("name", ["archive.sqlite-wal", "archive.sqlite-shm"])
@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_a_log_that_is_no_file_is_not_opened(
    archive: Archive, tmp_path: Path, name: str, kind: str
) -> None:
    """SQLite writes to both, and cuts them: a link would lead it to a file of the user."""
    archive.close()
    precious = tmp_path / "precious"
    precious.write_text("mine\n")
    beside = archive.folder / name
    if kind == "pipe":
        os.mkfifo(beside)
    else:
        beside.symlink_to(precious)
    with pytest.raises(UsageError, match="not a regular file"):
        Reader.read(archive.folder).close()
    assert precious.read_text() == "mine\n"


@pytest.mark.parametrize(
    "script",
    [
        "UPDATE facts SET body = '[]' WHERE key = 'settings'",
        "UPDATE facts SET body = '{' WHERE key = 'settings'",
        f"UPDATE facts SET body = '{'[' * 50_000}' WHERE key = 'settings'",
        "INSERT INTO facts VALUES('collected', '1'); INSERT INTO collection VALUES(1, '{')",
        "INSERT INTO steps VALUES(1, '7', '')",
        "INSERT INTO candidates VALUES(1, 1, '', 'odd', 1, '', '', 1, 1, 1, '', '[]', '', '')",
    ],
)
def test_what_makes_no_sense_in_a_run_is_bad_input(archive: Archive, script: str) -> None:
    archive.close()
    put_together(archive.folder, script)
    with pytest.raises(UsageError, match="cannot be read"), looked_at(archive.folder) as found:
        exported(found)


def test_a_reader_writes_nothing(archive: Archive) -> None:
    with Reader.read(archive.folder) as found, pytest.raises(UsageError, match="readonly"):
        found._all("DELETE FROM facts")
    assert archive.settings
