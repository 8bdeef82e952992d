"""Which guards an assessment asks for, and how they are set by the description.

A guard stands where a risk of the assessment names a control that it carries out. It enforces where one of these risks
is above appetite and nobody accepted it; else it watches.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from bartizan.controls.chat.guard import ChatGuard
from bartizan.controls.chat.registry import chat_guard_called, chat_guard_names, chat_guard_type
from bartizan.core.records import Risk
from bartizan.core.terms import ControlId
from bartizan.report.dossier import Dossier
from bartizan.system.description import Data, Model, Tool
from bartizan.system.graph import System
from bartizan.workflows.gateway_policy_tools import rules_of, trusted_results


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What settings are derived from."""

    system: System
    models: tuple[Model, ...]
    """Those that the gateway stands in front of."""
    tools: tuple[Tool, ...]
    fences: tuple[tuple[str, str], ...] = ()


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A guard in the policy, and why."""

    name: str
    title: str
    settings: dict[str, Any]
    risks: tuple[Risk, ...]
    """The highest first."""
    enforced: bool
    notes: tuple[str, ...] = ()
    left_open: str = ""
    """What somebody must set before it can stand; empty: nothing."""


def carried_out() -> frozenset[ControlId]:
    """The controls that some guard carries out."""
    kinds = (chat_guard_type(name) for name in chat_guard_names())
    return frozenset(control for kind in kinds for control in (kind.id, *kind.serves))


def placed(dossier: Dossier, said: Said) -> tuple[Placed, ...]:
    """The guards, in the order in which they stand."""
    places = {*(one.id for one in said.models), *_near(said)}
    risks = [one for one in dossier.assessment.risks if one.component in places or not said.models]
    made = (_placed(name, risks, said) for name in chat_guard_names())
    return tuple(one for one in made if one is not None)


def _near(said: Said) -> set[str]:
    """Where risks of the models show as well: their data and tools, and the system as a whole."""
    named = (ref for one in said.models for refs in (one.reads, one.tools) if isinstance(refs, tuple) for ref in refs)
    return {"system", *(str(one) for one in named)}


def _placed(name: str, risks: Collection[Risk], said: Said) -> Placed | None:
    kind = chat_guard_type(name)
    serves = {kind.id, *kind.serves}
    met = [one for one in risks if any(each.control in serves for each in one.controls)]
    if not met:
        return None
    met.sort(key=lambda one: (-one.current.level, one.id))
    settings, notes = _SETTINGS[name](said) if name in _SETTINGS else ({}, ())
    return Placed(
        name=name,
        title=kind.title,
        settings=settings,
        risks=tuple(met),
        enforced=any(one.above_appetite and not one.is_accepted for one in met),
        notes=notes,
        left_open=_open(name, kind, settings),
    )


def _open(name: str, kind: type[ChatGuard], settings: dict[str, Any]) -> str:
    """What keeps a guard from standing with these settings: what no description says, such as keys."""
    given = set(settings)
    needed = [one.name for one in msgspec.structs.fields(kind) if one.required and one.name not in given]
    if needed:
        return f"it needs {', '.join(needed)}, which no description tells"
    try:
        faults = chat_guard_called(name, settings).faults()
    except (msgspec.ValidationError, ValueError) as error:
        return str(error)
    return "; ".join(faults.values())


def _fences(said: Said) -> dict[str, Any]:
    return {"fences": [{"opens": one, "closes": other} for one, other in said.fences]} if said.fences else {}


def _least_privilege(said: Said) -> tuple[dict[str, Any], tuple[str, ...]]:
    rules = rules_of(said.tools, said.system)
    settings = {"tools": rules, "after_untrusted": "approve", "rule_of_two": "approve", **_fences(said)}
    notes = (
        ["What is not listed is neither offered nor called."] if rules else ["No tool is described: none is let by."]
    )
    if any("effect" not in one for one in rules):
        notes.append("A tool without an effect counts as one that changes and sends.")
    return settings, (*notes, "Where nobody is there to approve, what needs an approval is refused.")


def _segregation(said: Said) -> tuple[dict[str, Any], tuple[str, ...]]:
    trusted = dict.fromkeys(trusted_results(said.tools), "user")
    settings = {"method": "delimit", **({"tools": trusted} if trusted else {}), **_fences(said)}
    inserts = any(isinstance(one.reads, tuple) and one.reads for one in said.models)
    if said.fences or not inserts:
        return settings, ()
    why = (
        "SET fences: the words between which your application puts documents and notes into its prompts. Without them "
        "only results of tools, and what the application marks, are known to be of others."
    )
    return settings, (why,)


def _encoding(said: Said) -> tuple[dict[str, Any], tuple[str, ...]]:
    goes = {use for one in said.models if isinstance(one.output_goes_to, tuple) for use in one.output_goes_to}
    told = any(isinstance(one.output_goes_to, tuple) for one in said.models)
    if "browser" in goes:
        why = "A browser shows the answers. SET sink: html where your page renders no Markdown."
        return {"sink": "markdown", "addresses": {"links": [], "images": []}}, (
            why,
            "SET addresses: the hosts that links and images may go to. None is named, so all are taken out.",
        )
    if told and goes <= {"person"}:
        return {"sink": "plain"}, ()
    return {"sink": "plain"}, ("SET sink, and calls: where else do answers and arguments go?",)


def _sensitive_output(said: Said) -> tuple[dict[str, Any], tuple[str, ...]]:
    parts = [part for part in said.system.components.values() if isinstance(part, Data)]
    is_personal = any(one.personal is not False for one in parts) or any(one.input_sensitive for one in said.models)
    notes = ["Secrets, cards, accounts and numbers that identify a person are masked."]
    if is_personal:
        notes += [
            "Names, mail addresses, telephone numbers and the like are noted and leave: a mask would also hide the "
            "recipient of each mail that an agent writes, and no description tells whose data who may see.",
            "SET actions: {personal: mask, secrets: mask} where who reads the answers may not see the data of others, "
            "and public: the addresses that are your own.",
        ]
    return {}, (*notes, "SET canaries: env:NAME or file:PATH of texts that must never come out.")


def _confidentiality(said: Said) -> tuple[dict[str, Any], tuple[str, ...]]:
    read = {name for one in said.models if isinstance(one.reads, tuple) for name in one.reads}
    data = [part for part in said.system.components.values() if isinstance(part, Data) and part.id in read]
    if any(one.sensitive is True or one.personal is True for one in data):
        return {}, ("Content that names a source and carries no label is left out: label it, or say unlabelled: pass.",)
    return {"unlabelled": "pass"}, ()


def _pace(said: Said) -> tuple[dict[str, Any], tuple[str, ...]]:
    return {}, (
        "Until model_access_control stands nobody is known: each address has 30 requests a minute, and 4 at once. SET "
        "peer or, for callers with keys, caller.",
    )


def _input_confidentiality(said: Said) -> tuple[dict[str, Any], tuple[str, ...]]:
    return {}, (
        "The supplier gets tokens for all personal data, also in system prompts. SET default: what it may have.",
    )


_SETTINGS: dict[str, Callable[[Said], tuple[dict[str, Any], tuple[str, ...]]]] = {
    "least_model_privilege": _least_privilege,
    "input_segregation": _segregation,
    "augmentation_data_confidentiality": _confidentiality,
    "encode_model_output": _encoding,
    "sensitive_output_handling": _sensitive_output,
    "rate_limit": _pace,
    "model_input_confidentiality": _input_confidentiality,
}
"""Guards whose settings the description says something of; all others stand as they are by default."""
