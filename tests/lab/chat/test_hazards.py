"""What breaks around trials: worlds that do not close, detectors that crash, disks that are full, two tests at once."""

from __future__ import annotations

import asyncio
import resource
import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bartizan.attacks.chat.search import WordingSearch
from bartizan.core.chat import Message, ToolCall
from bartizan.core.errors import InputError
from bartizan.core.transcript import Judgement, Marks, Transcript, Turn
from bartizan.core.trial import Trial
from bartizan.detectors.canary import Canary
from bartizan.detectors.family import Bench, Detector
from bartizan.detectors.pattern import Pattern
from bartizan.detectors.rendering import Rendering
from bartizan.lab.chat import trying
from bartizan.lab.chat.kept import KeptTrials
from bartizan.lab.chat.running import Ended, run_all
from bartizan.lab.chat.trying import try_once
from bartizan.targets.chat.assistant import Setting, Talk, World
from tests.lab.chat.cases import SAY_TOKEN, TELL_SECRET, attempt, lab, planned
from tests.lab.chat.parrots import Parrot


class Clumsy(Parrot):
    """Answers with anything; its worlds close badly, or not at all."""

    def __init__(self, *, says: Any = "42", closes: str = "well", calls: tuple[ToolCall, ...] = ()) -> None:
        super().__init__()
        self.says, self.closes, self.calls = says, closes, calls
        self.waits = 0.0

    async def world(self, setting: Setting) -> World:
        return _ClumsyWorld(self)


class _ClumsyWorld(World):
    def __init__(self, clumsy: Clumsy) -> None:
        self.clumsy = clumsy

    async def talk(self, user: str = "user") -> Talk:
        return _ClumsyTalk(self.clumsy)

    async def close(self) -> None:
        if self.clumsy.closes == "never":
            await asyncio.sleep(3600)
        if self.clumsy.closes == "badly":
            raise RuntimeError("cannot close")


class _ClumsyTalk(Talk):
    def __init__(self, clumsy: Clumsy) -> None:
        self.clumsy = clumsy

    async def say(self, text: str) -> Turn:
        self.clumsy.asked += 1
        await asyncio.sleep(self.clumsy.waits)
        message = Message(role="assistant", text=self.clumsy.says, calls=self.clumsy.calls)
        return Turn(said=text, messages=(message,))


class Crashing(Detector, frozen=True, kw_only=True, tag="crashing"):
    """Out of order."""

    async def judge(self, seen: Transcript, marks: Marks, bench: Bench) -> Judgement:
        raise RuntimeError("out of order")


class Hanging(Detector, frozen=True, kw_only=True, tag="hanging"):
    """Never says anything."""

    async def judge(self, seen: Transcript, marks: Marks, bench: Bench) -> Judgement:
        await asyncio.sleep(3600)
        raise AssertionError("nobody waits so long")


def run(parrot: Parrot, store: Path, *cases: Any, repeats: int = 2, at_once: int = 1) -> Ended:
    plan = planned(parrot, *(cases or (SAY_TOKEN,)), repeats=repeats)
    with KeptTrials(store, lab(parrot).digest) as kept:
        return asyncio.run(run_all(plan.attempts, (), lab(parrot), kept, concurrency=at_once))


def test_a_world_that_does_not_close_is_an_error_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "_CLOSING", 0.05)
    trial = asyncio.run(try_once(attempt(), lab(Clumsy(closes="never"))))
    assert (trial.outcome, trial.why) == ("error", "it did not let go of its surroundings within 0.05 s")


def test_a_world_that_hangs_after_a_trial_that_took_too_long_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "_CLOSING", 0.05)
    clumsy = Clumsy(closes="never")
    clumsy.waits = 3600

    async def bounded() -> Trial:
        return await asyncio.wait_for(try_once(attempt(), lab(clumsy, longest=0.05)), 5)

    assert asyncio.run(bounded()).outcome == "error"


def test_a_world_that_closes_badly_is_an_error() -> None:
    trial = asyncio.run(try_once(attempt(), lab(Clumsy(closes="badly"))))
    assert trial.outcome == "error"
    assert "cannot close" in trial.why


def test_a_test_that_is_stopped_ends_though_its_worlds_close_badly(tmp_path: Path) -> None:
    clumsy = Clumsy(closes="badly")
    clumsy.waits = 0.05
    plan = planned(clumsy, SAY_TOKEN, repeats=200)

    async def stopped() -> None:
        with KeptTrials(tmp_path, "t") as kept:
            going = asyncio.create_task(run_all(plan.attempts, (), lab(clumsy), kept, concurrency=2))
            await asyncio.sleep(0.08)
            going.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(going, 5)

    asyncio.run(stopped())
    assert clumsy.asked <= 6


