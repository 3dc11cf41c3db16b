"""Names that objects of one library carry, where that library is and is not about."""

from __future__ import annotations

import pytest

from tests.verifier.static.conftest import DESIGN, judge_all

LISTENS = """
def tell(bus):
    return [handler(bus) for handler in bus.handlers]
"""
LOGS = "import logging\nlogger = logging.getLogger(__name__)\n"


def refused(*parts: str) -> list[str]:
    (result,) = judge_all(["\n".join((DESIGN, *parts)).encode()])
    return [finding.message for finding in result.findings if finding.blocks]


@pytest.mark.parametrize(
    "beside",
    [
        "",
        "import json",
        f"{LOGS}def note():\n    logger.info('x')",
        "import logging\ndef note():\n    logging.basicConfig(level=logging.INFO)\n    logging.warning(1)",
        "import logging\ndef note():\n    logging.getLogger('a').debug('x')",
        f"{LOGS}def note(log: logging.Logger):\n    log.info('x')",
    ],
)
def test_a_name_of_loggers_is_ordinary_where_no_logger_gets_away(beside):
    assert refused(beside, LISTENS) == []


@pytest.mark.parametrize(
    "beside",
    [
        f"{LOGS}tell(logger)",
        f"{LOGS}other = logger",
        f"{LOGS}kept = [logger]",
        f"{LOGS}def note():\n    return logger.parent",
        f"{LOGS}def note():\n    call = logger.info\n    return call",
        "import logging\nclass Box:\n    logger = logging.getLogger('a')",
        "import logging\nmake = logging.getLogger",
        "import logging\ndef note(self):\n    self.logger = logging.getLogger('a')",
        "from logging import getLogger\nlogger: object = getLogger()\nprint(logger)",
    ],
)
def test_it_is_refused_where_one_may(beside):
    assert any("handlers" in message for message in refused(beside, LISTENS))


def test_a_dump_that_is_told_nothing_writes_nothing():
    says = "import numpy\ndef all_of(entries):\n    return [entry.dump({}) for entry in entries]"
    assert refused(says.format("")) == []
    assert refused(says.format("'x'"))


@pytest.mark.parametrize("name", ["get_loop", "_ssock", "create_server"])
def test_names_of_no_single_library_are_guarded_everywhere(name):
    assert refused(f"def reach(thing):\n    return thing.{name}")


CONTEXT = """
def told(layers):
    return [layer.get_context(3) for layer in layers]
"""
WAITS = "async def all_of(layers):\n    {}\n"


@pytest.mark.parametrize(
    "beside",
    [
        "",
        "import asyncio\n" + WAITS.format("return await asyncio.gather(*(x.go() for x in layers))"),
        "import asyncio\nlock = asyncio.Lock()\n" + WAITS.format("await asyncio.sleep(0)"),
        "from asyncio import gather, wait_for\n" + WAITS.format("await wait_for(gather(), 1)"),
        "import asyncio\nfailed = asyncio.TimeoutError",
    ],
)
def test_a_name_of_tasks_is_ordinary_where_there_is_no_task(beside):
    assert refused(beside, CONTEXT) == []


@pytest.mark.parametrize(
    "beside",
    [
        "import asyncio\n" + WAITS.format("return [asyncio.create_task(x) for x in layers]"),
        "import asyncio\n" + WAITS.format("return asyncio.current_task()"),
        "from asyncio import TaskGroup\n" + WAITS.format("return TaskGroup()"),
        "import asyncio\nmodules = [asyncio]",
        "import asyncio\n" + WAITS.format("return asyncio.tasks"),
    ],
)
def test_it_is_refused_where_there_may_be_one(beside):
    assert any("get_context" in message for message in refused(beside, CONTEXT))
