"""Verifying again and again, for processes that serve a model: what changes on disk is told within the interval.

Each look reads every byte. Size, time and number of a file say nothing: whoever can write it can set them back. What
changes in the memory of a process that has loaded the model is not seen (see the guide).
"""

from __future__ import annotations

import datetime
import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Literal, TypeAlias

import msgspec

from bartizan.core.errors import BartizanError, described, printable
from bartizan.supply.signing.verification import Flaw, Verification

State: TypeAlias = Literal["verified", "replaced", "failed", "unknown"]
"""`replaced`: verified, but not what was there at the first look. `unknown`: it could not be verified at all."""
log = logging.getLogger("bartizan.signing")


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change of what is known of a model."""

    at: str
    """2026-11-22T09:00:00Z."""
    model: str
    state: State
    before: State | Literal[""] = ""
    """What it was at the look before; empty: this is the first."""
    name: str = ""
    digest: str = ""
    """Of the whole model, as signed."""
    counter: int | None = None
    key: str = ""
    why: str = ""
    """Where it could not be verified: what was in the way."""
    flaws: tuple[Flaw, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether what lies there is signed; a serving process still runs what it loaded before."""
        return self.state in ("verified", "replaced")


class Watched:
    """A model that is verified at once and then at an interval.

    ``on_event`` is called at the first look and at each change, in the thread that looks; what it raises is logged and
    ends nothing. As a context manager it looks once before it is entered, so that ``is_good`` is known.

    Example: with Watched("models/fraud", verify, every=600, on_event=stop_serving) as watched: ...
    """

    def __init__(
        self,
        model: str,
        verify: Callable[[], Verification],
        *,
        every: float,
        on_event: Callable[[Event], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        if every <= 0:
            raise ValueError("the interval must be more than 0 seconds")
        self._model = printable(model)
        self._verify = verify
        self._every = every
        self._on_event = on_event
        self._clock = clock
        self._first_digest = ""
        self._last: Event | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.looks = 0
        """How often it was looked at."""

    @property
    def last(self) -> Event | None:
        """The last change; None before the first look."""
        return self._last

    @property
    def is_good(self) -> bool:
        """Whether the last look found what is signed. What was not looked at yet is not."""
        return self._last is not None and self._last.is_good

    def look(self) -> Event | None:
        """Verify now. Returns the change, if there is one, after it was told."""
        event = self._looked()
        self.looks += 1
        before = self._last
        if before is not None and _same(before, event):
            return None
        event = msgspec.structs.replace(event, before=before.state if before is not None else "")
        self._last = event
        try:
            self._on_event(event)
        except Exception as error:  # a listener that breaks must not end the watch
            log.error("telling of a change of %s failed: %s", self._model, described(error))
        return event

    def run(self, until: Callable[[Event | None], bool] | None = None) -> None:
        """Look at the interval until it is stopped, or ``until`` says so after a look."""
        while not self._stop.is_set():
            began = time.monotonic()
            event = self.look()
            if until is not None and until(event):
                return
            self._stop.wait(max(0.0, self._every - (time.monotonic() - began)))

    def stop(self) -> None:
        """Let `run`, or the thread, end after the look at hand."""
        self._stop.set()

    def __enter__(self) -> Watched:
        self.look()
        self._thread = threading.Thread(target=self._later, name="bartizan-watched", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if self._thread is not None:
            self._thread.join()

    def _later(self) -> None:
        if not self._stop.wait(self._every):
            self.run()

    def _looked(self) -> Event:
        at = datetime.datetime.fromtimestamp(self._clock(), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            found = self._verify()
        except BartizanError as error:
            return Event(at=at, model=self._model, state="unknown", why=printable(str(error)))
        except Exception as error:  # a defect must not look like a verified model
            return Event(at=at, model=self._model, state="unknown", why=described(error))
        return Event(
            at=at,
            model=self._model,
            state=self._state(found),
            name=found.name,
            digest=found.digest,
            counter=found.counter,
            key=found.key,
            flaws=found.flaws,
        )

    def _state(self, found: Verification) -> State:
        if not found.is_verified:
            return "failed"
        self._first_digest = self._first_digest or found.digest
        return "verified" if found.digest == self._first_digest else "replaced"


def _same(one: Event, other: Event) -> bool:
    """Whether two looks found the same."""
    return (one.state, one.digest, one.key, one.why, one.flaws) == (
        other.state,
        other.digest,
        other.key,
        other.why,
        other.flaws,
    )
