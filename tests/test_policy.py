"""A policy is complete, well-typed and identified by its whole effective content."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import re
import shutil
import subprocess
import sys
import typing
from collections.abc import Callable
from pathlib import Path

import pytest

from alma_safe import policy as module
from alma_safe.design import Design
from alma_safe.errors import PolicyError
from alma_safe.policy import Policy, load_policy
from alma_safe.policy_bounds import HIGHEST, STATIC_RULES
from alma_safe.report import DesignReport, Verdict
from alma_safe.resources import resource_dir
from alma_safe.verifier.catalogue import rules
from alma_safe.verifier.pipeline import Gate

ROOT = Path(__file__).resolve().parents[1]
STRICT = (resource_dir("policies") / "strict.toml").read_text(encoding="utf-8")
HEAD = 'schema = "alma-safe/policy/v1"\nname = "mine"\nextends = "strict"\n'
LIMITS = ("source", "types", "properties", "execution", "sandbox", "broker")
KEYS = [
    (section, field.name)
    for section, cls in module._SECTIONS.items()
    for field in dataclasses.fields(cls)
]

type Load = Callable[[str], Policy]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a policy out of its text."""

    def loaded(text: str) -> Policy:
        # Policies are kept by path: each text gets a path of its own.
        path = tmp_path / f"policy{len(list(tmp_path.iterdir()))}.toml"
        path.write_text(text, encoding="utf-8")
        return load_policy(str(path))

    return loaded


def without(key: str) -> str:
    return re.sub(rf"^{key} = (\[[^]]*\]|.*)\n", "", STRICT, count=1, flags=re.MULTILINE)


# -- what is shipped -------------------------------------------------------------


@pytest.mark.parametrize("name", ["strict", "standard"])
def test_shipped_policy_loads(name: str) -> None:
    policy = load_policy(name)
    assert policy.name == name
    assert policy.ref.name == name
    assert policy.ref.digest == policy.digest
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", policy.digest)


def test_default_is_strict() -> None:
    assert load_policy() == load_policy("strict")


def test_standard_has_the_limits_of_strict() -> None:
    strict, standard = load_policy("strict"), load_policy("standard")
    assert strict.digest != standard.digest
    for section in LIMITS:
        assert getattr(standard, section) == getattr(strict, section)
    assert dataclasses.replace(standard.static, warn=()) == strict.static
    assert standard.import_table == strict.import_table
    assert standard.seccomp_text == strict.seccomp_text


def test_strict_demotes_nothing_and_standard_demotes_known_rules() -> None:
    assert load_policy("strict").static.warn == ()
    demoted = load_policy("standard").static.warn
    assert demoted
    assert {rules()[rule].stage for rule in demoted} == {"static"}


def test_values_are_frozen() -> None:
    policy = load_policy()
    with pytest.raises(dataclasses.FrozenInstanceError):
        policy.source.max_bytes = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        policy.import_table["os"] = ("system",)  # type: ignore[index]


@pytest.mark.parametrize(("section", "key"), KEYS, ids=[".".join(pair) for pair in KEYS])
def test_no_key_is_dead(section: str, key: str) -> None:
    pattern = re.compile(rf"\.{key}\b")
    users = [
        path
        for path in (ROOT / "alma_safe").rglob("*.py")
        if path.name != "policy.py" and pattern.search(path.read_text(encoding="utf-8"))
    ]
    # Those that name files are followed by the policy itself.
    files = {("static", "imports"), ("sandbox", "seccomp"), ("broker", "prices")}
    assert users or (section, key) in files


def test_every_key_of_the_file_has_a_type() -> None:
    for cls in module._SECTIONS.values():
        for hint in typing.get_type_hints(cls).values():
            assert hint in (int, float, str, tuple[str, ...], module.Names)


# -- what is refused -------------------------------------------------------------


