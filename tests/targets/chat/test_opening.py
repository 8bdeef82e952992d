from __future__ import annotations

import asyncio
import datetime
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bartizan.core.chat_spec import ChatSpec, Hooks, McpSpec, RetrievalSpec, Template, TokenPrice
from bartizan.core.errors import InputError, Problem, Refused, Unreachable
from bartizan.targets.agent.loop import LabAgent
from bartizan.targets.chat.assistant import Assistant, AssistantCard, Setting
from bartizan.targets.chat.hooks import HookedAssistant
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.opening import open_chat
from bartizan.targets.permission import Permission
from bartizan.targets.place import Place
from tests.targets.chat.loopback import PLACE, allowed, in_turn, opened, says, serving, spec_of

FINE = {"choices": [{"message": {"content": "hello"}}]}
URL = "http://127.0.0.1:9/v1"


def opening(spec: ChatSpec, place: Place = PLACE, permission: Permission | None = None) -> Assistant:
    async def run() -> Assistant:
        assistant = await open_chat(spec, place, permission=permission, meter=Meter())
        await assistant.close()
        return assistant

    return asyncio.run(run())


def problems(**fields: Any) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        opening(ChatSpec(**fields), permission=allowed(URL))
    return caught.value.problems


@pytest.mark.parametrize("kind", ["openai", "openai-responses", "anthropic", "ollama"])
def test_all_that_is_missing_is_said_at_once(kind: str) -> None:
    found = [one.finding for one in problems(kind=kind)]
    assert found == [f"kind '{kind}' needs 'model'", f"kind '{kind}' needs 'url'"]


@pytest.mark.parametrize(
    ("fields", "says_so"),
    [
        ({"kind": "callable"}, "needs 'call'"),
        ({"kind": "process"}, "needs 'command'"),
        ({"kind": "local"}, "needs 'model'"),
        ({"kind": "local", "model": "smollm2", "url": URL}, "'url' says nothing with kind 'local'"),
        ({"kind": "local", "model": "smollm2", "stream": True}, "'stream' says nothing"),
        ({"kind": "anthropic", "url": URL, "model": "m", "logprobs": True}, "'logprobs' says nothing"),
        ({"kind": "openai", "url": URL, "model": "m", "call": "a.py:b"}, "'call' says nothing"),
        ({"kind": "openai", "url": URL, "model": "m", "template": Template()}, "'template' says nothing"),
        ({"kind": "openai", "url": URL, "model": "m", "steps": 3}, "'steps' says nothing without 'tools'"),
        ({"kind": "openai", "url": URL, "model": "m", "price": TokenPrice(input=-1)}, "'price' is -1"),
        ({"kind": "openai", "url": URL, "model": "m", "price": TokenPrice(output=float("nan"))}, "'price' is nan"),
        ({"kind": "openai", "url": URL, "model": "m", "timeout": 0}, "'timeout' is 0"),
        ({"kind": "openai", "url": URL, "model": "m", "retries": 99}, "'retries' is 99"),
        ({"kind": "openai", "url": URL, "model": "m", "concurrency": 0}, "'concurrency' is 0"),
        ({"kind": "openai", "url": URL, "model": "m", "temperature": -0.1}, "'temperature' is -0.1"),
        ({"kind": "openai", "url": URL, "model": "m", "max_tokens": 0}, "'max_tokens' is 0"),
        ({"kind": "openai", "url": URL, "model": "m", "secrets": {"sytem_prompt": "x"}}, "nothing lies in"),
        ({"kind": "openai", "url": URL, "model": "m", "secrets": {"document": " "}}, "is empty"),
        (
            {"kind": "openai", "url": URL, "model": "m", "system_prompt": "a", "secrets": {"system_prompt": "b"}},
            "does not stand in it",
        ),
        ({"kind": "openai", "url": URL, "model": "m", "tools": ("send_male",)}, "no mock tool 'send_male'"),
        ({"kind": "openai", "url": URL, "model": "m", "tools": ("all",), "hooks": Hooks()}, "hooks into your own"),
        ({"kind": "openai", "url": URL, "model": "m", "hooks": Hooks(reset="http://evil.example/")}, "'hooks.reset'"),
        ({"kind": "openai", "url": URL, "model": "m", "retrieval": RetrievalSpec(search="//x")}, "'retrieval.search'"),
        ({"kind": "openai", "url": URL, "model": "m", "about": "digest"}, "'about' is no path"),
        (
            {"kind": "template", "url": URL, "template": Template(body={"q": "hi"}, keeps_history=False)},
            "no place for what is said",
        ),
        ({"kind": "template", "url": URL, "system_prompt": "x"}, "no place for the system prompt"),
        ({"kind": "template", "url": URL, "template": Template(body="{prompt}")}, "which conversation"),
        ({"kind": "process", "command": ("no-such-program-here",)}, "there is no program"),
        ({"kind": "openai", "url": URL, "model": "m", "token_env": "sk-12345678"}, "no name of an environment"),
        ({"kind": "openai", "url": URL, "model": "m", "token_env": "NOT_SET_HERE"}, "NOT_SET_HERE is not set"),
        ({"kind": "openai", "url": URL, "model": "m", "headers": {"a b": "HOME"}}, "no name of a header"),
    ],
)
def test_what_is_wrong_is_said(fields: dict[str, Any], says_so: str) -> None:
    found = problems(**fields)
    assert len(found) == 1
    assert says_so in found[0].finding
    assert found[0].fix


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "http://",
        "127.0.0.1:80",
        "http://host:99999/",
        "http://a b/",
        "http://ann:pw@host/v1",
        "http://host/v1?key=abc",
        "http://host/v1#x",
        "http://host/v1/sk-31415926535897932384",
    ],
)
def test_an_address_that_is_none_or_holds_a_secret_is_refused_and_not_repeated(url: str) -> None:
    found = problems(kind="openai", url=url, model="m")
    assert len(found) == 1
    text = str(found[0])
    assert not any(secret in text for secret in ("ann:pw", "abc", "sk-3141"))


