"""A real gateway behind the pages, for tests: a worker in a thread, its admin API, and somebody who asks it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx

from bartizan.workflows.gateway_desk import GatewayDesk
from tests.gateway.admin.office import ASKING, TOKEN, asked_to_pay, office, paying
from tests.gateway.running import Scripted, in_a_thread

FOUR_EYES = ASKING.replace("why:", "people: 2, why:")


class Town:
    """A gateway, a desk of its admin API, and what was answered to who asked."""

    def __init__(self, gateway: str, admin: str) -> None:
        self.gateway, self.desk = gateway, GatewayDesk(admin, TOKEN)
        self.answers: list[httpx.Response] = []

    def ask(self, words: str = "Pay the bill.") -> threading.Thread:
        """Ask in a thread, for the answer may be held."""

        def run() -> None:
            url = f"{self.gateway}/v1/chat/completions"
            self.answers.append(httpx.post(url, json=asked_to_pay(words), timeout=120, trust_env=False))

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def waiting(self, count: int = 1) -> str:
        """The id of the newest question, as soon as so many wait."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            found = self.desk.questions().open
            if len(found) >= count:
                return found[-1].id
            time.sleep(0.02)
        raise AssertionError("nothing waits")


@contextlib.contextmanager
def town(folder: Path, rest: str = ASKING, upstream: Scripted | None = None) -> Iterator[Town]:
    """Running, behind a token."""
    (folder / "token").write_text(TOKEN)

    @contextlib.asynccontextmanager
    async def up() -> AsyncIterator[str]:
        async with office(folder, upstream or paying(), rest, key=f"file:{folder}/token") as here:
            yield f"{here.gateway} {here.address}"

    with in_a_thread(up) as both:
        yield Town(*both.split())