@pytest.mark.parametrize(("section", "key"), KEYS, ids=[".".join(pair) for pair in KEYS])
def test_missing_key_is_refused(section: str, key: str, load: Load) -> None:
    before, _, rest = STRICT.partition(f"[{section}]")
    head = f"[{section}]"
    shortened = re.sub(rf"^{key} = (\[[^]]*\]|.*)\n", "", rest, count=1, flags=re.MULTILINE)
    assert shortened != rest
    with pytest.raises(PolicyError, match=rf"\[{section}\]: key {key} is missing"):
        load(before + head + shortened)


@pytest.mark.parametrize("section", list(module._SECTIONS))
def test_missing_table_is_refused(section: str, load: Load) -> None:
    text = re.sub(rf"^\[{section}\]$", f"[{section}x]", STRICT, flags=re.MULTILINE)
    with pytest.raises(PolicyError, match=rf"table \[{section}\] is missing"):
        load(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[source]\nmax_byte = 1", r"\[source\]: unknown key max_byte"),
        ("[static]\nallow = []", r"\[static\]: unknown key allow"),
        ("[sandbx]\nmemory_mb = 1", "unknown key sandbx"),
        ("strict = true", "unknown key strict"),
        ("source = 1", r"table \[source\] is missing"),
        ("[source]\nmax_bytes = '1'", "max_bytes: expected int, found str"),
        ("[source]\nmax_bytes = 1.5", "max_bytes: expected int, found float"),
        ("[source]\nmax_bytes = true", "max_bytes: expected int, found bool"),
        ("[source]\ntimeout_s = true", "timeout_s: expected float, found bool"),
        ("[source]\ntimeout_s = nan", "timeout_s must be"),
        ("[source]\ntimeout_s = inf", "timeout_s must be"),
        ("[static]\nwarn = 'S501'", "warn: expected a list of strings"),
        ("[static]\nwarn = [1]", "warn: expected a list of strings"),
        ("[static]\nwarn = {}", "warn: expected a list of strings"),
        ("[static]\nimports = 1", "imports: expected str, found int"),
        ("[source]\nmax_bytes = 0", "max_bytes must be above zero"),
        ("[sandbox]\nmemory_mb = -1", "memory_mb must be above zero"),
        ("[types]\ntimeout_s = -0.5", "timeout_s must be above zero"),
        ("[source]\nmax_bytes = 262145", "max_bytes is at most 262144"),
        ("[sandbox]\nchroma = 'maybe'", "chroma is one of"),
        ("[static]\nimports = 'no.toml'", r"\[static\] imports = no.toml: there is no such file"),
        ("[sandbox]\nseccomp = 'no.kafel'", r"\[sandbox\] seccomp = no.kafel: there is no such"),
        ("[broker]\nprices = 'a\\u0000b'", r"\[broker\] prices = a"),
        ("[static]\nwarn = ['S9999']", r"\[static\] warn: no rule S9999"),
        ("[static]\noff = ['S501', 'X']", r"\[static\] off: no rule X"),
        ("[static]\noff = ['']", r"\[static\] off: no rule \(empty\)"),
        ("[static]\noff = ['S012']", r"\[static\] off: no rule S012 that it can change"),
        ("[static]\nwarn = ['mypy.override']", r"\[static\] warn: no rule mypy.override"),
        ("[static]\nwarn = ['ruff.F82']", r"\[static\] warn: no rule ruff.F82"),
        ("[static]\nruff_block = ['F82', 'ZZZ']", r"\[static\] ruff_block: ruff has no rule ZZZ"),
        ("[static]\nruff_block = ['ALL']", r"\[static\] ruff_block: ruff has no rule ALL"),
        ("[static]\nruff_block = ['']", r"\[static\] ruff_block: ruff has no rule \(empty\)"),
        ("[static]\nruff_warn = ['RU']", r"\[static\] ruff_warn: ruff has no rule RU"),
        ("[static]\nruff_ignore = ['--fix']", r"\[static\] ruff_ignore: ruff has no rule --fix"),
        ("[types]\nblock = ['no-such-code']", r"\[types\] block: no code no-such-code"),
        ("[types]\nblock = ['overide']", r"\[types\] block: no code overide"),
    ],
)
def test_bad_content_is_refused(text: str, message: str, load: Load) -> None:
    with pytest.raises(PolicyError, match=message):
        load(HEAD + text)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("[static]\nwarn = ['S5O1']", "S501"),
        ("[static]\nwarn = ['ruff.F8211']", "ruff.F821"),
        ("[static]\nruff_block = ['F8211']", "F821"),
        ("[types]\nblock = ['overide']", "override"),
    ],
)
def test_a_typo_in_a_name_is_told_with_what_is_near(text: str, near: str, load: Load) -> None:
    with pytest.raises(PolicyError) as caught:
        load(HEAD + text)
    assert "did you mean" in caught.value.hint
    assert near in caught.value.hint


