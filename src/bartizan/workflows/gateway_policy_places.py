"""Where the models of a description answer, as a gateway's upstreams and models."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from bartizan.core.chat_spec import ChatSpec
from bartizan.core.errors import printable
from bartizan.system.description import Model
from bartizan.system.graph import System

PLACEHOLDER = "https://set-me.invalid"
"""An address that no host has (RFC 2606, section 2)."""
_SPEAKS = {"openai": "openai", "openai-responses": "openai", "anthropic": "anthropic", "ollama": "ollama"}


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """One entry below ``upstreams``, and the name of the model that it answers for."""

    name: str
    label: str
    settings: dict[str, Any]
    model: str
    is_set: bool
    """Whether the description says where it is."""


def models_of(system: System) -> tuple[Model, ...]:
    """The models that one talks with: generative ones, and those that are described as chat targets."""
    models = [one for one in system.described.components if isinstance(one, Model)]
    return tuple(one for one in models if one.type == "generative" or (one.target and one.target.chat))


def upstreams_of(models: tuple[Model, ...], address: str = "") -> tuple[Upstream, ...]:
    """One for each model; ``address`` is where all of them answer, instead of what the description says."""
    return tuple(_upstream(one, address) for one in models) or (
        Upstream(name="model", label="", settings={"url": address or PLACEHOLDER}, model="*", is_set=bool(address)),
    )


def _upstream(model: Model, address: str) -> Upstream:
    spec = model.target.chat if model.target else None
    url = root_of(address) or (root_of(spec.url) if spec is not None and spec.kind in _SPEAKS else "")
    settings: dict[str, Any] = {"url": url or PLACEHOLDER}
    if spec is not None and url:
        settings |= _spoken(spec)
    return Upstream(
        name=str(model.id),
        label=printable(model.label, 200),
        settings=settings,
        model=spec.model if spec is not None and spec.model and not address else "*",
        is_set=bool(url),
    )


def _spoken(spec: ChatSpec) -> dict[str, Any]:
    speaks = _SPEAKS.get(spec.kind, "openai")
    settings: dict[str, Any] = {"speaks": speaks} if speaks != "openai" else {}
    return settings | ({"key": f"env:{spec.token_env}"} if spec.token_env else {})


def root_of(url: str) -> str:
    """An address without the version in its path, as an upstream wants it; empty where it is none that one can ask."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query or parts.fragment:
        return ""
    return url.rstrip("/").removesuffix("/v1").rstrip("/")
