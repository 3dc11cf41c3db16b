"""The nsjail backend: the default wall on Linux."""