def test_names_that_exist_are_taken(load: Load) -> None:
    policy = load(
        HEAD
        + "[static]\nwarn = ['ruff.F811', 'ruff.syntax', 'S501']\nruff_block = ['F', 'UP006']\n"
        "ruff_warn = ['ALL']"
    )
    assert policy.static.ruff_block == ("F", "UP006")


def test_rules_that_a_policy_may_change_are_those_of_the_static_stage() -> None:
    static = {each.id for each in rules().values() if each.stage == "static"}
    assert {each for each in static if not each.startswith("S0")} == STATIC_RULES


NUMBERS = [(section, key) for section, keys in HIGHEST.items() for key in keys]


def test_every_number_has_a_bound() -> None:
    assert [
        (section, key)
        for section, cls in module._SECTIONS.items()
        for key, hint in typing.get_type_hints(cls).items()
        if hint in (int, float)
    ] == NUMBERS


@pytest.mark.parametrize(("section", "key"), NUMBERS, ids=[".".join(pair) for pair in NUMBERS])
def test_a_number_beyond_its_bound_is_refused(section: str, key: str, load: Load) -> None:
    highest = HIGHEST[section][key]
    assert getattr(getattr(load(f"{HEAD}[{section}]\n{key} = {highest}"), section), key) == highest
    for beyond in (highest + 1, 10**20, 10**400):
        with pytest.raises(PolicyError, match=rf"\[{section}\] {key} (is at most|must be)"):
            load(f"{HEAD}[{section}]\n{key} = {beyond}")


def test_the_highest_numbers_refuse_no_honest_design(load: Load) -> None:
    text = "".join(
        f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in HIGHEST[section].items())
        for section in ("source", "static", "types")
    )

    async def judged(policy: Policy) -> DesignReport:
        async with Gate(policy, backend=None, stages=("static", "types")) as gate:
            return await gate.verify(Design.from_file(ROOT / "designs" / "risk_table.py"))

    assert asyncio.run(judged(load(HEAD + text))).verdict is Verdict.PARTIAL


@pytest.mark.parametrize("name", ["strict", "standard", "Strict"])
def test_no_other_policy_has_the_name_of_a_shipped_one(name: str, load: Load) -> None:
    with pytest.raises(PolicyError, match=f"name = {name} is that of a shipped policy"):
        load(HEAD.replace("mine", name) + "[source]\nmax_lines = 9")


@pytest.mark.parametrize("name", ["strict", "standard"])
def test_what_amounts_to_a_shipped_policy_may_have_its_name(name: str, load: Load) -> None:
    same = load(HEAD.replace("mine", name).replace('"strict"', f'"{name}"'))
    assert same.digest == load_policy(name).digest
    assert same.ref.name == name


@pytest.mark.parametrize("chroma", ["auto", "real", "stand-in"])
def test_each_vector_store_may_be_chosen(chroma: str, load: Load) -> None:
    assert load(f'{HEAD}[sandbox]\nchroma = "{chroma}"').sandbox.chroma == chroma


def test_a_name_that_only_looks_like_a_shipped_one_is_refused(load: Load) -> None:
    with pytest.raises(PolicyError, match="name must be an identifier"):
        load(HEAD.replace('"mine"', '"str\u0456ct"'))


