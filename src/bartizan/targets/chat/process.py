"""A chat model as a process: a line of JSON on its stdin, a line of JSON on its stdout, for each turn.

    {"messages": [{"role": "user", "content": "Hello"}], "session": "...", "user": "user"}
    {"text": "Good morning."}

The command is started without a shell, in the folder of its description. A process that answers is used again, one
request at a time; one that breaks the rules is killed with all that it started, and the next request starts another.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

import msgspec

from bartizan.core.chat import Reply, Usage
from bartizan.core.errors import printable
from bartizan.targets.chat.assistant import TrialFailed
from bartizan.targets.chat.called import reply_of
from bartizan.targets.chat.meter import Meter
from bartizan.targets.chat.model import Ask, ChatModel

_LONGEST = 2_000_000
"""Bytes of one line."""
_LAST_WAIT = 2.0
_LAST_WORDS = 2_000
"""Bytes of its stderr that are kept, to say why it ended."""


class ProcessModel(ChatModel):
    """A command as a chat model. As many processes as requests in flight, each kept for the next request."""

    takes_tools = False

    def __init__(self, command: tuple[str, ...], folder: Path, meter: Meter, *, timeout: float = 60.0) -> None:
        self.name = command[0]
        self._command, self._folder, self._meter, self._timeout = command, folder, meter, timeout
        self._idle: list[_Child] = []

    async def reply(self, ask: Ask) -> Reply:
        """The line that answers."""
        messages = [{"role": message.role, "content": message.text} for message in ask.messages]
        line = msgspec.json.encode({"messages": messages, "session": ask.session, "user": ask.user}) + b"\n"
        start = time.monotonic()
        async with self._meter.request() as told:
            try:
                answer = await self._asked(line)
            finally:
                took = Usage(requests=1, seconds=time.monotonic() - start)
                told(took)
        return msgspec.structs.replace(answer, usage=answer.usage + took)

    async def close(self) -> None:
        """End all processes."""
        idle, self._idle = self._idle, []
        for child in idle:
            await child.kill()

    async def _asked(self, line: bytes) -> Reply:
        child: _Child | None = None
        is_sound = False
        try:
            async with asyncio.timeout(self._timeout):
                child = self._waiting() or await self._started()
                answer = await child.ask(line)
            reply = self._reply(answer)
            is_sound = True
        except TimeoutError:
            raise TrialFailed(f"{self.name} took longer than {self._timeout:g} s for one line") from None
        finally:
            if child is not None and is_sound:
                self._idle.append(child)
            elif child is not None:
                await child.kill()
        return reply

    def _waiting(self) -> _Child | None:
        """A process that answered before and still runs in this loop."""
        loop = asyncio.get_running_loop()
        while self._idle:
            child = self._idle.pop()
            if child.loop is loop and child.is_alive:
                return child
        return None

    async def _started(self) -> _Child:
        pipe = asyncio.subprocess.PIPE
        try:
            # a session of its own, so that what it starts can be killed with it
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                cwd=self._folder,
                limit=_LONGEST,
                start_new_session=True,
            )
        except OSError as error:
            raise TrialFailed(f"{self.name} cannot be started: {error.strerror or error}", again=False) from None
        return _Child(self.name, process)

    def _reply(self, line: bytes) -> Reply:
        try:
            found = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            said = printable(line[:300].decode("utf-8", "replace").strip(), 160)
            raise TrialFailed(f"{self.name} answers what is no line of JSON: {said}") from None
        if isinstance(found, dict) and isinstance(found.get("error"), str):
            raise TrialFailed(f"{self.name} answers an error: {printable(found['error'], 160)}")
        reply = reply_of(found)
        if reply is None:
            raise TrialFailed(f'{self.name} answers another line than {{"text": "..."}}')
        return reply


class _Child:
    """One process."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.loop = asyncio.get_running_loop()
        self._name, self._process = name, process
        self._last_words = bytearray()
        self._listening = asyncio.create_task(self._listen())

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    async def ask(self, line: bytes) -> bytes:
        """The next line of its stdout."""
        writer, reader = self._process.stdin, self._process.stdout
        assert writer is not None
        assert reader is not None
        with contextlib.suppress(ConnectionError):  # what it says at its end is more than that it ended
            writer.write(line)
            await writer.drain()
        try:
            answer = await reader.readline()
        except ValueError:
            raise TrialFailed(f"{self._name} answers a line of more than {_LONGEST:,} bytes") from None
        if not answer.endswith(b"\n"):
            raise TrialFailed(f"{self._name} ended before it answered{await self._why()}")
        return answer

    async def kill(self) -> None:
        """End it, and all that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listening
        # what it started and hid from us may hold the other ends: asyncio offers no other way to close its pipes
        self._process._transport.close()  # type: ignore[attr-defined]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WAIT):
                await self._process.wait()

    async def _listen(self) -> None:
        """Keep the end of what it says on stderr, and let it say as much as it likes."""
        reader = self._process.stderr
        assert reader is not None
        while chunk := await reader.read(4096):
            self._last_words += chunk
            del self._last_words[:-_LAST_WORDS]

    async def _why(self) -> str:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await asyncio.shield(self._listening)
        words = bytes(self._last_words).decode("utf-8", "replace").strip()
        return f": {printable(words.splitlines()[-1], 160)}" if words else ""
