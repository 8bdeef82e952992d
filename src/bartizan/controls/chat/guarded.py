"""A guarded target is a target: a chat model behind the very guards that the gateway serves.

The lab attacks it like any other, so what a guard changes is measured with the code that protects.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

import msgspec

from bartizan.controls.chat.exchange import Caller, Exchange, Segment, Trust
from bartizan.controls.chat.pipeline import Blocked, Pipeline, Watch
from bartizan.core.chat import Message, Reply, Role, TokenChance, ToolCall
from bartizan.targets.chat.model import Ask, ChatModel

_TRUST: dict[Role, Trust] = {"system": "trusted", "user": "user", "assistant": "user", "tool": "untrusted"}


class GuardedModel(ChatModel):
    """A chat model with guards before and after it. What is blocked is answered with the guard's reason."""

    def __init__(
        self, inner: ChatModel, pipeline: Pipeline, *, on_exchange: Callable[[Watch], None] | None = None
    ) -> None:
        self.inner = inner
        self.name = inner.name
        self.address = inner.address
        self.gives_logprobs = inner.gives_logprobs
        self.takes_tools = inner.takes_tools
        self.keeps_history = inner.keeps_history
        self._pipeline = pipeline
        self._on_exchange = on_exchange

    async def reply(self, ask: Ask) -> Reply:
        """See `ChatModel.reply`. An exchange that is blocked ends with the finish ``content_filter``."""
        exchange = Exchange(
            id=secrets.token_hex(8),
            model=self.inner.name,
            supplier=self.inner.name,
            caller=Caller(id=ask.user, kind="person"),
            session=ask.session,
            segments=list(segments_of(ask)),
        )
        watch = self._pipeline.watch(exchange)
        try:
            await watch.admit()
            reply = await self.inner.reply(_asked(ask, exchange.segments))
            exchange.usage = reply.usage
            return msgspec.structs.replace(reply, message=await _judged(watch, reply.message))
        except Blocked as blocked:
            text = f"[blocked by {blocked.guard}: {blocked.block.why}]"
            return Reply(message=Message(role="assistant", text=text), finish="content_filter", usage=exchange.usage)
        finally:
            await watch.settle()
            if self._on_exchange is not None:
                self._on_exchange(watch)

    async def likelihood(self, text: str) -> tuple[TokenChance, ...]:
        """As the inner one; it stands in no answer."""
        return await self.inner.likelihood(text)

    async def close(self) -> None:
        """As the inner one."""
        await self.inner.close()


def segments_of(ask: Ask) -> Sequence[Segment]:
    """A request's segments. Places: the number of the message or offer; for past calls, with the number of the call."""
    newest = max((i for i, one in enumerate(ask.messages) if one.role == "user"), default=0)
    segments = [Segment(part="request")]
    for i, one in enumerate(ask.messages):
        segments.append(
            Segment(
                part="prompt",
                role=one.role,
                trust=_TRUST[one.role],
                text=one.text,
                name=one.name,
                call=one.answers,
                past=i < newest,
                place=("messages", i),
            )
        )
        segments += [_past(call, i, j) for j, call in enumerate(one.calls)]
    segments += [
        Segment(part="offer", name=one.name, text=one.about, value=one, place=("offers", i))
        for i, one in enumerate(ask.offers)
    ]
    return segments


def _past(call: ToolCall, i: int, j: int) -> Segment:
    return Segment(
        part="prompt", role="assistant", name=call.name, call=call.id, text=_arguments(call), past=True,
        place=("messages", i, j),
    )  # fmt: skip


def _arguments(call: ToolCall) -> str:
    return call.broken or msgspec.json.encode(call.arguments).decode()


def _asked(ask: Ask, segments: Sequence[Segment]) -> Ask:
    """The request with the texts and offers that are left."""
    texts = {one.place[1]: one.text for one in segments if one.part == "prompt" and len(one.place) == 2}
    messages = tuple(
        msgspec.structs.replace(one, text=texts.get(i, "")) if one.text != texts.get(i, "") else one
        for i, one in enumerate(ask.messages)
    )
    offers = tuple(one.value for one in segments if one.part == "offer")
    return msgspec.structs.replace(ask, messages=messages, offers=offers)


async def _judged(watch: Watch, message: Message) -> Message:
    """The answer as it may leave. Raises Blocked."""
    text = message.text
    if text:
        text = (await watch.answered(Segment(part="answer", role="assistant", text=text))).text
    calls = []
    for call in message.calls:
        segment = Segment(part="call", role="assistant", name=call.name, call=call.id, text=_arguments(call))
        passed = await watch.called(segment)
        if passed is segment:
            calls.append(call)
        elif passed is not None:
            calls.append(msgspec.structs.replace(call, arguments=msgspec.json.decode(passed.text), broken=""))
    return msgspec.structs.replace(message, text=text, calls=tuple(calls))
