"""Whose a threat or a control is: us, the supplier, or shared; with the reason."""

from __future__ import annotations

from collections.abc import Callable

from bartizan.catalog.entries import Control, Threat
from bartizan.core.rule import Value, evaluate
from bartizan.core.terms import SYSTEM, ComponentId, Party, Truth
from bartizan.system.description import Model
from bartizan.system.facts import Facts
from bartizan.system.graph import System

Lookup = Callable[[str], Value]


def party_of_threat(threat: Threat, lookup: Lookup) -> tuple[Party, str]:
    """Who must act on a threat at a component: the first case whose rule is met. Undecided is ours until clear."""
    for case in threat.who:
        truth = evaluate(case.when, lookup)[0]
        if truth is Truth.YES:
            return case.who, case.why
        if truth is Truth.UNKNOWN:
            return Party.US, "It is not known who must act; until it is, it is yours."
    return Party.US, "You build and deploy the system."


def party_of_control(control: Control, component: ComponentId, system: System, facts: Facts) -> tuple[Party, str]:
    """Who must do a control for a risk at a component, from who trains, runs or keeps what it works on."""
    match control.done_by:
        case "trainer":
            return _trainer(component, system, facts)
        case "runner":
            return _runner(component, system, facts)
        case "obtainer":
            return _obtainer(component, facts)
        case "organisation":
            return Party.US, "It is part of running your organisation."
        case _:
            return Party.US, "You build the application."


def _obtainer(component: ComponentId, facts: Facts) -> tuple[Party, str]:
    if True in facts.values(component, ("trained_by_supplier", "data_has_supplier")):
        return Party.SHARED, "You check what you take; the supplier gives what you check it against."
    return Party.US, "Whoever takes something from elsewhere checks it."


def _trainer(component: ComponentId, system: System, facts: Facts) -> tuple[Party, str]:
    model = _model_for(component, system, "train")
    if model is None:
        return Party.US, "You prepare the data."
    ours, theirs = facts.ask(model, "trained_by_us").value, facts.ask(model, "trained_by_supplier").value
    if ours and theirs:
        return Party.SHARED, "The supplier trained the base and you train on."
    if ours:
        return Party.US, "You train the model."
    if theirs:
        return Party.SUPPLIER, "The supplier trains the model."
    return Party.US, "It is not known who trains the model; until it is, it is yours."


def _runner(component: ComponentId, system: System, facts: Facts) -> tuple[Party, str]:
    model = _model_for(component, system, "insert")
    if model is None:
        return Party.US, "You run the system."
    if facts.ask(model, "run_by_supplier").value is True:
        return Party.SHARED, "The supplier runs the model; you run what is in front of it."
    return Party.US, "You run the model."


def _model_for(component: ComponentId, system: System, edge: str) -> ComponentId | None:
    if component == SYSTEM:
        return None
    if isinstance(system.components.get(component), Model):
        return component
    return next((e.target for e in system.out_of.get(component, ()) if e.kind == edge), None)
