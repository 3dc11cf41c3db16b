"""More odd but honest code."""
import asyncio, json, re, math, heapq, random, hashlib, time, copy, logging, itertools as it, functools as ft, typing
import collections.abc
import networkx as nx
import numpy as np
from scipy import sparse, stats
from scipy.spatial import distance as dist
from sys import maxsize
from agents import memo_structure as ms
import eval_envs.base_envs
import utils.hire_agent
from utils import hire_agent as ha
from networkx.algorithms import community
from networkx.algorithms.community import greedy_modularity_communities
from numpy import linalg as LA, ndarray
from numpy.random import default_rng

LOG = logging.getLogger("memo")
logging.basicConfig(level=logging.INFO)
_CACHE: "dict[str, list[float]]" = {}
_lock = asyncio.Lock()
ACTIONS = ["go " + d for d in ("north", "south")]
OPPOSITES = {**{"n": "s"}, **dict(n="s")}
WEIGHTS = np.array([0.5, 0.3, 0.2])
WEIGHTS /= WEIGHTS.sum()
RULES = [
    (re.compile(p, re.I), w)
    for p, w in [(r"take (?P<o>\w+)", 1.0), (r"go (\w+)", 0.5)]
]
NOW = time.time
DEFAULTS = copy.deepcopy({"a": [1]})
SYSTEM = (
    "You are a careful analyst. "
    "Return JSON {\"lesson\": str}. Do not use eval() or exec()."
)
PROMPT = SYSTEM + "\n\nGoal: {goal}\n" + "-" * 20
LONG = "\n".join([
    "Rules:",
    "1. {rule}",
])
Scores = typing.NewType("Scores", dict)
Episode = typing.NamedTuple("Episode", [("goal", str), ("reward", float)])
Cfg = typing.TypedDict("Cfg", {"k": int, "max-len": int})
lazy = None


def cfg(**kw):
    return {**dict(k=3), **kw}


CFG = cfg(k=4)


def memoize(func=None, *, size=128):
    if func is None:
        return ft.partial(memoize, size=size)
    store: dict = {}

    @ft.wraps(func)
    def inner(*a):
        if a not in store:
            if len(store) >= size:
                store.pop(next(iter(store)))
            store[a] = func(*a)
        return store[a]

    inner.cache = store
    inner.cache_clear = store.clear
    return inner


@memoize(size=16)
def tokens(text):
    return tuple(re.findall(r"\w+", text.lower()))


class Singleton:
    _instance = None

    def __new__(cls, *a, **k):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance


class Vec:
    def __init__(self, *xs): self.xs = xs
    def __add__(self, o): return Vec(*(a + b for a, b in zip(self.xs, o.xs)))
    def __mul__(self, k): return Vec(*(a * k for a in self.xs))
    __rmul__ = __mul__
    def __matmul__(self, o): return sum(a * b for a, b in zip(self.xs, o.xs))
    def __len__(self): return len(self.xs)
    def __iter__(self): return iter(self.xs)
    def __bool__(self): return any(self.xs)
    def __getattr__(self, name):
        if name in ("x", "y", "z"):
            return self.xs["xyz".index(name)]
        raise AttributeError(name)
    def __contains__(self, x): return x in self.xs
    def __call__(self, f): return Vec(*map(f, self.xs))
    def __enter__(self): return self
    def __exit__(self, exc_type, exc, tb): return False
    def __hash__(self): return hash(self.xs)
    def __eq__(self, o): return type(o) is type(self) and self.xs == o.xs
    def __divmod__(self, k): return divmod(sum(self.xs), k)
    def __getstate__(self): return {"xs": self.xs}
    def __setstate__(self, state): self.xs = state["xs"]
    def __delattr__(self, name): raise AttributeError(name)
    def __dir__(self): return ["xs"]
    def __sizeof__(self): return 10
    def __reversed__(self): return reversed(self.xs)


class Heap:
    counter = it.count()
    def __init__(self): self._h = []
    def push(self, p, x): heapq.heappush(self._h, (p, next(self.counter), x))
    def pop(self): return heapq.heappop(self._h)[-1]


class Trie:
    class _Node(dict):
        __slots__ = ("end",)
    def __init__(self): self.root = Trie._Node()


class Mixin:
    def render(self, template, **kw):
        return template.format(**kw)

    def log(self, msg, *args):
        LOG.info(msg, *args)


