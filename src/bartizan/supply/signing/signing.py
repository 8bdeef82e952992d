"""Signing a model: its files, what the signer claims about them, and a check that the result verifies."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from bartizan.core.dates import DATE_FIX, is_date
from bartizan.core.errors import InputError, Problem, nearest, printable
from bartizan.core.source import read_bytes, write_atomic
from bartizan.supply.signing.bundle import Malformed, bundle_of, is_bundle
from bartizan.supply.signing.certificates import why_not_for_signing
from bartizan.supply.signing.claims import MAX_COUNTER, Claims, Resource, predicate_part
from bartizan.supply.signing.keys import MAX_PEM, curve_of, key_id, read_private
from bartizan.supply.signing.openssf import refuse_absent, signed_bundle
from bartizan.supply.signing.statement import GIT_PATHS, read_statement, under
from bartizan.supply.signing.tree import SINGLE, Entry, Links, Way, walk

PASSPHRASE = "BARTIZAN_KEY_PASSPHRASE"  # noqa: S105  the name of the variable
_LONGEST_NAME = 200
_WILD = frozenset("*?[")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to sign, with what, saying what."""

    model: Path
    """A folder, or a file."""
    key: Path
    """The private key in PEM."""
    out: Path
    """Where the signature goes."""
    certificate: Path | None = None
    """The certificate of the key, in PEM."""
    chain: tuple[Path, ...] = ()
    """Certificates of those who vouch for it, up to and without the root; a root does no harm."""
    day: str
    """The day of signing."""
    expires: str = ""
    counter: int | None = None
    name: str = ""
    """What the model is called; empty: as its folder."""
    ignore: tuple[str, ...] = ()
    """Paths within the folder that are not covered; with `*`, `?` or `[` patterns for what is there now."""
    links: Links = "refuse"


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What was signed."""

    name: str
    files: int
    size: int
    key: str
    """Id of the key."""
    curve: str
    claims: Claims
    ignored: tuple[str, ...]
    is_key_open: bool
    """Whether others on this machine can read the private key."""


def sign(order: Order, passphrase: str | None) -> Signed:
    """Sign a model, and write the signature. Raises InputError with what is wrong, and then writes nothing.

    Raises MissingExtra without the packages of the extra `signing`.
    """
    problems = list(_wrong(order))
    if problems:
        raise InputError(problems)
    refuse_absent()
    key = read_private(order.key, passphrase, PASSPHRASE)
    certificates = _certificates(order, key)
    ignored = _ignored(order)
    entries = _entries(order, ignored)
    name = order.name or _name_of(order.model)
    digests = {entry.name: entry.digests[0][1] for entry in entries}
    beside = {path: digests.pop(path) for path in list(digests) if under(path, GIT_PATHS) is not None}
    if not digests:
        raise _bad(str(order.model), "there is nothing to sign", "name a folder with the files of a model")
    claims = Claims(
        version=1,
        signed_on=order.day,
        expires=order.expires,
        counter=order.counter,
        also=tuple(Resource(name=path, algorithm="sha256", digest=one) for path, one in beside.items()),
    )
    text = signed_bundle(
        name,
        digests,
        ignored=(*ignored, *(path for path in GIT_PATHS if any(under(one, (path,)) for one in beside))),
        links=order.links != "refuse",
        more=predicate_part(claims),
        key=key,
        certificates=certificates,
    )
    _reread(text, order.model)
    write_atomic(order.out, text)
    return Signed(
        name=name,
        files=len(entries),
        size=sum(entry.size for entry in entries),
        key=key_id(key.public_key()),
        curve=curve_of(key.public_key()),
        claims=claims,
        ignored=ignored,
        is_key_open=bool(order.key.stat().st_mode & 0o044),
    )


def _reread(text: str, model: Path) -> None:
    """That what is about to be written can be read again."""
    try:
        read_statement(bundle_of(text).payload)
    except Malformed as error:
        raise _bad(str(model), f"it cannot be said in the format: {error}", "split it, or rename what is odd") from None


def _bad(file: str, finding: str, fix: str = "") -> InputError:
    return InputError([Problem(file=file, finding=finding, fix=fix)])


def _wrong(order: Order) -> Iterator[Problem]:
    """What is wrong with an order, before anything is read."""
    if not order.model.exists():
        yield Problem(file=str(order.model), finding="there is no such file or folder", fix="check the name")
    if order.expires and not is_date(order.expires):
        yield Problem(file="--expires", finding=f"'{order.expires}' is no date", fix=DATE_FIX)
    elif order.expires and order.expires < order.day:
        yield Problem(file="--expires", finding=f"{order.expires} is over", fix=f"name a day from {order.day}")
    if order.counter is not None and not 0 <= order.counter <= MAX_COUNTER:
        yield Problem(file="--counter", finding=f"{order.counter} is no counter", fix=f"from 0 to {MAX_COUNTER}")
    if order.name and (not order.name.isprintable() or len(order.name) > _LONGEST_NAME):
        fix = f"write a line of at most {_LONGEST_NAME} characters that print"
        yield Problem(file="--name", finding="no name for a model", fix=fix)
    if order.chain and order.certificate is None:
        yield Problem(file="--chain", finding="a chain without a certificate", fix="name the signer's with --cert")
    if os.path.lexists(order.out) and not is_bundle(order.out):
        yield Problem(
            file=str(order.out), finding="exists already, and is no signature", fix="name another file with -o"
        )
    if _within(order.model, order.key):
        yield Problem(
            file=str(order.key),
            finding="the private key lies in the folder that is signed",
            fix="keep it elsewhere: whoever gets the model would get the key",
        )
    if order.ignore and order.model.is_file():
        yield Problem(file="--ignore", finding="a model of one file has nothing to ignore", fix="leave it out")


def _within(model: Path, other: Path) -> str:
    """The path of a file within the model's folder; empty: it lies elsewhere."""
    try:
        return other.resolve().relative_to(model.resolve()).as_posix() if model.is_dir() else ""
    except (ValueError, OSError):
        return ""


