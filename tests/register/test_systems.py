"""Systems, versions and assessments as the register keeps them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from bartizan.catalog.load import load_catalog
from bartizan.core.errors import Conflict, InputError, NotFound
from bartizan.core.records import Assessment
from bartizan.register import interviews, jobs, people, suppliers, systems
from bartizan.register.opening import Register
from bartizan.register.rows import Reader
from bartizan.workflows.assess import Options, make_dossier
from tests.contracts.test_docs import SYSTEM as EXAMPLE
from tests.register.databases import Clock
from tests.register.seeds import HOSTILE, whole


@pytest.fixture(scope="module")
def made() -> Assessment:
    return make_dossier(EXAMPLE, Options(today="2026-11-22")).assessment


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Mail agent", "mail-agent"),
        ("  --Über!! 7 ", "ber-7"),
        ("日本", "system"),
        ("", "system"),
        ("x" * 300, "x" * 64),
        ("a" * 63 + " b", "a" * 63),
    ],
)
def test_a_name_gives_an_id_that_can_stand_in_an_address(name: str, wanted: str) -> None:
    assert systems.slug(name) == wanted


def test_systems_of_one_name_get_ids_of_their_own(register: Register) -> None:
    with register.change("anna") as change:
        ids = [systems.add(change, name="x" * 100).id for _ in range(11)]
    assert ids[:2] == ["x" * 64, "x" * 62 + "-2"]
    assert ids[10] == "x" * 61 + "-11"
    assert len(set(ids)) == 11
    whole(register)


@pytest.mark.parametrize("wanted", ["Mail", "-a", "a b", "a/b", "é", "a" * 65, "."])
def test_an_id_that_cannot_be_one_is_refused(wanted: str, register: Register) -> None:
    before = whole(register)
    with pytest.raises(InputError, match="cannot be the id"), register.change("anna") as change:
        systems.add(change, name="x", wanted=wanted)
    assert whole(register) == before


def test_an_id_that_is_taken_is_refused(register: Register) -> None:
    with register.change("anna") as change:
        systems.add(change, name="x", wanted="mail")
        with pytest.raises(Conflict, match="there is a system 'mail' already"):
            systems.add(change, name="y", wanted="mail")


@pytest.mark.parametrize("name", [*HOSTILE, "n" * 200])
def test_names_come_out_as_they_went_in(name: str, register: Register) -> None:
    with register.change(name) as change:
        made = systems.add(change, name=name, owner=name, about=name * 20)
        systems.add_version(change, made.id, "text " + name, "d" * 64, note=name)
    with register.read() as connection:
        found = systems.system(connection, made.id)
        (version,) = systems.versions(connection, made.id)
    assert (found.name, found.owner, found.about) == (name, name, name * 20)
    assert (version.description, version.by, version.note) == ("text " + name, name, name)
    whole(register)


@pytest.mark.parametrize("name", ["n" * 201, "n" * 10_000, "nul \0", "half \ud800"])
def test_a_name_that_does_not_fit_is_refused_on_both_databases(name: str, register: Register) -> None:
    before = whole(register)
    with pytest.raises(InputError, match=r"systems\.name"), register.change("anna") as change:
        systems.add(change, name=name, wanted="x")
    assert whole(register) == before


@pytest.mark.parametrize("name", ["nul \0", "half \ud800"])
@pytest.mark.parametrize("look", [systems.system, people.user, suppliers.supplier, interviews.interview, jobs.job])
def test_what_no_database_can_hold_is_looked_for_in_neither(
    look: Callable[[Reader, str], object], name: str, register: Register
) -> None:
    with register.read() as connection, pytest.raises(NotFound):
        look(connection, name)


def test_the_same_description_twice_is_one_version(register: Register) -> None:
    with register.change("anna") as change:
        name = systems.add(change, name="x").id
        numbers = [systems.add_version(change, name, text, text * 64) for text in ("a", "a", "b", "a")]
    assert numbers == [1, 1, 2, 3]
    with register.read() as connection:
        assert [v.number for v in systems.versions(connection, name)] == [3, 2, 1]
        assert systems.version(connection, name, 2).description == "b"  # type: ignore[union-attr]
        assert systems.version(connection, name, 9) is None
        assert systems.system(connection, name).version == 3


def test_a_system_that_was_put_away_is_left_out_and_comes_back_whole(register: Register) -> None:
    with register.change("anna") as change:
        one = systems.add(change, name="x", owner="olaf")
        away = systems.archive(change, one.id, True, revision=one.revision)
        assert systems.systems(change.connection) == ()
        assert systems.systems(change.connection, archived=True) == (away,)
        with pytest.raises(Conflict, match="in the meantime"):
            systems.archive(change, one.id, False, revision=one.revision)
        back = systems.archive(change, one.id, False, revision=away.revision)
    assert msgspec.structs.replace(back, revision=0) == msgspec.structs.replace(one, revision=0)
    whole(register)


def test_a_system_that_is_not_there_is_said_to_be_missing(register: Register) -> None:
    with register.read() as connection, pytest.raises(NotFound, match="no system 'x'"):
        systems.system(connection, "x")


def test_an_assessment_comes_back_as_it_was_made_and_a_day_has_one(
    made: Assessment, register: Register, clock: Clock
) -> None:
    with register.change("anna") as change:
        name = systems.add(change, name="x").id
        assert systems.add_assessment(change, name, 1, made) == 1
        assert systems.content(change.connection, name, 1) == made
        again = msgspec.structs.replace(made, risks=made.risks[1:])
        assert systems.add_assessment(change, name, 1, again) == 1
        assert systems.content(change.connection, name, 1) == again
        tomorrow = msgspec.structs.replace(made, today="2026-11-23")
        assert systems.add_assessment(change, name, 1, tomorrow) == 2
        newest, first = systems.assessments(change.connection, name)
        with pytest.raises(NotFound, match="no assessment 3"):
            systems.content(change.connection, name, 3)
    assert (newest.number, newest.today, first.today) == (2, "2026-11-23", "2026-11-22")
    assert newest.risks == len(made.risks)
    assert sum(map(int, newest.levels.split())) == len(made.risks)
    assert len(newest.levels.split()) == newest.worst <= len(load_catalog().scales.levels)
    whole(register)
