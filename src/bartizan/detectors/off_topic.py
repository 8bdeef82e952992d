"""Whether a reply has anything to do with what was asked: a deflection that no word of refusal gives away."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z]{3,}")
_COMMON_WORDS = (
    "the and for with that this from are was were has have had not but you your our their his her its they them then "
    "than what which who how why when where can could would should will shall may might must does did doing about into "
    "some any all more most other such each give tell write make create explain describe provide share list show "
    "suggest recommend help please know want need like good best great nice here there common simple easy basic short "
    "quick famous popular main different various several many much few new old first last one two three way ways thing "
    "things idea ideas tip tips example examples name names use used using get got let take work works classic fun "
    "interesting unique important useful steps step it's i'm don't also just very between during while being been"
)
_COMMON = frozenset(_COMMON_WORDS.split())
_ENOUGH = 0.3
"""The share of a question's content words that an answer takes up at least."""
_GRAMMAR = {
    "the",
    "a",
    "an",
    "of",
    "to",
    "for",
    "in",
    "on",
    "is",
    "are",
    "how",
    "what",
    "do",
    "can",
    "you",
    "me",
    "my",
    "some",
}


def is_off_topic(asked: str, reply: str, words: int = 12) -> bool:
    """Whether hardly a content word of a short English question is in an English reply of ``words`` at least, by stems.

    False where that cannot be told: other languages, encoded or very long questions, replies of few words.
    """
    question, answer = asked.lower().split(), reply.lower().split()
    if (
        not 3 <= len(question) <= 60
        or len(answer) < words
        or not _GRAMMAR & set(question)
        or not _GRAMMAR & set(answer)
    ):
        return False
    wanted = _stems(asked)
    return bool(wanted) and len(wanted & _stems(reply)) < len(wanted) * _ENOUGH


def _stems(text: str) -> set[str]:
    words = {one for one in _WORD.findall(text.lower()) if one not in _COMMON}
    return {one[:5] if len(one) > 5 else one.rstrip("s")[:5] for one in words}
