"""The rules of the stage ``properties``."""

from __future__ import annotations

from alma_safe.verifier.rule import Rule


def _rule(number: int, title: str, reason: str, remedy: str, *, warns: bool = False) -> Rule:
    return Rule(
        id=f"P{number}",
        stage="properties",
        title=title,
        reason=reason,
        remedy=remedy,
        warns=warns,
    )


LOAD = _rule(
    101,
    "the design cannot be loaded",
    "The file has to run, define one concrete MemoStructure subclass and construct it with no "
    "arguments, before anything else can be asked of it.",
    "Make the module importable and the class constructible with no arguments.",
)
RAISED = _rule(
    102,
    "a call raised",
    "An exception in general_retrieve or general_update costs the whole episode its reward.",
    "Handle this input; the recorder keeps to its documented shape (re.escape for text in "
    "patterns, .get for what may be missing, a default for what may be empty).",
)
EMPTY = _rule(
    103,
    "retrieve fails on an empty memory",
    "The first episode of every run retrieves before anything was stored.",
    "Return an empty or neutral dict when nothing is stored or nothing matches.",
)
NOT_DICT = _rule(
    104,
    "retrieve returns something else than a dict",
    "The result is written into the agent's prompt as a JSON object.",
    "Return a dict on every path through general_retrieve.",
)
NOT_JSON = _rule(
    105,
    "retrieve returns something that JSON cannot hold",
    "The result crosses to the agent as JSON: no sets, bytes, dates, numpy scalars, NaN, cycles.",
    "Convert to str, int, float, bool, list and dict (sorted(...) for sets, float(...) for numpy).",
)
TOO_LARGE = _rule(
    106,
    "retrieve returns too much",
    "The result goes verbatim into a prompt; what is larger than the cap crowds out the task.",
    "Return the few most useful entries, not everything that is stored.",
)
UPDATE_RETURNS = _rule(
    107,
    "update returns a value",
    "general_update is called for its effect; a returned value points to mixed-up methods.",
    "Return nothing from general_update.",
)
RECORDER_CHANGED = _rule(
    108,
    "the recorder was changed",
    "The same recorder is scored, shown and given to other designs afterwards.",
    "Copy before you change: dict(recorder.init), [dict(step) for step in recorder.steps].",
)
ALIASED = _rule(
    109,
    "an earlier recorder was changed by a later call",
    "The memory kept a reference into a recorder and changed it later.",
    "Store copies of what you keep from a recorder (copy.deepcopy).",
)
SHARED = _rule(
    110,
    "instances share state",
    "Independent memories run side by side; what one learns must not reach another.",
    "Keep state on self, set in __init__: no class attributes, mutable default arguments, module "
    "globals or lru_cache on functions; name a collection of Chroma with uuid.uuid4().hex for each "
    "instance, as id(), clocks and random numbers come again.",
)
CONCURRENT = _rule(
    111,
    "concurrent retrieves disturb each other",
    "Ten episodes retrieve at once from one memory.",
    "Keep what belongs to one call in local variables; hold a lock only around its own work.",
)
GROWS = _rule(
    112,
    "the result grows with every episode",
    "After some hundred episodes the prompt holds nothing else.",
    "Rank and cap what is returned, summarise what is stored.",
)
MEMORY = _rule(
    113,
    "the design ran out of memory",
    "The guest was stopped at its memory limit.",
    "Bound what is stored; do not copy the whole store on each call.",
)
HASH_ORDER = _rule(
    114,
    "the result is not reproducible",
    "With the same inputs, seed and clock two runs differ: hash order, object ids or entropy.",
    "Sort sets before iterating, break ties by a key, use hashlib instead of hash(), seed Random "
    "and default_rng, keep uuid4() and id() out of the result (uuid4 is right in the name of a "
    "collection of Chroma).",
)
SLOW = _rule(
    115,
    "a call did not return in time",
    "A call that hangs or takes far too long stops the whole run.",
    "Bound loops and recursion; release or do not nest locks; avoid work that grows with the "
    "square of the input.",
)
LLM_CRASH = _rule(
    116,
    "a bad answer of the LLM crashes the design",
    "Models answer garbage, wrong JSON or nothing now and then.",
    "Check the answer before using it; keep the old state when it is unusable.",
)
LLM_WIPES = _rule(
    117,
    "a bad answer of the LLM destroys what the memory held",
    "One unusable answer must not cost what was learnt before.",
    "Parse first; replace the old state only by an answer that parsed.",
)
OUTAGE = _rule(
    118,
    "a model outage passes through the design",
    "When the LLM or the embedding is down, the call fails instead of doing without.",
    "Catch the outage and fall back to what needs no model.",
    warns=True,
)
LEARNS = _rule(
    119,
    "retrieve changes later answers",
    "The same question gives another answer the second time; scores then depend on the order.",
    "Fine for a design that explores on purpose; otherwise keep state changes in general_update.",
    warns=True,
)
WRITE_ONLY = _rule(
    120,
    "nothing that was stored comes back",
    "After several episodes retrieve still answers as on an empty memory.",
    "Check keys, thresholds and what general_update really stores.",
    warns=True,
)
DIED = _rule(
    121,
    "the guest was stopped",
    "The design's process ended or was ended while a call was under way.",
    "Do not end the process, touch the runner, or ask the kernel for what a design has no use for.",
)
MISSHAPEN = _rule(
    122,
    "an undocumented shape is not survived",
    "Recorders should keep to the documented keys and types, but environments have bugs too.",
    "Use .get with a default, and accept action_took as a list.",
    warns=True,
)
FLAKY = _rule(
    123,
    "a failure that comes and goes",
    "The same sequence of calls failed once and passed once: hidden state or a race.",
    "Remove hidden state between instances; do not depend on timing.",
)
LLM_REPLACED = _rule(
    124,
    "plain text of the LLM replaces what the memory held",
    "The design takes any text as its new state, so a bad answer replaces it.",
    "Ask for a marked or structured answer, and keep the old state when the mark is missing.",
    warns=True,
)

TASKS = _rule(
    125,
    "update leaves work running behind it",
    "What a task stores after general_update has returned comes too late, or never.",
    "Await the work before returning (await, asyncio.gather, asyncio.TaskGroup).",
    warns=True,
)

HOARDS = _rule(
    126,
    "the memory grows without bound",
    "After a long run the guest would be stopped at its memory limit.",
    "Store summaries instead of raw episodes, and drop the oldest or least useful entries.",
)

RULES: tuple[Rule, ...] = (
    LOAD, RAISED, EMPTY, NOT_DICT, NOT_JSON, TOO_LARGE, UPDATE_RETURNS, RECORDER_CHANGED, ALIASED,
    SHARED, CONCURRENT, GROWS, MEMORY, HASH_ORDER, SLOW, LLM_CRASH, LLM_WIPES, OUTAGE, LEARNS,
    WRITE_ONLY, DIED, MISSHAPEN, FLAKY, LLM_REPLACED, TASKS, HOARDS,
)  # fmt: skip
