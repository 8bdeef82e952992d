"""What a template says only if a message says something, or a day has come: triggers."""

# ruff: noqa: SIM905  words are read best as text
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeAlias

from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.texts.jinja import Word
from bartizan.supply.scan.texts.template_rules import CONDITIONED

Trigger: TypeAlias = Literal["", "mark", "word"]
"""What a condition looks for in what a message says: nothing, a mark such as </think>, or a word, date or length."""

_CONTENT: Final = frozenset(
    """
    content text prompt query input question instruction instructions user_message user_input last_message utterance
    """.split()
)
_TESTING: Final = frozenset(
    "startswith endswith find index count rfind equalto eq search match test contains split partition".split()
)
_KINDS: Final = frozenset(
    """
    user assistant system tool developer function ipython observation model human bot gpt chatbot tools tool_calls
    tool_call tool_response tool_results text image image_url input_image video video_url audio audio_url input_audio
    file document type content role name thinking reasoning reasoning_content string mapping number object array
    boolean integer analysis final commentary True False true false none None null latest current
    """.split()
)
"""What content is looked through for in order to tell its kind."""
_MARK: Final = re.compile(r"\s*[^\w\s]|[^a-zA-Z\u0370-\U000fffff]*$")
_TAGS: Final = re.compile(r"<[^<>]{1,60}>|\[/?[A-Z_ ]{1,40}\]|\{[^{}]{0,80}\}|[｜|][^|｜\s]{1,40}[｜|]")
_PROSE: Final = re.compile(r"[^\W\d_]{2,}")
_WIDE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ENOUGH: Final = {"word": 4, "mark": 14}
_BOUNDS: Final = frozenset({"and", "or", "if", "else"})


class Conditions:
    """Follows the blocks of a template and counts what is said under a condition."""

    def __init__(self, say: Callable[[Rule, str, int], None]) -> None:
        self._say = say
        self._blocks: list[tuple[Trigger, str]] = []
        self._counts: list[int] = []
        self._content: set[str] = set()
        self._flags: set[str] = set()
        """Names whose value depends on what a message says."""

    @property
    def _trigger(self) -> Trigger:
        kinds = {kind for kind, _ in self._blocks}
        return "word" if "word" in kinds else "mark" if "mark" in kinds else ""

    def text(self, text: str, at: int) -> None:
        """Literal text of the template."""
        if self._trigger:
            self._count(_words_in(text), text, at)

    def code(self, tag: str, words: Sequence[Word], at: int) -> None:
        """An expression or statement."""
        if tag in ("if", "elif", "else"):
            self._branch(tag, words)
        elif tag in ("endif",) and self._blocks:
            self._blocks.pop()
            self._counts.pop()
        elif tag == "for":
            self._loop(words)
        else:
            self._plain(tag, words, at)

    def _branch(self, tag: str, words: Sequence[Word]) -> None:
        trigger = self._tests(words[1:]) if tag != "else" else ""
        shown = " ".join(repr(one.text) if one.kind == "string" else one.text for one in words[1:40])
        if tag == "if":
            if len(self._blocks) < 1_000:
                self._blocks.append((trigger, shown))
                self._counts.append(0)
        elif self._blocks:
            before, condition = self._blocks[-1]
            keeps = "word" if before == "word" else ""
            self._blocks[-1] = (trigger or keeps, shown if trigger else condition)  # type: ignore[assignment]
            self._counts[-1] = 0

    def _loop(self, words: Sequence[Word]) -> None:
        place = next((at for at, one in enumerate(words) if one.text == "in" and one.kind == "name"), len(words))
        if self._mentions(words[place:]):
            self._content.update(one.text for one in words[1:place] if one.kind == "name")
        self._tests(words[place:])

    def _plain(self, tag: str, words: Sequence[Word], at: int) -> None:
        place = (
            next((n for n, one in enumerate(words) if one.text == "=" and one.kind == "sign"), 0) if tag == "set" else 0
        )
        value = words[place + 1 :] if place else words
        trigger = self._tests(value)
        if tag == "set" and place:
            name = "".join(one.text for one in words[1:place])
            if self._mentions(value):
                self._content.add(name)
            if "word" in (trigger, self._trigger) and len(self._flags) < 1_000:
                self._flags.add(name)
        inline = next((n for n, one in enumerate(value) if one.text == "if" and one.kind == "name"), None)
        strings = _said(value)
        if inline is not None and trigger == "word":
            self._blocks.append((trigger, " ".join(one.text for one in value[inline : inline + 20])))
            self._counts.append(0)
        for one in strings:
            if self._trigger:
                self._count(_words_in(one.text), one.text, one.at)
        if inline is not None and trigger == "word":
            self._blocks.pop()
            self._counts.pop()
        self._swapped(value)

    def _swapped(self, words: Sequence[Word]) -> None:
        """A message in which words are replaced by others."""
        for at, word in enumerate(words):
            if word.text == "replace" and word.kind == "name" and at and words[at - 1].text in (".", "|"):
                strings = [one for one in words[at + 1 : at + 6] if one.kind == "string"][:2]
                if len(strings) == 2 and _words_in(strings[1].text) >= 3 and not _MARK.match(strings[0].text):
                    self._say(CONDITIONED, f"{strings[0].text!r} becomes {strings[1].text!r}", word.at)

    def _count(self, count: int, text: str, at: int) -> None:
        for place, (kind, condition) in enumerate(self._blocks):
            if not kind or not count:
                continue
            before = self._counts[place]
            self._counts[place] += count
            if before < _ENOUGH[kind] <= self._counts[place]:
                self._say(CONDITIONED, f"if {condition}: {text.strip()[:160]!r}", at)

    # What a condition looks at

    def _mentions(self, words: Sequence[Word]) -> bool:
        """Whether it looks at what a message says."""
        for at, word in enumerate(words):
            before = words[at - 1].text if at and words[at - 1].kind == "sign" else ""
            if word.kind == "name" and before == "." and word.text in _CONTENT:
                return True
            if word.kind == "string" and before == "[" and word.text in _CONTENT:
                return True
            if word.kind == "name" and before not in (".", "|") and word.text in self._content | _CONTENT:
                return True
        return False

    def _tests(self, words: Sequence[Word]) -> Trigger:
        found: Trigger = ""
        start = 0
        for at in range(len(words) + 1):
            if at == len(words) or (words[at].kind == "name" and words[at].text in _BOUNDS):
                trigger = self._test(words[start:at])
                found = "word" if "word" in (found, trigger) else found or trigger
                start = at + 1
        return found

    def _test(self, words: Sequence[Word]) -> Trigger:
        names = {one.text for one in words if one.kind == "name"}
        signs = {one.text for one in words if one.kind == "sign"}
        if self._flagged(words):
            return "word"
        compares = bool(signs & {"==", "!=", "<", ">", "<=", ">="}) or "in" in names
        numbers = [int(one.text) for one in words if one.kind == "number" and one.text.isdigit() and len(one.text) < 9]
        constants = [one for one in words if one.kind == "string" and "%" not in one.text]
        if "strftime_now" in names and compares and (numbers or constants):
            return "word"
        if (
            ("length" in names or "count" in names)
            and compares
            and max(numbers, default=0) >= 3
            and "tools" not in names
        ):
            return "word" if self._mentions(words) or "messages" in names else ""
        if not self._mentions(words) or not (compares or names & _TESTING):
            return ""
        return _looked_for(words)

    def _flagged(self, words: Sequence[Word]) -> bool:
        if not self._flags:
            return False
        for at, word in enumerate(words):
            if word.kind != "name" or (at and words[at - 1].text in (".", "|")):
                continue
            dotted = f"{word.text}.{words[at + 2].text}" if at + 2 < len(words) and words[at + 1].text == "." else ""
            if word.text in self._flags or dotted in self._flags:
                return True
        return False


