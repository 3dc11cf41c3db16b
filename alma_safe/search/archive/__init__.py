"""A run on disk."""

from alma_safe.search.archive.reader import Reader
from alma_safe.search.archive.writer import Archive

__all__ = ["Archive", "Reader"]
