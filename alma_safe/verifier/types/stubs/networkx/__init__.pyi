# Untyped on purpose: a module-level __getattr__ makes every name and every submodule Any.
from typing import Any

def __getattr__(name: str) -> Any: ...
