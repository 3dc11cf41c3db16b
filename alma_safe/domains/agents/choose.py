"""An agent by its name, and the model that answers what designs ask."""

from __future__ import annotations

from alma_safe.domains.agents.base import Agent
from alma_safe.domains.pack import Pack
from alma_safe.errors import UsageError
from alma_safe.policy import Policy, Price
from alma_safe.sandbox.broker.model import Model
from alma_safe.text import visible

AGENTS = ("scripted", "llm")


def model_for(agent: str, base_url: str | None = None) -> Model:
    """What answers the designs' own calls, and the agent where it is a model.

    Raises UsageError where an endpoint is needed and no key is there.
    """
    if agent == "llm":
        from alma_safe.sandbox.broker.endpoint import EndpointModel

        return EndpointModel(base_url=base_url)

    from alma_safe.sandbox.broker import LocalModel

    return LocalModel()


def named(text: str, policy: Policy) -> tuple[str, str | None, Price]:
    """Read ``name`` or ``name/effort``: name, effort and price.

    Raises UsageError for a model without a price, since what it costs could not be counted,
    and for an effort that there is not.
    """
    from alma_safe.sandbox.broker.asked import EFFORTS

    name, slash, effort = text.rpartition("/")
    if name in policy.price_table and text not in policy.price_table and effort not in EFFORTS:
        raise UsageError(
            f"the model {visible(name)} has no effort {visible(effort) or 'without a name'}",
            hint=f"efforts: {', '.join(EFFORTS)}",
        )
    if not slash or effort not in EFFORTS:
        name, effort = text, ""
    price = policy.price_table.get(name)
    if price is None:
        raise UsageError(
            f"the model {visible(name)} has no price in the price table",
            hint="add it to the policy's prices.toml, in US dollars per million tokens",
        )
    return name, effort or None, price


def agent_of(
    name: str,
    model_name: str | None,
    *,
    pack: Pack,
    policy: Policy,
    model: Model,
    fresh_answers: bool = False,
) -> Agent:
    """Return an agent. Raises UsageError for one there is not, or whose model has no price."""
    if name not in AGENTS:
        raise UsageError(f"no agent named {visible(name)}", hint=f"agents: {', '.join(AGENTS)}")
    if name == "scripted":
        from alma_safe.domains.agents.scripted import ScriptedAgent

        if model_name:
            raise UsageError("--model is for --agent llm")
        return ScriptedAgent()
    if not model_name:
        raise UsageError("--agent llm needs --model NAME or NAME/EFFORT")

    from alma_safe.cache import cache_dir
    from alma_safe.domains.agents.llm import LlmAgent

    asked, effort, price = named(model_name, policy)
    return LlmAgent(
        model=model,
        model_name=asked,
        effort=effort,
        prompt=pack.prompt,
        price=price,
        answers=None if fresh_answers else cache_dir("answers"),
    )
