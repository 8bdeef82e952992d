"""The two minds: the scripted reader, and a real small model in this process."""

from __future__ import annotations

import datetime
from pathlib import Path
from urllib.parse import urlsplit

from bartizan.core.chat_spec import ChatSpec
from bartizan.core.errors import InputError, MissingExtra, Problem
from bartizan.playground.scripted import ScriptedMind
from bartizan.playground.weaknesses import Switches
from bartizan.targets.chat.local import SMOLLM2, LocalModel, model_file
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.model import ChatModel
from bartizan.targets.chat.openai_chat import OpenAiChat
from bartizan.targets.chat.wire import Address, Wire
from bartizan.targets.permission import Permission

LONGEST_ANSWER = 256
_UNLIMITED = {"scripted": 4000, "smollm2": 1024}
"""Tokens of an answer where no limit is set: what a small window holds."""


def mind(switches: Switches) -> ChatModel:
    """The mind that the switches name. Raises MissingExtra where its package is absent."""
    limited = "no_length_limit" not in switches.on
    longest = LONGEST_ANSWER if limited else _UNLIMITED[switches.mind]
    if switches.mind_at:
        return _elsewhere(switches.mind_at, longest)
    if switches.mind == "scripted":
        return ScriptedMind(overrides="obeys_override" in switches.on, longest=longest)
    file = model_file(SMOLLM2, Path())
    if file is None:
        raise MissingExtra("the mind 'smollm2'", "local-model")
    spec = ChatSpec(kind="local", model=SMOLLM2, temperature=0.0, max_tokens=longest)
    return LocalModel(file, spec, Meter(concurrency=1))


def _elsewhere(url: str, longest: int) -> ChatModel:
    """A mind at an address of this machine. Raises InputError for any other address."""
    if urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1") or urlsplit(url).scheme != "http":
        finding = "the mind's address is not on this machine"
        raise InputError([Problem(file="mind_at", finding=finding, fix="such as http://127.0.0.1:8420/v1")])
    today = datetime.date.today()
    granted = Permission(target=url, granted_by="playground.yaml", until=today + datetime.timedelta(days=1))
    spec = ChatSpec(kind="openai", url=url, model="larch-mind", max_tokens=longest)
    wire = Wire(Address(url=url, retries=0), granted, Meter(concurrency=64))
    return OpenAiChat(spec, wire)
