"""What came back over HTTP: read once, never beyond a limit, and told without the keys that were sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import msgspec

from bartizan.core.chat import Reply
from bartizan.core.errors import printable
from bartizan.targets.chat.assistant import TrialFailed
from bartizan.targets.chat.keys import Keys

_SHOWN = 65_536
"""Bytes that are read of an answer that is an error."""


class Answer:
    """One answer: its body is read once, as a whole or in pieces."""

    def __init__(self, url: str, response: Any, longest: int, keys: Keys) -> None:
        self.url, self.status = url, int(response.status)
        self.kind = str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()
        self._response, self._longest, self._keys = response, longest, keys

    async def chunks(self) -> AsyncIterator[bytes]:
        """Its bytes as they arrive."""
        total = 0
        async for chunk in self._response.content.iter_any():
            total += len(chunk)
            if total > self._longest:
                raise self.failed(f"answers more than {self._longest:,} bytes")
            yield chunk

    async def body(self) -> bytes:
        """All of it."""
        found = [chunk async for chunk in self.chunks()]
        return found[0] if len(found) == 1 else b"".join(found)

    async def start(self) -> bytes:
        """The beginning of an answer that is an error."""
        raw = bytearray()
        async for chunk in self._response.content.iter_any():
            raw += chunk
            if len(raw) > _SHOWN:
                break
        return bytes(raw[:_SHOWN])

    def failed(self, what: str, *, again: bool = True) -> TrialFailed:
        """An error that says what this address did."""
        return TrialFailed(f"{self.url} {printable(self._keys.hidden(what))}", again=again)

    async def text(self) -> str:
        """Its body as text, where it says that it is some."""
        if self.kind and not self.kind.startswith("text/plain"):
            raise self.failed(f"answers {printable(self.kind, 80)} where plain text was expected")
        return (await self.body()).decode("utf-8", "replace")

    async def json(self, decode: Callable[[bytes], Any] = msgspec.json.decode) -> Any:
        """Its body as JSON of the shape that the decoder wants."""
        if self.kind and "json" not in self.kind:
            raise self.failed(f"answers {printable(self.kind, 80)} where JSON was expected")
        return self.decoded(await self.body(), decode)

    def decoded(self, raw: bytes, decode: Callable[[bytes], Any]) -> Any:
        """JSON that came in this answer, of the shape that the decoder wants."""
        try:
            return decode(raw)
        except msgspec.ValidationError as error:
            raise self.failed(f"answers JSON of another shape than its protocol: {why(error)}") from None
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise self.failed(f"answers what is no JSON: {shown(self._keys, raw)}") from None


Reader: TypeAlias = Callable[[Answer], Awaitable[Reply]]
"""Turns an answer with a good status into a reply. Raises what ``Answer.failed`` makes."""
Blocked: TypeAlias = Callable[[int, bytes], Reply | None]
"""Whether an answer with another status is the service's own refusal of the content: then a reply, else None."""


def said(keys: Keys, raw: bytes) -> str:
    """The same behind a colon; nothing where nothing was said."""
    return f": {shown(keys, raw)}" if raw.strip() else ""


def shown(keys: Keys, raw: bytes) -> str:
    """What a server said, in a line; keys are taken out before it is cut, so that no half of one remains."""
    return printable(keys.hidden(raw[:_SHOWN].decode("utf-8", "replace").strip()), 160)


def why(error: BaseException) -> str:
    """An error's own words, in a line."""
    return printable(str(error) or type(error).__name__, 160)
