"""The guest: the only code of ours that runs inside the wall. Standard library only."""

import sys

# asyncio would import ssl, which costs a tenth of the start and has no use here. Before any
# module of this package, since whichever comes first brings asyncio.
sys.modules["ssl"] = None  # type: ignore[assignment]
import asyncio  # noqa: E402, F401

del sys.modules["ssl"]
