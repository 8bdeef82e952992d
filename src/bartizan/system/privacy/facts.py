"""The facts that the rules of duties ask, of the system or of one purpose: each answer with where it comes from.

They rest on `privacy:` of the description, and on its components where those say it already. What neither says is
unknown, and the answer names the field that would tell.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeAlias, get_args

from bartizan.core.proof import Answer, Need, Origin
from bartizan.core.source import PathKey
from bartizan.core.terms import SYSTEM
from bartizan.system.description import Data
from bartizan.system.graph import TRAINING_ROLES, System
from bartizan.system.kleene import all_of, any_of, negated
from bartizan.system.privacy.schema import Area, Excuse, Practice, Privacy, Purpose

PRIVACY = "privacy"
Field: TypeAlias = str | int
"""A step on the way to a place in the file."""


class PrivacyFacts:
    """All facts of one system, computed when asked and kept.

    ``given`` holds answers that come from elsewhere: what the assessment of threats says, by the name of the fact.
    """

    def __init__(self, system: System, given: dict[str, Answer] | None = None) -> None:
        self.system = system
        self.privacy = system.described.privacy or Privacy()
        self._index = {purpose.id: i for i, purpose in enumerate(self.privacy.purposes)}
        self._known: dict[tuple[str, str], Answer] = {(SYSTEM, name): answer for name, answer in (given or {}).items()}

    @property
    def purposes(self) -> tuple[str, ...]:
        """The ids of the purposes, in the order of the file."""
        return tuple(self._index)

    def ask(self, place: str, fact: str) -> Answer:
        """The answer of one fact at the system or at a purpose. A fact of the system is the same at each purpose.

        Raises KeyError for a fact that has no code, and for a purpose that there is not.
        """
        if fact in PURPOSE_FACTS:
            key = (place, fact)
            if key not in self._known:
                self._known[key] = PURPOSE_FACTS[fact](self, self.privacy.purposes[self._index[place]])
            return self._known[key]
        key = (SYSTEM, fact)
        if key not in self._known:
            self._known[key] = SYSTEM_FACTS[fact](self)
        return self._known[key]

    def path(self, purpose: Purpose | None, *fields: Field) -> PathKey:
        """The place of a field in the file."""
        return (PRIVACY, *(("purposes", self._index[purpose.id]) if purpose else ()), *fields)

    # ways to answer

    def stated(self, value: bool, text: str, purpose: Purpose | None, *fields: Field) -> Answer:
        """An answer that rests on a field."""
        line = self.system.line(self.path(purpose, *fields))
        return Answer(value, (Origin(kind="given", text=text, component=_at(purpose), field=_name(fields), line=line),))

    def default(self, value: bool, why: str, purpose: Purpose | None, *fields: Field) -> Answer:
        """An answer that nobody gave."""
        return Answer(
            value, (Origin(kind="default", text=f"default: {why}", component=_at(purpose), field=_name(fields)),)
        )

    def open(self, purpose: Purpose | None, *fields: Field) -> Answer:
        """Unknown until this field is answered."""
        return Answer(None, (), (Need(component=_at(purpose), field=_name(fields)),))

    def yes_or_no(
        self, value: object, purpose: Purpose | None, *fields: Field, otherwise: tuple[bool, str] | None = None
    ) -> Answer:
        """A yes-or-no field; left out, the default where there is one."""
        if isinstance(value, bool):
            return self.stated(value, f"{fields[-1]}: {'yes' if value else 'no'}", purpose, *fields)
        if value is None and otherwise is not None:
            return self.default(*otherwise, purpose, *fields)
        return self.open(purpose, *fields)

    def among(self, value: object, wanted: Collection[str], purpose: Purpose | None, *fields: Field) -> Answer:
        """Whether a word, or one of some words, is one of those that are wanted; unknown where none is said."""
        if value is None or value == "unknown":
            return self.open(purpose, *fields)
        words = value if isinstance(value, tuple) else (value,)
        text = f"{fields[-1]}: {', '.join(map(str, words)) or 'none'}"
        return self.stated(not set(wanted).isdisjoint(words), text, purpose, *fields)


SystemFact: TypeAlias = Callable[[PrivacyFacts], Answer]
PurposeFact: TypeAlias = Callable[[PrivacyFacts, Purpose], Answer]


def _at(purpose: Purpose | None) -> str:
    return purpose.id if purpose else SYSTEM


def _name(fields: Iterable[Field]) -> str:
    return ".".join((PRIVACY, *map(str, fields)))


# of the system


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
    return _people(facts, *kinds)


def _people(facts: PrivacyFacts, *kinds: str) -> Answer:
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
    "children": lambda facts: _people(facts, "children", "pupils"),
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


# of a purpose


def _purpose_flag(field: str) -> PurposeFact:
    return lambda facts, purpose: facts.yes_or_no(getattr(purpose, field), purpose, field)


def _basis(*wanted: str) -> PurposeFact:
    return lambda facts, purpose: facts.among(purpose.basis, wanted, purpose, "basis")


def _has_basis(facts: PrivacyFacts, purpose: Purpose) -> Answer:
    return negated(facts.among(purpose.basis, ("none",), purpose, "basis"))


def _closed_to_authorities(facts: PrivacyFacts, purpose: Purpose) -> Answer:
    """GDPR Art. 6(1), last sentence."""
    return all_of([facts.ask(purpose.id, "by_legitimate_interests"), facts.ask(SYSTEM, "public_service")])


def _cannot_refuse(facts: PrivacyFacts, purpose: Purpose) -> Answer:
    """GDPR Recital 43: a clear imbalance, as with an employer; the framework names people under suspicion too."""
    dependent = _people(facts, "employees", "applicants_for_work", "pupils", "suspects")
    return all_of([facts.ask(purpose.id, "by_consent"), dependent])


_SPECIAL = ("ethnic_origin", "politics", "belief", "union", "genetic", "biometric", "health", "sex_life")


def _special_allowed(facts: PrivacyFacts, purpose: Purpose) -> Answer:
    return negated(facts.among(purpose.special_basis, ("none",), purpose, "special_basis"))


def _reused(facts: PrivacyFacts, purpose: Purpose) -> Answer:
    if not purpose.collected_for:
        return facts.default(False, "no other purpose of collection is named", purpose, "collected_for")
    return facts.stated(True, f"collected_for: {purpose.collected_for}", purpose, "collected_for")


def _retention_set(facts: PrivacyFacts, purpose: Purpose) -> Answer:
    if not purpose.kept_for:
        return facts.open(purpose, "kept_for")
    return facts.stated(True, f"kept_for: {purpose.kept_for}", purpose, "kept_for")


def _recipients(facts: PrivacyFacts, purpose: Purpose, of: Callable[[int], Answer], *, every: bool) -> Answer:
    """Kleene's or, or and, over who gets the data."""
    if not isinstance(purpose.recipients, tuple):
        return facts.open(purpose, "recipients")
    if not purpose.recipients:
        return facts.stated(every, "recipients: none", purpose, "recipients")
    return (all_of if every else any_of)(of(i) for i in range(len(purpose.recipients)))


