# honest: German docstrings, comments and identifiers with umlauts
"""Erinnerungsspeicher für Spielverläufe.

Der Speicher besteht aus zwei Schichten: eine merkt sich Erfolge, die andere Sackgassen.
"""
from collections import defaultdict
from typing import Any

from agents.memo_structure import MemoStructure, Sub_memo_layer
from eval_envs.base_envs import Basic_Recorder


class ErfolgsSchicht(Sub_memo_layer):
    """Merkt sich die kürzesten erfolgreichen Abläufe."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Kürzeste erfolgreiche Abläufe")
        self.abläufe: list[list[str]] = []

    async def retrieve(self, **kwargs):
        # Kürzere Abläufe zuerst; bei Gleichstand entscheidet das Alter.
        return sorted(self.abläufe, key=len)[:2]

    async def update(self, **kwargs):
        if kwargs["belohnung"] >= 1.0 and kwargs["ablauf"]:
            self.abläufe = (self.abläufe + [kwargs["ablauf"]])[-60:]


class SackgassenSchicht(Sub_memo_layer):
    """Zählt Handlungen, nach denen sich die Beobachtung nicht geändert hat."""

    def __init__(self) -> None:
        super().__init__(layer_intro="Handlungen ohne Wirkung")
        self.zähler: defaultdict[str, int] = defaultdict(int)

    async def retrieve(self, **kwargs):
        häufigste = sorted(self.zähler.items(), key=lambda paar: (-paar[1], paar[0]))
        return [f"»{handlung}« blieb {anzahl}-mal ohne Wirkung" for handlung, anzahl in häufigste[:5]]

    async def update(self, **kwargs):
        vorher = None
        for schritt in kwargs["schritte"]:
            nachher = schritt.get("obs")
            if vorher is not None and nachher == vorher:
                self.zähler[str(schritt.get("action_took", ""))[:50]] += 1
            vorher = nachher
        # Größe begrenzen, damit der Speicher nicht unbegrenzt wächst.
        while len(self.zähler) > 200:
            seltenste = min(self.zähler, key=lambda k: (self.zähler[k], k))
            del self.zähler[seltenste]


class DeutschesGedächtnis(MemoStructure):
    def __init__(self) -> None:
        super().__init__()
        self.erfolge = ErfolgsSchicht()
        self.sackgassen = SackgassenSchicht()

    async def general_retrieve(self, recorder: Basic_Recorder) -> dict[str, Any]:
        ergebnis: dict[str, Any] = {}
        if erfolge := await self.erfolge.retrieve():
            ergebnis["bewährte Abläufe"] = erfolge
        if sackgassen := await self.sackgassen.retrieve():
            ergebnis["vermeiden"] = sackgassen
        return ergebnis

    async def general_update(self, recorder: Basic_Recorder) -> None:
        ablauf = [str(s.get("action_took", ""))[:60] for s in recorder.steps[:15]]
        await self.erfolge.update(ablauf=ablauf, belohnung=recorder.reward)
        await self.sackgassen.update(schritte=recorder.steps)
