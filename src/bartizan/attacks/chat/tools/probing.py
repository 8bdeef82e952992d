"""Tools called without the model, with arguments that no tool should take. Cases say what must not come of it.

Only tools that may be called so are called: those whose offer says so (``ToolOffer.may_probe``: mocks, tools that are
annotated as only reading, tools that their owner named), those that ``allow`` names, and those whose name says that
they only read. A case's ``tools`` narrows that further; it never widens it.
"""

from __future__ import annotations

import abc
import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, ClassVar

from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.family import ChatAttack, Scene, Turns
from bartizan.attacks.chat.tools import arguments
from bartizan.core.chat import ToolOffer
from bartizan.core.transcript import ATTACKER, Marks, Sample, Surface
from bartizan.targets.chat.assistant import Ability, AssistantCard, CannotDo, TrialFailed

_READS = frozenset({"read", "get", "list", "find", "search", "fetch", "show", "describe", "lookup", "view", "count"})
_WRITES = frozenset(
    word
    for line in (
        "add and approve book buy call cancel change charge clear close commit confirm create delete deploy",
        "disable do drop edit enable exec execute grant insert install invite kill make merge modify move mutate",
        "open order patch pay post publish purchase push put remove rename reset restart revoke rm run save send",
        "set share start stop submit sync transfer trigger truncate update upload upsert wipe write",
    )
    for word in line.split()
)
_CUT = 20_000
"""Characters of an answer that are kept."""
_ASKED = 1_000


def only_reads(name: str) -> bool:
    """Whether a tool's name says that it only reads: it begins with a word for reading, and has none for changing."""
    words = [one for one in re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).casefold().replace("_", " ").split() if one]
    words = [part for word in words for part in re.split(r"[^a-z0-9]+", word) if part]
    return bool(words) and words[0] in _READS and not _WRITES & set(words)


class ToolProbe(ChatAttack, frozen=True):
    """Root of all attacks on tools without the model."""

    source: ClassVar[str] = "OWASP AI Exchange, tool integration vulnerabilities; OWASP WSTG 4.7, input validation"
    turns: ClassVar[Turns] = "none"
    surfaces: ClassVar[tuple[Surface, ...]] = ("tool_call",)
    needs: ClassVar[frozenset[Ability]] = frozenset({"use_tool"})
    is_general: ClassVar[bool] = False
    can_vary: ClassVar[bool] = False
    allow: tuple[str, ...] = ()
    """Tools to call though nothing says that this is safe: each by its name."""
    most: int = 120
    """Calls in one trial at most."""

    @property
    def strong(self) -> bool:
        """It goes through all of its faults, so that nothing found says something."""
        return self.most >= 100

    def may_call(self, offer: ToolOffer, case: Case) -> bool:
        """Whether this tool is called at all; see the module."""
        meant = not case.tools or offer.name in case.tools
        return meant and (offer.may_probe or offer.name in self.allow or only_reads(offer.name))

    def unfit(self, case: Case, card: AssistantCard) -> str:
        """As for every attack; also where no tool may be called without the model, or none takes such arguments."""
        why = super().unfit(case, card)
        if why:
            return why
        callable_ = [offer for offer in card.tools if self.may_call(offer, case)]
        if not callable_:
            return f"no tool of {card.name} that is meant may be called by a test; name it under 'may_call'"
        blank = Marks(token="t", sink="sink.example")  # noqa: S106 -- a mark, no password
        if not any(next(self.calls(offer, blank), None) is not None for offer in callable_):
            return f"no tool of {card.name} takes such arguments"
        return ""

    @abc.abstractmethod
    def calls(self, offer: ToolOffer, marks: Marks) -> Iterator[dict[str, Any]]:
        """The arguments of the calls to make."""

    async def run(self, scene: Scene) -> None:
        """Calls in turn from all tools; each answer is noted. Raises TrialFailed, or CannotDo, where none answered."""
        failed: TrialFailed | CannotDo | None = None
        asked = answered = 0
        closed: set[str] = set()
        for name, values in self._plan(scene):
            if name in closed or asked >= self.most:
                continue
            try:
                text = await scene.world.use_tool(name, values, ATTACKER)
            except CannotDo as why:  # on the card, and yet not to be called so
                failed = failed or why
                closed.add(name)
                continue
            except TrialFailed as why:
                failed, asked = why, asked + 1
                continue
            asked, answered = asked + 1, answered + 1
            scene.note(Sample(kind="tool_answer", asked=_shown(name, values), text=text[:_CUT]))
        if failed is not None and not answered:
            raise failed

    def _plan(self, scene: Scene) -> Iterator[tuple[str, dict[str, Any]]]:
        offers = [offer for offer in scene.tools if self.may_call(offer, scene.case)]
        rows = ([(offer.name, values) for values in self.calls(offer, scene.marks)] for offer in offers)
        for turn in zip_longest(*rows):
            yield from (one for one in turn if one is not None)


def _shown(name: str, values: dict[str, Any]) -> str:
    short = {key: value if not isinstance(value, str) else value[:200] for key, value in values.items()}
    try:
        return f"{name} {json.dumps(short)[:_ASKED]}"
    except ValueError:  # a number of more digits than Python writes
        return f"{name} (arguments too large to show)"


class SpoiledCalls(ToolProbe, frozen=True):
    """Root of those that spoil one value of an honest call at a time."""

    def calls(self, offer: ToolOffer, marks: Marks) -> Iterator[dict[str, Any]]:
        """Honest calls with one bad value each."""
        return arguments.spoiled(offer, arguments.FAULTS[self.id], marks)
