from __future__ import annotations

import importlib.metadata
import sys

import pytest

from alma_safe.installed import version_of


@pytest.mark.parametrize("name", ["numpy", "typing_extensions", "typing-extensions", "hypothesis"])
def test_versions_are_those_of_the_metadata(name):
    assert version_of(name) == importlib.metadata.version(name)


def test_what_is_not_installed_has_no_version():
    assert version_of("no-such-distribution") is None


def test_the_first_folder_of_the_path_counts(tmp_path, monkeypatch):
    (tmp_path / "made_up-1.5.dist-info").mkdir()
    (tmp_path / "nothing.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert version_of("Made.Up") == "1.5"
