"""What the lab's commands print: a table of runs, what was left out, what moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from rich.table import Table

from bartizan.attacks.family import Attack
from bartizan.controls.family import Control
from bartizan.core.errors import printable
from bartizan.core.front import Front
from bartizan.core.measurement import Effect, Measurement, RunOutcome
from bartizan.core.records import Risk
from bartizan.report.dossier import Dossier
from bartizan.report.lab.wording import asked
from bartizan.workflows.testing import Conclusion, Moved, Prepared

_OUTCOMES: dict[RunOutcome, str] = {
    "measured": "",
    "unchanged": "changed nothing: a failed attack, no proof of safety",
    "not_applicable": "does not apply",
    "stopped": "stopped before it found anything",
    "failed": "failed",
}


def measured_table(measured: Sequence[Measurement], width: int) -> Table:
    """The runs: the worst first, what said nothing last."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Attack", "Controls", "Succeeded", "Queries"):
        table.add_column(name, justify="right" if name == "Queries" else "left", no_wrap=name == "Queries")
    for run in sorted(measured, key=lambda run: (not run.counts, -_rate(run), run.attack, run.controls)):
        table.add_row(
            printable(run.title or run.attack),
            printable(" + ".join(run.controls)) or "none",
            result_of(run),
            asked(run),
        )
    return table


def result_of(run: Measurement) -> str:
    """What a run came to, in a few words."""
    if run.counts:
        chance = f", {run.baseline.hits} of {run.baseline.trials} without it" if run.baseline else ""
        return f"{run.success}{chance}"
    return ": ".join(filter(None, (_OUTCOMES[run.outcome], printable(run.why))))


def _rate(run: Measurement) -> float:
    return (run.success.value or 0.0) if run.success else 0.0


def finding_lines(prepared: Prepared) -> Iterator[str]:
    """What a look at the target found before anything was attacked."""
    yield f"{printable(prepared.label)}: {printable(prepared.rig)}, {len(prepared.suite.cells)} runs"
    for finding in prepared.probe.warnings:
        yield f"  note: {printable(str(finding))}"


def left_out_lines(prepared: Prepared, done: int, total: int) -> Iterator[str]:
    """Attacks that were not run, and why: no silence is taken for safety."""
    if done < total:
        yield f"{total - done} of {total} runs had no time; run it again to go on"
    by_reason: dict[str, list[str]] = {}
    for one in prepared.suite.left_out:
        by_reason.setdefault(printable(one.why.removeprefix(one.title).strip()), []).append(one.title)
    for why, titles in by_reason.items():
        yield f"not run, {why}: {'; '.join(titles)}"
    if prepared.digest and not prepared.is_described:
        yield f"evidence can lower a risk where the description says: digests: {{model: {prepared.digest}}}"
        if prepared.data:
            yield f"and of all its training data together, where they are described: digests: {{data: {prepared.data}}}"
    if not total:
        yield "no attack exercises the threats that apply here"


def conclusion_lines(dossier: Dossier, conclusion: Conclusion) -> Iterator[str]:
    """What moved and what did not, with the reason; and what is needed for evidence to lower anything."""
    if not conclusion.evidence:
        yield "Nothing was measured that is evidence about a risk of this system."
        return
    yield ""
    yield "What it means for the risks"
    for moved in conclusion.moved:
        yield from _moved_lines(dossier, moved)


def _moved_lines(dossier: Dossier, moved: Moved) -> Iterator[str]:
    after, before = moved.after, moved.before
    name = printable(f"{dossier.threat(after.threat).name} at {dossier.label(after.component)}")
    yield f"{name}: {_level(dossier, before, after)}"
    for use in after.evidence:
        yield f"  {use.effect}: {printable(use.why)}"


def _level(dossier: Dossier, before: Risk | None, after: Risk) -> str:
    now = dossier.level_name(after.current.level)
    was = dossier.level_name(before.current.level) if before is not None else ""
    if was == now and before is not None and before.current.likelihood != after.current.likelihood:
        return f"stays {now}, its likelihood moves from {before.current.likelihood} to {after.current.likelihood} of 5"
    return f"stays {now}" if was == now else f"{was} -> {now}"


def effects_table(effects: Sequence[Effect]) -> Table:
    """What controls buy and cost: the most helpful first."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Controls", "Attack", "Without", "With", "Less by", "Accuracy", "ms"):
        table.add_column(name, justify="right" if name in ("Less by", "Accuracy", "ms") else "left")
    for one in effects:
        table.add_row(
            printable(" + ".join(one.controls))
            + (f"\n  hides gradients: {one.masks_gradients}" if one.masks_gradients else ""),
            printable(" ".join(filter(None, (one.attack, one.limit, f"seed {one.seed}" if one.seed else "")))),
            str(one.without),
            str(one.with_),
            f"{_points(one.reduction)} ({_points(one.low)} to {_points(one.high)})",
            _points(one.accuracy) if one.accuracy is not None else "",
            f"{one.latency:+.2f}" if one.latency is not None else "",
        )
    return table


def _points(share: float) -> str:
    return f"{100 * share:+.0f}"


def front_table(front: Front) -> Table:
    """What each setting buys and costs; a star marks those that nothing else beats, an arrow the recommended one."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "Setting", "Attacks succeed", "Accuracy", "ms"):
        table.add_column(name, justify="right" if name == "ms" else "left")
    for one in front.settings:
        mark = "→" if one.label == front.recommended else "*" if one.on_front else ""
        hides = "\n  hides gradients" if one.masks_gradients else ""
        table.add_row(mark, printable(one.label) + hides, str(one.success), str(one.accuracy), f"{one.latency_ms:.2f}")
    return table


def front_line(front: Front) -> str:
    """What is recommended, and why."""
    if front.recommended:
        return f"Take {front.recommended}: {front.why}"
    return f"Nothing is recommended: {front.why}"


def catalogue_lines(attacks: Sequence[type[Attack]], controls: Sequence[type[Control]]) -> Iterator[str]:
    """All attacks and controls, a line each."""
    yield "Attacks"
    for attack in attacks:
        yield f"  {attack.id:24} {attack.title}"
    yield "Controls"
    for control in controls:
        name = f"{control.id}/{control.variant}" if control.variant else control.id
        yield f"  {name:44} {control.title}"


def attack_lines(attack: type[Attack]) -> Iterator[str]:
    """What an attack is, and its parameters."""
    yield f"{attack.id}: {attack.title}"
    yield f"exercises: {', '.join(attack.threats)}"
    yield f"needs: {', '.join(sorted(attack.needs))}; inputs: {', '.join(attack.modalities)}"
    yield f"source: {attack.source}"
    yield from _parameters(attack)


def control_lines(control: type[Control]) -> Iterator[str]:
    """What a control's code is, and its parameters."""
    name = f"{control.id}/{control.variant}" if control.variant else control.id
    yield f"{name}: {control.title}"
    if control.source:
        yield f"source: {control.source}"
    yield from _parameters(control)


def _parameters(struct: type[msgspec.Struct]) -> Iterator[str]:
    fields = msgspec.structs.fields(struct)
    if fields:
        yield "parameters:"
    for field in fields:
        default = "" if field.default is msgspec.NODEFAULT else f" = {field.default!r}"
        yield f"  {field.name}{default}"
