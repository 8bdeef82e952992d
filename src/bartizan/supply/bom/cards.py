"""What lies beside a model and tells of it: README.md with front matter, config.json, a file with a licence.

The front matter is that of model cards on the Hugging Face hub. All of it is what somebody wrote; nothing is checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from bartizan.core.errors import InputError
from bartizan.core.source import parse_yaml
from bartizan.supply.bom.texts import MOST, line, lines
from bartizan.supply.bom.values import Card, Metric

_MOST: Final = 1 << 20
"""Bytes of a README or of settings that are read."""
_FRONT: Final = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
READ: Final = ("readme.md", "config.json", "adapter_config.json", "model_index.json")
_TASKS: Final = (
    ("ForSequenceClassification", "text-classification"),
    ("ForTokenClassification", "token-classification"),
    ("ForImageClassification", "image-classification"),
    ("ForObjectDetection", "object-detection"),
    ("ForQuestionAnswering", "question-answering"),
    ("ForSpeechSeq2Seq", "automatic-speech-recognition"),
    ("ForConditionalGeneration", "text2text-generation"),
    ("ForCausalLM", "text-generation"),
    ("LMHeadModel", "text-generation"),
    ("ForMaskedLM", "fill-mask"),
)
"""(ending of a class of transformers, task as the hub names it)."""
_LICENCE_FILES: Final = re.compile(r"(?:licen[cs]e|copying|unlicense)(?:[-.].*)?", re.IGNORECASE)
_LICENCE_TEXTS: Final = (
    (r"GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3", "AGPL-3.0-only"),
    (r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3", "LGPL-3.0-only"),
    (r"GNU GENERAL PUBLIC LICENSE\s+Version 3", "GPL-3.0-only"),
    (r"GNU GENERAL PUBLIC LICENSE\s+Version 2", "GPL-2.0-only"),
    (r"Apache License\s+Version 2\.0", "Apache-2.0"),
    (r"Mozilla Public License Version 2\.0", "MPL-2.0"),
    (r"Attribution-NonCommercial-ShareAlike 4\.0 International", "CC-BY-NC-SA-4.0"),
    (r"Attribution-NonCommercial-NoDerivatives 4\.0 International", "CC-BY-NC-ND-4.0"),
    (r"Attribution-NonCommercial 4\.0 International", "CC-BY-NC-4.0"),
    (r"Attribution-ShareAlike 4\.0 International", "CC-BY-SA-4.0"),
    (r"Attribution 4\.0 International", "CC-BY-4.0"),
    (r"CC0 1\.0 Universal", "CC0-1.0"),
    (r"MIT License\b|Permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"),
    (r"Redistribution and use in source and binary forms.{0,2000}Neither the name", "BSD-3-Clause"),
    (r"OpenRAIL|Responsible AI License", "OpenRAIL"),
    (r"LLAMA 2 COMMUNITY LICENSE", "llama2"),
    (r"(?:META )?LLAMA 3(?:\.\d)? COMMUNITY LICENSE", "llama3"),
)
"""(a passage that only this licence has near its beginning, its name), tried in this order."""


class Beside(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that the files beside a model tell of it."""

    name: str = ""
    version: str = ""
    licences: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    library: str = ""
    card: Card = Card()
    remarks: tuple[str, ...] = ()


def beside(folder: str, names: Mapping[str, str], content: Callable[[str], bytes]) -> Beside:
    """What the files of a folder tell. ``names``: their names in lower case and their paths; ``content`` reads one."""
    remarks: list[str] = []
    front = _front(names.get("readme.md", ""), content, remarks)
    settings = _object(names.get("config.json", ""), content, remarks)
    adapter = _object(names.get("adapter_config.json", ""), content, remarks)
    pipeline = _object(names.get("model_index.json", ""), content, remarks)
    licences = _licences(front)
    if not licences:
        licences = tuple(dict.fromkeys(_by_text(names, content)))
    return Beside(
        name=_name(front),
        version=line(front.get("version") or front.get("model_version")),
        licences=licences,
        links=lines(front.get("license_link")) if str(front.get("license_link", "")).startswith("http") else (),
        library=line(front.get("library_name")),
        card=_card(front, settings, adapter, pipeline),
        remarks=tuple(f"{folder or '.'}: {text}" for text in remarks),
    )


