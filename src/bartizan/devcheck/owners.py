"""Who must agree to a change of training code: CODEOWNERS as GitHub reads it, over files that fit models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from bartizan.devcheck.finding import Finding
from bartizan.devcheck.program import Program
from bartizan.devcheck.rule import DEV_SECURITY, Rule
from bartizan.devcheck.suppression import globbed

NO_OWNERS: Final = Rule(
    id="owners.none",
    level="low",
    title="Training code has no owners",
    why="Anybody who may push can change what a model learns, and nobody has to look at it.",
    fix="Name them in .github/CODEOWNERS, and protect the branch so that they must agree.",
    refs=("CWE-1357",),
    controls=(DEV_SECURITY,),
)
BAD_LINE: Final = Rule(
    id="owners.bad-line",
    level="low",
    title="A line of CODEOWNERS counts for nothing",
    why="GitHub skips lines that it does not understand, so that files seem owned and are not.",
    fix="Write a pattern without ! and [ ], and owners as @name, @organisation/team or an address.",
    refs=("CWE-1357",),
    controls=(DEV_SECURITY,),
)
RULES: Final = (NO_OWNERS, BAD_LINE)

PLACES: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where it is looked for, in this order; the first counts."""
_LIBRARIES: Final = frozenset(
    """
    sklearn torch tensorflow keras xgboost lightgbm catboost transformers pytorch_lightning lightning jax flax mxnet
    paddle fastai peft trl accelerate sentence_transformers spacy setfit statsmodels
    """.split()  # noqa: SIM905  words are read best as text
)
_TRAINS: Final = frozenset(
    {"fit", "fit_transform", "partial_fit", "train", "fit_generator", "train_on_batch", "fine_tune", "finetune"}
)
_OWNER: Final = re.compile(r"@[\w.-]+(?:/[\w.-]+)*|[^\s@]+@[^\s@]+\.[^\s@]+")
_MOST_LINES: Final = 5_000
_MOST_STARS: Final = 8


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One pattern of CODEOWNERS."""

    pattern: re.Pattern[str]
    owners: tuple[str, ...]
    number: int


def trains(program: Program) -> int | None:
    """The line where code fits a model; None: it does not, as far as imports and calls tell."""
    if not any(name.partition(".")[0] in _LIBRARIES for name in program.imports):
        return None
    methods = {call.method for call in program.calls if isinstance(call.path, str)}
    for call in program.calls:
        has_arguments = bool(call.node.args or call.node.keywords)
        if call.path in ("xgboost.train", "lightgbm.train") or (
            call.method in _TRAINS and has_arguments and _is_data(call)
        ):
            return call.line or 1
        if call.method == "backward" and "step" in methods:
            return call.line or 1
        if call.method == "train" and call.path.endswith("trainer.train"):
            return call.line or 1
    return None


def _is_data(call: object) -> bool:
    """`model.train(True)` only switches a mode."""
    node = getattr(call, "node")  # noqa: B009
    return not (len(node.args) == 1 and type(getattr(node.args[0], "value", None)) is bool)


def parse(text: str) -> tuple[list[Line], list[tuple[int, str]]]:
    """The lines that count, and the numbers of those that do not with the reason."""
    lines: list[Line] = []
    wrong: list[tuple[int, str]] = []
    for number, raw in enumerate(text.split("\n")[:_MOST_LINES], 1):
        words = re.split(r"(?<!\\)\s+", raw.strip())
        if not words[0] or words[0].startswith("#"):
            continue
        at = next((n for n, word in enumerate(words) if word.startswith("#")), len(words))
        pattern, owners = words[0].replace("\\ ", " "), tuple(words[1:at])
        if pattern.startswith(("[", "^[")) and pattern.endswith("]"):
            continue  # a section of GitLab
        if pattern.startswith("!") or "[" in pattern or pattern.count("*") > _MOST_STARS or len(pattern) > 500:
            wrong.append((number, f"the pattern {pattern}"))
        elif bad := [one for one in owners if not _OWNER.fullmatch(one)]:
            wrong.append((number, f"the owner {bad[0]}"))
        else:
            lines.append(Line(pattern=matching(pattern), owners=owners, number=number))
    return lines, wrong


def matching(pattern: str) -> re.Pattern[str]:
    """A pattern of CODEOWNERS over paths from the top.

    As in .gitignore: with a slash at its beginning or in its middle it counts from the top, else anywhere; what it
    names as a folder stands for all in it. Unlike there, `docs/*` stands for the files of docs alone, not for those
    below.
    """
    is_folder = pattern.endswith("/")
    body = pattern.strip("/") if pattern != "/" else "**"
    is_rooted = pattern.startswith("/") or "/" in body
    before = "" if is_rooted else "(?:.*/)?"
    after = "/.*" if is_folder else ("" if body.endswith("/*") else "(?:/.*)?")
    return re.compile(before + globbed(body) + after, re.DOTALL)


def owners_of(path: str, lines: Sequence[Line]) -> tuple[str, ...]:
    """Who owns a file: the last line that fits counts, also where it names nobody."""
    for line in reversed(lines):
        if line.pattern.fullmatch(path):
            return line.owners
    return ()


def unowned(training: Mapping[str, int], texts: Mapping[str, str]) -> Iterator[Finding]:
    """Training code without owners; where there is no CODEOWNERS, one finding for all. ``training``: path -> line."""
    place = next((one for one in PLACES if one in texts), None)
    if place is None:
        if training:
            path, line = min(training.items())
            count = f"{len(training)} file{'s' if len(training) > 1 else ''} fit models"
            yield Finding(rule=NO_OWNERS, path=path, line=line, what=f"there is no CODEOWNERS; {count}")
        return
    lines, wrong = parse(texts[place])
    for number, why in wrong:
        yield Finding(rule=BAD_LINE, path=place, line=number, what=why)
    for path, line in sorted(training.items()):
        if not owners_of(path, lines):
            yield Finding(rule=NO_OWNERS, path=path, line=line, what=f"no line of {place} gives it an owner")
