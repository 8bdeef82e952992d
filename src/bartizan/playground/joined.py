"""A mind whose chat template is where messages run together: what stands behind a service that keeps them apart."""

from __future__ import annotations

import msgspec

from bartizan.core.chat import Reply, TokenChance
from bartizan.playground.framing import split
from bartizan.targets.chat.model import Ask, ChatModel


class JoinedMind(ChatModel):
    """The inner mind, which reads a text with the headings of a message as that message."""

    def __init__(self, inner: ChatModel) -> None:
        self.inner = inner
        self.name = inner.name
        self.address = inner.address
        self.gives_logprobs = inner.gives_logprobs
        self.takes_tools = inner.takes_tools
        self.keeps_history = inner.keeps_history

    async def reply(self, ask: Ask) -> Reply:
        """See `ChatModel.reply`."""
        messages = tuple(part for one in ask.messages for part in split(one))
        return await self.inner.reply(msgspec.structs.replace(ask, messages=messages))

    async def likelihood(self, text: str) -> tuple[TokenChance, ...]:
        """As the inner one."""
        return await self.inner.likelihood(text)

    async def close(self) -> None:
        """As the inner one."""
        await self.inner.close()