def test_a_detector_that_crashes_again_and_again_is_no_target_that_is_gone(tmp_path: Path) -> None:
    case = msgspec.structs.replace(SAY_TOKEN, detect=(Crashing(),))
    ended = run(Parrot(), tmp_path, case, repeats=30)
    assert {one.outcome for one in ended.trials} == {"error"}
    assert (len(ended.trials), ended.untried, ended.is_gone) == (30, 0, False)


def test_a_detector_that_hangs_is_an_error() -> None:
    case = msgspec.structs.replace(SAY_TOKEN, detect=(Hanging(),))
    trial = asyncio.run(try_once(attempt(case), lab(Parrot(), longest=0.1)))
    assert trial.outcome == "error"
    assert trial.why.startswith("the detector broke")


def test_half_a_surrogate_pair_in_an_answer_can_be_stored_and_judged(tmp_path: Path) -> None:
    calls = (ToolCall(name="send\udc00", arguments={"to\ud800": ["\ud800x", {"\udfff": 1}]}),)
    ended = run(Clumsy(says="\ud800 half \U0001f600 whole", calls=calls), tmp_path)
    assert [one.outcome for one in ended.trials] == ["miss", "miss"]
    with KeptTrials(tmp_path, lab(Parrot()).digest) as kept:
        seen = kept.trial(ended.trials[0].key)
    assert seen is not None
    assert seen.transcript is not None
    assert seen.transcript.turns[0].text == "� half \U0001f600 whole"


def test_arguments_nested_too_deeply_to_be_stored_are_an_error(tmp_path: Path) -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    ended = run(Clumsy(calls=(ToolCall(name="x", arguments={"a": deep}),)), tmp_path)
    assert {one.outcome for one in ended.trials} == {"error"}
    assert "nested" in ended.trials[0].why


def test_a_disk_that_is_full_ends_the_test_with_a_message(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2500, before[1]))
    try:
        with pytest.raises(InputError, match="cannot be written"):
            run(Parrot(), tmp_path, repeats=20, at_once=4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    again = Parrot()
    ended = run(again, tmp_path, repeats=20)
    assert (len(ended.trials), ended.untried) == (20, 0)
    assert again.asked < 20


def test_a_store_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chat").write_text("not a folder")
    with pytest.raises(InputError, match="cannot be written"), KeptTrials(tmp_path, "t"):
        pass


def test_two_tests_on_one_store_lose_nothing(tmp_path: Path) -> None:
    one, two, third = Parrot(), Parrot(), Parrot()
    plan = planned(one, SAY_TOKEN, TELL_SECRET, repeats=20)

    async def both() -> None:
        with KeptTrials(tmp_path, "t") as first, KeptTrials(tmp_path, "t") as second:
            await asyncio.gather(
                run_all(plan.attempts, (), lab(one), first, concurrency=3),
                run_all(plan.attempts, (), lab(two), second, concurrency=3),
            )

    asyncio.run(both())
    with KeptTrials(tmp_path, "t") as kept:
        ended = asyncio.run(run_all(plan.attempts, (), lab(third), kept))
    assert (third.asked, len(ended.trials)) == (0, len(plan.attempts))


def test_lines_of_another_release_or_of_nobody_are_tried_again(tmp_path: Path) -> None:
    parrot, again = Parrot(), Parrot()
    run(parrot, tmp_path)
    (file,) = tmp_path.rglob("*.jsonl")
    lines = file.read_bytes().splitlines()
    old = lines[0].replace(b'"outcome":"hit"', b'"outcome":"won"')
    strange = [b"T\xff\xfe", b"T" + b"[" * 100_000, b'T{"key":"\xff"}', b"X{}", b"", b"T", b"\x00" * 50]
    file.write_bytes(b"\n".join([old, *strange, *lines[1:]]) + b"\n")
    ended = run(again, tmp_path)
    assert (again.asked, len(ended.trials)) == (1, 2)


def test_what_was_said_in_misses_is_not_held_in_memory(tmp_path: Path) -> None:
    ended = run(Parrot(sound=True), tmp_path)
    assert [one.transcript for one in ended.trials] == [None, None]


class Chatter(Clumsy):
    """Says the word at once; the case wants more than that."""

    async def world(self, setting: Setting) -> World:
        self.says = setting.token
        return _ClumsyWorld(self)


@pytest.mark.parametrize("second", [Pattern(of="never said"), Rendering(what="executes")])
def test_a_search_does_not_stop_before_all_that_is_required_was_reached(second: Any) -> None:
    case = msgspec.structs.replace(SAY_TOKEN, detect=(Canary(of="token"), second), require="all")
    chatter = Chatter()
    trial = asyncio.run(try_once(attempt(case, WordingSearch()), lab(chatter)))
    assert trial.outcome in ("miss", "unscored")
    assert chatter.asked == 60
