"""OpenTelemetry traces of exchanges, by the semantic conventions for generative AI (GenAI spans).

One span of kind server for the exchange, one of kind client for the upstream, one for each guard. No content is in any.
A guard's span is as long as the guard really took; where it lies in the exchange is put together, one behind the other,
and the attribute ``bartizan.placed`` says so. The trace goes on from the caller's ``traceparent`` (W3C Trace Context)
and on to the upstream. Nothing is sent anywhere but to the collector that the settings name.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from time import perf_counter_ns
from typing import Any

from bartizan.core.extras import need
from bartizan.gateway.events.event import Event
from bartizan.gateway.events.ledger import Spans, Trail
from bartizan.gateway.settings import TracingSpec

_LONGEST_HEADER = 512
_OPERATIONS = {
    "chat": "chat",
    "messages": "chat",
    "responses": "chat",
    "completions": "text_completion",
    "generate": "text_completion",
    "embeddings": "embeddings",
    "embed": "embeddings",
    "mcp": "execute_tool",
}


def operation_of(route: str) -> str:
    """``gen_ai.operation.name`` of a route such as "openai.chat"; the route's last word where there is none."""
    last = route.rpartition(".")[2]
    return _OPERATIONS.get(last, last)


class Tracing:
    """Makes spans and sends them, many at once, from a thread of its own. Raises MissingExtra without the extra."""

    def __init__(self, spec: TracingSpec, *, version: str = "", exporter: Any = None) -> None:
        """``exporter``: where spans go instead of the collector, such as another processor's."""
        sdk, self._api = need("opentelemetry.sdk.trace"), need("opentelemetry.trace")
        sampling, resources = need("opentelemetry.sdk.trace.sampling"), need("opentelemetry.sdk.resources")
        export = need("opentelemetry.sdk.trace.export")
        context = need("opentelemetry.trace.propagation.tracecontext")
        self._propagator = context.TraceContextTextMapPropagator()
        self._provider = sdk.TracerProvider(
            sampler=sampling.ParentBased(sampling.TraceIdRatioBased(spec.share)),
            resource=resources.Resource({"service.name": spec.service, "service.version": version}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(export.BatchSpanProcessor(exporter or _exporter(spec.endpoint)))
        self._tracer = self._provider.get_tracer("bartizan.gateway", version)

    def begin(self, trail: Trail, headers: Mapping[str, str]) -> None:
        """An exchange begins."""
        carried = {
            name: headers[name]
            for name in ("traceparent", "tracestate")
            if len(headers.get(name, "x" * 1000)) <= _LONGEST_HEADER
        }
        parent = self._propagator.extract(carried)
        start = time.time_ns() - (perf_counter_ns() - trail.began)
        span = self._tracer.start_span("exchange", parent, self._api.SpanKind.SERVER, start_time=start)
        trail.span = _Spans(self._tracer, self._api, self._propagator, span, start)

    def see(self, event: Event, trail: Trail) -> None:
        """It is over: its spans are complete."""
        if isinstance(trail.span, _Spans):
            trail.span.end(event, trail)

    def close(self) -> None:
        """Send what is left; waits for the collector, some seconds at most."""
        self._provider.shutdown()


def _exporter(endpoint: str) -> Any:
    # Neither a proxy nor a password file of the surroundings is used: only what the settings name.
    requests = need("requests")
    session = requests.Session()
    session.trust_env = False
    http = need("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    return http.OTLPSpanExporter(endpoint=endpoint, session=session, timeout=5)


class _Spans(Spans):
    def __init__(self, tracer: Any, api: Any, propagator: Any, span: Any, start: int) -> None:
        self._tracer, self._api, self._propagator = tracer, api, propagator
        self._span, self._start = span, start
        self._inside = api.set_span_in_context(span)
        self._upstream: Any = None

    def asked(self) -> dict[str, str]:
        """See `Spans.asked`."""
        if self._upstream is None:
            self._upstream = self._tracer.start_span("upstream", self._inside, self._api.SpanKind.CLIENT)
        carried: dict[str, str] = {}
        self._propagator.inject(carried, self._api.set_span_in_context(self._upstream))
        return carried

    def end(self, event: Event, trail: Trail) -> None:
        """All spans of an exchange that is over."""
        end = self._start + event.total_ns
        if self._upstream is not None:
            self._end_upstream(event, end)
        if self._span.is_recording():
            self._guards(event)
            self._span.update_name(f"{operation_of(event.route)} {event.model}".strip())
            self._span.set_attributes(_attributes(event))
            if event.status >= 500 or event.status == 0:
                self._fails(self._span, event.blocked_by or str(event.status))
        self._span.end(end)

    def _end_upstream(self, event: Event, end: int) -> None:
        span = self._upstream
        if span.is_recording():
            span.update_name(f"{operation_of(event.route)} {event.model}".strip())
            span.set_attributes(_model_attributes(event))
            if event.ending == "failed" and not event.blocked_by:
                self._fails(span, str(event.status))
        span.end(end)

    def _guards(self, event: Event) -> None:
        at = self._start
        for one in event.judged:
            span = self._tracer.start_span(f"guard {one.guard}", self._inside, start_time=at)
            span.set_attributes(
                {
                    "bartizan.guard": one.guard,
                    "bartizan.part": one.part,
                    "bartizan.outcome": one.outcome,
                    "bartizan.enforced": one.enforced,
                    "bartizan.segments": one.times,
                    "bartizan.rules": [found.rule for found in one.found],
                    "bartizan.placed": "one behind the other",
                }
            )
            if one.outcome in {"crashed", "timed_out"}:
                self._fails(span, one.outcome)
            at += one.nanoseconds
            span.end(at)

    def _fails(self, span: Any, kind: str) -> None:
        span.set_attribute("error.type", kind)
        span.set_status(self._api.Status(self._api.StatusCode.ERROR))


def _model_attributes(event: Event) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": operation_of(event.route),
        "gen_ai.provider.name": event.route.partition(".")[0],
        "gen_ai.request.model": event.model,
        "gen_ai.response.model": event.answered_by or event.model,
        "gen_ai.usage.input_tokens": event.input_tokens,
        "gen_ai.usage.output_tokens": event.output_tokens,
        "bartizan.supplier": event.supplier,
    }


def _attributes(event: Event) -> dict[str, Any]:
    known = _model_attributes(event) | {
        "http.response.status_code": event.status,
        "bartizan.exchange.id": event.id,
        "bartizan.route": event.route,
        "bartizan.ending": event.ending,
        "bartizan.stream": event.stream,
        "bartizan.guards_ns": event.guards_ns,
        "bartizan.policy": event.policy,
        "bartizan.cost": event.cost / 1e9,
    }
    if event.session:
        known["gen_ai.conversation.id"] = event.session
    if event.blocked_by:
        known |= {"bartizan.blocked_by": event.blocked_by, "bartizan.block": event.block}
    return known
