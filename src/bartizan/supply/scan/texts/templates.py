"""Jinja templates of chats: what they reach for, what they say of their own, and under which condition.

They are not rendered. Words are read one by one, and what they put together out of constants is put together here too.
"""

# ruff: noqa: SIM905  words are read best as text
from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bartizan.supply.scan.limits import TooMuch
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.texts import template_rules as rules
from bartizan.supply.scan.texts.conditions import Conditions
from bartizan.supply.scan.texts.folding import folded
from bartizan.supply.scan.texts.invisible import hidden
from bartizan.supply.scan.texts.jinja import NoTemplate, Part, Word, parts

RULES = rules.RULES

_MOST: Final = 4 << 20
_HUGE: Final = 100_000
_GADGETS: Final = frozenset(
    """
    mro gi_frame gi_code gi_yieldfrom cr_frame cr_code cr_await ag_frame ag_code f_back f_builtins f_globals f_locals
    f_code tb_frame tb_next func_globals func_code func_closure im_func im_self im_class co_code co_consts
    import_module load_module get_data exec_module
    """.split()
)
_CALLED: Final = frozenset(
    """
    popen Popen system check_output check_call getoutput getstatusoutput eval exec execfile import_string
    run_command urlopen urlretrieve format_map
    """.split()
)
"""Methods that no value of a chat has."""
_DOORS: Final = frozenset(
    """
    lipsum self config request url_for get_flashed_messages session current_app application environ os sys subprocess
    builtins open eval exec getattr globals locals vars compile environment settings debug context
    """.split()
)
_KNOWN_TAGS: Final = frozenset(
    """
    for endfor if elif else endif set endset macro endmacro call endcall filter endfilter raw endraw with endwith block
    endblock generation endgeneration break continue do autoescape endautoescape trans endtrans pluralize
    """.split()
)
_LOADING: Final = frozenset({"import", "from", "include", "extends"})
_DUNDER: Final = re.compile(r"\w*__\w*[^\W_]\w*__\w*")
_IN_FORMAT: Final = re.compile(r"\{[^{}]{0,200}(?:\.|\[)_[^{}]{0,200}\}")
_ADDRESS: Final = re.compile(
    r"(?:\b(?:https?|ftps?|wss?|file)://|\bwww\.)(?!(?:www\.)?(?:example\.(?:com|org)|json-schema\.org|w3\.org)\b)"
    r"[^\s'\"<>\\)]{3}[^\s'\"<>\\)]{0,200}|<(?:script|iframe|img|object|embed|link|svg|form|style)\b[^>]{0,200}"
    r"|\bjavascript:|\bon(?:error|load|click)\s{0,9}=",
    re.IGNORECASE,
)
_ORDER: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|the\s+|your\s+|of\s+|every\s+|these\s+){0,4}"
    r"(?:previous|prior|above|earlier|preceding|other|safety|user|system)\b"
    r"|\b(?:do\s+not|don't|never)\s+(?:mention|reveal|disclose|tell|inform|admit)\s+(?:to\s+)?(?:this|these|that|it|the\s+user|anyone|them)\b(?!\s+about\s+function)"
    r"|\bwithout\s+(?:telling|informing|mentioning|the\s+user\s+(?:knowing|noticing))\b"
    r"|\b(?:curl|wget)\s+-?\S|\brm\s+-rf\b|/dev/tcp/",
    re.IGNORECASE,
)
_LONGEST_TEXT: Final = 16_000


def scan_template(text: str, look: Look) -> None:
    """Look at a template that a program renders for each chat. Says what it finds; raises TooMuch."""
    if len(text) > _MOST:
        raise TooMuch(f"a template of {len(text):,} characters, more than {_MOST:,}")
    if found := hidden(text):
        look.found(rules.INVISIBLE, found)
    reading = _Reading(look)
    try:
        for part in parts(text):
            reading.read(part)
    except NoTemplate as error:
        look.found(rules.BROKEN, f"{error}: {text[error.at : error.at + 40]!r}", error.at)