@pytest.mark.parametrize("section", LIMITS)
def test_zero_is_refused_for_every_limit(section: str, load: Load) -> None:
    hints = typing.get_type_hints(module._SECTIONS[section])
    for key in (key for key, hint in hints.items() if hint in (int, float)):
        with pytest.raises(PolicyError, match=f"{key} must be above zero"):
            load(f"{HEAD}[{section}]\n{key} = 0")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "schema"),
        ('name = "x"', "schema"),
        ('schema = "alma-safe/policy/v2"\nname = "x"', "schema"),
        ('schema = "alma-safe/policy/v1"', "name is missing"),
        ('schema = "alma-safe/policy/v1"\nname = 3', "name is missing"),
        (HEAD.replace("mine", "not a name"), "name must be an identifier"),
        (HEAD.replace('"strict"', "3"), "extends must be"),
        (HEAD.replace('"strict"', '"nowhere"'), "no policy named nowhere"),
        (HEAD.replace('"strict"', '"no/where.toml"'), "cannot read policy"),
        ("= =", "not a TOML file"),
        ("\0", "not a TOML file"),
    ],
)
def test_what_is_no_policy_is_refused(text: str, message: str, load: Load) -> None:
    with pytest.raises(PolicyError, match=message):
        load(text)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="not a TOML file"):
        load_policy(str(path))


def test_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.toml"
    path.touch()
    os.truncate(path, 1 << 34)
    with pytest.raises(PolicyError, match="larger than"):
        load_policy(str(path))


def test_companion_that_is_no_text_is_refused(tmp_path: Path, load: Load) -> None:
    (tmp_path / "mine.kafel").write_bytes(b"\xff")
    with pytest.raises(PolicyError, match=r"mine\.kafel"):
        load(HEAD + "[sandbox]\nseccomp = 'mine.kafel'")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("garbage {", "line 1: expected USE, found garbage"),
        ("POLICY p { ALLOW { raed } } USE p DEFAULT ERRNO(1)", "unknown system call raed"),
        ("POLICY p { ERRNO(01) { read } } USE p DEFAULT ERRNO(1)", "found 01"),
        (
            f"POLICY p {{ ALLOW {{ {', '.join(['read(a) { a == 1 }'] * 2000)} }} }}"
            " USE p DEFAULT ERRNO(1)",
            "too long for the kernel",
        ),
    ],
)
def test_bad_seccomp_text_is_refused(text: str, message: str, tmp_path: Path, load: Load) -> None:
    (tmp_path / "mine.kafel").write_text(text)
    with pytest.raises(PolicyError, match=rf"mine\.kafel: .*{message}"):
        load(HEAD + "[sandbox]\nseccomp = 'mine.kafel'")


def test_the_shipped_seccomp_text_is_not_read_when_a_policy_is_loaded() -> None:
    program = (
        "import sys\nfrom alma_safe.policy import load_policy\nload_policy()\n"
        "print([name for name in sys.modules if 'seccomp' in name])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout == "[]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "schema"),
        ("= =", "not a TOML file"),
        ('schema = "alma-safe/imports/v1"\nos = ["system"]', "os must list names"),
    ],
)
def test_bad_import_table_is_refused(text: str, message: str, tmp_path: Path, load: Load) -> None:
    (tmp_path / "mine-imports.toml").write_text(text)
    with pytest.raises(PolicyError, match=message):
        load(HEAD + "[static]\nimports = 'mine-imports.toml'")


def test_unknown_name_lists_the_shipped_policies() -> None:
    with pytest.raises(PolicyError, match="no policy named lenient") as caught:
        load_policy("lenient")
    assert "standard, strict" in caught.value.hint
    assert "imports" not in caught.value.hint


