"""How to see a breach again: the steps in words, a command for each request that can be made by hand, ours for all.

Text of attacks is quoted for the shell; a key is named by its environment variable and never written out.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

from bartizan.core.chat_spec import ChatSpec
from bartizan.core.transcript import Transcript, Turn
from bartizan.core.trial import Trial

_PATHS = {
    "openai": "/chat/completions",
    "openai-responses": "/responses",
    "anthropic": "/messages",
    "ollama": "/api/chat",
    "template": "",
}


def steps_of(trial: Trial, spec: ChatSpec, component: str = "") -> tuple[str, ...]:
    """What was planted and said, in order; curl where one request shows it; and the command that tries it again.

    ``component`` is the target's id in the description; empty where there is none but an address.
    """
    seen = trial.transcript
    if seen is None:
        return (_again(trial, spec, component),)
    laid = trial.marks.secrets.items() if trial.marks is not None else ()
    canaries = (f"the canary {value} lies in the {place.replace('_', ' ')}" for place, value in laid)
    return (*canaries, *_told(seen), *_curl(seen, spec), _again(trial, spec, component))


def _told(seen: Transcript) -> Iterator[str]:
    for one in seen.planted:
        name = f" named '{one.name}'" if one.name else ""
        yield f"{one.author} puts this {one.surface.replace('_', ' ')}{name}: {one.text}"
    for turn in seen.turns:
        yield f"{turn.by} says in conversation {turn.talk + 1}: {turn.said}"
    for sample in seen.samples:
        yield f"{sample.by} asks {sample.kind.replace('_', ' ')}: {sample.asked}"
    for deed in seen.deeds:
        details = ", ".join(f"{key}={value}" for key, value in deed.details.items())
        yield f"the tool {deed.tool} did: {deed.kind.replace('_', ' ')} ({details})"


def _curl(seen: Transcript, spec: ChatSpec) -> Iterator[str]:
    """One request with the whole conversation, where nothing but words to an address was needed."""
    if not spec.url or spec.kind not in _PATHS or seen.planted or len({turn.talk for turn in seen.turns}) != 1:
        return
    body = _body(seen.turns, spec)
    if body is None:
        return
    words = ["curl", "-sS", spec.url.rstrip("/") + _PATHS[spec.kind], "-H", "content-type: application/json"]
    command = " ".join(shlex.quote(word) for word in words)
    yield f"{command}{_key(spec)} --data {shlex.quote(json.dumps(body, ensure_ascii=True))}"


def _key(spec: ChatSpec) -> str:
    if not spec.token_env:
        return ""
    if spec.kind == "anthropic":
        return f' -H "x-api-key: ${spec.token_env}" -H {shlex.quote("anthropic-version: 2023-06-01")}'
    return f' -H "authorization: Bearer ${spec.token_env}"'


def _body(turns: tuple[Turn, ...], spec: ChatSpec) -> dict[str, Any] | None:
    messages = list(_messages(turns))
    system = [{"role": "system", "content": spec.system_prompt}] if spec.system_prompt else []
    settings = {"temperature": spec.temperature} if spec.temperature is not None else {}
    if spec.kind in ("openai", "ollama"):
        streamed = {"stream": False} if spec.kind == "ollama" else {}
        return {"model": spec.model, "messages": [*system, *messages], **settings, **streamed}
    if spec.kind == "openai-responses":
        return {"model": spec.model, "input": [*system, *messages], **settings}
    if spec.kind == "anthropic":
        said = {"system": spec.system_prompt} if spec.system_prompt else {}
        return {"model": spec.model, "max_tokens": spec.max_tokens or 1024, "messages": messages, **said, **settings}
    return None


def _messages(turns: tuple[Turn, ...]) -> Iterator[dict[str, str]]:
    for i, turn in enumerate(turns):
        yield {"role": "user", "content": turn.said}
        if i + 1 < len(turns):
            yield {"role": "assistant", "content": turn.text}


def _again(trial: Trial, spec: ChatSpec, component: str) -> str:
    words = ["bartizan", "test", "system.yaml", "--component", component]
    if not component and spec.url:
        words = ["bartizan", "redteam", spec.url, "--protocol", spec.kind, "--model", spec.model]
        words += ["--token-env", spec.token_env] if spec.token_env else []
    words += ["--case", trial.case, "--attack", trial.attack, "--seed", str(trial.seed)]
    words += ["--repeats", str(trial.repeat + 1)]
    return shlex.join(words)
