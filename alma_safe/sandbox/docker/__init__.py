"""The docker backend: for hosts without user namespaces, and for a wall of another kind."""
