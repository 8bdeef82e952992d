"""A service whose caller the program names: no guard is asked to find out who it is."""

from __future__ import annotations

from collections.abc import Mapping

from bartizan.controls.chat.bench import Bench
from bartizan.controls.chat.exchange import Caller, Exchange
from bartizan.controls.chat.pipeline import Pipeline, Watch
from bartizan.gateway.events.ledger import Ledger
from bartizan.gateway.policy import Policies
from bartizan.gateway.serving import Service
from bartizan.gateway.settings import ModelSpec
from bartizan.gateway.upstreams.choosing import Upstreams
from bartizan.gateway.upstreams.upstream import Upstream


class _Introduced(Watch):
    """Guards that are told who is asking."""

    def __init__(self, pipeline: Pipeline, exchange: Exchange, caller: Caller) -> None:
        super().__init__(pipeline, exchange)
        self._caller = caller

    async def identify(self) -> None:
        """See `Watch.identify`."""
        self.known(self._caller)


class _Introducing(Pipeline):
    def __init__(self, bench: Bench, caller: Caller) -> None:
        super().__init__((), bench)
        self._caller = caller

    def watch(self, exchange: Exchange) -> Watch:
        return _Introduced(self, exchange, self._caller)


def service_for(
    upstreams: Mapping[str, Upstream],
    *,
    policies: Policies,
    bench: Bench,
    ledger: Ledger,
    caller: Caller | None,
) -> Service:
    """The gateway's service before these upstreams, who answer for all models.

    ``caller``: who is asking; None: guards find out, as in the gateway.
    """
    models = {"*": ModelSpec(upstreams=tuple(upstreams))}
    service = Service(policies=policies, upstreams=Upstreams(models, upstreams), bench=bench, ledger=ledger)
    if caller is not None:
        service._nobody = _Introducing(bench, caller)
    return service
