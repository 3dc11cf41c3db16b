"""``alma-safe attest``: receipts that others can check: keygen, sign, verify."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from alma_safe.cli.console import put, say
from alma_safe.cli.options import STAGE_NAMES, at_least, named, one_design, seed
from alma_safe.cli.output import OutputFile, require_spared
from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.text import visible

if TYPE_CHECKING:
    from alma_safe.attest.envelope import Hand, Trust
    from alma_safe.attest.receipt import Receipt
    from alma_safe.design import Design
    from alma_safe.policy import Policy
    from alma_safe.report import Report


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    parser = commands.add_parser(
        "attest",
        help="sign and check receipts of accepted designs",
        description="Make keys, judge a design and sign what came of it, and check a receipt "
        "without asking anybody.",
        epilog="a passphrase is read from ALMA_SAFE_PASSPHRASE",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_none)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    keygen = actions.add_parser("keygen", help="make a key of ed25519", allow_abbrev=False)
    keygen.add_argument(
        "--output",
        required=True,
        metavar="FILE",
        help="where the private key is written; the public one into FILE.pub",
    )
    keygen.set_defaults(run=_keygen)

    sign = actions.add_parser("sign", help="judge a design and sign", allow_abbrev=False)
    sign.add_argument("design", metavar="DESIGN", help="the file of one design")
    who = sign.add_mutually_exclusive_group(required=True)
    who.add_argument("--key", metavar="FILE", help="the private key")
    who.add_argument(
        "--keyless", action="store_true", help="by who one is, through Sigstore; needs a network"
    )
    _trust_config(sign)
    sign.add_argument(
        "--output",
        required=True,
        metavar="RECEIPT",
        help="where the receipt is written, whole or not",
    )
    sign.add_argument(
        "--policy", type=named("a policy"), default="strict", help="a policy (default: strict)"
    )
    sign.add_argument(
        "--domain", type=named("a domain"), help="judge with the recorders of one domain"
    )
    sign.add_argument(
        "--seed",
        type=seed,
        default=0,
        metavar="N",
        help="of what the properties try (default: 0)",
    )
    sign.add_argument(
        "--sandbox",
        choices=("auto", "nsjail", "docker"),
        default="auto",
        help="what runs guests (default: auto)",
    )
    sign.add_argument(
        "--days",
        type=at_least(1, 3650),
        default=90,
        metavar="N",
        help="that the receipt holds (default: 90)",
    )
    sign.set_defaults(run=_sign)

    verify = actions.add_parser("verify", help="check a receipt", allow_abbrev=False)
    verify.add_argument("design", metavar="DESIGN", help="the file of one design")
    verify.add_argument(
        "--receipt", required=True, metavar="RECEIPT", help="the receipt that came with it"
    )
    verify.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="FILE.pub",
        help="a public key that is trusted; repeatable",
    )
    verify.add_argument(
        "--identity", metavar="WHO", help="who has to have signed a keyless one: address, workflow"
    )
    verify.add_argument("--issuer", metavar="URL", help="who vouches for that identity")
    _trust_config(verify)
    verify.add_argument(
        "--policy",
        type=named("a policy"),
        help="the policy that it has to be of (default: any)",
    )
    verify.add_argument(
        "--domain",
        type=named("a domain"),
        help="the domain whose recorders it has to be of, as they are here (default: its own, "
        "where that is a folder and there)",
    )
    verify.add_argument(
        "--rederive", action="store_true", help="run the gate again with the same seeds, compare"
    )
    verify.add_argument(
        "--sandbox",
        choices=("auto", "nsjail", "docker"),
        default="auto",
        help="what runs guests (default: auto)",
    )
    verify.set_defaults(run=_verify)


def _trust_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trust-config",
        metavar="FILE",
        help="a Sigstore of one's own, as its client trust config (default: the public one)",
    )


def _none(options: argparse.Namespace) -> int:
    raise UsageError("no action given", hint="actions: keygen, sign, verify")


def _keygen(options: argparse.Namespace) -> int:
    from alma_safe.attest import keys

    keys.require()
    keyid = keys.generate(Path(options.output), _passphrase())
    say(f"private key: {visible(options.output, 400)} (keep it), public: with .pub")
    put(f"{keyid}\n")
    return 0


def _sign(options: argparse.Namespace) -> int:
    import datetime

    from alma_safe import __version__
    from alma_safe.attest import keys
    from alma_safe.attest.receipt import signed
    from alma_safe.attest.statement import evidence
    from alma_safe.policy import load_policy
    from alma_safe.recorders import material_digest, recorder_schema

    keys.require()
    hand = _hand(options)
    output = OutputFile(options.output, dash="a receipt is a file: give it a name")
    policy = load_policy(options.policy)
    design = _design(options.design)
    require_spared([output], options)
    report = _judged(design, policy, options.domain, options.seed, options.sandbox)
    if report.exit_code != 0:
        from alma_safe.formats import by_name

        put(by_name("text").render(report, color=False))
        say("not signed: the gate did not accept it")
        return report.exit_code
    found = report.to_json()
    # Of what was read for the judgement, not of what lies there by now.
    recorders = material_digest(recorder_schema(options.domain))
    statement = evidence(
        name=Path(design.path).name,
        report=found["designs"][0],
        policy=policy.name,
        domain=options.domain,
        recorders=recorders,
        seed=options.seed,
        tools=_tools(),
        environment=found["environment"],
        at=datetime.datetime.now(datetime.UTC),
        days=options.days,
    )
    output.write(signed(statement, hand, __version__))
    say(f"signed: {visible(options.output, 400)}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from alma_safe.attest import keys
    from alma_safe.attest.receipt import checked, read_receipt
    from alma_safe.attest.recorders import held
    from alma_safe.policy import load_policy

    keys.require()
    trust = _trust(options)
    policy = load_policy(options.policy) if options.policy is not None else None
    design = _design(options.design)
    receipt = checked(
        read_receipt(options.receipt),
        digest=design.digest or "",
        trust=trust,
        policy_digest=policy.digest if policy is not None else None,
    )
    if not held(receipt, options.domain):
        say(
            f"its recorders, {receipt.recorders}, were not compared: there is no "
            f"{visible(receipt.domain or '', 200)} here; --domain says where they are"
        )
    if options.rederive:
        wanted = policy or load_policy(receipt.policy)
        _rederived(receipt, design, wanted, options.domain or receipt.domain, options.sandbox)
    put(
        f"accepted  {visible(design.path, 400)}  (policy {visible(receipt.policy, 80)}, "
        f"verified {receipt.verified:%Y-%m-%d}, until {receipt.expires:%Y-%m-%d}"
        f"{', derived again' if options.rederive else ''})\n"
    )
    return 0


def _hand(options: argparse.Namespace) -> Hand:
    """Who signs. Raises UsageError."""
    from alma_safe.attest import keyless, keys
    from alma_safe.attest.envelope import KeyHand

    if not options.keyless:
        if options.trust_config is not None:
            raise UsageError("--trust-config is for --keyless")
        return KeyHand(keys.signer(Path(options.key), _passphrase()))
    keyless.require()
    return keyless.IdentityHand.of(options.trust_config)


def _trust(options: argparse.Namespace) -> Trust:
    """Who has to have signed. Raises UsageError."""
    from alma_safe.attest import keyless, keys
    from alma_safe.attest.envelope import KeyTrust

    named = options.identity is not None or options.issuer is not None
    if named == bool(options.key):
        raise UsageError(
            "give --key, or --identity and --issuer",
            hint="nothing is accepted by default: say who may have signed",
        )
    if not named:
        return KeyTrust([keys.public(Path(each)) for each in options.key])
    if not options.identity or not options.issuer:
        raise UsageError("--identity and --issuer go together")
    keyless.require()
    return keyless.IdentityTrust(options.identity, options.issuer, options.trust_config)


def _rederived(
    receipt: Receipt, design: Design, policy: Policy, domain: str | None, sandbox: str
) -> None:
    """Run the gate again. Raises ReceiptRefused where it says something else."""
    from alma_safe.attest.recorders import require_same
    from alma_safe.attest.refused import ReceiptRefused

    if policy.digest != receipt.policy_digest:
        raise ReceiptRefused(
            "evidence.policy.digest",
            f"the policy {visible(receipt.policy, 80)} is another one here",
            hint="give --policy FILE, the policy that it was judged by",
        )
    require_same(receipt, domain)
    report = _judged(design, policy, domain, receipt.seed, sandbox)
    _require_verdict(report)
    found = report.to_json()["designs"][0]
    for then, now in zip(receipt.report["stages"], found["stages"], strict=True):
        field = f"evidence.report.stages.{then['name']}"
        if then["status"] != now["status"]:
            raise ReceiptRefused(f"{field}.status", f"it is {now['status']} here")
        if _findings(then) != _findings(now):
            raise ReceiptRefused(f"{field}.findings", "they are others here")


def _require_verdict(report: Report) -> None:
    """Raise InfrastructureError where the gate could not judge: that is not held against it."""
    from alma_safe.report import Status

    for stage in report.designs[0].stages:
        if stage.status is Status.ERROR:
            fault = stage.findings[0] if stage.findings else None
            raise InfrastructureError(
                f"it could not be derived again: {stage.name}: {fault.message if fault else ''}",
                hint=fault.hint if fault else "run: alma-safe doctor",
            )


def _findings(stage: dict[str, list[dict[str, object]]]) -> list[tuple[object, ...]]:
    keys = ("rule", "severity", "line")
    return sorted(tuple(str(each[key]) for key in keys) for each in stage["findings"])


def _design(path: str) -> Design:
    design = one_design(path)
    if design.digest is None:
        raise UsageError(f"{visible(path)} is larger than a design may be")
    return design


def _judged(design: Design, policy: Policy, domain: str | None, seed: int, sandbox: str) -> Report:
    from alma_safe import __version__
    from alma_safe.cli.run import Request, judge
    from alma_safe.report import Report
    from alma_safe.sandbox.select import backend
    from alma_safe.sandbox.witness.record import environment

    walls = backend(sandbox)
    request = Request(policy=policy, stages=STAGE_NAMES, domain=domain, seed=seed)
    reports = judge(request, [design], walls)
    return Report(designs=reports, tool_version=__version__, environment=environment(walls.name))


def _tools() -> dict[str, str]:
    """Versions of what the verdict depends on."""
    import platform

    from alma_safe.tools import versions

    return {"kernel": platform.release(), **versions()}


def _passphrase() -> bytes | None:
    text = os.environ.get("ALMA_SAFE_PASSPHRASE")
    return text.encode() if text else None
