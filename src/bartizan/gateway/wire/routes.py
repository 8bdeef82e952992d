"""All paths that the gateway serves. There is no other way to a model: what is not here is answered with 404.

Paths match exactly: no variant by case, slashes, dots or semicolons, and nothing that came percent-encoded but a slash
or a colon in a model's name. What goes on to the upstream is the route's own path, without a query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from bartizan.gateway.settings import Speaks
from bartizan.gateway.wire.anthropic_messages import AnthropicMessages, AnthropicTokenCount
from bartizan.gateway.wire.ollama_chat import OllamaChat
from bartizan.gateway.wire.ollama_embed import OllamaEmbed, OllamaEmbeddings
from bartizan.gateway.wire.ollama_generate import OllamaGenerate
from bartizan.gateway.wire.ollama_models import OllamaShow, OllamaTags
from bartizan.gateway.wire.openai_chat import OpenAIChat
from bartizan.gateway.wire.openai_completions import OpenAICompletions
from bartizan.gateway.wire.openai_embeddings import OpenAIEmbeddings
from bartizan.gateway.wire.openai_models import OpenAIModel, OpenAIModels
from bartizan.gateway.wire.openai_responses import OpenAIResponses
from bartizan.gateway.wire.wire import Wire


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A path, its format, and what an upstream must speak to answer it."""

    method: str
    path: str
    """Of a route with a model's name at its end, without that name; as `route_of` gives it, with it."""
    wire: Wire
    speaks: Speaks
    ends_with: str = ""
    """What the rest of the path is: "model", or nothing."""
    says: Mapping[str, str] = {}
    """What the path says, by what it is: the wire reads it in place of a body."""


def _post(path: str, wire: Wire, speaks: Speaks) -> Route:
    return Route(method="POST", path=path, wire=wire, speaks=speaks)


ROUTES: tuple[Route, ...] = (
    _post("/v1/chat/completions", OpenAIChat(), "openai"),
    _post("/v1/responses", OpenAIResponses(), "openai"),
    _post("/v1/completions", OpenAICompletions(), "openai"),
    _post("/v1/embeddings", OpenAIEmbeddings(), "openai"),
    Route(method="GET", path="/v1/models", wire=OpenAIModels(), speaks="openai"),
    Route(method="GET", path="/v1/models/", wire=OpenAIModel(), speaks="openai", ends_with="model"),
    _post("/v1/messages", AnthropicMessages(), "anthropic"),
    _post("/v1/messages/count_tokens", AnthropicTokenCount(), "anthropic"),
    _post("/api/chat", OllamaChat(), "ollama"),
    _post("/api/generate", OllamaGenerate(), "ollama"),
    _post("/api/embed", OllamaEmbed(), "ollama"),
    _post("/api/embeddings", OllamaEmbeddings(), "ollama"),
    Route(method="GET", path="/api/tags", wire=OllamaTags(), speaks="ollama"),
    _post("/api/show", OllamaShow(), "ollama"),
)
_BY_PATH = {(one.method, one.path): one for one in ROUTES if not one.ends_with}
_LONGER = tuple(one for one in ROUTES if one.ends_with)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,99}(?:/[A-Za-z0-9][A-Za-z0-9._:@+-]{0,99}){0,4}\Z")
_ENCODED = re.compile(rb"%(?!2[fF]|3[aA])")


def route_of(method: str, path: str, raw: bytes | None = None) -> Route | None:
    """The route of a path, decoded, and of its bytes as they came where they are known; None: there is none."""
    route = _BY_PATH.get((method, path))
    if raw is not None and b"%" in raw and (route is not None or _ENCODED.search(raw)):
        return None
    if route is not None:
        return route
    for one in _LONGER:
        rest = path[len(one.path) :]
        if one.method == method and path.startswith(one.path) and _NAME.match(rest):
            return msgspec.structs.replace(one, path=path, says={one.ends_with: rest})
    return None
