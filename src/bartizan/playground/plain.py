"""Text as a susceptible model takes it in: what no person sees in it is text like any other.

Nothing here is aimed at an attack. A language model reads tokens, not pages: comments, invisible elements, characters
of the tag block and letters that only look Latin all arrive.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import re
import unicodedata
from collections.abc import Iterator

_ZERO_WIDTH = re.compile("[\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{20,2000}={0,2}(?![A-Za-z0-9+/=])")
_LOOKALIKE = str.maketrans(
    "аеорсухіјѕԁһνкмтАВЕКМНОРСТХαοιρνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijsdhvkmtABEKMHOPCTXaoipvABEZHIKMNOPTYX"
)
LONGEST = 60_000
"""Characters of a text that are read: a window is not endless."""


def as_read(text: str) -> str:
    """The text as it arrives: hidden characters told, look-alikes as what they look like, base64 beside its meaning."""
    text = text[:LONGEST]
    if not text.isascii():
        text = _TAGS.sub(lambda found: " " + "".join(chr(ord(c) - 0xE0000) for c in found[0]) + " ", text)
        text = unicodedata.normalize("NFKC", _ZERO_WIDTH.sub("", text)).translate(_LOOKALIKE)
    text = _OBJECT.sub(_said_in, text.replace("<!--", "\n").replace("-->", "\n"))
    return _BASE64.sub(lambda found: _meaning(found[0]), text)


_OBJECT = re.compile(r"^[ ]*\{\".*\}[ ]*$", re.MULTILINE)


def _said_in(found: re.Match[str]) -> str:
    """The texts in a JSON object, a line each: who reads an envelope reads what lies in it."""
    try:
        return "\n".join(_texts(json.loads(found[0])))
    except (ValueError, RecursionError):
        return found[0]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _meaning(word: str) -> str:
    """What a base64 word says, after it; the word alone where that is no text."""
    try:
        said = base64.b64decode(word, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return word
    return f"{word}\n{said}\n" if said.isprintable() and " " in said else word


_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]?\s+|\n+")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")


def sentences(text: str) -> list[str]:
    """Its sentences and lines, none empty."""
    return [one for part in _SENTENCE.split(text) if (one := part.strip())]


def without_markup(text: str) -> str:
    """The words of HTML."""
    return _MARKUP.sub(" ", text)


_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = (
    "a an the and or of to in on at for from by with as is are was were be been am do does did can could will would "
    "shall should may might must have has had i me my we us our you your it its he she they them this that these those "
    "there here what which who whom how when where why please tell about if so not no any some all get give know "
    "need want say says let"
)
_STOP = frozenset(_STOP_WORDS.split())


@functools.lru_cache(maxsize=512)
def words(text: str) -> tuple[str, ...]:
    """Its telling words: lower case, without endings that change nothing."""
    return tuple(_stem(one) for one in _WORD.findall(text.casefold()) if one not in _STOP)


@functools.lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word
