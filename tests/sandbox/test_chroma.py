"""The stand-in for langchain_chroma behaves like the real one on the surface that designs use."""

from __future__ import annotations

from typing import Any

import pytest

from alma_safe.design import Design
from alma_safe.policy import load_policy
from alma_safe.sandbox import rootfs
from alma_safe.sandbox.base import GuestOptions
from alma_safe.sandbox.broker import Broker, LocalModel
from tests.sandbox import jail

MODULE = """
from langchain_chroma import Chroma
from langchain_core.documents import Document
from utils.hire_agent import Embedding

TEXTS = ["open the red door", "take the brass key", "light the old lamp", "open the blue door"]
META = [{"n": i, "even": i % 2 == 0, "name": f"t{i}"} for i in range(4)]

def new(name, **more):
    return Chroma(collection_name=name, embedding_function=Embedding(), **more)

def filled(name, **more):
    store = new(name, **more)
    store.add_texts(TEXTS, metadatas=META, ids=list("abcd"))
    return store

def shown(found):
    if isinstance(found, Document):
        return ["doc", found.id, found.page_content, dict(found.metadata)]
    if isinstance(found, dict):
        return {k: shown(v) for k, v in sorted(found.items()) if v is not None}
    if isinstance(found, (list, tuple)):
        return [shown(entry) for entry in found]
    if isinstance(found, float) or type(found).__name__.startswith("float"):
        return round(float(found), 3)
    return found

async def tried(action):
    try:
        result = action()
        if asyncio.iscoroutine(result):
            result = await result
        return shown(result)
    except Exception as error:
        return ["raised"]

def keyed(store):
    rows = store.get()
    return sorted(zip(rows["ids"], rows["documents"]))

def two_stores():
    one, two = Chroma(embedding_function=Embedding()), Chroma(embedding_function=Embedding())
    one.add_texts(["seen by both"], ids=["x"])
    return two.get()["ids"]

def after(store, *actions):
    for action in actions:
        action(store)
    return keyed(store)
"""

CASES = {
    "search": "filled('store1').similarity_search('open the red door', k=2)",
    "search all": "sorted(d.id for d in filled('store2').similarity_search('key', k=9))",
    "default k": "len(filled('store3').similarity_search('door'))",
    "scores": "filled('store4').similarity_search_with_score('open the red door', k=3)",
    "cosine": "filled('store5', collection_metadata={'hnsw:space': 'cosine'})"
              ".similarity_search_with_score('the red door', k=2)",
    "filter": "filled('store6').similarity_search('door', k=4, filter={'even': True})",
    "filter op": "filled('store7').similarity_search('door', k=4, filter={'n': {'$gte': 2}})",
    "filter and": "filled('store8').similarity_search("
                  "'door', k=4, filter={'$and': [{'n': {'$gt': 0}}, {'even': True}]})",
    "filter or": "sorted(d.id for d in filled('store9').similarity_search("
                 "'door', k=4, filter={'$or': [{'n': 0}, {'name': 't3'}]}))",
    "filter nothing": "filled('store10').similarity_search('door', k=4, filter={'n': 99})",
    "by vector": "filled('store11').similarity_search_by_vector(Embedding().embed_query('lamp'), k=1)",
    "empty store": "new('store12').similarity_search('door', k=3)",
    "empty scores": "new('store13').similarity_search_with_score('door')",
    "empty get": "new('store14').get()",
    "add nothing": "after(new('store15'), lambda s: s.add_texts([]))",
    "ids given back": "new('store16').add_texts(['x', 'y'], ids=['1', '2'])",
    "ids made": "len(set(new('store17').add_texts(['x', 'y'])))",
    "same id replaces": "after(filled('store18'), lambda s: s.add_texts(['new'], ids=['a']))",
    "no metadata": "after(new('store19'), lambda s: s.add_texts(['x'], ids=['1']))",
    "no metadata shown": "new('store20').add_texts(['x'], ids=['1']) and new('store20').get()['metadatas']",
    "documents": "new('store21').add_documents([Document(page_content='p', metadata={'k': 'v'})], "
                 "ids=['q']) and new('store21').get()",
    "get by id": "filled('store22').get(ids=['c', 'a'])['ids'].__len__()",
    "get one id": "filled('store23').get(ids='b')",
    "get where": "sorted(filled('store24').get(where={'even': False})['ids'])",
    "get limit": "len(filled('store25').get(limit=2)['ids'])",
    "get offset": "len(filled('store26').get(limit=3, offset=3)['ids'])",
    "get include": "filled('store27').get(ids=['a'], include=['metadatas'])",
    "get unknown": "filled('store28').get(ids=['zz'])",
    "by ids": "sorted(d.id for d in filled('store29').get_by_ids(['a', 'd', 'zz']))",
    "delete": "after(filled('store30'), lambda s: s.delete(ids=['a', 'b']))",
    "delete unknown": "after(filled('store31'), lambda s: s.delete(ids=['zz']))",
    "update": "after(filled('store32'), lambda s: s.update_document('a', "
              "Document(page_content='other', metadata={'n': 7})))",
    "collections apart": "filled('store33') and keyed(new('store34'))",
    "collections shared": "filled('store35') and len(keyed(new('store35')))",
    "default shared": "two_stores()",
    "reset": "after(filled('store36'), lambda s: s.reset_collection())",
    "deleted and made anew": "filled('store37').delete_collection() or keyed(new('store37'))",
    "async add": "new('store38').aadd_texts(['x'], ids=['1'])",
    "async search": "filled('store39').asimilarity_search('brass key', k=1)",
    "async scores": "filled('store40').asimilarity_search_with_score('brass key', k=1)",
    "marginal": "filled('store47').max_marginal_relevance_search('open the red door', k=2)",
    "marginal, all": "filled('store48').max_marginal_relevance_search('red door', k=9, fetch_k=3)",
    "marginal, apart": "filled('store49').max_marginal_relevance_search("
                       "'light the old red lamp', k=2, lambda_mult=0.1)",
    "marginal, filter": "filled('store50').max_marginal_relevance_search("
                        "'door', k=1, filter={'even': False})",
    "marginal, empty": "new('store51').max_marginal_relevance_search('door')",
    "async marginal": "filled('store52').amax_marginal_relevance_search('open the red door', k=3)",
    "async documents": "new('store53').aadd_documents([Document(page_content='p')], ids=['q'])",
    "updates": "after(filled('store54'), lambda s: s.update_documents(['a', 'c'], "
               "[Document(page_content='one', metadata={'n': 2}), "
               "Document(page_content='two', metadata={'n': 1})]))",
    "update without metadata": "filled('store55').update_documents("
                               "['a'], [Document(page_content='one')])",
    "k of zero": "filled('store41').similarity_search('door', k=0)",
    "nested metadata": "new('store42').add_texts(['x'], metadatas=[{'a': {'b': 1}}])",
    "object metadata": "new('store43').add_texts(['x'], metadatas=[{'a': object()}])",
    "unequal lengths": "new('store44').add_texts(['x', 'y'], metadatas=[{'a': 1}], ids=['1', '2'])",
    "short name": "new('ab').get()",
    "odd name": "new('a name with spaces').get()",
    "empty text": "after(new('store45'), lambda s: s.add_texts([''], ids=['1']))",
    "unicode": "filled('store46').add_texts(['straße 東京'], ids=['u']) and "
               "new('store46').get(ids=['u'])['documents']",
}  # fmt: skip


