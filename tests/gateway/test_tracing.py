from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes

from bartizan.controls.chat.verdict import Block
from bartizan.gateway.events.recording import Recorder
from bartizan.gateway.settings import EventsSpec, TracingSpec
from bartizan.gateway.tracing import Tracing, operation_of
from tests.gateway.events.happening import CRASHED, FOUND, QUIET, exchange, watched

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector:
    """A real collector's receiving end on loopback."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.raw = b""
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                collector.raw += raw
                request = ExportTraceServiceRequest.FromString(raw)
                for resource in request.resource_spans:
                    for scope in resource.scope_spans:
                        collector.spans.extend(scope.spans)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}/v1/traces"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))

    def named(self, name: str) -> Any:
        (found,) = [one for one in self.spans if one.name == name]
        return found


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    made.thread.start()
    yield made
    made.server.shutdown()
    made.thread.join()
    made.server.server_close()


def traced(spec: TracingSpec, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch, **how: Any) -> dict[str, str]:
    """One exchange with a trace; the headers that its upstream got."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    tracing = Tracing(spec, version="1.0")
    ledger = Recorder(EventsSpec(), watchers=[tracing.see])
    ledger.beginners.append(tracing.begin)

    async def run() -> dict[str, str]:
        trail = ledger.trail(b"the prompt", headers)
        sent = trail.asked()
        trail.replied()
        trail.left(b"the answer")
        trail.answered_by = "small-2026"
        one = exchange()
        watch = watched(one, (*QUIET, FOUND, CRASHED), how.get("blocked"), how.get("by", ""))
        await ledger.write(one, watch, how.get("status", 200), trail.began, trail.began + 5, trail)
        return sent

    sent = asyncio.run(run())
    tracing.close()
    return sent


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


def test_an_exchange_is_a_span_with_its_guards_and_its_upstream(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = traced(TracingSpec(endpoint=collector.endpoint, share=1.0), {"traceparent": PARENT}, monkeypatch)
    server = next(one for one in collector.spans if one.kind == 2)
    client = next(one for one in collector.spans if one.kind == 3)
    assert {one.trace_id.hex() for one in collector.spans} == {PARENT[3:35]}
    assert server.parent_span_id.hex() == PARENT[36:52]
    assert client.parent_span_id == server.span_id
    assert sent["traceparent"] == f"00-{PARENT[3:35]}-{client.span_id.hex()}-01"
    assert (server.name, client.name) == ("chat small", "chat small")
    said = attributes(client)
    assert said["gen_ai.operation.name"] == "chat"
    assert said["gen_ai.request.model"] == "small"
    assert said["gen_ai.response.model"] == "small-2026"
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.usage.output_tokens"]) == (300, 40)
    assert attributes(server)["http.response.status_code"] == 200
    guard = collector.named("guard sensitive_output_handling")
    assert guard.end_time_unix_nano - guard.start_time_unix_nano == 2000
    assert attributes(guard)["bartizan.outcome"] == "replaced"
    assert attributes(collector.named("guard rate_limit"))["error.type"] == "crashed"
    assert server.start_time_unix_nano <= guard.start_time_unix_nano


def test_every_name_of_the_conventions_is_one_of_theirs(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    traced(TracingSpec(endpoint=collector.endpoint, share=1.0), {}, monkeypatch)
    known = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI_")}
    used = {name for span in collector.spans for name in attributes(span) if name.startswith("gen_ai.")}
    assert used
    assert used <= known


def test_no_content_and_no_session_is_in_a_trace(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    traced(TracingSpec(endpoint=collector.endpoint, share=1.0), {"traceparent": "x" * 10_000}, monkeypatch)
    assert len(collector.spans) == 5
    for word in (b"the prompt", b"the answer", b"s-1", b"anna", b"xxxx"):
        assert word not in collector.raw


def test_a_block_is_told(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = Block(why="a guard did not work", kind="failure")
    how = {"blocked": blocked, "by": "rate_limit", "status": 503}
    traced(TracingSpec(endpoint=collector.endpoint, share=1.0), {}, monkeypatch, **how)
    server = next(one for one in collector.spans if one.kind == 2)
    assert attributes(server)["error.type"] == "rate_limit"
    assert attributes(server)["bartizan.block"] == "failure"


def test_what_the_caller_decided_about_its_trace_holds(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = traced(TracingSpec(endpoint=collector.endpoint, share=1.0), {"traceparent": PARENT[:-2] + "00"}, monkeypatch)
    assert collector.spans == []
    assert sent["traceparent"].startswith(PARENT[:35])
    assert sent["traceparent"].endswith("-00")
    traced(TracingSpec(endpoint=collector.endpoint, share=0.0), {"traceparent": PARENT}, monkeypatch)
    assert collector.spans


def test_a_collector_that_is_gone_holds_nothing_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sent = traced(TracingSpec(endpoint="http://127.0.0.1:9/v1/traces"), {}, monkeypatch)
    assert sent["traceparent"]


def test_routes_have_the_names_of_the_conventions() -> None:
    assert operation_of("anthropic.messages") == "chat"
    assert operation_of("openai.completions") == "text_completion"
    assert operation_of("openai.embeddings") == "embeddings"
    assert operation_of("something.else") == "else"
