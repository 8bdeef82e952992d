"""Facts that the rules of duties ask of the system as a whole: one function a fact."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeAlias, get_args

from bartizan.core.proof import Answer, Origin
from bartizan.core.terms import SYSTEM
from bartizan.system.description import Data
from bartizan.system.graph import TRAINING_ROLES
from bartizan.system.kleene import all_of, any_of, negated
from bartizan.system.privacy.schema import Area, Excuse, Practice

if TYPE_CHECKING:
    from bartizan.system.privacy.facts import PrivacyFacts

SystemFact: TypeAlias = Callable[["PrivacyFacts"], Answer]


def _flag(field: str, otherwise: tuple[bool, str] | None = None) -> SystemFact:
    """The yes-or-no field of `privacy` of this name."""
    return lambda facts: facts.yes_or_no(getattr(facts.privacy, field), None, field, otherwise=otherwise)


def _listed(field: str, *wanted: str) -> SystemFact:
    """Whether a list of `privacy` holds one of these words."""
    return lambda facts: facts.among(getattr(facts.privacy, field), wanted, None, field)


def _any_listed(field: str, *, none_by_default: str = "") -> SystemFact:
    """Whether a list of `privacy` holds anything."""

    def ask(facts: PrivacyFacts) -> Answer:
        value = getattr(facts.privacy, field)
        if not value and none_by_default:
            return facts.default(False, none_by_default, None, field)
        return facts.among(value, value if isinstance(value, tuple) else (), None, field)

    return ask


def _excused(word: str) -> SystemFact:
    def ask(facts: PrivacyFacts) -> Answer:
        if not facts.privacy.excuses:
            return facts.default(False, "no exception is named", None, "excuses")
        return facts.among(facts.privacy.excuses, (word,), None, "excuses")

    return ask


def _decision(field: str, *wanted: str) -> SystemFact:
    """What `privacy.decision` says in one field: one of these words, or yes where none is named."""

    def ask(facts: PrivacyFacts) -> Answer:
        value = getattr(facts.privacy.decision, field)
        if wanted:
            return facts.among(value, wanted, None, "decision", field)
        return facts.yes_or_no(value, None, "decision", field)

    return ask


def _data(facts: PrivacyFacts, roles: Collection[str] | None = None) -> Answer:
    """Whether data of these roles, of any where none is named, is about people."""
    data = [c for c in facts.system.components.values() if isinstance(c, Data) and (roles is None or c.role in roles)]
    return any_of(facts.system.given(one, "personal") for one in data)


def _handles_personal_data(facts: PrivacyFacts) -> Answer:
    if facts.privacy.personal is not None:
        return facts.yes_or_no(facts.privacy.personal, None, "personal")
    if facts.privacy.purposes:
        return facts.default(True, "purposes are described", None, "personal")
    found = _data(facts)
    if found.value is True:
        return found
    return facts.open(None, "personal") if found.value is None or not found.origins else found


def _has_model(facts: PrivacyFacts) -> Answer:
    if facts.system.models:
        return Answer(True, (Origin(kind="computed", text="a model is described"),))
    return Answer(False, (Origin(kind="computed", text="no model is described"),))


def _opaque_model(facts: PrivacyFacts) -> Answer:
    return any_of(
        facts.system.unknown(m, "type")
        if m.type == "unknown"
        else facts.system.stated(m, "type", m.type != "heuristic", f"type: {m.type}")
        for m in facts.system.models
    )


def _by_model(field: str, wanted: Collection[str], why: str, *, of: str) -> SystemFact:
    """The yes-or-no field of `privacy`; left out, whether a field of a model holds one of these words."""

    def ask(facts: PrivacyFacts) -> Answer:
        value = getattr(facts.privacy, field)
        if value is not None:
            return facts.yes_or_no(value, None, field)
        for model in facts.system.models:
            words = getattr(model, of)
            words = words if isinstance(words, tuple) else (words,)
            if not set(wanted).isdisjoint(words):
                return facts.default(True, f"{model.label}: {why}", None, field)
        sure = all(getattr(model, of) not in (None, "unknown") for model in facts.system.models)
        return facts.default(False, f"no model: {why}", None, field) if sure else facts.open(None, field)

    return ask


def _high_risk(facts: PrivacyFacts) -> Answer:
    """EU AI Act Art. 6(1) to (3): a product's safety, or a listed area but for a narrow task without profiling."""
    safety = facts.yes_or_no(
        facts.privacy.safety_component, None, "safety_component", otherwise=(False, "it is no part of such a product")
    )
    area, narrow, profiling = (facts.ask(SYSTEM, fact) for fact in ("in_high_risk_area", "narrow_task", "profiling"))
    return any_of([safety, all_of([area, any_of([negated(narrow), profiling])])])


def _only_critical(facts: PrivacyFacts) -> Answer:
    """EU AI Act Annex III, point 2, which Art. 27(1) and Art. 86(1) leave out."""
    others = set(get_args(Area)) - {"critical_infrastructure"}
    return all_of(
        [facts.ask(SYSTEM, "in_high_risk_area"), negated(facts.among(facts.privacy.areas, others, None, "areas"))]
    )


def _near_prohibited(facts: PrivacyFacts) -> Answer:
    return facts.among(facts.privacy.practices, get_args(Practice), None, "practices")


