"""What must hold of every fact, whatever the system."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bartizan.core.errors import InputError
from bartizan.core.proof import Answer
from bartizan.core.terms import ComponentId
from bartizan.system.data_facts import DATA_FACTS
from bartizan.system.description import Data, Model
from bartizan.system.facts import Facts
from bartizan.system.graph import System
from bartizan.system.model_facts import MODEL_FACTS
from tests.strategies import Plain, answers, as_system, descriptions, systems, with_order

_ASSUMED = {"default", "implied"}


def all_answers(system: System) -> dict[tuple[str, str], Answer]:
    facts = Facts(system)
    found: dict[tuple[str, str], Answer] = {}
    for component in system.components.values():
        names = MODEL_FACTS if isinstance(component, Model) else DATA_FACTS if isinstance(component, Data) else ()
        for fact in names:
            found[component.id, fact] = facts.ask(component.id, fact)
    return found


@given(systems())
def test_every_fact_is_yes_no_or_unknown_and_says_why(system: System) -> None:
    for (component, fact), answer in all_answers(system).items():
        assert answer.value in {True, False, None}, (component, fact)
        if answer.value is None:
            assert answer.needs, (component, fact)
            assert not answer.origins
        else:
            assert answer.origins, (component, fact)
            assert not answer.needs


@given(systems())
def test_what_an_unknown_fact_waits_for_is_a_field_that_is_open(system: System) -> None:
    for place, answer in all_answers(system).items():
        for need in answer.needs:
            component = system.components[ComponentId(need.component)]
            if need.field != "used_by":
                assert getattr(component, need.field) in {None, "unknown"}, (place, need)


@given(descriptions(), st.randoms(use_true_random=False))
def test_the_order_of_the_file_changes_no_fact_and_no_proof(data: Plain, random: Any) -> None:
    def shuffled(entries: list[Any]) -> list[Any]:
        return list(random.sample(entries, len(entries)))

    there, back = without_lines(data), without_lines(with_order(data, shuffled))
    assert all_answers(there) == all_answers(back)


def without_lines(data: Plain) -> System:
    return System(as_system(data).described)


@settings(max_examples=300)
@given(st.data())
def test_answering_what_was_unknown_flips_no_fact(data: Any) -> None:
    before = data.draw(descriptions())
    opening = data.draw(answers(before, left_out=False))
    assume(opening is not None)
    # An answer that names another component says something about that one too, which may end a default there.
    _check(before, opening.filled(before), even_defaults=not opening.names_components)


@settings(max_examples=300)
@given(st.data())
def test_answering_what_was_left_out_flips_no_fact_but_one_whose_proof_names_a_default(data: Any) -> None:
    before = data.draw(descriptions())
    opening = data.draw(answers(before, left_out=True))
    assume(opening is not None)
    _check(before, opening.filled(before), even_defaults=False)


def _check(before: Plain, after: Plain, *, even_defaults: bool) -> None:
    try:
        later = all_answers(as_system(after))
    except InputError:
        assume(False)  # the answer contradicts another one
    for place, answer in all_answers(as_system(before)).items():
        if answer.value is None or place not in later:
            continue
        if even_defaults or not any(origin.kind in _ASSUMED for origin in answer.origins):
            assert later[place].value is answer.value, (place, answer, later[place])
