"""The rules of the static stage, one file per family.

A family defines ``RULES`` and ``check(tree, settings, collector)``.
"""