def test_a_problem_names_the_line_of_its_key() -> None:
    place = Place(file="system.yaml", line=3, lines={"url": 5, "price": 9})
    with pytest.raises(InputError) as caught:
        opening(ChatSpec(kind="openai", url="nowhere", model="m", timeout=-1, price=TokenPrice(output=-2)), place)
    assert [one.line for one in caught.value.problems] == [3, 5, 9]


def test_what_is_in_a_variable_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "two secret words")
    found = problems(kind="openai", url=URL, model="m", token_env="OUR_KEY")
    assert "secret words" not in str(found[0])


def test_an_address_needs_a_permission_that_covers_it() -> None:
    with pytest.raises(Refused):
        opening(spec_of("openai", URL))
    with pytest.raises(Refused):
        opening(spec_of("openai", URL), permission=allowed("http://127.0.0.1:9/v2"))


def test_the_digest_binds_what_answers_there_to_how_it_is_asked() -> None:
    async def run() -> list[str]:
        digest = {"digest": "sha256:" + "ab" * 32}
        found = []
        async with serving(in_turn(says(digest))) as server:
            for more in ({}, {}, {"system_prompt": "x"}, {"temperature": 0.5}):
                async with opened(spec_of("openai", server.url, about="/about", **more)) as assistant:
                    found.append(assistant.card.digest)
            assert [path for path, _, _ in server.asked] == ["/about"] * 4
            async with opened(spec_of("openai", server.url)) as assistant:
                found.append(assistant.card.digest)
                assert assistant.card.random
                assert assistant.card.address == server.url
        return found

    one, same, other, third, unknown = asyncio.run(run())
    assert one == same
    assert len({one, other, third}) == 3
    assert unknown == ""


@pytest.mark.parametrize("answer", [{}, {"digest": "v1.2"}, {"digest": 3}, [], "sha256"])
def test_a_service_that_does_not_say_what_it_is_cannot_be_opened(answer: object) -> None:
    async def run(status: int) -> None:
        async with serving(says(answer, status)) as server, opened(spec_of("openai", server.url, about="/about")):
            pass

    for status in (200, 500):
        with pytest.raises(Unreachable):
            asyncio.run(run(status))


def test_tools_hooks_and_retrieval_are_put_around_any_endpoint() -> None:
    async def run() -> None:
        async with serving(says(FINE)) as server:
            async with opened(spec_of("openai", server.url, tools=("send_mail", "read_mail"), steps=3)) as agent:
                assert isinstance(agent, LabAgent)
                assert "email" in agent.card.surfaces
                assert (await (await (await agent.world(Setting())).talk()).say("hi")).text == "hello"
            hooks = Hooks(plant="/plant", deeds="/deeds", surfaces=("document",))
            async with opened(spec_of("template", server.url, hooks=hooks)) as hooked:
                assert isinstance(hooked, HookedAssistant)
                assert "document" in hooked.card.surfaces
            retrieval = RetrievalSpec(search="/search", ingest="/ingest")
            async with opened(spec_of("openai", server.url, retrieval=retrieval)) as searched:
                assert "retrieval" in searched.card.abilities
                assert {"chat"} < searched.card.abilities

    asyncio.run(run())


def test_surfaces_of_hooks_that_there_are_not_are_a_problem_with_a_line() -> None:
    async def run() -> None:
        hooks = Hooks(plant="/plant", surfaces=("documnet",))
        async with serving(says(FINE)) as server, opened(spec_of("template", server.url, hooks=hooks)):
            pass

    with pytest.raises(InputError, match="documnet") as caught:
        asyncio.run(run())
    assert (caught.value.problems[0].file, caught.value.problems[0].line) == ("system.yaml", 1)


