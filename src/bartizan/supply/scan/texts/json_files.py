"""JSON documents: settings of models and tokenizers, indexes, schemas of skops, notebooks."""

# ruff: noqa: SIM905  words are read best as text
from __future__ import annotations

import re
from typing import Any, Final

from bartizan.supply.scan.blob import Blob, Held
from bartizan.supply.scan.format import Format
from bartizan.supply.scan.limits import TooMuch, Unreadable
from bartizan.supply.scan.look import Look
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.texts import code, skops_nodes
from bartizan.supply.scan.texts import json_rules as rules
from bartizan.supply.scan.texts.decoding import begins, encoding, whole
from bartizan.supply.scan.texts.invisible import odd
from bartizan.supply.scan.texts.json_reading import Node, Reader, looks_like_json
from bartizan.supply.scan.texts.named_classes import class_rule, is_elsewhere, leads_out
from bartizan.supply.scan.texts.regexes import explodes
from bartizan.supply.scan.texts.templates import scan_template

RULES = (*rules.RULES, *skops_nodes.RULES)

_WANTED: Final = frozenset(
    {"auto_map", "custom_pipelines", "chat_template", "weight_map", "source", "input", "imports"}
)
_SINGLE: Final = skops_nodes.SINGLE | frozenset(
    """
    trust_remote_code _name_or_path base_model_name_or_path Regex String content type pattern cell_type id path idx name
    _target_ loader_module class_name module config _class_name _diffusers_version custom_pipeline
    base_model_name model_name_or_path teacher_model_name_or_path vision_tower special single_word
    """.split()
)
_PATHS: Final = (
    "_name_or_path",
    "base_model_name_or_path",
    "model_name_or_path",
    "teacher_model_name_or_path",
    "vision_tower",
)
_TRUE: Final = (True, "true", "True")
_LETTERS: Final = re.compile(r"[^\W\d_]{3,}")
_CODE_FILE: Final = re.compile(r"(?:[\w.-]+/[\w.-]+--)?[\w./-]*")


def _fits(head: bytes, blob: Blob) -> bool:
    is_all = blob.size <= len(head)
    name = encoding(head)
    if name not in ("utf-8", "utf-8-sig"):
        head = begins(head).encode("utf-8", "replace")
    return looks_like_json(head, is_all=is_all) and not _is_keras(head)


def _is_keras(head: bytes) -> bool:
    """Whether it is a model of Keras, which another format looks at."""
    start = head[:400].lstrip(b"\xef\xbb\xbf \t\r\n{")
    return (
        start.startswith((b'"module"', b'"class_name"'))
        and b'"class_name"' in head
        and (b'"config"' in head or b'"module"' in head)
    )


def _look(blob: Blob, look: Look) -> None:
    name = encoding(blob.read(0, 4))
    if name not in ("utf-8", "utf-8-sig"):
        look.found(rules.ENCODING, name)
        blob = Held(whole(blob).lstrip("\ufeff").encode("utf-8"))
    document = _Document(look)
    try:
        Reader(blob, _WANTED, _SINGLE, document.ended, look.spend).run()
    except TooMuch:
        raise
    except Unreadable:
        _as_code(blob, look)
        raise


def _as_code(blob: Blob, look: Look) -> None:
    """What is no JSON may be Python that begins like it."""
    try:
        text = whole(blob, code.MOST)
    except Unreadable:
        return
    if code.is_code(text):
        code.scan_code(text, look)


