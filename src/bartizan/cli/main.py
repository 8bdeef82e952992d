"""The command `bartizan`: thin, lazy, and the one place where errors become exit codes.

Exit codes: 0 fine, 1 the gate failed, 2 wrong input, 3 a target or server could not be reached.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys

import click

from bartizan import __version__
from bartizan.cli.lazy import LazyGroup
from bartizan.core.errors import BartizanError, printable

_COMMANDS: dict[str, tuple[str, str]] = {
    "assess": ("bartizan.cli.assess:assess", "Assess a system, or a folder of them; write reports."),
    "audit": ("bartizan.cli.audit:audit", "Who did what; prove that nobody rewrote it."),
    "catalog": ("bartizan.cli.catalog:catalog", "Look things up: threats, controls, tables, maps, editions."),
    "compare": ("bartizan.cli.compare:compare", "What changed between two descriptions or editions, and why."),
    "import": ("bartizan.cli.importing:import_", "Prefill a description from an ML-BOM or a threat model."),
    "init": ("bartizan.cli.init:init", "Describe a system by answering questions."),
    "plan": ("bartizan.cli.plan:plan", "The cheapest controls that bring every risk under appetite."),
    "questionnaire": ("bartizan.cli.questionnaire:questionnaire", "What your suppliers must answer."),
    "questions": ("bartizan.cli.questions:questions", "The answers still worth giving, most telling first."),
    "serve": ("bartizan.cli.serve:serve", "Serve the web application."),
    "schema": ("bartizan.cli.schema:schema", "Print the JSON Schema of a file format."),
    "gate": ("bartizan.cli.gate:gate", "Exit 1 when a system may not pass; for pipelines."),
    "privacy": ("bartizan.cli.privacy:privacy", "May you, and what do law and principles ask?"),
    "portfolio": ("bartizan.cli.portfolio:portfolio", "Many systems at once: worst first, heat map, upgrades."),
    "review": ("bartizan.cli.review:review", "What is due, and what to do about it."),
    "supplier": ("bartizan.cli.supplier:supplier", "What suppliers must answer, and what they did."),
    "register": ("bartizan.cli.register:register", "Keep systems, and all that belongs to their risks."),
    "decide": ("bartizan.cli.decide:decide", "Mitigate, transfer, avoid or accept a risk."),
    "approve": ("bartizan.cli.decide:approve", "Approve an acceptance that somebody else asked for."),
    "reject": ("bartizan.cli.decide:reject", "Refuse an acceptance that was asked for."),
    "withdraw": ("bartizan.cli.decide:withdraw", "Take back a decision, or a request."),
    "comment": ("bartizan.cli.decide:comment", "Say something about a system or a risk."),
    "evidence": ("bartizan.cli.evidence:evidence", "What was observed: add, import, list, withdraw."),
    "lab": ("bartizan.cli.lab:lab", "Any attack against any control; tuning; the measured table."),
    "test": ("bartizan.cli.test:test", "Attack the real models behind a description; say what moved."),
    "redteam": ("bartizan.cli.redteam:redteam", "Attack a chat endpoint that nobody has described."),
    "playground": ("bartizan.cli.playground:playground", "A deliberately vulnerable assistant to try it on."),
    "gateway": ("bartizan.cli.gateway:gateway", "Put guards in front of your models."),
    "bom": ("bartizan.cli.bom:bom", "What models, data and libraries it is made of; their licences."),
    "scan": ("bartizan.cli.scan:scan", "What files of models do to whoever loads them."),
    "sign": ("bartizan.cli.sign:sign", "Sign a model, so that others can tell that it is yours."),
    "verify": ("bartizan.cli.verify:verify", "Is a model what somebody you trust signed?"),
    "devcheck": ("bartizan.cli.devcheck:devcheck", "What a model's code gives away, loads and fetches."),
    "fairness": ("bartizan.cli.fairness:fairness", "How groups of people fare, and what mends it."),
    "consent": ("bartizan.cli.consent:consent", "Who agreed to what; which rows may be used."),
    "rights": ("bartizan.cli.rights:rights", "Answer people who ask for their data, or for its end."),
    "trace": ("bartizan.cli.trace:trace", "Which model decided what about whom, and why."),
    "data": ("bartizan.cli.data:data", "Tables that models learn from: profile, check, minimise, protect."),
    "control": ("bartizan.cli.control:control", "How far controls are, as the register is told."),
}
"""Name -> where the command lives, and its line in the help. Loaded only when it is called."""


@click.group(
    cls=LazyGroup,
    commands_at=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", prog_name="bartizan")
def main() -> None:
    """The OWASP AI Exchange, executable.

    Describe an AI system once; know which threats apply and why, whose they are, how bad, and what to do in what order.

    Start with: bartizan init, or bartizan assess examples/executive-mail-agent/system.yaml
    """


def run(argv: list[str] | None = None) -> None:
    """Run the command line and exit: errors become a message for a person and an exit code, never a traceback."""
    _prepare_screen()
    try:
        code = _code_of(argv)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # click and rich leave by SystemExit when nobody reads on
        _silence()
        code = _BROKEN_PIPE
    except OSError as error:
        code = _told(error)
    except Exception as error:  # a defect: no traceback at a user, but one for who looks into it
        if os.environ.get("BARTIZAN_TRACEBACK"):
            raise
        code = _confessed(error)
    sys.exit(code)


_STOPPED = 130
_BROKEN_PIPE = 141
"""As the shell reports a program whose reader has gone: what was not said is no pass of a gate."""


def _code_of(argv: list[str] | None) -> int:
    try:
        code = main.main(args=argv, standalone_mode=False)
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        for line in told.getvalue().rstrip("\n").split("\n"):
            click.echo(printable(line.expandtabs()), err=True)
        return 2
    except BartizanError as error:
        click.echo(str(error), err=True)
        return error.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return _STOPPED
    return code if isinstance(code, int) else 0


def _prepare_screen() -> None:
    """Let nothing that a screen cannot show or a keyboard sends, and no screen at all, end the work."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115  a closed output stays closed
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115  as above
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")


def _told(error: OSError) -> int:
    """Say what the system refused: a name that is too long, a full disk behind the screen."""
    _silence()
    place = f"{error.filename}: " if error.filename else ""
    with contextlib.suppress(OSError):
        click.echo(printable(f"{place}{error.strerror or error}"), err=True)
    return 2


def _confessed(error: Exception) -> int:
    """Own up to a defect of the program itself."""
    what = printable(f"{type(error).__name__}: {error}".rstrip(": "))
    fix = "please report it with what you ran; BARTIZAN_TRACEBACK=1 shows where it happened"
    with contextlib.suppress(OSError):
        click.echo(f"this is a defect of Bartizan ({what}); {fix}", err=True)
    return 2


def _silence() -> None:
    """What is still to be printed goes nowhere, so that closing cannot fail."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115  open until the end