CODE = """
from bartizan.core.chat import Message, Reply
from bartizan.targets.chat.assistant import Assistant, AssistantCard
from bartizan.targets.chat.model import ChatModel

async def ask(messages, user):
    return f"{user}: {messages[-1]['content']}"

class Own(Assistant):
    card = AssistantCard(name="own")
    async def world(self, setting):
        raise NotImplementedError

class Model(ChatModel):
    name = "model"
    async def reply(self, ask):
        return Reply(message=Message(role="assistant", text="from the model"))

own, build, model = Own(), (lambda: Own()), Model
number = 3
def broken():
    raise ValueError("boom")
"""


@pytest.fixture
def beside(tmp_path: Path) -> Place:
    (tmp_path / "bot.py").write_text(CODE, "utf-8")
    return Place(file=str(tmp_path / "system.yaml"), line=2, lines={"call": 7})


def _code(attribute: str, **more: Any) -> ChatSpec:
    return ChatSpec(kind="callable", call=f"bot.py:{attribute}", **more)


def test_a_callable_answers_without_a_permission(beside: Place) -> None:
    async def run() -> tuple[AssistantCard, str]:
        spec = _code("ask", temperature=0.0)
        assistant = await open_chat(spec, beside, permission=None, meter=Meter())
        return assistant.card, (await (await (await assistant.world(Setting())).talk("ann")).say("hi")).text

    card, text = asyncio.run(run())
    assert text == "ann: hi"
    assert (card.random, card.digest, card.address) == (False, "", "")
    assert "users" in card.abilities
    assert opening(_code("ask"), beside).card.random


@pytest.mark.parametrize("attribute", ["own", "build", "Own"])
def test_an_assistant_or_what_makes_one_is_the_target(attribute: str, beside: Place) -> None:
    assert opening(_code(attribute), beside).card.name == "own"


def test_a_model_of_ones_own_is_talked_with(beside: Place) -> None:
    assert opening(_code("model", tools=("all",)), beside).card.name == "model"


@pytest.mark.parametrize(
    ("attribute", "says_so"), [("number", "of type int"), ("aks", "no 'aks'"), ("broken", "ValueError: boom")]
)
def test_code_that_is_no_target_says_where(attribute: str, says_so: str, beside: Place) -> None:
    with pytest.raises(InputError, match=says_so):
        opening(_code(attribute), beside)


def test_a_process_is_opened_without_a_permission() -> None:
    card = opening(ChatSpec(kind="process", command=(sys.executable, "x.py"))).card
    assert (card.address, card.random) == ("", True)


def test_opening_a_chat_target_loads_no_numpy_and_no_client_before_it_is_needed() -> None:
    code = (
        "import sys, bartizan.targets.chat.opening; "
        "bad = {'numpy', 'aiohttp', 'xllamacpp', 'httpx', 'playwright', 'mcp'} & set(sys.modules); print(sorted(bad))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout.strip() == "[]"


SERVER = """
import anyio
from mcp.server import MCPServer
server = MCPServer("notes")
@server.tool()
def read_note(name: str) -> str:
    return f"note {name}"
server.run()
"""


def test_mcp_servers_are_put_beside_any_target_and_must_be_named_soundly(tmp_path: Path) -> None:
    (tmp_path / "notes.py").write_text(SERVER, "utf-8")

    async def run(*command: str) -> str:
        mcp = (McpSpec(name="notes", command=command),)
        async with serving(says(FINE)) as server, opened(spec_of("openai", server.url, mcp=mcp)) as assistant:
            world = await assistant.world(Setting())
            try:
                assert {"chat", "use_tool"} <= assistant.card.abilities
                return await world.use_tool(assistant.card.tools[0].name, {"name": "a"})
            finally:
                await world.close()

    assert "note a" in asyncio.run(run(sys.executable, str(tmp_path / "notes.py")))
    with pytest.raises(Unreachable):
        asyncio.run(run(sys.executable, "-c", "pass"))
    found = problems(kind="openai", url=URL, model="m", mcp=(McpSpec(name="x", token_env="NOT_SET_HERE"),))
    assert [one.finding.partition(" ")[0] for one in found] == ["an", "the"]


def test_the_day_of_the_permission_is_the_one_handed_in() -> None:
    async def run(day: datetime.date) -> None:
        spec = spec_of("openai", URL)
        assistant = await open_chat(spec, PLACE, permission=allowed(URL), meter=Meter(), today=lambda: day)
        await assistant.close()

    asyncio.run(run(datetime.date(2026, 12, 31)))
    with pytest.raises(Refused):
        asyncio.run(run(datetime.date(2027, 1, 1)))