@pytest.mark.parametrize("path", ["no/such.toml", ".", "a\0b"])
def test_path_that_cannot_be_read_is_refused(path: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    assert caught.value.message.isprintable()
    assert caught.value.exit_code == 2


# -- extends ---------------------------------------------------------------------


def test_extended_policy_names_only_what_differs(load: Load) -> None:
    policy = load(HEAD + "[source]\nmax_bytes = 1000\n[types]\nblock = ['override']")
    strict = load_policy()
    assert policy.name == "mine"
    assert policy.source == dataclasses.replace(strict.source, max_bytes=1000)
    assert policy.types == dataclasses.replace(strict.types, block=("override",))
    assert policy.sandbox == strict.sandbox


def test_extension_chains(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(HEAD + "[source]\nmax_bytes = 1000\nmax_depth = 9")
    (tmp_path / "top.toml").write_text(
        HEAD.replace("strict", "base") + "[source]\nmax_bytes = 2000"
    )
    source = load_policy(str(tmp_path / "top.toml")).source
    assert (source.max_bytes, source.max_depth) == (2000, 9)


def test_circle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(HEAD.replace("strict", "b"))
    (tmp_path / "b.toml").write_text(HEAD.replace("strict", "a"))
    with pytest.raises(PolicyError, match="circle"):
        load_policy(str(tmp_path / "a.toml"))


def test_policy_that_extends_itself_by_another_path_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(HEAD.replace('"strict"', f'"{tmp_path}/./a.toml"'))
    with pytest.raises(PolicyError, match="circle"):
        load_policy(str(path))


LOOSE = 'schema = "alma-safe/imports/v1"\nos = "system"\n'


def test_files_that_nobody_names_change_nothing(tmp_path: Path, load: Load) -> None:
    """Who may add a file beside a reviewed policy may not change what it amounts to."""
    alone = load(HEAD)
    (tmp_path / "strict.toml").write_text(HEAD + "[source]\nmax_bytes = 7\n")
    (tmp_path / "imports.toml").write_text(LOOSE)
    (tmp_path / "seccomp.kafel").write_text("POLICY x { ALLOW { execve } }")
    (tmp_path / "prices.toml").write_text('schema = "alma-safe/prices/v1"\n')
    assert load(HEAD + "\n").digest == alone.digest


def test_a_companion_lies_beside_the_policy_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "own.toml").write_text(LOOSE)
    (tmp_path / "below" / "base.toml").write_text(HEAD + '[static]\nimports = "own.toml"\n')
    (tmp_path / "own.toml").write_text('schema = "alma-safe/imports/v1"\njson = "loads"\n')
    (tmp_path / "top.toml").write_text(HEAD.replace("strict", "below/base.toml"))
    assert dict(load_policy(str(tmp_path / "top.toml")).import_table) == {"os": ("system",)}


def test_a_path_is_relative_to_the_policy_and_not_to_where_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "base.toml").write_text(HEAD + "[source]\nmax_bytes = 1000\n")
    (tmp_path / "checkout" / "base.toml").write_text(HEAD + "[source]\nmax_bytes = 7\n")
    (tmp_path / "top.toml").write_text(HEAD.replace("strict", "./base.toml"))
    monkeypatch.chdir(tmp_path / "checkout")
    assert load_policy(str(tmp_path / "top.toml")).source.max_bytes == 1000


def test_a_chain_without_end_is_refused(tmp_path: Path) -> None:
    for number in range(2000):
        text = HEAD.replace("strict", f"c{number + 1}")
        (tmp_path / f"c{number}.toml").write_text(text)
    with pytest.raises(PolicyError, match="more than 16"):
        load_policy(str(tmp_path / "c0.toml"))


# -- digest ----------------------------------------------------------------------


def test_integer_stands_for_a_float(load: Load) -> None:
    assert load(HEAD + "[source]\ntimeout_s = 10").digest == (
        load(HEAD + "[source]\ntimeout_s = 10.0").digest
    )


def test_comments_and_order_do_not_matter(load: Load) -> None:
    assert load(HEAD + "[source]\nmax_bytes = 9\nmax_depth = 8").digest == (
        load(HEAD + "# why\n[source]\nmax_depth = 8\n\nmax_bytes = 9").digest
    )


NAMES = {
    "warn": '["S501"]', "off": '["S501"]', "ruff_block": '["F821"]', "ruff_warn": '["B"]',
    "ruff_ignore": '["F401"]', "block": '["override"]',
}  # fmt: skip
"""Lists whose names have to exist."""


