"""Designs as syntax trees: what they are like, and making new ones of them.

Their text is hostile: all of this runs in a bounded process of its own
(:mod:`alma_safe.search.trees.worker`), which the host asks by
:class:`alma_safe.search.trees.client.Trees`.
"""
