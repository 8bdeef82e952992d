"""What was signed: an in-toto statement of model-signing, as the files that it covers and the claims that it makes."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

import msgspec

from bartizan.core.dates import is_date
from bartizan.core.errors import InputError, printable
from bartizan.core.json_text import parse_json
from bartizan.supply.signing.bundle import Malformed, refuse_parts
from bartizan.supply.signing.claims import FIELD, MAX_COUNTER, Claims, Resource
from bartizan.supply.signing.tree import MAX_FILES, SINGLE, Way

TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://model_signing/signature/v1.0"
GIT_PATHS: Final = (".git", ".gitattributes", ".github", ".gitignore")
"""What model-signing leaves out unless it is told otherwise."""
_DIGEST: Final = re.compile(r"(?:[0-9a-f]{2}){16,64}")
_ALGORITHMS: Final = ("sha256", "blake2b", "blake3")
_LEAST_SHARD: Final = 1 << 16
_LONGEST_NAME: Final = 300
_MOST_IGNORED: Final = 10_000
_MOST_PARTS: Final = 1_000_000


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature covers."""

    name: str
    """What the signer calls the model."""
    digest: str
    """SHA-256 over the digests of all files, which stands for the model as a whole."""
    resources: tuple[Resource, ...]
    way: Way
    ignored: tuple[str, ...]
    """Paths within the folder that it does not cover, with all below them; in order."""
    links: bool = False
    """Whether the signer followed links."""
    claims: Claims | None = None
    """None: it was made by plain model-signing."""

    @property
    def expected(self) -> dict[str, str]:
        """Name -> digest of all that it covers."""
        also = self.claims.also if self.claims is not None else ()
        return {one.name: one.digest for one in (*self.resources, *also)}


def read_statement(payload: bytes) -> Statement:
    """The statement in a payload. Raises Malformed for what model-signing 1 does not write."""
    try:
        text = payload.decode("utf-8")
        refuse_parts(text, _MOST_PARTS)
        data = _whole(parse_json(text, "statement").data)
    except UnicodeDecodeError:
        raise Malformed("its statement is no UTF-8 text") from None
    except InputError as error:
        raise Malformed(f"its statement is broken: {error.problems[0].finding}") from None
    raw = _statement(data)
    if raw.predicateType != PREDICATE:
        raise Malformed(f"its predicate is '{printable(raw.predicateType, 80)}', not '{PREDICATE}'; sign it anew")
    subject = raw.subject[0]
    predicate = raw.predicate
    way = _way(predicate.serialization)
    found = Statement(
        name=subject.name,
        digest=subject.digest.sha256,
        resources=_checked(predicate.resources, way),
        way=way,
        ignored=_ignored(predicate.serialization.ignore_paths),
        links=predicate.serialization.allow_symlinks,
        claims=_claims(predicate.bartizan, way),
    )
    if not found.name or len(found.name) > _LONGEST_NAME:
        raise Malformed(f"the name of the model is empty, or longer than {_LONGEST_NAME} characters")
    if _root_of(found.resources) != found.digest:
        raise Malformed("its digest of the whole is not that of the files which it lists")
    if len(found.expected) != len(found.resources) + len(found.claims.also if found.claims else ()):
        raise Malformed("it lists a file twice")
    return found


