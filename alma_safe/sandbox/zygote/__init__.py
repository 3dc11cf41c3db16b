"""Guests forked from a jailed parent: the same wall, for a fraction of the cost."""
