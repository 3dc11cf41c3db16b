"""A stand-in for langchain_chroma: the same surface, in memory, exact search.

Like the real one, all stores of one process that use the same collection name
share one collection: a design that relies on the default name leaks between its
instances, and the gate has to see that.
"""

import asyncio
import math
import re
import uuid

from langchain_core.documents import Document

__all__ = ["Chroma"]

_DEFAULT_COLLECTION = "langchain"
_PRIMITIVES = (str, int, float, bool, type(None))
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,510}[a-zA-Z0-9]")
_collections = {}


class _Collection:
    """Rows by id, in insertion order."""

    def __init__(self, name, space):
        self.name = name
        self.space = space
        self.rows = {}

    def count(self):
        return len(self.rows)

    def upsert(self, ids, documents, metadatas, embeddings):
        for row in zip(ids, documents, metadatas, embeddings, strict=True):
            self.rows[row[0]] = row[1:]

    def get(self, ids=None, where=None, limit=None, offset=0, include=None):
        wanted = None if ids is None else ([ids] if isinstance(ids, str) else list(ids))
        picked = [
            (key, *self.rows[key])
            for key in (self.rows if wanted is None else wanted)
            if key in self.rows and _matches(self.rows[key][1], where)
        ]
        picked = picked[offset or 0 :][:limit] if limit is not None else picked[offset or 0 :]
        shown = include or ["metadatas", "documents"]
        return {
            "ids": [row[0] for row in picked],
            "documents": [row[1] for row in picked] if "documents" in shown else None,
            "metadatas": [row[2] or None for row in picked] if "metadatas" in shown else None,
            "embeddings": [row[3] for row in picked] if "embeddings" in shown else None,
            "included": list(shown),
        }

    def delete(self, ids=None, where=None):
        for key in self.get(ids=ids, where=where)["ids"]:
            del self.rows[key]

    def nearest(self, vector, k, where):
        measured = [
            (self._distance(vector, row[2]), number, key, row)
            for number, (key, row) in enumerate(self.rows.items())
            if _matches(row[1], where)
        ]
        measured.sort(key=lambda entry: entry[:2])
        return [
            (Document(page_content=row[0], metadata=dict(row[1]), id=key), distance)
            for distance, _, key, row in measured[:k]
        ]

    def _distance(self, left, right):
        dot = sum(a * b for a, b in zip(left, right, strict=True))
        if self.space == "ip":
            return 1.0 - dot
        left_norm, right_norm = (sum(a * a for a in v) for v in (left, right))
        if self.space == "cosine":
            norm = math.sqrt(left_norm * right_norm)
            return 1.0 - dot / norm if norm else 1.0
        return max(0.0, left_norm + right_norm - 2.0 * dot)


