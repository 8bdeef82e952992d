"""Texts of all other kinds, and what runs or misleads in them. One may be several kinds at once; each is judged."""

# ruff: noqa: SIM905  words are read best as text
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import msgspec

from bartizan.supply.scan.blob import Blob
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.texts import code, requirements
from bartizan.supply.scan.texts.decoding import MOST, is_text, pieces, whole
from bartizan.supply.scan.texts.invisible import hidden
from bartizan.supply.scan.texts.json_reading import looks_like_json
from bartizan.supply.scan.texts.json_rules import CLASS, LOADS, REMOTE
from bartizan.supply.scan.texts.named_classes import class_rule
from bartizan.supply.scan.texts.shells import remote_shell
from bartizan.supply.scan.texts.templates import scan_template

YAML_TAG = Rule(
    id="text.yaml-object",
    level="detect",
    title="The YAML makes objects of Python or Java",
    why="yaml.load and its kin import and call what such a tag names.",
    refs=("CWE-502", "CVE-2017-18342", "CVE-2020-14343", "AML.T0010"),
)
YAML_PLAIN = Rule(
    id="text.yaml-type",
    level="review",
    title="The YAML uses types of Python",
    why="Only a loader that also makes objects reads it; whoever loads this file is open to those that do harm.",
    refs=("CWE-502",),
)
INVISIBLE = Rule(
    id="text.invisible",
    level="review",
    title="The text holds characters that do not show or turn its direction",
    why="A program or a model reads something else than a person does.",
    refs=("CWE-1007", "CVE-2021-42574"),
)
CONTROL = Rule(
    id="text.terminal",
    level="review",
    title="The text holds commands for terminals",
    why="Shown in a terminal, it can hide or change what stands there.",
    refs=("CWE-150",),
)
SHELL = Rule(
    id="text.remote-shell",
    level="detect",
    title="The script opens the machine to somebody else",
    why="A shell over the network, or a download that runs at once, gives whoever wrote it the machine.",
    refs=("CWE-506", "AML.T0072"),
)
SCRIPT = Rule(
    id="text.html-script",
    level="review",
    title="The page holds a script",
    why="A browser that opens it runs it.",
    refs=("CWE-79",),
)
RULES = (YAML_TAG, YAML_PLAIN, INVISIBLE, CONTROL, SHELL, SCRIPT)

_TAG: Final = re.compile(
    r"(?:^|[\s\[{,:-])(?:!!|!<tag:yaml\.org,2002:)(?P<python>python/(?P<kind>[\w/]+)[:\w.]*)"
    r"|^%TAG[ \t]+(?!!![ \t]+tag:yaml\.org,2002:[ \t]*$)\S+[ \t]+tag:yaml\.org(?P<handle>\S*)"
    r"|(?:^|[\s\[{,:-])!(?:!|<)(?P<masked>[^\s>%]{0,200}%[0-9a-fA-F]{2}\S{0,200})"
    r"|(?:^|[\s\[{,:-])(?P<java>!!(?:javax?|com|org|sun|groovy)\.[\w.$]+|!ruby/(?:object|hash|struct|class|module)[\w:]*)",
    re.MULTILINE,
)
_PLAIN_KINDS: Final = frozenset("tuple str unicode int long float complex bool none list dict bytes".split())
_TARGET: Final = re.compile(
    r"^[ \t-]{0,200}[\"']?(?P<key>_target_|loader_module|trust_remote_code)[\"']?[ \t]{0,20}:[ \t]{1,20}"
    r"[\"']?(?P<value>[\w.$]{1,300})",
    re.MULTILINE,
)
_STATEMENT: Final = re.compile(
    r"\{%[-+]?\s{0,99}(?:for|if|set|macro|block|extends|import|include|from|filter|call|raw|generation|do|with)\b"
)
_PRINT_ESCAPE: Final = re.compile(
    r"\{\{(?:(?!\{\{).){0,2000}?(?:__|\|\s{0,9}attr\b|\bmro\b|lipsum|cycler|\.popen|\\x5f|\\u005f|\\137|\bgi_|\bf_globals|%c)",
    re.IGNORECASE | re.DOTALL,
)
_PRINT: Final = re.compile(
    r"\{\{-?\s{0,99}(?:bos_token|eos_token|messages|message|content|prompt|system|role|tools|\.\w)"
)
_CARD: Final = re.compile(r"---\n(?:(?!---\n)[^\n]*+\n){1,400}+---\n|Metadata-Version:")
"""The beginning of a page about a model or package, which may quote a template."""
_FENCE: Final = re.compile(r"^\s{0,9}(?:```|~~~)", re.MULTILINE)
_HEAD: Final = 1 << 20
_OVERLAP: Final = 4_000


