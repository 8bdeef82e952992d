"""All attacks on chat targets, by name. A new attack is a module and a line here."""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.attacks.chat.agent import AGENT_ATTACKS
from bartizan.attacks.chat.crescendo import Crescendo
from bartizan.attacks.chat.delayed import Delayed, Remembered
from bartizan.attacks.chat.direct import (
    AsWritten,
    InstructionOverride,
    Plain,
    PolicyBypass,
    PromptExtraction,
    RefusalSuppression,
    RolePlay,
)
from bartizan.attacks.chat.exhaustion import LargestOutput, LongestInput, Loops, Repetition, SlowestPath
from bartizan.attacks.chat.extraction_of_text import TextContinuation
from bartizan.attacks.chat.family import ChatAttack
from bartizan.attacks.chat.indirect import Buried, HiddenCharacters, HiddenMarkup, Indirect, Split
from bartizan.attacks.chat.indirect_search import IndirectSearch
from bartizan.attacks.chat.many_shot import ManyShot
from bartizan.attacks.chat.membership_of_text import MinKProb
from bartizan.attacks.chat.other_sessions import NeighbourSession
from bartizan.attacks.chat.persuasion import Persuasion
from bartizan.attacks.chat.retrieval import RETRIEVAL_ATTACKS
from bartizan.attacks.chat.search import BestOfN, WordingSearch
from bartizan.attacks.chat.splitting import PayloadSplitting
from bartizan.attacks.chat.spoofing import TemplateSpoofing
from bartizan.attacks.chat.tools.probes import TOOL_ATTACKS

CHAT_ATTACKS: tuple[type[ChatAttack], ...] = (
    # direct
    AsWritten,
    Plain,
    InstructionOverride,
    RolePlay,
    RefusalSuppression,
    PolicyBypass,
    PromptExtraction,
    Persuasion,
    ManyShot,
    PayloadSplitting,
    TemplateSpoofing,
    Crescendo,
    BestOfN,
    # disclosure
    NeighbourSession,
    TextContinuation,
    MinKProb,
    # exhaustion
    LongestInput,
    LargestOutput,
    Repetition,
    SlowestPath,
    Loops,
    # indirect
    Indirect,
    HiddenMarkup,
    HiddenCharacters,
    Buried,
    Split,
    Delayed,
    Remembered,
    # agents, tools without the model, retrieval
    *AGENT_ATTACKS,
    *TOOL_ATTACKS,
    *RETRIEVAL_ATTACKS,
    # searches, the dearest of all, come last
    WordingSearch,
    IndirectSearch,
)

_BY_ID = {attack.id: attack for attack in CHAT_ATTACKS}


def chat_attack_names() -> tuple[str, ...]:
    """The ids of all attacks on chat targets, in order."""
    return tuple(_BY_ID)


def chat_attack_called(name: str, parameters: dict[str, Any] | None = None) -> ChatAttack:
    """The attack of that id with these parameters, the others as they are by default.

    Raises KeyError for an unknown id, msgspec.ValidationError or ValueError for a parameter that is wrong.
    """
    return msgspec.convert(parameters or {}, _BY_ID[name], strict=True)
