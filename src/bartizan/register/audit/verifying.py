"""Verify a register: its chain, its checkpoints, and its rows against what the chain says of them.

What this cannot find: who can write to the database and knows how can make a whole new chain, with rows to match. A
signed checkpoint or an export that is kept elsewhere finds that too, up to the entry it was made at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import closing

from cryptography.x509 import Certificate

from bartizan.core.errors import printable
from bartizan.register.audit.derived import compare_derived
from bartizan.register.audit.faults import Faults, Verification
from bartizan.register.audit.following import Followed, Stored, follow, shown_hash, stored
from bartizan.register.audit.states import compare_rows
from bartizan.register.checkpoints import Checkpoint, doubt_of, fingerprint, is_signed, stored_checkpoints
from bartizan.register.opening import Register


def verify(
    register: Register,
    checkpoint: Checkpoint | None = None,
    keys: Collection[str] = (),
    authorities: Collection[Certificate] = (),
) -> Verification:
    """Check everything, as of one moment, while others may go on writing.

    `checkpoint` is one that was kept elsewhere; those in the register are checked too. `keys` are the public keys that
    are trusted (base64); without any, a checkpoint vouches only for itself. `authorities` are the root certificates by
    which timestamps are checked; without any, they are not.
    """
    faults = Faults()
    with register.read() as connection:
        known = [*([checkpoint] if checkpoint else []), *stored_checkpoints(connection)]
        followed = follow(stored(connection), faults, {point.seq for point in known})
        witnessed = _compare_checkpoints(known, followed, keys, authorities, faults)
        rows = compare_rows(connection, followed.states, faults)
        compare_derived(connection, faults)
    return _outcome(followed, faults, len(known), witnessed, rows)


def verify_entries(
    entries: Iterable[Stored],
    checkpoint: Checkpoint | None = None,
    keys: Collection[str] = (),
    authorities: Collection[Certificate] = (),
) -> Verification:
    """Check entries alone, as an export holds them."""
    faults = Faults()
    known = [checkpoint] if checkpoint else []
    followed = follow(entries, faults, {point.seq for point in known})
    witnessed = _compare_checkpoints(known, followed, keys, authorities, faults)
    return _outcome(followed, faults, len(known), witnessed, None)


def verify_against(register: Register, earlier: Iterable[Stored]) -> Verification:
    """Check that a register still begins with the entries of an earlier export."""
    faults = Faults()
    count, head = 0, b""
    with register.read() as connection, closing(stored(connection)) as here:
        for seq, made, body, *_ in earlier:
            now = next(here, None)
            if now is None:
                faults.add(f"the export goes on to at least this entry, the register ends with {count}", seq)
                break
            if now[:3] != (seq, made, body):
                faults.add("the register has another entry here than the export", seq)
            count, head = count + 1, now[1]
    return _outcome(Followed(entries=count, head=head), faults, 0, 0, None)


def _outcome(followed: Followed, faults: Faults, checkpoints: int, witnessed: int, rows: int | None) -> Verification:
    return Verification(
        entries=followed.entries,
        head=shown_hash(followed.head),
        faults=tuple(faults.listed),
        found=faults.found,
        checkpoints=checkpoints,
        witnessed=witnessed,
        states=rows,
    )


def _compare_checkpoints(
    known: Sequence[Checkpoint],
    followed: Followed,
    keys: Collection[str],
    authorities: Collection[Certificate],
    faults: Faults,
) -> int:
    """Compare checkpoints with the chain; gives how many of them bear a timestamp that holds."""
    witnessed = 0
    for point in known:
        what = _against(point, followed, keys)
        if not what and authorities and point.timestamp:
            what = doubt_of(point, authorities)
            witnessed += not what
        if what:
            faults.add(f"the checkpoint of {printable(point.at)} {what}", point.seq)
    return witnessed


def _against(point: Checkpoint, followed: Followed, keys: Collection[str]) -> str:
    if not is_signed(point):
        return "does not bear the signature that it says it bears"
    if keys and point.key not in keys:
        return f"is signed with a key that you did not name ({fingerprint(point.key)})"
    first = followed.hashes.get(1)
    if first is not None and first != point.first:
        return "is of another register, or this one was begun anew"
    made = followed.hashes.get(point.seq)
    if made is None:
        return f"vouches for entry {point.seq}, which is missing; there are {followed.entries}: some were cut off"
    return "" if made == point.hash else f"vouches for another entry {point.seq}: the chain was made anew"
