"""Chains for tests: drawn at random, and forged in every way that somebody with the database could try."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from bartizan.register.audit.following import Stored
from bartizan.register.chain import GENESIS, Body, canonical, link
from bartizan.register.checkpoints import Checkpoint, signed

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.none() | st.booleans() | st.integers(-(2**31), 2**31 - 1) | WORDS
BODIES = st.builds(
    Body,
    seq=st.just(0),
    at=st.just("2026-11-22T09:00:00Z"),
    actor=WORDS,
    action=WORDS,
    system=WORDS,
    subject=WORDS,
    changed=st.dictionaries(WORDS, st.lists(VALUES, min_size=2, max_size=2), max_size=3),
    states=st.dictionaries(WORDS, st.just("a" * 64), max_size=2),
    note=WORDS,
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def chained(bodies: Sequence[Body]) -> list[Stored]:
    """The entries of a sound chain with these bodies."""
    before, made = GENESIS, []
    for seq, body in enumerate(bodies, 1):
        text = canonical(msgspec.to_builtins(msgspec.structs.replace(body, seq=seq)))
        before = link(before, text)
        made.append((seq, before.encode(), text.encode(), body.system.encode(), body.subject.encode()))
    return made


def checkpoint_of(entries: Sequence[Stored], key: Ed25519PrivateKey = KEY) -> Checkpoint:
    """A signed checkpoint of the last entry."""
    seq, made, *_ = entries[-1]
    return signed(key, first=entries[0][1].decode(), seq=seq, hash_=made.decode(), at="2026-11-22T09:00:00Z")


CHAINS = st.lists(BODIES, min_size=1, max_size=8).map(chained)


@st.composite
def forged(draw: st.DrawFn) -> tuple[list[Stored], list[Stored]]:
    """A sound chain, and the same with one thing edited, deleted, put in or moved, but not cut off at its end."""
    sound = draw(st.lists(BODIES, min_size=2, max_size=8).map(chained))
    other = list(sound)
    at = draw(st.integers(0, len(sound) - 1))
    way = draw(st.sampled_from(["edit", "delete", "insert", "swap", "move"]))
    if way == "edit":
        other[at] = _edited(draw, sound[at])
    elif way == "delete":
        del other[at if at < len(sound) - 1 else 0]
    elif way == "insert":
        new = chained([*draw(st.lists(BODIES, min_size=at + 1, max_size=at + 1))])[at]
        other.insert(at, new)
    elif way == "swap":
        there = draw(st.integers(0, len(sound) - 1).filter(lambda n: n != at))
        renumbered = draw(st.booleans())
        other[at], other[there] = sound[there], sound[at]
        if renumbered:
            other[at], other[there] = (sound[at][0], *other[at][1:]), (sound[there][0], *other[there][1:])
    else:
        entry = other.pop(at)
        other.insert(draw(st.integers(0, len(sound) - 1).filter(lambda n: n != at)), entry)
    return sound, other


def _edited(draw: st.DrawFn, entry: Stored) -> Stored:
    """The entry with one byte of one field changed, taken away or put in; or with another number."""
    which = draw(st.integers(0, 4))
    if which == 0:
        return draw(st.integers(-5, 20).filter(lambda n: n != entry[0])), *entry[1:]
    fields: list[bytes] = [field for field in entry[1:] if isinstance(field, bytes)]
    old = fields[which - 1]
    at = draw(st.integers(0, len(old)))
    new = old[:at] + draw(st.binary(max_size=2)) + old[at + draw(st.integers(0, 2)) :]
    fields[which - 1] = new if new != old else old + b"x"
    hash_, body, system, subject = fields
    return entry[0], hash_, body, system, subject