def is_template(text: str) -> bool:
    """Whether a text holds statements of Jinja, or prints that reach for something."""
    if len(text) > MOST or ("{%" not in text and "{{" not in text):
        return False
    if _CARD.match(text):
        return _PRINT_ESCAPE.search(text) is not None
    return any(shape.search(text) for shape in (_STATEMENT, _PRINT_ESCAPE, _PRINT))


class Aspect(msgspec.Struct, frozen=True):
    """One thing that a text can be."""

    is_so: Callable[[str], bool]
    scan: Callable[[str, Look], None]


_TEMPLATE: Final = Aspect(lambda text: is_template(text) and not code.is_program(text), scan_template)
_CODE: Final = Aspect(code.is_code, code.scan_code)
_PACKAGES: Final = Aspect(
    lambda text: requirements.is_requirements(text) or requirements.is_environment(text), requirements.scan_requirements
)


def _short(blob: Blob) -> str | None:
    """A text that is looked at in one piece; None: it is none."""
    if blob.size > MOST:
        return None
    try:
        return whole(blob)
    except Unreadable:
        return None


def _is(aspect: Aspect) -> Callable[[bytes, Blob], bool]:
    def fits(head: bytes, blob: Blob) -> bool:
        if not is_text(head) or looks_like_json(head, is_all=blob.size <= len(head)):
            return False
        text = _short(blob)
        return text is not None and aspect.is_so(text)

    return fits


def _fits(head: bytes, blob: Blob) -> bool:
    return is_text(head) and not looks_like_json(head, is_all=blob.size <= len(head))


def _look(blob: Blob, look: Look) -> None:
    """Judge a text as everything that it is."""
    text = _short(blob)
    if text is not None:
        text = text.removeprefix("\ufeff")
        is_tagged = is_template(text)
        if is_tagged:
            _as_template(text, look)
        for aspect in (_CODE, _PACKAGES):
            if aspect.is_so(text):
                aspect.scan(text, look)
        _lines(text, look, 0, is_tagged)
        if text.startswith("#!") and (found := remote_shell(text)):
            look.found(SHELL, found, text.find(found))
        return
    before, has_risk = "", False
    beginning = ""
    for at, piece in pieces(blob):
        beginning = beginning if len(beginning) > _HEAD else beginning + piece
        has_risk = has_risk or code.RISKY.search(piece) is not None
        _lines(before + piece, look, at, is_template=False)
        before = piece[-_OVERLAP:]
        look.spend(1_000)
    if code.begins_long_code(beginning, has_risk=has_risk):
        raise TooMuch(f"code of {blob.size:,} bytes")


def _as_template(text: str, look: Look) -> None:
    """Look at a text as a template. Programs quote templates, and their brackets are none: what reaches out counts."""
    before = len(look.findings)
    scan_template(text, look)
    if code.is_program(text):
        look.findings[before:] = [one for one in look.findings[before:] if one.level == "detect"]


def _lines(text: str, look: Look, at: int, is_template: bool) -> None:
    if not is_template and (what := hidden(text)):
        look.found(INVISIBLE, what, at)
    if "\x1b" in text:
        look.found(CONTROL, repr(text[text.index("\x1b") :][:40]), at)
    if "!" in text or "%TAG" in text:
        _tags(text, look, at)
    for found in _TARGET.finditer(text):
        key, value = found["key"], found["value"]
        if key == "trust_remote_code":
            if value.lower() in ("true", "yes", "on"):
                look.found(REMOTE, found[0].strip(), at + found.start())
        elif "." in value and (rule := class_rule(value)) in (LOADS, CLASS) and rule is not None:
            look.found(rule, found[0].strip(), at + found.start())
    if re.match(r"\s*<(?:!doctype\s+)?html\b", text[:2_000], re.IGNORECASE) and re.search(
        r"<script\b", text, re.IGNORECASE
    ):
        look.found(SCRIPT, "<script", at)


def _tags(text: str, look: Look, at: int) -> None:
    for count, found in enumerate(_TAG.finditer(text)):
        if count > 50:
            break
        is_plain = found["kind"] in _PLAIN_KINDS or _FENCE.search(text) is not None
        look.found(
            YAML_PLAIN if is_plain else YAML_TAG, text[found.start() :][:160].strip().split("\n")[0], at + found.start()
        )


TEMPLATE = Format(name="Jinja template", fits=_is(_TEMPLATE), look=_look, is_guess=True)
CODE = Format(name="Python code", fits=_is(_CODE), look=_look, is_guess=True)
PACKAGES = Format(name="list of packages", fits=_is(_PACKAGES), look=_look, is_guess=True)
PLAIN_TEXT = Format(name="text", fits=_fits, look=_look, is_guess=True)
"""Valid text without control characters."""
