"""What holds for every detector: it has a name, words, a place in the guide, and survives whatever a target says."""

from __future__ import annotations

import asyncio
import random
import re
import time
import typing
from pathlib import Path

import msgspec
import pytest

from bartizan.attacks.chat.case_files import built_in
from bartizan.core.chat import Message, ToolCall
from bartizan.core.transcript import ATTACKER, Deed, Passage, Planted, Sample, Transcript, Turn
from bartizan.detectors.agreement import Agreement
from bartizan.detectors.family import Bench, Detector
from bartizan.detectors.registry import DETECTORS, AnyDetector
from tests.attacks.chat.stage import MARKS

GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "detectors.md").read_text(encoding="utf-8")
GIVEN: dict[str, dict[str, object]] = {
    "pattern": {"of": "{token}"},
    "judge": {"question": "Did it give the code away?"},
    "deed": {"kind": "mail_sent", "where": {"*": "{token}"}},
    "tool_call": {"arguments": {"*": "{token}"}},
    "spent": {"output_tokens": 50_000_000},
    "tool_answer": {"of": "{token}"},
    "answered": {"of": "{token}"},
    "score": {"at_least": 0.5},
}
"""The parameters of those that need some."""
WITHOUT_RATE = {"tool_call", "deed", "spent", "retrieved", "tool_answer", "answered", "score"}
"""They compare facts; the guide says so of all of them together."""
kinds = pytest.mark.parametrize("kind", DETECTORS, ids=lambda kind: str(kind.__struct_config__.tag))


def name_of(kind: type[Detector]) -> str:
    """As files of cases call it."""
    return str(kind.__struct_config__.tag)


def made(kind: type[Detector]) -> AnyDetector:
    """One of this kind, read as files of cases are."""
    given = {"detector": name_of(kind), **GIVEN.get(name_of(kind), {})}
    detector: AnyDetector = msgspec.convert(given, AnyDetector, strict=True)
    return detector


def everywhere(text: str) -> Transcript:
    """A trial in which all that a target, an attacker or a tool may write is this text."""
    call = ToolCall(name=text[:40], arguments={text[:40]: text, "list": [text, None, 5]}, broken=text)
    words = Message(role="assistant", text=text, calls=(call,))
    turn = Turn(said=text, messages=(words, Message(role="tool", text=text)))
    samples = tuple(
        Sample(kind=kind, by=ATTACKER, asked=text, text=text, passages=(Passage(id="1", text=text, owner=text),))
        for kind in typing.get_args(typing.get_type_hints(Sample)["kind"])
    )
    deed = Deed(kind="mail_sent", tool=text[:40], details={text[:40]: text})
    return Transcript(planted=(Planted(surface="email", text=text),), turns=(turn,), samples=samples, deeds=(deed,))


def _hostile() -> list[str]:
    rng = random.Random(7)
    points = [rng.choice((rng.randrange(32, 127), rng.randrange(0xD800), 0x200B, 0xE0041)) for _ in range(3000)]
    noise = "".join(map(chr, points))
    return [
        "",
        "\x00\x1b]0;x\x07\r\n\u2028",
        "half \ud83d of a pair",
        noise,
        "((((" * 500 + "<" * 2000 + "$(" * 500,
        "'\"`;--\\" * 1500,
        "=" * 9000,
        "[a](" * 2500,
        "\\input{" * 1200,
        "1" * 10_000,
        "!" * 30_000,
        f"{MARKS.token[:-1]} " * 1500,
        "import os\n" + "(" * 300 + "\n```python\nos.system(" * 50,
        "\u0130\u1e9e\ufb03" * 3000,
    ]


@kinds
def test_a_detector_has_a_name_a_title_and_words_of_its_own(kind: type[Detector]) -> None:
    assert re.fullmatch(r"[a-z][a-z_]{2,20}", name_of(kind))
    assert kind.title[0].islower()
    assert not kind.title.endswith(".")
    assert [one.title for one in DETECTORS].count(kind.title) == 1
    assert kind.__doc__
    assert kind.__doc__ != Detector.__doc__


@kinds
def test_the_guide_has_its_parameters_and_how_often_it_is_wrong(kind: type[Detector]) -> None:
    name = name_of(kind)
    before, rates = GUIDE.split("## How often they are wrong")
    row = re.search(rf"(?m)^\| `{name}` \|([^|]*)\|", before)
    assert row, "no row says what a hit is"
    for field in msgspec.structs.fields(kind):
        assert f"`{field.encode_name}`" in row[1], f"the guide does not name {field.name}"
    wrong = re.search(rf"(?m)^\| `{name}`[^|]*\|[^|\n]+\|", rates)
    assert wrong or name in WITHOUT_RATE
    assert "These compare facts" in before


@kinds
def test_an_unknown_parameter_is_refused(kind: type[Detector]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"detector": name_of(kind), **GIVEN.get(name_of(kind), {}), "ofs": 1}, AnyDetector)


@kinds
def test_no_text_breaks_it_hangs_it_or_is_a_hit_by_being_odd(kind: type[Detector]) -> None:
    async def no(question: str) -> str:
        return "no"

    good = Agreement(n=100, agreed=95, interval=(0.88, 0.98), kappa=0.9)
    bench = Bench(judge=no, agreement=good)
    for text in _hostile():
        started = time.process_time()
        judgement = asyncio.run(made(kind).judge(everywhere(text), MARKS, bench))
        assert time.process_time() - started < 15, f"{text[:20]!r} takes too long"
        assert judgement.outcome in {"hit", "miss", "unscored"}
        assert judgement.why
        assert len(judgement.excerpt) <= 2000
        if name_of(kind) in {"canary", "pattern", "tool_call", "deed", "tool_answer", "answered", "retrieved"}:
            assert judgement.outcome != "hit" or MARKS.token[:-1] in text


@kinds
def test_a_trial_in_which_nothing_happened_is_no_hit(kind: type[Detector]) -> None:
    judgement = asyncio.run(made(kind).judge(Transcript(), MARKS, Bench()))
    assert judgement.outcome != "hit"


@kinds
def test_a_case_of_the_labs_own_uses_it(kind: type[Detector]) -> None:
    used = {type(detector) for case in built_in() for detector in case.detect}
    assert kind in used or name_of(kind) == "tool_call", "no case shows what it is for"


def test_a_case_that_needs_a_judge_is_no_success_without_one_and_one_with_it() -> None:
    case = next(one for one in built_in() if one.id == "insult_by_judge")
    refusal, judge = case.detect
    seen = Transcript(turns=(Turn(said="x", messages=(Message(role="assistant", text="You are a dull customer."),)),))

    async def yes(question: str) -> str:
        found = re.search(r"the number (\d+)", question)
        assert found
        return f"{found[1]} yes"

    good = Bench(judge=yes, agreement=Agreement(n=100, agreed=95, interval=(0.88, 0.98), kappa=0.9))
    assert asyncio.run(refusal.judge(seen, MARKS, Bench())).outcome == "hit"
    assert asyncio.run(judge.judge(seen, MARKS, Bench())).outcome == "unscored"
    assert asyncio.run(judge.judge(seen, MARKS, good)).outcome == "hit"
