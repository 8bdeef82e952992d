"""What a gate found, for people: on a screen, as Markdown for a pull request, as JSON for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from bartizan.core.findings import FINDING_KINDS, Finding, FindingKind, Judged
from bartizan.report.gfm import code, table, text
from bartizan.report.wording import plain

TITLES: dict[FindingKind, str] = {
    "untreated": "Above appetite and untreated",
    "lapsed": "Acceptance lapsed",
    "stale": "Evidence stale",
    "unproved": "Control without proof",
    "unknown": "Not decided",
}
_STANDINGS = {"new": "", "known": "in the baseline", "allowed": "allowed"}


def render_json(judged: Sequence[Judged]) -> str:
    """All that was found, as JSON: `passed`, and per system its findings with kind, about, text, do and standing."""
    systems = [{**msgspec.to_builtins(one), "passed": one.passed, "renamed": None, "levels": None} for one in judged]
    for one in systems:
        del one["renamed"], one["levels"]
    said = {"schema": "bartizan-gate/1", "passed": all(one.passed for one in judged), "systems": systems}
    return msgspec.json.format(msgspec.json.encode(said)).decode() + "\n"


def render_terminal(judged: Sequence[Judged]) -> str:
    """A few lines for each system, what fails first; the verdict last."""
    lines: list[str] = []
    for one in judged:
        lines += _lines(one)
    failed = [one for one in judged if not one.passed]
    if len(judged) > 1:
        lines.append(f"{len(judged)} systems judged, {len(failed)} failed")
    return "\n".join(lines) + "\n" if lines else "no system to judge\n"


def _lines(one: Judged) -> Iterator[str]:
    yield f"{plain(one.name)}: {outcome(one)}"
    for kind in FINDING_KINDS:
        found = [f for f in one.findings if f.kind == kind]
        if found:
            yield f"  {TITLES[kind]}"
        for finding in found:
            note = _STANDINGS[finding.standing]
            number = f"R-{finding.number} " if finding.number else ""
            yield f"    {number}{plain(finding.text)}" + (f" ({note})" if note else "")
            if finding.standing == "new":
                yield f"      {plain(finding.do)}"
    for unchecked in one.unchecked:
        word = "demanded, but not checked" if unchecked.kind in one.demanded else "not checked"
        yield f"  {TITLES[unchecked.kind]}: {word}; {unchecked.why}"
    if one.gone:
        yield f"  {len(one.gone)} of the baseline no longer found; write it anew with --write-baseline"


def outcome(one: Judged) -> str:
    """Whether it passed, in words, with how much was found."""
    known, allowed = (sum(f.standing == word for f in one.findings) for word in ("known", "allowed"))
    parts = [f"{len(one.new)} {'finding' if len(one.new) == 1 else 'findings'}"]
    parts += [f"{known} in the baseline"] if known else []
    parts += [f"{allowed} allowed"] if allowed else []
    parts += [f"{len(one.unchecked)} not checked"] if one.unchecked else []
    return f"{'passed' if one.passed else 'FAILED'}, {', '.join(parts)}"


def render_markdown(judged: Sequence[Judged]) -> str:
    """A section for each system with a table, as it fits a comment on a pull request."""
    lines = ["# Gate", ""]
    for one in judged:
        lines += [f"## {text(one.name)}: {'passed' if one.passed else 'failed'}", "", f"{text(outcome(one))}.", ""]
        if one.findings:
            lines += table(("", "Finding", "About", "What to do"), _rows(one.findings))
        for unchecked in one.unchecked:
            lines += [f"Not checked: {TITLES[unchecked.kind].lower()}; {text(unchecked.why)}.", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _rows(findings: Iterable[Finding]) -> Iterator[tuple[str, ...]]:
    for one in findings:
        note = _STANDINGS[one.standing]
        title = TITLES[one.kind] + (f" ({note})" if note else "")
        yield title, text(one.text), code(one.about), text(one.do)
