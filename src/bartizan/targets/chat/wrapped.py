"""A world around a world: what it does not do itself, the inner one does."""

from __future__ import annotations

from typing import Any

from bartizan.core.chat import TokenChance
from bartizan.core.transcript import USER, Deed, Passage, Planted
from bartizan.targets.chat.assistant import Talk, World


class WrappedWorld(World):
    """Root of the worlds that see to, or add to, what another one does."""

    def __init__(self, inner: World) -> None:
        self.inner = inner

    async def talk(self, user: str = USER) -> Talk:
        """As the inner one."""
        return await self.inner.talk(user)

    async def plant(self, planted: Planted) -> str:
        """As the inner one."""
        return await self.inner.plant(planted)

    async def deeds(self) -> tuple[Deed, ...]:
        """As the inner one."""
        return await self.inner.deeds()

    async def use_tool(self, name: str, arguments: dict[str, Any], user: str = USER) -> str:
        """As the inner one."""
        return await self.inner.use_tool(name, arguments, user)

    async def search(self, query: str, user: str = USER, k: int = 5) -> tuple[Passage, ...]:
        """As the inner one."""
        return await self.inner.search(query, user, k)

    async def forget(self, planted: str) -> None:
        """As the inner one."""
        await self.inner.forget(planted)

    async def vectors(self, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
        """As the inner one."""
        return await self.inner.vectors(texts)

    async def likelihood(self, text: str) -> tuple[TokenChance, ...]:
        """As the inner one."""
        return await self.inner.likelihood(text)

    async def close(self) -> None:
        """As the inner one."""
        await self.inner.close()
