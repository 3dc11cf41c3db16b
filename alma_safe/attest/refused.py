"""A receipt that does not hold, and the field in which it does not."""

from __future__ import annotations

from alma_safe.errors import AlmaSafeError


class ReceiptRefused(AlmaSafeError):
    """Nothing is accepted by it. ``field`` names what is wrong, as in the receipt. Exit 1."""

    exit_code = 1

    def __init__(self, field: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"the receipt is refused: {field}: {message}", hint=hint)
        self.field = field
