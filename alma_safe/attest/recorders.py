"""Whether what a receipt's design was given of a domain is what there is of it here.

The name of a domain of one's own is a path: what lies there may have been changed since.
"""

from __future__ import annotations

import os
from pathlib import Path

from alma_safe.attest.receipt import Receipt
from alma_safe.attest.refused import ReceiptRefused
from alma_safe.recorders import material_digest, read_schema, recorder_schema
from alma_safe.text import visible


def require_same(receipt: Receipt, domain: str | None) -> None:
    """Raise ReceiptRefused where a domain's recorders are not those of a receipt.

    ``domain``: as `--domain` has it; None for all of the shipped ones. Raises UsageError
    for one that cannot be read.
    """
    # Read anew: a process that lives long may have read it before it was changed.
    folder = domain is not None and "/" in domain
    schema = read_schema(Path(domain or "", "recorder.toml")) if folder else recorder_schema(domain)
    if material_digest(schema) != receipt.recorders:
        raise ReceiptRefused(
            "evidence.recorders.digest",
            f"the recorders of {visible(domain or 'the shipped domains', 200)} are others here",
            hint="they were changed, or the receipt is of another domain; have the design judged "
            "with them and signed again",
        )


def held(receipt: Receipt, domain: str | None) -> bool:
    """Compare a receipt with the domain that was asked for, else with its own where it can be.

    Returns False where neither is at hand: a folder that is not there. Shipped domains are
    told by the versions in the receipt. Raises as :func:`require_same`.
    """
    own = receipt.domain
    if domain is None and (own is None or "/" not in own):
        return True
    if domain is None and not os.path.lexists(Path(own or "")):
        return False
    require_same(receipt, domain or own)
    return True
