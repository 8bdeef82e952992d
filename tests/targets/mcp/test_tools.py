from __future__ import annotations

import asyncio
import datetime

import pytest

from bartizan.core.chat import Message, Reply, ToolOffer
from bartizan.core.chat_spec import McpSpec
from bartizan.core.errors import BudgetSpent
from bartizan.targets.agent.loop import LabAgent
from bartizan.targets.chat.assistant import CannotDo, Setting, TrialFailed
from bartizan.targets.chat.meter import ChatBudget, Meter
from bartizan.targets.chat.model import Ask, ChatModel
from bartizan.targets.mcp.server import McpLimits
from bartizan.targets.mcp.tools import McpAccess, McpTools
from bartizan.targets.permission import Permission
from tests.targets.mcp.loopback import served
from tests.targets.mcp.shop_server import server as shop
from tests.targets.mcp.test_server import COMMAND

LIMITS = McpLimits(timeout=20, longest=200_000)


class Polite(ChatModel):
    name = "polite"

    async def reply(self, ask: Ask) -> Reply:
        return Reply(message=Message(role="assistant", text="Good day."))


def test_each_world_of_a_command_has_a_process_of_its_own() -> None:
    access = (McpAccess(spec=McpSpec(name="shop", command=COMMAND), limits=LIMITS),)

    async def scenario() -> None:
        meter = Meter()
        tools = await McpTools.found(access, meter)
        assert tools.card.abilities == {"use_tool"}
        assert tools.card.surfaces == {"tool_call"}
        assert tools.card.address == ""
        assert {"find_order", "read_file"} <= {offer.name for offer in tools.card.tools}
        one, other = await tools.world(Setting()), await tools.world(Setting())
        assert await one.use_tool("find_order", {"number": 1}) == "order 1: oak shelf (1 asked)"
        assert await one.use_tool("find_order", {"number": 1}) == "order 1: oak shelf (2 asked)"
        assert await other.use_tool("find_order", {"number": 1}) == "order 1: oak shelf (1 asked)"
        with pytest.raises(TrialFailed):
            await one.use_tool("die", {})
        assert await one.use_tool("find_order", {"number": 1}) == "order 1: oak shelf (1 asked)", "it is started anew"
        with pytest.raises(CannotDo, match="no MCP server has"):
            await one.use_tool("nothing", {})
        with pytest.raises(CannotDo, match="without a model"):
            await one.talk()
        await one.close()
        await other.close()
        assert meter._admitted == 6

    asyncio.run(scenario())


def test_servers_stand_beside_an_assistant_and_share_one_budget() -> None:
    async def scenario() -> None:
        async with served(shop.streamable_http_app()) as base:
            permission = Permission(target=base, granted_by="Test", until=datetime.date(2099, 1, 1))
            spec = McpSpec(name="shop", url=f"{base}/mcp")
            access = (McpAccess(spec=spec, permission=permission, limits=LIMITS),)
            inner = LabAgent(Polite(), tools=("send_mail",), tests_tools=True)
            tools = await McpTools.found(access, Meter(ChatBudget(requests=2)), inner)
            assert {"chat", "tools", "use_tool"} <= tools.card.abilities
            world = await tools.world(Setting())
            assert (await (await world.talk()).say("Hello")).text == "Good day."
            mail = {"to": "x@sink.example", "subject": "s", "body": "b"}
            assert (await world.use_tool("send_mail", mail)).startswith("Sent")
            assert [deed.kind for deed in await world.deeds()] == ["mail_sent"]
            assert (await world.use_tool("find_order", {"number": 5})).startswith("order 5")
            with pytest.raises(BudgetSpent):
                await world.use_tool("find_order", {"number": 5})
            await world.close()
            await tools.close()

    asyncio.run(scenario())


def test_names_that_two_servers_share_are_told_apart() -> None:
    access = (McpAccess(spec=McpSpec(name="a")), McpAccess(spec=McpSpec(name="b")))
    listed = (
        (ToolOffer(name="search"), ToolOffer(name="read")),
        (ToolOffer(name="search", about="of b"), ToolOffer(name="write")),
    )
    tools = McpTools(access, listed, Meter())
    assert [offer.name for offer in tools.card.tools] == ["a.search", "read", "b.search", "write"]
    assert tools.routes["b.search"] == (1, "search")
    assert next(offer for offer in tools.card.tools if offer.name == "b.search").about == "of b"