def store(kind: str) -> dict[str, Any]:
    """All cases in one guest with this store."""
    body = "\n".join(f"out[{name!r}] = await tried(lambda: {case})" for name, case in CASES.items())
    source = jail.design(module=MODULE, retrieve=f"out = {{}}\n{body}\nreturn out")
    limits = jail.policy(sandbox={"chroma": kind})
    found = jail.asked(source, limits, broker=Broker(load_policy().broker, LocalModel()))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def both() -> tuple[dict[str, Any], dict[str, Any]]:
    return store("real"), store("stand-in")


@pytest.mark.parametrize("case", CASES)
def test_stand_in_and_real_agree(both, case):
    real, standing_in = both
    assert standing_in[case] == real[case]


def test_the_cases_are_not_all_refusals(both):
    real, _ = both
    refused = [name for name, found in real.items() if found == ["raised"]]
    assert len(refused) <= 8, refused
    assert real["default shared"] == ["x"]


def choice(kind: str, source: Design) -> str:
    async def main() -> str:
        async with jail.guest(source, jail.policy(sandbox={"chroma": kind})) as session:
            return session.chroma

    return jail.asyncio.run(main())


WITH, WITHOUT = jail.design(module="from langchain_chroma import Chroma"), jail.design()


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [("stand-in", WITH, "stand-in"), ("real", WITH, "real"), ("auto", WITH, "real"),
     ("auto", WITHOUT, "none"), ("real", WITHOUT, "none")],
)  # fmt: skip
def test_the_session_says_which_store_it_has(kind, source, expected):
    assert choice(kind, source) == expected


def test_without_the_extra_auto_takes_the_stand_in(monkeypatch):
    monkeypatch.setattr(rootfs, "chroma_installed", lambda: False)
    assert choice("auto", WITH) == "stand-in"


@pytest.mark.parametrize("kind", ["stand-in", "real"])
def test_each_guest_starts_with_an_empty_store(kind):
    source = jail.design(
        module=MODULE,
        retrieve="s = new('same')\nbefore = s.get()['ids']\ns.add_texts(['x'], ids=['1'])\n"
        "return {'before': before, 'after': s.get()['ids']}",
    )
    limits = jail.policy(sandbox={"chroma": kind})
    for _ in range(2):
        found = jail.asked(
            source, limits, broker=Broker(load_policy().broker, LocalModel()),
            options=GuestOptions(frozen_clock=False),
        )  # fmt: skip
        assert found == {"before": [], "after": ["1"]}
