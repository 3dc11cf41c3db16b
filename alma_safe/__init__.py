"""alma-safe: vets agent-memory designs before a line of them is trusted."""

__version__ = "0.1.0"
