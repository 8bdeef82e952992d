"""An answer that came whole, on its way out."""

from __future__ import annotations

from typing import Any

from bartizan.controls.chat.pipeline import Watch
from bartizan.gateway.held import judged
from bartizan.gateway.places import put, write
from bartizan.gateway.wire.wire import Answered


async def judge_whole(watch: Watch, body: Any, answered: Answered) -> bool:
    """Judge all of an answer and write into its body what leaves changed. Whether anything did. Raises Blocked."""
    changed = set()
    for segment in answered.segments:
        passed = await judged(watch, segment)
        if passed is not segment:
            write(body, segment, passed)
            changed.add(segment.place)
    for echo in answered.echoes:
        if echo.of in changed:
            put(body, echo.place, None)
    return bool(changed)
