"""JSON lines on standard error, through the standard library's logging. Never content, never a credential."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any, TextIO

import msgspec

from bartizan.core.errors import printable
from bartizan.gateway.events.event import Event
from bartizan.gateway.events.ledger import Trail
from bartizan.gateway.events.making import moment
from bartizan.gateway.settings import LogSpec

LOGGER = "bartizan.gateway.exchange"


class JsonLines(logging.Formatter):
    """One line of JSON for each record; what a record carries as ``fields`` stands beside its message."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`. An exception is told by its type alone: its text may hold what a stranger
        wrote.
        """
        made: str | None = getattr(record, "line", None)
        if made is not None:
            return made
        line: dict[str, Any] = {
            "at": moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": printable(record.getMessage(), 1000),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=True, separators=(",", ":"))


def log_as_json(spec: LogSpec, stream: TextIO | None = None) -> logging.Handler:
    """From now on all of the gateway's log goes to standard error as JSON. Returns the handler, to be taken off."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("bartizan.gateway")
    logger.addHandler(handler)
    logger.setLevel(spec.level.upper())
    logger.propagate = False
    return handler


class ExchangeLog:
    """A line for each exchange."""

    def __init__(self, spec: LogSpec) -> None:
        self.spec = spec
        self._log = logging.getLogger(LOGGER)

    def see(self, event: Event, trail: Trail) -> None:
        """Write its line, where the settings ask for one."""
        notable = event.ending != "passed" or any(
            one.outcome in {"crashed", "timed_out", "skipped"} for one in event.judged
        )
        if self.spec.exchanges == "none" or (self.spec.exchanges == "notable" and not notable):
            return
        if self._log.isEnabledFor(logging.INFO):
            record = logging.LogRecord(LOGGER, logging.INFO, "", 0, f"exchange {event.ending}", None, None)
            fields = {"at": moment(record.created), "level": "info", "logger": LOGGER, "message": record.msg}
            record.line = msgspec.json.encode(fields | self._fields(event)).decode()
            self._log.handle(record)

    def _fields(self, event: Event) -> dict[str, Any]:
        said = [f"{one.guard} {one.outcome}" for one in event.judged if one.outcome != "allowed" or one.found]
        fields: dict[str, Any] = {
            "id": event.id,
            "route": event.route,
            "status": event.status,
            "model": event.model,
            "supplier": event.supplier,
            "stream": event.stream,
            "total_ms": round(event.total_ns / 1e6, 3),
            "first_byte_ms": round(event.first_byte_ns / 1e6, 3),
            "guards_ms": round(event.guards_ns / 1e6, 3),
            "upstream_ms": round(event.upstream_ns / 1e6, 3),
            "input_tokens": event.input_tokens,
            "output_tokens": event.output_tokens,
            "chain": event.chain,
            "seq": event.seq,
        }
        if self.spec.callers:
            fields |= {"caller": event.caller, "tenant": event.tenant, "session": event.session}
        if event.blocked_by:
            fields |= {"blocked_by": event.blocked_by, "block": event.block}
        if said:
            fields["guards"] = said[:20]
        return fields
