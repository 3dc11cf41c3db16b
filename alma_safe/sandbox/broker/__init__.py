"""The LLM and the embeddings that designs call: on the host, metered, without a way to a key.

``asked`` reads a guest's payload, ``account`` holds the budgets, ``broker`` puts both before
a model: the ``local`` one without a key, an ``endpoint``, or a ``tape`` of earlier answers.
"""

from alma_safe.sandbox.broker.account import Account, BudgetSpent
from alma_safe.sandbox.broker.asked import ChatRequest, EmbedRequest
from alma_safe.sandbox.broker.broker import Broker
from alma_safe.sandbox.broker.local import LocalModel
from alma_safe.sandbox.broker.model import Answer, Model, ModelDown, Tokens, Vectors

__all__ = [
    "Account",
    "Answer",
    "Broker",
    "BudgetSpent",
    "ChatRequest",
    "EmbedRequest",
    "LocalModel",
    "Model",
    "ModelDown",
    "Tokens",
    "Vectors",
]
