"""Where duties stand: what is said is a claim, what is shown names its evidence, what contradicts is not met."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartizan.assess.assessment import assess
from bartizan.catalog.load import load_catalog
from bartizan.core.privacy import DutyVerdict, PrivacyAssessment
from bartizan.core.terms import SYSTEM
from tests.system.privacy.describing import described

TODAY = "2026-11-24"
EU: dict[str, Any] = {"jurisdictions": ["EU"], "role": ["provider", "deployer"]}
PURPOSE: dict[str, Any] = {"id": "scoring", "basis": "contract", "data": ["loans"]}


def judged(folder: Path, privacy: Any, edition: Any = 2026, **more: Any) -> PrivacyAssessment:
    made = assess(described(folder, privacy, **more), load_catalog(), today=TODAY, edition=edition).privacy
    assert made is not None
    return made


def verdict(folder: Path, name: str, privacy: Any, **more: Any) -> DutyVerdict:
    return next(one for one in judged(folder, privacy, **more).verdicts if one.id == name)


def test_without_a_word_of_people_nothing_is_judged(tmp_path: Path) -> None:
    system = described(tmp_path, None)
    assert assess(system, load_catalog(), today=TODAY).privacy is None


def test_a_practice_is_forbidden_unless_an_exception_of_its_article_is_named(tmp_path: Path) -> None:
    near = {**EU, "practices": ["emotions_at_work_or_school"]}
    assert verdict(tmp_path, "act_5_1_f@system", near).stand == "forbidden"
    assert verdict(tmp_path, "act_5_1_f@system", {**near, "excuses": ["medical_or_safety"]}).stand == "not_needed"
    assert verdict(tmp_path, "act_5_1_f@system", {**near, "excuses": ["labelling_datasets"]}).stand == "forbidden"
    assert verdict(tmp_path, "act_5_1_f@system", {**near, "jurisdictions": ["US"]}).stand == "not_needed"
    assert verdict(tmp_path, "act_5_1_f@system", EU).stand == "unknown"


def test_what_the_description_says_of_itself_is_said_and_not_shown(tmp_path: Path) -> None:
    told = verdict(tmp_path, "ul6@scoring", {**EU, "purposes": [{**PURPOSE, "told": True}]})
    assert (told.stand, told.evidence) == ("claimed", "")


@pytest.mark.parametrize(
    ("measure", "stand"),
    [
        ({"status": "verified", "evidence": "notice of March"}, "met"),
        ({"status": "verified"}, "claimed"),
        ({"status": "implemented", "evidence": "notice of March"}, "claimed"),
        ({"status": "planned"}, "not_met"),
        ({"status": "not_started"}, "not_met"),
        ({"status": "not_applicable", "reason": "nobody reads"}, "claimed"),
        (None, "unknown"),
    ],
)
def test_a_measure_shows_a_duty_only_when_it_is_verified_and_names_its_evidence(
    tmp_path: Path, measure: dict[str, Any] | None, stand: str
) -> None:
    measures = [{"duty": "tr1", **measure}] if measure else []
    assert verdict(tmp_path, "tr1@system", {**EU, "measures": measures}).stand == stand


def test_a_measure_never_outweighs_what_contradicts_it(tmp_path: Path) -> None:
    verified = {"duty": "ul6", "status": "verified", "evidence": "a notice"}
    found = verdict(tmp_path, "ul6@scoring", {**EU, "purposes": [{**PURPOSE, "told": False}], "measures": [verified]})
    assert (found.stand, found.evidence) == ("not_met", "")
    assert "the description contradicts it" in found.note


def test_a_measure_for_one_purpose_says_nothing_of_another(tmp_path: Path) -> None:
    verified = {"duty": "co2", "status": "verified", "evidence": "ledger", "at": ["a"]}
    both = [{"id": "a", "basis": "consent"}, {"id": "b", "basis": "consent"}]
    made = judged(tmp_path, {**EU, "purposes": both, "measures": [verified]})
    stands = {one.id: one.stand for one in made.verdicts}
    assert (stands["co2@a"], stands["co2@b"]) == ("met", "unknown")


def test_a_control_shows_what_it_meets_where_the_data_is(tmp_path: Path) -> None:
    privacy = {**EU, "purposes": [PURPOSE]}
    retain = {"control": "short_retain", "status": "verified", "evidence": "report of May"}
    shown = verdict(tmp_path, "mi5@scoring", privacy, controls=[retain])
    assert (shown.stand, shown.evidence) == ("met", "report of May")
    elsewhere = verdict(tmp_path, "mi5@scoring", privacy, controls=[{**retain, "at": ["model"]}])
    assert elsewhere.stand == "not_met"


def test_a_control_that_only_helps_never_shows_a_duty_of_law(tmp_path: Path) -> None:
    privacy = {**EU, "areas": ["credit"], "profiling": True}
    oversight = {"control": "oversight", "status": "verified", "evidence": "samples"}
    helped = verdict(tmp_path, "act_14@system", privacy, controls=[oversight])
    assert helped.stand == "claimed"
    assert "not all that is asked" in helped.note
    assert verdict(tmp_path, "act_14@system", privacy).stand == "unknown"


def test_without_a_purpose_what_is_asked_of_purposes_is_unknown(tmp_path: Path) -> None:
    found = verdict(tmp_path, "gdpr_6@system", EU)
    assert found.stand == "unknown"
    assert "privacy.purposes" in {need.field for need in found.needs}
    assert verdict(tmp_path, "gdpr_6@system", {**EU, "personal": False}).stand == "not_needed"


def test_attacks_on_models_are_judged_by_the_assessment_of_threats(tmp_path: Path) -> None:
    found = verdict(tmp_path, "ma1@system", EU)
    assert found.stand == "not_met"
    texts = [origin.text for fact in found.facts for origin in fact.origins]
    assert any("is above appetite" in text for text in texts)


def test_an_edition_asks_what_it_knows(tmp_path: Path) -> None:
    old = {one.duty for one in judged(tmp_path, EU, edition=2023).verdicts}
    new = {one.duty for one in judged(tmp_path, EU, edition=2026).verdicts}
    assert new - old == {"ul7", "ul8", "fa7", "fa8", "fa9", "fa10", "fa11", "ma1"}
    assert not old - new


YES_NO = st.sampled_from([True, False, "unknown", None])
PURPOSES = st.fixed_dictionaries(
    {
        "id": st.just("a"),
        "basis": st.sampled_from(
            ["consent", "contract", "public_task", "legitimate_interests", "none", "unknown", None]
        ),
        "special": st.sampled_from([["health"], ["criminal"], "unknown", None]),
        "special_basis": st.sampled_from(["care", "explicit_consent", "none", "unknown", None]),
        "told": YES_NO,
        "documented": YES_NO,
        "needed": YES_NO,
        "kept_for": st.sampled_from(["1 year", None]),
        "recipients": st.sampled_from([[], [{"name": "A", "country": "US"}], "unknown", None]),
    }
)
PRIVACY = st.fixed_dictionaries(
    {
        "jurisdictions": st.sampled_from([["EU"], ["US"], ["EU", "US"], "unknown", None]),
        "role": st.sampled_from([["provider"], ["deployer"], "unknown", None]),
        "people": st.sampled_from([[{"who": "employees"}], [{"who": "customers"}], "unknown", None]),
        "practices": st.sampled_from([[], ["social_scoring"], "unknown", None]),
        "areas": st.sampled_from([["credit"], ["employment"], "unknown", None]),
        "profiling": YES_NO,
        "public_service": YES_NO,
        "large_scale": YES_NO,
        "decision": st.fixed_dictionaries(
            {
                "automation": st.sampled_from(["alone", "with_a_person", "unknown", None]),
                "effect": st.sampled_from(["legal", "small", "unknown", None]),
                "allowed_by": st.sampled_from(["contract", "law", "none", "unknown", None]),
                "person_steps_in": YES_NO,
                "explained": YES_NO,
            }
        ),
        "purposes": st.lists(PURPOSES, max_size=1),
    }
)


def _said(value: Any) -> Any:
    """Without what is left out."""
    if isinstance(value, dict):
        return {k: _said(v) for k, v in value.items() if v is not None}
    return [_said(v) for v in value] if isinstance(value, list) else value


def _filled(value: Any, data: st.DataObject) -> Any:
    """The same with answers in place of "unknown", which no default stands in for."""
    if isinstance(value, dict):
        return {k: _answer(k, data) if v == "unknown" else _filled(v, data) for k, v in value.items()}
    return [_filled(v, data) for v in value] if isinstance(value, list) else value


_ANSWERS: dict[str, list[Any]] = {
    "jurisdictions": [["EU"], ["US"]],
    "role": [["provider"], ["deployer"]],
    "people": [[{"who": "employees"}], [{"who": "customers"}]],
    "practices": [[], ["social_scoring"]],
    "areas": [["credit"], []],
    "automation": ["alone", "with_a_person"],
    "effect": ["legal", "small"],
    "allowed_by": ["contract", "none"],
    "basis": ["consent", "none", "contract"],
    "special": [["health"]],
    "special_basis": ["care", "none"],
    "recipients": [[], [{"name": "A", "country": "US"}]],
}


def _answer(field: str, data: st.DataObject) -> Any:
    return data.draw(st.sampled_from(_ANSWERS.get(field, [True, False])))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=PRIVACY, data=st.data())
def test_an_answer_decides_what_was_unknown_and_changes_nothing_that_was_decided(
    tmp_path: Path, said: dict[str, Any], data: st.DataObject
) -> None:
    privacy = _said(said)
    before = {one.id: one for one in judged(tmp_path, privacy).verdicts}
    after = {one.id: one.stand for one in judged(tmp_path, _filled(privacy, data)).verdicts}
    assert before.keys() == after.keys()
    for name, found in before.items():
        if found.stand == "unknown":
            assert found.needs or all(fact.value is not None for fact in found.facts)
        else:
            assert after[name] == found.stand, name


def test_places_are_the_purposes_and_the_system(tmp_path: Path) -> None:
    made = judged(tmp_path, {**EU, "purposes": [PURPOSE]})
    assert {one.place for one in made.verdicts} == {SYSTEM, "scoring"}
    assert len({one.id for one in made.verdicts}) == len(made.verdicts)
