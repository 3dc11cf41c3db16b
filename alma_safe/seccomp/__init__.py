"""The policy of system calls: one readable text, for every kind of wall."""

from alma_safe.seccomp.model import SeccompPolicy

__all__ = ["SeccompPolicy"]