def _front(path: str, content: Callable[[str], bytes], remarks: list[str]) -> dict[str, Any]:
    if not path:
        return {}
    found = _FRONT.match(content(path)[:_MOST].decode("utf-8", "replace"))
    if found is None:
        return {}
    try:
        data = parse_yaml(found[1], path).data
    except InputError as error:
        remarks.append(f"the front matter of README.md is not read: {error.problems[0].finding}")
        return {}
    return {str(key): value for key, value in data.items()} if isinstance(data, dict) else {}


def _object(path: str, content: Callable[[str], bytes], remarks: list[str]) -> dict[str, Any]:
    """A JSON object; {} where there is none."""
    if not path:
        return {}
    raw = content(path)
    try:
        data = json.loads(raw[:_MOST].decode("utf-8"))
    except (ValueError, RecursionError):
        remarks.append(f"{path.rpartition('/')[2]} is not read: it is no JSON of at most {_MOST:,} bytes")
        return {}
    return data if isinstance(data, dict) else {}


def _name(front: Mapping[str, Any]) -> str:
    for entry in _entries(front.get("model-index")):
        if name := line(entry.get("name"), 200):
            return name
    return line(front.get("model_name"), 200)


def _licences(front: Mapping[str, Any]) -> tuple[str, ...]:
    """What is declared; `license: other` points to the name that stands beside it."""
    found = [text for text in lines(front.get("license"), 200) if text.lower() != "other"]
    if "other" in [text.lower() for text in lines(front.get("license"))]:
        found += lines(front.get("license_name"), 200) or ("other",)
    return tuple(found)


def _by_text(names: Mapping[str, str], content: Callable[[str], bytes]) -> Iterator[str]:
    for name, path in sorted(names.items()):
        if not _LICENCE_FILES.fullmatch(name) or name.endswith((".py", ".json")):
            continue
        head = re.sub(r"[ \t]+", " ", content(path)[:6_000].decode("utf-8", "replace"))
        known = next((told for pattern, told in _LICENCE_TEXTS if re.search(pattern, head, re.I | re.S)), None)
        if known:
            yield known


def _card(
    front: Mapping[str, Any], settings: Mapping[str, Any], adapter: Mapping[str, Any], pipeline: Mapping[str, Any]
) -> Card:
    classes = lines(settings.get("architectures"), 200) or lines(pipeline.get("_class_name"), 200)
    task = line(front.get("pipeline_tag"), 200)
    guessed = next((told for ending, told in _TASKS if classes and classes[0].endswith(ending)), "")
    languages = front.get("language")
    return Card(
        task=task or guessed,
        architecture_family=line(settings.get("model_type"), 200),
        architecture=classes[0] if classes else "",
        data_sets=lines(front.get("datasets"), 200),
        base=lines(front.get("base_model"), 200) or lines(adapter.get("base_model_name_or_path"), 200),
        metrics=tuple(_metrics(front))[:MOST],
        languages=("no",) if languages is False else lines(languages, 40),
    )


def _metrics(front: Mapping[str, Any]) -> Iterator[Metric]:
    for model in _entries(front.get("model-index")):
        for result in _entries(model.get("results")):
            data = result.get("dataset")
            name = line(data.get("name"), 200) if isinstance(data, dict) else ""
            for metric in _entries(result.get("metrics")):
                kind, value = line(metric.get("type") or metric.get("name"), 200), line(metric.get("value"), 200)
                if kind and value:
                    yield Metric(type=kind, value=value, slice=name)


def _entries(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (one for one in value[:MOST] if isinstance(one, dict))
