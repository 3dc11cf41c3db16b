"""Hypothesis: sequences of calls, generated once per schema and seed, shrunk when one fails.

Generating costs far more than replaying, and importing Hypothesis more than both, so
what a seed generates is kept as a bank of plain JSON. A failure is found again and
shrunk live, by the same strategy under the same seed.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alma_safe.cache import cache_dir, write_atomically
from alma_safe.errors import InfrastructureError
from alma_safe.installed import version_of
from alma_safe.policy import PropertiesPolicy
from alma_safe.recorders import Field, RecorderSchema
from alma_safe.verifier.properties.episodes import REWARDS, Operation, beginning
from alma_safe.verifier.properties.texts import AWKWARD
from alma_safe.verifier.properties.violation import Violation

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

LAYOUT = 2
"""Raised when the strategy changes, so that old banks are not reused."""

_MAX_STEPS = 4
_BANK_LIMIT_BYTES = 32 << 20
_KEPT_BANKS = 32

type Sequence = list[Operation]


def load_bank(schema: RecorderSchema, settings: PropertiesPolicy, seed: int) -> list[Sequence]:
    """Return the sequences of this seed, generating and keeping them on first use."""
    identity = "\n".join(
        [
            str(LAYOUT), schema.digest, str(seed), str(settings.examples),
            str(settings.max_operations), version_of("hypothesis") or "",
            hashlib.sha256("\0".join(AWKWARD).encode()).hexdigest(),
        ]
    )  # fmt: skip
    name = hashlib.sha256(identity.encode()).hexdigest()[:24]
    path = cache_dir("banks") / f"{schema.domain}-{seed}-{name}.json"
    with contextlib.suppress(OSError, ValueError):
        if path.stat().st_size <= _BANK_LIMIT_BYTES:
            found: list[Sequence] = json.loads(path.read_bytes())
            return found
    sequences = generate(schema, settings, seed)
    # Kept or not, they are the same: a full disk costs time the next time, and no verdict.
    with contextlib.suppress(InfrastructureError):
        write_atomically(path, json.dumps(sequences).encode("ascii"))
    _forget_old(path.parent)
    return sequences


def _forget_old(folder: Path) -> None:
    """Keep the banks that were made last: fresh seeds would fill the cache without end."""
    with contextlib.suppress(OSError):
        by_age = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in by_age[:-_KEPT_BANKS]:
            path.unlink()


def generate(schema: RecorderSchema, settings: PropertiesPolicy, seed: int) -> list[Sequence]:
    """Let Hypothesis draw the sequences of a seed."""
    drawn: list[Sequence] = []

    def keep(sequence: Sequence) -> None:
        drawn.append(sequence)

    _search(schema, settings, seed, keep)
    # Generation is free to repeat itself; replaying twice would tell nothing new.
    return list({json.dumps(sequence): sequence for sequence in drawn}.values())


def shrink_live(
    schema: RecorderSchema,
    settings: PropertiesPolicy,
    seed: int,
    run: Callable[[Sequence], Coroutine[Any, Any, Violation | None]],
    *,
    failing: Sequence,
    budget_s: float,
) -> Awaitable[Violation | None]:
    """Find ``failing`` again and shrink it; None when it does not fail again.

    ``run`` is awaited on the calling loop while Hypothesis works in a thread.
    """
    loop = asyncio.get_running_loop()
    deadline: list[float] = []
    smallest: list[Violation] = []

    def attempt(sequence: Sequence) -> None:
        if not deadline:
            # What was drawn before it has passed already.
            if sequence != failing:
                return
            deadline.append(time.monotonic() + budget_s)
        if time.monotonic() > deadline[0]:
            return
        violation = asyncio.run_coroutine_threadsafe(run(sequence), loop).result()
        if violation is not None:
            violation.trail = violation.trail or sequence
            smallest[:] = [violation]
            raise violation

    def search() -> Violation | None:
        # Past the deadline nothing fails any more, which Hypothesis calls flaky: what
        # was smallest until then stands.
        with contextlib.suppress(Exception, BaseExceptionGroup):
            _search(schema, settings, seed, attempt)
        return smallest[0] if smallest else None

    return asyncio.to_thread(search)


def _search(
    schema: RecorderSchema,
    settings: PropertiesPolicy,
    seed: int,
    test: Callable[[Sequence], None],
) -> None:
    import hypothesis
    from hypothesis.configuration import set_hypothesis_home_dir

    # Its table of characters would be read from the folder that we are run from: whose
    # that is, could choose what a design is tried with.
    set_hypothesis_home_dir(cache_dir("hypothesis"))
    profile = hypothesis.settings(
        backend=_own_backend(),
        max_examples=settings.examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        suppress_health_check=list(hypothesis.HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=hypothesis.Verbosity.quiet,
    )
    strategy = _sequences(schema, settings.max_operations)
    decorated: Any = hypothesis.seed(seed)(profile(hypothesis.given(strategy)(test)))
    decorated()


@functools.lru_cache(maxsize=1)
def _own_backend() -> str:
    """Hypothesis without the constants that it picks from whatever modules are loaded.

    They differ between processes, and with them what a seed draws.
    """
    from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

    class Provider(HypothesisProvider):
        def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
            return None

    AVAILABLE_PROVIDERS["alma-safe"] = Provider
    return "alma-safe"


def _sequences(schema: RecorderSchema, longest: int) -> SearchStrategy[Any]:
    """Sequences of operations; simple first, so that shrinking ends at something small."""
    from hypothesis import strategies as st

    awkward = st.sampled_from(AWKWARD)
    free = st.text(st.characters(codec="utf-8"), max_size=20)

    def texts(field: Field) -> SearchStrategy[str]:
        return st.one_of(st.sampled_from(field.samples), awkward, free)

    def value(field: Field) -> SearchStrategy[Any]:
        if field.kind == "list[str]":
            return st.lists(texts(field), max_size=4)
        if field.kind == "dict[str,str]":
            return st.dictionaries(
                st.sampled_from([entry.partition(": ")[0] for entry in field.samples]),
                st.one_of(awkward, free),
                max_size=4,
            )
        if field.kind == "str":
            return texts(field)
        return st.sampled_from(field.samples)

    init = st.fixed_dictionaries({key: value(field) for key, field in schema.init.items()})
    step = st.fixed_dictionaries({key: value(field) for key, field in schema.step.items()})
    recorder = st.fixed_dictionaries(
        {
            "init": init,
            "steps": st.lists(step, max_size=_MAX_STEPS),
            "reward": st.sampled_from(REWARDS),
        }
    )
    update = recorder.map(lambda drawn: {"op": "update", "recorder": drawn})
    retrieve = recorder.map(lambda drawn: {"op": "retrieve", "recorder": beginning(drawn)})
    return st.lists(st.one_of(update, retrieve), min_size=1, max_size=longest)
