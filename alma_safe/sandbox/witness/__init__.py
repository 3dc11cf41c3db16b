"""Denials that are seen to be real: each attempted with and without the guard that denies it."""