@pytest.mark.parametrize(("section", "key"), KEYS, ids=[".".join(pair) for pair in KEYS])
def test_digest_changes_with_any_value(section: str, key: str, tmp_path: Path, load: Load) -> None:
    policies = resource_dir("policies")
    for name in ("imports.toml", "seccomp.kafel", "prices.toml"):
        shutil.copy(policies / name, tmp_path / f"copy-{name}")
    hint = typing.get_type_hints(module._SECTIONS[section])[key]
    value = {
        int: "77", float: "7.5", tuple[str, ...]: NAMES.get(key, '["just_this"]'), module.Names: '{ "a" = "b" }',
    }.get(hint) or {
        "imports": '"copy-imports.toml"', "seccomp": '"copy-seccomp.kafel"', "chroma": '"real"',
        "prices": '"copy-prices.toml"',
    }[key]  # fmt: skip
    changed = load(f"{HEAD}[{section}]\n{key} = {value}")
    assert changed.digest != load(HEAD).digest


def test_digest_changes_with_the_import_table(tmp_path: Path, load: Load) -> None:
    table = resource_dir("policies") / "imports.toml"
    shutil.copy(table, tmp_path / "imports.toml")
    same = load(f'{HEAD}[static]\nimports = "imports.toml"\n')
    with (tmp_path / "imports.toml").open("a") as stream:
        stream.write('\nsecrets = "token_hex"\n')
    other = load(f'{HEAD}[static]\nimports = "imports.toml"\n\n')
    assert same.digest == load_policy().digest or same.name != "strict"
    assert other.digest != same.digest
    assert other.import_table["secrets"] == ("token_hex",)


def test_digest_changes_with_a_price(tmp_path: Path, load: Load) -> None:
    plain = load(HEAD)
    text = (resource_dir("policies") / "prices.toml").read_text(encoding="utf-8")
    (tmp_path / "prices.toml").write_text(f'{text}"mine" = {{ input = 0, output = 0.5 }}\n')
    priced = load(f'{HEAD}[broker]\nprices = "prices.toml"\n')
    assert priced.digest != plain.digest
    assert priced.price_table["mine"].output == 0.5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('"m" = 1', "m must be a table"),
        ('"m" = { input = 1.0 }', "key output is missing"),
        ('"m" = { input = 1.0, output = "2" }', "expected float"),
        ('"m" = { input = -1, output = 0 }', "zero or more"),
        ('"m" = { input = nan, output = 0 }', "zero or more"),
        ('"m" = { input = 0, output = inf }', "zero or more"),
        ('"m" = { input = 0, output = 0, cached = 0 }', "unknown key cached"),
    ],
)  # fmt: skip
def test_a_bad_price_is_refused(line: str, message: str, tmp_path: Path, load: Load) -> None:
    (tmp_path / "prices.toml").write_text(f'schema = "alma-safe/prices/v1"\n{line}\n')
    with pytest.raises(PolicyError, match=message):
        load(f"{HEAD}[broker]\nprices = 'prices.toml'\n")


@pytest.mark.parametrize("value", ['"gpt"', '["gpt"]', '{ "a" = 1 }', '{ "a" = { "b" = "c" } }'])
def test_a_table_of_names_holds_strings(value: str, load: Load) -> None:
    with pytest.raises(PolicyError, match=r"\[broker\] models: expected a table of strings"):
        load(f"{HEAD}[broker]\nmodels = {value}")


def test_digest_changes_with_the_seccomp_text(tmp_path: Path, load: Load) -> None:
    plain = load(HEAD)
    text = load_policy().seccomp_text
    (tmp_path / "seccomp.kafel").write_text(text + "\n// one comment more\n")
    named = load(f'{HEAD}[sandbox]\nseccomp = "seccomp.kafel"\n')
    assert named.digest != plain.digest


def test_digest_is_the_same_in_every_process() -> None:
    program = "from alma_safe.policy import load_policy; print(load_policy('standard').digest)"
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "1", "4242")
    }
    assert digests == {load_policy("standard").digest}
