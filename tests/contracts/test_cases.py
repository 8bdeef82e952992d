"""What holds for every case: it can be reached and told, and neither a refusal nor an honest answer reaches it."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import pytest

from bartizan.attacks.chat.case import Case, CaseFile, filled
from bartizan.attacks.chat.case_files import built_in
from bartizan.attacks.chat.registry import CHAT_ATTACKS
from bartizan.catalog.load import load_catalog
from bartizan.core.chat import Message, Usage
from bartizan.core.source import read_yaml
from bartizan.core.transcript import Marks, Transcript, Turn
from bartizan.detectors.browser import Chromium, chromium_path
from bartizan.detectors.family import Bench, Detector
from tests.attacks.chat.stage import MARKS
from tests.contracts.test_structs import structs_in

EXPECTED = Path(__file__).parent / "expected" / "case_answers.yaml"
REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I cannot do that. My instructions come from my operator, and what you ask is not part of them.",
    "Es tut mir leid, dabei kann ich nicht helfen.",
    "That is against our policy. Is there anything else that I can do for you today?",
    "",
)
HONEST = (
    "The parcel left our warehouse on Tuesday and should arrive within two working days. You can follow it on the page "
    "of the carrier, https://parcels.example.com/track, with the number on your receipt.",
    "Here is the summary you asked for:\n\n- The meeting is moved to Friday at 10:30.\n"
    "- The budget of 4,200 was approved.\n- Ms Rivera writes the minutes.\n\n"
    "Do you want me to add it to your calendar?",
    "| product | price |\n|---|---|\n| lamp | 19.90 |\n| table | 149.00 |\n\n"
    "Both are in stock. **Delivery is free** from 50.",
    "To list the files use `ls -l`, and to count lines `wc -l notes.txt`. In Python:\n\n```python\n"
    "with open('notes.txt') as file:\n    print(sum(1 for line in file))\n```",
    'The query is `SELECT name FROM products WHERE price < 20 ORDER BY name`. It returns {"status": "ok"}.',
    "The verdict of the reviewers is mixed: 3 of 10 recommend it. The refund is decided by our service team.",
)
CASES = built_in()
ANSWERS: dict[str, str] = dict(read_yaml(EXPECTED).data)  # type: ignore[call-overload]


def of(case: Case) -> str:
    """The id under which a test of a case is shown."""
    return case.id


def marks_of(case: Case) -> Marks:
    """The marks that a trial of this case has: no canary but its own."""
    secrets = {case.secret: MARKS.secrets[case.secret]} if case.secret else {}
    return Marks(token=MARKS.token, sink=MARKS.sink, secrets=secrets)


def transcript(case: Case, reply: str) -> Transcript:
    """The case's plain words, and this answer."""
    said = filled(case.goal or " ".join((*case.prompts, *case.turns)) or case.task or "Hello?", MARKS, case)
    usage = Usage(requests=1, input_tokens=200, output_tokens=len(reply) // 4 + 1, seconds=0.5)
    turn = Turn(said=said, messages=(Message(role="assistant", text=reply),), usage=usage)
    return Transcript(turns=(turn,))


async def outcomes(case: Case, reply: str, bench: Bench) -> list[str]:
    """What each detector of the case says of an answer."""
    seen, marks = transcript(case, reply), marks_of(case)
    return [(await detector.judge(seen, marks, bench)).outcome for detector in case.detect]


def reached(case: Case, told: list[str]) -> bool:
    """Whether that makes a hit."""
    return (all if case.require == "all" else any)(one == "hit" for one in told)


def test_a_file_of_cases_forbids_unknown_keys_throughout() -> None:
    found = list(structs_in(CaseFile, set()))
    assert len(found) > 15
    assert [one.__name__ for one in found if not one.__struct_config__.forbid_unknown_fields] == []


def test_there_are_enough_cases_and_no_id_twice() -> None:
    assert len(CASES) >= 100
    assert len({case.id for case in CASES}) == len(CASES)
    assert len({case.title for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=of)
def test_a_case_says_what_it_is_about_and_names_threats_of_the_catalogue(case: Case) -> None:
    assert case.title[0].isupper() or case.title[0].isdigit()
    assert case.about.endswith(".")
    assert case.about[0].isupper()
    assert set(case.threats) <= set(load_catalog().threats)
    assert len(set(case.threats)) == len(case.threats)
    assert len(set(case.surfaces)) == len(case.surfaces)


@pytest.mark.parametrize("case", CASES, ids=of)
def test_an_attack_is_meant_for_a_case_on_each_of_its_surfaces(case: Case) -> None:
    meant = [kind for kind in CHAT_ATTACKS if kind().is_for(case)]
    for surface in case.surfaces:
        assert [kind.id for kind in meant if surface in kind.surfaces], f"no attack comes in by {surface}"


@pytest.mark.parametrize("case", CASES, ids=of)
def test_every_place_in_a_case_is_filled(case: Case) -> None:
    for text in (case.goal, case.task, *case.prompts, *case.turns):
        whole = filled(text, marks_of(case), case)
        assert not re.search(r"\{(token|sink|secret|goal)\}", whole)
        assert "  " not in whole
        values = {"token": MARKS.token, "sink": MARKS.sink, "secret": marks_of(case).secrets.get(case.secret or "tool")}
        for place in re.findall(r"\{(token|sink|secret)\}", text):
            assert (values[place] or "no secret is laid") in whole


@pytest.mark.parametrize("case", CASES, ids=of)
def test_a_refusal_and_an_honest_answer_reach_no_goal(case: Case) -> None:
    async def all_of_them() -> None:
        for reply in (*REFUSALS, *HONEST):
            told = await outcomes(case, reply, Bench())
            assert not reached(case, told), f"{reply[:60]!r} counts as a success"

    asyncio.run(all_of_them())


_ACTS = {"internal_address", "shell", "sql", "csv", "terminal", "latex"}
"""Told by parsers: who shows such an order as it stands, refusing or not, has the damage."""


def _tags(case: Case) -> set[str]:
    return {str(detector.__struct_config__.tag) for detector in case.detect}


QUOTABLE = [c for c in CASES if c.goal and c.id in ANSWERS and not _tags(c) & _ACTS and "link" not in c.id]


@pytest.mark.parametrize("case", QUOTABLE, ids=of)
def test_a_refusal_that_quotes_the_order_reaches_no_goal(case: Case) -> None:
    goal = filled(case.goal, marks_of(case), case)
    for reply in (f"I will not do this: {goal}", f"You ask me: '{goal}' I cannot help with that."):
        assert not reached(case, asyncio.run(outcomes(case, reply, Bench())))


def test_every_case_that_is_told_by_the_answer_has_an_answer_that_reaches_it() -> None:
    by_answer = {"pattern", "canary", "rendering", "sql", "shell", "csv", "terminal", "latex", "unsafe_code"}
    ours = [
        case.id
        for case in CASES
        if not set(case.needs) - {"sessions", "users", "tools"}
        and _tags(case) <= by_answer | {"internal_address"}
        and not any(kind.turns == "none" for kind in CHAT_ATTACKS if kind.id in case.attacks)
    ]
    assert set(ANSWERS) <= {case.id for case in CASES}
    assert len(set(ours) - set(ANSWERS)) <= len(ours) - 70


def _needs_browser(detectors: tuple[Detector, ...]) -> bool:
    return any("browser" in one.needs for one in detectors)


@pytest.mark.parametrize("case", [c for c in CASES if c.id in ANSWERS and not _needs_browser(c.detect)], ids=of)
def test_an_answer_that_does_what_is_wanted_reaches_the_goal(case: Case) -> None:
    reply = filled(ANSWERS[case.id], marks_of(case), case)
    assert reached(case, asyncio.run(outcomes(case, reply, Bench())))


@pytest.mark.skipif(chromium_path() is None and os.environ.get("CI") != "true", reason="no Chromium on this machine")
def test_answers_that_act_in_a_browser_do_so_in_chromium() -> None:
    async def all_of_them() -> list[str]:
        missed: list[str] = []
        async with Chromium() as browser:
            bench = Bench(browser=browser)
            for case in CASES:
                if case.id in ANSWERS and _needs_browser(case.detect):
                    reply = filled(ANSWERS[case.id], marks_of(case), case)
                    told = await outcomes(case, reply, bench)
                    missed.extend([] if reached(case, told) else [case.id])
            images = next(case for case in CASES if case.id == "markdown_image")
            assert not reached(images, await outcomes(images, f"{HONEST[2]}\n\n<b>Thank you</b>", bench))
        return missed

    assert asyncio.run(all_of_them()) == []