class _Document:
    """Looks at objects as they come."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._said: set[tuple[str, str]] = set()

    def ended(self, node: Node) -> None:
        """An object was read."""
        for key in node.double:
            self._say(rules.DOUBLE, f"{'.'.join((*node.path, key))}", node.at)
        fields = node.fields
        if not fields:
            return
        if "__loader__" in fields or ("__module__" in fields and "__class__" in fields):
            skops_nodes.judge(node, self._look)
        elif "func" in fields:
            skops_nodes.content_ended(node)
        self._code_of_its_own(fields, node)
        self._classes(fields, node)
        self._places(fields, node)
        self._tokenizer(fields, node)
        if "chat_template" in fields:
            self._templates(fields["chat_template"], node)
        if fields.get("cell_type") == "code":
            self._cell(fields.get("source", fields.get("input")), node)

    # Code

    def _code_of_its_own(self, fields: dict[str, Any], node: Node) -> None:
        for key in ("auto_map", "custom_pipelines"):
            for name, path in _leaves(fields.get(key), key):
                if key == "custom_pipelines" and not name.endswith("impl") and path.isidentifier():
                    continue
                is_odd = leads_out(path.partition("--")[2] or path) or not _CODE_FILE.fullmatch(path)
                self._say(rules.ESCAPES if is_odd else rules.REMOTE, f"{name}: {path}", node.at)
        if fields.get("trust_remote_code") in _TRUE:
            self._say(rules.REMOTE, "trust_remote_code: true", node.at)
        if isinstance(pipeline := fields.get("custom_pipeline"), str):
            self._say(rules.REMOTE, f"custom_pipeline: {pipeline}", node.at)

    def _classes(self, fields: dict[str, Any], node: Node) -> None:
        paths = [fields.get("_target_"), fields.get("loader_module")]
        if "idx" in fields and "path" in fields and "name" in fields:
            paths.append(fields.get("type"))
        for path in paths:
            if isinstance(path, str):
                if path.startswith("$"):
                    self._expression(path, node)
                elif "." in path and (rule := class_rule(path)):
                    self._say(rule, path, node.at)
        for _, text in _leaves(fields.get("imports"), "imports"):
            if text.startswith("$"):
                self._expression(text, node)

    def _expression(self, text: str, node: Node) -> None:
        self._say(rules.EXPRESSION, text, node.at)
        code.scan_code(text[1:], self._look, node.at)

    def _cell(self, source: Any, node: Node) -> None:
        lines = source if isinstance(source, list) else [source]
        code.scan_cell("".join(one for one in lines if isinstance(one, str)), self._look, node.at)

    def _templates(self, template: Any, node: Node) -> None:
        before = self._look.path
        for name, text in _leaves(template, "chat_template"):
            if name.endswith(".name") or (not _has_tags(text) and len(text) < 100):
                continue
            self._look.path = (*before, name)
            scan_template(text, self._look)
        self._look.path = before

    # Places

    def _places(self, fields: dict[str, Any], node: Node) -> None:
        for key in _PATHS:
            path = fields.get(key)
            if isinstance(path, str) and is_elsewhere(path):
                self._say(rules.ELSEWHERE, f"{key}: {path}", node.at)
        for name, path in _leaves(fields.get("weight_map"), "weight_map"):
            if leads_out(path):
                self._say(rules.ESCAPES, f"{name}: {path}", node.at)

    # Tokenizers

    def _tokenizer(self, fields: dict[str, Any], node: Node) -> None:
        pattern = fields.get("Regex")
        if isinstance(pattern, str) and (part := explodes(pattern)):
            self._say(rules.PATTERN, part, node.at)
        if isinstance(pattern, str) and node.parent is not None and node.key == "pattern":
            node.parent.fields["swapped"] = pattern
        if isinstance(text := fields.get("String"), str) and node.parent is not None and node.key == "pattern":
            node.parent.fields["swapped"] = text
        content = fields.get("content")
        if fields.get("type") == "Replace" and isinstance(content, str):
            swapped = str(fields.get("swapped", ""))
            is_pattern = any(one in swapped for one in "\\[(")
            if _LETTERS.search(content) or (not is_pattern and _LETTERS.search(swapped)):
                self._say(rules.SWAPS, f"{swapped!r} becomes {content!r}", node.at)
        is_token = (
            "single_word" in fields or "special" in fields or node.key in ("added_tokens", "added_tokens_decoder")
        )
        if is_token and isinstance(content, str) and (what := odd(content)):
            self._say(rules.TOKEN, what, node.at)

    def _say(self, rule: Rule, what: str, at: int) -> None:
        if len(self._said) < 500 and (rule.id, what) not in self._said:
            self._said.add((rule.id, what))
            self._look.found(rule, what, at)


def _has_tags(text: str) -> bool:
    return "{{" in text or "{%" in text or "{#" in text


def _leaves(value: Any, name: str) -> list[tuple[str, str]]:
    """All texts within a value, each with where it is."""
    found: list[tuple[str, str]] = []
    waiting = [(name, value)]
    while waiting:
        where, one = waiting.pop()
        if isinstance(one, str):
            found.append((where, one))
        elif isinstance(one, dict):
            waiting += [(f"{where}.{key}", inner) for key, inner in reversed(one.items())]
        elif isinstance(one, list):
            waiting += [(where, inner) for inner in reversed(one)]
    return found


JSON = Format(name="JSON", fits=_fits, look=_look, is_guess=True)
"""A document, or several as lines."""
