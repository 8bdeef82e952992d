"""The schema of `data/privacy`: what law and the principles of privacy ask, as duties with rules.

A chapter is a principle of the framework or a part of a law; it holds its duties. Texts are written for this project;
articles, numbers and names are facts of the sources.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from bartizan.core.rule import Rule, Value
from bartizan.core.terms import ControlId, Edition, ThreatId

DutyPlace: TypeAlias = Literal["system", "purpose"]
"""Where a duty is judged: once for the system, or for each purpose."""
DutyKind: TypeAlias = Literal["prohibition", "class", "duty"]
"""Forbidden where it applies; a class that brings duties where it applies; something to be met where it applies."""


class Duty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What law or a principle asks of those who answer for data about people."""

    id: str
    title: str
    at: DutyPlace
    kind: DutyKind = "duty"
    editions: tuple[Edition, ...] = ()
    """The editions of the framework that ask for it; empty for what a law asks."""
    applies: Rule
    """When it is asked at all."""
    met: Rule | None = None
    """What the description says where it is met; None where only people can say."""
    controls: tuple[ControlId, ...] = ()
    """Controls that together meet it."""
    helped_by: tuple[ControlId, ...] = ()
    """Controls without which it is hardly met, and which do not meet it alone."""
    threats: tuple[ThreatId, ...] = ()
    law: tuple[str, ...] = ()
    """The articles and guidelines it rests on."""
    what: str
    how: tuple[str, ...] = ()
    proof: str = ""
    """What shows that it is met."""
    example: str = ""


class Chapter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A principle of the framework, or a part of a law: one file in ``data/privacy``."""

    id: str
    kind: Literal["principle", "law"]
    number: int = 0
    """The principle's number in the framework."""
    title: str = ""
    names: dict[Edition, str] = {}
    """A principle's name per edition; an edition that is absent does not know it."""
    source: str = ""
    """The text of the law that was read, and since when it binds."""
    what: str
    techniques: tuple[str, ...] = ()
    duties: tuple[Duty, ...]

    @property
    def name(self) -> str:
        """What it is called: the newest name of a principle, the title of a law."""
        return self.names[max(self.names)] if self.names else self.title


class PrivacyFact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that the rule of a duty may ask of the system or of a purpose."""

    id: str
    at: DutyPlace
    says: str
    says_not: str
    question: str
    why: str

    def said(self, value: Value) -> str:
        """The fact with this value as a statement; unknown, the question that is open."""
        return self.question if value is None else self.says if value else self.says_not


class FactFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file of all facts."""

    facts: tuple[PrivacyFact, ...]


class PrivacyBook(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known about duties: laws first, then the principles by their numbers."""

    chapters: tuple[Chapter, ...] = ()
    facts: dict[str, PrivacyFact] = {}

    @property
    def duties(self) -> dict[str, Duty]:
        """All duties by id, in order."""
        return {duty.id: duty for chapter in self.chapters for duty in chapter.duties}


LAW_ORDER = ("ai_act_prohibited", "gdpr", "ai_act_high_risk", "ai_act_all")
"""May you at all; may you with this data; at what price. A law that is not listed comes after these."""


def in_order(chapters: list[Chapter]) -> tuple[Chapter, ...]:
    """The order in which chapters are read: laws, then principles."""

    def place(chapter: Chapter) -> tuple[bool, int, str]:
        law = LAW_ORDER.index(chapter.id) if chapter.id in LAW_ORDER else len(LAW_ORDER)
        return chapter.kind == "principle", law if chapter.kind == "law" else chapter.number, chapter.id

    return tuple(sorted(chapters, key=place))
