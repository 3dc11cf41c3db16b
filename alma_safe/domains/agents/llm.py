"""An agent that is a model: the task's rules and the memory as system text, then turn by turn.

Every answer is one action. What goes wrong at the endpoint is waited for and tried again; when
it stays so, the episode is lost and not scored. A conversation that has grown too long
loses its oldest turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from alma_safe.cache import write_atomically
from alma_safe.domains.agents.base import Spent
from alma_safe.domains.base import View
from alma_safe.domains.lost import AgentDown
from alma_safe.errors import InfrastructureError, UsageError
from alma_safe.files import read_regular
from alma_safe.policy import Price
from alma_safe.sandbox.broker.asked import ChatRequest
from alma_safe.sandbox.broker.model import Answer, Model, ModelDown, Tokens

VERSION = "1"

_ATTEMPTS = 4
_SHORTENED = 6
_MAX_ACTION = 256
_MAX_KEPT_BYTES = 4 * 2**20
_MEMORY = "Past experiences that might help you, from your memory, as JSON:\n"
_AGAIN = "Answer with exactly one action and nothing else."
_TOO_LONG = "the model refused the request"


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmAgent:
    """See :class:`alma_safe.domains.agents.base.Agent`.

    ``prompt``: the domain's rules. ``answers``: a folder in which answers are kept, so that
    the same evaluation again costs nothing; None keeps none. ``step_timeout_s``: for one
    answer with everything that is tried for it. ``patience_s``: before the second
    attempt; doubled for each further one.
    """

    model: Model
    model_name: str
    effort: str | None
    prompt: str
    price: Price
    answers: Path | None = None
    step_timeout_s: float = 300.0
    patience_s: float = 2.0
    max_tokens: int = 4096
    concurrency: int = 5
    skills: bool = False
    name: str = "llm"

    @property
    def version(self) -> str:
        """What the same memory may give other scores with."""
        told = hashlib.sha256(self.prompt.encode()).hexdigest()[:8]
        effort = f"/{self.effort}" if self.effort else ""
        return f"{VERSION} {self.model_name}{effort} {told}"

    def player(self, memory: Mapping[str, Any], view: View, seed: int) -> LlmPlayer:
        """Return a player for one episode."""
        system = self.prompt.strip()
        if memory:
            system += "\n\n" + _MEMORY + json.dumps(memory, ensure_ascii=False, sort_keys=True)
        return LlmPlayer(self, system, view.goal, seed)


class LlmPlayer:
    """One episode: the conversation so far, and what it took."""

    def __init__(self, agent: LlmAgent, system: str, goal: str, seed: int) -> None:
        self._agent = agent
        self._system = system
        self._goal = goal
        self._seed = seed
        self._turns: list[tuple[str, str]] = []
        self.spent = Spent()

    async def act(self, view: View) -> str:
        """Ask for the next action. Raises AgentDown.

        An answer that is no action is asked for once more; what comes then is taken as it is
        and costs a step, as with ALMA.
        """
        text = view.text
        if not self._turns and self._goal and self._goal not in text:
            text = f"Your goal: {self._goal}\n\n{text}"
        self._turns.append(("user", text))
        try:
            async with asyncio.timeout(self._agent.step_timeout_s):
                action = _action(await self._asked(), view.choices)
                if not action:
                    self._turns.append(("user", _AGAIN))
                    action = _action(await self._asked(), view.choices)
        except TimeoutError:
            raise AgentDown(
                f"the model gave no answer within {self._agent.step_timeout_s:g} s"
            ) from None
        self._turns.append(("assistant", action or "-"))
        return action

    async def _asked(self) -> str:
        """Ask until there is an answer, shorter where the conversation is too long."""
        agent, failures, shortened = self._agent, 0, 0
        while True:
            request = ChatRequest(
                model=agent.model_name,
                messages=(("system", self._system), *self._turns),
                effort=agent.effort,
                max_tokens=agent.max_tokens,
            )
            if (kept := self._kept(request)) is not None:
                self._count(kept.tokens, paid=False)
                return kept.text
            try:
                answer = await agent.model.chat(request)
            except ModelDown as down:
                if str(down) == _TOO_LONG and len(self._turns) > 2 and shortened < _SHORTENED:
                    shortened += 1
                    self._turns = self._turns[len(self._turns) // 2 :]
                    continue
                failures += 1
                if failures == _ATTEMPTS or down.final:
                    times = "" if down.final else f", {failures} times"
                    raise AgentDown(f"{down}{times}") from None
                await asyncio.sleep(agent.patience_s * 2 ** (failures - 1))
                continue
            self._count(answer.tokens, paid=True)
            self._keep(request, answer)
            return answer.text

    def _count(self, tokens: Tokens, *, paid: bool) -> None:
        price = self._agent.price
        usd = (tokens.input * price.input + tokens.output * price.output) / 1e6
        self.spent = replace(
            self.spent,
            calls=self.spent.calls + paid,
            input_tokens=self.spent.input_tokens + tokens.input * paid,
            output_tokens=self.spent.output_tokens + tokens.output * paid,
            usd=self.spent.usd + usd * paid,
        )

    def _file(self, request: ChatRequest) -> Path | None:
        if self._agent.answers is None:
            return None
        # The seed of the episode is part of it: repeats are to be asked anew.
        asked = [request.model, request.effort, request.max_tokens, request.messages, self._seed]
        name = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        return self._agent.answers / f"{name}.json"

    def _kept(self, request: ChatRequest) -> Answer | None:
        path = self._file(request)
        if path is None:
            return None
        try:
            values = json.loads(read_regular(path, _MAX_KEPT_BYTES).decode("utf-8"))
            tokens = Tokens(input=int(values["input"]), output=int(values["output"]))
            return Answer(text=str(values["text"]), tokens=tokens)
        except (UsageError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def _keep(self, request: ChatRequest, answer: Answer) -> None:
        path = self._file(request)
        if path is None:
            return
        values = {
            "text": answer.text,
            "input": answer.tokens.input,
            "output": answer.tokens.output,
        }
        # A disk that is full costs the answer another time, not the episode.
        with contextlib.suppress(InfrastructureError):
            write_atomically(path, json.dumps(values).encode())


def _action(text: str, choices: tuple[str, ...]) -> str:
    """The action in an answer: the whole of it, its last line, or what is quoted there."""
    lines = [line.strip().strip("`'\"*").strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    for line in (*lines[:1], *lines[-1:]):
        bare = line.removeprefix("Action:").removeprefix("> ").strip()
        if bare in choices or bare.lower() in choices:
            return bare if bare in choices else bare.lower()
    last = lines[-1] if lines else ""
    return last.removeprefix("Action:").removeprefix("> ").strip()[:_MAX_ACTION]
