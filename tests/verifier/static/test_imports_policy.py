"""policies/imports.toml: every name exists, none is a module, and the known ways out are shut."""

from __future__ import annotations

import importlib
import types
import warnings

import pytest

from alma_safe.policy import load_policy

TABLE = load_policy("strict").import_table
# They exist only inside a guest.
GUEST = {
    "agents.memo_structure",
    "eval_envs.base_envs",
    "utils.hire_agent",
    "langchain_chroma",
    "langchain_chroma.vectorstores",
    "langchain_core.documents",
}


def load(name: str) -> types.ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            # A short name, such as networkx.community: an attribute of the package.
            parent, _, child = name.rpartition(".")
            module = getattr(importlib.import_module(parent), child)
            assert isinstance(module, types.ModuleType)
            return module


@pytest.mark.parametrize("name", sorted(set(TABLE) - GUEST))
def test_listed_names_exist_and_are_no_modules(name: str) -> None:
    module = load(name)
    missing, modules = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for listed in TABLE[name]:
            value = getattr(module, listed, None)
            if not hasattr(module, listed):
                missing.append(listed)
            elif isinstance(value, types.ModuleType) and f"{name}.{listed}" not in TABLE:
                modules.append(listed)
    assert (missing, modules) == ([], [])


def test_names_are_listed_once_and_never_private() -> None:
    for module, names in TABLE.items():
        assert len(names) == len(set(names)), module
        assert not [name for name in names if name.startswith("_")], module


@pytest.mark.parametrize(
    "path",
    [
        "asyncio.create_subprocess_exec", "asyncio.open_connection", "asyncio.all_tasks",
        "contextlib.redirect_stdout", "dataclasses.make_dataclass", "hashlib.file_digest",
        "inspect.currentframe", "inspect.getsource", "json.dump", "json.load",
        "logging.FileHandler", "logging.StreamHandler", "networkx.read_gml",
        "networkx.write_gml", "networkx.draw", "numpy.load", "numpy.save", "numpy.loadtxt",
        "numpy.fromfile", "numpy.memmap", "numpy.genfromtxt", "operator.attrgetter",
        "operator.methodcaller", "random.SystemRandom", "scipy.sparse.load_npz",
        "scipy.sparse.save_npz", "scipy.LowLevelCallable", "string.Formatter", "sys.modules",
        "sys.stdout", "threading.Thread", "time.sleep", "traceback.walk_stack",
        "types.CodeType", "types.FunctionType", "types.new_class", "typing.ForwardRef",
        "typing.get_type_hints", "typing.no_type_check", "uuid.getnode", "uuid.uuid1",
        "weakref.finalize",
    ],
)  # fmt: skip
def test_ways_out_are_not_listed(path: str) -> None:
    module, _, name = path.rpartition(".")
    assert name not in TABLE.get(module, ())


@pytest.mark.parametrize(
    "module",
    ["os", "subprocess", "socket", "pickle", "ctypes", "importlib", "builtins", "pathlib", "gc",
     "multiprocessing", "signal", "shutil", "tempfile", "urllib.request", "logging.handlers",
     "numpy.lib", "numpy.testing", "scipy.io", "networkx.readwrite", "networkx.utils"],
)  # fmt: skip
def test_modules_that_reach_the_system_are_not_listed(module: str) -> None:
    assert module not in TABLE
