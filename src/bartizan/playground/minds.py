"""The two minds: the scripted reader, and a real small model in this process."""

from __future__ import annotations

from pathlib import Path

from bartizan.core.chat_spec import ChatSpec
from bartizan.core.errors import MissingExtra
from bartizan.playground.scripted import ScriptedMind
from bartizan.playground.weaknesses import Switches
from bartizan.targets.chat.local import SMOLLM2, LocalModel, model_file
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.model import ChatModel

LONGEST_ANSWER = 256
_UNLIMITED = {"scripted": 4000, "smollm2": 1024}
"""Tokens of an answer where no limit is set: what a small window holds."""


def mind(switches: Switches) -> ChatModel:
    """The mind that the switches name. Raises MissingExtra where its package is absent."""
    limited = "no_length_limit" not in switches.on
    longest = LONGEST_ANSWER if limited else _UNLIMITED[switches.mind]
    if switches.mind == "scripted":
        return ScriptedMind(overrides="obeys_override" in switches.on, longest=longest)
    file = model_file(SMOLLM2, Path())
    if file is None:
        raise MissingExtra("the mind 'smollm2'", "local-model")
    spec = ChatSpec(kind="local", model=SMOLLM2, temperature=0.0, max_tokens=longest)
    return LocalModel(file, spec, Meter(concurrency=1))
