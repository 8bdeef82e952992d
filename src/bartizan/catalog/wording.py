"""Rules and closed words of the catalogue as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping

from bartizan.catalog.entries import Asset, Catalog, Condition, Doer, Impact, Place, Threat
from bartizan.core.rule import All, Any, Fact, Not, Rule
from bartizan.core.terms import FactId, Party

ASSETS: Mapping[Asset, str] = {
    "model_behaviour": "model behaviour",
    "training_data": "training data",
    "model": "the model",
    "input_data": "input data",
    "augmentation_data": "augmentation data",
    "output": "output",
    "any_asset": "any asset",
    "funds": "funds",
}
PLACES: Mapping[Place, str] = {
    "system": "the system as a whole",
    "model": "each model",
    "training_data": "each set of training data",
    "retrieval_data": "each store of retrieved data",
    "augmentation_data": "each source of inserted data",
    "analysis_data": "each set of data that is analysed without a model",
}
DOERS: Mapping[Doer, str] = {
    "organisation": "the organisation",
    "builder": "who builds the application",
    "trainer": "who trains the model",
    "runner": "who runs the model",
    "obtainer": "who takes the model or data from a supplier",
}
PARTIES: Mapping[Party, str] = {Party.US: "you", Party.SUPPLIER: "the supplier", Party.SHARED: "you and the supplier"}
KINDS: Mapping[str, str] = {
    "group": "group of threats",
    "threat": "threat",
    "variant": "variant of a threat",
    "generic": "threat that is not particular to AI",
    "risk_factor": "risk factor: named as a risk, but not an attack",
    "guard": "guard: judges what goes in and out at run time",
    "hardening": "hardening: makes a model or data set safer",
    "check": "check: looks for proof that something is in place",
    "organisational": "organisational",
    "technical_it": "technical IT",
    "data_science": "data science",
    "process": "process",
}
_COMPARED = {"is": "is", "at_least": "is at least", "at_most": "is at most"}


def rule_in_words(catalog: Catalog, rule: Rule) -> str:
    """The rule as one clause about a component: "generates content and (has public weights or is run by us)"."""
    match rule:
        case All(rules=()):
            return "always"
        case Any(rules=()):
            return "never"
        case Fact():
            return _fact(catalog, rule)
        case Not(rule=Fact(id=name, test="yes")) if name in catalog.facts:
            return catalog.facts[FactId(name)].says_not
        case Not(rule=inner):
            return f"not ({rule_in_words(catalog, inner)})"
        case All(rules=rules):
            return _joined([_inside(catalog, r) for r in rules], "and")
        case Any(rules=rules):
            return _joined([_inside(catalog, r) for r in rules], "or")


def _joined(clauses: list[str], word: str) -> str:
    """The clauses with the word between them, set apart where a clause has commas or such a word of its own."""
    open_ones = [c for c in clauses if not c.startswith("(")]
    busy = any("," in c or ":" in c or " or " in c for c in open_ones) and word == "or"
    return f"; {word} ".join(clauses) if busy else f" {word} ".join(clauses)


def _inside(catalog: Catalog, rule: Rule) -> str:
    words = rule_in_words(catalog, rule)
    return f"({words})" if isinstance(rule, All | Any) and len(rule.rules) > 1 else words


def _fact(catalog: Catalog, asked: Fact) -> str:
    entry = catalog.facts.get(FactId(asked.id))
    if asked.test == "yes":
        return entry.says if entry else asked.id
    literals = " or ".join(str(literal) for literal in asked.literal)
    return f"{asked.id} {_COMPARED[asked.test]} {literals}"


def condition_in_words(catalog: Catalog, threat: Threat, condition: Condition) -> tuple[str, ...]:
    """When the threat is possible, and when it matters, a sentence each."""
    places = {place for place in threat.at if place in {"system", "model"}}
    subject = f"the {places.pop()}" if len(places) == 1 else "the data"
    possible = rule_in_words(catalog, condition.possible)
    first = "Possible in every case." if possible == "always" else f"Possible if {subject} {possible}."
    if condition.matters is None:
        return (first,)
    matters = rule_in_words(catalog, condition.matters)
    return first, f"Applies if, moreover, it {matters}. Otherwise it is theoretical."


def impact_in_words(impact: tuple[Impact, ...]) -> str:
    """What is lost, of which assets: "integrity of model behaviour, confidentiality of training data"."""
    return ", ".join(dict.fromkeys(f"{part.loses} of {ASSETS[part.asset]}" for part in impact))
