"""What leaves a lane is the whole text with the merged edits of all guards, however it was cut and whoever was slow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.controls.chat.guard import HOLD, ChatGuard, Progress, StreamGuard
from bartizan.controls.chat.lane import Lane, Reader
from bartizan.controls.chat.post import Post
from bartizan.controls.chat.verdict import Block, Edit
from bartizan.core.terms import ControlId


class Named(ChatGuard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A guard that stands for a stream guard made by hand."""

    id = ControlId("sensitive_output_handling")
    title = "by hand"
    sees = frozenset()


class Known(StreamGuard):
    """Makes edits that were known beforehand, and clears so many characters less than it was fed."""

    def __init__(self, edits: Sequence[Edit], lag: int) -> None:
        self.edits, self.lag = sorted(edits), lag
        self.end = self.cleared = 0

    def feed(self, text: str) -> Progress:
        self.end += len(text)
        return self._upto(max(self.cleared, self.end - self.lag))

    def flush(self) -> Progress:
        return self._upto(self.end, last=True)

    def _upto(self, cleared: int, *, last: bool = False) -> Progress:
        for one in self.edits:  # no edit is reported before it is cleared whole
            if one.start < cleared < one.end:
                cleared = one.start
        now = tuple(one for one in self.edits if one.end <= cleared and (one.start < cleared or last))
        self.edits = [one for one in self.edits if one not in now]
        self.cleared = cleared
        return Progress(cleared=cleared, edits=now)


def reader(guard: StreamGuard, *, fails: str = "closed", enforced: bool = True) -> Reader:
    return Reader(Post(guard=Named(), fails=fails), guard, enforced)  # type: ignore[arg-type]


def merged(text: str, guards: Sequence[Sequence[Edit]]) -> str:
    """The meaning of several guards' edits, written as slowly and plainly as can be."""
    edits = sorted(
        (one.start, one.end > one.start, rank, one.end, one.text) for rank, edits in enumerate(guards) for one in edits
    )
    groups: list[list[tuple[int, bool, int, int, str]]] = []
    for one in edits:
        if groups and one[0] < max(other[3] for other in groups[-1]):
            groups[-1].append(one)
        else:
            groups.append([one])
    out, at = "", 0
    for group in groups:
        best = min(other[2] for other in group)
        out += text[at : group[0][0]] + next(other[4] for other in group if other[2] == best)
        at = max(other[3] for other in group)
    return out + text[at:]


def edits_of(length: int) -> st.SearchStrategy[list[Edit]]:
    """Edits of one guard: in order and apart."""
    cuts = st.lists(st.integers(0, length), max_size=12).map(sorted)
    return cuts.flatmap(
        lambda at: st.lists(st.text("XYZ", max_size=3), min_size=len(at) // 2, max_size=len(at) // 2).map(
            lambda texts: [
                Edit(start=at[2 * i], end=at[2 * i + 1], text=one)
                for i, one in enumerate(texts)
                if not (i and at[2 * i] == at[2 * i + 1] == at[2 * i - 1])
            ]
        )
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[str], list[list[Edit]], list[int]]:
    pieces = draw(st.lists(st.text("abcdefgh", max_size=9), min_size=1, max_size=12))
    length = sum(map(len, pieces))
    guards = draw(st.lists(edits_of(length), min_size=1, max_size=4))
    lags = draw(st.lists(st.integers(1, 20), min_size=len(guards), max_size=len(guards)))
    return pieces, guards, lags


def passed(lane: Lane, pieces: Sequence[str]) -> Iterator[str]:
    """What leaves with each frame, as the gateway takes it: frames leave whole and in order."""
    ends, at, total = [], 0, 0
    for piece in pieces:
        lane.feed(piece)
        total += len(piece)
        ends.append(total)
        while at < len(ends) and lane.cleared >= ends[at]:
            yield lane.take(ends[at])
            at += 1
    lane.flush()
    while at < len(ends):
        assert lane.cleared >= ends[at]
        yield lane.take(ends[at])
        at += 1
    yield lane.take(lane.end)


@given(cases())
def test_what_leaves_is_the_whole_text_with_the_merged_edits(
    case: tuple[list[str], list[list[Edit]], list[int]],
) -> None:
    pieces, guards, lags = case
    lane = Lane([reader(Known(edits, lag)) for edits, lag in zip(guards, lags, strict=True)])
    assert "".join(passed(lane, pieces)) == merged("".join(pieces), guards)
    assert lane.block is None


@given(cases())
def test_a_whole_answer_leaves_as_the_stream_of_it(case: tuple[list[str], list[list[Edit]], list[int]]) -> None:
    pieces, guards, lags = case
    whole = Lane([reader(Known(edits, 1)) for edits in guards])
    whole.feed("".join(pieces))
    whole.flush()
    streamed = Lane([reader(Known(edits, lag)) for edits, lag in zip(guards, lags, strict=True)])
    assert whole.take(whole.end) == "".join(passed(streamed, pieces))


def test_of_edits_that_overlap_the_first_guards_text_stands_even_where_it_comes_late() -> None:
    first, second = Known([Edit(start=4, end=8, text="F")], 3), Known([Edit(start=2, end=6, text="S")], 0)
    lane = Lane([reader(first), reader(second)])
    assert "".join(passed(lane, ["abcdef", "ghijkl"])) == "abFijkl"


