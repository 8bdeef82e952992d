"""Looking at one file: every format that fits, what is inside, and nothing in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bartizan.supply.scan.blob import Blob, Held, gathered
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import Limits, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule

BAD = Rule(id="test.bad", level="detect", title="Bad", why="It is bad.")


def saying(name: str, mark: bytes, look: Callable[[Blob, Look], None], *, is_guess: bool = False) -> Format:
    return Format(name=name, fits=lambda head, blob: mark in head, look=look, is_guess=is_guess)


def nothing(blob: Blob, look: Look) -> None:
    """A format in which nothing is ever found."""


def inside(blob: Blob, look: Look) -> None:
    """A box: what follows its first byte is a file."""
    look.into("inner", blob.part(1))


def bad(blob: Blob, look: Look) -> None:
    look.found(BAD, "bad", 3)


BOX, CALM, EVIL = saying("box", b"[", inside), saying("calm", b"calm", nothing), saying("evil", b"evil", bad)


def ids(look: Look) -> list[str]:
    return [one.rule.id for one in look.findings]


def test_what_nobody_knows_is_no_clean_file() -> None:
    look = Look((CALM,))
    assert look.at(Held(b"what")) == ()
    assert ids(look) == ["file.unknown"]


def test_an_empty_file_is_told() -> None:
    look = Look((CALM,))
    look.at(Held(b""))
    assert ids(look) == ["file.empty"]


def test_a_file_that_is_several_things_is_looked_at_as_each_of_them() -> None:
    look = Look((CALM, EVIL))
    assert look.at(Held(b"calm evil")) == ("calm", "evil")
    assert sorted(ids(look)) == ["file.several", "test.bad"]


def test_formats_without_a_mark_are_asked_last_and_one_of_them() -> None:
    guess = saying("guess", b"c", bad, is_guess=True)
    other = saying("other", b"c", bad, is_guess=True)
    known, unknown = Look((guess, CALM)), Look((guess, other))
    assert known.at(Held(b"calm")) == ("calm",)
    assert unknown.at(Held(b"calm")) == ("guess",)


def test_what_is_found_inside_says_where() -> None:
    look = Look((BOX, EVIL))
    look.at(Held(b"[evil"))
    assert sorted(one.member for one in look.findings if one.rule is BAD) == ["", "inner"]


@pytest.mark.parametrize(
    ("error", "rule"),
    [
        (Unreadable("broken", 4), "file.broken"),
        (ValueError("surprise"), "scanner.failed"),
        (RecursionError(), "file.limit"),
        (MemoryError(), "file.limit"),
    ],
)
def test_whatever_goes_wrong_is_a_finding(error: Exception, rule: str) -> None:
    def fails(blob: Blob, look: Look) -> None:
        raise error

    look = Look((saying("fails", b"x", fails),))
    look.at(Held(b"x"))
    assert ids(look) == [rule]


def test_files_in_files_end_at_the_depth_that_is_allowed() -> None:
    look = Look((BOX,), Limits(depth=3))
    look.at(Held(b"[" * 10))
    assert ids(look) == ["file.limit"]
    assert look.findings[0].member.count("inner") == 3


def test_more_members_than_allowed_end_the_look() -> None:
    def many(blob: Blob, look: Look) -> None:
        for n in range(10):
            look.into(str(n), Held(b"calm"))

    look = Look((saying("many", b"many", many), CALM), Limits(members=4))
    look.at(Held(b"many"))
    assert ids(look) == ["file.limit"]
    assert look.members == 5


def zeros(megabytes: int) -> Iterator[bytes]:
    for _ in range(megabytes):
        yield bytes(1 << 20)


@pytest.mark.parametrize("limits", [Limits(ratio=10), Limits(unpacked=20 << 20), Limits(steps=20)])
def test_what_grows_without_end_when_it_is_unpacked_is_an_error(limits: Limits) -> None:
    def unpacks(blob: Blob, look: Look) -> None:
        gathered(look.unpacking(zeros(1000), 100))

    look = Look((saying("bomb", b"x", unpacks),), limits)
    look.at(Held(b"x"))
    assert ids(look) == ["file.limit"]


def test_time_runs_out_by_the_clock() -> None:
    now = [0.0]

    def slow(blob: Blob, look: Look) -> None:
        for _ in range(100):
            now[0] += 1
            look.spend(1)

    look = Look((saying("slow", b"x", slow),), Limits(seconds=10), clock=lambda: now[0])
    look.at(Held(b"x"))
    assert ids(look) == ["file.limit"]
    assert now[0] < 20


def test_a_flood_of_small_findings_hides_no_large_one() -> None:
    odd = Rule(id="test.odd", level="review", title="Odd", why="It is odd.")

    def floods(blob: Blob, look: Look) -> None:
        for n in range(100):
            look.found(odd, str(n))
        look.found(BAD, "bad")

    look = Look((saying("flood", b"x", floods),), Limits(findings=10))
    look.at(Held(b"x"))
    assert len(look.findings) == 11
    assert "test.bad" in ids(look)


def test_the_path_is_right_again_after_a_member_that_broke() -> None:
    def breaks(blob: Blob, look: Look) -> None:
        raise Unreadable("broken")

    def two(blob: Blob, look: Look) -> None:
        look.into("first", Held(b"breaks"))
        look.found(BAD, "after")

    look = Look((saying("two", b"two", two), saying("breaks", b"breaks", breaks)))
    look.at(Held(b"two"))
    assert [(one.rule.id, one.member) for one in look.findings] == [("file.broken", "first"), ("test.bad", "")]
