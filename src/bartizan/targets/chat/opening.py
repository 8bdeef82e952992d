"""From a description to a chat target that can be talked with."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import random
import re
from collections.abc import Callable
from typing import Any

import msgspec

from bartizan.core.chat_spec import ChatSpec
from bartizan.core.errors import InputError, Problem, Unreachable
from bartizan.core.extras import need
from bartizan.core.transcript import SecretPlace
from bartizan.targets.agent.environment import chosen
from bartizan.targets.agent.loop import LabAgent
from bartizan.targets.chat.anthropic_messages import VERSION, AnthropicMessages
from bartizan.targets.chat.assistant import Assistant, TrialFailed
from bartizan.targets.chat.called import CalledModel, takes_nothing
from bartizan.targets.chat.conversation import EndpointAssistant
from bartizan.targets.chat.hooks import HookedAssistant
from bartizan.targets.chat.keys import Keys, keys_of
from bartizan.targets.chat.local import LocalModel, model_file
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.model import ChatModel
from bartizan.targets.chat.ollama import Ollama
from bartizan.targets.chat.openai_chat import OpenAiChat
from bartizan.targets.chat.openai_responses import OpenAiResponses
from bartizan.targets.chat.process import ProcessModel
from bartizan.targets.chat.retrieval import WithRetrieval
from bartizan.targets.chat.spec_problems import OVER_HTTP, problems_of
from bartizan.targets.chat.template import TemplateApi
from bartizan.targets.chat.wire import Address, Sleep, Wire
from bartizan.targets.mcp.server import McpLimits
from bartizan.targets.mcp.tools import McpAccess, McpTools
from bartizan.targets.named_code import called, named_object
from bartizan.targets.permission import Permission
from bartizan.targets.place import Place

_ADAPTERS: dict[str, Callable[[ChatSpec, Wire], ChatModel]] = {
    "openai": OpenAiChat,
    "openai-responses": OpenAiResponses,
    "anthropic": AnthropicMessages,
    "ollama": Ollama,
    "template": TemplateApi,
}
_DIGEST = re.compile(r"(sha256:)?[0-9a-f]{64}")


async def open_chat(
    spec: ChatSpec,
    place: Place,
    *,
    permission: Permission | None,
    meter: Meter,
    today: Callable[[], datetime.date] = datetime.date.today,
    rng: random.Random | None = None,
    sleep: Sleep = asyncio.sleep,
) -> Assistant:
    """The described target. Close it in the loop in which it was opened.

    Raises InputError with all problems of the description, Refused where no permission covers its address,
    MissingExtra, and Unreachable where it is asked what it is (``about``) and does not say.
    """
    keys, faults = _keys(spec, place)
    access, more = _mcp_access(spec, place, permission)
    problems = [*problems_of(spec, place), *faults, *_tool_faults(spec, place), *more]
    if problems:
        raise InputError(problems)
    if spec.kind == "mcp":
        return await _with_mcp(None, access, meter)
    if spec.kind not in OVER_HTTP:
        return await _with_mcp(await _opened_here(spec, place, meter), access, meter)
    address = Address(url=spec.url, timeout=spec.timeout, retries=spec.retries)
    wire = Wire(address, permission, meter, keys=keys, today=today, rng=rng, sleep=sleep)
    try:
        digest = _bound(spec, await _about(spec, wire))
        assistant = _around(_talking(_ADAPTERS[spec.kind](spec, wire), spec, digest), spec, place, wire)
        return await _with_mcp(assistant, access, meter)
    except BaseException:
        await wire.close()
        raise


async def _opened_here(spec: ChatSpec, place: Place, meter: Meter) -> Assistant:
    """A target in this process, or started by it."""
    if spec.kind == "callable":
        return _from_code(spec, place, meter)
    if spec.kind == "process":
        process = ProcessModel(spec.command, place.folder, meter, timeout=spec.timeout)
        return _talking(process, spec, "", tells_users=True)
    file = model_file(spec.model, place.folder)
    assert file is not None, spec.model
    need("xllamacpp")
    return _talking(LocalModel(file, spec, meter), spec, _bound(spec, await asyncio.to_thread(_file_digest, file)))


def _from_code(spec: ChatSpec, place: Place, meter: Meter) -> Assistant:
    """An Assistant, a ChatModel, a function or class that makes one, or a function that answers."""
    found: Any = named_object(spec.call, place, "call")
    if takes_nothing(found) and not isinstance(found, Assistant | ChatModel):
        found = found() if isinstance(found, type) else called(found, place, "call", spec.call)
    if isinstance(found, Assistant):
        return found
    if isinstance(found, ChatModel):
        return _talking(found, spec, "")
    if not callable(found):
        what = f"{spec.call} is of type {type(found).__name__}"
        raise place.error("call", what, "name a function of messages or of a prompt, or an Assistant")
    model = CalledModel(found, spec.call, meter, timeout=spec.timeout)
    return _talking(model, spec, "", tells_users=model.tells_users)


def _talking(model: ChatModel, spec: ChatSpec, digest: str, *, tells_users: bool = False) -> Assistant:
    """Who keeps the conversation: the lab's agent loop where tools are named, else a plain one."""
    known: dict[SecretPlace, str] = msgspec.convert(spec.secrets, dict[SecretPlace, str])
    is_random = not (spec.temperature == 0 and spec.kind in {"local", "callable"})
    if spec.tools:
        return LabAgent(
            model,
            tools=spec.tools,
            steps=spec.steps,
            system_prompt=spec.system_prompt,
            digest=digest,
            random=is_random,
            known=known,
        )
    if isinstance(model, TemplateApi):
        tells_users = "user" in model.places
    return EndpointAssistant(
        model,
        system_prompt=spec.system_prompt,
        known=known,
        tells_users=tells_users,
        digest=digest,
        random=is_random,
    )


