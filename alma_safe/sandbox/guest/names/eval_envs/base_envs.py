"""ALMA's name for the recorder."""

from alma_safe.contract import Basic_Recorder

__all__ = ["Basic_Recorder"]
