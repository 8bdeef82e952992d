"""The sentences that attacks are made of, in twenty languages, from a table; the rest within a frame in that language.

No model translates: what the table does not know stays English, inside 'Please do the following: ...' in the other
language. So does what stands in the places of a sentence, marks above all.
"""

from __future__ import annotations

import functools
import random
import re
from importlib import resources
from typing import ClassVar, Literal, TypeAlias, get_args

import msgspec

from bartizan.attacks.chat.variations.family import Variation
from bartizan.core.source import parse_yaml

Language: TypeAlias = Literal[
    "ar",
    "cs",
    "de",
    "el",
    "es",
    "fi",
    "fr",
    "he",
    "hi",
    "id",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "ru",
    "sw",
    "tr",
    "zh",
]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""Their codes by ISO 639-1."""

_SENTENCE = re.compile(r"(?<=[.!?])[ \t]+|(?<=nstructions:)[ \t]+|(\n+)")
_JOINED = re.compile(r"\A((?:Ignore|Disregard|Forget) (?:all|the) previous instructions),? and (?=\w)", re.IGNORECASE)


class _Table(msgspec.Struct, frozen=True, kw_only=True):
    """The file of translations: phrase -> English sentences; language -> phrase -> sentence."""

    english: dict[str, tuple[str, ...]]
    languages: dict[str, dict[str, str]]


class _Pattern(msgspec.Struct, frozen=True):
    phrase: str
    finds: re.Pattern[str]


@functools.cache
def table() -> _Table:
    """The table, read once. Raises InputError where the file is broken."""
    file = resources.files(__package__) / "translations.yaml"
    return msgspec.convert(parse_yaml(file.read_text("utf-8"), "translations.yaml").data, _Table)


@functools.cache
def _patterns() -> dict[str, tuple[_Pattern, ...]]:
    """First word, in small letters -> what may begin with it, the longest first."""
    known = [(sentence, phrase) for phrase, ways in table().english.items() for sentence in ways]
    found: dict[str, list[_Pattern]] = {}
    for sentence, phrase in sorted(known, key=lambda one: -len(one[0])):
        if phrase != "frame":
            body = re.escape(sentence).replace(r"\{0\}", r"(\S.*?)").replace(r"\{1\}", r"(\S+?)")
            body = re.sub(r"\\ ", " +", body)
            pattern = _Pattern(phrase, re.compile(rf"{body}[.!?:]?", re.IGNORECASE | re.DOTALL))
            found.setdefault(_first_word(sentence), []).append(pattern)
    return {word: tuple(patterns) for word, patterns in found.items()}


def _first_word(sentence: str) -> str:
    return sentence.partition(" ")[0].lower().rstrip(".!?:")


def _known(sentence: str, words: dict[str, str]) -> str | None:
    for pattern in _patterns().get(_first_word(sentence), ()):
        found = pattern.finds.fullmatch(sentence)
        if found:
            told = words[pattern.phrase].format(*found.groups())
            return f"{told}." if sentence.endswith(".") and told[-1].isalnum() else told
    return None


class Translation(Variation, frozen=True):
    """Another language."""

    id: ClassVar[str] = "translation"
    title: ClassVar[str] = "Another language"

    language: Language | None = None
    """None: one of the twenty, drawn for each text."""

    def apply(self, text: str, rng: random.Random) -> str:
        """Known sentences translated, what stands between them framed; line breaks stay."""
        words = table().languages[self.language or rng.choice(LANGUAGES)]
        split = _JOINED.sub(lambda found: f"{found[1]}. ", text)
        out: list[str] = []
        unknown: list[str] = []
        for sentence in _SENTENCE.split(split):
            if not sentence:
                continue
            told = None if sentence.isspace() else _known(sentence, words)
            if told is None and not (sentence.isspace() and not unknown):
                unknown.append(sentence)
                continue
            out += _framed(unknown, words)
            unknown = []
            out.append(sentence if told is None else told)
        return _with_spaces(out + _framed(unknown, words)) if text.strip() else text


def _framed(unknown: list[str], words: dict[str, str]) -> list[str]:
    """What the table does not know, as one order, and the white space after it."""
    text = _with_spaces(unknown)
    body = text.rstrip()
    tail = [text[len(body) :]] if len(body) < len(text) else []
    return [words["frame"].format(body), *tail] if body else tail


def _with_spaces(sentences: list[str]) -> str:
    """Sentences joined by a space where no line break stands between them."""
    joined = ""
    for sentence in sentences:
        apart = joined and not joined[-1].isspace() and not sentence[0].isspace()
        joined += f" {sentence}" if apart else sentence
    return joined
