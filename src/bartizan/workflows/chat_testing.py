"""Attack the real chat models and agents behind a description, or one address without any: `test` and `redteam`."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from pathlib import Path

import msgspec

from bartizan.attacks.chat.case import Case
from bartizan.attacks.chat.case_files import built_in, read_cases
from bartizan.catalog.entries import Catalog
from bartizan.core.chat_results import ChatResults, ChatRun
from bartizan.core.chat_spec import ChatSpec
from bartizan.core.errors import BartizanError
from bartizan.core.evidence import Evidence
from bartizan.core.terms import ComponentId, ControlId, ThreatId
from bartizan.core.trial import BenignTrial, Trial
from bartizan.detectors.browser import Chromium
from bartizan.detectors.family import Bench
from bartizan.lab.chat.evidence import evidence_of_trials
from bartizan.lab.chat.judge_model import JudgeModel, judge_at
from bartizan.lab.chat.running import Ended
from bartizan.lab.chat.scheme import Depth, scheme
from bartizan.lab.chat.tasks_of import honest_for, read_tasks
from bartizan.lab.chat.testing import Plan, concluded, run_plan
from bartizan.lab.chat.trying import Lab
from bartizan.register.intake.mapping import broader
from bartizan.report.dossier import Dossier
from bartizan.system.description import LEVEL_WORDS, Model
from bartizan.targets.chat.assistant import Assistant
from bartizan.targets.chat.meter import ChatBudget, Meter
from bartizan.targets.chat.opening import open_chat
from bartizan.targets.permission import Permission
from bartizan.targets.place import Place
from bartizan.workflows.gateway_effects_target import Deeds, GuardedAssistant, Standing
from bartizan.workflows.targets_in import parts_of, place_of, targets_in, threats_at, touched

Told = Callable[[Trial | BenignTrial], None]


class ChatCampaign(msgspec.Struct, frozen=True, kw_only=True):
    """How far to go with each target."""

    depth: Depth = Depth()
    budget: ChatBudget = ChatBudget()
    store: Path
    permission: Permission | None = None
    cases: tuple[Path, ...] = ()
    """Files or folders of cases of one's own, beside the lab's."""
    only_own: bool = False
    """Whether only these are tried."""
    benign: bool = True
    browser: bool = True
    guards: Standing | None = None
    """Guards before the target's model, in this process; None: it is attacked as it is."""
    deeds: Deeds | None = None
    """Where what these guards did is counted."""


class ChatTarget(msgspec.Struct, frozen=True, kw_only=True):
    """One chat target, as it is described."""

    component: str = ""
    label: str
    spec: ChatSpec
    place: Place
    threats: frozenset[str] | None = None
    """Those that apply, and their ways; None: there is no description, so whatever can be tried."""
    described: str = ""
    """The digest of its configuration that the description states."""
    applying: tuple[str, ...] = ()
    """Those that apply, which coverage must name."""


class Watcher(msgspec.Struct, kw_only=True):
    """Who looks on: called when a target's plan stands, and with each trial."""

    planned: Callable[[Plan], None] = lambda _: None
    told: Told = lambda _: None


def chat_targets(dossier: Dossier, components: tuple[ComponentId, ...] = ()) -> tuple[ChatTarget, ...]:
    """The chat targets of a description, or those that are named."""
    return tuple(_described(dossier, model) for model in targets_in(dossier, components).chats)


def _described(dossier: Dossier, model: Model) -> ChatTarget:
    assert model.target is not None
    assert model.target.chat is not None
    threats = threats_at(dossier.assessment, parts_of(model, dossier.system))
    return ChatTarget(
        component=model.id,
        label=model.label,
        spec=model.target.chat,
        described=model.digests.get("configuration", ""),
        place=place_of(dossier, model.id, "chat"),
        threats=frozenset(str(one) for one in threats),
        applying=tuple(sorted(str(one) for one in threats)),
    )


def run_target(
    target: ChatTarget, catalog: Catalog, campaign: ChatCampaign, today: str, watcher: Watcher, severity_of: SeverityOf
) -> tuple[ChatRun, bool]:
    """The results of one target, and whether somebody stopped it. Raises what opening it raises."""
    return asyncio.run(_tested(target, catalog, campaign, today, watcher, severity_of))


SeverityOf = Callable[[str], int | None]


