"""Every command that looks for proof of a control, over the catalogue and the command line."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from bartizan.catalog.load import load_catalog
from bartizan.catalog.proving import PROVINGS, Proving, provings
from bartizan.cli.main import main


def _commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


_ALL = dict(_commands(main))


@pytest.mark.parametrize("one", PROVINGS, ids=lambda one: one.command)
def test_a_command_that_proves_something_exists_and_writes_evidence_about_a_component(one: Proving) -> None:
    options = {option for parameter in _ALL[one.command].params for option in parameter.opts}
    assert {"--evidence", "--at"} <= options


@pytest.mark.parametrize("one", PROVINGS, ids=lambda one: one.command)
def test_what_it_proves_are_controls_of_the_catalogue_that_are_not_retired(one: Proving) -> None:
    controls = load_catalog().controls
    assert one.controls
    assert all(controls[control].status != "retired" for control in one.controls)
    assert all(one in provings(control) for control in one.controls)


def test_no_command_writes_evidence_for_the_register_that_is_not_listed() -> None:
    writes = {
        name
        for name, command in _ALL.items()
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.help == "Write evidence for the register."
    }
    assert writes == {one.command for one in PROVINGS}
