"""The documented shapes of recorders, per domain and all together."""

from __future__ import annotations

from pathlib import Path

import pytest

from alma_safe import recorders
from alma_safe.errors import UsageError
from alma_safe.recorders import DOMAINS, GENERIC, Field, recorder_schema

GOOD = """
schema = "alma-safe/recorder/v1"
domain = "toy"
max_steps = 3
[init.obs]
type = "str"
description = "What is seen."
samples = ["x"]
[step.action_took]
type = "str"
description = "What was done."
samples = ["y"]
"""


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_domain_documents_its_keys(domain: str) -> None:
    schema = recorder_schema(domain)
    assert schema.domain == domain
    assert schema.max_steps > 0
    assert schema.init
    assert "action_took" in schema.step
    for field in (*schema.init.values(), *schema.step.values()):
        assert field.description
        assert field.samples


@pytest.mark.parametrize("domain", DOMAINS)
def test_samples_have_the_type_that_they_illustrate(domain: str) -> None:
    schema = recorder_schema(domain)
    for field in (*schema.init.values(), *schema.step.values()):
        for sample in field.samples:
            assert isinstance(sample, {"float": int | float, "bool": bool}.get(field.kind, str))
            if field.kind == "dict[str,str]":
                assert ": " in sample


def test_generic_schema_has_every_key_of_every_domain() -> None:
    union = recorder_schema(None)
    assert union.domain == GENERIC
    for domain in DOMAINS:
        schema = recorder_schema(domain)
        assert set(schema.init) <= set(union.init)
        assert set(schema.step) <= set(union.step)
        assert union.max_steps >= schema.max_steps


def test_a_key_has_one_type_in_all_domains() -> None:
    kinds: dict[tuple[str, str], set[str]] = {}
    for domain in DOMAINS:
        schema = recorder_schema(domain)
        for part, fields in (("init", schema.init), ("step", schema.step)):
            for key, field in fields.items():
                kinds.setdefault((part, key), set()).add(field.kind)
    assert {key: kind for key, kind in kinds.items() if len(kind) > 1} == {}


def test_schemas_are_told_apart_by_digest() -> None:
    digests = [recorder_schema(domain).digest for domain in (None, *DOMAINS)]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize("domain", ["", "generic", "..", "text world\x1b", "x" * 900])
def test_unknown_domain_is_a_usage_error(domain: str) -> None:
    with pytest.raises(UsageError, match="unknown domain") as caught:
        recorder_schema(domain)
    assert caught.value.message.isprintable()
    assert "textworld" in caught.value.hint


def test_folder_without_a_recorder_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"nowhere/recorder\.toml: No such file"):
        recorder_schema("./nowhere")


def test_schema_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "recorder.toml"
    path.write_text(GOOD)
    schema = recorders.read_schema(path)
    assert schema.init["obs"] == Field(kind="str", description="What is seen.", samples=("x",))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("recorder/v1", "recorder/v2"),
        ('type = "str"', 'type = "int"'),
        ('samples = ["x"]', "samples = []"),
    ],
)
def test_malformed_schema_file_is_refused(old: str, new: str, tmp_path: Path) -> None:
    path = tmp_path / "recorder.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(UsageError):
        recorders.read_schema(path)