async def _tested(
    target: ChatTarget, catalog: Catalog, campaign: ChatCampaign, today: str, watcher: Watcher, severity_of: SeverityOf
) -> tuple[ChatRun, bool]:
    spec = target.spec
    meter = Meter(campaign.budget, price=spec.price, concurrency=spec.concurrency)
    assistant = await open_chat(spec, target.place, permission=campaign.permission, meter=meter)
    if campaign.guards is not None:
        assistant = await _behind(assistant, campaign.guards, campaign.deeds)
    browser = Chromium() if campaign.browser else None
    judge: JudgeModel | None = None
    try:
        plan = _plan(target, assistant, catalog, campaign)
        judge = await judge_at(spec, target.place, campaign.budget) if _asks_judge(plan) else None
        lab = Lab(assistant=assistant, bench=_bench(browser, judge), price=spec.price, today=today)
        watcher.planned(plan)
        ended, stopped = Ended(), False
        try:
            await run_plan(plan, lab, campaign.store, concurrency=_at_once(spec), told=watcher.told, ended=ended)
        except asyncio.CancelledError:  # Ctrl-C: what is finished is kept, and told
            stopped = True
            _task_goes_on()
        used = judge.used if judge is not None else None
        return concluded(plan, lab, ended, severity_of, spec, used), stopped
    finally:
        await assistant.close()
        if judge is not None:
            await judge.close()
        if browser is not None:
            await browser.close()


async def _behind(assistant: Assistant, guards: Standing, deeds: Deeds | None) -> Assistant:
    try:
        return GuardedAssistant(assistant, guards, deeds)
    except BartizanError:
        await assistant.close()
        raise


def _bench(browser: Chromium | None, judge: JudgeModel | None) -> Bench:
    if judge is None:
        return Bench(browser=browser)
    return Bench(browser=browser, judge=judge.ask, agreement=judge.agreement)


def _asks_judge(plan: Plan) -> bool:
    """Whether anything that is planned needs one: measuring it takes requests."""
    return any("judge" in detector.needs for one in plan.attempts for detector in one.case.detect)


def _at_once(spec: ChatSpec) -> int:
    """Trials at once. Behind hooks there is one environment: a trial that waits for it must not lose its time so."""
    return 1 if spec.hooks is not None else spec.concurrency


def _task_goes_on() -> None:
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()


def _plan(target: ChatTarget, assistant: Assistant, catalog: Catalog, campaign: ChatCampaign) -> Plan:
    cases = cases_for(target, catalog, campaign)
    chosen = scheme(cases, assistant.card, target.threats, campaign.depth)
    own = read_tasks(target.place.folder / target.spec.benign) if target.spec.benign else ()
    return Plan(
        component=target.component,
        label=target.label,
        attempts=chosen.attempts,
        honest=honest_for(assistant.card, own) if campaign.benign else (),
        left_out=chosen.left_out,
        threats=target.applying,
        cases={case.id: case for case in cases},
        broader=lambda name: tuple(str(one) for one in broader(ThreatId(name), catalog)),
        seed=campaign.depth.seed,
        narrowed=campaign.depth.narrowed or "one's own cases" * campaign.only_own,
    )


def cases_for(target: ChatTarget, catalog: Catalog, campaign: ChatCampaign) -> tuple[Case, ...]:
    """The lab's cases and one's own; an own one takes the place of the lab's with the same id. Raises InputError."""
    known = frozenset(str(threat) for threat in catalog.threats)
    named = [target.place.folder / target.spec.cases] if target.spec.cases else []
    own = {case.id: case for path in (*named, *campaign.cases) for case in read_cases(path, threats=known)}
    ours = {} if campaign.only_own else {case.id: case for case in built_in()}
    return tuple({**ours, **own}.values())


def severity_in(dossier: Dossier) -> SeverityOf:
    """How bad a harm is by the description's consequences, 1 to 5; None where it says nothing."""

    def severity(harm: str) -> int | None:
        said = getattr(dossier.system.described.impact, harm, None)
        if isinstance(said, int):
            return said
        return LEVEL_WORDS.index(said) + 1 if said in LEVEL_WORDS else None

    return severity


def evidence_in(run: ChatRun, dossier: Dossier) -> tuple[Evidence, ...]:
    """The evidence in a run, about the risks of the described system."""
    model = next(m for m in dossier.system.models if m.id == run.component)
    assert isinstance(model, Model)
    controls = tuple(ControlId(str(one)) for one in (model.target.controls if model.target else ()))
    return evidence_of_trials(run, functools.partial(_risks_of, dossier, model), controls)


def _risks_of(dossier: Dossier, model: Model, trial: Trial) -> tuple[str, ...]:
    """The risks that a trial is about: each of its threats where it is one, at the part that the trial touched."""
    known = {risk.id for risk in dossier.assessment.risks}
    places = touched(model, dossier.system, trial)
    found = []
    for name in trial.threats:
        threats = (ThreatId(name), *broader(ThreatId(name), dossier.catalog))
        hits = (f"{threat}@{where}" for threat in threats for where in places if f"{threat}@{where}" in known)
        found.append(next(hits, ""))
    return tuple(dict.fromkeys(filter(None, found)))


def results_of(name: str, runs: tuple[ChatRun, ...], catalog: Catalog) -> ChatResults:
    """The runs as a file of results."""
    told = {threat for run in runs for row in run.coverage for threat in (row.threat,)}
    told |= {threat for run in runs for one in run.breaches for threat in one.threats}
    names = {one: catalog.threats[ThreatId(one)].name for one in sorted(told) if ThreatId(one) in catalog.threats}
    return ChatResults(name=name, runs=runs, threats=names)
