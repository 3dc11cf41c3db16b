from typing import Final
from typing import Any, Dict, List

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class Notes(Sub_memo_layer):
    async def retrieve(self, **kwargs: Any) -> List[str]:
        return list(self.database or [])

    async def update(self, **kwargs: Any) -> None:
        self.database = (list(self.database or []) + [str(kwargs["text"])])[-20:]


class Memory(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.notes = Notes()

    async def general_retrieve(self, recorder: Basic_Recorder) -> Dict[str, Any]:
        return {"notes": await self.notes.retrieve()}

    async def general_update(self, recorder: Basic_Recorder) -> None:
        await self.notes.update(text=recorder.init.get("obs", ""))


A0: Final = 3
A1: Final = A0 * A0
A2: Final = A1 * A1
A3: Final = A2 * A2
A4: Final = A3 * A3
A5: Final = A4 * A4
A6: Final = A5 * A5
A7: Final = A6 * A6
A8: Final = A7 * A7
A9: Final = A8 * A8
A10: Final = A9 * A9
A11: Final = A10 * A10
A12: Final = A11 * A11
A13: Final = A12 * A12
A14: Final = A13 * A13
A15: Final = A14 * A14
A16: Final = A15 * A15
A17: Final = A16 * A16
A18: Final = A17 * A17
A19: Final = A18 * A18
A20: Final = A19 * A19
A21: Final = A20 * A20
A22: Final = A21 * A21
A23: Final = A22 * A22
A24: Final = A23 * A23
A25: Final = A24 * A24
A26: Final = A25 * A25
A27: Final = A26 * A26
A28: Final = A27 * A27
A29: Final = A28 * A28
A30: Final = A29 * A29
A31: Final = A30 * A30
A32: Final = A31 * A31
A33: Final = A32 * A32
A34: Final = A33 * A33
A35: Final = A34 * A34
A36: Final = A35 * A35
A37: Final = A36 * A36
A38: Final = A37 * A37
A39: Final = A38 * A38
A40: Final = A39 * A39
A41: Final = A40 * A40
A42: Final = A41 * A41
A43: Final = A42 * A42
A44: Final = A43 * A43
A45: Final = A44 * A44
A46: Final = A45 * A45
A47: Final = A46 * A46
A48: Final = A47 * A47
A49: Final = A48 * A48
A50: Final = A49 * A49
A51: Final = A50 * A50
A52: Final = A51 * A51
A53: Final = A52 * A52
A54: Final = A53 * A53
A55: Final = A54 * A54
A56: Final = A55 * A55
A57: Final = A56 * A56
A58: Final = A57 * A57
A59: Final = A58 * A58
A60: Final = A59 * A59
