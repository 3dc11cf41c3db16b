"""Which system calls a guest makes, counted from outside by ptrace: for audits, not for the wall.

The wall is the filter in the kernel. Tracing makes a guest slower and adds nothing to it.
"""

from alma_safe.sandbox.tracing.client import Trace, Traced

__all__ = ["Trace", "Traced"]