def _whole(data: Any) -> Any:
    """The data with 7.0 as 7: the format goes through values that know no whole numbers."""
    if isinstance(data, dict):
        return {key: _whole(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_whole(value) for value in data]
    return int(data) if isinstance(data, float) and data.is_integer() else data


class _Digest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sha256: str


class _Subject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    digest: _Digest


class _Serialization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    method: str
    hash_type: str
    allow_symlinks: bool
    ignore_paths: tuple[str, ...] = ()
    shard_size: int = 0


class _Predicate(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """Other fields are for others: the format says that readers ignore what they do not know."""

    serialization: _Serialization
    resources: tuple[Resource, ...] = ()
    bartizan: dict[str, Any] | None = None


class _Raw(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"type": "_type"}):
    type: str
    subject: tuple[_Subject, ...]
    predicateType: str
    predicate: _Predicate


assert FIELD in _Predicate.__struct_fields__


def _statement(data: object) -> _Raw:
    try:
        raw = msgspec.convert(data, _Raw, strict=True)
    except (msgspec.ValidationError, OverflowError) as error:
        raise Malformed(f"its statement is broken: {printable(str(error), 200)}") from None
    if raw.type != TYPE:
        raise Malformed(f"its statement is '{printable(raw.type, 80)}', not '{TYPE}'")
    if len(raw.subject) != 1:
        raise Malformed("its statement is not about exactly one model")
    return raw


def _way(given: _Serialization) -> Way:
    if given.hash_type not in _ALGORITHMS:
        raise Malformed(f"files were hashed with '{printable(given.hash_type, 40)}', which is not known here")
    if given.method == "files":
        return Way(algorithm=given.hash_type)
    if given.method != "shards":
        raise Malformed(f"files were taken up by '{printable(given.method, 40)}', which is not known here")
    if not _LEAST_SHARD <= given.shard_size < 2**63:
        raise Malformed(f"parts of {given.shard_size} bytes; at least {_LEAST_SHARD:,} are read")
    return Way(algorithm=given.hash_type, shard=given.shard_size)


def _checked(resources: tuple[Resource, ...], way: Way) -> tuple[Resource, ...]:
    if not 0 < len(resources) <= MAX_FILES:
        raise Malformed(f"it lists {len(resources):,} files; 1 to {MAX_FILES:,} are read")
    alone = {_file_of(one.name, way) for one in resources} == {SINGLE}
    for one in resources:
        if not (alone or _is_inside(_file_of(one.name, way))):
            raise Malformed(f"it lists '{printable(one.name, 80)}', which is no path within a folder")
        if one.algorithm != way.label or not _DIGEST.fullmatch(one.digest):
            raise Malformed(f"its digest of '{printable(one.name, 80)}' is none by {way.label}")
    return resources


def _ignored(paths: tuple[str, ...]) -> tuple[str, ...]:
    if len(paths) > _MOST_IGNORED:
        raise Malformed(f"it ignores more than {_MOST_IGNORED:,} paths")
    return tuple(sorted({path.rstrip("/") for path in paths}))


def _file_of(name: str, way: Way) -> str:
    """The file of a resource, which may be a part of one."""
    return name.rpartition(":")[0].rpartition(":")[0] if way.shard else name


def _is_inside(path: str) -> bool:
    return bool(path) and "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def _claims(given: dict[str, Any] | None, way: Way) -> Claims | None:
    if given is None:
        return None
    try:
        claims = msgspec.convert(given, Claims, strict=True)
    except (msgspec.ValidationError, OverflowError) as error:
        raise Malformed(f"its claims are not those of this version: {printable(str(error), 200)}") from None
    if not is_date(claims.signed_on) or (claims.expires and not is_date(claims.expires)):
        raise Malformed("a day in its claims is none")
    if claims.counter is not None and not 0 <= claims.counter <= MAX_COUNTER:
        raise Malformed("its counter is out of range")
    if claims.also:
        _checked(claims.also, way)
        if any(one.name == SINGLE or under(one.name, GIT_PATHS) is None for one in claims.also):
            raise Malformed("its claims list a file that belongs among the others")
    return claims


def under(name: str, paths: tuple[str, ...]) -> str | None:
    """Which of these paths a file is, or lies below; None: none of them."""
    return next((path for path in paths if path in (".", name) or name.startswith(f"{path}/")), None)


def _root_of(resources: tuple[Resource, ...]) -> str:
    return hashlib.sha256(b"".join(bytes.fromhex(one.digest) for one in resources)).hexdigest()
