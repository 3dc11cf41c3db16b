"""policies/*.toml -> a frozen :class:`Policy`.

A policy is what a reviewer reads to know what is let through. An unknown key, a
missing key or a value of the wrong type is an error: a typo must never switch a
limit off. A policy may say ``extends = "strict"`` and then only names what differs.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alma_safe.errors import PolicyError
from alma_safe.policy_bounds import check_codes, check_number, check_rules, check_selectors
from alma_safe.policy_file import (
    COMPANIONS,
    Names,
    build,
    companion,
    is_shipped,
    locate,
    read_extended,
    shipped_policies,
    table_of,
    text_of,
)
from alma_safe.report import PolicyRef
from alma_safe.text import visible

DEFAULT = "strict"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePolicy:
    """Caps on the text, checked before any tool reads it.

    Bytes, tree levels, tree nodes, characters of one string literal, digits of one
    number, characters of one line, seconds for parsing and all static rules.
    """

    max_bytes: int
    max_depth: int
    max_nodes: int
    max_literal_chars: int
    max_number_digits: int
    max_line_chars: int
    max_lines: int
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticPolicy:
    """The static rules. Names are exact; nothing here is a pattern but ruff's codes."""

    imports: str
    warn: tuple[str, ...]
    off: tuple[str, ...]
    forbidden_builtins: tuple[str, ...]
    forbidden_attributes: tuple[str, ...]
    guarded_attributes: tuple[str, ...]
    forbidden_keywords: tuple[str, ...]
    dunder_methods: tuple[str, ...]
    dunder_attributes: tuple[str, ...]
    module_calls: tuple[str, ...]
    max_constant_size: int
    ruff_block: tuple[str, ...]
    ruff_warn: tuple[str, ...]
    ruff_ignore: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypesPolicy:
    """mypy: codes that refuse a design, and the bounds of one run (seconds, MiB)."""

    block: tuple[str, ...]
    timeout_s: float
    memory_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertiesPolicy:
    """Property tests: how much is tried and what a design may use while it is."""

    examples: int
    max_operations: int
    budget_s: float
    call_deadline_s: float
    max_output_bytes: int
    bulk_episodes: int
    max_growth_kb: int
    long_episode_steps: int
    long_text_chars: int
    concurrency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionPolicy:
    """The recorded workload and the budgets it is judged by."""

    collection_episodes: int
    deployment_episodes: int
    concurrency: int
    call_deadline_s: float
    max_wall_s: float
    max_cpu_s: float
    max_memory_mb: int
    max_llm_calls: int
    max_llm_chars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxPolicy:
    """Limits of one guest. MiB, seconds, counts; bytes where the name says so."""

    seccomp: str
    memory_mb: int
    address_space_mb: int
    cpu_s: int
    wall_s: int
    processes: int
    open_files: int
    file_mb: int
    tmp_mb: int
    tmp_inodes: int
    output_bytes: int
    frame_bytes: int
    traffic_bytes: int
    chroma: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerPolicy:
    """LLM and embedding calls of a design: of one call, of one episode, of one run.

    ``models`` and ``embeddings`` map the name that a design writes to the one that is
    asked (``model`` or ``model/effort``); ``*`` stands for every name that is not listed.
    """

    concurrency: int
    timeout_s: float
    max_call_chars: int
    max_output_tokens: int
    episode_calls: int
    episode_tokens: int
    episode_usd: float
    run_calls: int
    run_tokens: int
    run_usd: float
    transcript_entries: int
    transcript_chars: int
    prices: str
    models: Names
    embeddings: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model costs, in US dollars per million tokens."""

    input: float
    output: float


type PriceTable = Mapping[str, Price]
"""Model name to its price. A model that is not in it cannot be asked for money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One effective policy, complete and frozen."""

    name: str
    source: SourcePolicy
    static: StaticPolicy
    types: TypesPolicy
    properties: PropertiesPolicy
    execution: ExecutionPolicy
    sandbox: SandboxPolicy
    broker: BrokerPolicy
    import_table: Mapping[str, tuple[str, ...]]
    seccomp_text: str
    price_table: PriceTable
    digest: str

    @property
    def ref(self) -> PolicyRef:
        """Name and digest, for reports."""
        return PolicyRef(name=self.name, digest=self.digest)


_SECTIONS: Mapping[str, type] = MappingProxyType(
    {
        "source": SourcePolicy,
        "static": StaticPolicy,
        "types": TypesPolicy,
        "properties": PropertiesPolicy,
        "execution": ExecutionPolicy,
        "sandbox": SandboxPolicy,
        "broker": BrokerPolicy,
    }
)


def load_policy(name_or_path: str = DEFAULT) -> Policy:
    """Load a shipped policy by name, or a policy file by path.

    Raises PolicyError for what is missing, malformed, unknown or ill-typed.
    """
    return _load(str(locate(name_or_path, base=None)))


@functools.lru_cache(maxsize=16)
def _load(path: str) -> Policy:
    tables, folders = read_extended(Path(path))
    name = tables.pop("name")
    if not isinstance(name, str) or not (name.isascii() and name.isidentifier()):
        raise PolicyError(f"{path}: name must be an identifier")
    sections: dict[str, Any] = {}
    for key, cls in _SECTIONS.items():
        table = tables.pop(key, None)
        if not isinstance(table, dict):
            raise PolicyError(f"{path}: table [{key}] is missing")
        sections[key] = build(cls, table, where=f"{path}: [{key}]")
    if tables:
        raise PolicyError(f"{path}: unknown key {visible(sorted(tables)[0])}")
    _check_values(sections, path)
    named = {
        key: companion(getattr(sections[key.partition(".")[0]], key.partition(".")[2]), key, folder)
        for key, folder in folders.items()
        if key in COMPANIONS
    }
    imports = _import_table(named["static.imports"])
    seccomp = _seccomp_text(named["sandbox.seccomp"])
    prices = _price_table(named["broker.prices"])
    plain = {key: dataclasses.asdict(value) for key, value in sections.items()}
    for key, file in named.items():
        # What a file holds counts, and its name: not the folder that it lies in.
        section, _, field = key.partition(".")
        plain[section][field] = file.name
    effective = {
        "name": name,
        "sections": plain,
        "imports": imports,
        "seccomp": seccomp,
        "prices": {model: dataclasses.asdict(price) for model, price in prices.items()},
    }
    canonical = json.dumps(effective, sort_keys=True, separators=(",", ":")).encode()
    digest = "sha256:" + hashlib.sha256(canonical).hexdigest()
    _check_name(name, digest, path)
    return Policy(
        name=name,
        **sections,
        import_table=MappingProxyType(imports),
        seccomp_text=seccomp,
        price_table=MappingProxyType(prices),
        digest=digest,
    )


def _check_values(sections: Mapping[str, Any], path: str) -> None:
    """Raise PolicyError for numbers beyond their bounds and names that stand for nothing."""
    for key, section in sections.items():
        for field in dataclasses.fields(section):
            value = getattr(section, field.name)
            if isinstance(value, int | float):
                check_number(path, key, field.name, value)
    if sections["sandbox"].chroma not in ("auto", "real", "stand-in"):
        raise PolicyError(f"{path}: [sandbox] chroma is one of auto, real, stand-in")
    if is_shipped(Path(path)):
        return
    strict, static = load_policy(DEFAULT), sections["static"]
    for key in ("warn", "off"):
        check_rules(path, key, getattr(static, key))
    for key in ("ruff_block", "ruff_warn", "ruff_ignore"):
        shipped = (*strict.static.ruff_block, *strict.static.ruff_warn, *strict.static.ruff_ignore)
        check_selectors(path, key, getattr(static, key), shipped)
    check_codes(path, sections["types"].block, strict.types.block)


def _check_name(name: str, digest: str, path: str) -> None:
    """Raise PolicyError for a file that calls itself what it is not.

    Reports say the name: what is called strict amounts to the shipped one, wherever it lies.
    """
    for shipped in shipped_policies():
        ours = not is_shipped(Path(path)) and name.casefold() == shipped
        if ours and (name != shipped or load_policy(shipped).digest != digest):
            raise PolicyError(
                f"{path}: name = {name} is that of a shipped policy, and this is another one",
                hint="give it a name of its own",
            )


def _import_table(path: Path) -> dict[str, tuple[str, ...]]:
    modules: dict[str, tuple[str, ...]] = {}
    for module, names in table_of(path, "alma-safe/imports/v1").items():
        if not isinstance(names, str):
            raise PolicyError(f"{path}: {visible(module)} must list names in one string")
        modules[module] = tuple(names.split())
    return modules


def _seccomp_text(path: Path) -> str:
    text = text_of(path)
    # What is shipped is known to be read, and each start would pay for that.
    if not is_shipped(path):
        from alma_safe.seccomp import SeccompPolicy, numbers

        try:
            policy = SeccompPolicy.parse(text)
            for machine in numbers.AUDIT_ARCH:
                policy.bpf(machine)
        except PolicyError as error:
            raise PolicyError(f"{path}: {error.message}", hint=error.hint) from None
    return text


def _price_table(path: Path) -> dict[str, Price]:
    prices: dict[str, Price] = {}
    for model, table in table_of(path, "alma-safe/prices/v1").items():
        if not isinstance(table, dict):
            raise PolicyError(
                f"{path}: {visible(model)} must be a table", hint="its keys: input, output"
            )
        price = build(Price, table, where=f"{path}: [{visible(model)}]")
        # A price of nothing is what a server of one's own has; NaN compares with nothing.
        if not (0 <= price.input < math.inf and 0 <= price.output < math.inf):
            raise PolicyError(f"{path}: {visible(model)}: a price is zero or more, and finite")
        prices[model] = price
    return prices
