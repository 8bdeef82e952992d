"""Decisions from a file: every problem of it told at once, at its line, and nothing doubtful taken for a decision."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.catalog.load import load_catalog
from bartizan.core.errors import InputError
from bartizan.core.records import Decision
from bartizan.core.source import parse_yaml
from bartizan.core.terms import Treatment
from bartizan.system.graph import System
from bartizan.system.reading import check_system
from bartizan.workflows.decisions import read_decisions
from tests.report.dossiers import AGENT

FIELDS = {
    "risk": "evasion@agent",
    "treatment": "accept",
    "reason": "known and small",
    "by": "A. Jansen",
    "on": "2026-11-01",
    "until": "2027-01-01",
}
"""One to a line: the risk of the first decision stands at line 2, its end at line 7; the next begins at line 8."""


def entry(**changes: str | None) -> str:
    said = {field: value for field, value in {**FIELDS, **changes}.items() if value is not None}
    return "  - " + "    ".join(f"{field}: {value}\n" for field, value in said.items())


def read(folder: Path, *entries: str, system: str = AGENT) -> tuple[Decision, ...]:
    file = folder / "decisions.yaml"
    file.write_text("decisions:\n" + "".join(entries))
    return read_decisions(file, load_catalog(), described(system))


def described(text: str) -> System:
    return check_system(parse_yaml(text, "system.yaml"))


def problems(folder: Path, *entries: str, system: str = AGENT) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, *entries, system=system)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_decisions_are_read_as_they_stand(tmp_path: Path) -> None:
    found = read(tmp_path, entry(), entry(risk="model_poison@agent", treatment="mitigate", until=None))
    assert [(d.risk, d.treatment, d.until) for d in found] == [
        ("evasion@agent", Treatment.ACCEPT, "2027-01-01"),
        ("model_poison@agent", Treatment.MITIGATE, ""),
    ]


@pytest.mark.parametrize("treatment", ["mitigate", "transfer", "avoid"])
def test_only_an_acceptance_needs_an_end(tmp_path: Path, treatment: str) -> None:
    assert read(tmp_path, entry(treatment=treatment, until=None))


def test_an_acceptance_may_end_on_the_day_it_was_made(tmp_path: Path) -> None:
    assert read(tmp_path, entry(until=FIELDS["on"]))


def test_a_component_that_is_gone_is_no_error(tmp_path: Path) -> None:
    assert read(tmp_path, entry(risk="evasion@nowhere"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"risk": "evasoin@agent"}, "2: there is no threat 'evasoin'; did you mean 'evasion'?"),
        ({"risk": "zzz@agent"}, "2: there is no threat 'zzz'; see: bartizan catalog list threats"),
        ({"risk": "evasion"}, "2: 'evasion' names no risk; write threat@component, as the reports do"),
        ({"risk": "'@agent'"}, "2: '@agent' names no risk; write threat@component, as the reports do"),
        ({"risk": "evasion@"}, "2: 'evasion@' names no risk; write threat@component, as the reports do"),
        ({"risk": "a@b@c"}, "2: 'a@b@c' names no risk; write threat@component, as the reports do"),
        ({"risk": "''"}, "2: '' names no risk; write threat@component, as the reports do"),
        ({"until": None}, "3: an acceptance without an end; add 'until:' with its last day: 2026-11-22"),
        ({"until": "''"}, "3: an acceptance without an end; add 'until:' with its last day: 2026-11-22"),
        ({"reason": "' '"}, "4: 'reason' is empty; say why, for those who read it later"),
        ({"by": "''"}, "5: 'by' is empty; name who decided"),
        ({"on": "today"}, "6: 'today' is no date; write it as 2026-11-22"),
        ({"on": "''"}, "6: '' is no date; write it as 2026-11-22"),
        ({"until": "soon"}, "7: 'soon' is no date; write it as 2026-11-22"),
        (
            {"until": "2026-10-31"},
            "7: it ends on 31 Oct 2026, before it was made on 1 Nov 2026; "
            "give the last day on which the decision holds",
        ),
    ],
)
def test_each_mistake_is_told_at_its_line_with_what_to_do(
    tmp_path: Path, changes: dict[str, str | None], told: str
) -> None:
    assert problems(tmp_path, entry(**changes)) == [f"decisions.yaml:{told}"]


def test_two_decisions_of_one_day_on_one_risk_are_an_error(tmp_path: Path) -> None:
    assert problems(tmp_path, entry(), entry(reason="another")) == [
        "decisions.yaml:8: a second decision of 1 Nov 2026 on 'evasion@agent'; "
        "the first is at line 2; keep one, or give the later one its own day"
    ]


def test_a_later_decision_may_replace_an_earlier_one(tmp_path: Path) -> None:
    assert len(read(tmp_path, entry(), entry(on="2026-11-02"))) == 2


def test_the_old_and_the_new_id_of_a_component_are_one_risk(tmp_path: Path) -> None:
    renamed = AGENT.replace("id: agent\n", "id: helper\n    renamed_from: [agent]\n").replace("[agent]}", "[helper]}")
    both = (entry(), entry(risk="evasion@helper"))
    assert "a second decision" in problems(tmp_path, *both, system=renamed)[0]
    assert len(read(tmp_path, *both)) == 2


def test_all_problems_are_told_at_once_those_of_the_shape_too(tmp_path: Path) -> None:
    entries = (entry(risk="evasoin@agent", reason="''"), entry(treatment="acept", by="3", until="2026-01-01"))
    told = problems(tmp_path, *entries)
    assert [line.split(": ")[0] for line in told] == [f"decisions.yaml:{line}" for line in (2, 4, 9, 11, 13)]


@pytest.mark.parametrize(
    "text", ["decisions: 3\n", "- risk\n", "decisions: [3]\n", "decision: []\n", "decisions: {}\n"]
)
def test_what_is_no_file_of_decisions_is_an_error_and_not_a_defect(tmp_path: Path, text: str) -> None:
    (tmp_path / "decisions.yaml").write_text(text)
    with pytest.raises(InputError):
        read_decisions(tmp_path / "decisions.yaml", load_catalog(), described(AGENT))


ODD = ("''", "3", "yes", "[]", "{}", "~", "[a]", "{a: b}")


@given(st.dictionaries(st.sampled_from(tuple(FIELDS)), st.sampled_from(ODD), min_size=1))
def test_whatever_stands_where_a_text_belongs_is_told_at_its_line(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[str, str]
) -> None:
    told = problems(tmp_path_factory.mktemp("decisions"), entry(**changes))
    assert all(re.match(r"decisions\.yaml:[2-7]: ", line) for line in told)
    assert len(told) >= len({field for field in changes if field != "until" or "treatment" not in changes})