def _looked_for(words: Sequence[Word]) -> Trigger:
    """Of a test of content: whether it looks for words, or for marks only."""
    found: Trigger = ""
    for at, word in enumerate(words):
        if word.kind == "string" and not _is_key(words, at) and word.text not in _KINDS:
            if not _MARK.match(word.text):
                return "word"
            found = "mark" if word.text.strip() else found
        elif word.text == "in" and word.kind == "name" and at and words[at - 1].kind == "name":
            before = words[at - 1].text
            found = found if before in ("not", "is") or before in _KINDS else "word"
    return found


def _is_key(words: Sequence[Word], at: int) -> bool:
    before = words[at - 1].text if at else ""
    after = words[at + 1].text if at + 1 < len(words) else ""
    return before == "[" and after == "]" and at > 1 and words[at - 2].text not in ("in", "(", ",")


def _said(words: Sequence[Word]) -> list[Word]:
    """The texts that are put out: none that are for an error, a key or a comparison."""
    found: list[Word] = []
    silent, depth = -1, 0
    for at, word in enumerate(words):
        if word.kind == "sign" and word.text in "([{":
            depth += 1
            if at and words[at - 1].text == "raise_exception" and silent < 0:
                silent = depth
        elif word.kind == "sign" and word.text in ")]}":
            if depth == silent:
                silent = -1
            depth -= 1
        elif word.kind == "string" and silent < 0:
            found.append(word)
    return found


def _words_in(text: str) -> int:
    """How many words of a language are in a text, besides marks of roles."""
    if len(text) < 6:
        return 0
    plain = _TAGS.sub(" ", text[:20_000])
    return len(_PROSE.findall(plain)) + len(_WIDE.findall(plain)) // 2
