"""`bartizan test`: attack the real models behind a description, and say what that changes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from bartizan.cli.chat_guarded import guarded_lines, tested_guarded
from bartizan.cli.chat_options import chat_budget_of, chat_options, guarded_option
from bartizan.cli.chat_output import deliver_results, run_lines
from bartizan.cli.chat_output import exit_code_of as chat_exit_code_of
from bartizan.cli.chat_progress import ChatProgress
from bartizan.cli.lab_options import (
    jobs_option,
    permission_of,
    permission_options,
    store_option,
)
from bartizan.cli.lab_output import conclusion_lines, finding_lines, left_out_lines, measured_table
from bartizan.cli.lab_progress import STOPPED, Watched, exit_code_of, watched
from bartizan.cli.options import catalog_option, scales_option, today_option
from bartizan.cli.output import deliver_files, shown
from bartizan.cli.report_options import report_options
from bartizan.core.chat_results import ChatRun
from bartizan.core.terms import ComponentId
from bartizan.gateway.reading import read_settings
from bartizan.lab.chat.scheme import Depth, check_named
from bartizan.report.dossier import Dossier
from bartizan.report.lab.runs import run_writer
from bartizan.report.wording import plain
from bartizan.workflows.assess import Options, formats_for, make_dossier, write_reports
from bartizan.workflows.chat_testing import (
    ChatCampaign,
    cases_for,
    chat_targets,
    evidence_in,
    results_of,
    run_target,
    severity_in,
)
from bartizan.workflows.experimenting import effects
from bartizan.workflows.testing import Campaign, Prepared, conclude, measure, prepare, write_evidence


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@guarded_option
@click.option("--component", "components", multiple=True, metavar="ID", help="Only this model; repeatable.")
@click.option("--samples", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Inputs an attack.")
@click.option(
    "--budget",
    default="",
    metavar="LIMITS",
    help="'20000 queries' for each attack or chat target; '10 minutes'; chat targets: '200000 tokens', '5 money'; "
    "several with commas.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all that is random.")
@jobs_option
@store_option
@permission_options
@click.option("--evidence", "evidence", type=click.Path(path_type=Path), metavar="FILE", help="Write evidence as JSON.")
@click.option(
    "--measurements", "page", type=click.Path(path_type=Path), metavar="FILE", help="Write all runs: .html or .json."
)
@chat_options
@report_options
@today_option
@catalog_option
@scales_option
def test(
    path: Path,
    guarded: Path | None,
    components: tuple[str, ...],
    samples: int,
    budget: str,
    seed: int,
    jobs: int,
    store: Path,
    granted_by: str,
    granted_until: str,
    granted_for: str,
    evidence: Path | None,
    page: Path | None,
    repeats: int,
    dresses: int,
    attack_ids: tuple[str, ...],
    case_ids: tuple[str, ...],
    cases: tuple[Path, ...],
    only_own: bool,
    browser: bool,
    baseline: Path | None,
    results: Path | None,
    out: Path | None,
    formats: tuple[str, ...],
    today: str | None,
    catalog_folders: tuple[Path, ...],
    scales: Path | None,
) -> int:
    """Attack every model of the system in PATH that has a target, with the attacks that exercise its threats.

    Prints what was measured and what moved. Interrupted, it keeps what is finished; run again, it goes on from there.
    Exit 1 where --baseline is given and something was breached that it lacks, 2 where target or attack broke in a run,
    3 where the target could no longer be reached.
    """
    if guarded is not None:
        read_settings(guarded)  # a broken file is told before the first trial
    limits = chat_budget_of(budget)
    permission = permission_of(granted_for, granted_by, granted_until)
    campaign = Campaign(
        components=tuple(ComponentId(name) for name in components),
        samples=samples,
        seed=seed,
        queries=limits.requests,
        minutes=limits.seconds / 60 if limits.seconds is not None else None,
        jobs=jobs,
        store=store,
        permission=permission,
    )
    chats = ChatCampaign(
        depth=Depth(repeats=repeats, dresses=dresses, attacks=attack_ids, cases=case_ids, seed=seed),
        budget=limits,
        store=store,
        permission=permission,
        cases=cases,
        only_own=only_own,
        browser=browser,
    )
    options = Options(catalog_folders=catalog_folders, scales=scales, today=today)
    targets = formats_for(out, formats) if out else []
    deliver = deliver_results(results, baseline)
    write_runs = run_writer(page, folders=False) if page is not None else None
    dossier = make_dossier(path, options)
    console = Console(highlight=False, markup=False)
    watches = _attacks(prepare(dossier, campaign), campaign, console)
    measured = {component: seen.found for component, seen in watches.items()}
    stopped = any(seen.exit_code == STOPPED for seen in watches.values())
    runs, stopped = ((), True) if stopped else _talks(dossier, campaign.components, chats, options, console, guarded)
    more = tuple(piece for run in runs for piece in evidence_in(run, dossier))
    conclusion = conclude(dossier, measured, options, more)
    for line in conclusion_lines(dossier, conclusion):
        console.print(line)
    if evidence is not None:
        write_evidence(conclusion, evidence, options.day)
        click.echo(f"wrote {shown(evidence)}", err=True)
    if write_runs is not None:
        made = [run for found in measured.values() for run in found]
        deliver_files(write_runs(made, effects(made), f"{plain(dossier.system.described.name)} under attack"))
    for report in write_reports(conclusion.after, targets):
        failed = f"{report.format}: not written: {report.error}"
        click.echo(failed if report.error else f"wrote {shown(report.path)}", err=True)
    name = f"{plain(dossier.system.described.name)} under attack"
    worse = deliver(results_of(name, runs, dossier.catalog), console) if runs else False
    return max(exit_code_of(watches.values()), chat_exit_code_of(runs, stopped=stopped, worse=worse))


def _talks(
    dossier: Dossier,
    components: tuple[ComponentId, ...],
    campaign: ChatCampaign,
    options: Options,
    console: Console,
    guarded: Path | None,
) -> tuple[tuple[ChatRun, ...], bool]:
    """One chat target after the other, until somebody stops it; each has the budget for itself."""
    runs: list[ChatRun] = []
    stopped = False
    targets = chat_targets(dossier, components)
    if targets:
        check_named(campaign.depth, (case for one in targets for case in cases_for(one, dossier.catalog, campaign)))
    for target in targets:
        with ChatProgress() as watcher:
            run, stopped = run_target(target, dossier.catalog, campaign, options.day, watcher, severity_in(dossier))
        runs.append(run)
        for line in run_lines(run, console.width):
            console.print(line)
        if run.digest and target.described != run.digest:
            console.print(
                f"evidence can lower a risk where the description says: digests: {{configuration: {run.digest}}}"
            )
        if not stopped and guarded is not None:
            severity = severity_in(dossier)
            seen = tested_guarded(target, guarded, dossier.catalog, campaign, options.day, severity)
            for line in guarded_lines(seen, target.label):
                console.print(line, soft_wrap=True)
            stopped = seen.stopped
        if stopped:
            break
    return tuple(runs), stopped


def _attacks(every: Sequence[Prepared], campaign: Campaign, console: Console) -> dict[ComponentId, Watched]:
    """One component after the other, until somebody stops it; they share the time that there is."""
    watches: dict[ComponentId, Watched] = {}
    start = time.monotonic()
    for prepared in every:
        watches[prepared.component] = seen = _attacked(prepared, campaign, console, (time.monotonic() - start) / 60)
        if seen.exit_code == STOPPED:
            break
    return watches


def _attacked(prepared: Prepared, campaign: Campaign, console: Console, spent: float) -> Watched:
    for line in finding_lines(prepared):
        console.print(line)
    total = len(prepared.suite.cells)
    seen = watched(measure(prepared, campaign, spent), total, f"attacking {prepared.label}")
    console.print(measured_table(seen.found, console.width))
    for line in left_out_lines(prepared, len(seen.found), total):
        console.print(line)
    return seen
