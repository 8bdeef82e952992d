"""What bad descriptions get: all problems at once, each one line with place, finding and fix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.errors import InputError, Problem
from bartizan.core.source import Document, parse_yaml
from bartizan.core.terms import ComponentId
from bartizan.system.description import Model
from bartizan.system.graph import System
from bartizan.system.reading import check_system, problems_of, read_system
from tests.strategies import Plain, as_system, descriptions, problems_if_any, systems

_START = "name: x\ncomponents:\n"


def found(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        check_system(parse_yaml(text, "s"))
    return [str(problem) for problem in caught.value.problems]


def one(text: str) -> str:
    problems = found(text)
    assert len(problems) == 1, problems
    return problems[0]


@given(descriptions())
def test_every_description_that_is_drawn_is_valid(data: Plain) -> None:
    system = as_system(data)
    assert {c["id"] for c in data["components"]} <= set(system.components)


@given(systems())
def test_a_system_that_was_read_has_no_problems(system: System) -> None:
    assert problems_of(system.described) == ()


def test_a_description_of_a_few_lines_is_enough(write: Any) -> None:
    system = read_system(write("name: x\ncomponents: [{id: m, kind: model}]\n"))
    assert isinstance(system.components[ComponentId("m")], Model)


# shape


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nmae: x\nname: x\ncomponents: [{id: m, kind: model}]", "s:1: unknown key 'nmae'; did you mean 'name'?"),
        ("name: 5\ncomponents: [{id: m, kind: model}]", "s:1: expected text, found '5'; put it in quotes"),
        ("name: ' '\ncomponents: [{id: m, kind: model}]", "s:1: the name is empty; say what people call the system"),
        ("name: x", "s:1: 'components' is missing; add 'components:'"),
        ("name: x\ncomponents:", "s:2: expected a list, found nothing; put it in [ ]"),
        ("name: x\ncomponents: []", "s:2: no components; describe at least one, such as a model or a data store"),
        ("name: x\ncomponents: [m]", "s:2: expected keys with values, found 'm'"),
        ("[a]", "s:1: expected keys with values, found a list"),
        (f"{_START}- id: m\n  kind: modle\n", "s:4: unknown kind 'modle'; did you mean 'model'?"),
        (f"{_START}- id: m\n  kind: model\n  trained_bye: us\n", "s:5: unknown key 'trained_bye'; did you mean"),
        (f"{_START}- id: m\n  kind: model\n  reads: docs\n", "s:5: expected a list, found 'docs'; put it in [ ]"),
        (f"{_START}- id: m\n  kind: model\nedition: 2024\n", "s:5: expected '2023' or '2025' or '2026', found '2024'"),
        (f"{_START}- id: m\n  kind: model\nimpact: {{model: 9}}\n", "s:5: there is no level 9; use 1 to 5"),
        (f"schema: 0\n{_START}- id: m\n  kind: model\n", "s:1: there is no schema 0; write schema: 1"),
    ],
)
def test_a_mistake_in_the_shape_is_named_where_it_is(text: str, message: str) -> None:
    assert one(text).startswith(message)


def test_a_newer_schema_is_said_before_all_that_this_program_cannot_know() -> None:
    text = "schema: 2\nname: x\nnovelty: [1]\ncomponents: [{id: m, kind: robot}]\n"
    assert one(text) == (
        "s:1: schema 2 is newer than this program, which reads up to 1; upgrade with: pip install -U bartizan"
    )


# names


@pytest.mark.parametrize("name", ["M", "1m", "a b", "a.b", "a/../b", "é", "a\n", "-a", "a" * 65, "", "a\x1b[2J", "a@b"])
def test_an_id_that_could_not_name_a_risk_is_refused(name: str) -> None:
    data = {"name": "x", "components": [{"id": name, "kind": "model"}]}
    with pytest.raises(InputError) as caught:
        as_system(data)
    (problem,) = caught.value.problems
    assert "is no id" in problem.finding
    assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("name", "stands_for"), [("system", "system as a whole"), ("unknown", "answer that is missing")]
)
def test_a_reserved_word_is_no_id(name: str, stands_for: str) -> None:
    assert stands_for in one(f"{_START}- id: {name}\n  kind: model\n")


def test_an_id_that_is_given_twice_is_refused_at_the_second() -> None:
    assert one(f"{_START}- id: m\n  kind: model\n- id: m\n  kind: tool\n").startswith("s:5: the id 'm' is taken")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {id: a, kind: model, renamed_from: [b]}\n- {id: b, kind: model}\n", "s:3: 'b' is still the id"),
        ("- {id: a, kind: model, renamed_from: [a]}\n", "s:3: 'a' is still the id"),
        (
            "- {id: a, kind: model, renamed_from: [c]}\n- {id: b, kind: model, renamed_from: [c]}\n",
            "s:4: 'c' was renamed to 'a' already",
        ),
    ],
)
def test_a_name_of_the_past_belongs_to_one_component(text: str, message: str) -> None:
    assert one(_START + text).startswith(message)


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        (
            "- id: m\n  kind: model\n  reads: [dokuments]\n- {id: documents, kind: data, role: retrieval}\n",
            5,
            "documents",
        ),
        ("- {id: mailer, kind: tool}\n- id: m\n  kind: model\n  tools: [mailr]\n", 6, "mailer"),
        ("- {id: base, kind: model}\n- id: m\n  kind: model\n  based_on: bse\n", 6, "base"),
        ("- {id: models, kind: model}\nflows:\n- {from: models, to: model}\n", 5, "models"),
        ("- {id: models, kind: model}\ncontrols:\n- control: c\n  status: planned\n  at: [modles]\n", 7, "models"),
        ("- {id: models, kind: model}\nanswers:\n- {at: model, fact: acts, value: yes}\n", 5, "models"),
        ("- {id: models, kind: model}\nprovenance:\n- {component: model, field: type, source: x}\n", 5, "models"),
    ],
)
def test_a_name_that_nothing_has_is_refused_with_the_nearest(text: str, line: int, name: str) -> None:
    message = one(_START + text)
    assert message.startswith(f"s:{line}: there is no component")
    assert message.endswith(f"did you mean '{name}'?")


def test_a_name_of_the_wrong_kind_of_component_is_refused() -> None:
    message = one(f"{_START}- {{id: m, kind: model, reads: [t]}}\n- {{id: t, kind: tool}}\n")
    assert message == "s:3: 't' is of kind tool, expected data; name another component"


def test_unknown_is_an_answer_wherever_a_component_is_named() -> None:
    fields = (
        "reads: unknown, tools: unknown, talks_to: unknown, trained_on: unknown, based_on: unknown, runs_on: unknown"
    )
    check_system(parse_yaml(f"{_START}- {{id: m, kind: model, {fields}}}\n", "s"))


def test_an_answer_about_the_system_as_a_whole_is_one() -> None:
    check_system(parse_yaml(f"{_START}- {{id: m, kind: model}}\nanswers: [{{at: system, fact: x, value: yes}}]", "s"))


# contradictions and circles


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "- id: m\n  kind: model\n  intellectual_property: yes\n  weights_public: yes\n",
            "s:6: the weights are both public",
        ),
        (
            "- id: m\n  kind: model\n  type: heuristic\n  fine_tuned_by: us\n",
            "s:6: a heuristic model is not fine-tuned",
        ),
        (
            "- {id: r, kind: runtime, run_by: us}\n- id: m\n  kind: model\n  runs_on: r\n  run_by: supplier\n",
            "s:7: run by supplier, but 'r' is run by us",
        ),
        ("- id: d\n  kind: data\n  role: test\n  personal: yes\n  sensitive: no\n", "s:7: personal data is sensitive"),
        (
            "- id: d\n  kind: data\n  role: test\n  sensitive: no\n  membership_sensitive: yes\n",
            "s:7: not sensitive, yet sensitive to be listed in",
        ),
        ("- id: t\n  kind: tool\n  effects: [read]\n  irreversible: yes\n", "s:6: a tool that only reads"),
        (
            "- {id: m, kind: model}\nanswers:\n- {at: m, fact: acts, value: yes}\n- {at: m, fact: acts, value: no}\n",
            "s:6: 'acts' at 'm' is answered twice",
        ),
        (
            "- {id: m, kind: model}\nanswers:\n- {at: m, fact: acts, value: often}\n",
            "s:5: 'acts' is a yes or no question",
        ),
        (
            "- {id: m, kind: model}\ncontrols:\n- {control: c, status: planned}\n- {control: c, status: verified}\n",
            "s:6: 'c' is listed twice for the system as a whole",
        ),
        (
            "- {id: m, kind: model}\ncontrols:\n- {control: c, status: planned, at: [m]}\n"
            "- {control: c, status: verified, at: [m]}\n",
            "s:6: 'c' is listed twice for 'm'",
        ),
    ],
)
def test_a_contradiction_is_refused(text: str, message: str) -> None:
    assert one(_START + text).startswith(message)


def test_a_control_may_be_further_at_one_component_than_elsewhere() -> None:
    text = "- {id: m, kind: model}\ncontrols: [{control: c, status: planned}, {control: c, status: verified, at: [m]}]"
    check_system(parse_yaml(_START + text, "s"))


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("- {id: a, kind: model, based_on: a}\n", "a -> a"),
        ("- {id: a, kind: model, based_on: b}\n- {id: b, kind: model, based_on: a}\n", "a -> b -> a"),
        (
            "- {id: a, kind: data, role: test, derived_from: [b, c]}\n- {id: b, kind: data, role: test}\n"
            "- {id: c, kind: data, role: test, derived_from: [b, a]}\n",
            "a -> c -> a",
        ),
    ],
)
def test_a_circle_where_none_may_be_is_refused(text: str, way: str) -> None:
    assert f"goes round in a circle: {way}; break the circle" in one(_START + text)


def test_two_ways_to_the_same_component_are_no_circle() -> None:
    text = (
        "- {id: a, kind: data, role: test, derived_from: [b, c]}\n"
        "- {id: b, kind: data, role: test, derived_from: [d]}\n"
        "- {id: c, kind: data, role: test, derived_from: [d]}\n- {id: d, kind: data, role: test}\n"
    )
    check_system(parse_yaml(_START + text, "s"))


def test_a_circle_of_thousands_is_one_short_message() -> None:
    models = [{"id": f"m{i}", "kind": "model", "based_on": f"m{(i + 1) % 5000}"} for i in range(5000)]
    with pytest.raises(InputError) as caught:
        as_system({"name": "x", "components": models})
    (problem,) = caught.value.problems
    assert "m0 -> m1 -> m2 -> m3 -> ... -> m4997 -> m4998 -> m4999 -> m0" in problem.finding


# all at once


def test_all_problems_of_a_file_are_told_in_one_go_whatever_their_kind() -> None:
    text = """\
