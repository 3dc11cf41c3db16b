"""Print candidates for policies/imports.toml: the public names of installed modules.

    python scripts/list_module_names.py numpy scipy.stats networkx

Left out: modules, private and deprecated names, and what reads or writes files, opens
URLs, runs or compiles code. The output is a draft: a person reads it before it goes
into the policy.
"""

from __future__ import annotations

import importlib
import re
import sys
import textwrap
import types
import warnings
from collections.abc import Iterator

# Parts of names that stand for files, network, foreign code or test helpers.
_REFUSED = re.compile(
    r"^(read_|write_|load($|s$|txt|arff|mat|_npz)|save|from_?file|to_?file|gen?fromtxt|genfromtxt|from_?regex|parse_|"
    r"generate_(adjlist|edgelist|gexf|gml|graphml|pajek|multiline|network_text)|draw|show_|"
    r"test$|Tester|get_include|info$|lookfor|source$|who$|memmap|DataSource|"
    r"ctypeslib|f2py|LowLevelCallable|seterrcall|geterrcall|from_dlpack|"
    r"getbufsize|setbufsize|show_runtime|show_config|"
    r"(to|from)_(agraph|pydot|latex)|to_latex|nx_(agraph|pydot|latex|pylab)|view_pygraphviz|"
    r"pydot_layout|graphviz_layout|pygraphviz_layout|config$|dispatch|backend|"
    r"datasets|download_all|graph_atlas|GraphML|GEXF|display$|apply_matplotlib|set_backend|mat(read|write)|vectorized_import|_)"
)
_REFUSED_ANYWHERE = re.compile(r"(_layout_file|pickle|_url|urlopen|subprocess)")


def names_of(module: types.ModuleType) -> Iterator[str]:
    """Yield the public names of ``module`` that can be candidates, sorted."""
    listed = getattr(module, "__all__", None) or dir(module)
    for name in sorted(set(listed)):
        if _REFUSED.match(name) or _REFUSED_ANYWHERE.search(name):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                value = getattr(module, name)
            except (AttributeError, Warning):
                continue
        if isinstance(value, types.ModuleType):
            continue
        origin = getattr(value, "__module__", None) or module.__name__
        if not hasattr(module, "__all__") and not str(origin).startswith(
            module.__name__.partition(".")[0]
        ):
            # Without __all__, what the module itself imported shows up in dir().
            continue
        yield name


def entry(name: str) -> str:
    """One line group of the policy file."""
    module = importlib.import_module(name)
    names = " ".join(names_of(module))
    body = textwrap.fill(names, 98, initial_indent="  ", subsequent_indent="  ")
    return f'"{name}" = """\n{body}\n"""' if names else f'"{name}" = ""'


def main() -> int:
    """Print one entry per module named on the command line."""
    for name in sys.argv[1:]:
        sys.stdout.write(entry(name) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