class LayerA(ms.Sub_memo_layer):
    layer_intro: str = "A"
    dispatch = {"win": "_on_win", "loss": "_on_loss"}

    def __init__(self):
        super(LayerA, self).__init__()
        ms.Sub_memo_layer.__init__(self, layer_intro="A")
        self.database = nx.MultiDiGraph()
        self.order = 3
        self.vars = 1

    def _on_win(self): return 1
    def _on_loss(self): return -1

    async def retrieve(self, **kw):
        g = self.database
        if not g:
            return []
        try:
            path = nx.shortest_path(g, kw.get("a"), kw.get("b"))
        except (nx.NetworkXNoPath, nx.NodeNotFound):
            path = []
        com = community.louvain_communities(nx.Graph(g), seed=1)
        com2 = nx.community.greedy_modularity_communities(nx.Graph(g))
        bc = nx.algorithms.centrality.betweenness_centrality(g)
        data = nx.node_link_data(g)
        adj = nx.to_numpy_array(nx.Graph(g))
        return [path, len(com), len(com2), bc, data, adj.tolist()]

    async def update(self, **kw):
        kind = "win" if kw["reward"] > 0 else "loss"
        delta = getattr(self, self.dispatch[kind])()
        handler = {"win": self._on_win}.get(kind, lambda: 0)
        self.database.add_edge(kw["a"], kw["b"], weight=delta + handler())


class Memory(Mixin, ms.MemoStructure):
    """doc"""

    VERSION: typing.ClassVar[int] = 3

    def __init__(self, *, seed: int = 0, rng=None):
        ms.MemoStructure.__init__(self)
        self.rng = default_rng(seed)
        self.a = LayerA()
        self.agent = ha.Agent("x")
        self.embedding = utils.hire_agent.Embedding()
        self.tmpl = "Hello {name}"
        self.templates = {"a": "A {x}", "b": "B {x}"}
        self.m = sparse.csr_matrix((3, 3))
        self._pending: set[asyncio.Task] = set()

    async def general_retrieve(self, recorder: "eval_envs.base_envs.Basic_Recorder") -> dict:
        out = {}
        out["t"] = self.tmpl.format(name="x")
        out["u"] = self.templates["a"].format(x=1)
        out["v"] = (self.tmpl if out else LONG).format(name=1, rule=2)
        tmpl = self.templates.get("b", "C {x}")
        out["w"] = tmpl.format(x=2)
        out["p"] = PROMPT.format(goal="g")
        out["q"] = self.render("{a}-{b}", a=1, b=2)
        out["table"] = "\n".join("{:<10}|{:>5.2f}".format(k, v) for k, v in [("a", 1.0)])
        line = "{}: {}"
        out["lines"] = [line.format(i, x) for i, x in enumerate("ab")]
        out["d"] = float(dist.cosine([1, 0], [0.5, 0.5]))
        out["z"] = [float(z) for z in stats.zscore([1.0, 2.0, 3.0])]
        out["h"] = hashlib.md5(json.dumps(out, sort_keys=True, default=str).encode()).hexdigest()
        out["e"] = -math.inf < 0 and LA.norm(np.ones(3)) > 0
        out["cls"] = self.__class__.__name__ + type(self).__module__ + (self.__doc__ or "")
        out["ev"] = max((e for e in [Episode("g", 1.0)]), key=lambda e: e.reward)._asdict()
        mem = self.general_update.__name__
        task = asyncio.create_task(asyncio.sleep(0))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        done, pending = await asyncio.wait({task}, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
        for p in pending:
            p.cancel()
        try:
            await task
        except asyncio.CancelledError:
            out["c"] = mem
        try:
            out["r"] = json.loads(re.sub(r"```(?:json)?|```", "", "{}"))
        except json.JSONDecodeError as e:
            out["r"] = {"error": str(e), "pos": e.pos, "args": e.args}
        except Exception as e:
            out["r"] = {"error": f"{type(e).__name__}: {e}", "tb": e.__class__.__name__}
        for i in range(1, maxsize):
            if i > 3:
                break
        return {k: v for k, v in out.items() if v is not None}

    async def general_update(self, recorder, /) -> None:
        steps = recorder.steps or []
        prev = None
        for prev, cur in zip(steps, steps[1:]):
            await self.a.update(a=str(prev.get("obs"))[:99], b=str(cur.get("obs"))[:99], reward=recorder.reward)
        i = 0
        while True:
            i += 1
            if i > 10: break
        else:
            pass
        lo, hi = 0, len(steps)
        while lo < hi:
            mid = (lo + hi) // 2
            lo = mid + 1
        bits = 1 << 20
        mask = ~(bits - 1) & 0xFFFFFFFF
        self.seed = hash((mask, 2**31 - 1, 10**9 + 7)) % 2**32
        grid = [[0] * 50 for _ in range(50)]
        big = np.zeros((500, 500), dtype=np.float32)
        del grid, big, prev
        return None


__license__ = "MIT"
__email__ = "a@b.c"
_STARTED = time.time()
_MAP = nx.Graph([("a", "b")])
HAS_LOUVAIN = hasattr(nx, "community")


def louvain(graph):
    find = getattr(community, "louvain_communities", None)
    return find(graph) if find else []


def dump_all(entries):
    return [{k: v for k, v in e.__dict__.items() if k} for e in entries]


def decay(Δt, σ_x=1.0, α=0.5):
    return α * math.exp(-Δt / σ_x)


class Rooms:
    def create_connection(self, a, b):
        return (a, b)

    def link(self, a, b):
        return self.create_connection(a, b)
