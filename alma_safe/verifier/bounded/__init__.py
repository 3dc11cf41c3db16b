"""Processes of our own that read hostile text: bounded, killed at their deadline."""
