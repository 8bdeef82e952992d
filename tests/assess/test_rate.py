"""How bad: every factor's score, impact, and what controls take off."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartizan.assess.assessment import Assessor
from bartizan.assess.rate import Case, after, factors, impact, level, likelihood, reduced
from bartizan.catalog.entries import Catalog
from bartizan.catalog.scales import LevelBand, Scales
from bartizan.core.records import Advice, Factor, Level
from bartizan.core.source import parse_yaml
from bartizan.core.terms import SYSTEM, ComponentId, ControlId, ControlStatus, Party, ThreatId
from bartizan.system.facts import Facts
from bartizan.system.graph import System
from bartizan.system.reading import check_system

MODEL = "- {id: m, kind: model, type: generative, trained_by: us, run_by: us%s}"
STRANGERS = "- {id: p, kind: actor, trusted: no, crowd: public, motive: yes, uses: [m]}"
STAFF = "- {id: p, kind: actor, trusted: yes, motive: no, uses: [m]}"


def described(*components: str, more: str = "") -> System:
    lines = "\n".join(f"  {line}" for line in components)
    return check_system(parse_yaml(f"name: Test\ncomponents:\n{lines}\n{more}", "system.yaml"))


def case(catalog: Catalog, system: System, threat: str = "direct_prompt_injection", at: str = "m") -> Case:
    return Case(catalog.threats[ThreatId(threat)], ComponentId(at), system, Facts(system))


def score(
    catalog: Catalog, system: System, factor: str, threat: str = "direct_prompt_injection", at: str = "m"
) -> Factor:
    found = factors(case(catalog, system, threat, at), catalog.scales)
    return next(f for f in found if f.id == factor)


def bands(count: int) -> tuple[LevelBand, ...]:
    return tuple(LevelBand(name=f"step {i}", means="") for i in range(1, count + 1))


def scales_of(catalog: Catalog, rows: int, columns: int) -> Scales:
    """Scales of another size, with a matrix of sums."""
    matrix = tuple(tuple(min(rows, (i + j) // 2 + 1) for j in range(columns)) for i in range(rows))
    return msgspec.structs.replace(
        catalog.scales,
        likelihood=bands(rows),
        impact=bands(columns),
        levels=bands(rows),
        matrix=matrix,
        default_impact=2,
    )


def test_anybody_who_can_use_a_model_gives_the_highest_access(catalog: Catalog) -> None:
    assert score(catalog, described(MODEL % "", STRANGERS), "access").score == 5


def test_a_model_that_only_trusted_people_use_is_hard_to_reach(catalog: Catalog) -> None:
    assert score(catalog, described(MODEL % ", reads: [], tools: []", STAFF), "access").score == 2


def test_a_threat_from_the_supply_chain_has_middling_access(catalog: Catalog) -> None:
    found = score(catalog, described(MODEL % "", STAFF), "access", "supply_model_poison")
    assert (found.score, found.known) == (3, True)


def test_a_threat_to_development_needs_a_break_in(catalog: Catalog) -> None:
    assert score(catalog, described(MODEL % "", STRANGERS), "access", "dev_model_leak").score == 2


@pytest.mark.parametrize(("writer", "expected"), [("p", 5), ("s", 2)])
def test_data_is_as_open_as_those_who_write_it(catalog: Catalog, writer: str, expected: int) -> None:
    data = f"- {{id: d, kind: data, role: training, written_by: [{writer}], source: us}}"
    people = ("- {id: p, kind: actor, trusted: no}", "- {id: s, kind: actor, trusted: yes}")
    system = described(MODEL % ", trained_on: [d]", data, *people)
    assert score(catalog, system, "access", "data_poison", at="d").score == expected


@pytest.mark.parametrize(("need", "expected"), [("low", 5), ("medium", 3), ("high", 2)])
def test_the_less_an_attack_needs_the_likelier_it_is(catalog: Catalog, need: str, expected: int) -> None:
    system = described(MODEL % "", STRANGERS)
    threat = msgspec.structs.replace(catalog.threats[ThreatId("evasion")], capability=need)
    found = factors(Case(threat, ComponentId("m"), system, Facts(system)), catalog.scales)
    assert next(f for f in found if f.id == "capability").score == expected


def test_public_weights_let_an_attacker_practise(catalog: Catalog) -> None:
    system = described(MODEL % ", weights_public: yes", STRANGERS)
    threat = msgspec.structs.replace(catalog.threats[ThreatId("evasion")], capability="high")
    found = factors(Case(threat, ComponentId("m"), system, Facts(system)), catalog.scales)
    assert next(f for f in found if f.id == "capability").score == 3


@pytest.mark.parametrize(("chance", "expected"), [("low", 4), ("medium", 3), ("high", 2)])
def test_who_is_seldom_caught_tries_more(catalog: Catalog, chance: str, expected: int) -> None:
    system = described(MODEL % "")
    threat = msgspec.structs.replace(catalog.threats[ThreatId("evasion")], detectability=chance)
    found = factors(Case(threat, ComponentId("m"), system, Facts(system)), catalog.scales)
    assert next(f for f in found if f.id == "detection").score == expected


def test_motive_follows_the_people(catalog: Catalog) -> None:
    assert score(catalog, described(MODEL % "", STRANGERS), "motive").score == 4
    assert score(catalog, described(MODEL % "", STAFF), "motive").score == 2
    unsaid = score(catalog, described(MODEL % "", "- {id: p, kind: actor, trusted: no, uses: [m]}"), "motive")
    assert (unsaid.score, unsaid.known) == (3, False)


def test_somebody_who_gains_from_fooling_a_model_is_the_strongest_motive(catalog: Catalog) -> None:
    system = described(MODEL.replace("generative", "predictive") % ", fooling_pays: yes", STAFF)
    assert score(catalog, system, "motive", "evasion").score == 5


@pytest.mark.parametrize(("crowd", "expected"), [("few", 2), ("many", 4), ("public", 5)])
def test_more_strangers_are_more_attackers(catalog: Catalog, crowd: str, expected: int) -> None:
    people = f"- {{id: p, kind: actor, trusted: no, crowd: {crowd}, uses: [m]}}"
    assert score(catalog, described(MODEL % "", people), "attackers").score == expected


@pytest.mark.parametrize(("said", "expected", "known"), [("yes", 5, True), ("no", 2, True), ("unknown", 3, False)])
def test_past_attacks_make_the_next_likelier(catalog: Catalog, said: str, expected: int, known: bool) -> None:
    found = score(catalog, described(MODEL % "", more=f"incidents: {said}\n"), "incidents")
    assert (found.score, found.known) == (expected, known)


def test_a_factor_of_the_organisations_own_counts_as_unknown(catalog: Catalog) -> None:
    own = msgspec.structs.replace(catalog.scales.factors[0], id="weather", weight=1.0)
    scales = msgspec.structs.replace(catalog.scales, factors=(own,))
    found = factors(case(catalog, described(MODEL % "")), scales)
    assert [(f.id, f.score, f.known) for f in found] == [("weather", 3, False)]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=7), st.integers(2, 9))
def test_the_likelihood_is_on_the_scale_and_its_ends_are_reached(scores: list[int], steps: int) -> None:
    scored = [Factor(id=str(i), score=s, weight=1 / len(scores), why="") for i, s in enumerate(scores)]
    found = likelihood(scored, steps)
    assert 1 <= found <= steps
    if set(scores) in ({1}, {5}):
        assert found == (1 if scores[0] == 1 else steps)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=7), st.integers(2, 9), st.data())
def test_a_higher_factor_never_lowers_the_likelihood(scores: list[int], steps: int, data: st.DataObject) -> None:
    raised = data.draw(st.integers(0, len(scores) - 1))

    def rated(values: list[int]) -> int:
        return likelihood(
            [Factor(id=str(i), score=s, weight=1 / len(values), why="") for i, s in enumerate(values)], steps
        )

    assert rated([s + (i == raised) for i, s in enumerate(scores)]) >= rated(scores)


# impact


def test_an_impact_that_nobody_said_is_the_default_and_says_so(catalog: Catalog) -> None:
    value, why = impact(case(catalog, described(MODEL % "")), catalog.scales)
    assert value == catalog.scales.default_impact
    assert "not said" in why[0]


@pytest.mark.parametrize(("said", "expected"), [("very_low", 1), ("high", 4), ("5", 5), ("unknown", 3)])
def test_the_owners_word_decides_the_impact(catalog: Catalog, said: str, expected: int) -> None:
    system = described(MODEL % ", tools: [], output_can_harm: no", more=f"impact: {{behaviour: {said}}}\n")
    assert impact(case(catalog, system), catalog.scales)[0] == expected


@pytest.mark.parametrize(("said", "expected"), [("very_low", 1), ("medium", 2), ("very_high", 3), ("5", 3)])
def test_a_word_keeps_its_share_on_a_scale_of_three(catalog: Catalog, said: str, expected: int) -> None:
    system = described(MODEL % ", tools: [], output_can_harm: no", more=f"impact: {{behaviour: {said}}}\n")
    assert impact(case(catalog, system), scales_of(catalog, 3, 3))[0] == expected


def test_a_word_that_names_a_step_of_the_scale_means_that_step(catalog: Catalog) -> None:
    names = tuple(LevelBand(name=name, means="") for name in ("low", "medium", "high"))
    scales = msgspec.structs.replace(scales_of(catalog, 3, 3), impact=names)
    system = described(MODEL % ", tools: [], output_can_harm: no", more="impact: {behaviour: low}\n")
    assert impact(case(catalog, system), scales)[0] == 1


def test_acts_that_cannot_be_undone_raise_the_impact(catalog: Catalog) -> None:
    tool = "- {id: t, kind: tool, effects: [write], irreversible: yes, needs_approval: yes}"
    plain = described(MODEL % ", tools: []", STRANGERS)
    acting = described(MODEL % ", tools: [t]", tool, STRANGERS)
    assert impact(case(catalog, acting), catalog.scales)[0] == impact(case(catalog, plain), catalog.scales)[0] + 1


@pytest.mark.parametrize("size", [(3, 3), (4, 6), (2, 2), (7, 5)])
def test_scales_of_any_size_rate_a_whole_system(catalog: Catalog, mail_agent: System, size: tuple[int, int]) -> None:
    scales = scales_of(catalog, *size)
    resized = msgspec.structs.replace(catalog, scales=scales)
    made = Assessor(resized).assess(mail_agent, today="2026-11-22")
    assert made.risks
    for risk in made.risks:
        for found in (risk.inherent, risk.current, risk.residual):
            assert 1 <= found.likelihood <= size[0]
            assert 1 <= found.impact <= size[1]
            assert found.level == scales.matrix[found.likelihood - 1][found.impact - 1]
        assert risk.inherent.level >= risk.current.level >= risk.residual.level


# controls


def control(status: ControlStatus, likely: float = 0.0, bad: float = 0.0, name: str = "rate_limit") -> Advice:
    return Advice(
        control=ControlId(name),
        status=status,
        party=Party.US,
        party_why="",
        likelihood=likely,
        impact=bad,
        why="",
        said_by=(),
    )


def start(catalog: Catalog, likely: int = 5, bad: int = 4) -> Level:
    return level(catalog.scales, likely, bad)


def test_what_is_claimed_counts_half_and_not_below_the_floor(catalog: Catalog) -> None:
    one = reduced(start(catalog), [control(ControlStatus.IMPLEMENTED, 2.0)], catalog.scales)
    many = reduced(start(catalog), [control(ControlStatus.IMPLEMENTED, 2.0)] * 9, catalog.scales)
    assert (one.likelihood, many.likelihood) == (4, catalog.scales.floor)


def test_what_is_verified_goes_below_the_floor(catalog: Catalog) -> None:
    assert reduced(start(catalog), [control(ControlStatus.VERIFIED, 4.0)], catalog.scales).likelihood == 1


def test_a_claim_takes_nothing_off_what_proof_brought_to_the_floor(catalog: Catalog) -> None:
    found = reduced(
        start(catalog), [control(ControlStatus.VERIFIED, 3.0), control(ControlStatus.IMPLEMENTED, 4.0)], catalog.scales
    )
    assert found.likelihood == 2


@pytest.mark.parametrize("status", [ControlStatus.NOT_STARTED, ControlStatus.PLANNED, ControlStatus.NOT_APPLICABLE])
def test_what_is_not_there_takes_nothing_off(catalog: Catalog, status: ControlStatus) -> None:
    assert reduced(start(catalog), [control(status, 4.0, 4.0)], catalog.scales) == start(catalog)


def test_fractions_of_a_step_are_rounded_up(catalog: Catalog) -> None:
    quarter = [control(ControlStatus.VERIFIED, 0.25)]
    assert [reduced(start(catalog), quarter * n, catalog.scales).likelihood for n in (3, 4, 5)] == [5, 4, 4]


def test_tenths_add_up_to_a_whole_step(catalog: Catalog) -> None:
    assert reduced(start(catalog), [control(ControlStatus.VERIFIED, 0.1)] * 10, catalog.scales).likelihood == 4


def test_a_level_says_which_controls_brought_it(catalog: Catalog) -> None:
    found = reduced(
        start(catalog),
        [control(ControlStatus.VERIFIED, 1.0), control(ControlStatus.IMPLEMENTED, 1.0, name="oversight")],
        catalog.scales,
    )
    assert found.why == ("rate_limit: verified", "oversight: implemented, not verified, counts 50%")


@given(st.integers(1, 9), st.floats(0, 12), st.floats(0, 12), st.integers(1, 9))
def test_a_step_falls_between_one_and_where_it_was_and_claims_stop_at_the_floor(
    was: int, proved: float, claimed: float, floor: int
) -> None:
    found = after(was, proved, claimed, floor)
    assert 1 <= found <= was
    assert found >= min(floor, math.ceil(max(1.0, was - proved) - 1e-9))


def test_a_threat_to_the_system_as_a_whole_has_no_facts_of_a_component(catalog: Catalog) -> None:
    assert case(catalog, described(MODEL % ""), "generic_runtime_threats", SYSTEM).ask("generative") is None
