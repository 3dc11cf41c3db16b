"""The host's side of the static stage's worker."""

from __future__ import annotations

from typing import Any

from alma_safe.policy import Policy
from alma_safe.verifier.bounded.process import BoundedProcess
from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static import settings

GAVE_UP = Rule(
    id="S012",
    stage="static",
    title="the checker gave up on this source",
    reason="A source that makes the parser or a rule crash or run out of time is not let through.",
    remedy="Simplify the design: shorter functions, fewer and smaller literals.",
)

RULES = (GAVE_UP,)


class Worker(BoundedProcess):
    """Parses sources and judges their trees by one policy."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(
            "alma_safe.verifier.static.worker",
            title="the static checker",
            timeout_s=policy.source.timeout_s,
            packages=("RestrictedPython",),
            hello={"settings": settings.to_json(policy)},
        )

    async def check(self, op: str, source: str) -> dict[str, Any]:
        """Have one source checked. Raises WorkerGaveUp when that source broke the worker."""
        return await self.ask({"op": op, "source": source})
