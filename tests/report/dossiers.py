"""Dossiers that the tests of the report formats share: an ordinary one, one of hostile names, one without risks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from bartizan.assess.assessment import assess
from bartizan.assess.planning.greedy import greedy
from bartizan.assess.planning.problem import problem_of
from bartizan.catalog.load import load_catalog
from bartizan.core.evidence import Evidence
from bartizan.core.records import Decision
from bartizan.core.source import parse_yaml
from bartizan.core.terms import Edition, Treatment
from bartizan.report.dossier import Dossier
from bartizan.system.graph import System
from bartizan.system.reading import check_system, read_system

TODAY = "2026-11-22"
EXAMPLES = tuple(sorted((Path(__file__).parents[2] / "examples").glob("*/system.yaml")))

AGENT = """\
name: Mail agent
owner: Office
components:
  - id: agent
    kind: model
    type: generative
    trained_by: supplier
    run_by: supplier
    supplier: Northwind AI
    reads: [mailbox]
    tools: [send]
    input_sensitive: yes
  - {id: mailbox, kind: data, role: retrieval, personal: yes, source: users}
  - {id: send, kind: tool, effects: [send], returns_untrusted: no, reaches_sensitive: no}
  - {id: sender, kind: actor, trusted: no, crowd: public, motive: yes, uses: [agent]}
impact: {behaviour: high, augmentation_data: very_high}
controls:
  - {control: rate_limit, status: verified, evidence: load test of May, due: '2027-01-31'}
  - {control: oversight, status: implemented}
"""

NO_RISKS = """\
name: Empty desk
components:
  - {id: clerk, kind: actor, trusted: yes}
"""

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "+1; DROP TABLE risks",
    "-2+3",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "| a | b |",
    "`code` ``` fence",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "https://evil.example/ www.evil.example",
    "# heading",
    "1. list",
    "- list",
    "***bold*** __x__ ~~y~~ $z$",
    "line\nbreak\r\nand\ttab",
    "\x1b[31mred\x1b]0;title\x07\x9b2J",
    "\u202egnp.exe\u2066\u200b\ufeff",
    '"]; click c1 href "https://evil.example" %%{init: {}}%%',
    "a --> b; end; subgraph x",
    "{{ 7*7 }} {% raw %} ${x} {0} [0](1)",
    "&amp; &#60; #35; \\| \\` \\",
    "\U0001f512 Ünïcode 漢字 עברית",
    "x" * 500,
)
"""Names as an attacker might give them, each meant for another format."""


@cache
def example(file: Path, edition: Edition | None = None) -> Dossier:
    """The dossier of an example."""
    return dossier_of(read_system(file), edition=edition)


def from_text(
    text: str, decisions: Iterable[Decision] = (), today: str = TODAY, evidence: Iterable[Evidence] = ()
) -> Dossier:
    """The dossier of a description that is given as YAML."""
    system = check_system(parse_yaml(text, "system.yaml"))
    return dossier_of(system, decisions=decisions, today=today, evidence=evidence)


def dossier_of(
    system: System,
    *,
    edition: Edition | None = None,
    decisions: Iterable[Decision] = (),
    today: str = TODAY,
    evidence: Iterable[Evidence] = (),
) -> Dossier:
    """The dossier of a system, with the greedy plan."""
    catalog = load_catalog()
    made = assess(system, catalog, today=today, edition=edition, decisions=tuple(decisions), evidence=evidence)
    return Dossier(system=system, catalog=catalog, assessment=made, plans=(greedy(problem_of(made.risks, catalog)),))


def acceptance(risk: str, until: str, reason: str = "budget comes next year") -> Decision:
    """An acceptance of a risk by the owner."""
    return Decision(risk=risk, treatment=Treatment.ACCEPT, reason=reason, by="A. Owner", on="2026-05-03", until=until)


def no_risks() -> Dossier:
    """A system for which nothing is a risk, which only the first edition allows: later ones have threats to all IT."""
    return dossier_of(check_system(parse_yaml(NO_RISKS, "system.yaml")), edition=2023)


@cache
def hostile(name: str) -> Dossier:
    """The agent, with one hostile text in every place where a stranger can write."""
    quoted = "".join(f"\\U{ord(letter):08x}" for letter in name)
    text = AGENT.replace("name: Mail agent", f'name: "{quoted}"\nabout: "{quoted}"')
    text = text.replace("owner: Office", f'owner: "{quoted}"').replace("Northwind AI", f'"{quoted}"')
    text = text.replace("load test of May", f'"{quoted}"')
    for component in ("agent", "mailbox", "send", "sender"):
        text = text.replace(f"{{id: {component},", f'{{id: {component}, name: "{quoted}", about: "{quoted}",')
    text = text.replace("    kind: model\n", f'    kind: model\n    name: "{quoted}"\n')
    risk = "indirect_prompt_injection@agent"
    seen = attacked(risk, id=name, what=name, target=name, tool=name, note=name)
    return from_text(text, (acceptance(risk, "2027-01-01", reason=name),), evidence=(seen,))


def attacked(risk: str, hits: int = 60, trials: int = 200, **more: Any) -> Evidence:
    """An attack that succeeded so often."""
    return Evidence(
        risk=risk, kind="test", held_on="2026-11-01", hits=hits, trials=trials, **{"what": "Suite A", **more}
    )
