"""Honest answers from passages: find the sentences that answer a question, or the first ones of each piece."""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from bartizan.playground.errands import errands
from bartizan.playground.orders import find_orders, is_imperative
from bartizan.playground.plain import sentences, without_markup, words

UNKNOWN = "I do not know that. Please write to help@larch.example."
_READER = re.compile(
    r"\b(?:assistants?|language model|AI|chat ?bots?|instructions?|prompts?|ignore|disregard|reply|respond|repeat|"
    r"print|output|say|include|append|insert|begin (?:your|with)|end (?:your|with)|start (?:your|with)|override|system|"
    r"your (?:answer|summary|reply)|tell the|state that|mention|confirm|canary|token|must (?:\w+ ){0,2}write|"
    r"summar\w+|sum(?:med|ming)? up|(?:when|if|before) you (?:answer|read|report|describe)|user's (?:request|question)|"
    r"part \d+ of \d+|read together)\b",
    re.IGNORECASE,
)
_TOOLS = frozenset(
    {"send_mail", "pay", "fetch_page", "update_customer", "run_command", "remember", "ask_agent", "write_file"}
)


def answer(question: str, texts: Sequence[str]) -> str:
    """The one or two sentences of the texts that share most telling words with the question; UNKNOWN where none do."""
    asked = set(words(question))
    found = [one for text in texts for one in _statements(sentences(without_markup(text)))]
    if not asked or not found:
        return UNKNOWN
    spread = Counter(word for _, has in found for word in has & asked)
    weights = {word: 1.0 / (1.0 + spread[word]) ** 0.5 for word in asked}
    scored = [(sum(weights[word] for word in has & asked), len(has & asked), one) for one, has in found]
    best = max(scored, key=lambda one: one[0])
    if best[1] < min(2, len(asked)):
        return UNKNOWN
    near = [one for one in scored if one[0] >= 0.75 * best[0] and one[1] >= min(2, len(asked)) and one is not best]
    chosen = list(dict.fromkeys([best[2], *(one[2] for one in sorted(near, key=lambda one: -one[0])[:1])]))
    return " ".join(chosen)


def _statements(told: Sequence[str]) -> Iterator[tuple[str, set[str]]]:
    """Each with its words. A question is no answer: its words count with what follows it."""
    before = set[str]()
    for one in told:
        if one.endswith("?"):
            before = set(words(one))
        else:
            yield one, set(words(one)) | before
            before = set()


def summary(texts: Sequence[str], most: int = 24) -> str:
    """The first two sentences of each paragraph, one paragraph a line."""
    lines = []
    for block in (block for text in texts for block in re.split(r"\n\s*\n", without_markup(text))):
        said = [one for one in sentences(block) if words(one)]
        if said:
            lines.append(" ".join(said[:4])[:600])
    return "\n".join(lines[:most]) or "There is nothing in it."


@functools.lru_cache(maxsize=256)
def matter(text: str) -> str:
    """Marked material without what speaks to its reader: a careful reader passes on what it says, not what it wants.

    What follows in the same paragraph belongs to it.
    """
    blocks = re.split(r"\n\s*\n", text)
    return "\n\n".join("\n".join(itertools.takewhile(_is_matter, sentences(block))) for block in blocks)


def _is_matter(line: str) -> bool:
    return not _speaks_to_reader(line)


def _speaks_to_reader(line: str) -> bool:
    if _READER.search(line):
        return True
    for order in find_orders(line):
        if order.kind != "task" or (is_imperative(order.whole) and errands(order.whole, _TOOLS, str)):
            return True
    return False
