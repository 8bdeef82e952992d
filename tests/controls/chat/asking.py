"""Short ways to put a guard to work in tests: an exchange of a few messages, through a real pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Exchange, Segment
from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.pipeline import Blocked, Pipeline, Watch
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.verdict import Block

REQUEST = Segment(part="request")


def system(text: str, **more: Any) -> Segment:
    """The application's own words."""
    return Segment(part="prompt", role="system", trust="trusted", text=text, **more)


def user(text: str, **more: Any) -> Segment:
    """What a person says."""
    return msgspec.structs.replace(Segment(part="prompt", role="user", text=text), **more)


def data(text: str, **more: Any) -> Segment:
    """What a tool answered."""
    return msgspec.structs.replace(Segment(part="prompt", role="tool", trust="untrusted", text=text), **more)


def call(name: str, arguments: str = "{}", **more: Any) -> Segment:
    """What the model wants called."""
    return Segment(part="call", role="assistant", name=name, text=arguments, **more)


def exchange(*segments: Segment, caller: Caller | None = None, **more: Any) -> Exchange:
    """One exchange with a request and these segments."""
    given: dict[str, Any] = {"id": "x1", "model": "m", "caller": caller or Caller(id="jo", kind="person")} | more
    return Exchange(segments=[REQUEST, *segments], **given)


def watching(guards: ChatGuard | Iterable[ChatGuard], asked: Exchange, bench: Bench | None = None) -> Watch:
    """These guards, enforcing, over an exchange."""
    posts = [Post(guard=one) for one in ([guards] if isinstance(guards, ChatGuard) else guards)]
    return Pipeline(posts, bench or Bench()).watch(asked)


async def admitted(guards: ChatGuard | Iterable[ChatGuard], *segments: Segment, **more: Any) -> list[str]:
    """The texts as they go on, without the request's. Raises Blocked."""
    asked = exchange(*segments, **more)
    await watching(guards, asked).admit()
    return [one.text for one in asked.segments[1:]]


async def refusal(guards: ChatGuard | Iterable[ChatGuard], *segments: Segment, **more: Any) -> Block | None:
    """Why an exchange is blocked on its way in; None where it is not."""
    try:
        await admitted(guards, *segments, **more)
    except Blocked as blocked:
        return blocked.block
    return None


async def answered(guards: ChatGuard | Iterable[ChatGuard], *segments: Segment, text: str, **more: Any) -> str:
    """An answer as it leaves after these segments went in. Raises Blocked."""
    watch = watching(guards, exchange(*segments, **more))
    await watch.admit()
    return (await watch.answered(Segment(part="answer", role="assistant", text=text))).text
