import functools
from agents.memo_structure import MemoStructure

def named(function):
    def wrapper(*args):
        return function(*args)

    wrapper.__name__ = function.__name__
    return functools.wraps(function)(wrapper)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
