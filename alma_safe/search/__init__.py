"""ALMA's open-ended search over memory designs, with the gate's findings as feedback."""
