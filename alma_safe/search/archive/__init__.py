"""A run on disk."""

from alma_safe.search.archive.reader import Reader, looked_at
from alma_safe.search.archive.writer import Archive

__all__ = ["Archive", "Reader", "looked_at"]