class Chroma:
    """A vector store over the design's embedding function."""

    def __init__(
        self,
        collection_name=_DEFAULT_COLLECTION,
        embedding_function=None,
        persist_directory=None,
        collection_metadata=None,
        **unsupported,
    ):
        if persist_directory is not None or unsupported:
            names = ", ".join(["persist_directory"] if persist_directory else sorted(unsupported))
            raise ValueError(f"not available in the sandbox: {names}")
        if not isinstance(collection_name, str) or not _NAME.fullmatch(collection_name):
            raise ValueError(
                f"collection name {collection_name!r}: 3 to 512 of [a-zA-Z0-9._-], starting and "
                "ending with a letter or digit"
            )
        space = (collection_metadata or {}).get("hnsw:space", "l2")
        self._embedding_function = embedding_function
        self._name = collection_name
        self._collection = _collections.setdefault(
            collection_name, _Collection(collection_name, space)
        )

    @property
    def embeddings(self):
        """The embedding function."""
        return self._embedding_function

    def add_texts(self, texts, metadatas=None, ids=None, **_):
        """Store texts and return their ids; an id that exists is replaced."""
        texts = [str(text) for text in texts]
        if not texts:
            raise ValueError("no texts to add")
        metadatas = [dict(entry or {}) for entry in metadatas or []]
        metadatas += [{}] * (len(texts) - len(metadatas))
        for entry in metadatas:
            _check_metadata(entry)
        keys = [str(key) if key else str(uuid.uuid4()) for key in ids or [None] * len(texts)]
        self._collection.upsert(keys, texts, metadatas, self._embed(texts))
        return keys

    def add_documents(self, documents, ids=None, **_):
        """Store documents and return their ids."""
        documents = list(documents)
        return self.add_texts(
            [document.page_content for document in documents],
            [document.metadata for document in documents],
            ids,
        )

    def similarity_search(self, query, k=4, filter=None, **_):
        """Return the k nearest documents, nearest first."""
        return [document for document, _ in self.similarity_search_with_score(query, k, filter)]

    def similarity_search_with_score(self, query, k=4, filter=None, **_):
        """Return the k nearest documents with their distances, nearest first."""
        return self._nearest(self._embed([query])[0], k, filter)

    def similarity_search_by_vector(self, embedding, k=4, filter=None, **_):
        """Return the k documents nearest to a vector."""
        return [document for document, _ in self._nearest(embedding, k, filter)]

    def similarity_search_with_relevance_scores(self, query, k=4, score_threshold=None, **_):
        """Return the k nearest documents with scores in [0, 1], best first."""
        rated = [
            (document, 1.0 / (1.0 + distance))
            for document, distance in self.similarity_search_with_score(query, k)
        ]
        return [pair for pair in rated if score_threshold is None or pair[1] >= score_threshold]

    def max_marginal_relevance_search(
        self, query, k=4, fetch_k=20, lambda_mult=0.5, filter=None, **_
    ):
        """Return k of the fetch_k nearest documents that differ from each other as well."""
        vector = self._embed([query])[0]
        near = [document for document, _ in self._nearest(vector, fetch_k, filter)]
        vectors = [self._collection.rows[document.id][2] for document in near]
        chosen = _spread(vector, vectors, k, lambda_mult)
        return [document for number, document in enumerate(near) if number in chosen]

    def get(self, ids=None, where=None, limit=None, offset=None, include=None, **_):
        """Return stored rows: parallel lists under ids, documents, metadatas."""
        return self._collection.get(ids, where, limit, offset or 0, include)

    def get_by_ids(self, ids):
        """Return the documents of these ids that exist."""
        rows = self._collection.get(ids=list(ids))
        return [
            Document(page_content=text, metadata=dict(entry or {}), id=key)
            for key, text, entry in zip(
                rows["ids"], rows["documents"], rows["metadatas"], strict=True
            )
        ]

    def update_document(self, document_id, document):
        """Replace the document under an id."""
        self.update_documents([document_id], [document])

    def update_documents(self, ids, documents):
        """Replace the documents under these ids."""
        if not all(document.metadata for document in documents):
            raise ValueError("an update needs metadata")
        self.add_documents(documents, ids)

    def delete(self, ids=None, where=None, **_):
        """Remove rows by id."""
        self._collection.delete(ids=ids, where=where)

    def delete_collection(self):
        """Remove the collection with all its rows."""
        self._collection.rows.clear()
        _collections.pop(self._name, None)

    def reset_collection(self):
        """Empty the collection."""
        self._collection.rows.clear()

    async def aadd_texts(self, texts, metadatas=None, ids=None, **_):
        """Store texts; see add_texts."""
        return await asyncio.to_thread(self.add_texts, texts, metadatas, ids)

    async def aadd_documents(self, documents, ids=None, **_):
        """Store documents; see add_documents."""
        return await asyncio.to_thread(self.add_documents, documents, ids)

    async def amax_marginal_relevance_search(
        self, query, k=4, fetch_k=20, lambda_mult=0.5, filter=None, **_
    ):
        """Search; see max_marginal_relevance_search."""
        return await asyncio.to_thread(
            self.max_marginal_relevance_search, query, k, fetch_k, lambda_mult, filter
        )

    async def asimilarity_search(self, query, k=4, filter=None, **_):
        """Search; see similarity_search."""
        return await asyncio.to_thread(self.similarity_search, query, k, filter)

    async def asimilarity_search_with_score(self, query, k=4, filter=None, **_):
        """Search; see similarity_search_with_score."""
        return await asyncio.to_thread(self.similarity_search_with_score, query, k, filter)

    async def adelete(self, ids=None, **_):
        """Remove rows; see delete."""
        self.delete(ids)

    def _nearest(self, vector, k, where):
        if not isinstance(k, int) or k < 1:
            raise ValueError(f"number of results must be at least 1, got {k}")
        return self._collection.nearest(vector, k, where)

    def _embed(self, texts):
        if self._embedding_function is None:
            raise ValueError("Chroma needs an embedding_function")
        return self._embedding_function.embed_documents(texts)


def _spread(vector, others, k, weight):
    """The numbers of k vectors: near to the first, far from those that were chosen before."""
    chosen = []
    near = [_cosine(vector, other) for other in others]
    while len(chosen) < min(k, len(others)):
        left = [number for number in range(len(others)) if number not in chosen]

        def worth(number):
            same = max((_cosine(others[number], others[each]) for each in chosen), default=0.0)
            return weight * near[number] - (1.0 - weight) * same

        chosen.append(max(left, key=worth) if chosen else max(left, key=near.__getitem__))
    return chosen


def _cosine(left, right):
    dot = sum(a * b for a, b in zip(left, right, strict=True))
    norm = math.sqrt(sum(a * a for a in left) * sum(b * b for b in right))
    return dot / norm if norm else 0.0


def _check_metadata(entry):
    for key, value in entry.items():
        flat = isinstance(value, _PRIMITIVES) or (
            isinstance(value, list)
            and value
            and all(type(item) is type(value[0]) for item in value)
            and isinstance(value[0], _PRIMITIVES)
        )
        if not isinstance(key, str) or not flat:
            raise ValueError(
                f"metadata value of {key!r} must be a str, int, float or bool, "
                f"not {type(value).__name__}"
            )


_OPERATORS = {
    "$eq": lambda have, want: have == want,
    "$ne": lambda have, want: have != want,
    "$gt": lambda have, want: have is not None and have > want,
    "$gte": lambda have, want: have is not None and have >= want,
    "$lt": lambda have, want: have is not None and have < want,
    "$lte": lambda have, want: have is not None and have <= want,
    "$in": lambda have, want: have in want,
    "$nin": lambda have, want: have not in want,
}


def _matches(metadata, where):
    if not where:
        return True
    for key, want in where.items():
        if key == "$and":
            if not all(_matches(metadata, part) for part in want):
                return False
        elif key == "$or":
            if not any(_matches(metadata, part) for part in want):
                return False
        elif isinstance(want, dict):
            if not all(_OPERATORS[name](metadata.get(key), value) for name, value in want.items()):
                return False
        elif metadata.get(key) != want:
            return False
    return True