def test_nothing_of_an_edit_leaves_before_all_have_cleared_it() -> None:
    lane = Lane([reader(Known([], 6)), reader(Known([Edit(start=2, end=8, text="S")], 0))])
    lane.feed("abcdefghijkl")
    assert lane.cleared == 2  # the first has come to 6, in the middle of the second's edit


def test_an_insertion_at_the_border_of_what_another_replaces_stays() -> None:
    quoting = [Edit(start=0, end=0, text="'"), Edit(start=5, end=5, text="'")]
    lane = Lane([reader(Known([Edit(start=0, end=5, text="[x]")], 0)), reader(Known(quoting, 1))])
    assert "".join(passed(lane, ["ab", "cde"])) == "'[x]'"


def test_what_is_put_in_at_the_end_of_an_empty_answer_leaves() -> None:
    lane = Lane([reader(Known([Edit(start=0, end=0, text="''")], 0))])
    assert "".join(passed(lane, [""])) == "''"
    assert lane.take(lane.end) == ""


class Bad(StreamGuard):
    """Does what it must not, at its third piece."""

    def __init__(self, what: str) -> None:
        self.what, self.fed, self.pieces = what, 0, 0

    def feed(self, text: str) -> Progress:
        self.fed += len(text)
        self.pieces += 1
        if self.pieces < 3:
            return Progress(cleared=self.fed)
        if self.what == "crash":
            raise RuntimeError("the text was secret")
        if self.what == "beyond":
            return Progress(cleared=self.fed + 1)
        if self.what == "back":
            return Progress(cleared=0)
        if self.what == "late":
            return Progress(cleared=self.fed, edits=(Edit(start=0, end=1, text="X"),))
        if self.what == "hold":
            return Progress(cleared=self.fed - len(text))
        return Progress(cleared=self.fed)

    def flush(self) -> Progress:
        if self.what == "end":
            return Progress(cleared=self.fed, edits=(Edit(start=self.fed, end=self.fed, text="X"),))
        return Progress(cleared=self.fed if self.what != "keep" else self.fed - 1)


FAULTS = ("crash", "beyond", "back", "late", "hold", "keep", "end")
PIECES = ("one ", "two ", "x" * (HOLD + 1), " four")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_guard_that_fails_in_the_middle_closes(fault: str) -> None:
    lane = Lane([reader(Known([], 0)), reader(Bad(fault))])
    for piece in PIECES:
        lane.feed(piece)
    lane.flush()
    assert lane.block is not None
    assert lane.block[1].kind == "failure"
    assert lane.cleared < lane.end or fault in {"keep", "end"}
    record = lane.records()[1]
    assert record.outcome == "crashed"
    assert "secret" not in record.why


@pytest.mark.parametrize("fault", FAULTS)
def test_a_guard_that_fails_may_be_set_to_open_and_is_never_told_as_passed(fault: str) -> None:
    other = Known([Edit(start=0, end=3, text="1")], 0)
    lane = Lane([reader(other), reader(Bad(fault), fails="open")])
    assert "".join(passed(lane, PIECES)) == "1" + "".join(PIECES)[3:]
    assert lane.block is None
    assert [one.outcome for one in lane.records()] == ["replaced", "crashed"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_guard_that_only_watches_changes_nothing_whatever_it_does(fault: str) -> None:
    lane = Lane([reader(Bad(fault), enforced=False), reader(Known([], 2))])
    assert "".join(passed(lane, PIECES)) == "".join(PIECES)
    assert [(one.outcome, one.enforced) for one in lane.records()] == [("crashed", False), ("allowed", True)]


class Blocking(StreamGuard):
    """Blocks at a word."""

    def __init__(self) -> None:
        self.fed = 0

    def feed(self, text: str) -> Progress:
        self.fed += len(text)
        return Progress(cleared=self.fed, block=Block(why="no") if "bad" in text else None)

    def flush(self) -> Progress:
        return Progress(cleared=self.fed)


def test_after_a_block_nothing_more_is_cleared() -> None:
    lane = Lane([reader(Known([], 0)), reader(Blocking())])
    for piece in ("good ", "bad ", "more"):
        lane.feed(piece)
    lane.flush()
    assert (lane.cleared, lane.block is not None) == (5, True)
    assert lane.take(lane.end) == "good "


def test_what_a_watching_guard_would_block_is_written_down_as_that() -> None:
    lane = Lane([reader(Blocking(), enforced=False)])
    lane.feed("bad")
    lane.flush()
    assert lane.block is None
    assert lane.cleared == 3
    assert [one.rule for one in lane.records()[0].findings] == ["would_block"]


def test_many_small_pieces_take_time_that_grows_as_they_do() -> None:
    def seconds(count: int) -> float:
        edits = [Edit(start=6 * i + 1, end=6 * i + 3, text="X") for i in range(count)]
        lane = Lane([reader(Known([], 40_000)), reader(Many(edits))])
        began = process_time()
        assert len("".join(passed(lane, ["abcdef"] * count))) == 5 * count
        return process_time() - began

    class Many(StreamGuard):
        """Its edits are ready as soon as they are fed."""

        def __init__(self, edits: list[Edit]) -> None:
            self.edits, self.at, self.fed = edits, 0, 0

        def feed(self, text: str) -> Progress:
            self.fed += len(text)
            self.at += 1
            return Progress(cleared=self.fed, edits=(self.edits[self.at - 1],))

        def flush(self) -> Progress:
            return Progress(cleared=self.fed)

    seconds(500)
    assert seconds(10_000) < 40 * max(seconds(1000), 0.002)
