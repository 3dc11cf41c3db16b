"""The static stage: a deny-by-default filter over the source of a design.

It refuses early and says why; it is not the wall. Nothing is imported here: the
worker process loads this package and must stay light.
"""
