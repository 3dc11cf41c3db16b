from collections.abc import Iterable, Mapping
from typing import Any

class Agent:
    model: str
    system_prompt: str
    output_schema: dict[str, Any] | None
    messages: list[dict[str, Any]]
    def __init__(
        self,
        system_prompt: str = "",
        output_schema: Mapping[str, Any] | None = None,
        model: str = "gpt-4.1",
    ) -> None: ...
    def get_agent_config(self) -> dict[str, Any]: ...
    async def ask(
        self,
        user_input: Any,
        with_full_msg: bool = False,
        with_history: bool = False,
        temperature: float | None = None,
        reasoning_effort: str | None = None,
    ) -> Any: ...

class Embedding:
    model: str
    retries: int
    retry_delay: float
    def __init__(
        self, model: str = "text-embedding-3-small", retries: int = 3, retry_delay: float = 1.0
    ) -> None: ...
    def __call__(self, input: Iterable[str]) -> list[list[float]]: ...
    async def get_embedding(self, text: str) -> list[float]: ...
    async def get_batch_embeddings(self, texts: Iterable[str]) -> list[list[float]]: ...
    def embed_query(self, text: str) -> list[float]: ...
    def embed_documents(self, texts: Iterable[str]) -> list[list[float]]: ...
    async def aembed_query(self, text: str) -> list[float]: ...
    async def aembed_documents(self, texts: Iterable[str]) -> list[list[float]]: ...
    @staticmethod
    async def compute_similarity(emb1: Any, emb2: Any, metric: str = "cosine") -> float: ...
    @staticmethod
    async def compute_one_to_group_similarity(
        emb: Any, group_emb: Any, metric: str = "cosine"
    ) -> list[float]: ...