nmae: misspelt
components:
  - id: assistant
    kind: model
    type: generativ
    tols: []
    tools: [mailer]
  - id: assistant
    kind: data
    role: trianing
  - kind: data
    role: training
  - {id: docs, kind: data, role: retrieval, sensitive: no, personal: yes, derived_from: [docs], written_by: [lost]}
  - {id: lost, kind: [data]}
  - {id: Upper, kind: tool, effects: [red]}
flows: [{from: assistant}, {from: assistant, to: nowhere}]
edition: 2024
"""
    lines = [int(message.split(":")[1]) for message in found(text)]
    assert sorted(lines) == [1, 1, 5, 6, 7, 10, 11, 13, 13, 14, 15, 15, 16, 16, 17]


@given(st.data())
def test_any_damage_is_told_in_printable_lines(data: Any) -> None:
    damaged = data.draw(descriptions())
    for _ in range(data.draw(st.integers(1, 4))):
        place: Any = damaged
        while isinstance(place, dict | list) and place:
            key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
            if data.draw(st.booleans()) or not isinstance(place[key], dict | list) or not place[key]:
                place[key] = data.draw(_RUBBISH)
                break
            place = place[key]
    for problem in problems_if_any(lambda: as_system(damaged)):
        assert problem.line == 1
        assert str(problem).isprintable()


_RUBBISH = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**30),
    st.text(st.characters(), max_size=8),
    st.lists(st.one_of(st.text(max_size=3), st.integers(), st.none()), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def test_hostile_names_cannot_garble_a_message() -> None:
    bad = "a\n\x1b]0;owned\x07\u202e\u2028"
    data: Plain = {
        "name": bad,
        bad: 1,
        "components": [
            {"id": bad, "kind": "model", "reads": [bad], bad: bad, "type": bad},
            {"id": "d", "kind": bad, "role": bad},
        ],
        "answers": [{"at": bad, "fact": bad, "value": bad}] * 2,
        "controls": [{"control": bad, "status": "planned"}] * 2,
    }
    with pytest.raises(InputError) as caught:
        check_system(Document(file=bad, data=data, lines={(): 1}))
    assert len(caught.value.problems) > 5
    for line in str(caught.value).split("\n"):
        assert line.isprintable()


def test_thousands_of_lost_names_are_told_without_comparing_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def counted(word: str, words: object) -> str:
        asked.append(word)
        return ""

    monkeypatch.setattr("bartizan.system.reading.nearest", counted)
    models = [{"id": f"m{i}", "kind": "model", "reads": [f"lost{i}"]} for i in range(3000)]
    with pytest.raises(InputError) as caught:
        as_system({"name": "x", "components": models})
    assert len(caught.value.problems) == 3000
    assert len(asked) <= 100


def test_a_digest_is_kept_as_bare_digits_however_it_was_written() -> None:
    text = f"{_START}  - {{id: m, kind: model, digests: {{model: 'SHA256:{'AB' * 32}', own-name: '{'0' * 64}'}}}}\n"
    part = check_system(parse_yaml(text, "s")).components[ComponentId("m")]
    assert part.digests == {"model": "ab" * 32, "own-name": "0" * 64}


@pytest.mark.parametrize("digest", ["abc", "", "g" * 64, "a" * 63, "a" * 65, f"md5:{'a' * 64}", f"sha256:{'a' * 32}"])
def test_what_is_no_sha256_is_told_at_its_line(digest: str) -> None:
    told = one(f"{_START}  - id: m\n    kind: model\n    digests:\n      data: '{digest}'\n")
    assert told.startswith(f"s:6: '{digest:.70}' is no SHA-256")


def test_a_digest_has_a_short_name() -> None:
    digests = f"{{'The Model': {'a' * 64}}}"
    assert "is no name of a digest" in one(f"{_START}  - {{id: m, kind: model, digests: {digests}}}\n")


def test_a_missing_file_is_a_problem_like_any_other(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_system(tmp_path / "system.yaml")
    (problem,) = caught.value.problems
    assert isinstance(problem, Problem)
    assert "bartizan init" in problem.fix
