"""ALMA's name for the contract's base classes."""

from alma_safe.contract import Basic_Recorder, MemoStructure, Sub_memo_layer

__all__ = ["Basic_Recorder", "MemoStructure", "Sub_memo_layer"]
