"""Work that blocks, done beside the loop: in threads that do not keep the process alive when they hang."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_Job = tuple[Callable[[], Any], Callable[[], None], Callable[[Any, BaseException | None], None]]


async def in_thread(work: Callable[[], T]) -> T:
    """What the work returns, done in a thread of its own. Who stops waiting leaves it running: nothing can end it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    tell = _teller(loop, done)
    context = contextvars.copy_context()
    threading.Thread(target=_run, args=(lambda: context.run(work), tell), daemon=True).start()
    return await done


class Bench:
    """One thread that does one piece of work after the other, for what must not be called twice at once."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        threading.Thread(target=self._serve, daemon=True).start()

    async def do(self, work: Callable[[], T], timeout: float) -> T:
        """What the work returns. Raises TimeoutError so many seconds after it was begun, not after it was asked for."""
        loop = asyncio.get_running_loop()
        begun: asyncio.Future[None] = loop.create_future()
        done: asyncio.Future[T] = loop.create_future()
        tell_begun = _teller(loop, begun)
        self._jobs.put((work, lambda: tell_begun(None, None), _teller(loop, done)))
        await begun
        async with asyncio.timeout(timeout):
            return await done

    def close(self, last: Callable[[], None]) -> None:
        """End, when all that was asked for is done, with a last piece of work."""
        self._jobs.put((last, lambda: None, lambda _value, _error: None))
        self._jobs.put(None)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, begin, tell = job
            begin()
            _run(work, tell)
            del job, work, begin, tell  # what it holds is let go of before the next is waited for


def _run(work: Callable[[], Any], tell: Callable[[Any, BaseException | None], None]) -> None:
    try:
        value = work()
    except BaseException as error:  # also SystemExit of somebody's code: whoever waits must be told
        tell(None, error)
    else:
        tell(value, None)


def _teller(loop: asyncio.AbstractEventLoop, done: asyncio.Future[Any]) -> Callable[[Any, BaseException | None], None]:
    def settle(value: Any, error: BaseException | None) -> None:
        if done.done():
            return  # nobody waits any more
        if isinstance(error, StopIteration | SystemExit | KeyboardInterrupt):
            error = RuntimeError(f"{type(error).__name__}: {error}")  # these would end the loop, not the wait
        if error is None:
            done.set_result(value)
        else:
            done.set_exception(error)

    def tell(value: Any, error: BaseException | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, value, error)

    return tell
