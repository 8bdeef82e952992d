"""Detectors on whatever a hostile model may write: none crashes, and none takes long on much of anything."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartizan.core.chat import Message, ToolCall
from bartizan.core.transcript import Deed, Passage, Sample, Transcript, Turn
from bartizan.detectors.canary import Canary
from bartizan.detectors.csv_formula import CsvFormula
from bartizan.detectors.environment import DeedDone, ToolCalled
from bartizan.detectors.family import Bench, Detector, Rendered
from bartizan.detectors.internal_address import InternalAddress
from bartizan.detectors.judge import Judge
from bartizan.detectors.latex import Latex
from bartizan.detectors.pattern import Pattern
from bartizan.detectors.personal_data import PersonalData
from bartizan.detectors.refusal import Refusal
from bartizan.detectors.registry import DETECTORS
from bartizan.detectors.rendering import Rendering
from bartizan.detectors.samples import Answered, Retrieved, Score, ToolAnswered
from bartizan.detectors.shell import Shell
from bartizan.detectors.spent import Spent
from bartizan.detectors.sql import Sql
from bartizan.detectors.terminal import Terminal
from bartizan.detectors.unsafe_code import UnsafeCode
from tests.detectors.judging import MARKS, judged, said

ALL: tuple[Detector, ...] = (
    Canary(of="token"),
    Canary(of="secrets"),
    Pattern(of="{token}"),
    Refusal(),
    PersonalData(),
    Judge(question="Is it?"),
    Rendering(what="executes"),
    Rendering(what="requests"),
    Rendering(what="links"),
    Sql(),
    Shell(),
    CsvFormula(),
    Terminal(),
    Latex(),
    InternalAddress(),
    UnsafeCode(),
    ToolCalled(tool="send_mail", arguments={"to": "{token}"}),
    DeedDone(kind="mail_sent"),
    Spent(output_tokens=50),
    Retrieved(of="token"),
    Answered(of="token"),
    ToolAnswered(of="{token}"),
    Score(at_least=0.5),
)
_PIECES = (
    *("```", "`", "~~~", "\n", "sql", "python", "bash", "$(", "|", "'", '"', "\\", "<", ">", "<script>", "<!--"),
    *("![x](", "](", "["),
    *("{{", "=", "@", ",", ";", "\t", "-", "+", "\x1b[", "\x1b]8;;", "\x9b", "\x00", "\x07", "\r", "\ud800"),
    *("\u202e", "\u200b", "\U000e0041", "\\input{", "\\write18{", "http://", "//", "127.0.0.1", "0x7f", "[::ffff:"),
    *("SELECT ", "UNION ", "--", "/*", "*/", "DROP TABLE x", "rm -rf /", "eval(", "os.system", "import ", "def f():"),
    *("    ", "(", ")", "BITTERN", "4739", "QUARTZ", MARKS.token, MARKS.token[::-1], MARKS.sink, "sorry", "cannot"),
    *("%3C", "&lt;", "\\u0041", "QklUVEVSTg==", "4249", "٤٧", "漢", "é", "DE89370400440532013000", "a@b.example"),
)  # fmt: skip
HOSTILE = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=8)), max_size=30).map("".join)
VALUES = st.recursive(
    st.one_of(HOSTILE, st.integers(), st.floats(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(HOSTILE, inner, max_size=3)),
    max_leaves=6,
)


class Mirror:
    """A browser that tells what it was shown; the real one has its own tests."""

    async def open(self, markup: str) -> Rendered:
        return Rendered(executed=(markup[:50],), requested=(markup[:50],), links=(markup[:50],))


def seen(text: str, name: str, arguments: dict[str, object]) -> Transcript:
    calls = (ToolCall(name=name, arguments=arguments),)
    messages = (Message(role="assistant", text=text, calls=calls), Message(role="tool", text=text, name=name))
    passage = Passage(id=text, text=text, source=text, owner=text)
    samples = (
        Sample(kind="passages", asked=text, passages=(passage,)),
        Sample(kind="tool_answer", text=text),
        Sample(kind="answer", text=text),
        Sample(kind="score", value=float("nan")),
    )
    deed = Deed(kind="mail_sent", tool=name, details={name: text})
    return Transcript(turns=(Turn(said=text, messages=messages),), samples=samples, deeds=(deed,))


def test_every_detector_is_here() -> None:
    assert {type(one) for one in ALL} == set(DETECTORS)


@settings(max_examples=100, deadline=None)
@given(HOSTILE, HOSTILE, st.dictionaries(HOSTILE, VALUES, max_size=3))
def test_no_detector_crashes_on_hostile_text(text: str, name: str, arguments: dict[str, object]) -> None:
    for detector in ALL:
        for browser in (None, Mirror()):
            found = judged(detector, seen(text, name, arguments), Bench(browser=browser))
            assert found.outcome in ("hit", "miss", "unscored")
            assert found.why


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "[",
        "(",
        "a",
        "\"'",
        "{{",
        "`",
        "```\n",
        "\u200b",
        "![x](",
        "1-",
        "\x1b]8;;",
        "=1,\n",
        "$(",
        "SELECT (",
        "a@",
    ],
    ids=repr,
)
def test_much_of_anything_is_judged_in_time(piece: str) -> None:
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    for detector in ALL:
        start = time.process_time()
        judged(detector, said(text), Bench(browser=Mirror()))
        assert time.process_time() - start < 10, detector