class _Reading:
    """What is known of a template so far."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._said: set[tuple[str, str]] = set()
        self._constants: dict[str, str] = {}
        self._own: set[str] = set()
        self._conditions = Conditions(self._say)
        self._loops: list[int] = []
        self._steps = 0

    def read(self, part: Part) -> None:
        """Go on with the next part."""
        self._steps += len(part.words) + 1
        if self._steps > 5_000:
            self._look.spend(self._steps)
            self._steps = 0
        if part.kind == "text":
            self._literal(part.text, part.at)
            self._conditions.text(part.text, part.at)
            return
        words = part.words
        tag = words[0].text if part.kind == "statement" and words else ""
        if part.kind == "statement":
            self._statement(tag, words, part.at)
        self._conditions.code(tag, words, part.at)
        self._expression(words)

    # What a statement does

    def _statement(self, tag: str, words: Sequence[Word], at: int) -> None:
        if tag in _LOADING:
            targets = [word.text for word in words[1:] if word.kind == "string"]
            leads_out = any(one.startswith(("/", "\\", "~")) or ".." in one or ":" in one for one in targets)
            self._say(rules.OUTSIDE if leads_out else rules.INCLUDE, _shown(words), at)
        elif tag not in _KNOWN_TAGS:
            self._say(rules.ODD_NAME, f"the statement {tag!r}", at)
        if tag in ("set", "for", "macro", "with", "call"):
            ends = {"set": "=", "for": "in", "macro": "", "with": "", "call": ""}[tag]
            for place, word in enumerate(words[1:], 1):
                if ends and word.text == ends and word.kind != "string":
                    break
                if word.kind == "name" and words[place - 1].text != ".":
                    self._own.add(word.text)
        if tag == "set" and len(words) > 3 and words[2].text == "=":
            self._constant(words[1].text, words[3:])
        if tag == "for":
            self._loops.append(_range(words))
            if (product := _product(self._loops)) > 100 * _HUGE:
                self._say(rules.ENDLESS, f"loops in loops, {product:,} rounds", at)
        elif tag == "endfor" and self._loops:
            self._loops.pop()

    def _constant(self, name: str, value: Sequence[Word]) -> None:
        texts = list(folded(value, self._constants))
        is_list = value[0].text == "[" and len(texts) > 1
        if (len(texts) == 1 and value[0].kind in ("string", "name") and len(self._constants) < 10_000) or (
            is_list and len(self._constants) < 10_000
        ):
            self._constants[name] = texts[0].text
        else:
            self._constants.pop(name, None)

    # What an expression reaches for

    def _expression(self, words: Sequence[Word]) -> None:
        for text in folded(words, self._constants):
            self._literal(text.text, text.at)
            is_name = (_DUNDER.search if text.is_made else _DUNDER.fullmatch)(text.text)
            if is_name or _IN_FORMAT.search(text.text) or text.text.startswith("%c"):
                self._say(rules.MADE_NAME if text.is_made else rules.ESCAPE, repr(text.text), text.at)
        for at, word in enumerate(words):
            if word.is_masked:
                self._say(rules.ODD_NAME, f"a text with letters as escapes: {word.text!r}", word.at)
            before = words[at - 1].text if at and words[at - 1].kind == "sign" else ""
            if word.kind == "name" and before == ".":
                self._member(word.text, words, at)
            elif word.kind == "name" and before == "|":
                self._filter(word.text, words, at)
            elif word.kind == "name":
                self._name(word, words, at)
            elif word.kind == "string" and before == "[" and _text_at(words, at + 1) == "]":
                self._member(word.text, words, at)
            elif word.text in ("*", "**") and word.kind == "sign":
                self._times(words, at)

    def _member(self, name: str, words: Sequence[Word], at: int) -> None:
        is_call = _text_at(words, at + 1) == "(" and words[at].kind == "name"
        if ("__" in name and name.strip("_")) or name in _GADGETS or (is_call and name in _CALLED):
            self._say(rules.ESCAPE, _shown(words[max(0, at - 6) : at + 6]), words[at].at)
        elif name.startswith("_") and name.strip("_").isidentifier():
            self._say(rules.ODD_NAME, _shown(words[max(0, at - 6) : at + 4]), words[at].at)

    def _filter(self, name: str, words: Sequence[Word], at: int) -> None:
        inside = words[at + 1 : at + 8]
        if name == "attr":
            argument = inside[1] if len(inside) > 2 else None
            is_plain = argument is not None and argument.kind == "string" and inside[2].text == ")"
            if not is_plain or argument is None or argument.is_masked:
                self._say(rules.MADE_NAME, _shown(words[max(0, at - 3) : at + 12]), words[at].at)
            elif argument.text.startswith("_") or argument.text in _GADGETS | _CALLED:
                self._say(rules.ESCAPE, _shown(words[max(0, at - 3) : at + 6]), words[at].at)
            else:
                self._say(rules.ODD_NAME, _shown(words[max(0, at - 3) : at + 6]), words[at].at)
        elif name in ("map", "selectattr", "rejectattr", "groupby", "sort", "unique", "sum", "min", "max"):
            for word in inside:
                steps = word.text.split(".") if word.kind == "string" else []
                if any(step.startswith("_") or step in _GADGETS for step in steps):
                    self._say(rules.ESCAPE, _shown(words[max(0, at - 3) : at + 8]), words[at].at)
            if name == "map" and len(inside) > 1 and inside[1].text in ("attr", "format"):
                self._say(rules.MADE_NAME, _shown(words[max(0, at - 3) : at + 8]), words[at].at)

    def _name(self, word: Word, words: Sequence[Word], at: int) -> None:
        name, after = word.text, _text_at(words, at + 1)
        if "__" in name and name.startswith("_"):
            self._say(rules.ESCAPE, name, word.at)
        elif name in _DOORS and name not in self._own and not (after == "=" and at):
            self._say(rules.ODD_NAME, _shown(words[at : at + 6]), word.at)
        elif name == "range" and after == "(" and (size := _range(words[at:])) > _HUGE:
            self._say(rules.ENDLESS, f"range of {size:,}", word.at)

    def _times(self, words: Sequence[Word], at: int) -> None:
        sides = [_number(words[one]) for one in (at - 1, at + 1) if 0 <= one < len(words)]
        if words[at].text == "**":
            if len(sides) == 2 and sides[1] > 64:
                self._say(rules.ENDLESS, _shown(words[max(0, at - 2) : at + 3]), words[at].at)
        elif max(sides, default=0) > 10 * _HUGE:
            self._say(rules.ENDLESS, _shown(words[max(0, at - 2) : at + 3]), words[at].at)

    # What it says of its own

    def _literal(self, text: str, at: int) -> None:
        if found := _ADDRESS.search(text):
            self._say(rules.ADDRESS, found[0], at + found.start())
        if found := _ORDER.search(text):
            self._say(rules.INSTRUCTIONS, text[max(0, found.start() - 60) : found.end() + 120], at + found.start())
        if len(text) > _LONGEST_TEXT:
            self._say(rules.INSTRUCTIONS, f"{len(text):,} characters: {text[:80]!r}", at)

    def _say(self, rule: Rule, what: str, at: int) -> None:
        if len(self._said) < 200 and (rule.id, what) not in self._said:
            self._said.add((rule.id, what))
            self._look.found(rule, what, at)


def _text_at(words: Sequence[Word], at: int) -> str:
    return words[at].text if at < len(words) else ""


def _shown(words: Sequence[Word]) -> str:
    return "".join(
        repr(one.text) if one.kind == "string" else f" {one.text} " if one.kind == "name" else one.text for one in words
    ).strip()


def _number(word: Word) -> int:
    if word.kind != "number" or len(word.text) > 400:
        return 0
    text = word.text.replace("_", "")
    if text.isdigit():
        return int(text)
    try:
        return int(text, 0) if text[:1] == "0" and text[1:2].isalpha() else int(min(float(text), 1e18))
    except ValueError:
        return 0


def _range(words: Sequence[Word]) -> int:
    """How often the first `range` with constants goes round; 1: there is none."""
    for at, word in enumerate(words[:-1]):
        if word.kind == "name" and word.text == "range" and words[at + 1].text == "(":
            numbers = []
            for one in words[at + 2 : at + 12]:
                if one.text in (")", "("):
                    break
                numbers.append(_number(one))
            size = max(numbers, default=1)
            exponent = any(one.text == "**" for one in words[at + 2 : at + 8])
            return size ** min(max(numbers[2:], default=2), 20) if exponent and size > 1 else max(size, 1)
    return 1


def _product(sizes: Sequence[int]) -> int:
    product = 1
    for size in sizes:
        product = min(product * size, 1 << 62)
    return product
