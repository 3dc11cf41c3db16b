# honest: old-fashioned Python: object bases, super(Class, self), % formatting, index loops, has-key idioms
import random
import string
import types
from agents.memo_structure import MemoStructure, Sub_memo_layer


class Helper(object):

    def __init__(self, maxLength = 60):
        self.maxLength = maxLength
        self.table = dict()

    def cleanText(self, text):
        result = ''
        for i in range(0, len(text)):
            if i >= self.maxLength:
                break
            c = text[i]
            if c in string.whitespace:
                result = result + ' '
            else:
                result = result + c
        return result

    def addOne(self, key):
        if not (key in self.table.keys()):
            self.table[key] = 0
        self.table[key] = self.table[key] + 1


class OldLayer(Sub_memo_layer):

    def __init__(self):
        super(OldLayer, self).__init__()
        self.layer_intro = 'keeps %d lines at most' % 100
        self.helper = Helper()
        self.lines = []
        self.rng = random.Random(0)

    async def retrieve(self, **kwargs):
        theResult = list()
        i = len(self.lines) - 1
        while i >= 0 and len(theResult) < 5:
            theResult.append(self.lines[i])
            i = i - 1
        return theResult

    async def update(self, **kwargs):
        steps = kwargs['steps']
        reward = kwargs['reward']
        parts = []
        for i in range(len(steps)):
            if i == 8:
                break
            parts.append(self.helper.cleanText('%s' % steps[i].get('action_took', '')))
        line = 'reward=%.2f actions=%s' % (reward, '; '.join(parts))
        self.helper.addOne('lines')
        if len(self.lines) >= 100:
            victim = self.rng.randrange(len(self.lines))
            del self.lines[victim]
        self.lines.append(line)
        return None


class OldStyleMemory(MemoStructure):

    def __init__(self):
        super(OldStyleMemory, self).__init__()
        self.layer = OldLayer()
        self.settings = types.SimpleNamespace(verbose = False, prefix = 'Past: ')

    async def general_retrieve(self, recorder):
        lines = await self.layer.retrieve()
        result = {}
        for (number, line) in enumerate(lines):
            result['%s%02d' % (self.settings.prefix, number)] = line
        return result

    async def general_update(self, recorder):
        await self.layer.update(steps = recorder.steps, reward = float(recorder.reward))
        return
