"""Purposes and the words in which people are asked, as somebody wrote them in YAML; what of it is new to a ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from bartizan.consent.book import Book
from bartizan.consent.entries import Basis, Entry, Purpose
from bartizan.consent.ledger import wording_of
from bartizan.core.errors import InputError, nearest
from bartizan.core.shape import to_value
from bartizan.core.source import Document, PathKey, read_yaml
from bartizan.core.span import LONGEST, SPAN_FIX, span_of

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_Fault: TypeAlias = tuple[PathKey, str, str]


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of the words for a purpose."""

    version: str
    language: str
    text: str


class Declared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A purpose as it is declared."""

    title: str
    basis: Basis
    data: tuple[str, ...]
    keep: str = ""
    recipients: tuple[str, ...] = ()
    compatible_with: tuple[str, ...] = ()
    why: str = ""
    wordings: tuple[Words, ...] = ()

    def entry(self, name: str) -> Purpose:
        """What the ledger keeps of it."""
        return Purpose(
            purpose=name,
            title=self.title,
            basis=self.basis,
            data=self.data,
            keep=self.keep,
            recipients=self.recipients,
            compatible_with=self.compatible_with,
            why=self.why,
        )


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    purposes: dict[str, Declared]


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """All that a file declares."""

    purposes: dict[str, Declared]
    document: Document

    def new_to(self, book: Book) -> tuple[Entry, ...]:
        """What a ledger does not hold yet. Raises InputError where it holds it otherwise: a ledger is never changed."""
        made: list[Entry] = []
        faults: list[_Fault] = []
        for name, one in self.purposes.items():
            entry = one.entry(name)
            known = book.purposes.get(name)
            if known is None:
                made.append(entry)
            elif known != entry:
                faults.append((("purposes", name), f"the ledger holds '{name}' otherwise", "give it another name"))
            for place, words in enumerate(one.wordings):
                wording = wording_of(name, words.version, words.language, words.text)
                there = book.wordings.get(name, {}).get(words.version)
                if there is None:
                    made.append(wording)
                elif there != wording:
                    at: PathKey = ("purposes", name, "wordings", place)
                    faults.append((at, f"the ledger holds other words as '{words.version}'", "name another version"))
            faults += _unknown(name, one, {*book.purposes, *self.purposes})
        if faults:
            raise InputError([self.document.problem(*fault) for fault in faults])
        return tuple(made)


def read_declaration(file: Path) -> Declaration:
    """Purposes in YAML. Raises InputError with all that is wrong, by line."""
    document = read_yaml(file)
    read = to_value(document, _File)
    faults = [fault for name, one in read.purposes.items() for fault in _faults(name, one)]
    if not read.purposes:
        faults.append((("purposes",), "there is no purpose", "name each use, and its basis"))
    if faults:
        raise InputError([document.problem(*fault) for fault in faults])
    return Declaration(purposes=read.purposes, document=document)


def _faults(name: str, one: Declared) -> Iterator[_Fault]:
    at: PathKey = ("purposes", name)
    if not _NAME.fullmatch(name):
        yield at, f"'{name}' is no name of a purpose", "lower case, digits, hyphens: fraud-detection"
    if not one.title.strip():
        yield (*at, "title"), "it does not say what is done", "say it in words that people understand"
    if not one.data:
        yield (*at, "data"), "no kind of data is named", "a purpose that uses no data needs no ledger"
    if one.basis == "legitimate_interests" and not one.why:
        yield (*at, "why"), "legitimate interests need a balancing test (GDPR Art. 6(1)(f))", "say where it is"
    if one.compatible_with and not one.why:
        yield (*at, "why"), "that purposes are compatible is judged by somebody (GDPR Art. 6(4))", "say where"
    yield from _keeping(at, one.keep)
    yield from _asking(at, one)


def _keeping(at: PathKey, keep: str) -> Iterator[_Fault]:
    span = span_of(keep)
    if keep and span is None:
        yield (*at, "keep"), f"'{keep}' is no span of time", SPAN_FIX
    elif span is not None and span.is_too_long:
        yield (*at, "keep"), f"more than {LONGEST} years", "leave it out where nothing limits it"


def _asking(at: PathKey, one: Declared) -> Iterator[_Fault]:
    if one.basis != "consent" and one.wordings:
        yield (*at, "wordings"), f"nobody is asked for what rests on {one.basis}", "leave the words out"
    if one.basis == "consent" and not one.wordings:
        yield (
            (*at, "wordings"),
            "people agree to words that they saw, and there are none",
            "say version, language, text",
        )
    versions = [words.version for words in one.wordings]
    for place, words in enumerate(one.wordings):
        if not words.text.strip():
            yield (*at, "wordings", place, "text"), "there are no words", ""
        if not words.version.strip() or versions.index(words.version) != place:
            yield (*at, "wordings", place, "version"), "each wording has a version of its own", ""


def _unknown(name: str, one: Declared, known: set[str]) -> Iterator[_Fault]:
    """Purposes that one says it is compatible with, and that are none, or itself."""
    for other in one.compatible_with:
        if other not in known:
            yield ("purposes", name, "compatible_with"), f"there is no purpose '{other}'", nearest(other, known)
        elif other == name:
            yield ("purposes", name, "compatible_with"), f"'{name}' names itself", "leave it out"