def _processors(facts: PrivacyFacts, purpose: Purpose) -> Answer:
    def of(i: int) -> Answer:
        assert isinstance(purpose.recipients, tuple)
        return facts.yes_or_no(purpose.recipients[i].processes_for_you, purpose, "recipients", i, "processes_for_you")

    return _recipients(facts, purpose, of, every=False)


def _processors_bound(facts: PrivacyFacts, purpose: Purpose) -> Answer:
    def of(i: int) -> Answer:
        assert isinstance(purpose.recipients, tuple)
        one = purpose.recipients[i]
        works = facts.yes_or_no(one.processes_for_you, purpose, "recipients", i, "processes_for_you")
        return any_of([negated(works), facts.yes_or_no(one.contract, purpose, "recipients", i, "contract")])

    return _recipients(facts, purpose, of, every=True)


def _abroad(facts: PrivacyFacts, purpose: Purpose) -> Answer:
    def of(i: int) -> Answer:
        assert isinstance(purpose.recipients, tuple)
        one = purpose.recipients[i]
        where = (purpose, "recipients", i, "country")
        if one.country:
            return facts.stated(True, f"{one.name}: {one.country}", *where)
        return facts.default(False, f"no other country is named for {one.name}", *where)

    return _recipients(facts, purpose, of, every=False)


def _safeguarded(facts: PrivacyFacts, purpose: Purpose) -> Answer:
    def of(i: int) -> Answer:
        assert isinstance(purpose.recipients, tuple)
        one = purpose.recipients[i]
        if not one.country:
            return facts.default(True, f"{one.name} stays", purpose, "recipients", i, "country")
        return negated(facts.among(one.safeguard, ("none",), purpose, "recipients", i, "safeguard"))

    return _recipients(facts, purpose, of, every=True)


PURPOSE_FACTS: dict[str, PurposeFact] = {
    "has_basis": _has_basis,
    "by_consent": _basis("consent"),
    "by_legitimate_interests": _basis("legitimate_interests"),
    "by_law": _basis("legal_obligation", "public_task"),
    "ground_closed_to_authorities": _closed_to_authorities,
    "balanced": _purpose_flag("balanced"),
    "cannot_refuse": _cannot_refuse,
    "special_data": lambda facts, purpose: facts.among(purpose.special, _SPECIAL, purpose, "special"),
    "special_allowed": _special_allowed,
    "criminal_data": lambda facts, purpose: facts.among(purpose.special, ("criminal",), purpose, "special"),
    "reused": _reused,
    "compatible": _purpose_flag("compatible"),
    "told": _purpose_flag("told"),
    "documented": _purpose_flag("documented"),
    "needed": _purpose_flag("needed"),
    "retention_set": _retention_set,
    "uses_processors": _processors,
    "processors_bound": _processors_bound,
    "sends_abroad": _abroad,
    "transfers_safeguarded": _safeguarded,
}
"""Facts of one purpose."""
