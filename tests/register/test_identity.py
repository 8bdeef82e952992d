"""A risk keeps its number, and all that belongs to it, through every edit of a description."""

from __future__ import annotations

from pathlib import Path
from random import Random
from shutil import copyfile

import pytest

from bartizan.core.evidence import Evidence
from bartizan.core.kept import Holding, KeptRisk
from bartizan.core.terms import SYSTEM, ControlStatus, Treatment
from bartizan.register.audit.verifying import verify
from bartizan.register.opening import Register, open_register
from bartizan.workflows import keeping
from bartizan.workflows.admission import Choice, Standing
from bartizan.workflows.desk import Desk
from tests.register.databases import Clock
from tests.register.edits import Editor

EDITS = 250
"""Of each of four editors on SQLite; a tenth on PostgreSQL."""
CONTROLS = ("monitor_use", "rate_limit", "least_model_privilege")


class Witness:
    """Remembers of every number who it was about when it was first seen, and what was attached to whom."""

    def __init__(self, register: Register, seed: int) -> None:
        self.random = Random(seed)
        self.editor = Editor(self.random)
        self.desk = Desk(register)
        self.about: dict[int, tuple[str, int | None, str]] = {}
        """Number -> threat, who it is, and the part that is implied by it."""
        self.words: dict[str, tuple[str, int | None]] = {}
        """Reason of a word on a control -> control, and who it is about."""
        self.kept = 0
        self.place = ""
        self.held: set[int] = set()
        """The decisions that hold."""

    def hand_in(self, word: str) -> Holding:
        held = self.held
        done = keeping.keep(self.desk, self.editor.text, file="system.yaml", by="anna")
        self.place = done.system.id
        lapsed = {d.number for d, _ in done.kept.lapses}
        assert not (word in Editor.NAMES_ONLY and lapsed), f"{word} made {lapsed} lapse: {done.kept.lapses}"
        still = {d.number for d in done.kept.holding.decisions if d.state == "held"}
        assert held - lapsed == still
        self.held = still
        self.check(done.kept.holding)
        return done.kept.holding

    def _holding(self) -> Holding:
        return keeping.look(self.desk, self.place).holding

    def check(self, held: Holding) -> None:
        assert len(held.risks) >= len(self.about)
        names = [row.risk for row in held.risks]
        assert len(names) == len(set(names))
        for row in held.risks:
            self._check_risk(row)
        rows = {row.number: row for row in held.risks}
        for decision in held.decisions:
            assert decision.reason == self._token(rows[decision.risk_number])
        for one in held.evidence:
            assert one.risk_number is not None
            row = rows[one.risk_number]
            assert one.evidence.risk == row.risk
            assert one.evidence.what == self._token(row)
        for comment in held.comments:
            assert comment.risk_number is not None
            assert comment.text == self._token(rows[comment.risk_number])
        assert len(held.decisions) + len(held.evidence) + len(held.comments) == self.kept
        self._check_controls(held)

    def _check_risk(self, row: KeptRisk) -> None:
        whose = None if row.component == SYSTEM else self.editor.true(row.component)
        if row.number not in self.about:
            assert row.state == "open"
            self.about[row.number] = (row.threat, whose, row.component.partition(".")[2])
        threat, who, part = self.about[row.number]
        who = who if who is None else self.editor.final(who)
        assert row.threat == threat
        assert row.risk == f"{threat}@{row.component}"
        if row.component == SYSTEM:
            assert who is None
        elif whose is not None:  # it bears the name of a part that is there, so it must be about that one
            assert who == whose, f"R-{row.number} {row.risk} is attached to the wrong component"
            assert row.component.partition(".")[2] == part
        else:
            assert row.state == "gone"
            alive = next((p.id for p in self.editor.parts if p.true == who), None)
            assert alive is None or "~" in row.component, f"R-{row.number} {row.risk} did not follow {alive}"
        if row.state != "open":
            assert row.state_why

    def _check_controls(self, held: Holding) -> None:
        assert {one.reason for one in held.controls} == self.words.keys()
        for one in held.controls:
            control, who = self.words[one.reason]
            assert one.control == control
            whose = self.editor.true(one.component) if one.component else None
            if who is None:
                assert not one.component
            elif whose is not None:
                assert self.editor.final(who) == whose
            else:
                alive = [p.id for p in self.editor.parts if p.true == self.editor.final(who)]
                assert not alive or "~" in one.component

    def _token(self, row: KeptRisk) -> str:
        threat, who, part = self.about[row.number]
        return f"about {threat} at {who} {part} as R-{row.number}"

    def attach(self, held: Holding) -> None:
        """Something new that belongs to a risk, or a word on a control."""
        rows = [row for row in held.risks if row.state == "open"]
        if not rows:
            return
        row = self.random.choice(rows)
        token, number = self._token(row), row.number
        which = self.random.randrange(5)
        if which == 0:
            treatment = self.random.choice([Treatment.MITIGATE, Treatment.TRANSFER, Treatment.AVOID])
            keeping.decide(self.desk, self.place, number, Choice(treatment=treatment, reason=token), by="anna")
        elif which == 1:
            choice = Choice(treatment=Treatment.ACCEPT, reason=token, until="2027-03-01")
            asked = keeping.decide(self.desk, self.place, number, choice, by="anna")
            keeping.approve(self.desk, self.place, asked.number, by="ben")
        elif which == 2:
            seen = Evidence(risk=row.risk, what=token, kind="review", held_on="2026-11-01")
            keeping.add_evidence(self.desk, self.place, seen, by="anna")
        elif which == 3:
            keeping.comment(self.desk, self.place, token, by="anna", risk=number)
        else:
            self._say(held)
        self.kept += which < 4
        self.held = {d.number for d in self._holding().decisions if d.state == "held"}

    def _say(self, held: Holding) -> None:
        part = self.random.choice([*self.editor.parts, None])
        control = self.random.choice(CONTROLS)
        place = part.id if part else ""
        said = next((c for c in held.controls if (c.control, c.component) == (control, place)), None)
        if said is not None:
            del self.words[said.reason]
        reason = f"{control} of {part.true if part else None}, word {self.random.random()}"
        self.words[reason] = (control, part.true if part else None)
        status = self.random.choice([ControlStatus.PLANNED, ControlStatus.IMPLEMENTED, ControlStatus.NOT_STARTED])
        standing = Standing(status=status, component=place, reason=reason)
        keeping.set_control(self.desk, self.place, control, standing, by="anna")


def go_through(register: Register, seed: int, edits: int) -> None:
    """So many random edits, each handed in and looked at, with things attached in between."""
    witness = Witness(register, seed)
    witness.hand_in("first")
    for _ in range(edits):
        held = witness.hand_in(witness.editor.edit())
        if witness.random.random() < 0.4:
            witness.attach(held)
    assert witness.kept > edits / 5
    assert verify(register).sound


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_no_risk_changes_its_identity_and_nothing_is_lost_in_a_thousand_edits(
    seed: int, sqlite_template: Path, tmp_path: Path, clock: Clock
) -> None:
    file = tmp_path / "bartizan.db"
    copyfile(sqlite_template, file)
    register = open_register(file, clock=clock)
    go_through(register, seed, EDITS)
    register.close()


@pytest.mark.parametrize("kind", ["postgresql"])
def test_identity_is_the_same_on_postgresql(register: Register) -> None:
    go_through(register, 5, EDITS // 10)
