"""What the lab's commands print: a table of runs, what was left out, what moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from rich.table import Table

from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.case_files import built_in
from bartizan.attacks.chat.family import ChatAttack
from bartizan.attacks.chat.registry import CHAT_ATTACKS
from bartizan.attacks.chat.variations.family import Variation
from bartizan.attacks.chat.variations.registry import VARIATIONS
from bartizan.attacks.family import Attack
from bartizan.catalog.proving import PROVINGS
from bartizan.controls.control import Control
from bartizan.core.errors import printable
from bartizan.core.front import Front
from bartizan.core.measurement import Effect, Measurement, RunOutcome
from bartizan.core.records import Risk
from bartizan.detectors.family import Detector
from bartizan.detectors.registry import DETECTORS
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


KINDS = {
    "attacks": "Attacks on predictive models",
    "controls": "Controls with code",
    "checks": "Checks of files, tables and code: proof that a control is in place",
    "chat-attacks": "Attacks on chat targets",
    "variations": "Variations: other dresses for an attack's words",
    "detectors": "Detectors: what tells that an attacker's goal was reached",
    "cases": "Cases: what an attacker wants of a chat target",
}
"""What the lab has, by the word that asks for it alone."""


def catalogue_lines(
    attacks: Sequence[type[Attack]], controls: Sequence[type[Control]], kinds: Sequence[str] = ()
) -> Iterator[str]:
    """What the lab has, a line each, under the name of its kind; ``kinds``: only these."""
    lines = {
        "attacks": [f"  {attack.id:28} {attack.title}" for attack in attacks],
        "controls": [f"  {_control_name(control):44} {control.title}" for control in controls],
        "checks": sorted(
            f"  {control:44} bartizan {one.command}: {one.looks}" for one in PROVINGS for control in one.controls
        ),
        **chat_catalogue_lines(),
    }
    for kind, title in KINDS.items():
        if not kinds or kind in kinds:
            yield title
            yield from lines[kind]


def _control_name(control: type[Control]) -> str:
    return f"{control.id}/{control.variant}" if control.variant else control.id


def attack_lines(attack: type[Attack]) -> Iterator[str]:
    """What an attack is, and its parameters."""
    yield f"{attack.id}: {attack.title}"
    yield f"exercises: {', '.join(attack.threats)}"
    yield f"needs: {', '.join(sorted(attack.needs))}; inputs: {', '.join(attack.modalities)}"
    yield f"source: {attack.source}"
    yield from _parameters(attack)


def control_lines(control: type[Control]) -> Iterator[str]:
    """What a control's code is, and its parameters."""
    yield f"{_control_name(control)}: {control.title}"
    if control.source:
        yield f"source: {control.source}"
    yield from _parameters(control)


def chat_catalogue_lines() -> dict[str, list[str]]:
    """Everything that chat targets are tested with, a line each, by its kind."""
    return {
        "chat-attacks": [f"  {one.id:28} {one.title}" for one in CHAT_ATTACKS],
        "variations": [f"  {one.id:28} {one.title}" for one in VARIATIONS],
        "detectors": [f"  {detector_name(one):28} {one.title}" for one in DETECTORS],
        "cases": [f"  {one.id:36} {one.title}" for one in built_in()],
    }


def chat_lines(name: str) -> list[str]:
    """What the chat attack, variation, detector or case of that name is; several where they share it, or none."""
    found = [_chat_attack_lines(one) for one in CHAT_ATTACKS if one.id == name]
    found += [_variation_lines(one) for one in VARIATIONS if one.id == name]
    found += [_detector_lines(one) for one in DETECTORS if detector_name(one) == name]
    found += [_case_lines(one) for one in built_in() if one.id == name]
    return [line for lines in found for line in lines]


def chat_names() -> tuple[str, ...]:
    """All names that `chat_lines` knows."""
    kinds = (*(one.id for one in CHAT_ATTACKS), *(one.id for one in VARIATIONS), *(one.id for one in built_in()))
    return (*kinds, *(detector_name(one) for one in DETECTORS))


def detector_name(kind: type[Detector]) -> str:
    """What files of cases call it."""
    return str(kind.__struct_config__.tag)


def _chat_attack_lines(attack: type[ChatAttack]) -> Iterator[str]:
    turns = {"single": "one turn", "multi": "several turns", "none": "without the model"}[attack.turns]
    yield f"{attack.id}: {attack.title} (attack on chat targets, {turns})"
    yield f"comes in by: {_words(attack.surfaces)}; needs: {_words(sorted(attack.needs)) or 'nothing'}"
    if not attack.is_general:
        cases = [case.id for case in built_in() if attack.id in case.attacks]
        yield f"only for cases that name it: {', '.join(cases) or 'none of the lab'}"
    yield f"source: {attack.source}"
    yield from _parameters(attack)


def _variation_lines(variation: type[Variation]) -> Iterator[str]:
    yield f"{variation.id}: {variation.title} (variation, effort {variation.effort})"
    yield from _parameters(variation)


def _detector_lines(detector: type[Detector]) -> Iterator[str]:
    needs = f", needs a {' and a '.join(sorted(detector.needs))}" if detector.needs else ""
    yield f"{detector_name(detector)}: {detector.title} (detector{needs})"
    yield from _parameters(detector)


def _case_lines(case: Case) -> Iterator[str]:
    yield f"{case.id}: {case.title} (case)"
    if case.about:
        yield case.about
    yield f"exercises: {', '.join(case.threats)}; harms: {_words([case.harm])}; layer: {_words([case.layer])}"
    yield f"comes in by: {_words(case.surfaces)}"
    if case.needs or case.tools or case.secret:
        tools = [f"any tool of {', '.join(case.tools)}"] if case.tools else []
        canary = [f"a canary in the {_words([case.secret])}"] if case.secret else []
        yield f"needs: {'; '.join([*filter(None, [_words(case.needs)]), *tools, *canary])}"
    for what, texts in (("goal", (case.goal,)), ("prompt", case.prompts), ("turn", case.turns), ("task", (case.task,))):
        yield from (f"{what}: {printable(text)}" for text in texts if text)
    meant = [attack.id for attack in CHAT_ATTACKS if attack().is_for(case)]
    yield f"pursued by: {', '.join(meant) or 'no attack'}"
    yield f"reached where {case.require} of these hit:"
    for detector in case.detect:
        given = msgspec.to_builtins(detector)
        rest = ", ".join(f"{name}: {value}" for name, value in given.items() if name != "detector")
        yield f"  {given['detector']}{f' ({printable(rest)})' if rest else ''}"


def _words(names: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


def _parameters(struct: type[msgspec.Struct]) -> Iterator[str]:
    fields = msgspec.structs.fields(struct)
    if fields:
        yield "parameters:"
    for field in fields:
        default = "" if field.default is msgspec.NODEFAULT else f" = {field.default!r}"
        yield f"  {field.name}{default}"
