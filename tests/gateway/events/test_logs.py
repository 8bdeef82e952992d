from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bartizan.gateway.events.event import Event, Judged
from bartizan.gateway.events.ledger import Trail
from bartizan.gateway.events.logs import ExchangeLog, log_as_json
from bartizan.gateway.settings import LogSpec


@contextmanager
def logged(spec: LogSpec) -> Iterator[io.StringIO]:
    out = io.StringIO()
    logger = logging.getLogger("bartizan.gateway")
    before = (logger.level, logger.propagate)
    handler = log_as_json(spec, out)
    try:
        yield out
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]


def event(**more: Any) -> Event:
    known: dict[str, Any] = {"id": "x", "route": "openai.chat", "ending": "passed", "status": 200, "caller": "anna"}
    return Event(at="2026-11-23T09:00:00.000000Z", **(known | more))


def lines(spec: LogSpec, *events: Event) -> list[dict[str, Any]]:
    with logged(spec) as out:
        for one in events:
            ExchangeLog(spec).see(one, Trail(b"the prompt"))
    assert "the prompt" not in out.getvalue()
    return [json.loads(one) for one in out.getvalue().splitlines()]


def test_each_exchange_is_one_line_of_json() -> None:
    blocked = Judged(guard="rate_limit", part="request", outcome="blocked", why="too often")
    quiet = Judged(guard="other", part="prompt", outcome="allowed")
    one, two = lines(LogSpec(), event(total_ns=1_500_000), event(ending="blocked", judged=(quiet, blocked)))
    assert (one["message"], one["caller"], one["total_ms"], one["level"]) == ("exchange passed", "anna", 1.5, "info")
    assert two["guards"] == ["rate_limit blocked"]


def test_the_log_can_keep_to_what_is_notable_and_name_nobody() -> None:
    crashed = Judged(guard="g", part="prompt", outcome="crashed")
    spec = LogSpec(exchanges="notable", callers=False)
    seen = lines(spec, event(), event(ending="failed"), event(judged=(crashed,)))
    assert [one["message"] for one in seen] == ["exchange failed", "exchange passed"]
    assert "anna" not in json.dumps(seen)
    assert lines(LogSpec(exchanges="none"), event(ending="failed")) == []


def test_no_record_breaks_a_line_or_tells_what_an_exception_says() -> None:
    with logged(LogSpec()) as out:
        try:
            raise ValueError("a secret")
        except ValueError:
            logging.getLogger("bartizan.gateway.x").exception("went\nwrong %s", "\x1b[31m\u202e")
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["error"] == "ValueError"
    assert "secret" not in line
    assert line.isascii()
