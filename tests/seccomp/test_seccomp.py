"""The policy of system calls: read strictly, and the same in every rendering."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import re
import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alma_safe.errors import PolicyError
from alma_safe.policy import load_policy
from alma_safe.resources import resource_dir
from alma_safe.sandbox import on_top
from alma_safe.sandbox.base import Layer
from alma_safe.seccomp import SeccompPolicy, numbers
from alma_safe.seccomp.bpf import native_only
from alma_safe.seccomp.conditions import All, Any, Compare, clauses, holds
from alma_safe.seccomp.parse import Action
from tests.seccomp.machine import data, run

GUEST = SeccompPolicy.parse(load_policy().seccomp_text)
MACHINES = (numbers.X86_64, numbers.AARCH64)
KILL, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")

words = st.one_of(
    st.sampled_from([0, 1, 2, 0x10000, 0x7E020000, 0x5401, 2**32, 2**64 - 1]),
    st.integers(0, 2**64 - 1),
)
arguments = st.tuples(*[words] * 6)


def policy(body: str, default: str = "ERRNO(38)") -> SeccompPolicy:
    return SeccompPolicy.parse(f"POLICY p {{ {body} }} USE p DEFAULT {default}")


def returned(action: Action) -> int:
    return {"allow": ALLOW, "kill": KILL, "errno": ERRNO | action.errno}[action.kind]


def names_of(machine: str) -> dict[int, str]:
    return {
        number: rule.name
        for rule in GUEST.rules
        if (number := numbers.number(rule.name, machine)) is not None
    }


@pytest.mark.parametrize("machine", MACHINES)
def test_program_and_policy_agree_on_every_number(machine):
    program, named = GUEST.bpf(machine), names_of(machine)
    for number in range(600):
        action = GUEST.decide(named[number]) if number in named else GUEST.default
        assert run(program, data(number, numbers.AUDIT_ARCH[machine])) == returned(action)


@given(st.sampled_from(sorted({r.name for r in GUEST.rules if r.condition})), arguments)
def test_program_and_policy_agree_on_every_argument(name, values):
    number = numbers.number(name, numbers.X86_64)
    given = data(number, numbers.AUDIT_ARCH[numbers.X86_64], values)
    assert run(GUEST.bpf(numbers.X86_64), given) == returned(GUEST.decide(name, values))


compares = st.builds(
    lambda argument, mask, value, equal: Compare(
        argument=argument, mask=mask, value=value & mask, equal=equal
    ),
    st.integers(0, 5), words, words, st.booleans(),
)  # fmt: skip
conditions = st.recursive(
    compares,
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts)),
        st.sampled_from([All, Any]), st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)  # fmt: skip


@given(conditions, arguments)
def test_normal_form_means_the_same(condition, values):
    form = clauses(condition)
    assert any(all(part.holds(values) for part in clause) for clause in form) is holds(
        condition, values
    )


@given(conditions, arguments)
def test_any_condition_is_compiled_rightly(condition, values):
    from alma_safe.seccomp.parse import Rule

    rules = (Rule(name="read", action=Action(kind="allow"), condition=condition),)
    written = SeccompPolicy(rules, Action(kind="errno", errno=1))
    given = data(0, numbers.AUDIT_ARCH[numbers.X86_64], values)
    assert run(written.bpf(numbers.X86_64), given) == returned(written.decide("read", values))


@pytest.mark.parametrize("number", [0, 1, 59, 0x40000000, 0x40000001, 0x7FFFFFFF])
@pytest.mark.parametrize("architecture", [0x40000003, 0xC00000B7, 0, 0xFFFFFFFF])
def test_foreign_architecture_is_killed(number, architecture):
    assert run(GUEST.bpf(numbers.X86_64), data(number, architecture)) == KILL


@given(
    st.integers(0, 2**31 - 1),
    st.sampled_from([*numbers.AUDIT_ARCH.values(), 0x40000003, 0x40000028, 0]),
)
def test_the_filter_on_top_kills_what_is_foreign_and_nothing_else(number, architecture):
    """Of two filters the stricter action counts: this one allows nothing that the other refuses."""
    given = data(number, architecture)
    for machine, native in numbers.AUDIT_ARCH.items():
        of_x32 = machine == numbers.X86_64 and number >= numbers.X32_BIT
        expected = ALLOW if architecture == native else KILL
        assert run(native_only(machine, x32=True), given) == expected
        assert run(native_only(machine, x32=False), given) == (KILL if of_x32 else expected)


@given(st.integers(numbers.X32_BIT, 2**31 - 1))
def test_numbers_of_the_x32_abi_are_killed(number):
    native = numbers.AUDIT_ARCH[numbers.X86_64]
    assert run(GUEST.bpf(numbers.X86_64), data(number, native)) == KILL


def test_witnesses_of_the_filter_get_none_on_top():
    assert on_top.arguments(frozenset({Layer.MEMORY}))
    assert on_top.arguments(frozenset({Layer.SECCOMP})) == []
    assert on_top.arguments(frozenset({Layer.NO_NEW_PRIVS})) == []


def test_negative_numbers_are_killed_on_x86_64():
    native = numbers.AUDIT_ARCH[numbers.X86_64]
    assert run(GUEST.bpf(numbers.X86_64), data(-1, native)) == KILL


def test_restricting_refuses_what_was_allowed_and_nothing_more_is_let_through():
    stricter = GUEST.restricted(deny={"execve", "prctl"})
    for name in {rule.name for rule in GUEST.rules}:
        before, now = GUEST.decide(name), stricter.decide(name)
        if name in ("execve", "prctl"):
            assert now == Action(kind="errno", errno=1)
        else:
            assert now == before


def test_restricting_never_softens_a_kill():
    assert GUEST.restricted(deny={"ptrace"}).decide("ptrace").kind == "kill"


def test_restricting_an_unknown_call_is_an_error():
    with pytest.raises(PolicyError, match="no system call"):
        GUEST.restricted(deny={"exceve"})


@pytest.mark.skipif(not HEADER.is_file(), reason="linux-libc-dev is not installed")
def test_numbers_are_those_of_the_kernel_headers():
    for name, number in re.findall(r"#define __NR_(\w+)\s+(\d+)", HEADER.read_text()):
        assert numbers.number(name, numbers.X86_64) == int(number), name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected USE"),
        ("POLICY p { ALLOW { read } }", "expected USE"),
        ("POLICY p { ALLOW { read } } USE q DEFAULT ALLOW", "no POLICY q"),
        ("POLICY p { ALLOW { read } } USE p DEFAULT TRAP", "unknown action"),
        ("POLICY p { ALLOW { raed } } USE p DEFAULT ALLOW", "unknown system call"),
        ("POLICY p { ALLOW { read } } USE p DEFAULT ALLOW read", "expected the end"),
        ("POLICY p { ALLOW { read write } } USE p DEFAULT ALLOW", "expected , or }"),
        ("POLICY p { ERRNO(0) { read } } USE p DEFAULT ALLOW", "no error number"),
        ("POLICY p { ERRNO(5000) { read } } USE p DEFAULT ALLOW", "no error number"),
        ("POLICY p { ALLOW { read(fd) { df == 1 } } } USE p DEFAULT ALLOW", "no argument"),
        ("POLICY p { ALLOW { read(fd) { fd < 1 } } } USE p DEFAULT ALLOW", "<"),
        ("POLICY p { ALLOW { read(fd) { (fd & 2) == 1 } } } USE p DEFAULT ALLOW", "no argument"),
        ("POLICY p { ALLOW { read(fd) { fd == 0x1ffffffffffffffff } } } USE p DEFAULT ALLOW", "64"),
        ("POLICY p { ALLOW { read(a,b,c,d,e,f,g) { a == 1 } } } USE p DEFAULT ALLOW", "more than"),
        ("POLICY p { ALLOW { read", "the end"),
        ("#define x", "#"),
        ("POLICY p { ERRNO(01) { read } } USE p DEFAULT ALLOW", "without a 0 before it, found 01"),
        ("POLICY p { ERRNO(0) { read } } USE p DEFAULT ERRNO(08)", "no error number"),
        (f"POLICY p {{ ERRNO({'9' * 5000}) {{ read }} }} USE p DEFAULT ALLOW", "of 64 bits"),
        ("POLICY p { ERRNO(\u0661) { read } } USE p DEFAULT ALLOW", "expected a number"),
        ("POLICY p { ERRNO(\u00b2) { read } } USE p DEFAULT ALLOW", "expected a number"),
    ],
)
def test_what_is_not_understood_is_an_error(text, message):
    with pytest.raises(PolicyError, match=re.escape(message)):
        SeccompPolicy.parse(text)


@given(st.text(max_size=40))
def test_any_text_is_a_policy_or_a_policy_error(text):
    for whole in (text, f"POLICY p {{ {text} }} USE p DEFAULT ALLOW"):
        try:
            SeccompPolicy.parse(whole)
        except PolicyError:
            continue


WRITTEN = (
    "POLICY p { ALLOW { read , openat ( dir , name ) { ( dir & 0xff ) == 4 && name != 0 || dir == 1"
    " } } , ERRNO ( 38 ) { clone } , KILL_PROCESS { ptrace } } USE p DEFAULT ERRNO ( 1 )"
)
NUMBERS = st.one_of(
    st.sampled_from(["0", "00", "01", "08", "0x", "0xg", "0b1", "0o7", "1_0", "9" * 4400, "4096"]),
    st.sampled_from(["\u0661", "\u00b2", "1\u0661"]),
    st.integers(0, 2**65).map(str),
    st.integers(0, 2**65).map(hex),
)
TOKENS = st.tuples(
    *(
        st.just(token) | NUMBERS if token[0].isdigit() else st.just(token)
        for token in WRITTEN.split()
    )
)
PIECES = st.sampled_from(sorted({*WRITTEN.split(), "q", "sendfile64", "//", "#", "\u00aa"}))
EDITS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 2), PIECES), max_size=2)


@given(TOKENS, EDITS, st.sampled_from([" ", "\n"]))
def test_a_policy_with_a_slip_is_a_policy_or_a_policy_error(tokens, edits, between):
    """From the tokens of a good one: most texts of any letters end at the first keyword."""
    slipped = list(tokens)
    for place, dropped, piece in edits:
        slipped[place : place + dropped] = [piece]
    with contextlib.suppress(PolicyError):
        SeccompPolicy.parse(between.join(slipped))


def test_the_policy_that_slips_are_made_in_is_a_good_one():
    assert SeccompPolicy.parse(WRITTEN).decide("openat", (4, 1, 0, 0, 0, 0)).kind == "allow"


def test_comments_and_line_breaks_do_not_count():
    assert policy("// nothing\nALLOW { read, // and\n write }").decide("write").kind == "allow"


def test_shipped_policies_can_be_read():
    for path in sorted(resource_dir("policies").glob("*.kafel")):
        SeccompPolicy.parse(path.read_text("utf-8"))


def engine(profile, name, values):
    """What a container engine does with a call; the most specific entries come first."""
    for entry in profile["syscalls"]:
        if name in entry["names"] and all(
            {
                "SCMP_CMP_EQ": values[arg["index"]] == arg["value"],
                "SCMP_CMP_NE": values[arg["index"]] != arg["value"],
                "SCMP_CMP_MASKED_EQ": values[arg["index"]] & arg["value"] == arg["valueTwo"],
            }[arg["op"]]
            for arg in entry["args"]
        ):
            return entry["action"]
    return profile["defaultAction"]


@given(st.sampled_from(sorted({rule.name for rule in GUEST.rules})), arguments)
def test_engine_profile_admits_exactly_what_the_policy_admits(name, values):
    profile = GUEST.docker_profile(numbers.X86_64)
    admitted = engine(profile, name, values) == "SCMP_ACT_ALLOW"
    assert admitted is (GUEST.decide(name, values).kind == "allow")


def test_engine_is_never_asked_twice_about_one_argument():
    """It would take that for alternatives, and let through what fulfils either."""
    for entry in GUEST.docker_profile(numbers.X86_64)["syscalls"]:
        indexes = [argument["index"] for argument in entry["args"]]
        assert len(indexes) == len(set(indexes)), entry


def test_what_no_argument_can_fulfil_is_no_entry():
    found = policy("ALLOW { read(fd) { (fd & 3) == 1 && (fd & 1) == 0 } }").docker_profile()
    assert found["syscalls"] == []


def test_engine_profile_knows_one_architecture_and_refuses_by_default():
    profile = GUEST.docker_profile(numbers.X86_64)
    assert profile["architectures"] == ["SCMP_ARCH_X86_64"]
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert profile["defaultErrnoRet"] == 38


def test_engine_cannot_be_asked_whether_several_bits_differ():
    with pytest.raises(PolicyError, match="several bits"):
        policy("ALLOW { read(fd) { (fd & 3) != 1 } }").docker_profile()


def in_child(attempt):
    """Run ``attempt`` under the guest's filter in a child; return its wait status."""
    program = GUEST.restricted(deny={"getppid"}).bpf()

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(program, len(program))
    filled = Program(len(program) // 8, ctypes.addressof(buffer))
    pid = os.fork()
    if pid == 0:
        libc.prctl(38, 1, 0, 0, 0)
        if libc.syscall(317 if os.uname().machine == "x86_64" else 277, 1, 1, ctypes.byref(filled)):
            os._exit(99)
        os._exit(attempt(libc))
    return os.waitpid(pid, 0)[1]


def failing(name):
    def attempt(libc):
        number = numbers.number(name, os.uname().machine)
        result = libc.syscall(ctypes.c_long(number), 0, 0, 0, 0, 0, 0)
        return ctypes.get_errno() if result == -1 else 0

    return attempt


def test_kernel_takes_the_program_and_does_as_it_says():
    assert os.waitstatus_to_exitcode(in_child(failing("getpid"))) == 0
    assert os.waitstatus_to_exitcode(in_child(failing("getppid"))) == errno.EPERM
    assert os.waitstatus_to_exitcode(in_child(failing("socket"))) == errno.EAFNOSUPPORT
    assert os.waitstatus_to_exitcode(in_child(failing("clone3"))) == errno.ENOSYS
    assert os.waitstatus_to_exitcode(in_child(failing("ptrace"))) == -signal.SIGSYS
