"""ALMA's name for the recorder."""
