"""What to write instead of a name that is refused: whoever writes a design sees no table."""

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
    "langchain": "use Chroma from langchain_chroma, Agent and Embedding from utils.hire_agent",
    "langchain_community": "use Chroma from langchain_chroma, Embedding from utils.hire_agent",
    "rank_bm25": "score with collections.Counter and math.log",
    "rapidfuzz": "use difflib.SequenceMatcher, or difflib.get_close_matches",
    "Levenshtein": "use difflib.SequenceMatcher",
    "sortedcontainers": "use bisect.insort on a list, or heapq",
    "cachetools": "use collections.OrderedDict with move_to_end and popitem(last=False)",
    "tenacity": "use a loop with try and await asyncio.sleep(...)",
    "orjson": "use json",
    "simplejson": "use json",
    "yaml": "use json",
    "regex": "use re",
    "loguru": "use logging, or print",
    "tqdm": "delete it: nobody watches a design",
    "secrets": "use random.Random(seed), or uuid.uuid4().hex for a name",
    "sqlite3": "keep Python objects in memory",
    "shelve": "keep Python objects in memory",
    "tempfile": "keep Python objects in memory",
    "tiktoken": "count len(text) // 4",
    "langchain_core.embeddings": "use Embedding from utils.hire_agent",
    "langchain_openai": "use Agent and Embedding from utils.hire_agent",
    "time.sleep": "use await asyncio.sleep(...), or no delay at all",
    "pickle": "keep Python objects in memory, or use json.dumps and json.loads",
    "requests": "LLM and embeddings come from utils.hire_agent",
    "openai": "use Agent from utils.hire_agent",
    "threading.Thread": "use asyncio.to_thread or asyncio.gather",
    "operator.attrgetter": "use a lambda: lambda item: item.name",
    "functools.update_wrapper": (
        "write @functools.wraps(function) above an inner function; in a class set "
        "self.__name__ = function.__name__"
    ),
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

BUILTINS = {
    "vars": "use dataclasses.asdict(x), or in a method of its class dict(self.__dict__)",
    "dir": "use dict(self.__dict__), or name the attributes",
    "open": "a design has no files: keep what it knows on self",
    "input": "nobody is there to answer: read the recorder",
    "eval": "use json.loads or ast.literal_eval for data, a dict of functions for calls",
    "exec": "write the code out, or use a dict of functions",
    "compile": "write the code out; for patterns use re.compile",
    "globals": "use a dict of your own",
    "locals": "use a dict of your own",
    "memoryview": "use slices of bytes or bytearray",
    "__import__": "import at the top of the file",
}
ATTRIBUTES = {
    "__subclasses__": "keep a dict of classes: a decorator or __init_subclass__ adds to it",
    "__mro__": "use isinstance, or a method that subclasses override",
    "__bases__": "use isinstance, or a method that subclasses override",
    "__dict__": (
        "to read: dataclasses.asdict(x), or a method of its class that returns "
        "dict(self.__dict__); to write: set the attributes by name, or use copy.copy(x)"
    ),
    "__traceback__": "use traceback.format_exc(), or traceback.format_exception(error)",
    "__context__": "keep str(error), or error.__cause__",
    "__defaults__": "name the defaults in constants of your own",
    "__globals__": "use a dict of your own",
    "__closure__": "keep the values on self",
    "__code__": "name what is needed in an attribute or a docstring",
}
PRIVATE = (
    "use a public name; of an enum: __members__, or [member.value for member in Kind]; what is "
    "your own: assign it in __init__, as in self._name = ..."
)
SET_PRIVATE = (
    "set it in a method of its own class, as in self._name = ..., or give it a public name"
)
_RENAMED = {
    "manager": "keeper", "handlers": "listeners", "dump": "to_dict", "persist": "to_record",
    "_target": "_aim", "_loop": "_cycle", "_client": "_agent", "_threads": "_workers",
    "get_context": "context_for",
}  # fmt: skip
_OF_CHROMA = (
    "Chroma(collection_name=uuid.uuid4().hex, embedding_function=Embedding()), then add_texts "
    "or add_documents"
)


def guarded_hint(name: str) -> str:
    """How to go on with an attribute of one's own that has a name of libraries."""
    if name in ("from_texts", "from_documents"):
        return f"of Chroma: {_OF_CHROMA}; of your own: give it another name everywhere"
    if name == "handlers":
        return (
            "a logger needs no handlers here: delete the line; if it is an attribute of your own, "
            "give it another name everywhere: listeners"
        )
    other = _RENAMED.get(name, f"{name}_of_memory")
    return f"if it is an attribute of your own, give it another name everywhere: {other}"


def module_hint(module: str, settings: Settings) -> str:
    """What stands for a module, or else which modules there are."""
    root = module.partition(".")[0]
    near = sorted(name for name in settings.modules if name.partition(".")[0] == root)
    near.sort(key=lambda name: name.count("."))
    roots = sorted({name.partition(".")[0] for name in settings.modules})
    offered = f"these can be imported: {', '.join(near[:_SHOWN] or roots)}"
    return ALTERNATIVES.get(module) or ALTERNATIVES.get(root) or offered


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
