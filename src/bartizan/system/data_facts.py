"""Facts about data, computed from the description and its graph: one function a fact, each answer with its origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bartizan.core.proof import Answer
from bartizan.system.description import Component
from bartizan.system.fact import FactFunction, as_given
from bartizan.system.graph import ANALYSIS_ROLES, TRAINING_ROLES
from bartizan.system.kleene import any_of, few

if TYPE_CHECKING:
    from bartizan.system.facts import Facts


def _role_in(roles: frozenset[str]) -> FactFunction:
    return lambda facts, data: facts.is_in(data, "role", roles)


def _trains_our_model(facts: Facts, data: Component) -> Answer:
    """Whether a model of ours learns from it; of data that no model names, whether we hold it: it may yet be used."""
    trained = [e.target for e in facts.system.out_of.get(data.id, ()) if e.kind == "train"]
    found = [facts.ask(model, "trained_by_us") for model in trained] or [facts.ask(data.id, "data_held_by_us")]
    doubtful = [model for ours, model in facts.open_learners.items() if ours is not found[0].value]
    found += [facts.unknown(model, "trained_on") for model in doubtful]
    if not trained and len(found) > 1:
        return Answer(None, (), tuple(need for answer in found for need in answer.needs))
    decided = any_of(found)
    if decided.value is None or (trained and decided.value):
        return decided
    assumed = facts.system.default(data, "id", True, "no other model learns from it unless said so").origins
    return Answer(decided.value, few((*assumed, *decided.origins)))


def _data_sensitive(facts: Facts, data: Component) -> Answer:
    if getattr(data, "sensitive", None) is None and getattr(data, "personal", None) is True:
        return facts.given(data, "personal")
    return facts.given(data, "sensitive")


def _data_membership_sensitive(facts: Facts, data: Component) -> Answer:
    field = "membership_sensitive"
    if getattr(data, field, None) is None:
        if facts.ask(data.id, "data_sensitive").value is False:
            return facts.system.default(data, field, False, "the data is not sensitive")
        if getattr(data, "role", "") == "system_prompt" or getattr(data, "personal", None) is False:
            return facts.system.default(data, field, False, "it holds no people")
    return facts.given(data, field)


def _data_from_supplier(facts: Facts, data: Component) -> Answer:
    if getattr(data, "source", None) is None and data.supplier:
        return facts.system.default(data, "source", True, f"it comes from its supplier, {data.supplier}")
    return facts.is_in(data, "source", {"supplier", "public"})


def _data_has_supplier(facts: Facts, data: Component) -> Answer:
    if getattr(data, "source", None) is None and data.supplier:
        return facts.system.default(data, "source", True, f"it comes from its supplier, {data.supplier}")
    return facts.is_in(data, "source", {"supplier"})


def _data_writable_by_untrusted(facts: Facts, data: Component) -> Answer:
    return facts.system.taint[data.id]


def _data_held_by_us(facts: Facts, data: Component) -> Answer:
    if getattr(data, "kept_by", None) is None:
        return facts.system.default(data, "kept_by", True, "you keep it unless said otherwise")
    return facts.is_in(data, "kept_by", {"us"})


def _data_is_vector_index(facts: Facts, data: Component) -> Answer:
    if getattr(data, "embeddings", None) is None and getattr(data, "role", "") == "system_prompt":
        return facts.system.default(data, "embeddings", False, "system prompts are stored as text")
    return facts.given(data, "embeddings")


DATA_FACTS: dict[str, FactFunction] = {
    "data_is_training": _role_in(TRAINING_ROLES),
    "data_is_retrieved": _role_in(frozenset({"retrieval"})),
    "data_is_memory": _role_in(frozenset({"memory"})),
    "data_is_system_prompt": _role_in(frozenset({"system_prompt"})),
    "data_is_analysed": _role_in(ANALYSIS_ROLES),
    "trains_our_model": _trains_our_model,
    "data_sensitive": _data_sensitive,
    "data_membership_sensitive": _data_membership_sensitive,
    "data_from_supplier": _data_from_supplier,
    "data_has_supplier": _data_has_supplier,
    "data_writable_by_untrusted": _data_writable_by_untrusted,
    "data_held_by_us": _data_held_by_us,
    "data_stored": lambda facts, data: facts.given_or(data, "stored", True, "it is stored unless said otherwise"),
    "data_is_vector_index": _data_is_vector_index,
    "index_written_directly": as_given("written_directly"),
    "data_shared_between_users": as_given("shared_between_users"),
    "deletion_propagates": as_given("deletion_propagates"),
    "retrieval_fails_safe": as_given("fails_safe"),
}
