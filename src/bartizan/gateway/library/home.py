"""Where the guards of a program live: one loop, in a thread of its own.

What guards remember (rates, budgets, series, connections to Redis, the ledger) belongs to one loop. A program may have
none, or many one after the other; so its guards have their own, and its threads and loops ask there.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import weakref
from collections.abc import Coroutine
from typing import Any, TypeVar

from bartizan.gateway.opening import Shared

T = TypeVar("T")
_CLOSE_SECONDS = 10.0


class _Room:
    """The loop and its thread, once there are any."""

    def __init__(self, shared: Shared | None) -> None:
        self.shared = shared
        self.lock = threading.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread: threading.Thread | None = None
        self.is_closed = False

    def open(self) -> asyncio.AbstractEventLoop:
        with self.lock:
            if self.is_closed:
                raise RuntimeError("these guards are closed")
            if self.loop is None:
                self.loop = asyncio.new_event_loop()
                self.thread = threading.Thread(target=_live, args=(self.loop,), name="bartizan-guards", daemon=True)
                self.thread.start()
                if self.shared is not None:
                    self.loop.call_soon_threadsafe(self.shared.enter)
            return self.loop

    def close(self) -> None:
        with self.lock:
            loop, self.is_closed = self.loop, True
        if loop is None or loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._end(), loop)
        if self.thread is not None and self.thread is not threading.current_thread():
            self.thread.join(_CLOSE_SECONDS)

    async def _end(self) -> None:
        try:
            if self.shared is not None:
                await self.shared.leave()
        finally:
            asyncio.get_running_loop().stop()


class Home:
    """It begins with the first exchange and ends when nobody holds it any more. It does not survive a fork."""

    def __init__(self, shared: Shared | None) -> None:
        """``shared``: what begins and ends with it."""
        room = _Room(shared)
        self._open = room.open
        self.close = weakref.finalize(self, room.close)
        """Write what is not written yet, and end. May be called again."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop, running. Raises RuntimeError once it is closed."""
        return self._open()

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Begin some work there. Raises RuntimeError once it is closed."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self.loop)
        except RuntimeError:
            work.close()
            raise

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """What some work there results in, for a thread that waits for it. Raises what it raises."""
        return self.submit(work).result()

    async def awaited(self, work: Coroutine[Any, Any, T]) -> T:
        """The same for another loop."""
        return await asyncio.wrap_future(self.submit(work))


def _live(loop: asyncio.AbstractEventLoop) -> None:
    """Run until told to stop."""
    try:
        loop.run_forever()
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
