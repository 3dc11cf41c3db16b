"""Every rule of the static stage. Loads the grammar's library: import it only to explain."""

from __future__ import annotations

from alma_safe.verifier.rule import Rule
from alma_safe.verifier.static import check, client, ruff, source

RULES: tuple[Rule, ...] = (*source.RULES, *client.RULES, *ruff.RULES, *check.RULES)
