"""`bartizan redteam`: attack a chat endpoint without a description of its system."""

from __future__ import annotations

import datetime
from pathlib import Path

import click
import msgspec
from rich.console import Console

from bartizan.catalog.load import load_catalog
from bartizan.cli.chat_options import chat_budget_of, chat_options
from bartizan.cli.chat_output import deliver_results, exit_code_of, run_lines
from bartizan.cli.chat_progress import ChatProgress
from bartizan.cli.lab_options import permission_of, permission_options, store_option
from bartizan.cli.options import catalog_option, today_option
from bartizan.core.chat_spec import ChatSpec
from bartizan.lab.chat.scheme import Depth, check_named
from bartizan.targets.place import Place
from bartizan.workflows.chat_testing import ChatCampaign, ChatTarget, cases_for, results_of, run_target


@click.command()
@click.argument("url")
@click.option("--model", default="", help="The model's name at the endpoint.")
@click.option(
    "--protocol",
    type=click.Choice(("openai", "openai-responses", "anthropic", "ollama", "template")),
    default="openai",
    show_default=True,
    help="What it speaks.",
)
@click.option("--token-env", default="", metavar="NAME", help="The environment variable that holds the key.")
@click.option("--system-prompt", default="", help="As in production; a canary is laid in it.")
@click.option("--temperature", type=float, default=None, help="As in production.")
@click.option("--max-tokens", type=click.IntRange(1), default=None, help="As in production.")
@click.option("--tools", multiple=True, metavar="NAME", help="The lab's agent loop with this mock tool; 'all' for all.")
@click.option("--stream", is_flag=True, help="Ask for streamed answers.")
@click.option("--concurrency", type=click.IntRange(1, 512), default=4, show_default=True, help="Requests in flight.")
@click.option(
    "--budget", default="", metavar="LIMITS", help="'500 requests', '200000 tokens', '10 minutes', '5 money'."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all that is random.")
@chat_options
@store_option
@permission_options
@today_option
@catalog_option
def redteam(
    url: str,
    model: str,
    protocol: str,
    token_env: str,
    system_prompt: str,
    temperature: float | None,
    max_tokens: int | None,
    tools: tuple[str, ...],
    stream: bool,
    concurrency: int,
    budget: str,
    seed: int,
    repeats: int,
    dresses: int,
    attack_ids: tuple[str, ...],
    case_ids: tuple[str, ...],
    cases: tuple[Path, ...],
    only_own: bool,
    browser: bool,
    baseline: Path | None,
    results: Path | None,
    store: Path,
    granted_for: str,
    granted_by: str,
    granted_until: str,
    today: str | None,
    catalog_folders: tuple[Path, ...],
) -> int:
    """Attack the chat endpoint at URL with every case and attack that fits it.

    Without a description of the system nothing tells which threats apply or how bad a breach is: `bartizan test` does.
    An address needs a permission: --granted-for, --granted-by, --granted-until. Exit 1 where --baseline is given and
    something was breached that it lacks, 3 where the target could not be reached.
    """
    spec = msgspec.convert(
        {
            "kind": protocol,
            "url": url,
            "model": model,
            "token_env": token_env,
            "system_prompt": system_prompt,
            "temperature": temperature,
            "max_tokens": max_tokens,
            "tools": tools,
            "stream": stream,
            "concurrency": concurrency,
        },
        ChatSpec,
        strict=False,
    )
    campaign = ChatCampaign(
        depth=Depth(repeats=repeats, dresses=dresses, attacks=attack_ids, cases=case_ids, seed=seed),
        budget=chat_budget_of(budget),
        store=store,
        permission=permission_of(granted_for, granted_by, granted_until),
        cases=cases,
        only_own=only_own,
        browser=browser,
    )
    target = ChatTarget(label=url, spec=spec, place=Place(file="the command line"))
    catalog = load_catalog(*catalog_folders)
    check_named(campaign.depth, cases_for(target, catalog, campaign))
    deliver = deliver_results(results, baseline)
    with ChatProgress() as watcher:
        run, stopped = run_target(target, catalog, campaign, today or _today(), watcher, lambda _: None)
    console = Console(highlight=False, markup=False)
    for line in run_lines(run, console.width):
        console.print(line)
    worse = deliver(results_of(f"Test of {url}", (run,), catalog), console)
    return exit_code_of((run,), stopped=stopped, worse=worse)


def _today() -> str:
    return datetime.date.today().isoformat()
