"""Decisions on risks in a file of their own: read, and checked before any of them can be taken for one that holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from bartizan.catalog.entries import Catalog
from bartizan.core.dates import DATE_FIX, in_words, is_date
from bartizan.core.errors import InputError, Problem, nearest
from bartizan.core.records import Decision
from bartizan.core.shape import faults_of, to_value
from bartizan.core.source import Document, PathKey, read_yaml
from bartizan.core.terms import ComponentId, Treatment
from bartizan.system.graph import System
from bartizan.system.renames import new_names


class _Decisions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    decisions: tuple[Decision, ...]


class _Given(msgspec.Struct, frozen=True):
    """One decision as it stands in the file: the fields that can be read, and those that are there at all."""

    document: Document
    path: PathKey
    fields: Mapping[str, str]
    named: frozenset[str]

    def problem(self, field: str, finding: str, fix: str = "") -> Problem:
        return self.document.problem((*self.path, field), finding, fix)


def read_decisions(file: Path, catalog: Catalog, system: System) -> tuple[Decision, ...]:
    """Decisions given in a file: `decisions:` with risk, treatment, reason, by, on and, for an acceptance, until.

    Each must be on `threat@component` with a threat that the catalogue knows; whether that is a risk of the system is
    not asked here. Raises InputError with all problems.
    """
    document = read_yaml(file)
    faults = faults_of(document, document.data, _Decisions)
    given = tuple(_given(document, {fault.path for fault in faults}))
    problems = [fault.problem for fault in faults]
    for one in given:
        problems += [*_about(one, catalog), *_words(one), *_dates(one)]
    problems += _twice(given, system)
    if problems:
        raise InputError(problems)
    return to_value(document, _Decisions).decisions


def _given(document: Document, bad: set[PathKey]) -> Iterator[_Given]:
    """The entries that have any shape, without the fields that have none."""
    entries = document.data.get("decisions") if isinstance(document.data, dict) else None
    for i, entry in enumerate(entries if isinstance(entries, list) else ()):
        path: PathKey = ("decisions", i)
        if isinstance(entry, dict):
            sound = {k: v for k, v in entry.items() if (*path, k) not in bad and isinstance(v, str)}
            yield _Given(document, path, sound, frozenset(map(str, entry)))


def _about(one: _Given, catalog: Catalog) -> Iterator[Problem]:
    risk = one.fields.get("risk")
    if risk is None:
        return
    threat, sign, component = risk.partition("@")
    if not (threat and sign and component) or "@" in component or risk != "".join(risk.split()):
        yield one.problem("risk", f"'{risk:.100}' names no risk", "write threat@component, as the reports do")
    elif threat not in catalog.threats:
        fix = nearest(threat, catalog.threats) or "see: bartizan catalog list threats"
        yield one.problem("risk", f"there is no threat '{threat:.100}'", fix)


def _words(one: _Given) -> Iterator[Problem]:
    for field, fix in (("reason", "say why, for those who read it later"), ("by", "name who decided")):
        if not one.fields.get(field, "something").strip():
            yield one.problem(field, f"'{field}' is empty", fix)


def _dates(one: _Given) -> Iterator[Problem]:
    days = {field: one.fields[field] for field in ("on", "until") if field in one.fields}
    for field, day in days.items():
        if not is_date(day) and (day or field == "on"):
            yield one.problem(field, f"'{day:.60}' is no date", DATE_FIX)
    on, until = days.get("on", ""), days.get("until", "")
    if is_date(on) and is_date(until) and until < on:
        fix = "give the last day on which the decision holds"
        yield one.problem("until", f"it ends on {in_words(until)}, before it was made on {in_words(on)}", fix)
    is_open = not until and ("until" in days or "until" not in one.named)
    if is_open and one.fields.get("treatment") == Treatment.ACCEPT.value:
        yield one.problem("treatment", "an acceptance without an end", "add 'until:' with its last day: 2026-11-22")


def _twice(given: tuple[_Given, ...], system: System) -> Iterator[Problem]:
    """Decisions of one day on one risk: nobody can tell which holds. One of a later day replaces those before it."""
    names = new_names(system)
    first: dict[tuple[str, str, str], _Given] = {}
    for one in given:
        risk, on = one.fields.get("risk", ""), one.fields.get("on", "")
        threat, _, place = risk.partition("@")
        now = place if place in system.components else names.get(ComponentId(place), place)
        earlier = first.setdefault((threat, now, on), one) if risk and is_date(on) else one
        if earlier is not one:
            line = one.document.line((*earlier.path, "risk"))
            fix = f"the first is at line {line}; keep one, or give the later one its own day"
            yield one.problem("risk", f"a second decision of {in_words(on)} on '{risk:.100}'", fix)
