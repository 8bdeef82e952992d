"""Which upstream answers: the model's list in order, a healthy one first."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from bartizan.controls.chat.exchange import Exchange
from bartizan.gateway.settings import ModelSpec, Speaks
from bartizan.gateway.upstreams.upstream import Reply, Sent, Upstream, UpstreamFailed


class Upstreams:
    """All upstreams, and which models they answer for."""

    def __init__(self, models: Mapping[str, ModelSpec], upstreams: Mapping[str, Upstream]) -> None:
        self._models = models
        self._upstreams = upstreams

    def spec(self, model: str) -> ModelSpec | None:
        """Who answers for a model; None: nobody."""
        return next((spec for pattern, spec in self._models.items() if fnmatchcase(model, pattern)), None)

    async def send(self, exchange: Exchange, speaks: Speaks, sent: Sent) -> Reply:
        """The first answer that can be had. Raises UpstreamFailed where there is none."""
        spec = self.spec(exchange.model)
        if spec is None:
            raise UpstreamFailed("there is no such model here", status=404)
        failed = UpstreamFailed("no upstream of this model takes such requests", status=404)
        for name in spec.upstreams:
            upstream = self._upstreams[name]
            if upstream.spec.speaks != speaks:
                continue
            try:
                reply = await upstream.send(sent)
            except UpstreamFailed as error:
                failed = error
                continue
            exchange.supplier = name
            return reply
        raise failed