def _vulnerable(facts: PrivacyFacts) -> Answer:
    """Art. 29 Working Party, WP248: who cannot easily refuse, employees included."""
    kinds = ("children", "pupils", "patients", "employees", "applicants_for_work")
    return people_are(facts, *kinds)


def people_are(facts: PrivacyFacts, *kinds: str) -> Answer:
    """Whether people of one of these kinds are among those whom the data is about."""
    people = facts.privacy.people
    if not isinstance(people, tuple):
        return facts.open(None, "people")
    return facts.among(tuple(one.who for one in people), kinds, None, "people")


def _any_special_data(facts: PrivacyFacts) -> Answer:
    return any_of(facts.ask(purpose, "special_data") for purpose in facts.purposes)


def _special_decisions_allowed(facts: PrivacyFacts) -> Answer:
    """GDPR Art. 22(4): explicit consent, or a substantial public interest, for each purpose with such data."""
    return all_of(
        any_of(
            [
                negated(facts.ask(purpose.id, "special_data")),
                facts.among(purpose.special_basis, ("explicit_consent", "public_interest"), purpose, "special_basis"),
            ]
        )
        for purpose in facts.privacy.purposes
    )


_SIGNS = 2
"""WP248 rev.01, section III.B: two of nine criteria are in most cases a high risk."""


def _likely_high_risk(facts: PrivacyFacts) -> Answer:
    """GDPR Art. 35(1) by the nine criteria of WP248; that it uses AI counts as new technology."""
    signs = [
        Answer(True, (Origin(kind="computed", text="it uses AI, a new technology in the sense of the guidelines"),)),
        facts.ask(SYSTEM, "profiling"),
        all_of([facts.ask(SYSTEM, "decides_alone"), facts.ask(SYSTEM, "significant_effect")]),
        facts.ask(SYSTEM, "monitors"),
        facts.ask(SYSTEM, "any_special_data"),
        facts.ask(SYSTEM, "large_scale"),
        _flag("combines")(facts),
        _vulnerable(facts),
        _flag("denies_service")(facts),
    ]
    seen = [one for one in signs if one.value is True]
    if len(seen) >= _SIGNS:
        return all_of(seen)
    if len(seen) + sum(one.value is None for one in signs) >= _SIGNS:
        return Answer(None, (), tuple(need for one in signs for need in one.needs))
    return any_of([negated(seen[0]), *(one for one in signs if one.value is False)])


SYSTEM_FACTS: dict[str, SystemFact] = {
    "under_gdpr": _listed("jurisdictions", "EU", "UK"),
    "under_ai_act": _listed("jurisdictions", "EU"),
    "under_us_law": _listed("jurisdictions", "US"),
    "is_provider": _listed("role", "provider"),
    "is_deployer": _listed("role", "deployer"),
    "handles_personal_data": _handles_personal_data,
    "trains_on_personal_data": lambda facts: _data(facts, TRAINING_ROLES),
    "has_model": _has_model,
    "opaque_model": _opaque_model,
    "near_prohibited": _near_prohibited,
    **{f"does_{practice}": _listed("practices", practice) for practice in get_args(Practice)},
    **{excuse: _excused(excuse) for excuse in get_args(Excuse)},
    "in_high_risk_area": _any_listed("areas"),
    "area_credit": _listed("areas", "credit"),
    "area_insurance": _listed("areas", "insurance"),
    "only_critical_infrastructure": _only_critical,
    "narrow_task": _any_listed("narrow_task", none_by_default="no condition of Art. 6(3) is named"),
    "profiling": _flag("profiling"),
    "high_risk": _high_risk,
    "public_service": _flag("public_service"),
    "at_work": _flag("at_work", (False, "it is not used on people at work")),
    "decides_about_people": _decision("automation", "alone", "with_a_person"),
    "decides_alone": _decision("automation", "alone"),
    "significant_effect": _decision("effect", "legal", "similar"),
    "decision_allowed": _decision("allowed_by", "contract", "law", "explicit_consent"),
    "allowed_by_law_alone": _decision("allowed_by", "law"),
    "person_steps_in": _decision("person_steps_in"),
    "can_be_contested": _decision("can_be_contested"),
    "explained": _decision("explained"),
    "any_special_data": _any_special_data,
    "special_decisions_allowed": _special_decisions_allowed,
    "large_scale": _flag("large_scale"),
    "monitors": _flag("monitors"),
    "children": lambda facts: people_are(facts, "children", "pupils"),
    "likely_high_risk": _likely_high_risk,
    "talks_to_people": _by_model("talks_to_people", ("conversation",), "its task is conversation", of="task"),
    "makes_media": _by_model("makes_media", ("generative",), "it is generative", of="type"),
    "deep_fakes": _flag("deep_fakes", (False, "what it makes does not pass for real")),
    "informs_public": _flag("informs_public", (False, "it does not inform the public")),
    "reads_feelings": _flag("reads_feelings", (False, "it reads no feelings")),
    "general_purpose": _flag("general_purpose", (False, "no model is given to others for many purposes")),
    "model_attacks_apply": lambda facts: facts.open(None, "threats"),
    "model_attacks_within_appetite": lambda facts: facts.open(None, "threats"),
}
"""Facts of the system. The last two come from the assessment of threats, which hands them in."""
