"""The worker process of the static stage: reads sources, answers findings.

Hostile text is only ever parsed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alma_safe.verifier.bounded.serving import Answering, serve
from alma_safe.verifier.static.check import Checker
from alma_safe.verifier.static.settings import from_json


def main() -> None:
    """Serve requests until stdin is closed."""
    serve(_prepared)


def _prepared(hello: Mapping[str, Any]) -> Answering:
    checker = Checker(from_json(hello["settings"]))

    def answer(request: Mapping[str, Any]) -> dict[str, Any]:
        source = request["source"]
        if request["op"] == "intake":
            return checker.intake(source)
        if request["op"] == "annotations":
            return checker.annotations(source)
        return checker.check(source)

    return answer


if __name__ == "__main__":
    main()
