from agents.memo_structure import MemoStructure


class Entry:
    def again(self):
        return type(self)()


def named(value):
    return type(value).__name__


def handled(handlers, value):
    kind = type(value)
    if kind is str or kind in (int, float):
        return handlers[kind](value)
    return handlers.get(type(value), handlers[object])(value)


class Notes(MemoStructure):
    async def general_retrieve(self, recorder):
        return {}

    async def general_update(self, recorder):
        return None
