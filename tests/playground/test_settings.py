"""The folder: switches, description and code, and what is left alone when somebody changed it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bartizan.core.errors import InputError
from bartizan.playground.settings import keep, read_switches, switches_text, with_digest
from bartizan.playground.weaknesses import ALL_ON, WEAKNESSES, Switches
from bartizan.targets.chat.assistant import Assistant
from bartizan.targets.named_code import named_object
from bartizan.targets.place import Place
from bartizan.workflows.assess import Options, make_dossier


def test_the_description_can_be_assessed_and_every_threat_of_a_weakness_applies(tmp_path: Path) -> None:
    keep(tmp_path, Switches())
    dossier = make_dossier(tmp_path / "system.yaml", Options())
    applies = {one.threat for one in dossier.assessment.verdicts if one.outcome.value == "applies"}
    for weakness in WEAKNESSES:
        assert set(weakness.threats) <= applies, weakness.id


def test_the_digest_in_the_description_is_that_of_the_assistants(tmp_path: Path) -> None:
    for switches in (Switches(), Switches().without("raw_output", "free_mail")):
        keep(tmp_path, switches)
        system = make_dossier(tmp_path / "system.yaml", Options()).system
        place = Place(file=str(tmp_path / "system.yaml"))
        for component, name in (("help-desk", "help_desk"), ("mail-agent", "mail_agent")):
            found = named_object(f"larch.py:{name}", place, "call")
            assert isinstance(found, Assistant)
            described = next(one for id, one in system.components.items() if id == component)
            assert described.digests == {"configuration": found.card.digest} == {"configuration": switches.digest}
            asyncio.run(found.close())


def test_switches_survive_a_round_trip(tmp_path: Path) -> None:
    switches = Switches(mind="smollm2").without("shell_open")
    keep(tmp_path, switches)
    assert read_switches(tmp_path) == switches
    (tmp_path / "playground.yaml").write_text("weaknesses: {shell_open: no}\n", encoding="utf-8")
    assert read_switches(tmp_path).on == ALL_ON - {"shell_open"}


def test_wrong_switches_are_told_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "playground.yaml").write_text("mind: scripted\nweaknesses:\n  raw_outptu: on\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"playground.yaml:3: there is no weakness 'raw_outptu'; did you mean"):
        read_switches(tmp_path)
    (tmp_path / "playground.yaml").write_text("mind: clever\n", encoding="utf-8")
    with pytest.raises(InputError, match="clever"):
        read_switches(tmp_path)


def test_a_changed_description_keeps_its_changes_and_gets_the_new_digests(tmp_path: Path) -> None:
    keep(tmp_path, Switches())
    system = tmp_path / "system.yaml"
    system.write_text(system.read_text("utf-8").replace("owner: You", "owner: Somebody"), encoding="utf-8")
    kept = keep(tmp_path, Switches().without("raw_output"))
    assert kept.renewed > 0
    assert kept.differs == (system,)
    text = system.read_text("utf-8")
    assert "owner: Somebody" in text
    assert Switches().without("raw_output").digest in text
    assert Switches().digest not in text
    assert keep(tmp_path, Switches().without("raw_output")).renewed == 0


def test_nothing_but_digests_of_the_configuration_is_renewed() -> None:
    other = f"digests: {{model: 'sha256:{'a' * 64}'}}\n"
    assert with_digest(other, "b" * 64) == (other, 0)


def test_the_file_of_switches_tells_every_weakness() -> None:
    text = switches_text(Switches())
    assert all(f"  {one.id}: on" in text for one in WEAKNESSES)