def _around(assistant: Assistant, spec: ChatSpec, place: Place, wire: Wire) -> Assistant:
    """The assistant with what else can be reached of it."""
    if spec.hooks is not None:
        try:
            assistant = HookedAssistant(assistant, spec.hooks, wire)
        except InputError as error:  # it does not know the file
            raise InputError(place.problem("hooks", one.finding, one.fix) for one in error.problems) from None
    return WithRetrieval(assistant, spec.retrieval, wire) if spec.retrieval is not None else assistant


def _mcp_access(
    spec: ChatSpec, place: Place, permission: Permission | None
) -> tuple[tuple[McpAccess, ...], list[Problem]]:
    """How each MCP server is reached, and what is wrong with what is said of it."""
    found, problems = [], []
    for one in spec.mcp:
        if bool(one.url) == bool(one.command):
            problems.append(place.problem("mcp", "an MCP server has either 'command' or 'url'", "give one of the two"))
        keys, faults = keys_of(one.token_env, {}, place)
        problems += [place.problem("mcp", fault.finding, fault.fix) for fault in faults]
        limits = McpLimits(timeout=spec.timeout)
        found.append(McpAccess(spec=one, permission=permission, keys=keys if one.url else Keys(), limits=limits))
    return tuple(found), problems


async def _with_mcp(assistant: Assistant | None, access: tuple[McpAccess, ...], meter: Meter) -> Assistant:
    """The assistant with the tools of its MCP servers beside it, or these alone; each is asked once for what it has."""
    if assistant is not None and not access:
        return assistant
    try:
        return await McpTools.found(access, meter, assistant)
    except BaseException as error:
        if assistant is not None:
            await assistant.close()
        if isinstance(error, TrialFailed):
            raise Unreachable(str(error)) from None
        raise


def _keys(spec: ChatSpec, place: Place) -> tuple[Keys, list[Problem]]:
    if spec.kind not in OVER_HTTP:
        return Keys(), []
    if spec.kind != "anthropic":
        return keys_of(spec.token_env, spec.headers, place)
    keys, problems = keys_of(spec.token_env, spec.headers, place, header="x-api-key", scheme="")
    keys.headers.setdefault("anthropic-version", VERSION)
    return keys, problems


def _tool_faults(spec: ChatSpec, place: Place) -> list[Problem]:
    try:
        chosen(spec.tools) if spec.tools else ()
    except InputError as error:
        return [place.problem("tools", one.finding, one.fix) for one in error.problems]
    return []


async def _about(spec: ChatSpec, wire: Wire) -> str:
    """What the service says that it is; empty where it is not asked."""
    if not spec.about:
        return ""
    try:
        found = await wire.get(spec.about)
    except TrialFailed as error:
        raise Unreachable(str(error)) from None
    digest = found.get("digest") if isinstance(found, dict) else None
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise Unreachable(
            f'{spec.url}{spec.about} does not answer {{"digest": "sha256:..."}} with 64 hexadecimal digits'
        )
    return digest


def _file_digest(file: Any) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _bound(spec: ChatSpec, what: str) -> str:
    """The digest of what answers and of how it is asked; empty where the first is not known."""
    if not what:
        return ""
    asked = [what, spec.model, spec.system_prompt, spec.temperature, spec.max_tokens, spec.tools, spec.steps]
    return "sha256:" + hashlib.sha256(msgspec.json.encode(asked)).hexdigest()
