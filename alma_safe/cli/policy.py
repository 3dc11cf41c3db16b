"""``alma-safe policy``: a policy as an artefact that is reviewed: check, show, diff."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from alma_safe.cli.console import put, say
from alma_safe.cli.options import at_least, named
from alma_safe.errors import UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.design import Design
    from alma_safe.policy import Policy
    from alma_safe.report import DesignReport


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "policy",
        help="check, show or compare policies",
        description="Say whether a policy can be used, what it amounts to, and what another one "
        "would let through or refuse.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_none)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    check = actions.add_parser("check", help="whether it can be used", allow_abbrev=False)
    check.add_argument(
        "policy", type=named("a policy"), metavar="POLICY", help="a shipped policy or a file"
    )
    check.set_defaults(run=_check)
    show = actions.add_parser("show", help="all its keys, inherited ones too", allow_abbrev=False)
    show.add_argument(
        "policy", type=named("a policy"), metavar="POLICY", help="a shipped policy or a file"
    )
    show.add_argument(
        "--format",
        choices=("text", "json", "toml"),
        default="text",
        help="how to print; toml: as one file, with the comments of what it extends "
        "(default: text)",
    )
    show.set_defaults(run=_show)
    diff = actions.add_parser("diff", help="how two of them differ", allow_abbrev=False)
    diff.add_argument("old", type=named("a policy"), metavar="OLD", help="the policy of before")
    diff.add_argument("new", type=named("a policy"), metavar="NEW", help="the policy of now")
    diff.add_argument(
        "--designs", nargs="+", default=[], metavar="DESIGN", help="judge them by both"
    )
    diff.add_argument("--stages", metavar="A,B", help="only these stages")
    diff.add_argument(
        "--domain", type=named("a domain"), help="judge with the recorders of one domain"
    )
    diff.add_argument(
        "--sandbox",
        choices=("auto", "nsjail", "docker"),
        default="auto",
        help="what runs guests (default: auto)",
    )
    diff.add_argument(
        "--jobs",
        type=at_least(1, 64),
        metavar="N",
        help="designs at a time (default: one for each core)",
    )
    diff.set_defaults(run=_diff)


def _none(options: argparse.Namespace) -> int:
    raise UsageError("no action given", hint="actions: check, show, diff")


def _check(options: argparse.Namespace) -> int:
    from alma_safe.policy import load_policy

    policy = load_policy(options.policy)
    put(f"{visible(policy.name, 80)}  {policy.digest}\n")
    return 0


def _show(options: argparse.Namespace) -> int:
    from alma_safe.policy import load_policy

    policy = load_policy(options.policy)
    if options.format == "toml":
        from alma_safe.policy_text import commented

        put(visible(commented(options.policy), 1024 * 1024, newlines=True))
        return 0
    if options.format == "json":
        import json

        put(json.dumps({"name": policy.name, "digest": policy.digest, **_tables(policy)}, indent=2))
        put("\n")
        return 0
    lines = [f"# {visible(policy.name, 80)}  {policy.digest}"]
    lines += [f"{key} = {_value(value)}" for key, value in _flat(_tables(policy))]
    put("\n".join(lines) + "\n")
    return 0


def _diff(options: argparse.Namespace) -> int:
    from alma_safe.cli.options import stages
    from alma_safe.design import collect
    from alma_safe.policy import load_policy

    old, new = load_policy(options.old), load_policy(options.new)
    wanted = stages(options.stages)
    designs = collect(options.designs) if options.designs else []
    before, after = (dict(_flat(_tables(each))) for each in (old, new))
    lines: list[str] = []
    for key in sorted(before.keys() | after.keys()):
        lines += _changed(key, before.get(key), after.get(key))
    put("".join(f"{line}\n" for line in lines) or "the same rules and limits\n")
    if not designs:
        return 0
    found = [_judged(each, designs, wanted, options) for each in (old, new)]
    told = list(_verdicts(designs, *found))
    put("".join(f"{line}\n" for line in told) or "the same verdict on every design\n")
    say(f"{len(told)} of {len(designs)} designs judged otherwise")
    return 3 if any(each.verdict.value == "error" for each in (*found[0], *found[1])) else 0


def _judged(
    policy: Policy,
    designs: list[Design],
    wanted: tuple[str, ...],
    options: argparse.Namespace,
) -> tuple[DesignReport, ...]:
    from alma_safe.cli.run import Request, judge
    from alma_safe.sandbox.select import backend

    request = Request(policy=policy, stages=wanted, domain=options.domain, jobs=options.jobs)
    needed = {"properties", "execution"} & set(wanted)
    return judge(request, designs, backend(options.sandbox) if needed else None)


def _verdicts(
    designs: list[Design], old: tuple[DesignReport, ...], new: tuple[DesignReport, ...]
) -> Iterator[str]:
    """One line for each design that the policies judge otherwise."""
    for design, before, after in zip(designs, old, new, strict=True):
        if before.verdict is after.verdict:
            continue
        rules = {f.rule for f in (*before.findings, *after.findings) if f.blocks}
        why = f" ({', '.join(sorted(rules)[:6])})" if rules else ""
        refused = after.verdict.value == "rejected"
        kind = "newly refused" if refused else "newly admitted"
        kind = kind if "error" not in (before.verdict.value, after.verdict.value) else "not judged"
        yield f"{kind}: {visible(design.path, 300)}: {before.verdict.value} -> " + (
            f"{after.verdict.value}{visible(why, 300)}"
        )


def _changed(key: str, before: Any, after: Any) -> Iterator[str]:
    if before == after:
        return
    if isinstance(before, tuple) and isinstance(after, tuple):
        gone, new = (set(map(str, each)) for each in (before, after))
        for item in sorted(gone - new):
            yield f"- {key}: {visible(item, 200)}"
        for item in sorted(new - gone):
            yield f"+ {key}: {visible(item, 200)}"
        if gone == new:
            yield f"  {key}: in another order"
        return
    if before is not None:
        yield f"- {key} = {_value(before)}"
    if after is not None:
        yield f"+ {key} = {_value(after)}"


def _tables(policy: Policy) -> dict[str, Any]:
    """What a policy amounts to, as plain values, its companions included."""
    import dataclasses

    found: dict[str, Any] = {}
    for field in dataclasses.fields(policy):
        if field.name not in ("name", "digest"):
            found[field.name] = _plain(getattr(policy, field.name))
    return found


def _plain(value: Any) -> Any:
    import dataclasses

    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = [_plain(item) for item in value]
        return sorted(items, key=str) if isinstance(value, set | frozenset) else items
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _flat(tables: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tables.items():
        name = f"{above}.{key}" if above else key
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        else:
            yield name, tuple(map(str, value)) if isinstance(value, list) else value


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return visible(", ".join(value), 2_000)
    return visible(str(value), 2_000)
