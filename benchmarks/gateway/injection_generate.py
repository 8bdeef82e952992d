"""Texts that are made up for training: planted orders in many places, and good texts that look like them.

All sentences are our own. The good ones matter most: requests in the imperative, texts about injection that quote it,
issues, mails from customers, instructions for people, system prompts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from injection_phrases import BAD, FILLERS, GOOD
from injection_reading import Text

from bartizan.controls.chat.injection.rules import FOLDER
from bartizan.core.source import read_yaml

_EACH = 45
"""Texts from one way to make them."""


def generated(seed: int) -> Iterator[Text]:
    """The texts, in an order that depends on the seed alone."""
    chance = random.Random(seed)  # noqa: S311: no secret
    for way, lines in BAD.items():
        for _ in range(_EACH * len(lines)):
            order = _filled(chance.choice(lines), chance)
            yield Text(f"made: {way}", _planted(order, chance), bad=True, role=chance.choice(("user", "data")))
    for way, lines in GOOD.items():
        for _ in range(_EACH * len(lines) * (3 if way in {"mails", "facts"} else 1)):
            parts = [_filled(chance.choice(lines), chance) for _ in range(chance.choice((1, 1, 2, 3, 5)))]
            yield Text(f"made: {way}", chance.choice((" ", "\n", "\n\n")).join(parts), bad=False)
    yield from _examples(chance)


def _planted(order: str, chance: random.Random) -> str:
    """An order alone, or in the middle of something harmless."""
    if chance.random() < 0.45:
        return order
    lines = [_filled(chance.choice(GOOD["mails"] + GOOD["facts"]), chance) for _ in range(chance.randint(1, 4))]
    lines.insert(chance.randint(0, len(lines)), order)
    return chance.choice((" ", "\n", "\n\n")).join(lines)


def _filled(line: str, chance: random.Random) -> str:
    for _ in range(40):
        start = line.find("{")
        if start < 0:
            break
        end = line.index("}", start)
        line = line[:start] + chance.choice(FILLERS[line[start + 1 : end]]) + line[end + 1 :]
    return line if chance.random() < 0.85 else chance.choice((line.lower(), line.upper(), f"{line}!!!"))


def _examples(chance: random.Random) -> Iterator[Text]:
    """The rules' own examples, and texts made of their templates and lists, in every language."""
    for file in sorted(FOLDER.glob("*.yaml")):
        rules = read_yaml(file).data
        assert isinstance(rules, dict)
        lists = rules.get("lists", {})
        for rule in rules["rules"]:
            for text in rule["passes"]:
                yield Text("rules' examples", text, bad=False, language=rules["language"])
            if rule["score"] < 0.5 and rule.get("data_score", 0) < 0.5:
                continue
            for text in rule["matches"]:
                yield Text("rules' examples", text, bad=True, language=rules["language"])
            for template in rule.get("patterns", ()):
                for _ in range(4):
                    yield Text(
                        "made: templates", _spoken(template, lists, rules, chance), bad=True, language=rules["language"]
                    )


def _spoken(template: str, lists: dict[str, list[str]], rules: dict[str, object], chance: random.Random) -> str:
    out = []
    for token in template.split():
        if token.startswith("..") or (token.endswith("?") and chance.random() < 0.5):
            continue
        word = chance.choice(token.removesuffix("?").split("|"))
        if word.startswith("<"):
            word = chance.choice(lists[word[1:-1]])
        out.append(word.replace("_", " ").removesuffix("*"))
    return ("" if rules.get("joined") else " ").join(out)
