"""A route of the API: one function, and all that the machine around it and the OpenAPI document need to know of it.

A function says by its signature what it reads: `query` and `body` are structs, other parameters are parts of the path;
what it gives is `Answer[...]` of a struct. Nothing of that is said twice, so that the document cannot differ from what
is done.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable
from typing import Any, Generic, Literal, TypeAlias, TypeVar

import msgspec

from bartizan.core.errors import InputError, Problem
from bartizan.core.people import EVERYWHERE, Role
from bartizan.web.api.problems import Stale, Unconditional
from bartizan.web.api.reading import inner
from bartizan.web.visit import Visit
from bartizan.workflows.desk import Desk

T = TypeVar("T")
Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Condition: TypeAlias = Literal["", "may", "must"]
ROOT = "/api/v1"
JSON = "application/json"
OCTETS = "application/octet-stream"
_ETAG = re.compile(r'"([0-9]{1,9})"')
_PARTS = re.compile(r"{(\w+):(str|int)}")


class Answer(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What a route gives."""

    value: T
    revision: int | None = None
    """That of what was read or written; becomes its ETag."""
    headers: dict[str, str] = {}


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be kept."""

    name: str
    content: bytes
    media: str = OCTETS


class Call:
    """One request to the API, as a route sees it."""

    def __init__(self, visit: Visit, body: bytes, headers: dict[str, str], condition: Condition) -> None:
        self.visit = visit
        self.content = body
        self._headers = headers
        self._condition = condition

    @property
    def desk(self) -> Desk:
        """The register with the catalogue."""
        return self.visit.desk

    @property
    def by(self) -> str:
        """Who asks, as the audit calls them."""
        return self.visit.person.id

    @property
    def only(self) -> frozenset[str] | None:
        """The systems that may be shown; None for all."""
        return self.visit.person.systems()

    def require(self, role: Role, system: str = EVERYWHERE) -> None:
        """Raise Refused, with an entry of the audit, where the person has not this role."""
        self.visit.require(role, system, f"{self.visit.request.method} {self.visit.request.url.path}"[:200])

    def revision(self, now: int | None) -> int | None:
        """The revision that the caller read: that which is there now, else Stale is raised; None where they do not say.

        `now` is None where nothing is there yet, which callers say with `If-None-Match: *`; the revision is then -1.
        Where a route must be told, `If-Match: *` says that whatever is there may be overwritten.
        """
        match, none = self._headers.get("if-match", "").strip(), self._headers.get("if-none-match", "").strip()
        if not match and not none:
            if self._condition == "must":
                raise Unconditional(
                    "say which revision you read, with If-Match and the ETag that it came with; "
                    "* overwrites whatever there is, and If-None-Match: * is for what is not there yet"
                )
            return None
        if none:
            return self._new(none, now)
        if match == "*":
            if now is None:
                raise Stale("there is nothing here yet")
            return None
        found = _ETAG.fullmatch(match)
        if found is None:
            fix = 'send the ETag that you were given, as "3", or *'
            raise InputError([Problem(file="If-Match", finding=f"'{match:.60}' is no ETag of this server", fix=fix)])
        if int(found[1]) != now:
            raise Stale(f"you read revision {found[1]}; read it again, and decide what is to stand")
        return now

    def _new(self, none: str, now: int | None) -> int:
        if none != "*":
            raise InputError([Problem(file="If-None-Match", finding="only * can be said here", fix="use If-Match")])
        if now is not None:
            raise Stale("there is something here already; read it first")
        return -1


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A route as it was declared."""

    method: Method
    path: str
    does: Callable[..., Answer[Any]]
    gives: Any
    query: type[msgspec.Struct] | None = None
    body: Any = None
    upload: bool = False
    """Whether the body is a file, byte by byte."""
    role: Role | None = "viewer"
    """None: whoever is logged in."""
    anywhere: bool = False
    status: int = 200
    media: tuple[str, ...] = (JSON,)
    condition: Condition = ""
    etag: bool = False
    largest: int = 10_000_000
    """Bytes of a body."""

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """Name and type of the parts of the path that vary."""
        return tuple(_PARTS.findall(self.path))

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it."""
        return _PARTS.sub(r"{\1}", self.path)

    @property
    def name(self) -> str:
        """What the operation is called: the resource, and what is done."""
        return f"{self.does.__module__.rpartition('.')[2]}_{self.does.__name__}"


def route(method: Method, path: str, **how: Any) -> Callable[[Callable[..., Answer[Any]]], Route]:
    """Declare a function as a route; its docstring is what the document says of it."""

    def declared(does: Callable[..., Answer[Any]]) -> Route:
        hints = typing.get_type_hints(does)
        return Route(
            method=method,
            path=path,
            does=does,
            gives=inner(hints["return"]),
            query=hints.get("query"),
            body=hints.get("body"),
            **how,
        )

    return declared
