"""What to write instead of an import that is refused: its writer does not see the table."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from alma_safe.verifier.static.settings import Settings

_SHOWN = 30
ALTERNATIVES = {
    "os": "paths, files and environment are not available to a design",
    "pathlib": "paths, files and environment are not available to a design",
    "subprocess": "a design starts no processes: use asyncio.gather or asyncio.to_thread",
    "multiprocessing": "a design starts no processes: use asyncio.gather or asyncio.to_thread",
    "pydantic": "use dataclasses, and check what a model answers with isinstance",
    "sklearn": "use numpy, scipy.cluster or scipy.spatial.distance, or collections.Counter",
    "pandas": "use lists of dicts with itertools.groupby, or numpy",
    "nltk": "use re.findall and collections.Counter",
    "spacy": "use re.findall and collections.Counter",
    "sentence_transformers": "use Embedding from utils.hire_agent",
    "faiss": "use numpy, or Chroma from langchain_chroma",
    "chromadb": "use Chroma from langchain_chroma",
    "langchain_core.embeddings": "use Embedding from utils.hire_agent",
    "langchain_openai": "use Agent and Embedding from utils.hire_agent",
    "time.sleep": "use await asyncio.sleep(...), or no delay at all",
    "pickle": "keep Python objects in memory, or use json.dumps and json.loads",
    "requests": "LLM and embeddings come from utils.hire_agent",
    "openai": "use Agent from utils.hire_agent",
    "threading.Thread": "use asyncio.to_thread or asyncio.gather",
    "operator.attrgetter": "use a lambda: lambda item: item.name",
    "operator.methodcaller": "use a lambda: lambda item: item.name()",
    "string.Formatter": "use an f-string or str.format on a constant",
    "random.SystemRandom": "use random.Random(seed)",
    "logging.StreamHandler": "use logging.getLogger alone, or logging.NullHandler",
    "logging.Formatter": "use logging.basicConfig(level=..., format=...)",
    "sys.stderr": "use print(...) without file, or logging",
    "sys.stdout": "use print(...) without file, or logging",
    "sys.exc_info": "use except Exception as error, and traceback.format_exc()",
    "typing.get_type_hints": "read the class's __annotations__, or dataclasses.fields",
    "json.load": "use json.loads on a string",
    "json.dump": "use json.dumps",
}


def module_hint(module: str, settings: Settings) -> str:
    """What stands for a module, or else which modules there are."""
    known = ALTERNATIVES.get(module) or ALTERNATIVES.get(module.partition(".")[0])
    roots = sorted({name.partition(".")[0] for name in settings.modules})
    return known or f"what can be imported is of these: {', '.join(roots)}"


def name_hint(module: str, name: str, settings: Settings) -> str:
    """What stands for ``module.name``, or else which names like it the module offers."""
    listed, which = sorted(settings.modules.get(module, ())), "can be used"
    if len(listed) > _SHOWN:
        listed, which = get_close_matches(name[:_SHOWN], listed, cutoff=0.7), "are like it"
    offered = f"of {module} these {which}: {', '.join(listed)}" if listed else ""
    return ALTERNATIVES.get(f"{module}.{name}") or offered


def star_hint(module: str, used: Iterable[str]) -> str:
    """The import of the names that a star was for."""
    names = sorted(used)[:_SHOWN]
    return f"write: from {module} import {', '.join(names)}" if names else ""
