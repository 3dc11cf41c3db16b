"""ALMA's name for the LLM and embedding helpers."""
