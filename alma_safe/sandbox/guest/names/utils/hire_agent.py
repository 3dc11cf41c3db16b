"""Agent and Embedding as designs know them; every call is answered by the host's broker."""

import asyncio
import base64
import json
import math
from array import array

from almaguest.bridge import current
from almaguest.schema import mismatch

__all__ = ["Agent", "Embedding"]

_EMPTY_ANSWER = "The model gave no answer."


class Agent:
    """One LLM with a system prompt; with ``output_schema`` its answers are JSON objects."""

    def __init__(self, system_prompt="", output_schema=None, model="gpt-4.1"):
        self.model = model
        self.system_prompt = str(system_prompt)
        self.output_schema = output_schema or None
        self.messages = [{"role": "system", "content": self.system_prompt}]

    def get_agent_config(self):
        """Return model, system prompt and the conversation so far."""
        return {
            "model": self.model,
            "system_prompt": self.system_prompt,
            "history": list(self.messages[1:]),
        }

    async def ask(
        self,
        user_input,
        with_full_msg=False,
        with_history=False,
        temperature=None,
        reasoning_effort=None,
    ):
        """Return the answer: text, or with a schema the parsed object.

        An answer that is no JSON or misses the schema comes back as
        ``{"error": ..., "raw_output": ...}``. Raises when the model is unavailable.
        """
        question = {"role": "user", "content": user_input}
        if with_full_msg:
            messages = user_input
        elif with_history:
            messages = [*self.messages, question]
        else:
            messages = [self.messages[0], question]
        self.messages.append(question)
        answer = await current().call(
            "chat",
            {
                "model": str(self.model),
                "messages": messages,
                "schema": self.output_schema,
                "temperature": temperature,
                "reasoning_effort": reasoning_effort,
            },
        )
        text = answer if isinstance(answer, str) and answer.strip() else _EMPTY_ANSWER
        self.messages.append({"role": "assistant", "content": text})
        return text if self.output_schema is None else self._parsed(text)

    def _parsed(self, text):
        try:
            value = json.loads(text)
        except ValueError:
            return {"error": "The answer is not valid JSON.", "raw_output": text}
        problem = mismatch(value, self.output_schema)
        if problem:
            return {"error": f"The answer misses the schema: {problem}", "raw_output": text}
        return value


class Embedding:
    """Text embeddings, one vector of floats per text."""

    def __init__(self, model="text-embedding-3-small", retries=3, retry_delay=1.0):
        self.model = model
        self.retries = retries
        self.retry_delay = retry_delay

    def __call__(self, input):
        """Return one vector per text, synchronously, from any thread."""
        texts = list(input)
        if not texts:
            return []
        return _vectors(current().call_sync("embed", self._payload(texts)))

    async def get_embedding(self, text):
        """Return the vector of one text."""
        if not isinstance(text, str):
            raise TypeError(f"get_embedding takes a str, not {type(text).__name__}")
        return (await self.get_batch_embeddings([text]))[0]

    async def get_batch_embeddings(self, texts):
        """Return one vector per text, in order."""
        texts = list(texts)
        if not texts:
            return []
        return _vectors(await current().call("embed", self._payload(texts)))

    def embed_query(self, text):
        """Return the vector of one text, synchronously."""
        return self([text])[0]

    def embed_documents(self, texts):
        """Return one vector per text, synchronously."""
        return self(texts)

    async def aembed_query(self, text):
        """Return the vector of one text."""
        return await self.get_embedding(text)

    async def aembed_documents(self, texts):
        """Return one vector per text."""
        return await self.get_batch_embeddings(texts)

    @staticmethod
    async def compute_similarity(emb1, emb2, metric="cosine"):
        """Return the cosine of two vectors, 0.0 when one of them is zero."""
        if metric != "cosine":
            raise ValueError(f"unsupported similarity metric: {metric}")
        await asyncio.sleep(0)
        return _cosine(emb1, emb2)

    @staticmethod
    async def compute_one_to_group_similarity(emb, group_emb, metric="cosine"):
        """Return the cosine of one vector with each of a group."""
        if metric != "cosine":
            raise ValueError(f"unsupported similarity metric: {metric}")
        await asyncio.sleep(0)
        return [_cosine(emb, other) for other in group_emb]

    def _payload(self, texts):
        for text in texts:
            if not isinstance(text, str):
                raise TypeError(f"only text can be embedded, not {type(text).__name__}")
        return {"model": str(self.model), "texts": texts}


def _vectors(reply):
    """Unpack what the broker sends: float32, little-endian, base64, one row per text."""
    flat = array("f")
    flat.frombytes(base64.b64decode(reply["data"]))
    width = reply["width"]
    return [flat[start : start + width].tolist() for start in range(0, len(flat), width)]


def _cosine(left, right):
    dot = sum(a * b for a, b in zip(left, right, strict=True))
    norm = math.sqrt(sum(a * a for a in left)) * math.sqrt(sum(b * b for b in right))
    return float(dot / norm) if norm else 0.0
