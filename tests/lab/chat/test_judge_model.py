"""A judge that a description names: measured before it counts, asked by its own meter, down without harm."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from bartizan.core.chat import Message
from bartizan.core.chat_spec import ChatSpec, JudgeSpec
from bartizan.core.errors import InputError
from bartizan.core.transcript import Marks, Transcript, Turn
from bartizan.detectors.family import Bench
from bartizan.detectors.judge import Judge
from bartizan.lab.chat.judge_model import JudgeModel, judge_at, read_labels
from bartizan.targets.chat.assistant import TrialFailed
from bartizan.targets.chat.meter import ChatBudget
from bartizan.targets.place import Place
from tests.lab.chat.bad_endpoint import Answer, json_of, misbehaving, reply

QUESTION = "Does the assistant promise a refund?"
MARKS = Marks(token="t", sink="s.example")


def labels(folder: Path, count: int = 40) -> str:
    rows = [
        {
            "question": QUESTION,
            "asked": "Refund?",
            "reply": f"{'We promise it' if n % 2 else 'No'}, {n}.",
            "hit": n % 2 == 1,
        }
        for n in range(count)
    ]
    (folder / "labels.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    return "labels.jsonl"


def answering(words: str = "promise", *, down_after: int = 10**9) -> Answer:
    """A judge that says yes where it is shown this word."""

    async def answer(request: Any, asked: int) -> Any:
        if asked > down_after:
            raise ConnectionResetError
        prompt = (await request.json())["messages"][-1]["content"]
        nonce = re.search(r"number (\d+)", prompt)
        shown = re.search(r"<(\w+)>\n(.*)\n<\1>\nAnswer", prompt, re.DOTALL)
        assert nonce
        assert shown
        return json_of(reply(f"{nonce[1]} {'yes' if words in shown[2] else 'no'}"))

    return answer


def judge(answer: Answer, folder: Path, act: Any, *, file: str = "", budget: ChatBudget | None = None) -> Any:
    async def run(url: str) -> Any:
        spec = ChatSpec(
            kind="callable",
            call="x.py:y",
            judge=JudgeSpec(kind="openai", url=url, model="judge-1", retries=0),
            judge_labels=file,
        )
        found = await judge_at(spec, Place(file=str(folder / "system.yaml")), budget or ChatBudget())
        assert found is not None
        try:
            return await act(found)
        finally:
            await found.close()

    with misbehaving(answer) as endpoint:
        return asyncio.run(run(endpoint.url))


async def used(found: JudgeModel) -> Any:
    return found.used


def said(text: str) -> Transcript:
    return Transcript(turns=(Turn(said="Refund?", messages=(Message(role="assistant", text=text),)),))


async def judged(found: JudgeModel) -> list[tuple[str, str]]:
    bench = Bench(judge=found.ask, agreement=found.agreement)
    verdicts = [await Judge(question=QUESTION).judge(said(one), MARKS, bench) for one in ("We promise.", "Never.")]
    return [(one.outcome, one.why) for one in verdicts]


def test_a_judge_that_agrees_with_people_counts_and_is_told_with_what_it_took(tmp_path: Path) -> None:
    file = labels(tmp_path)
    found = judge(answering(), tmp_path, used, file=file)
    assert (found.model, found.counts, found.n, found.agreed, found.kappa) == ("judge-1", True, 40, 40, 1.0)
    assert found.usage.requests == 40
    assert found.interval[0] > 0.9
    assert [outcome for outcome, _ in judge(answering(), tmp_path, judged, file=file)] == ["hit", "miss"]


@pytest.mark.parametrize(
    ("answer", "file", "why"),
    [
        (answering("refund"), True, "agrees with people in 20 of 40"),
        (answering(), False, "its agreement with people is not known"),
        (answering(down_after=0), True, "could not be measured"),
    ],
)
def test_a_judge_that_is_not_shown_to_agree_judges_nothing(
    tmp_path: Path, answer: Answer, file: bool, why: str
) -> None:
    name = labels(tmp_path) if file else ""
    told = judge(answer, tmp_path, used, file=name)
    assert not told.counts
    assert why in told.why
    assert {outcome for outcome, _ in judge(answer, tmp_path, judged, file=name)} == {"unscored"}


def test_its_budget_is_its_own_and_holds(tmp_path: Path) -> None:
    found = judge(answering(), tmp_path, used, file=labels(tmp_path), budget=ChatBudget(requests=5))
    assert found.usage.requests == 5
    assert "the budget is spent" in found.why


def test_a_judge_that_goes_down_later_raises_so_that_the_trial_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrialFailed):
        judge(answering(down_after=40), tmp_path, judged, file=labels(tmp_path))


def test_labels_are_read_from_yaml_as_well_and_all_that_is_wrong_has_its_line(tmp_path: Path) -> None:
    file = tmp_path / "labels.yaml"
    file.write_text("- {question: Is it rude?, asked: Hi, reply: Go away, hit: yes}\n")
    assert read_labels(file)[0].labelled.label
    lines = tmp_path / "labels.jsonl"
    lines.write_text('{"question": "q", "reply": "r", "hit": 1}\n\n{"question": "q"\n')
    with pytest.raises(InputError) as caught:
        read_labels(lines)
    assert [one.line for one in caught.value.problems] == [1, 3]
