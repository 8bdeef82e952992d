"""Keys of a Redis server that are about one person each: sessions, caches. An identifier stands in their names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from bartizan.core.errors import Unreachable, printable
from bartizan.core.extras import need
from bartizan.rights.places import Identifiers, Places
from bartizan.rights.sources.files import filled
from bartizan.rights.sources.place import refuse

_PATIENCE_S: Final = 10
_AT_ONCE: Final = 500


class Keys:
    """The keys that a pattern finds with somebody's identifiers in it."""

    def __init__(self, name: str, places: Places) -> None:
        place = places.sources[name].redis
        assert place is not None
        self._name = name
        self._pattern = place.keys
        self._url = place.url or os.environ.get(place.url_env, "")
        if not self._url:
            refuse(name, f"there is no environment variable {place.url_env}", "it holds the URL of the server")

    def count(self, who: Identifiers) -> int:
        """Keys about somebody."""
        with self._server() as server:
            return len(self._found(server, who))

    def rows(self, who: Identifiers) -> list[dict[str, Any]]:
        """Keys about somebody, with what they hold."""
        with self._server() as server:
            return [{"key": _text(key), "value": _value(server, key)} for key in self._found(server, who)]

    def erase(self, who: Identifiers) -> int:
        """Delete them."""
        with self._server() as server:
            found = self._found(server, who)
            return sum(server.unlink(*found[at : at + _AT_ONCE]) for at in range(0, len(found), _AT_ONCE))

    def _found(self, server: Any, who: Identifiers) -> list[bytes]:
        found: set[bytes] = set()
        for pattern in filled(self._name, self._pattern, who, _escaped):
            found.update(server.scan_iter(match=pattern, count=1000))
        return sorted(found)

    @contextmanager
    def _server(self) -> Iterator[Any]:
        redis = need("redis")
        try:
            server = redis.Redis.from_url(self._url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S)
        except ValueError:
            refuse(self._name, "this is no URL of a Redis server", "such as redis://host:6379/0")
        try:
            yield server
        except redis.RedisError as error:
            raise Unreachable(f"{self._name}: the Redis server did not answer: {printable(str(error))}") from None
        finally:
            server.close()


def _escaped(value: str) -> str:
    return re.sub(r"([\\*?\[\]^-])", r"\\\1", value)


def _value(server: Any, key: bytes) -> Any:
    """What a key holds."""
    kind = server.type(key)
    if kind == b"string":
        return _text(server.get(key))
    if kind == b"hash":
        return {_text(name): _text(value) for name, value in server.hgetall(key).items()}
    if kind == b"list":
        return [_text(one) for one in server.lrange(key, 0, -1)]
    if kind == b"set":
        return sorted(_text(one) for one in server.smembers(key))
    if kind == b"zset":
        return {_text(name): score for name, score in server.zrange(key, 0, -1, withscores=True)}
    if kind == b"stream":
        return [{_text(name): _text(value) for name, value in entry.items()} for _, entry in server.xrange(key)]
    return None if kind == b"none" else f"of the type {_text(kind)}, which is not shown"


def _text(raw: bytes | None) -> str:
    return "" if raw is None else raw.decode("utf-8", "backslashreplace")
