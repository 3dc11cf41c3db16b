"""The worker process: reads sources, answers children, fingerprints and descriptors.

Sources are hostile text; they are parsed here, and nothing of them is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alma_safe.search.trees.breeding import child, fingerprint
from alma_safe.verifier.bounded.serving import Answering, serve


def main() -> None:
    """Serve requests until stdin is closed."""
    serve(_prepared)


def _prepared(hello: Mapping[str, Any]) -> Answering:
    def answer(request: Mapping[str, Any]) -> dict[str, Any]:
        if request["op"] == "child":
            return child(request["parent"], request["mutations"], request["donors"])
        return fingerprint(request["source"])

    return answer


if __name__ == "__main__":
    main()