def _name_of(model: Path) -> str:
    name = model.resolve().name or "model"
    if not name.isprintable():
        raise _bad(str(model), "its name cannot stand in a signature", "give it one with --name")
    return name


def _certificates(order: Order, key: ec.EllipticCurvePrivateKey) -> tuple[x509.Certificate, ...]:
    if order.certificate is None:
        return ()
    (leaf, *rest), others = _pem(order.certificate), [one for file in order.chain for one in _pem(file)]
    file = str(order.certificate)
    if leaf.public_key() != key.public_key():
        raise _bad(file, "the certificate is not that of the private key", "name the one that was issued for it")
    if why := why_not_for_signing(leaf):
        raise _bad(file, f"the certificate may not sign: {why}", "ask for one for signing code")
    first, last = leaf.not_valid_before_utc.date().isoformat(), leaf.not_valid_after_utc.date().isoformat()
    if not first <= order.day <= last:
        raise _bad(file, f"the certificate holds from {first} to {last}, and it is {order.day}", "renew it")
    return _ordered(leaf, [*rest, *others], file)


def _ordered(leaf: x509.Certificate, others: Sequence[x509.Certificate], file: str) -> tuple[x509.Certificate, ...]:
    """The leaf and those above it, one after the other; what belongs to no chain is an error."""
    chain, left = [leaf], [one for one in dict.fromkeys(others) if one != leaf]
    while (above := next((one for one in left if one.subject == chain[-1].issuer), None)) is not None:
        left.remove(above)
        chain.append(above)
    if left:
        subject = printable(left[0].subject.rfc4514_string(), 100)
        raise _bad(file, f"'{subject}' is no part of the certificate's chain", "name only those that vouch for it")
    return tuple(chain)


def _pem(file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(read_bytes(file, MAX_PEM))
    except ValueError:
        raise _bad(str(file), "no certificate in PEM", "name the certificate that was issued for the key") from None


def _ignored(order: Order) -> tuple[str, ...]:
    """Which paths are not covered: the signature's own, and those that were named; patterns as what is there now."""
    own = _within(order.model, order.out)
    found = {own} if own else set()
    problems: list[Problem] = []
    names = _names(order) if any(_WILD & set(one) for one in order.ignore) else ()
    for given in order.ignore:
        path = given.strip("/").removeprefix("./")
        if _WILD & set(path):
            hits = {name for name in names if fnmatchcase(name, path)}
        else:
            hits = {path} if path and ".." not in path.split("/") and os.path.lexists(order.model / path) else set()
        if not hits:
            near = nearest(path, [one.name for one in order.model.iterdir()]) if order.model.is_dir() else ""
            problems.append(Problem(file="--ignore", finding=f"nothing in the folder is named '{given}'", fix=near))
        found |= hits
    if problems:
        raise InputError(problems)
    return tuple(sorted(one for one in found if under(one, tuple(found - {one})) is None))


def _names(order: Order) -> tuple[str, ...]:
    """Every file and folder, without reading any."""
    files = [entry.name for entry in walk(order.model, Way(), is_hashed=lambda _: False)]
    parts = (file.split("/") for file in files)
    return tuple({"/".join(one[:n]) for one in parts for n in range(1, len(one) + 1)})


def _entries(order: Order, ignored: tuple[str, ...]) -> list[Entry]:
    """All files with their digests. Raises InputError with everything that cannot be signed."""
    found = list(walk(order.model, Way(), links=order.links, is_left_out=lambda path: path in ignored))
    problems = [*_unfit(order, found)]
    if problems:
        raise InputError(problems)
    return found


_FIXES = {
    "link": "put the file itself there, or sign with --links inside",
    "no_file": "take it out, or leave it out with --ignore",
    "unreadable": "check its permissions",
    "changing": "sign when nobody writes there",
}


def _unfit(order: Order, found: Sequence[Entry]) -> Iterator[Problem]:
    for entry in found:
        place = str(order.model) if entry.name == SINGLE else str(order.model / entry.name)
        if entry.fault is not None:
            yield Problem(file=place, finding=entry.what, fix=_FIXES.get(entry.fault, ""))
        elif not entry.name.isprintable() or "\\" in entry.name:
            yield Problem(file=place, finding="its name cannot stand in a signature", fix="rename it")
    if (order.model / ".git").exists() and any(under(entry.name, (".git",)) for entry in found):
        yield Problem(
            file=str(order.model / ".git"),
            finding="a repository of git changes whenever it is used",
            fix="sign an export of it, or leave it out with --ignore .git",
        )
