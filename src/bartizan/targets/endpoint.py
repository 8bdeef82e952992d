"""One scoring address, asked with care: bounded in time, size and tries; no redirect is followed, no secret told."""

from __future__ import annotations

import os
import re
import time
import weakref
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bartizan.core.errors import InputError, Problem, Unreachable, printable
from bartizan.core.extras import need
from bartizan.targets.border import BadAnswer

_BUSY = frozenset({429, 502, 503, 504})
"""Answers that say: not now. Nothing was scored, so asking again is no new query."""
_LONGEST_WAIT = 10.0


class Endpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where and how a server is asked."""

    url: str
    """Without a name, password, query or fragment in it."""
    token_env: str = ""
    """The environment variable that holds the bearer token; empty for none. The token itself is never written down."""
    timeout: float = 10.0
    """Seconds for one answer as a whole."""
    retries: int = 2
    """How often a server that is busy or not there is asked again."""
    longest: int = 32_000_000
    """Bytes of one answer."""

    def __post_init__(self) -> None:
        """Refuse an address that is none, or that holds a secret. Raises InputError."""
        url = _split(self.url)
        if url is None or url.scheme not in {"http", "https"} or not url.hostname:
            raise _bad("url", "this is no address of a server", "give one that begins with https://")
        if url.username or url.password or url.query or url.fragment:
            fix = "put a token into an environment variable, and its name into 'token_env'"
            raise _bad("url", "an address with a name, a password or a query in it", fix)
        if not (self.timeout > 0 and self.longest > 0 and 0 <= self.retries <= 10):
            raise _bad("url", "timeout and longest must be above 0, retries from 0 to 10", "change them")
        if self.token_env and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.token_env):
            raise _bad("token_env", "this is no name of an environment variable", "never write the token itself here")


class Caller:
    """Posts JSON to an endpoint's paths. Close it, or use it in a ``with``."""

    def __init__(self, endpoint: Endpoint, *, sleep: Callable[[float], None] = time.sleep) -> None:
        httpx = need("httpx")
        self.endpoint, self._sleep = endpoint, sleep
        headers = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "bartizan-lab"}
        if endpoint.token_env:
            headers["authorization"] = f"Bearer {_token(endpoint.token_env)}"
        self._errors: Any = httpx.HTTPError
        self._unreached: Any = (httpx.ConnectError, httpx.ConnectTimeout)
        self._client = httpx.Client(headers=headers, timeout=endpoint.timeout, follow_redirects=False)
        weakref.finalize(self, self._client.close)  # a rig is not closed; who lets go of it hangs up

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def post(self, path: str, body: object) -> Any:
        """What the server answers, as plain data. Raises Unreachable, or BadAnswer for what is no JSON."""
        url = self.endpoint.url.rstrip("/") + path
        content = msgspec.json.encode(body)
        for attempt in range(self.endpoint.retries + 1):
            last = attempt == self.endpoint.retries
            try:
                status, raw, wait = self._once(url, content)
            except self._errors as error:
                if last or not isinstance(error, self._unreached):  # else it may have scored, and would score twice
                    raise Unreachable(
                        f"{url} did not answer: {_why(error)}; is it running, and the address right?"
                    ) from None
            else:
                if status not in _BUSY or last:
                    return self._read(url, status, raw)
                self._sleep(max(wait, 0.2 * 2**attempt))
                continue
            self._sleep(0.2 * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, url: str, content: bytes) -> tuple[int, bytes, float]:
        """Status, body, and for how long the server asks to be left alone."""
        end = time.monotonic() + self.endpoint.timeout
        with self._client.stream("POST", url, content=content, headers={"content-type": "application/json"}) as answer:
            if answer.is_redirect:
                to = self._without_token(printable(answer.headers.get("location", "nowhere"), 200))
                raise Unreachable(f"{url} sends on to {to}; redirects are not followed: name the address itself")
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise BadAnswer(f"{url} answers compressed, which was not asked for; switch that off")
            raw = bytearray()
            for chunk in answer.iter_raw():
                raw += chunk
                if len(raw) > self.endpoint.longest:
                    raise BadAnswer(f"{url} answers more than {self.endpoint.longest:,} bytes; ask smaller batches")
                if time.monotonic() > end:
                    raise Unreachable(f"{url} took longer than {self.endpoint.timeout:g} s for one answer")
            asked = answer.headers.get("retry-after", "")
            return answer.status_code, bytes(raw), min(float(asked), _LONGEST_WAIT) if asked.isdecimal() else 0.0

    def _read(self, url: str, status: int, raw: bytes) -> Any:
        if status in {401, 403}:
            variable = (
                f"look at the token in {self.endpoint.token_env}" if self.endpoint.token_env else "set 'token_env'"
            )
            raise Unreachable(f"{url} does not let us in (status {status}); {variable}")
        if status != 200:
            said = printable(raw[:300].decode("utf-8", "replace"), 160)
            raise Unreachable(f"{url} answers with status {status}: {self._without_token(said) or 'nothing more'}")
        try:
            return msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise BadAnswer(f"{url} answers what is no JSON; NaN and infinity are none either") from None

    def _without_token(self, text: str) -> str:
        token = os.environ.get(self.endpoint.token_env, "") if self.endpoint.token_env else ""
        return text.replace(token, "[token]") if token else text


def _token(variable: str) -> str:
    token = os.environ.get(variable, "").strip()
    if not token:
        raise _bad("token_env", f"the environment variable {variable} is not set", f"set {variable} to the token")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise _bad("token_env", f"what is in {variable} is no token", "a token is one word of plain characters")
    return token


def _why(error: Exception) -> str:
    return printable(str(error) or type(error).__name__, 160)


def _split(url: str) -> Any:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if url.isascii() and url.isprintable() and " " not in url else None


def _bad(place: str, finding: str, fix: str) -> InputError:
    return InputError([Problem(file=place, finding=finding, fix=fix)])
