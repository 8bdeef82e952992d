"""The register as tables: which columns there are, what each holds, and which of them a person may edit outside.

Words are those of the closed vocabularies, whatever the language of the spreadsheet; days are ISO 8601; several values
of a cell are joined by ``|``. A row is known by its ``id`` alone: neither its place nor that of its columns means
anything. ``revision`` says what the row was when it went out, so that a change made meanwhile is noticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

import msgspec

from bartizan.core.kept import Meanwhile
from bartizan.core.terms import ControlStatus, Treatment

Kind: TypeAlias = Literal["text", "day", "number", "flag", "words"]
"""``flag``: true or false. ``words``: values of vocabularies, several of them joined."""

Cells: TypeAlias = dict[str, str]
"""A row as it is written: text by column, before the guard against formulas."""

ID, REVISION = "id", "revision"
_NARROW, _MIDDLE, _WIDE = 12, 22, 44


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a table."""

    name: str
    about: str
    kind: Kind = "text"
    edit: bool = False
    """Whether a change of it comes back in."""
    choices: tuple[str, ...] = ()
    """For what may be edited: the only values that it takes; empty where any will do."""
    longest: int | None = None
    """How many characters come back in at most."""
    wide: bool = False

    @property
    def width(self) -> int:
        """Its width in a spreadsheet, in characters."""
        if self.wide:
            return _WIDE
        return _NARROW if self.kind in {"number", "flag", "day"} else _MIDDLE


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table of the register."""

    name: str
    sheet: str
    about: str
    columns: tuple[Column, ...]

    @property
    def by_name(self) -> dict[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}

    @property
    def editable(self) -> tuple[str, ...]:
        """The names of the columns that may be edited."""
        return tuple(column.name for column in self.columns if column.edit)


def revision_of(table: Table, cells: Mapping[str, str]) -> str:
    """A short digest of what a person sees when they edit a row: what may be edited, and what it is judged by.

    It begins with a letter, so that no spreadsheet takes it for a number.
    """
    seen = [cells.get(name, "") for name in (*table.editable, *_JUDGED_BY)]
    raw = msgspec.json.encode([table.name, cells.get(ID, ""), seen])
    return f"r{hashlib.sha256(raw).hexdigest()[:12]}"


_JUDGED_BY = ("state", "likelihood_current", "impact_current", "level_current")
_NAME = 200
"""Characters that the register keeps of a name."""


def _c(name: str, about: str, kind: Kind = "text", *, wide: bool = False) -> Column:
    return Column(name=name, about=about, kind=kind, wide=wide)


def _person(name: str, about: str) -> Column:
    return Column(name=name, about=about, edit=True, longest=_NAME)


def _due(name: str, about: str) -> Column:
    return Column(name=name, about=about, kind="day", edit=True)


def _said(name: str, about: str) -> Column:
    return Column(name=name, about=about, edit=True, wide=True)


def _choice(name: str, about: str, choices: tuple[str, ...]) -> Column:
    return Column(name=name, about=about, kind="words", edit=True, choices=choices)


_MEANWHILE = tuple(filter(None, get_args(Meanwhile)))
_ROW_ID = "What the row is known by; never edit it."
_REVISION = _c(REVISION, "What the row was when it went out; never edit it.")
_SYSTEM = _c("system", "Name of the system.")

RISKS = Table(
    name="risks",
    sheet="Risks",
    about="Every risk that the register knows, those that are gone included.",
    columns=(
        _c(ID, f"{_ROW_ID} The system's id and the risk's number, which it keeps for life."),
        _SYSTEM,
        _c("threat_id", "Id of the threat in the catalogue."),
        _c("threat", "Name of the threat."),
        _c("verdict", "What the rules say now: applies, theoretical, does_not_apply, unknown.", "words"),
        _c("why", "The proof of the verdict, or why it is no risk now.", wide=True),
        _c("asset", "The component, as people call it."),
        _c("responsible", "Who must act: us, supplier, shared.", "words"),
        _person("owner", "Who answers for the risk."),
        _c("likelihood_inherent", "Likelihood without controls, counted from 1.", "number"),
        _c("impact_inherent", "Impact without controls, counted from 1.", "number"),
        _c("level_inherent", "Level without controls, counted from 1.", "number"),
        _choice(
            "treatment",
            "The decision. A change makes a new decision; `accept` only asks for an acceptance.",
            tuple(t.value for t in Treatment),
        ),
        _c("controls", "Controls that help against it.", "words", wide=True),
        _c("control_status", "How far each of them is, in the same order.", "words", wide=True),
        _c("likelihood_residual", "Likelihood after the plan.", "number"),
        _c("impact_residual", "Impact after the plan.", "number"),
        _c("level_residual", "Level after the plan.", "number"),
        _c("status", "open, within_appetite, decided, accepted, gone, undecided.", "words"),
        _c("acceptance_by", "Who approved the acceptance."),
        _due("acceptance_until", "For an acceptance: its last day."),
        _c("evidence", "What was observed, with counts and the 95 % interval.", wide=True),
        _due("review_due", "The day on which somebody shall look again."),
        _c("first_seen", "The day on which the register first knew it.", "day"),
        _c("last_changed", "When its rating or name last changed (UTC)."),
        _c("exchange_ref", "Address of the threat in the framework.", wide=True),
        _c("atlas", "MITRE ATLAS techniques.", "words"),
        _c("llm_top10", "Entries of the OWASP Top 10 for LLM applications.", "words"),
        _c("iso27090", "Places in ISO/IEC 27090.", "words"),
        _c("nist", "Places in NIST AI 100-2.", "words"),
        _c("likelihood_current", "Likelihood with the controls that count now.", "number"),
        _c("impact_current", "Impact with the controls that count now.", "number"),
        _c("level_current", "Level with the controls that count now.", "number"),
        _c("risk", "threat@component, as it is called now."),
        _c("state", "open, gone or undecided.", "words"),
        _c("above_appetite", "Whether it needs a decision.", "flag"),
        _c("decision", "Number of the decision that the row shows: D-3."),
        _c("decision_state", "held, or requested while an acceptance waits for approval.", "words"),
        _said("reason", "Why it was decided so. Needed with every new decision."),
        _person("treatment_owner", "Who carries the decision out."),
        _due("due", "The day by which that shall be done."),
        _c("requested_by", "Who asked for the acceptance."),
        _c("evidence_count", "How many pieces of evidence there are.", "number"),
        _REVISION,
    ),
)

DECISIONS = Table(
    name="decisions",
    sheet="Decisions",
    about="Every decision that was ever made or asked for. To decide, edit the sheet Risks.",
    columns=(
        _c(ID, f"{_ROW_ID} The system's id and the decision's number."),
        _SYSTEM,
        _c("risk_id", "Id of the risk's row."),
        _c("risk", "threat@component."),
        _c("treatment", "mitigate, transfer, avoid or accept.", "words"),
        _c("state", "requested, held, rejected, lapsed, withdrawn or replaced.", "words"),
        _c("reason", "Why.", wide=True),
        _c("by", "Who decided or asked."),
        _c("on", "The day of it.", "day"),
        _c("owner", "Who carries it out."),
        _c("due", "The day by which.", "day"),
        _c("until", "The last day of an acceptance.", "day"),
        _c("requested_by", "Who asked for the acceptance."),
        _c("requested_at", "When (UTC)."),
        _c("settled_by", "Who approved, rejected or withdrew it."),
        _c("settled_at", "When (UTC)."),
        _c("settled_why", "Why it ended.", wide=True),
        _c("digest", "SHA-256 of the state that was accepted."),
    ),
)

CONTROLS = Table(
    name="controls",
    sheet="Controls",
    about="How far each control is that helps against a risk of the system, or that anybody said something of.",
    columns=(
        _c(ID, f"{_ROW_ID} The system's id and the control, with @component where it is about one."),
        _SYSTEM,
        _c("control", "Id of the control in the catalogue."),
        _c("title", "What the control is, in plain words."),
        _c("component", "The component; empty for everywhere."),
        _c("asset", "The component, as people call it."),
        _choice(
            "status",
            "How far it is. `verified` needs evidence that holds, `not_applicable` a reason.",
            tuple(s.value for s in ControlStatus),
        ),
        _person("owner", "Who puts it in place."),
        _due("due", "The day by which."),
        _said("reason", "Why it is so."),
        _c("said_in", "Where that is said: register, description, or nowhere.", "words"),
        _c("responsible", "Who must act: us, supplier, shared.", "words"),
        _c("effort", "S, M or L.", "words"),
        _c("order", "Its place in the order in which to take them.", "number"),
        _c("risks", "Ids of the risks that it helps against.", "words", wide=True),
        _c("changed_by", "Who said it last."),
        _c("changed_at", "When (UTC)."),
        _c("exchange_ref", "Address of the control in the framework.", wide=True),
        _REVISION,
    ),
)

EVIDENCE = Table(
    name="evidence",
    sheet="Evidence",
    about="What was observed. Evidence comes in by itself, never through this table.",
    columns=(
        _c(ID, f"{_ROW_ID} The system's id and the evidence's number."),
        _SYSTEM,
        _c("risk_id", "Id of the risk's row, where it is about a risk."),
        _c("risk", "threat@component."),
        _c("control", "The control, where it is about one."),
        _c("component", "Where it was observed."),
        _c("what", "What was done.", wide=True),
        _c("kind", "test, review, document, attestation or event.", "words"),
        _c("target", "What it was done to."),
        _c("held_on", "The day on which it was so.", "day"),
        _c("valid_until", "The last day on which it counts.", "day"),
        _c("freshness", "fresh, stale, outdated or future.", "words"),
        _c("hits", "How often the attack succeeded.", "number"),
        _c("trials", "Out of how many.", "number"),
        _c("rate_low", "Lower end of the 95 % interval of the rate."),
        _c("rate_high", "Upper end of the 95 % interval of the rate."),
        _c("strong", "Whether the attack is marked as strong.", "flag"),
        _c("passed", "For a control: whether it was found working.", "flag"),
        _c("with_controls", "Controls that stood in front of the target.", "words"),
        _c("tool", "The tool, with its version."),
        _c("seed", "The seed of the run."),
        _c("digests", "SHA-256 of what it was made on, as name=digest.", wide=True),
        _c("by", "Who did it."),
        _c("withdrawn", "Whether it was found to be wrong.", "flag"),
        _c("withdrawn_why", "Why.", wide=True),
        _c("recorded_by", "Who handed it in."),
        _c("recorded_at", "When (UTC)."),
        _c("attachments", "Files with it, as name=SHA-256.", wide=True),
    ),
)

SUPPLIERS = Table(
    name="suppliers",
    sheet="Suppliers",
    about="What suppliers must answer.",
    columns=(
        _c(ID, f"{_ROW_ID} The system's id, the supplier's and the control."),
        _SYSTEM,
        _c("supplier", "Who is asked."),
        _c("control", "The control that the question is about."),
        _c("question", "What they are asked.", wide=True),
        _c("state", "open, sent, answered, verified, refused or settled.", "words"),
        _said("answer", "What they answered. A change says that they answered today."),
        _due("valid_until", "The last day on which the answer counts."),
        _choice("meanwhile", "What is done until then; to accept it needs a reason.", _MEANWHILE),
        _said("meanwhile_why", "Why."),
        _c("sent_on", "The day on which they were asked.", "day"),
        _c("answered_on", "The day of the answer.", "day"),
        _c("verified_on", "The day on which the answer was checked.", "day"),
        _c("contact", "How they are reached."),
        _c("risks", "Ids of the risks that wait for it.", "words", wide=True),
        _c("changed_by", "Who said it last."),
        _c("changed_at", "When (UTC)."),
        _REVISION,
    ),
)

TABLES: tuple[Table, ...] = (RISKS, DECISIONS, CONTROLS, EVIDENCE, SUPPLIERS)
BY_NAME = {table.name: table for table in TABLES}
BY_SHEET = {table.sheet.casefold(): table for table in TABLES}
README = "Read me"
