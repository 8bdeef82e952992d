"""`bartizan init`: an interview in the terminal that ends in a commented description."""

from __future__ import annotations

from pathlib import Path

import click

from bartizan.catalog.load import load_catalog
from bartizan.cli.asking import Session
from bartizan.cli.options import catalog_option, description_option, edition_option
from bartizan.cli.output import shown
from bartizan.core.errors import InputError, Problem
from bartizan.core.source import refuse_existing, write_atomic
from bartizan.core.terms import DEFAULT_EDITION, Edition
from bartizan.system.interview import Interview
from bartizan.workflows.answers import answers_file, check_complete, read_answers
from bartizan.workflows.interview import Interviewer


@click.command()
@description_option("Write the description here.")
@click.option(
    "--answers", type=click.Path(path_type=Path), metavar="FILE", help="Take the answers from this file; ask nothing."
)
@click.option("--resume", is_flag=True, help="Go on with an interview that was stopped.")
@edition_option
@catalog_option
def init(
    out: Path, answers: Path | None, resume: bool, edition: Edition | None, catalog_folders: tuple[Path, ...]
) -> int:
    """Describe a system by answering questions.

    Asks the question that decides most verdicts next, and writes a commented description. Answers are kept after each
    question; stop at any time and go on with --resume. "Don't know" is an answer.
    """
    if answers is not None:
        if resume:
            raise click.UsageError("--answers and --resume exclude each other")
        refuse_existing(out)
    interviewer = Interviewer(load_catalog(*catalog_folders), edition or DEFAULT_EDITION)
    if answers is not None:
        return _from_file(interviewer, answers, out, edition)
    return _by_asking(interviewer, out, resume, edition)


def _from_file(interviewer: Interviewer, answers: Path, out: Path, edition: Edition | None) -> int:

    interview = read_answers(answers)
    check_complete(interview, answers)
    _write(interviewer, interview, out, edition)
    return 0


def _write(interviewer: Interviewer, interview: Interview, out: Path, edition: Edition | None) -> None:
    write_atomic(out, interviewer.text(interview, edition))
    progress = interviewer.progress(interview)
    click.echo(f"Wrote {shown(out)}: {progress.decided} of {progress.total} verdicts are decided.")
    click.echo(f"Next: bartizan assess {shown(out)}")


def _by_asking(interviewer: Interviewer, out: Path, resume: bool, edition: Edition | None) -> int:

    kept = _kept(out, resume)
    if out.exists() and not click.confirm(f"{shown(out)} exists. Write over it at the end?", default=False):
        click.echo("Nothing changed. Name another file with -o.")
        return 2
    session = Session(interviewer, out, kept)
    if session.run():
        _write(interviewer, session.interview, out, edition)
        answers_file(out).unlink(missing_ok=True)
    else:
        _say_how_to_go_on(session, out)
    return 0


def _say_how_to_go_on(session: Session, out: Path) -> None:
    if not session.interview.steps:
        click.echo("Stopped; nothing was answered yet.")
        return

    place = "" if out == Path("system.yaml") else f" -o {shown(out)}"
    click.echo(f"Stopped. Your answers are kept in {shown(answers_file(out))}.")
    click.echo(f"Go on with: bartizan init{place} --resume")


def _kept(out: Path, resume: bool) -> Interview:
    """The answers to go on with: those kept beside the description, after asking; none otherwise."""
    file = answers_file(out)
    if not file.exists():
        if resume:
            fix = "start one with: bartizan init"
            raise InputError([Problem(file=str(file), finding="no interview was stopped here", fix=fix)])
        return Interview()
    kept = read_answers(file)
    count = len(kept.steps)
    words = "1 answer" if count == 1 else f"{count} answers"
    if resume or not count or click.confirm(f"An interview was stopped here after {words}. Go on?", default=True):
        return kept
    return Interview()
