"""Yes, no and unknown combined: Kleene's tables, with what decided them and what is missing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bartizan.core.proof import Answer, Need, Origin, OriginKind
from bartizan.core.rule import Value
from bartizan.system.kleene import MOST_NEEDS, MOST_ORIGINS, all_of, any_of, few, negated

_KINDS: st.SearchStrategy[OriginKind] = st.sampled_from(["given", "default", "implied"])
_ORIGINS = st.builds(lambda kind, text: Origin(kind=kind, text=text), _KINDS, st.text("ab", max_size=3))
_NEEDS = st.builds(lambda name: Need(component=name, field="x"), st.text("ab", max_size=3))
_ANSWERS = st.one_of(
    st.builds(lambda value, told: Answer(value, tuple(told)), st.booleans(), st.lists(_ORIGINS, max_size=6)),
    st.builds(lambda missing: Answer(None, (), tuple(missing)), st.lists(_NEEDS, min_size=1, max_size=6)),
)
_MANY = st.lists(_ANSWERS, max_size=8)


def _kleene(values: list[Value], decisive: bool) -> Value:
    if decisive in values:
        return decisive
    return None if None in values else not decisive


@given(_MANY)
def test_any_and_all_are_kleenes(answers: list[Answer]) -> None:
    values = [answer.value for answer in answers]
    assert any_of(answers).value is _kleene(values, True)
    assert all_of(answers).value is _kleene(values, False)


@given(_MANY)
def test_not_turns_one_into_the_other(answers: list[Answer]) -> None:
    assert negated(any_of(answers)) == all_of(map(negated, answers))


@given(_MANY)
def test_what_is_unknown_names_what_is_missing_and_what_is_known_what_it_rests_on(answers: list[Answer]) -> None:
    combined = any_of(answers)
    if combined.value is None:
        assert combined.needs
        assert not combined.origins
        assert set(combined.needs) <= {need for answer in answers for need in answer.needs}
    elif combined.value is True:
        assert combined in answers


@given(_MANY)
def test_a_default_stays_visible_however_long_the_proof(answers: list[Answer]) -> None:
    combined = any_of(answers)
    assumed = {"default", "implied"}
    if combined.value is False and any(o.kind in assumed for answer in answers for o in answer.origins):
        assert any(origin.kind in assumed for origin in combined.origins)


def test_a_proof_ends_where_nobody_would_read_on() -> None:
    given_ones = [Origin(kind="given", text=str(i)) for i in range(1000)]
    told = few([*given_ones, Origin(kind="default", text="default: none")])
    assert len(told) == MOST_ORIGINS
    assert [origin.text for origin in told[-2:]] == ["default: none", "and more of the same kind"]
    missing = any_of(Answer(None, (), (Need(component=str(i), field="x"),)) for i in range(1000))
    assert len(missing.needs) == MOST_NEEDS
