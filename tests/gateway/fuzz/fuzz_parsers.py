"""A target for atheris, run by hand: python -m tests.gateway.fuzz.fuzz_parsers -max_total_time=60

Whatever bytes come, reading a body, cutting a stream and reading a request of any route end with a value or with
Malformed; and what is read, the standard library reads alike.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from typing import Any

from bartizan.controls.chat.pipeline import Blocked
from bartizan.gateway.bodies import read
from bartizan.gateway.frames import Cutter
from bartizan.gateway.wire.routes import ROUTES
from bartizan.gateway.wire.wire import Frame, Malformed


def one(data: bytes) -> None:
    """One input: its first byte chooses a route."""
    route, raw = ROUTES[(data[0] if data else 0) % len(ROUTES)], data[1:]
    try:
        value = read(raw)
    except Malformed:
        value = None
    else:
        assert value == json.loads(raw)
    if isinstance(value, dict):
        _all_that_reads(route.wire, value)
    cutter, reader = Cutter(route.wire.framing), route.wire.reader()
    with contextlib.suppress(Malformed):
        for frame in [*cutter.feed(raw[:9]), *cutter.feed(raw[9:]), *cutter.finish()]:
            reader.read(frame)


def _all_that_reads(wire: Any, value: dict[str, Any]) -> None:
    for read_it in (wire.read, wire.read_answer, lambda body: wire.reader().read(Frame(raw=b"", data=body))):
        with contextlib.suppress(Malformed, Blocked):
            read_it(value)


if __name__ == "__main__":
    atheris = importlib.import_module("atheris")
    atheris.instrument_all()
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
