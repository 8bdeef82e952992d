"""All paths that the gateway serves. There is no other way to a model: what is not here is answered with 404."""

from __future__ import annotations

import msgspec

from bartizan.gateway.settings import Speaks
from bartizan.gateway.wire.openai_chat import OpenAIChat
from bartizan.gateway.wire.wire import Wire


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A path, its format, and what an upstream must speak to answer it."""

    method: str
    path: str
    wire: Wire
    speaks: Speaks


ROUTES: tuple[Route, ...] = (Route(method="POST", path="/v1/chat/completions", wire=OpenAIChat(), speaks="openai"),)
_BY_PATH = {(one.method, one.path): one for one in ROUTES}


def route_of(method: str, path: str) -> Route | None:
    """The route of an exact path; no variants by case, slashes or dots."""
    return _BY_PATH.get((method, path))
