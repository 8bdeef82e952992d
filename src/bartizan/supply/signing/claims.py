"""What a signature says of a model beyond its files: how long it holds, and its place in the series of releases.

The claims stand in the signed statement itself, in a field that readers of model-signing's format must ignore where
they do not know it. They cannot be taken away or changed without breaking the signature.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

FIELD: Final = "bartizan"
MAX_COUNTER: Final = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""


class Resource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file, or a part of one, with its digest."""

    name: str
    """Path within the folder with `/`; `.` for a model of one file; `path:start:end` for a part."""
    algorithm: str
    digest: str
    """In hexadecimal, lower case."""


class Claims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The claims of one signature. Another version, or a claim that is not known here, is no valid signature."""

    version: Literal[1]
    signed_on: str
    """The day, by the signer's own clock."""
    expires: str = ""
    """The last day on which it holds, by UTC; empty: it says none."""
    counter: int | None = None
    """Grows with each release of the same name, so that an old one does not pass for the newest."""
    also: tuple[Resource, ...] = ()
    """Files that plain model-signing leaves out (those of git) and that are covered nevertheless."""


def predicate_part(claims: Claims) -> dict[str, Any]:
    """The claims as what stands in the statement."""
    made = msgspec.to_builtins(claims)
    assert isinstance(made, dict)
    return {FIELD: made | {"version": claims.version}}
