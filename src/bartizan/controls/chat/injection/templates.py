"""Rules' patterns as templates: words in order, with lists, gaps and fillers, turned into bounded expressions.

    <ignore> ..3 <earlier> <instructions>

``word`` stands for itself, ``word*`` for all words that begin so, ``a|b*`` for either, ``<list>`` for a word of a list,
``..3`` for up to three words of any kind, a ``?`` at the end for what may be absent. Between them stand one to four
characters that are neither letters nor digits. In a language that puts no spaces between words (``joined``) fillers
count characters and what stands between words may be nothing.

Every repetition is bounded and takes other characters than its neighbours, so time is linear in the text. What must be
there is known from the template: a text without these words is never searched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cached_property

import msgspec

from bartizan.controls.chat.injection.normalise import fold

_GAP = r"[\W_]{1,4}"
_JOINED_GAP = r"[\W_]{0,3}"
_WORD = r"[^\W_]"


_REACH = 250
"""Characters on either side of a word that a pattern needs, in which it is looked for."""
_PIECES = re.compile(r"[^\W_]+")
_APART = {code: " " for code in range(128) if not chr(code).isalnum()}
"""With it what is no letter and no digit of ASCII parts words, as _PIECES does."""


_JOINED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Letters of languages whose rules look for pieces of text: Chinese, Japanese, Korean."""


LONGEST = 16
"""Characters of a word that patterns may need at most."""


def mark_of(piece: str) -> str:
    """The first character of a piece that no word has; '' where there is none."""
    return next((one for one in piece if one == "_" or not one.isalnum()), "")


def beginnings_of(word: str) -> tuple[str, ...]:
    """All beginnings of a word, itself among them."""
    return tuple([word[:end] for end in range(1, len(word) + 1)])


class Words:
    """A folded text and what its words begin with: by it most patterns are ruled out without a search."""

    def __init__(self, text: str, known: Callable[[str], tuple[str, ...]] | None = None) -> None:
        """``known``: gives of a word's first sixteen characters those beginnings that matter; None: all do."""
        self.text = text
        self._known = known or beginnings_of
        words = text.translate(_APART).split() if text.isascii() else _PIECES.findall(text)
        self._different = set(words)
        self.beginnings: set[str] = set().union(*[self._known(word[:LONGEST]) for word in self._different])
        """Those that matter of all words."""
        self.has_joined = not text.isascii() and _JOINED.search("".join(set(text))) is not None

    @cached_property
    def _run_together(self) -> str:
        return " ".join(self._different)

    @cached_property
    def _counts(self) -> dict[str, int]:
        """How many words begin so."""
        counts: dict[str, int] = {}
        for word, count in Counter(_PIECES.findall(self.text)).items():
            for beginning in self._known(word[:LONGEST]):
                counts[beginning] = counts.get(beginning, 0) + count
        return counts

    def there(self, needed: tuple[str, ...], *, anywhere: bool) -> list[str]:
        """Which of these begin a word; which are in the text, where they may be ``anywhere``."""
        where = self.text if anywhere else self.beginnings
        return [one for one in needed if one in where]

    def pieces(self, by_mark: Mapping[str, tuple[str, ...]]) -> list[str]:
        """Which pieces are anywhere in the text; of each they are told by a mark that it holds ('': letters only), for
        most texts have few marks, and what has none is in one of the text's different words.
        """
        out: list[str] = []
        for mark, pieces in by_mark.items():
            if mark in self.text:
                where = self.text if mark else self._run_together
                out += [one for one in pieces if one in where]
        return out

    def count(self, needed: list[str], *, anywhere: bool) -> int:
        """How many words begin with these; how often they are in the text, where they may be ``anywhere``."""
        if not anywhere:
            return sum([self._counts[one] for one in needed])
        return sum([self.text.count(one) for one in needed])

    def places(self, needed: list[str], *, anywhere: bool) -> list[int]:
        """Where they are, in order."""
        text, out = self.text, []
        for one in needed:
            at = text.find(one)
            while at >= 0:
                if anywhere or at == 0 or not text[at - 1].isalnum():
                    out.append(at)
                at = text.find(one, at + 1)
        return sorted(out)


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """A bounded expression and what it needs: of each group at least one must be in the text, else it cannot match.

    What it needs are beginnings of words, or, where it is ``anywhere``, pieces of text.
    """

    expression: re.Pattern[str]
    needs: tuple[tuple[str, ...], ...]
    anywhere: bool = False

    def place(self, words: Words) -> tuple[int, int] | None:
        """Start and end of the first match that is near a word it needs; None where there is none."""
        text, anywhere = words.text, self.anywhere
        if not anywhere:
            for group in self.needs:
                if words.beginnings.isdisjoint(group):
                    return None
        present: list[list[str]] = []
        for group in self.needs:
            here = words.there(group, anywhere=anywhere)
            if not here:
                return None
            present.append(here)
        rarest = min([(words.count(group, anywhere=anywhere), group) for group in present])
        for low, high in _around(words, *rarest, anywhere=anywhere):
            found = self.expression.search(text, low, high)
            if found is not None:
                return found.span()
        return None


