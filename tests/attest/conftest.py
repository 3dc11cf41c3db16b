from __future__ import annotations

from typing import Any

import pytest

from alma_safe.attest import keys


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    path = tmp_path_factory.mktemp("keys") / "key"
    keys.generate(path, None)
    return keys.signer(path, None), keys.public(path.with_name("key.pub"))


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    path = tmp_path_factory.mktemp("other") / "key"
    keys.generate(path, None)
    return keys.signer(path, None), keys.public(path.with_name("key.pub"))
