"""Facts that the rules of duties ask of one purpose: one function a fact."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from bartizan.core.proof import Answer
from bartizan.core.terms import SYSTEM
from bartizan.system.kleene import all_of, any_of, negated
from bartizan.system.privacy.schema import Purpose
from bartizan.system.privacy.system_facts import people_are

if TYPE_CHECKING:
    from bartizan.system.privacy.facts import PrivacyFacts

PurposeFact: TypeAlias = Callable[["PrivacyFacts", Purpose], Answer]


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
    dependent = people_are(facts, "employees", "applicants_for_work", "pupils", "suspects")
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
