"""ALMA's name for the contract's base classes."""
