"""What a vector store returns."""

from dataclasses import dataclass, field


@dataclass
class Document:
    """One stored text with its metadata."""

    page_content: str
    metadata: dict = field(default_factory=dict)
    id: str | None = None
