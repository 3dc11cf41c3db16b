from functools import wraps

from agents.memo_structure import MemoStructure


def named(function):
    @wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
