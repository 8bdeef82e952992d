"""A gateway's admin API as the command line and the web application use it.

What comes back is read into the gateway's own types, bounded, and is still a stranger's text: callers, tools and their
arguments are whatever somebody sent to the gateway.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from bartizan.controls.chat.oversight_switches import Switch
from bartizan.core.errors import BartizanError, Conflict, InputError, NotFound, Problem, Refused, Unreachable, printable
from bartizan.gateway.admin import values
from bartizan.gateway.events.event import Event

ADDRESS = "http://127.0.0.1:8421"
"""Where an admin API is looked for, unless somebody says otherwise."""
TOKEN = "BARTIZAN_GATEWAY_KEY"  # noqa: S105  the name of a variable
"""The environment variable that holds its token."""
SECONDS = 5.0
LARGEST = 16 << 20
_FRESH = 1.0
T = TypeVar("T")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway at one moment, for a page that looks at it again and again."""

    status: values.Status
    counts: values.Counts
    events: tuple[Event, ...]
    alerts: tuple[values.AlertState, ...]


class GatewayDesk:
    """One gateway. Every call may raise Unreachable, and Refused for a token that is wrong."""

    def __init__(self, address: str = ADDRESS, token: str = "") -> None:
        """Raises InputError for an address that is none."""
        parts = _parts_of(address)
        self.address = f"{parts.scheme}://{parts.netloc}"
        self._parts, self._token = parts, token
        self._lock = threading.Lock()
        self._seen: tuple[float, Seen] | None = None

    def __repr__(self) -> str:
        """Without the token."""
        return f"GatewayDesk({self.address!r})"

    def status(self) -> values.Status:
        """How it does."""
        return self._ask("GET", "/v1/status", values.Status)

    def questions(self) -> values.Questions:
        """What waits for a person, the oldest first."""
        return self._ask("GET", "/v1/approvals", values.Questions)

    def history(self) -> values.Over:
        """What was asked and is over, the newest first."""
        return self._ask("GET", "/v1/history", values.Over)

    def answer(self, id: str, *, granted: bool, by: str, why: str = "") -> values.Answered:
        """Say yes or no to a question. Raises NotFound, Conflict, Refused, InputError."""
        body = values.Answering(granted=granted, by=by, why=why)
        return self._ask("POST", f"/v1/approvals/{quote(id, safe='')}", values.Answered, body=body)

    def switches(self) -> tuple[Switch, ...]:
        """What is stopped now, the newest first."""
        return self._ask("GET", "/v1/switches", values.Switches).switches

    def stop(self, scope: str, name: str, *, by: str, why: str, seconds: float | None = None) -> Switch:
        """Stop something. Raises InputError."""
        body = {"scope": scope, "name": name, "by": by, "why": why, "seconds": seconds}
        return self._ask("POST", "/v1/switches", Switch, body=body)

    def let_go(self, scope: str, name: str, *, by: str, why: str) -> values.Cleared:
        """Let something go on. Raises NotFound, InputError."""
        query = {"scope": scope, "name": name, "by": by, "why": why}
        return self._ask("DELETE", "/v1/switches", values.Cleared, query=query)

    def events(self, **wanted: str | int) -> values.Events:
        """Events, the newest first; by the fields of `values.Wanted`. Raises InputError."""
        return self._ask("GET", "/v1/events", values.Events, query=wanted)

    def counts(self) -> values.Counts:
        """The last hour."""
        return self._ask("GET", "/v1/counts", values.Counts)

    def alerts(self) -> tuple[values.AlertState, ...]:
        """All rules for alerts."""
        return self._ask("GET", "/v1/alerts", values.AlertStates).alerts

    def reload(self) -> values.Reloaded:
        """Take over the settings' file as it is now."""
        return self._ask("POST", "/v1/reload", values.Reloaded)

    def seen(self, newest: int = 12) -> Seen:
        """All that a dashboard shows, at most a second old: many who look ask the gateway once."""
        with self._lock:
            now = time.monotonic()
            if self._seen is None or now - self._seen[0] >= _FRESH:
                seen = Seen(
                    status=self.status(),
                    counts=self.counts(),
                    events=self.events(limit=newest).events,
                    alerts=self.alerts(),
                )
                self._seen = (now, seen)
            return self._seen[1]

    def _ask(
        self, method: str, path: str, kind: type[T], *, body: Any = None, query: dict[str, Any] | None = None
    ) -> T:
        target = path + (f"?{urlencode(query)}" if query else "")
        status, raw = self._answered(method, target, msgspec.json.encode(body) if body is not None else None)
        if status >= 300:
            raise _error_of(status, raw, self.address)
        try:
            return msgspec.json.decode(raw, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unreachable(f"{self.address}: what answers there is no gateway of this version") from None

    def _answered(self, method: str, target: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {"Accept": "application/json", "Connection": "close"}
        headers |= {"Authorization": f"Bearer {self._token}"} if self._token else {}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        kind: Callable[..., http.client.HTTPConnection] = (
            http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        )
        connection = kind(self._parts.hostname, self._parts.port, timeout=SECONDS)
        try:
            connection.request(method, self._parts.path.rstrip("/") + target, body=body, headers=headers)
            answer = connection.getresponse()
            raw = answer.read(LARGEST + 1)
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise Unreachable(f"{self.address}: no gateway answers there ({printable(why, 200)})") from None
        finally:
            connection.close()
        if len(raw) > LARGEST:
            raise Unreachable(f"{self.address}: the answer is too large")
        return answer.status, raw


def _parts_of(address: str) -> Any:
    finding = ""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        finding = "this is no address"
    if not finding and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.username):
        finding = "an admin API's address is http(s)://HOST[:PORT]"
    if finding or not address.isascii() or not address.isprintable() or " " in address:
        raise InputError([Problem(file="--admin", finding=finding or "this is no address", fix=f"such as {ADDRESS}")])
    return parts


def _error_of(status: int, raw: bytes, address: str) -> BartizanError:
    try:
        detail = printable(msgspec.json.decode(raw, type=values.Refusal).detail, 1_000)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Unreachable(f"{address}: what answers there is no gateway of this version (status {status})")
    if status == 401:
        return Refused(f"{address}: the gateway wants its token; set {TOKEN} to the value of its admin.key")
    if status in {400, 422}:
        place, _, finding = detail.partition(": ")
        known = place in {"by", "switch", "page"} and finding
        return InputError([Problem(file=place if known else "gateway", finding=finding if known else detail)])
    kinds: dict[int, type[BartizanError]] = {403: Refused, 404: NotFound, 409: Conflict}
    return kinds.get(status, Unreachable)(detail)
