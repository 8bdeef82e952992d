"""Which upstream answers: the model's list in order, a healthy one first.

It is chosen before the guards judge, because some judge by who will read: what may go to one supplier may not go to
another. If it fails, only those may take its place that the same request could have gone to: the same region, no longer
memory, the same kinds of data, and the same rules wherever a guard has rules by supplier. If there is none, it fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from bartizan.controls.chat.exchange import Exchange
from bartizan.controls.chat.post import Post
from bartizan.gateway.settings import ModelSpec, Speaks, UpstreamSpec
from bartizan.gateway.upstreams.reply import Reply, Sent, UpstreamFailed
from bartizan.gateway.upstreams.trying import RETRIED, tried
from bartizan.gateway.upstreams.upstream import UNWELL, Upstream

_MOST_NAMES = 1000


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asked, in order, and what the model is called there."""

    upstreams: tuple[Upstream, ...]
    called: str = ""
    """Empty: as the client calls it."""


class Upstreams:
    """All upstreams, and which models they answer for."""

    def __init__(self, models: Mapping[str, ModelSpec], upstreams: Mapping[str, Upstream]) -> None:
        self._models = models
        self._upstreams = upstreams
        self._found: dict[str, ModelSpec | None] = {}

    def __iter__(self) -> Iterator[Upstream]:
        return iter(self._upstreams.values())

    def get(self, name: str) -> Upstream | None:
        """The upstream of that name."""
        return self._upstreams.get(name)

    def spec(self, model: str) -> ModelSpec | None:
        """Who answers for a model; None: nobody."""
        try:
            return self._found[model]
        except KeyError:
            found = next((spec for pattern, spec in self._models.items() if fnmatchcase(model, pattern)), None)
            if len(self._found) < _MOST_NAMES:
                self._found[model] = found
            return found

    def is_served(self, model: str) -> bool:
        """Whether anybody answers for a model."""
        return self.spec(model) is not None

    def chosen(self, model: str, speaks: Speaks) -> Plan:
        """Who is asked for a model; for no model: the first that speaks so. Raises UpstreamFailed where nobody is."""
        spec = self.spec(model) if model else self._of_any_model()
        if spec is None:
            raise UpstreamFailed("there is no such model here", status=404)
        able = [self._upstreams[name] for name in spec.upstreams if self._upstreams[name].spec.speaks == speaks]
        if not able:
            raise UpstreamFailed("no upstream of this model takes such requests", status=404)
        if len(able) == 1:
            return Plan(upstreams=(able[0],), called=spec.called)
        first = next((one for one in able if one.breaker.is_ready()), able[0])
        others = (one for one in able if one is not first and is_as_strict(one.spec, first.spec))
        return Plan(upstreams=(first, *others), called=spec.called)

    def _of_any_model(self) -> ModelSpec:
        names = dict.fromkeys(name for spec in self._models.values() for name in spec.upstreams)
        return ModelSpec(upstreams=tuple(names))

    async def send(
        self,
        plan: Plan,
        sent: Sent,
        exchange: Exchange,
        *,
        posts: Sequence[Post] = (),
        headers_for: Callable[[Upstream], Mapping[str, str]] | None = None,
    ) -> Reply:
        """The first answer that can be had; ``exchange.supplier`` says whose. Raises UpstreamFailed for none.

        ``posts``: the guards that judged the request for the first upstream of the plan.
        """
        first = plan.upstreams[0]
        able = [one for one in plan.upstreams if one is first or are_alike(posts, first.name, one.name)]
        failed: UpstreamFailed | None = None
        for upstream in able:
            exchange.supplier = upstream.name
            mine = sent
            if headers_for is not None:
                mine = msgspec.structs.replace(sent, headers={**sent.headers, **headers_for(upstream)})
            try:
                reply = await tried(upstream, mine)
            except UpstreamFailed as error:
                failed = error
                if error.answered:
                    break
                continue
            if upstream is able[-1] or reply.status not in RETRIED | UNWELL:
                return reply
            reply.close()
        raise failed or UpstreamFailed("no upstream answered")


def is_as_strict(other: UpstreamSpec, first: UpstreamSpec) -> bool:
    """Whether what was judged for one upstream may go to another instead."""
    keeps_no_more = other.retains is False or other.retains == first.retains or first.retains is None
    return other.region == first.region and keeps_no_more and other.takes == first.takes


def are_alike(posts: Sequence[Post], first: str, other: str) -> bool:
    """Whether all guards that have rules by supplier (a field ``suppliers``) have the same for both."""
    for post in posts:
        rules = getattr(post.guard, "suppliers", None)
        if isinstance(rules, Mapping) and rules.get(first) != rules.get(other):
            return False
    return True