def _around(words: Words, count: int, needed: list[str], *, anywhere: bool) -> list[tuple[int, int]]:
    """Stretches of the text around each of these, joined where they meet; all of it where they are many."""
    size = len(words.text)
    if count * _REACH > size:
        return [(0, size)]
    out: list[tuple[int, int]] = []
    for at in words.places(needed, anywhere=anywhere):
        low, high = max(0, at - _REACH), min(size, at + _REACH)
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], high)
        else:
            out.append((low, high))
    return out


def compiled(template: str, lists: Mapping[str, tuple[str, ...]], *, joined: bool = False) -> Pattern:
    """A template as an expression over folded text. Raises ValueError for one that is wrong, saying what is."""
    parts: list[str] = []
    needs: list[tuple[str, ...]] = []
    gap = _JOINED_GAP if joined else _GAP
    for token in template.split():
        found = re.fullmatch(r"\.\.([1-9][0-9]?)", token)
        if found is not None:
            parts.append(_filler(int(found[1]), joined))
            continue
        bare, may_lack = token.removesuffix("?"), token.endswith("?")
        words = _words(bare, lists)
        one = "|".join(_as_expression(word) for word in sorted(words, key=len, reverse=True))
        parts.append(f"(?:(?:{one}){gap})?" if may_lack else f"(?:{one}){gap}")
        if not may_lack:
            needs.append(tuple(sorted({_needed(word, joined) for word in words})))
    if not needs:
        raise ValueError(f"the template '{template}' holds nothing that must be there")
    body = _without_last_gap("".join(parts), gap)
    edges = ("", "") if joined else (rf"(?<!{_WORD})", rf"(?!{_WORD})")
    expression = re.compile(f"{edges[0]}{body}{edges[1]}")
    return Pattern(expression=expression, needs=tuple(_fewest_first(needs)), anywhere=joined)


def _filler(most: int, joined: bool) -> str:
    return rf".{{0,{most}}}?" if joined else rf"(?:{_WORD}{{1,20}}[\W_]{{1,4}}){{0,{most}}}?"


def _without_last_gap(body: str, gap: str) -> str:
    if not body.endswith(gap):
        raise ValueError("a template ends with a word that must be there")
    return body[: -len(gap)]


def _words(token: str, lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    out: list[str] = []
    for one in token.split("|"):
        if one.startswith("<") and one.endswith(">"):
            if one[1:-1] not in lists:
                raise ValueError(f"there is no list '{one[1:-1]}'")
            out.extend(lists[one[1:-1]])
        else:
            out.append(one.replace("_", " "))
    return tuple(fold(word) for word in out)


def _as_expression(word: str) -> str:
    """A word, or several with a gap between them; one that ends with * goes on."""
    stem = word.endswith("*")
    text = r"[\W_]{1,3}".join(re.escape(one) for one in word.removesuffix("*").split())
    return text + (rf"{_WORD}{{0,12}}" if stem else "")


def _needed(word: str, joined: bool) -> str:
    bare = word.removesuffix("*")
    return max(bare.split() if joined else _PIECES.findall(bare), key=len)[:LONGEST]


def _fewest_first(needs: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return sorted(needs, key=lambda group: (len(group), group))
