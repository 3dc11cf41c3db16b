"""The rules of the stage ``execution``."""

from __future__ import annotations

from alma_safe.verifier.rule import Rule


def _rule(number: int, title: str, reason: str, remedy: str) -> Rule:
    return Rule(id=f"E{number}", stage="execution", title=title, reason=reason, remedy=remedy)


ENDED = _rule(
    201,
    "the guest did not survive the workload",
    "The workload is small beside a real run; a design that ends here would end there.",
    "Look at the ending and the counters: bound memory, time and threads; print a few words, not "
    "recorders.",
)
RAISED = _rule(
    202,
    "a call of the workload raised",
    "On episodes as the domains leave them every call has to succeed.",
    "Handle this episode; the snippet of the call is in the evidence.",
)
CPU = _rule(
    203,
    "too much CPU time",
    "Memory runs beside the agent; what it costs is paid on every episode of every run.",
    "Index instead of scanning, cache what does not change, sample what is compared.",
)
WALL = _rule(
    204,
    "too much wall-clock time",
    "The workload took longer than the policy grants.",
    "Do less per call; ask models for many things in one call.",
)
MEMORY = _rule(
    205,
    "too much memory",
    "The peak of the whole guest is over the policy's budget.",
    "Keep summaries instead of raw episodes; bound every store.",
)
LLM_CALLS = _rule(
    206,
    "too many LLM calls",
    "Every call is paid for; the budget is far above what one call per episode needs.",
    "Ask once per episode, batch what belongs together, reuse earlier answers.",
)
LLM_CHARS = _rule(
    207,
    "too much text sent to the LLM",
    "Text is paid for by length.",
    "Send summaries and the relevant steps, not whole histories.",
)

RULES: tuple[Rule, ...] = (ENDED, RAISED, CPU, WALL, MEMORY, LLM_CALLS, LLM_CHARS)
