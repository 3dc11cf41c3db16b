from typing import Any

from langchain_core.documents import Document

class Chroma:
    _collection: Any
    def __init__(
        self,
        collection_name: str = "langchain",
        embedding_function: Any = None,
        persist_directory: None = None,
        collection_metadata: dict[str, Any] | None = None,
    ) -> None: ...
    @property
    def embeddings(self) -> Any: ...
    def add_texts(
        self, texts: Any, metadatas: Any = None, ids: Any = None, **_: Any
    ) -> list[str]: ...
    def add_documents(self, documents: Any, ids: Any = None, **_: Any) -> list[str]: ...
    def similarity_search(
        self, query: str, k: int = 4, filter: Any = None, **_: Any
    ) -> list[Document]: ...
    def similarity_search_with_score(
        self, query: str, k: int = 4, filter: Any = None, **_: Any
    ) -> list[tuple[Document, float]]: ...
    def similarity_search_by_vector(
        self, embedding: Any, k: int = 4, filter: Any = None, **_: Any
    ) -> list[Document]: ...
    def similarity_search_with_relevance_scores(
        self, query: str, k: int = 4, score_threshold: float | None = None, **_: Any
    ) -> list[tuple[Document, float]]: ...
    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        filter: Any = None,
        **_: Any,
    ) -> list[Document]: ...
    def get(
        self,
        ids: Any = None,
        where: Any = None,
        limit: int | None = None,
        offset: int | None = None,
        include: Any = None,
        **_: Any,
    ) -> dict[str, Any]: ...
    def get_by_ids(self, ids: Any) -> list[Document]: ...
    def update_document(self, document_id: str, document: Document) -> None: ...
    def update_documents(self, ids: list[str], documents: list[Document]) -> None: ...
    def delete(self, ids: Any = None, where: Any = None, **_: Any) -> None: ...
    def delete_collection(self) -> None: ...
    def reset_collection(self) -> None: ...
    async def aadd_texts(
        self, texts: Any, metadatas: Any = None, ids: Any = None, **_: Any
    ) -> list[str]: ...
    async def aadd_documents(self, documents: Any, ids: Any = None, **_: Any) -> list[str]: ...
    async def amax_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        filter: Any = None,
        **_: Any,
    ) -> list[Document]: ...
    async def asimilarity_search(
        self, query: str, k: int = 4, filter: Any = None, **_: Any
    ) -> list[Document]: ...
    async def asimilarity_search_with_score(
        self, query: str, k: int = 4, filter: Any = None, **_: Any
    ) -> list[tuple[Document, float]]: ...
    async def adelete(self, ids: Any = None, **_: Any) -> None: ...
