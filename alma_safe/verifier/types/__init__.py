"""The stage ``types``: mypy against the contract, in a bounded subprocess.

``stage`` runs on the host and reads no design text but to hand it over. ``driver`` is
the subprocess: it runs mypy; ``shape``, ``context``, ``judge`` and ``awaits`` decide
there what mypy's words mean for a design. ``rules`` says why something blocks.
"""
