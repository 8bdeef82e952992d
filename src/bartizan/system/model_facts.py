"""Facts about what a model is: its kind, what goes in and out, who makes and who runs it. One function a fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bartizan.core.proof import Answer, Need
from bartizan.core.terms import ComponentId
from bartizan.system.description import Component, Runtime
from bartizan.system.fact import FactFunction, as_given
from bartizan.system.kleene import all_of, any_of, negated
from bartizan.system.reach_facts import REACH_FACTS

if TYPE_CHECKING:
    from bartizan.system.facts import Facts

_DECISIONS = frozenset({"classification", "detection", "scoring", "decision", "judgement"})
_RICH = frozenset({"text", "image", "audio", "video", "document", "code"})


# What kind of model it is


def _type_is(word: str) -> FactFunction:
    return lambda facts, model: facts.is_in(model, "type", {word})


def _language_model(facts: Facts, model: Component) -> Answer:
    return all_of((facts.ask(model.id, "generative"), facts.ask(model.id, "text_output")))


def _classification_task(facts: Facts, model: Component) -> Answer:
    return facts.is_in(model, "task", _DECISIONS)


def _judgement_task(facts: Facts, model: Component) -> Answer:
    return all_of((facts.ask(model.id, "generative"), facts.is_in(model, "task", _DECISIONS)))


# Input and output


def _text_output(facts: Facts, model: Component) -> Answer:
    if getattr(model, "gives", None) is not None:
        return facts.is_in(model, "gives", {"text", "code", "document"})
    generative = facts.ask(model.id, "generative")
    if generative.value is None:
        return Answer(None, (), (*generative.needs, Need(component=model.id, field="gives")))
    if generative.value:
        return facts.system.default(model, "gives", True, "a generative model gives text unless said otherwise")
    return facts.system.default(model, "gives", False, "it gives a label or a score unless said otherwise")


def _multimodal_input(facts: Facts, model: Component) -> Answer:
    if getattr(model, "takes", None) is not None:
        return facts.is_in(model, "takes", {"image", "audio", "video", "document"})
    generative = facts.ask(model.id, "generative")
    if generative.value is True:
        return facts.system.default(model, "takes", False, "a generative model takes text unless said otherwise")
    return facts.unknown(model, "takes")


def _output_interpreted(facts: Facts, model: Component) -> Answer:
    said = facts.is_in(model, "output_goes_to", {"browser", "program", "query", "tool", "model", "machine"})
    return any_of((facts.ask(model.id, "acts"), said))


def _output_can_reveal_data(facts: Facts, model: Component) -> Answer:
    field, gives = "output_can_reveal_data", getattr(model, "gives", None)
    if getattr(model, field, None) is not None:
        return facts.given(model, field)
    if gives == "unknown":
        return facts.unknown(model, "gives", field)
    if isinstance(gives, tuple) and _RICH.isdisjoint(gives):
        return facts.system.default(model, field, False, f"only gives {', '.join(gives) or 'nothing'}")
    generative = facts.ask(model.id, "generative")
    if generative.value is None:
        return Answer(None, (), (*generative.needs, Need(component=model.id, field=field)))
    if generative.value or isinstance(gives, tuple):
        return facts.system.default(model, field, True, "free output can repeat what went into the model")
    return facts.system.default(model, field, False, "labels and scores do not repeat data")


def _output_can_harm(facts: Facts, model: Component) -> Answer:
    if getattr(model, "output_can_harm", None) is not None:
        return facts.given(model, "output_can_harm")
    acts = facts.ask(model.id, "acts")
    if acts.value is not True:
        return facts.unknown(model, "output_can_harm")
    assumed = facts.system.default(model, "output_can_harm", True, "actions can harm unless said otherwise")
    return Answer(True, assumed.origins + acts.origins)


# Who makes and runs it


def _trained_by_us(facts: Facts, model: Component) -> Answer:
    return any_of((facts.is_in(model, "trained_by", {"us"}), _fine_tuned(facts, model)))


def _fine_tuned(facts: Facts, model: Component) -> Answer:
    if getattr(model, "fine_tuned_by", None) is None:
        return facts.system.default(model, "fine_tuned_by", False, "nobody fine-tunes it unless said otherwise")
    return facts.is_in(model, "fine_tuned_by", {"us"})


def _trained_by_supplier(facts: Facts, model: Component) -> Answer:
    for base in reversed(_bases(facts, model)):
        facts.ask(base, "trained_by_supplier")  # from the far end on, so that a long line of models needs no recursion
    return any_of(
        (facts.is_in(model, "trained_by", {"supplier"}), _bought_tuning(facts, model), _bought_base(facts, model))
    )


def _bases(facts: Facts, model: Component) -> list[ComponentId]:
    """The models that this one is based on, directly or through others, as far as nothing is known of them yet."""
    line: list[ComponentId] = []
    base = getattr(model, "based_on", None)
    while base in facts.system.components and not facts.is_known(base, "trained_by_supplier"):
        line.append(base)
        base = getattr(facts.system.components[base], "based_on", None)
    return line


def _bought_base(facts: Facts, model: Component) -> Answer:
    base = getattr(model, "based_on", None)
    if base is None:
        return facts.system.default(model, "based_on", False, "not based on another model unless said otherwise")
    return facts.unknown(model, "based_on") if base == "unknown" else facts.ask(base, "trained_by_supplier")


def _bought_tuning(facts: Facts, model: Component) -> Answer:
    if getattr(model, "fine_tuned_by", None) is None:
        return facts.system.default(model, "fine_tuned_by", False, "nobody fine-tunes it unless said otherwise")
    return facts.is_in(model, "fine_tuned_by", {"supplier"})


def _fine_tuned_by_us(facts: Facts, model: Component) -> Answer:
    return _fine_tuned(facts, model)


def _runner(word: str) -> FactFunction:
    def answer(facts: Facts, model: Component) -> Answer:
        if getattr(model, "run_by", None) is not None or getattr(model, "runs_on", None) == "unknown":
            return facts.is_in(model, "run_by", {word})
        runtime = _runtime(facts, model)
        return facts.is_in(model, "run_by", {word}) if runtime is None else _of(facts, model, runtime, "run_by", {word})

    return answer


def _runtime(facts: Facts, model: Component) -> Runtime | None:
    """The runtime that the model names; where it names none, the only one there is."""
    named = facts.system.components.get(getattr(model, "runs_on", None) or ComponentId(""))
    if isinstance(named, Runtime):
        return named
    runtimes = facts.system.runtimes
    return runtimes[0] if getattr(model, "runs_on", None) is None and len(runtimes) == 1 else None


def _of(facts: Facts, model: Component, runtime: Runtime, field: str, wanted: set[str]) -> Answer:
    """What is said of the model's runtime; that it is the model's is a default where the model does not say so."""
    answer = facts.is_in(runtime, field, wanted)
    if answer.value is None or getattr(model, "runs_on", None) is not None:
        return answer
    assumed = facts.system.default(model, "runs_on", True, f"it runs on {runtime.label}, the only runtime described")
    return Answer(answer.value, assumed.origins + answer.origins)


def _weights_public(facts: Facts, model: Component) -> Answer:
    if getattr(model, "weights_public", None) is not None:
        return facts.given(model, "weights_public")
    if facts.ask(model.id, "intellectual_property").value is True:
        return negated(facts.ask(model.id, "intellectual_property"))
    ours = facts.ask(model.id, "trained_by_us")
    if ours.value is True:
        return facts.system.default(
            model, "weights_public", False, "what you train is not public unless said otherwise"
        )
    return facts.unknown(model, "weights_public")


def _weights_in_reach(facts: Facts, model: Component) -> Answer:
    if getattr(model, "runs_on", None) == "unknown":
        return facts.unknown(model, "runs_on")
    runtime = _runtime(facts, model)
    if runtime is None:
        return facts.system.default(model, "runs_on", False, "no runtime in reach of attackers is described")
    return _of(facts, model, runtime, "place", {"edge", "user_device"})


def _field_or_no(field: str, why: str) -> FactFunction:
    return lambda facts, component: facts.given_or(component, field, False, why)


def _intellectual_property(facts: Facts, model: Component) -> Answer:
    if getattr(model, "intellectual_property", None) is None and getattr(model, "weights_public", None) is True:
        return negated(facts.given(model, "weights_public"))
    return facts.given(model, "intellectual_property")


def _costs_per_use(facts: Facts, model: Component) -> Answer:
    if getattr(model, "costs_per_use", None) is not None:
        return facts.given(model, "costs_per_use")
    supplier = facts.ask(model.id, "run_by_supplier")
    if supplier.value is True:
        return facts.system.default(model, "costs_per_use", True, "suppliers charge per use unless said otherwise")
    return facts.unknown(model, "costs_per_use")


MODEL_FACTS: dict[str, FactFunction] = {
    "generative": _type_is("generative"),
    "predictive": _type_is("predictive"),
    "heuristic": _type_is("heuristic"),
    "language_model": _language_model,
    "classification_task": _classification_task,
    "judgement_task": _judgement_task,
    "text_output": _text_output,
    "multimodal_input": _multimodal_input,
    "output_interpreted": _output_interpreted,
    "output_can_reveal_data": _output_can_reveal_data,
    "trained_by_us": _trained_by_us,
    "trained_by_supplier": _trained_by_supplier,
    "fine_tuned_by_us": _fine_tuned_by_us,
    "run_by_us": _runner("us"),
    "run_by_supplier": _runner("supplier"),
    "weights_public": _weights_public,
    "weights_in_reach": _weights_in_reach,
    "intellectual_property": _intellectual_property,
    "output_can_harm": _output_can_harm,
    "fooling_pays": as_given("fooling_pays"),
    "learns_from_use": _field_or_no("learns_from_use", "it does not learn from use unless said otherwise"),
    "costs_per_use": _costs_per_use,
    **REACH_FACTS,
}
"""Every fact about models, those about what reaches them included."""
