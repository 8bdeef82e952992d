"""A starting policy for the gateway, derived from an assessment: which guards for which risks, and how they are set.

Same description, same bytes. It is a start: comments say what somebody must set, what only watches, and which controls
no gateway can carry out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from bartizan.core.errors import printable
from bartizan.core.records import Risk
from bartizan.core.terms import ControlId
from bartizan.gateway.reading import parse_settings
from bartizan.report.dossier import Dossier
from bartizan.report.wording import control_name
from bartizan.workflows.gateway_policy_guards import Placed, Said, carried_out, placed
from bartizan.workflows.gateway_policy_places import PLACEHOLDER, Upstream, models_of, upstreams_of
from bartizan.workflows.gateway_policy_text import comment, entry, flow, scalar
from bartizan.workflows.gateway_policy_tools import left_out_names, tools_of

_SHOWN = 5


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What no description says."""

    listen: str = "127.0.0.1:8420"
    upstream: str = ""
    """Where all models answer, instead of what the description says."""
    fences: tuple[tuple[str, str], ...] = ()
    """Words between which the application puts what others wrote into its prompts."""
    events: str = "gateway-events"
    """The folder of the events; empty: none are kept."""
    only: tuple[str, ...] | None = None
    """Guards that stand; None: all that the risks ask for."""


def derived(dossier: Dossier, wish: Wish | None = None) -> str:
    """gateway.yaml for the models of a description. Raises InputError where what was wished for cannot stand in it."""
    wish = wish or Wish()
    models = models_of(dossier.system)
    said = Said(system=dossier.system, models=models, tools=tools_of(models, dossier.system), fences=wish.fences)
    guards = [one for one in placed(dossier, said) if wish.only is None or one.name in wish.only]
    text = "\n".join(_lines(dossier, wish, upstreams_of(models, wish.upstream), guards)) + "\n"
    parse_settings(text)
    return text


def _lines(dossier: Dossier, wish: Wish, upstreams: tuple[Upstream, ...], guards: list[Placed]) -> Iterator[str]:
    name = printable(dossier.system.described.name, 200)
    yield from comment(
        f"A starting policy for the gateway in front of: {name}. Derived from its assessment of "
        f"{dossier.assessment.today} by the {dossier.assessment.edition} edition, by bartizan gateway policy."
    )
    yield from comment("Try it with: bartizan gateway check FILE. What says SET is for you to fill in.")
    if not models_of(dossier.system):
        yield from comment("No model of this description is one that is talked with: there is little to guard here.")
    yield ""
    yield from entry("listen", wish.listen)
    yield ""
    yield from _answering(upstreams)
    yield ""
    yield from _guards(dossier, guards)
    if wish.events:
        yield ""
        yield from comment("monitor_use: each exchange is an event here; bartizan gateway observe reads them back.")
        yield from entry("events", {"folder": wish.events})
    yield ""
    yield from _left(dossier, guards)


def _answering(upstreams: tuple[Upstream, ...]) -> Iterator[str]:
    yield "upstreams:"
    for one in upstreams:
        if one.label:
            yield from comment(one.label, 2)
        if one.settings["url"] == PLACEHOLDER:
            yield from comment("SET url: the description does not say over which address it is asked.", 2)
        yield f"  {scalar(one.name)}: {flow(one.settings)}"
    yield "models:"
    answering: dict[str, list[str]] = {}
    for one in upstreams:
        answering.setdefault(one.model, []).append(one.name)
    unnamed = answering.pop("*", [])
    for model, names in answering.items():
        yield from _model(model, names)
    if unnamed:
        if len(unnamed) > 1:
            yield from comment(
                "SET models: these answer for every name, and the first is asked as long as it can be reached. Name "
                "each model that differs.",
                2,
            )
        yield from _model("*", unnamed)


def _model(model: str, names: list[str]) -> Iterator[str]:
    yield f"  {scalar(model)}: {flow({'upstreams': names})}"


def _guards(dossier: Dossier, guards: list[Placed]) -> Iterator[str]:
    standing = [one for one in guards if not one.left_open]
    if not standing:
        yield "guards: {}"
        return
    yield "guards:"
    for number, one in enumerate(standing):
        if number:
            yield ""
        yield from comment(f"{one.title}, against {_told(dossier, one.risks)}", 2)
        if not one.enforced:
            yield from comment("None of these is above your appetite: it watches, and changes nothing.", 2)
        for note in one.notes:
            yield from comment(note, 2)
        settings = one.settings if one.enforced else {**one.settings, "mode": "monitor"}
        if not settings:
            yield f"  {scalar(one.name)}: {{}}"
            continue
        yield f"  {scalar(one.name)}:"
        for key, value in settings.items():
            yield from entry(key, value, 4)


def _told(dossier: Dossier, risks: Iterable[Risk]) -> str:
    told = [f"{printable(one.id, 120)} ({dossier.level_name(one.current.level)})" for one in risks]
    more = [f"and {len(told) - _SHOWN} more"] if len(told) > _SHOWN else []
    return ", ".join([*told[:_SHOWN], *more])


def _left(dossier: Dossier, guards: list[Placed]) -> Iterator[str]:
    """What stands nowhere in the file: guards that need what no description says, and controls without a guard."""
    for one in guards:
        if one.left_open:
            yield from comment(f"SET {one.name} ({one.title}), against {_told(dossier, one.risks)}.")
            yield from comment(f"It does not stand yet: {one.left_open}.")
    for name in left_out_names(tools_of(models_of(dossier.system), dossier.system)):
        yield from comment(f"SET a rule for the tool called {name}: its name would be read as a pattern.")
    known = carried_out()
    wanted: dict[ControlId, int] = {}
    for risk in dossier.assessment.risks:
        for advice in risk.controls:
            if advice.control not in known and advice.control != "monitor_use":
                wanted[advice.control] = wanted.get(advice.control, 0) + 1
    if not wanted:
        return
    yield from comment(
        "Controls that the assessment names and no gateway carries out, with how many risks they reduce:"
    )
    for control, count in sorted(wanted.items(), key=lambda pair: (-pair[1], pair[0])):
        yield from comment(f"  {control} ({control_name(dossier, control)}): {count}")
