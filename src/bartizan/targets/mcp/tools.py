"""MCP servers as a target: their tools called without a model, or beside a chat target that has one."""

from __future__ import annotations

from typing import Any

import msgspec

from bartizan.core.chat import TokenChance, ToolOffer
from bartizan.core.chat_spec import McpSpec
from bartizan.core.errors import printable
from bartizan.core.transcript import USER, Deed, Passage, Planted
from bartizan.targets.chat.assistant import Ability, Assistant, AssistantCard, CannotDo, Setting, Talk, World
from bartizan.targets.chat.keys import Keys
from bartizan.targets.chat.meter import Meter
from bartizan.targets.mcp.server import McpLimits, McpServer
from bartizan.targets.permission import Permission


class McpAccess(msgspec.Struct, frozen=True, kw_only=True):
    """One server and how it may be reached."""

    spec: McpSpec
    permission: Permission | None = None
    """For a server by address."""
    keys: Keys = Keys()
    """What a server by address wants to see in its headers."""
    limits: McpLimits = McpLimits()


class McpTools(Assistant):
    """Servers' tools as an assistant with the ability ``use_tool``, and what its inner assistant can, if there is one.

    Every world has connections of its own: a server by command is a process of its own, so nothing is left of an
    earlier trial but what it wrote outside; one by address keeps what it keeps.
    """

    def __init__(
        self,
        access: tuple[McpAccess, ...],
        listed: tuple[tuple[ToolOffer, ...], ...],
        meter: Meter,
        inner: Assistant | None = None,
    ) -> None:
        self.access, self.meter, self.inner = access, meter, inner
        self.routes = _routes(access, listed)
        self.card = self._card(listed)

    @classmethod
    async def found(cls, access: tuple[McpAccess, ...], meter: Meter, inner: Assistant | None = None) -> McpTools:
        """Ask each server for its tools. Raises TrialFailed, Refused, BudgetSpent, MissingExtra."""
        listed = []
        for one in access:
            async with meter.request():
                server = await McpServer.opened(one.spec, one.permission, keys=one.keys, limits=one.limits)
                try:
                    listed.append(await server.tools())
                finally:
                    await server.close()
        return cls(access, tuple(listed), meter, inner)

    def _card(self, listed: tuple[tuple[ToolOffer, ...], ...]) -> AssistantCard:
        direct: frozenset[Ability] = frozenset({"use_tool"})
        by_name = {(place, offer.name): offer for place, offers in enumerate(listed) for offer in offers}
        own = tuple(msgspec.structs.replace(by_name[route], name=name) for name, route in self.routes.items())
        if self.inner is not None:
            card = self.inner.card
            places = card.surfaces | {"tool_call"}
            return msgspec.structs.replace(
                card, abilities=card.abilities | direct, surfaces=places, tools=(*card.tools, *own)
            )
        return AssistantCard(
            name=", ".join(one.spec.name or one.spec.url or " ".join(one.spec.command) for one in self.access),
            abilities=direct,
            surfaces=frozenset({"tool_call"}),
            tools=own,
            address=next((one.spec.url for one in self.access if one.spec.url), ""),
        )

    async def world(self, setting: Setting) -> World:
        """Connections are made when a tool is first called."""
        return McpWorld(self, None if self.inner is None else await self.inner.world(setting))

    async def close(self) -> None:
        """Hang up."""
        if self.inner is not None:
            await self.inner.close()


class McpWorld(World):
    """One trial's connections."""

    def __init__(self, tools: McpTools, inner: World | None) -> None:
        self._tools, self._inner = tools, inner
        self._open: dict[int, McpServer] = {}

    async def use_tool(self, name: str, arguments: dict[str, Any], user: str = USER) -> str:
        """What the tool answers; ``user`` makes no difference to a server, which knows its key only."""
        route = self._tools.routes.get(name)
        if route is None:
            if self._inner is not None:
                return await self._inner.use_tool(name, arguments, user)
            raise CannotDo(f"no MCP server has a tool '{printable(name, 100)}'")
        place, own_name = route
        async with self._tools.meter.request():
            return await (await self._server(place)).call(own_name, arguments)

    async def _server(self, place: int) -> McpServer:
        """The connection to a server; a new one where the last one broke."""
        server = self._open.get(place)
        if server is not None and server.is_open:
            return server
        if server is not None:
            await server.close()
        one = self._tools.access[place]
        self._open[place] = await McpServer.opened(one.spec, one.permission, keys=one.keys, limits=one.limits)
        return self._open[place]

    async def talk(self, user: str = USER) -> Talk:
        """A conversation with the inner assistant."""
        return await self._inside().talk(user)

    async def plant(self, planted: Planted) -> str:
        """As the inner assistant does."""
        return await self._inside().plant(planted)

    async def deeds(self) -> tuple[Deed, ...]:
        """The inner assistant's: what a server does is not seen."""
        return () if self._inner is None else await self._inner.deeds()

    async def search(self, query: str, user: str = USER, k: int = 5) -> tuple[Passage, ...]:
        """As the inner assistant does."""
        return await self._inside().search(query, user, k)

    async def forget(self, planted: str) -> None:
        """As the inner assistant does."""
        await self._inside().forget(planted)

    async def vectors(self, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
        """As the inner assistant does."""
        return await self._inside().vectors(texts)

    async def likelihood(self, text: str) -> tuple[TokenChance, ...]:
        """As the inner assistant does."""
        return await self._inside().likelihood(text)

    def _inside(self) -> World:
        if self._inner is None:
            raise CannotDo("these are tools without a model: only their tools can be called")
        return self._inner

    async def close(self) -> None:
        """Hang up everywhere."""
        opened, self._open = list(self._open.values()), {}
        for server in opened:
            await server.close()
        if self._inner is not None:
            await self._inner.close()


def _routes(access: tuple[McpAccess, ...], listed: tuple[tuple[ToolOffer, ...], ...]) -> dict[str, tuple[int, str]]:
    """Name on the card -> (which server, its own name there). A name that several have gets the server's before it."""
    names = [offer.name for offers in listed for offer in offers]
    routes: dict[str, tuple[int, str]] = {}
    for place, offers in enumerate(listed):
        server = access[place].spec.name or f"server-{place + 1}"
        for offer in offers:
            name = offer.name if names.count(offer.name) == 1 else f"{server}.{offer.name}"
            routes.setdefault(name, (place, offer.name))
    return routes
